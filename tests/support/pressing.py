"""A button pressed in a program that shows a workbook, with a client that is given."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn, TypeVar

from addin.api.client import Client
from addin.api.local_server import AgencyChoice
from addin.buttons.connect import KnownServer, ServerHere
from addin.buttons.fix import FixOutcome
from addin.buttons.paste import TYPED
from addin.buttons.registry import Around, Handler
from addin.errors import Cancelled
from addin.hosts.closed.file import read_rows
from addin.outcome import Answers, Outcome, UserQuestion
from addin.press import SpreadsheetProgram, carry_through

AnyOutcome = TypeVar("AnyOutcome", bound=Outcome)


def press(
    program: SpreadsheetProgram,
    handler: Handler[AnyOutcome],
    client: Client,
    folder: Path | None = None,
    **answers: str,
) -> AnyOutcome:
    """Presses a button and gives its final outcome. `folder`: for settings and documents."""
    return steps(program, handler, client, folder, answers)[-1]


def fixed(outcome: Outcome) -> FixOutcome:
    """What became of the rows, of a press of Apply Fixes after which nothing is to be remembered."""
    assert isinstance(outcome, FixOutcome)
    return outcome


def steps(
    program: SpreadsheetProgram, handler: Handler[AnyOutcome], client: Client, folder: Path | None, answers: Answers
) -> list[AnyOutcome]:
    """The outcomes of each step."""
    place = folder or Path("nowhere")
    around = Around(
        connect=lambda: client,
        folder=place,
        documents=place,
        template_name="Caseload.xlsx",
        read_rows=read_rows,
        known=KnownServer("", lambda url: None, lambda url: None),
        server_here=ServerHere(_nothing_to_run, list),
        say=program.say,
    )
    return carry_through(program, handler, around, answers)


def answered(question: UserQuestion, answers: Mapping[str, str]) -> Answers:
    """What a user answers who has decided beforehand. They close a window that asks for more than that, and a form that
    comes back with the very same answers in it. Where columns go they say in words, as at a terminal."""
    if TYPED in answers and any(field.name == "column 1" for field in question.fields):
        return {TYPED: answers[TYPED]}
    names = [question.confirms] if question.confirms else [field.name for field in question.fields]
    # In a form that is filled in, a list that nobody touches says what it showed.
    untouched = {field.name: field.default for field in question.fields if field.kind == "list"}
    known = {**untouched, **answers} if any(name in answers for name in names) else answers
    if not all(name in known for name in names):
        raise Cancelled
    given = {name: known[name] for name in names}
    if question.wrong and all(
        given[field.name] == field.default for field in question.fields if field.kind != "hidden"
    ):
        raise Cancelled
    return given


def _nothing_to_run(_choice: AgencyChoice) -> NoReturn:
    raise AssertionError("no server is set up here")
