"""At a terminal nobody can press a button: sentences name the command there (SPEC 10)."""

from __future__ import annotations

import pytest
import typer
from typer.testing import CliRunner

from addin.buttons.registry import HANDLERS
from addin.cli.main import app
from addin.cli.terminal_words import COMMANDS, at_terminal
from addin.sentences import NO_UPLOAD
from addin.shell_words import shell_word
from workbook.ribbon import BUTTONS

FILE = ["validate", "My cases.xlsx"]


@pytest.mark.parametrize(
    ("said", "at_a_terminal"),
    [
        ("Press Validate to check them.", "Run “caseload validate FILE” to check them."),
        (
            "Nothing is uploaded yet: press Validate, then Submit.",
            "Nothing is uploaded yet: run “caseload validate FILE”, then “caseload submit FILE”.",
        ),
        ("Look at it, then press Test Rows again.", "Look at it, then run “caseload test FILE” again."),
        ("Look again later with Refresh Status.", "Look again later with “caseload status”."),
        ("The sheet Gone is away. Press the button again.", "The sheet Gone is away. Run the command again."),
        (
            NO_UPLOAD,
            "Nothing was uploaded from this workbook yet. Run “caseload submit FILE” when Validate finds no errors; "
            "“caseload uploads” lists what was uploaded from others.",
        ),
    ],
)  # fmt: skip
def test_what_is_to_be_pressed_is_to_be_run(said: str, at_a_terminal: str) -> None:
    assert at_terminal(said, []) == at_a_terminal


@pytest.mark.parametrize(
    "said",
    ["The sheet Log tells what became of them.", "Press Enter if this is right.", "Log of upload No. 3.",
     "Correct them in the sheet Fix Errors, then validate again."],
)  # fmt: skip
def test_sheets_and_keys_keep_their_names(said: str) -> None:
    assert at_terminal(said, []) == said


def test_the_command_names_the_workbook_that_was_named() -> None:
    assert at_terminal("Press Submit.", FILE) == f"Run “caseload submit {shell_word('My cases.xlsx')}”."


def test_every_button_but_the_walk_has_a_command_that_there_is() -> None:
    known = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    assert {command.split()[0] for command in COMMANDS.values()} <= known
    assert {one.command for one in BUTTONS} - set(COMMANDS) == {"next_error", "previous_error"}
    assert set(COMMANDS) <= set(HANDLERS)


def test_the_list_of_commands_cuts_no_line_short() -> None:
    shown = CliRunner().invoke(app, ["--help"], terminal_width=80).output
    assert "..." not in shown.replace("[ARGS]...", "")
    assert max(map(len, shown.splitlines())) <= 80
