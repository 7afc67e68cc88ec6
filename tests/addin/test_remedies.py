"""A sentence that refuses something says what to do: what, where, and how on."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Final

import addin

REFUSALS: Final = ("BookError", "ChoiceError", "ClientError", "Stopped")
ENOUGH: Final = {
    "Say who you are, by your Staff ID: caseload connect --local --staff STAFF_ID": "it is what to do",
    "A server of your own is set up with: caseload connect --local": "it is what to do",
    "Select a cell of the row that is to get the Participant ID, in the sheet …, and press Find Participant again.":
        "it is what to do",
    "LibreOffice did not take the extension: … Close LibreOffice, and run caseload install --calc again; or open … in "
    "LibreOffice yourself.": "what LibreOffice said is a sentence of its own",
    "What the buttons need for LibreOffice's Python … could not be fetched: … Check your internet connection, and run "
    "caseload install --calc again.": "what was said is a sentence of its own",
    "Row … has no place for an ID: the rows begin below row …, the headers.": "it says where one may stand",
    "There is no agency of yours on this computer, so nothing was deleted.": "there is nothing to do",
    "You have no upload that wrote anything, so there is nothing to take back.": "there is nothing to do",
    "Nothing was deleted: there is no agency of yours called … here.…": "the rest names the one that there is",
}  # fmt: skip
"""Refusals of a single sentence, each with why it is enough."""


def test_a_refusal_of_one_sentence_is_one_that_needs_no_second() -> None:
    (package,) = addin.__path__
    found = {
        said: f"{path.name}:{line}"
        for path in Path(package).rglob("*.py")
        for line, said in _refusals(path)
        if ". " not in said
    }
    assert found.keys() - ENOUGH.keys() == set(), {said: found[said] for said in found.keys() - ENOUGH.keys()}
    assert ENOUGH.keys() - found.keys() == set(), "no longer said: take it out of the table"


def _refusals(path: Path) -> list[tuple[int, str]]:
    """Line and text of what is raised as a refusal; what is filled in stands as …."""
    said = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not (isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args):
            continue
        if getattr(node.exc.func, "id", "") in REFUSALS and (text := _text(node.exc.args[0])):
            said.append((node.lineno, text))
    return said


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    return ""
