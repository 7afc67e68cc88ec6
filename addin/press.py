"""Carry out a press: read the workbook, decide, write; repeat until nothing is left.

Every host comes this way, and the command line too.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any, Protocol, TypeVar

from addin import sentences
from addin.book import HIDDEN, Book, Show, UnreadError
from addin.buttons.registry import Around, Handler, Press
from addin.errors import BookError, Broken, Cancelled, Stopped
from addin.hosts.desk import SomeHiddenError, commit, take_picture
from addin.hosts.document import Document
from addin.hosts.impostors import check_before
from addin.outcome import UPLOAD, Answers, Outcome, UserQuestion
from workbook.files.garbage import without_garbage_collection
from workbook.upload import Upload

AnyOutcome = TypeVar("AnyOutcome", bound=Outcome)


class SpreadsheetProgram(Protocol):
    """What shows a workbook to its user."""

    def document(self) -> Document[Any]:
        """The workbook that the button was pressed in. Raises BookError."""

    def ask(self, question: UserQuestion) -> Answers:
        """The user's answers. Raises Cancelled where they close the window."""

    def say(self, status: str) -> None:
        """Shows a text in the status bar; "" gives the bar back."""

    def watch(self, upload: Upload) -> None:
        """Shows an upload as it moves on."""

    def keep(self) -> None:
        """Saves what was changed, where the program would forget it."""

    def open(self, path: Path) -> None:
        """Opens another workbook."""


def carry_through(
    program: SpreadsheetProgram, handler: Handler[AnyOutcome], around: Around, answers: Answers | None = None
) -> list[AnyOutcome]:
    """Presses a button until nothing is left to do. Gives the outcome of each step, the final one last.

    The final one holds the notes of all. Raises Cancelled where the user closes a question, Stopped where the button
    cannot go on, and Broken for an unexpected error. Broken says whether anything was changed. Both begin with what is
    true all the same, such as that an upload is complete.
    """
    given = dict(answers or {})
    outcomes: list[AnyOutcome] = []
    notes: list[str] = []
    done = ""
    changed = False
    more: set[str] = set()
    try:
        while True:
            program.say(handler.busy)
            document = program.document()
            with without_garbage_collection():
                book, outcome = decide(document, handler, given, around, more, () if outcomes else handler.writes)
                done = outcome.done or done
                writes = any(not isinstance(one, Show) for one in book.operations)
                before, changed = changed, changed or writes  # from here on something may have been written
                try:
                    commit(document, book)
                    if writes:
                        program.keep()
                except SomeHiddenError:
                    changed, more = before, {HIDDEN}
                    continue
                except BookError:
                    if not outcome.waits_for:  # an upload that has begun is watched, and noted in the workbook later
                        raise
            done, more = "", set()
            outcomes.append(outcome)
            notes += [*outcome.notes, *document.notes]
            given |= outcome.carries
            if outcome.question is not None:
                program.say("")
                given |= program.ask(outcome.question)
            elif outcome.waits_for:
                done = sentences.outcome(around.connect().wait(outcome.waits_for, program.watch))
                given[UPLOAD] = outcome.waits_for
            elif not outcome.goes_on:
                break
        outcome.notes[:] = dict.fromkeys(notes)
        if outcome.opens is not None:
            done = outcome.done
            program.open(outcome.opens)
        return outcomes
    except Cancelled:
        raise
    except Stopped as stopped:
        stopped.begin_with(done)
        raise
    except Exception as error:
        broken = Broken(anything_changed=changed)
        broken.begin_with(done)
        raise broken from error


def decide(
    document: Document[Any],
    handler: Handler[AnyOutcome],
    given: Answers,
    around: Around,
    more: Collection[str] = (),
    writes: Collection[str] = (),
) -> tuple[Book, AnyOutcome]:
    """Takes a picture of the workbook, with what the button reads and `more`, and runs the button on it. Where that
    asks for a sheet that was not read, it is run again with that sheet, too. That is safe, because buttons read before
    they change anything. `writes`: sheets that must be ours, or nothing is decided. Raises BookError."""
    reads = {*handler.reads_now(given), *more}
    picture = None
    while True:
        picture = take_picture(document, reads, picture)
        book = Book(picture)
        if writes:
            check_before(document, book, writes)
            writes = ()
        try:
            return book, handler.run(Press(book, given, around))
        except UnreadError as unread:
            reads.add(unread.sheet)
