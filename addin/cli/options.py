"""What the commands share: arguments, exit codes, the client and printing."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from addin.api import local_server as local
from addin.api.client import Client
from addin.api.settings import config_folder, load_settings
from addin.cli.terminal_words import at_terminal
from addin.errors import no_file
from workbook.files.formats import ANY_ENDING, is_text
from workbook.text import printable, printable_json

DONE, DATA_HAS_ERRORS, WRONG_USE, NOT_REACHED = range(4)
"""Exit codes (SPEC 10)."""

_BEFORE_NUMBER = re.compile(r"^(?:no\b\.?|#)\s*(?=\d)", re.IGNORECASE)
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help=f"An {ANY_ENDING} file.", show_default=False)]
WorkbookArgument = Annotated[Path, typer.Argument(metavar="FILE", help="An .xlsx or .xlsm file.", show_default=False)]
UploadArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="NUMBER or FILE",
        help="An upload, or the workbook that was uploaded.",
        show_default="your own newest",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]


def client_of_user() -> Client:
    settings = load_settings(config_folder(), os.environ)
    return settings.client(local.wake(local.data_folder(), settings.url, os.environ) if settings.url else None)


def known_token(address: str) -> str | None:
    return load_settings(config_folder(), {"CASELOAD_URL": address}).token


def upload_id_of(text: str) -> str:
    """The id or the short number of an upload, as a person writes it: `118`, `No. 118`, `#118`."""
    return _BEFORE_NUMBER.sub("", text.strip())


def is_text_file(file: Path) -> bool:
    if not file.is_file():
        raise no_file(file)
    return is_text(file)


class PlainConsole(Console):
    """Shows what is told of cells and files as text, whatever signs are in it (`workbook.text.printable`)."""

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(printable(text), **options)


def consoles() -> tuple[Console, Console]:
    """The console for results, and the one for progress and questions. 80 columns where the width is unknown."""
    return _console(sys.stdout), _console(sys.stderr)


def _console(file: Any) -> Console:
    return PlainConsole(file=file, width=None if file.isatty() else 80, highlight=False)


def echo(text: str, *, err: bool = False) -> None:
    """Prints a text, whatever signs are in it."""
    typer.echo(printable(text), err=err)


def say(sentence: str, as_json: bool = False, facts: dict[str, Any] | None = None) -> None:
    said = at_terminal(sentence)
    if as_json:
        print_json((facts or {}) | {"sentence": said})
    else:
        echo(said)


def print_json(content: Any) -> None:
    typer.echo(printable_json(json.dumps(content, ensure_ascii=False, indent=1)))


def leave(code: int) -> None:
    if code:
        raise typer.Exit(code)
