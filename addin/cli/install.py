"""The command `caseload install`: set up this computer for the buttons in Excel or Calc."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from addin.api import local_server
from addin.api.settings import config_folder, load_settings
from addin.cli.options import DONE, NOT_REACHED, JsonOption, echo, leave, print_json, say
from addin.errors import ChoiceError
from addin.install import calc as calc_setup
from addin.install import excel as excel_setup
from addin.install import surroundings
from addin.install.registry import WindowsRegistry
from workbook.text import printable

install_app = typer.Typer()


@install_app.command(short_help="Set up this computer for the buttons in Excel or Calc.")
def install(
    check: Annotated[bool, typer.Option("--check", help="Say what is right and wrong, and change nothing.")] = False,
    calc: Annotated[bool, typer.Option("--calc", help="For LibreOffice Calc instead of Excel.")] = False,
    libreoffice: Annotated[
        Path | None,
        typer.Option(
            "--libreoffice",
            metavar="FOLDER",
            help="With --calc: LibreOffice's folder, where it is not found by itself.",
            show_default=False,
        ),
    ] = None,
    everybody: Annotated[
        bool, typer.Option("--everybody", help="With --calc, as root: install for all users, without asking.")
    ] = False,
    save_add_in: Annotated[
        Path | None,
        typer.Option(
            "--save-add-in",
            metavar="FILE",
            help="Save the add-in Caseload.xlam, to be signed and rolled out, and do nothing else.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Set up this computer so that the buttons in Excel, or in Calc, work."""
    if save_add_in is not None:
        excel_setup.save_add_in(save_add_in)
        return say(f"The add-in is {save_add_in}.", as_json, {"file": str(save_add_in)})
    if libreoffice is not None and not calc:
        raise typer.BadParameter("--libreoffice goes with --calc.")
    if everybody and not calc:
        raise typer.BadParameter("--everybody goes with --calc.")

    def agree(what: str) -> None:
        if everybody:
            return
        if as_json or not _asks():
            raise ChoiceError(f"{what} Nothing was changed. If it is meant for everybody, add --everybody.")
        typer.confirm(printable(f"{what}\nInstall for everybody?"), abort=True)

    if calc:
        findings, written, advice = calc_setup.set_up(
            local_server.data_folder(), libreoffice, only_check=check, say=partial(echo, err=True), agree=agree
        )
    else:
        computer = excel_setup.this_computer()
        if computer.platform == "darwin" and not check:
            echo(excel_setup.MAC_ASKS, err=True)
        written = [] if check or not computer.has_excel_kind else excel_setup.install(computer)
        findings, advice = excel_setup.check(computer), excel_setup.advice(computer)
        settings = load_settings(config_folder(), os.environ)
        findings += surroundings.check(computer, WindowsRegistry(), os.environ, settings, findings)
    if as_json:
        checks = [asdict(finding) for finding in findings]
        print_json({"checks": checks, "written": [str(path) for path in written], "advice": advice})
    else:
        for finding in findings:
            say(f"{finding.state.upper():8}{finding.what}: {finding.sentence}")
        for path in written:
            say(f"Written: {path}")
        for sentence in advice:
            say(f"\n{sentence}")
    return leave(NOT_REACHED if any(finding.state == "wrong" for finding in findings) else DONE)


def _asks() -> bool:
    """Whether somebody sits at the terminal."""
    return sys.stdin.isatty()
