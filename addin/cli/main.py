"""The program `caseload`: the add-in's commands over files, without Excel (SPEC 10).

It is for computers without Excel, and for scripts.
"""

from __future__ import annotations

import io
import sys
from importlib.metadata import version
from typing import Annotated, Any, Final, NoReturn

import typer

from addin.cli.check import check_app
from addin.cli.connect import connect_app
from addin.cli.find import find_app
from addin.cli.install import install_app
from addin.cli.options import DATA_HAS_ERRORS, NOT_REACHED, WRONG_USE, echo, print_json
from addin.cli.remembered import remembered_app
from addin.cli.rows import rows_app
from addin.cli.template import template_app
from addin.cli.terminal_words import at_terminal
from addin.cli.undo import undo_app
from addin.cli.uploads import uploads_app
from addin.errors import Broken, Cancelled, ChoiceError, ClientError, Stopped
from addin.failure_log import keep_details
from workbook.problems import PROBLEM_KINDS

app = typer.Typer(
    help="Check, fix and upload caseload changes from a spreadsheet.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
_COMMANDS: Final = (
    template_app,
    check_app,
    uploads_app,
    connect_app,
    install_app,
    rows_app,
    find_app,
    undo_app,
    remembered_app,
)
for _commands in _COMMANDS:
    app.add_typer(_commands)
_WRONG_CALL: Final[Any] = typer.BadParameter.__mro__[1]
"""What Typer raises for a call that it does not understand: the class above the one that it gives out by name."""
_INTERRUPTED: Final = 130
"""How Typer ends when the user presses Ctrl+C."""
_WENT_ON: Final = (
    "Stopped. What had reached the server goes on there: look with `caseload status`. Submitting the same rows again "
    "writes none of them twice."
)


def _print_version(wanted: bool) -> None:
    if wanted:
        echo(f"caseload {version('caseload-upload')}")
        raise typer.Exit


@app.callback()
def _caseload(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Check, fix and upload caseload changes from a spreadsheet."""


def main() -> None:
    """The program. Always ends with one sentence and an exit code, never with a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a sign that a console cannot show must not stop the command
    try:
        code = app(standalone_mode=False)
    except _WRONG_CALL as wrong:
        if not _wants_json():
            shown = io.StringIO()
            wrong.show(shown)
            echo(shown.getvalue().rstrip(), err=True)
            sys.exit(WRONG_USE)
        _fail(wrong.format_message(), WRONG_USE, "wrong-use")
    except (typer.Abort, Cancelled):
        _fail("Cancelled.", DATA_HAS_ERRORS, "cancelled")
    except Broken as broken:
        _fail(f"{broken.sentence} The details are in {keep_details(broken)}.", NOT_REACHED, "failed")
    except Stopped as stopped:
        _fail(stopped.sentence, _exit_code(stopped), stopped.code if isinstance(stopped, ClientError) else "stopped")
    except Exception as error:  # the last resort: the user gets a sentence, the file the details
        sentence = Broken().sentence
        _fail(f"{sentence} The details are in {keep_details(error)}.", NOT_REACHED, "failed")
    if code == _INTERRUPTED:
        _fail(_WENT_ON, _INTERRUPTED, "interrupted")
    sys.exit(code if isinstance(code, int) else 0)


def _wants_json() -> bool:
    return "--json" in sys.argv[1:]


def _exit_code(stopped: Stopped) -> int:
    if isinstance(stopped, ChoiceError):
        return WRONG_USE
    if isinstance(stopped, ClientError):
        if stopped.code in PROBLEM_KINDS:
            return NOT_REACHED if stopped.code.startswith("file-") else DATA_HAS_ERRORS
        is_wrong_use = 400 <= stopped.status < 500 and stopped.status not in (401, 403, 408, 429)
        if is_wrong_use or stopped.code == "no-address":
            return WRONG_USE
    return NOT_REACHED


def _fail(sentence: str, code: int, kind: str) -> NoReturn:
    """Prints what went wrong: as a sentence, or as JSON for a script (SPEC 10)."""
    sentence = at_terminal(sentence)
    if _wants_json():
        print_json({"error": {"code": kind, "sentence": sentence}})
    else:
        echo(sentence, err=True)
    sys.exit(code)
