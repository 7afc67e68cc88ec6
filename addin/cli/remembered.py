"""The command that shows and forgets the fixes that the site remembers (SPEC 5, 10)."""

from __future__ import annotations

from typing import Annotated

import typer

from addin.buttons.remembered import in_words
from addin.cli.options import DATA_HAS_ERRORS, DONE, JsonOption, client_of_user, consoles, leave, print_json, say
from addin.cli.tables import show_remembered

remembered_app = typer.Typer()


@remembered_app.command("remembered")
def remembered(
    forget: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Forget this fix; may be given again.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """What your site remembers of wrong values, and what is offered first for them. With --forget: no longer."""
    out, _err = consoles()
    with client_of_user() as client:
        ids = list(dict.fromkeys(forget or ()))
        missing = [fix_id for fix_id in ids if not client.forget(fix_id)]
        fixes = client.remembered()
    forgotten = len(ids) - len(missing)
    if as_json:
        print_json(
            {
                "remembered": [fix.model_dump() for fix in fixes],
                "forgotten": forgotten,
                "not_found": missing,
            }
        )
    else:
        if fixes:
            show_remembered(out, fixes)
        say(in_words(fixes, forgotten, "To forget one: caseload remembered --forget ID"))
        for fix_id in missing:
            say(f"There is no remembered fix {fix_id}, or it is not yours to forget.")
    leave(DATA_HAS_ERRORS if missing else DONE)
