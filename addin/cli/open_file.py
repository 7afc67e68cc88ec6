"""Open a closed workbook for one command, and press buttons on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn, TypeVar

import typer
from rich.console import Console

from addin.api.client import Client
from addin.api.local_server import AgencyChoice
from addin.api.settings import config_folder
from addin.book import Book
from addin.buttons.connect import KnownServer, ServerHere
from addin.buttons.registry import Around, Handler
from addin.cli.options import known_token
from addin.cli.tables import Watch
from addin.errors import BookError, Cancelled, ChoiceError, no_file
from addin.hosts.closed.meanwhile import open_in
from addin.hosts.desk import take_picture
from addin.outcome import Answers, Outcome, UserQuestion
from addin.press import carry_through
from addin.rows.own_sheets import read_meta
from workbook.layout import META_SHEET
from workbook.upload import Upload
from workbook.whole_file import real_place

if TYPE_CHECKING:
    from addin.hosts.closed.file import ClosedBook

AnyOutcome = TypeVar("AnyOutcome", bound=Outcome)
Ask = Callable[[UserQuestion], Answers]


def _nobody(question: UserQuestion) -> NoReturn:
    """Refuses a question, because on the command line there is nobody to answer it. Says what is wrong with the answers
    that were given."""
    if question.wrong:
        raise ChoiceError(question.wrong)
    raise Cancelled


def _cancelling(ask: Ask) -> Ask:
    """Ctrl+C at a question on the terminal closes it without an answer, as a window's Cancel does."""

    def asked(question: UserQuestion) -> Answers:
        try:
            return ask(question)
        except typer.Abort as interrupted:
            raise Cancelled from interrupted

    return asked


class OpenFile:
    """Opens a workbook and saves it after each step that changes it. `saved` is the file that holds the work then.

    `client`: where a button needs the server. `ask` answers what a button asks. Raises BookError with one plain
    sentence.
    """

    def __init__(
        self, path: Path, console: Console, watch: Watch, client: Client | None = None, ask: Ask = _nobody
    ) -> None:
        if not path.is_file():
            raise no_file(path)
        _refuse_when_open_elsewhere(path)
        from addin.hosts.closed.file import ClosedBook  # openpyxl takes its time, and only a workbook needs it

        self.book = ClosedBook(path, lambda sentence: console.print(sentence, markup=False))
        self.saved = path
        self._watch = watch
        self._client = client
        self.ask = _cancelling(ask)

    def __enter__(self) -> OpenFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.book.close()

    def press(self, handler: Handler[AnyOutcome], answers: Answers | None = None) -> list[AnyOutcome]:
        """Presses a button; the outcome of each step, the final one last."""
        from addin.hosts.closed.file import read_rows

        around = Around(
            connect=self._connect,
            folder=config_folder(),
            documents=self.saved.parent,
            template_name="Caseload.xlsx",
            read_rows=read_rows,
            known=KnownServer("", known_token, lambda _url: None),
            server_here=ServerHere(_no_own_server, list),
            say=self.say,
        )
        outcomes = carry_through(self, handler, around, answers)
        self.say("")
        return outcomes

    def meta(self) -> dict[str, str]:
        """The facts that the workbook keeps on itself, such as its last upload."""
        return read_meta(Book(take_picture(self.book, (META_SHEET,))))

    def document(self) -> ClosedBook:
        return self.book

    def say(self, status: str) -> None:
        self._watch.status(status)

    def watch(self, upload: Upload) -> None:
        self._watch.upload(upload)

    def keep(self) -> None:
        self.saved = self.book.save()

    def open(self, path: Path) -> None:
        """Nobody looks at it."""

    def _connect(self) -> Client:
        assert self._client is not None, "a button that asks the server is pressed with a client"
        return self._client


def _no_own_server(_choice: AgencyChoice) -> NoReturn:
    raise BookError("A server of your own is set up with: caseload connect --local")


def _refuse_when_open_elsewhere(path: Path) -> None:
    """A program that has the file open would not see what is written here, and would write over it."""
    if (opened := open_in(path, real_place(path))) is not None:
        raise BookError(
            f"{path.name} is open in {opened.program}. Close it there and try again. If it is not, delete the file "
            f"{opened.lock.name} beside it, which {opened.program} left behind."
        )
