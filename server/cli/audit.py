"""The commands `caseload-server audit` and `key`: read and check the audit trail, replace a lost key."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from server.cli.command import DATA_HAS_ERRORS, WRONG_USE, JsonOption, SiteOption, echo, fail, found_site, migrated, say
from server.settings import Settings

audit_app = typer.Typer(help="The audit trail: who changed what, when, by which upload.", no_args_is_help=True)
key_app = typer.Typer(help="The key that SSNs are hashed with.", no_args_is_help=True)


@audit_app.command("list")
def audit_list(
    upload: Annotated[str | None, typer.Option(metavar="ID", help="Only what concerns this upload.")] = None,
    site: SiteOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the audit trail of a site, oldest line first."""
    from server.records.audit import in_print, lines_of
    from server.records.database import reading

    with migrated(Settings()) as engine, reading(engine) as connection:
        found = lines_of(connection, found_site(connection, site).site_id, upload)
        lines = [line._replace(who=in_print(line.who)) for line in found]
    if as_json:
        records: list[dict[str, Any]] = [line._asdict() | {"at": line.at.isoformat()} for line in lines]
        say({"lines": [{name: fact for name, fact in one.items() if name != "site_id"} for one in records]}, True)
        return
    for line in lines:
        about = f"  upload {line.upload_id}" if line.upload_id else ""
        detail = f"  {line.detail}" if line.detail else ""
        echo(f"{line.number:>6}  {line.at:%Y-%m-%d %H:%M:%S}  {line.who}  {line.what}{about}{detail}")
    if not lines:
        typer.echo("There is no such line in the audit trail.")


@audit_app.command("verify")
def audit_verify(
    seal: Annotated[
        str, typer.Option(metavar="SEAL", help="A seal that was put down earlier: it must be in the trail still.")
    ] = "",
    site: SiteOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check that no line of the audit trail was changed, removed or put in. Ends with 1 when one was.

    Every seal in the book of seals must be in the trail, too, and the book must be there once one was begun.
    """
    from server.records.audit import check, lines_that_say
    from server.records.database import reading
    from server.seals import BEGUN, seals_in, what_is_missing

    settings = Settings()
    with migrated(settings) as engine:
        with reading(engine) as connection:
            site_id = found_site(connection, site).site_id
            begun = lines_that_say(connection, BEGUN, site_id)
        kept = seals_in(settings.seals, site_id)  # before the trail is looked at: a worker goes on writing both
        with reading(engine) as connection:
            found = check(connection, site_id, seal.strip())
            in_book = check(connection, site_id, *(one.seal for one in kept)).found
    missing = what_is_missing(settings.seals, kept, begun)
    intact = found.broken_at is None and found.found and in_book and not missing
    answer = found._asdict() | {
        "found": found.found and in_book,
        "book": None if settings.seals is None else str(settings.seals),
        "seals": len(kept),
        "intact": intact,
    }
    if found.broken_at is not None:
        fail(
            DATA_HAS_ERRORS,
            f"Line {found.broken_at} of the audit trail is not as it was written, or is missing. "
            "Compare the database with a backup, and find out who may write in it.",
            answer,
        )
    if not found.found:
        fail(
            DATA_HAS_ERRORS,
            "No line of the audit trail carries this seal: lines at its end were removed, or all of it was made anew, "
            "since the seal was put down. Compare the database with a backup, and find out who may write in it.",
            answer,
        )
    if not in_book:
        fail(
            DATA_HAS_ERRORS,
            f"A seal in {settings.seals} is that of no line of the audit trail: since it was put down, lines at the "
            "trail's end were removed, or all of it was made anew; or the database is a restored backup that is older, "
            "and the book was not put aside then. Compare it with a backup, and find out who may write in it.",
            answer,
        )
    if missing:
        fail(DATA_HAS_ERRORS, missing, answer)
    if kept:
        newest = max(kept)
        many = (
            f"The one seal in {settings.seals}, of"
            if len(kept) == 1
            else f"All {len(kept):,} seals in {settings.seals}, the newest of"
        )
        compared = f"{many} line {newest.number} ({newest.at}), {'is' if len(kept) == 1 else 'are'} in it."
    else:
        compared = (
            "No worker keeps a book of seals (CASELOAD_SEALS_FILE), so nothing tells whether lines were removed at the "
            "trail's end since a seal was last compared."
        )
    say(
        answer,
        as_json,
        f"All {found.lines:,} lines are as they were written. {compared} The seal of the last one: {found.head}",
    )


@audit_app.command("new-book")
def audit_new_book(as_json: JsonOption = False) -> None:
    """Begin another book of seals where the one that was begun is gone, or was put aside. The trail tells of it."""
    from server.seals import begin_anew

    settings = Settings()
    if settings.seals is None:
        fail(WRONG_USE, "CASELOAD_SEALS_FILE is not set here. Set it as it is set for the worker, and try again.")
    with migrated(settings) as engine:
        try:
            sites = begin_anew(engine, settings.seals)
        except FileExistsError:
            if not settings.seals.is_file():
                fail(
                    WRONG_USE,
                    f"{settings.seals} is there and is no file, so it is no book of seals. Set CASELOAD_SEALS_FILE to "
                    "the name of a file, as for the worker, and try again.",
                )
            fail(
                WRONG_USE,
                f"There is a book of seals, {settings.seals}. If another is to begin, put this one aside first.",
            )
    answer = {"book": str(settings.seals), "sites": sites}
    say(answer, as_json, f"The book of seals {settings.seals} is begun; the audit trail says so.")


@key_app.command("replace")
def key_replace(
    sure: Annotated[
        bool, typer.Option("--forget-ssns", help="Forget all stored SSNs. Needed: nothing else helps.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Take up the key that is set now when the old one is lost. Stored SSNs are forgotten: import them again. An upload
    from before that is sent again is another one.

    Uploads with SSNs that are not finished are cancelled. Programs that run meanwhile have to be started anew.
    """
    from server.uploads.lost_key import replace_lost_key

    settings = Settings()
    if not sure:
        fail(
            WRONG_USE,
            "Without its key no stored SSN can be found again, so all of them are forgotten, and have to be imported "
            "once more. Look for the key in your backups first; then say --forget-ssns.",
        )
    with migrated(settings) as engine:
        replaced = replace_lost_key(engine, settings.ssn_key())
    lines = [f"{replaced.forgotten:,} SSNs are forgotten. The new key is in use; import again."]
    if replaced.cancelled:
        lines.append(f"Uploads with SSNs that were not finished, and are cancelled: {replaced.cancelled:,}.")
    lines.append("Servers and workers that run now have to be started anew: until then they take in no rows.")
    say(replaced._asdict(), as_json, *lines)
