"""The command `caseload connect`: which server to use, or one on this computer."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from addin.api import local_server
from addin.api.connection import server_address
from addin.api.settings import config_folder
from addin.buttons.connect import connect as connect_to
from addin.cli.options import JsonOption, known_token, say
from addin.errors import ChoiceError
from addin.shell_words import shell_word
from workbook.text import printable

connect_app = typer.Typer()


@connect_app.command()
def connect(
    url: Annotated[str | None, typer.Argument(metavar="URL", help="The server's address.", show_default=False)] = None,
    on_this_computer: Annotated[
        bool, typer.Option("--local", help="Run a server of your own on this computer.")
    ] = False,
    data: Annotated[
        Path | None,
        typer.Option("--import", metavar="FOLDER", help="With --local: your agency's data, a folder of .csv files."),
    ] = None,
    hmis: Annotated[
        bool, typer.Option("--hmis", help="With --import: it is a HUD HMIS CSV export, or its .zip.")
    ] = False,
    sample: Annotated[
        bool, typer.Option("--sample", help="With --local: an invented agency, to try things out.")
    ] = False,
    staff: Annotated[
        str | None,
        typer.Option(
            metavar="STAFF_ID", help="With --local: your Staff ID, where it cannot be told.", show_default=False
        ),
    ] = None,
    administrator: Annotated[
        str | None,
        typer.Option(
            metavar="STAFF_ID",
            help="With --import: who is an administrator, where staff.csv names none.",
            show_default=False,
        ),
    ] = None,
    reset: Annotated[
        bool, typer.Option("--reset", help="With --local: delete the invented agency and make it anew.")
    ] = False,
    agency: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="With --reset: delete your own agency, the one of this name, instead.",
            show_default=False,
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking, for scripts.")] = False,
    stop: Annotated[bool, typer.Option("--stop", help="Stop the server on this computer.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Say which server to use, or run one on this computer. Your token is asked for, or taken from CASELOAD_TOKEN."""
    if sum((url is not None, on_this_computer, stop)) != 1:
        raise typer.BadParameter("Give the server's address, or --local, or --stop.")
    if (data or sample or staff or reset) and not on_this_computer:
        raise typer.BadParameter("--import, --sample, --staff and --reset go with --local.")
    if hmis and not data:
        raise typer.BadParameter("--hmis goes with --import.")
    if administrator and not data:
        raise typer.BadParameter("--administrator goes with --import.")
    if data and sample:
        raise typer.BadParameter("Choose --import or --sample.")
    if reset and data:
        raise typer.BadParameter("Choose --import or --reset.")
    if agency and not reset:
        raise typer.BadParameter("--agency goes with --reset.")
    folder = local_server.data_folder()
    if stop:
        was = local_server.stop(folder)
        say("The server on this computer is stopped." if was else "No server of yours runs on this computer.", as_json)
        return
    if on_this_computer:
        question = _what_is_at_stake(folder, sample=sample, reset=reset, agency=agency)
        if question and not yes:
            if as_json or not sys.stdin.isatty():
                raise ChoiceError(f"{question} Nothing was changed. To do it, add --yes.")
            typer.confirm(printable(question), abort=True)
        if reset and agency:
            local_server.delete_agency(folder, os.environ, agency)
            say(f"The agency {agency} is deleted from this computer.", as_json)
            return
        if reset:
            local_server.delete_sample(folder)
        own = local_server.set_up(
            folder,
            os.environ,
            known_token,
            local_server.AgencyChoice(
                data=data, hmis=hmis, sample=sample or reset, staff=staff, administrator=administrator
            ),
        )
        sentence = connect_to(config_folder(), own.url, own.token, own.key).sentence
        say(f"{own.sentence}\n{sentence}".strip(), as_json, {"url": own.url})
        return
    assert url is not None
    address = server_address(url)
    at = local_server.wake(folder, address, os.environ)
    address, key = (address, None) if at is None else at
    token = os.environ.get("CASELOAD_TOKEN") or _ask_for_token(address)
    if not token:
        raise ChoiceError(
            "Nothing was changed: no token was given. Type it when you are asked for it, pipe it in, or set it as "
            "CASELOAD_TOKEN; your site administrator makes one."
        )
    say(connect_to(config_folder(), address, token, key).sentence, as_json, {"url": address})


def _what_is_at_stake(folder: Path, *, sample: bool, reset: bool, agency: str | None) -> str:
    """The question that the user must agree to first; "" where nothing is lost or mixed up. Raises ChoiceError where
    there is nothing to agree to: the user's own agency is deleted only by its name."""
    if not (sample or reset):
        return ""
    own = local_server.own_agencies(folder, os.environ)
    if reset and agency:
        if agency not in own:
            there = f" What is on this computer is called {', '.join(own)}." if own else ""
            raise ChoiceError(f"Nothing was deleted: there is no agency of yours called {agency} here.{there}")
        return (
            f"Delete {agency} from this computer, with its people, its uploads and their logs? Nothing brings it back."
        )
    if reset and local_server.has_sample(folder):
        return "Delete the invented agency with all that was uploaded to it, and make it anew?"
    if not own:
        return ""
    if reset and not sample:
        raise ChoiceError(
            f"There is no invented agency here, and your own, {', '.join(own)}, is not touched. To delete your own, "
            f"give its name: caseload connect --local --reset --agency {shell_word(own[0], 'NAME')}"
        )
    return (
        f"This computer has your own agency, {', '.join(own)}. The invented one is kept apart from it, but from then "
        "on the buttons work on the invented one, until you run: caseload connect --local. Go on?"
    )


def _ask_for_token(address: str) -> str | None:
    """The user's token, typed without showing it, or piped in; the one that is kept already when nothing is."""
    known = known_token(address)
    if sys.stdin.isatty():
        hint = "Your token (Enter keeps the one you have)" if known else "Your token"
        return typer.prompt(printable(hint), hide_input=True, default="", show_default=False).strip() or known
    return sys.stdin.readline().strip() or known
