"""Calc as the program that a button is pressed in: its workbooks, questions and messages.

The host of Linux and of everybody who works in LibreOffice. A CalcWindow takes Calc's component context: its own
(`uno.getComponentContext()` in the process of Calc), or that of another process over a pipe (`office.Office`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, Final

from addin.errors import BookError
from addin.hosts.calc.book import CalcBook, properties
from addin.hosts.calc.dialogs import Dialogs
from addin.hosts.calc.failure import plainly
from addin.hosts.calc.office import load_uno
from addin.install.libreoffice import bare_environment
from addin.outcome import Answers, UserQuestion
from workbook.problems import Refusal
from workbook.upload import Upload

_RUN_NO_MACROS: Final = 0
"""com.sun.star.document.MacroExecMode.NEVER_EXECUTE."""


@plainly
class CalcWindow:
    """A ribbon.Window. `frame`: the window that was clicked in (com.sun.star.frame.XFrame); without it, whichever is
    in front. `label`: what stands above a form that is to be filled in."""

    template_name = "Caseload.xlsx"
    asks_outside: Path | None = None
    _standing: ClassVar[list[Any]] = []
    """The texts in status bars, by whichever press: Calc shows one until it is ended, and each press has its own
    CalcWindow."""

    def __init__(
        self,
        context: Any,
        frame: Any = None,
        *,
        label: str = "Caseload",
        server_program: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        load_uno()
        self.environment = bare_environment(os.environ) if environment is None else environment
        self.server_program = server_program
        self.desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
        self._context = context
        self._frame = frame
        self._label = label

    def document(self) -> CalcBook:
        """The workbook in the window. Raises BookError when it is none, or while one of its cells is being edited:
        what is typed would go over what a button writes there."""
        controller = None if self._frame is None else self._frame.getController()
        model = self.desktop.getCurrentComponent() if controller is None else controller.getModel()
        book = CalcBook(model, self.desktop)
        book.check_not_edited()
        return book

    def ask(self, question: UserQuestion) -> Answers:
        return self._dialogs().ask(question, self._label)

    def tell(self, sentence: str, *, failed: bool) -> None:
        self._dialogs().tell(sentence, failed=failed)

    def say(self, status: str) -> None:
        while self._standing:
            with suppress(Exception):  # its window may be closed by now
                self._standing.pop().end()
        frame = self._window() if status else None
        if frame is not None:
            indicator = frame.createStatusIndicator()
            indicator.start(status, 0)
            self._standing.append(indicator)

    def watch(self, upload: Upload) -> None:
        done = f" {upload.progress.done} of {upload.progress.total} rows" if upload.progress.total else ""
        self.say(f"Upload {upload.state}{done} …")

    def keep(self) -> None:
        """Nothing is to be done: Calc keeps what was changed until its user saves it, or says not to."""

    def open(self, path: Path) -> None:
        self.open_book(path)

    def open_book(self, path: Path, *, hidden: bool = False) -> CalcBook:
        """Opens a workbook, its macros not run. Raises BookError."""
        if not path.is_file():
            raise BookError(f"There is no file {path}. Check the name and the folder.")
        more = {"Hidden": True} if hidden else {}
        arguments = properties(MacroExecutionMode=_RUN_NO_MACROS, **more)
        try:
            model = self.desktop.loadComponentFromURL(path.absolute().as_uri(), "_default", 0, arguments)
        except (
            load_uno().getClass("com.sun.star.io.IOException"),
            load_uno().getClass("com.sun.star.lang.IllegalArgumentException"),  # it does not know what that is
        ):
            model = None
        if model is None or not model.supportsService("com.sun.star.sheet.SpreadsheetDocument"):
            raise BookError(Refusal.of("file-unreadable", name=path.name, why="Calc cannot open it").message)
        return CalcBook(model, self.desktop)

    def why(self) -> str | None:
        self.desktop.getCurrentComponent()
        return None

    def _window(self) -> Any:
        return self.desktop.getCurrentFrame() if self._frame is None else self._frame

    def _dialogs(self) -> Dialogs:
        return Dialogs(self._context, self._window())
