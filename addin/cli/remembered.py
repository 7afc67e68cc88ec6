"""The command that shows and forgets the fixes that the site remembers (SPEC 5, 10)."""

from __future__ import annotations

from typing import Annotated

import typer

from addin.buttons.remembered import in_words
from addin.cli.options import DATA_HAS_ERRORS, DONE, JsonOption, client_of_user, consoles, leave, print_json, say
from addin.cli.tables import show_remembered

remembered_app = typer.Typer()


@remembered_app.command("remembered", short_help="List what your site remembers of wrong values, or forget it.")
def remembered(
    forget: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Forget the fix that the list calls so; may be given again."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """What your site remembers of wrong values, and what is offered first for them. With --forget: no longer."""
    out, _err = consoles()
    with client_of_user() as client:
        given = list(dict.fromkeys(forget or ()))
        known = [fix.id for fix in client.remembered()] if given else []
        meant = {text: [one for one in known if one.startswith(text.casefold())] for text in given}
        missing = [text for text, ids in meant.items() if len(ids) != 1 or not client.forget(ids[0])]
        fixes, order = client.remembered(), client.reference().date_order
    forgotten = len(given) - len(missing)
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
            show_remembered(out, fixes, order)
        say(in_words(fixes, forgotten, "To forget one: caseload remembered --forget ID"))
        for fix_id in missing:
            several = len(meant[fix_id]) > 1
            no_fix = f"There is no remembered fix {fix_id}, or it is not yours to forget. Its ID stands in the list."
            say(f"Several fixes begin with {fix_id}: write more of its ID." if several else no_fix)
    leave(DATA_HAS_ERRORS if missing else DONE)
