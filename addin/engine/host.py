"""xlwings' side of a host of ours: its classes over a Document.

Written against `xlwings.base_classes` alone. A host gives a way to open and to begin a Document; what stands
here makes an engine of it, so that a command that takes an `xlwings.Book` runs there as it runs in Excel.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import xlwings as xw
from xlwings import base_classes

from addin.engine.document import Document, ErrorText, Value
from addin.engine.ranges import Names, Range, Sheets

Tell = Callable[[str], None]
_PIDS: Final = itertools.count(1)


def _quiet(_sentence: str) -> None:
    return None


class HostEngine:
    """What `xlwings.Engine(impl=…)` takes. `open_document` and `new_document` are the host's own."""

    type = "desktop"

    def __init__(
        self,
        name: str,
        open_document: Callable[[Path], Document[Any]],
        new_document: Callable[[], Document[Any]],
        tell: Tell = _quiet,
        show_status: Tell = _quiet,
    ) -> None:
        self.name = name
        self.open_document = open_document
        self.new_document = new_document
        self.tell = tell
        """Where the sentence of an alert goes."""
        self.show_status = show_status
        """Where the text of the status bar goes; "" when it is cleared."""
        self.apps = Apps(self)

    @staticmethod
    def prepare_xl_data_element(value: Any, _options: Any) -> Any:
        return None if isinstance(value, float) and math.isnan(value) else value

    @staticmethod
    def clean_value_data(
        data: list[list[Value]], datetime_builder: Any, empty_as: Any, number_builder: Any, err_to_str: bool
    ) -> list[list[Any]]:
        plain = datetime_builder is datetime and number_builder is None and empty_as is None and err_to_str
        if plain:
            return [[None if value == "" else value for value in row] for row in data]

        def clean(value: Value) -> Any:
            if value is None or value == "":
                return empty_as
            if isinstance(value, ErrorText):
                return str(value) if err_to_str else None
            if isinstance(value, datetime):
                return datetime_builder(
                    year=value.year, month=value.month, day=value.day, hour=value.hour, minute=value.minute,
                    second=value.second, microsecond=value.microsecond, tzinfo=None,
                )
            if number_builder is not None and isinstance(value, int | float) and not isinstance(value, bool):
                return number_builder(value)
            return value

        return [[clean(value) for value in row] for row in data]


class Apps(base_classes.Apps):
    def __init__(self, engine: HostEngine) -> None:
        self.engine = engine
        self._apps: list[App] = []

    def keys(self) -> list[int]:
        return [app.pid for app in self._apps]

    def add(self, spec: Any = None, add_book: Any = None, xl: Any = None, visible: Any = None) -> App:
        app = App(self)
        self._apps.insert(0, app)
        if add_book:
            app.books.add()
        return app

    def remove(self, app: App) -> None:
        if app in self._apps:
            self._apps.remove(app)

    def bring_forward(self, app: App) -> None:
        self._apps.remove(app)
        self._apps.insert(0, app)

    @staticmethod
    def cleanup() -> None:
        return None

    def __iter__(self) -> Iterator[App]:
        return iter(list(self._apps))  # the active one first

    def __len__(self) -> int:
        return len(self._apps)

    def __getitem__(self, pid: int) -> App:
        for app in self._apps:
            if app.pid == pid:
                return app
        raise KeyError(pid)


class App(base_classes.App):
    # Plain attributes, because the properties of the base class have no setters of their own.
    visible = False
    screen_updating = True
    display_alerts = True
    enable_events = True
    interactive = True
    calculation = "automatic"
    cut_copy_mode = None
    startup_path = ""
    version = "16.0"
    hwnd = None
    path = ""
    api: Any = None
    pid = 0
    books: Any = None

    def __init__(self, apps: Apps) -> None:
        self._apps = apps
        self.engine = apps.engine
        self.pid = next(_PIDS)
        self.api = self
        self.books = Books(self)
        self.alerts: list[str] = []
        """Every sentence shown so far."""
        self._status: str | bool = False

    @property
    def selection(self) -> Range | None:
        return self.books.active.selection if len(self.books) else None

    def activate(self, steal_focus: bool = False) -> None:
        self._apps.bring_forward(self)

    def quit(self) -> None:
        for book in list(self.books):
            book.close()
        self._apps.remove(self)

    kill = quit

    def calculate(self) -> None:
        return None  # a closed file is calculated by whoever opens it

    @property
    def status_bar(self) -> str | bool:
        return self._status

    @status_bar.setter
    def status_bar(self, value: str | bool) -> None:
        self._status = value
        self.engine.show_status(str(value) if value else "")

    def alert(self, prompt: str, title: Any, buttons: Any, mode: Any, callback: Any) -> str:
        self.alerts.append(prompt)
        self.engine.tell(prompt)
        return "ok"


class Books(base_classes.Books):
    api: Any = None

    def __init__(self, app: App) -> None:
        self.app = app
        self.api = self
        self._books: list[Book] = []

    @property
    def active(self) -> Book:
        if not self._books:
            raise KeyError("no workbook is open")
        return self._books[0]

    def __call__(self, name_or_index: int | str) -> Book:
        if isinstance(name_or_index, int):
            if 1 <= name_or_index <= len(self._books):
                return self._books[name_or_index - 1]
        else:
            for book in self._books:
                if book.name.casefold() == name_or_index.casefold():
                    return book
        raise KeyError(name_or_index)

    def __contains__(self, name: object) -> bool:
        return any(book.name == name for book in self._books)

    def __len__(self) -> int:
        return len(self._books)

    def __iter__(self) -> Iterator[Book]:
        return iter(list(self._books))

    def add(self) -> Book:
        return self._take(self.app.engine.new_document())

    def open(self, fullname: str, *_excel_only: Any, **_options: Any) -> Book:
        return self._take(self.app.engine.open_document(Path(fullname)))

    def _take(self, document: Document[Any]) -> Book:
        book = Book(self, document)
        self._books.insert(0, book)
        return book

    def remove(self, book: Book) -> None:
        if book in self._books:
            self._books.remove(book)

    def bring_forward(self, book: Book) -> None:
        self._books.remove(book)
        self._books.insert(0, book)


class Book(base_classes.Book):
    app: Any = None
    api: Any = None

    def __init__(self, books: Books, document: Document[Any]) -> None:
        self._books = books
        self.app = books.app
        self.document = document
        self.api = document
        self.selection: Range | None = None
        self._number = next(_PIDS)

    @property
    def name(self) -> str:
        return self.document.path.name if self.document.path else f"Book{self._number}"

    @property
    def fullname(self) -> str:
        return str(self.document.path) if self.document.path else self.name

    @property
    def sheets(self) -> Sheets:
        return Sheets(self)

    @property
    def names(self) -> Names:
        return Names(self, self.document)

    def activate(self) -> None:
        self._books.bring_forward(self)

    def save(self, path: str | None = None, password: str | None = None) -> None:
        if password:
            raise NotImplementedError("A workbook saved here carries no password.")
        self.document.save(Path(path) if path else None)

    def close(self) -> None:
        self.document.close()
        self._books.remove(self)


def engine_of(host: HostEngine) -> xw.Engine:
    """Registers `host` with xlwings and makes it the active engine, which an App needs to be activated."""
    engine = xw.Engine(impl=host)
    xw.engines.add(engine)
    engine.activate()
    return engine
