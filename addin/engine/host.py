"""xlwings' side of a host of ours: its classes over a Document.

Written against `xlwings.base_classes` alone. A host gives a Program and its Documents; what stands here makes an
engine of them, so that a command that takes an `xlwings.Book` runs there as it runs in Excel.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import xlwings as xw
from xlwings import base_classes

from addin.engine.ranges import Names, Range, Sheet, Sheets
from addin.hosts.document import Document, ErrorText, Program, Value

_PIDS: Final = itertools.count(1)
_CALCULATION: Final = "automatic"


class HostEngine:
    """What `xlwings.Engine(impl=…)` takes."""

    type = "desktop"

    def __init__(self, program: Program) -> None:
        self.name = program.name
        self.program = program
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
            return [[None if value == "" else value for value in row] if "" in row else row for row in data]

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
    """One program is one app, however often it is asked for."""

    def __init__(self, engine: HostEngine) -> None:
        self.engine = engine
        self._apps: list[App] = []

    def keys(self) -> list[int]:
        return [app.pid for app in self._apps]

    def add(self, spec: Any = None, add_book: Any = None, xl: Any = None, visible: Any = None) -> App:
        if not self._apps:
            self._apps.append(App(self))
        if add_book:
            self._apps[0].books.add()
        return self._apps[0]

    def remove(self, app: App) -> None:
        if app in self._apps:
            self._apps.remove(app)

    @staticmethod
    def cleanup() -> None:
        return None

    def __iter__(self) -> Iterator[App]:
        return iter(list(self._apps))

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
    display_alerts = True
    enable_events = True
    interactive = True
    calculation = _CALCULATION
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
        self._status: str | bool = False
        self._screen_updating = True

    @property
    def selection(self) -> Range | None:
        return self.books.active.selection if len(self.books) else None

    def activate(self, steal_focus: bool = False) -> None:
        return None  # there is no other

    def quit(self) -> None:
        for book in list(self.books):
            book.close()
        self._apps.remove(self)

    kill = quit

    def calculate(self) -> None:
        for book in self.books:
            book.document.calculate()

    @property
    def screen_updating(self) -> bool:
        return self._screen_updating

    @screen_updating.setter
    def screen_updating(self, value: bool) -> None:
        self._screen_updating = value
        self.engine.program.update_screen(value)

    @property
    def status_bar(self) -> str | bool:
        return self._status

    @status_bar.setter
    def status_bar(self, value: str | bool) -> None:
        self._status = value
        self.engine.program.show_status(str(value) if value else "")

    def alert(self, prompt: str, title: Any, buttons: Any, mode: Any, callback: Any) -> str:
        return str(self.engine.program.alert(prompt, title or "", buttons or "ok", mode))


class Books(base_classes.Books):
    """What the program has open at this moment, the workbook in front first."""

    api: Any = None

    def __init__(self, app: App) -> None:
        self.app = app
        self.api = self

    @property
    def active(self) -> Book:
        for book in self:
            return book
        raise KeyError("no workbook is open")

    def __call__(self, name_or_index: int | str) -> Book:
        books = list(self)
        if isinstance(name_or_index, int):
            if 1 <= name_or_index <= len(books):
                return books[name_or_index - 1]
        else:
            for book in books:
                if book.name.casefold() == name_or_index.casefold():
                    return book
        raise KeyError(name_or_index)

    def __contains__(self, name: object) -> bool:
        return any(book.name == name for book in self)

    def __len__(self) -> int:
        return len(self.app.engine.program.documents())

    def __iter__(self) -> Iterator[Book]:
        return iter([Book(self.app, document) for document in self.app.engine.program.documents()])

    def add(self) -> Book:
        return Book(self.app, self.app.engine.program.new())

    def open(self, fullname: str, *_excel_only: Any, **_options: Any) -> Book:
        return Book(self.app, self.app.engine.program.open(Path(fullname)))


class Book(base_classes.Book):
    app: Any = None
    api: Any = None

    def __init__(self, app: App, document: Document[Any]) -> None:
        self.app = app
        self.document = document
        self.api = document

    @property
    def name(self) -> str:
        return self.document.name

    @property
    def fullname(self) -> str:
        return str(self.document.path or self.name)

    @property
    def sheets(self) -> Sheets:
        return Sheets(self)

    @property
    def names(self) -> Names:
        return Names(self, self.document)

    @property
    def selection(self) -> Range | None:
        selected = self.document.selection()
        return None if selected is None else Range(Sheet(self, selected[0]), selected[1])

    def activate(self) -> None:
        self.document.bring_forward()

    def save(self, path: str | None = None, password: str | None = None) -> None:
        if password:
            raise NotImplementedError("A workbook saved here carries no password.")
        self.document.save(Path(path) if path else None)

    def close(self) -> None:
        self.document.close()


def engine_of(program: Program) -> xw.Engine:
    """Registers the program with xlwings, in the place of an earlier one of the same name, and makes it the active
    engine, which an App needs to be activated."""
    engine = xw.Engine(impl=HostEngine(program))
    xw.engines.engines = [other for other in xw.engines.engines if other.name != engine.name]
    xw.engines.add(engine)
    engine.activate()
    return engine
