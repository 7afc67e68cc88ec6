"""The command `caseload-server ssn`: list stored SSNs that are not SSNs, and remove them."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import typer

from server.cli.command import JsonOption, migrated, say
from server.settings import Settings

ssn_app = typer.Typer(help="Stored SSNs that are none.", no_args_is_help=True)
_MOST_NAMED = 20


@ssn_app.callback()
def ssn() -> None:
    """Stored SSNs that are none."""


@ssn_app.command("check")
def check(
    thorough: Annotated[
        bool, typer.Option("--thorough", help="Try every number that is never issued, too: takes some minutes.")
    ] = False,
    take_out: Annotated[
        bool, typer.Option("--take-out", help="Take out what is found, or put its zeros back.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Find stored SSNs that are none: placeholders, words, parts of a number.

    They are listed by Participant ID, and never shown. Without --take-out nothing is changed.
    """
    from server.records import stored_ssns as stored
    from server.records.audit import OPERATOR
    from server.records.database import reading, writing
    from server.records.ssn import check_key

    settings = Settings()
    with migrated(settings) as engine:
        check_key(engine, settings.ssn_key())
        with reading(engine) as connection:
            values = stored.stored_ssns(connection)
        with typer.progressbar(length=1000, label="Looking", hidden=not thorough or as_json) as bar:
            found = stored.find_no_ssns(
                values, settings.ssn_key(), thorough=thorough,
                step=lambda share: bar.update(round(share * 1000) - bar.pos),
            )  # fmt: skip
        if take_out:
            with writing(engine) as connection:
                found = stored.take_out(connection, found, OPERATOR)
        with reading(engine) as connection:
            shared = stored.shared_ssns(connection, {one.key for one in found})
    counts = Counter(one.what for one in found)
    ids = [one.participant_id for one in found]
    answer = {
        "no_ssn": dict(counts), "participants": ids, "taken_out": take_out and bool(found),
        "shared": shared._asdict(),
    }  # fmt: skip
    lines = [f"Of the stored SSNs {counts.total():,} are none: {stored.in_words(counts)}." if found
             else "No stored SSN is known to be none."]  # fmt: skip
    if found:
        more = f" and {len(ids) - _MOST_NAMED:,} more" if len(ids) > _MOST_NAMED else ""
        lines.append(f"Participants: {', '.join(ids[:_MOST_NAMED])}{more}.")
        lines.append(
            "They are taken out; numbers that had lost their zeros have them again."
            if take_out else "Nothing is changed. Take them out with --take-out."
        )  # fmt: skip
    if shared.values:
        lines.append(
            f"{shared.values:,} values are shared by {shared.participants:,} participants of one site. They are left "
            "as they are: look whether they are the same people."
        )
    say(answer, as_json, *lines)
