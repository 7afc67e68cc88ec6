"""`caseload connect`: which server to use, or one on this computer."""

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

connect_app = typer.Typer()


@connect_app.command()
def connect(
    url: Annotated[str | None, typer.Argument(help="The server's address.", show_default=False)] = None,
    on_this_computer: Annotated[
        bool, typer.Option("--local", help="Run a server of your own on this computer.")
    ] = False,
    data: Annotated[
        Path | None, typer.Option("--import", help="With --local: your agency's data, a folder of .csv files.")
    ] = None,
    hmis: Annotated[
        bool, typer.Option("--hmis", help="With --import: it is a HUD HMIS CSV export, or its .zip.")
    ] = False,
    sample: Annotated[
        bool, typer.Option("--sample", help="With --local: an invented agency, to try things out.")
    ] = False,
    staff: Annotated[
        str | None, typer.Option(help="With --local: your Staff ID, where it cannot be told.", show_default=False)
    ] = None,
    stop: Annotated[bool, typer.Option("--stop", help="Stop the server on this computer.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Say which server to use, or run one on this computer. Your token is asked for, or taken from CASELOAD_TOKEN."""
    if sum((url is not None, on_this_computer, stop)) != 1:
        raise typer.BadParameter("Give the server's address, or --local, or --stop.")
    if (data or sample or staff) and not on_this_computer:
        raise typer.BadParameter("--import, --sample and --staff go with --local.")
    if hmis and not data:
        raise typer.BadParameter("--hmis goes with --import.")
    if data and sample:
        raise typer.BadParameter("Choose --import or --sample.")
    if stop:
        was = local_server.stop(local_server.data_folder())
        say("The server on this computer is stopped." if was else "No server of yours runs on this computer.", as_json)
        return
    if on_this_computer:
        own = local_server.set_up(
            local_server.data_folder(), os.environ, known_token, data=data, hmis=hmis, sample=sample, staff=staff
        )
        sentence = connect_to(config_folder(), own.url, own.token).sentence
        say(f"{own.sentence}\n{sentence}".strip(), as_json, {"url": own.url})
        return
    assert url is not None
    address = server_address(url)
    token = os.environ.get("CASELOAD_TOKEN") or _asked_token(address)
    say(connect_to(config_folder(), address, token).sentence, as_json, {"url": address})


def _asked_token(address: str) -> str | None:
    """The user's token: asked for without showing it; the one that is kept already when nothing is typed."""
    known = known_token(address)
    if sys.stdin.isatty():
        hint = " (Enter keeps the one you have)" if known else ""
        return typer.prompt(f"Your token{hint}", hide_input=True, default="", show_default=False).strip() or known
    return known or sys.stdin.readline().strip() or None
