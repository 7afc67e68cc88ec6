"""A live LibreOffice Calc: what is open in it, and its user.

The host of Linux and of everybody who works in LibreOffice. `calc_engine` takes Calc's component context: its own
(`uno.getComponentContext()` in the process of Calc), or that of another process over a pipe (`office.Office`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import xlwings as xw

from addin.engine.host import Book, engine_of
from addin.errors import BookError
from addin.hosts.calc.book import CalcBook
from addin.hosts.calc.failure import plainly
from addin.hosts.calc.office import load_uno
from workbook.problems import Refusal

NAME: Final = "LibreOffice"
_OK_FIRST, _YES_FIRST = 0x10000, 0x40000
_BUTTONS: Final = {
    "ok": 1, "ok_cancel": 2 | _OK_FIRST, "yes_no": 3 | _YES_FIRST, "yes_no_cancel": 4 | _YES_FIRST,
}
"""xlwings' buttons → com.sun.star.awt.MessageBoxButtons; Enter presses the first, as in Excel."""
_PRESSED: Final = {0: "cancel", 1: "ok", 2: "yes", 3: "no"}


@plainly
class LiveCalc:
    """The Program."""

    name = NAME

    def __init__(self, context: Any) -> None:
        self._uno = load_uno()
        self._context = context
        self.desktop = self._service("com.sun.star.frame.Desktop")
        self._indicator: Any = None

    def documents(self) -> list[CalcBook]:
        front = self.desktop.getCurrentComponent()
        found: list[CalcBook] = []
        components = self.desktop.getComponents().createEnumeration()
        while components.hasMoreElements():
            model = components.nextElement()
            if _is_spreadsheet(model):
                book = CalcBook(model)
                found.insert(0 if front is not None and model == front else len(found), book)
        return found

    def open(self, path: Path, *, hidden: bool = False) -> CalcBook:
        if not path.is_file():
            raise BookError(f"There is no file {path}. Check the name and the folder.")
        arguments = {"MacroExecutionMode": 0} | ({"Hidden": True} if hidden else {})
        try:
            url = path.absolute().as_uri()
            model = self.desktop.loadComponentFromURL(url, "_default", 0, self.properties(**arguments))
        except self._uno.getClass("com.sun.star.io.IOException"):
            model = None
        if model is None or not _is_spreadsheet(model):
            raise BookError(Refusal.of("file-unreadable", name=path.name, why="Calc cannot open it").message)
        return CalcBook(model)

    def new(self) -> CalcBook:
        return CalcBook(self.desktop.loadComponentFromURL("private:factory/scalc", "_blank", 0, ()))

    def front(self) -> CalcBook:
        """The workbook that the user is looking at. Raises BookError when it is none."""
        return CalcBook(self.desktop.getCurrentComponent())

    def show_status(self, text: str) -> None:
        if not text:
            if self._indicator is not None:
                self._indicator.end()
                self._indicator = None
            return
        if self._indicator is None:
            frame = self.desktop.getCurrentFrame()
            if frame is None:
                return
            self._indicator = frame.createStatusIndicator()
            self._indicator.start(text, 0)
        else:
            self._indicator.setText(text)

    def alert(self, prompt: str, title: str, buttons: str, mode: str | None) -> str:
        kind = "ERRORBOX" if mode == "critical" else "QUERYBOX" if buttons.startswith("yes") else "INFOBOX"
        frame = self.desktop.getCurrentFrame()
        box = self._service("com.sun.star.awt.Toolkit").createMessageBox(
            None if frame is None else frame.getContainerWindow(),
            self._uno.Enum("com.sun.star.awt.MessageBoxType", kind), _BUTTONS[buttons], title, prompt,
        )
        try:
            return _PRESSED.get(box.execute(), "cancel")
        finally:
            box.dispose()

    def update_screen(self, on: bool) -> None:
        for book in self.documents():
            book.update_screen(on)

    def properties(self, **values: Any) -> tuple[Any, ...]:
        """Arguments as Calc's own functions take them."""
        return tuple(
            self._uno.createUnoStruct("com.sun.star.beans.PropertyValue", Name=name, Value=value)
            for name, value in values.items()
        )

    def why(self) -> str | None:
        self.desktop.getCurrentComponent()
        return None

    def _service(self, name: str) -> Any:
        return self._context.ServiceManager.createInstanceWithContext(name, self._context)


def calc_engine(context: Any) -> xw.Engine:
    """Registers the engine named `LibreOffice` over Calc's component context, and makes it the active one."""
    return engine_of(LiveCalc(context))


def front_book(engine: xw.Engine) -> xw.Book:
    """The workbook in front of the user. Raises BookError, one plain sentence, when it is no spreadsheet, or while
    one of its cells is being edited."""
    app = engine.apps.add(add_book=False)
    document = engine.impl.program.front()
    document.check_not_edited()
    return xw.Book(impl=Book(app.impl, document))


def _is_spreadsheet(model: Any) -> bool:
    supports = getattr(model, "supportsService", None)
    return supports is not None and bool(supports("com.sun.star.sheet.SpreadsheetDocument"))
