"""The ribbon's table, the registry of buttons and the command line speak of the same buttons."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import Any

import pytest
import typer

from addin.buttons import registry
from addin.buttons.registry import HANDLERS, Handler
from addin.cli.main import app
from workbook.ribbon import BUTTONS

COMMANDS = {
    "generate_template": "template", "paste_data": "paste", "download_caseload": "download",
    "transfer_caseload": "transfer", "find_participant": "find", "validate": "validate", "accept_suggestions": "fix",
    "apply_fixes": "fix", "remembered_fixes": "remembered",
    "test_rows": "test", "submit": "submit", "uploads": "uploads", "refresh_status": "status",
    "log": "log", "keep_test": "test", "take_back_test": "test",
    "undo_upload": "undo", "export_for_eto": "export", "settings": "connect",
}  # fmt: skip
"""Button → what `caseload` calls it."""
ONLY_IN_A_WINDOW = {"next_error", "previous_error"}
ONLY_ON_THE_COMMAND_LINE = {"install"}


def test_every_button_of_the_ribbon_is_one_of_the_registry_in_the_same_order() -> None:
    assert list(HANDLERS) == [button.command for button in BUTTONS]


def test_every_handler_of_the_registry_is_a_button() -> None:
    named = {name for name, value in vars(registry).items() if isinstance(value, Handler)}
    assert named == {command.upper() for command in HANDLERS}
    assert [HANDLERS[name.lower()] is getattr(registry, name) for name in named] == [True] * len(named)


def test_every_button_has_its_command_and_every_command_its_button() -> None:
    commands = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    assert set(COMMANDS) | ONLY_IN_A_WINDOW == set(HANDLERS)
    assert set(COMMANDS.values()) | ONLY_ON_THE_COMMAND_LINE == commands


@pytest.mark.parametrize("command", HANDLERS)
def test_what_a_button_is_called_is_what_its_function_and_its_file_are_called(command: str) -> None:
    """So that whoever looks for a button finds it."""
    called = _called(HANDLERS[command])
    assert called == command
    function: Any = getattr(registry, called)
    assert Path(inspect.getfile(function)).parent.name == "buttons"


def _called(handler: Handler[Any]) -> str:
    """The function that a handler's lambda calls."""
    name = next(name for name, value in vars(registry).items() if value is handler)
    (call, *_) = [node for node in ast.walk(_assigned()[name]) if isinstance(node, ast.Lambda)]
    assert isinstance(call.body, ast.Call)
    assert isinstance(call.body.func, ast.Name)
    return call.body.func.id


def _assigned() -> dict[str, ast.AST]:
    tree = ast.parse(Path(registry.__file__).read_text("utf-8"))
    return {
        node.target.id: node
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
