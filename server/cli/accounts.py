"""The commands `caseload-server token` and `site`: access tokens, and the settings of each agency."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from server.cli.command import WRONG_USE, JsonOption, SiteOption, echo, fail, found_site, migrated, say
from server.settings import Settings

if TYPE_CHECKING:
    from server.records.sites import Site

token_app = typer.Typer(help="Personal access tokens: who may upload, and until when.", no_args_is_help=True)
site_app = typer.Typer(help="Sites: each one agency, with its own records and settings.", no_args_is_help=True)


@token_app.command("create")
def token_create(
    staff_id: Annotated[str, typer.Argument(metavar="STAFF_ID", help="Whose token it is.")],
    days: Annotated[int | None, typer.Option(min=1, max=36500, help="How long it lasts. [default: 365]")] = None,
    label: Annotated[str, typer.Option(help="What it is for, such as a computer's name.")] = "",
    site: SiteOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a token for a staff member. It is shown this once; only a hash of it is kept."""
    from server.records.database import writing
    from server.records.tokens import UnknownStaff, create_token

    settings = Settings()
    with migrated(settings) as engine, writing(engine) as connection:
        found = found_site(connection, site)
        try:
            token = create_token(connection, found.site_id, staff_id, days or settings.token_days, label)
        except UnknownStaff as error:
            fail(WRONG_USE, str(error))
    say({"token": token}, as_json, token, "", "Keep it safe: it is shown only now.")


@token_app.command("list")
def token_list(site: SiteOption = None, as_json: JsonOption = False) -> None:
    """List the tokens of a site; the tokens themselves are not kept."""
    from server.records.database import reading
    from server.records.tokens import list_tokens

    with migrated(Settings()) as engine, reading(engine) as connection:
        lines = list_tokens(connection, found_site(connection, site).site_id)
    if as_json:
        fields: list[dict[str, Any]] = [
            {key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in line._asdict().items()}
            for line in lines
        ]
        say({"tokens": fields}, True)
        return
    for line in lines:
        state = f"revoked {line.revoked_at:%Y-%m-%d}" if line.revoked_at else f"until {line.expires_at:%Y-%m-%d}"
        used = f"last used {line.last_used_at:%Y-%m-%d %H:%M}" if line.last_used_at else "never used"
        echo(f"{line.number:>4}  {line.staff_id}  {line.name}  {state}  {used}  {line.label}".rstrip())
    if not lines:
        typer.echo("There is no token yet. Make one with `caseload-server token create STAFF_ID`.")


@token_app.command("revoke")
def token_revoke(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="The token's number in `token list`.")],
    site: SiteOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a token at once and for good."""
    from server.records.database import writing
    from server.records.tokens import revoke_token

    with migrated(Settings()) as engine, writing(engine) as connection:
        if not revoke_token(connection, found_site(connection, site).site_id, number):
            fail(WRONG_USE, f"There is no token number {number}. See `caseload-server token list`.")
    say({"revoked": number}, as_json, f"Token {number} is revoked.")


@site_app.command("list")
def site_list(as_json: JsonOption = False) -> None:
    """List the sites."""
    from server.records.database import reading
    from server.records.sites import list_sites

    with migrated(Settings()) as engine, reading(engine) as connection:
        found = list_sites(connection)
    names = [site.rules.name for site in found]
    say({"sites": names}, as_json, *(names or ["There is no site yet."]))


@site_app.command("show")
def site_show(site: SiteOption = None, as_json: JsonOption = False) -> None:
    """Show a site's settings."""
    from server.records.database import reading

    with migrated(Settings()) as engine, reading(engine) as connection:
        _show(found_site(connection, site), as_json)


@site_app.command("create")
def site_create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the agency is called.")], as_json: JsonOption = False
) -> None:
    """Make a site."""
    from server.records.database import writing
    from server.records.sites import SiteFlaw, create_site

    with migrated(Settings()) as engine, writing(engine) as connection:
        try:
            create_site(connection, name)
        except SiteFlaw as flaw:
            fail(WRONG_USE, str(flaw))
        _show(found_site(connection, name), as_json)


@site_app.command("set")
def site_set(
    site: SiteOption = None,
    date_order: Annotated[str | None, typer.Option(metavar="MDY|DMY", help="How dates such as 3/4/2026 read.")] = None,
    duplicate_check: Annotated[
        str | None,
        typer.Option(metavar="FIELDS", help="Such as “First Name:like,Last Name:like,SSN:exact”."),
    ] = None,
    one_primary: Annotated[
        bool | None,
        typer.Option("--one-primary/--no-one-primary", help="One open Primary per participant and program."),
    ] = None,
    load_limit: Annotated[
        int | None,
        typer.Option(min=0, help="Warn before an upload that gives a caseworker more open cases; 0 for never."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Change a site's settings; what is not named stays."""
    from server.records.database import writing
    from server.records.sites import SiteFlaw, read_duplicate_check, set_rules

    order = None if date_order is None else date_order.upper()
    if order not in (None, "MDY", "DMY"):
        fail(WRONG_USE, f"The date order is MDY (month/day/year) or DMY (day/month/year), not {date_order}.")
    with migrated(Settings()) as engine, writing(engine) as connection:
        found = found_site(connection, site)
        try:
            check = None if duplicate_check is None else read_duplicate_check(duplicate_check)
        except SiteFlaw as flaw:
            fail(WRONG_USE, str(flaw))
        set_rules(
            connection,
            found.site_id,
            date_order=order,  # type: ignore[arg-type]
            duplicate_check=check,
            one_primary=one_primary,
            load_limit=load_limit,
        )
        _show(found_site(connection, found.rules.name), as_json)


def _show(site: Site, as_json: bool) -> None:
    rules = site.rules
    answer = {
        "name": rules.name,
        "date_order": rules.date_order,
        "duplicate_check": dict(rules.duplicate_check),
        "one_primary": rules.one_primary,
        "load_limit": rules.load_limit or None,
    }
    check = ", ".join(f"{header} {mode}" for header, mode in rules.duplicate_check) or "none"
    order = "month/day/year" if rules.date_order == "MDY" else "day/month/year"
    one = "yes" if rules.one_primary else "no"
    most = f"warned of above {rules.load_limit} open cases" if rules.load_limit else "not warned of"
    say(
        answer, as_json, rules.name, f"Dates: {order}", f"Duplicate check: {check}", f"One open Primary: {one}",
        f"Large caseloads: {most}",
    )  # fmt: skip
