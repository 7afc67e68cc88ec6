"""A stand-in for Excel, behind an engine of xlwings: what both systems' Excels have in common.

It stands where `xlwings/_xlwindows.py` and `_xlmac.py` stand, with their names; what they do to Excel, it does to the
cells of `grid`. `Excel` is one run of the program: what it was told, and what happens meanwhile.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import xlwings
from xlwings import base_classes

from tests.support.excel.grid import OpenWorkbook, Refused, load
from tests.support.excel.sheets import StandInSheet

_PIDS = itertools.count(4711)


class StandInExcel:
    """One Excel with its workbooks, the one in front first."""

    def __init__(self, kind: Any) -> None:
        self.kind = kind
        self.pid = next(_PIDS)
        self.window = self.pid * 7
        self.books: list[OpenWorkbook] = []
        self.calls: list[str] = []
        """Each call into the spreadsheet: a block read or written, a format, a clearing, hidden rows asked for, a
        filter's words, the listing of the sheets. What only points at cells is none."""
        self.told: list[tuple[str, str]] = []
        self.statuses: list[Any] = []
        self.opened: list[str] = []
        self.macros_of_opened = 1
        """AutomationSecurity, which Excel keeps until it ends: 1 runs the macros of what a program opens, 3 none."""
        self.opened_at: list[int] = []
        """What that was for each of the files that were opened."""
        self.access_asked: list[str] = []
        """The files for which its user was asked “Grant access”."""
        self.undo: list[str] = ["Typing"]
        self.is_copying = True
        self.clipboard: Any = None
        self.edits = 0
        """How many calls are refused because a cell is being edited; -1: all of them."""
        self.before_write: Callable[[], None] | None = None
        self.screen_updating = True
        self.display_alerts = True

    def open(self, path: Any) -> OpenWorkbook:
        book = load(path)
        self.books.insert(0, book)
        return book

    def touch(self, what: str = "") -> None:
        """Every use of Excel comes by here. `what`: the kind of call, where it is one that counts."""
        if self.edits:
            self.edits -= self.edits > 0
            raise self.kind.busy()
        if what:
            self.calls.append(what)
        if what in ("write", "format", "clear", "add", "hide"):
            # Every write by automation empties the undo list and ends a pending copy (Excel).
            self.undo.clear()
            self.is_copying = False

    def refuse(self, action: Callable[[], Any]) -> Any:
        """Runs it, with Excel's no as this system has it."""
        try:
            return action()
        except Refused as refused:
            raise self.kind.error(refused.reason) from None


class Engine:
    type = "desktop"
    name = "excel"

    def __init__(self, kind: Any, running: list[StandInExcel]) -> None:
        self.kind = kind
        self.running = running

    @property
    def apps(self) -> Apps:
        return Apps(self)

    def prepare_xl_data_element(self, value: Any, _options: Any) -> Any:
        return "" if value is None else self.kind.prepare(value)

    def clean_value_data(self, data: Any, *_options: Any) -> Any:
        return data


class Apps(base_classes.Apps):
    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def keys(self) -> list[int]:
        return [one.pid for one in self.engine.running]

    def __iter__(self) -> Iterator[App]:
        return iter([App(self.engine, one) for one in self.engine.running])

    def __len__(self) -> int:
        return len(self.engine.running)

    def __getitem__(self, pid: int) -> App:
        return next(app for app in self if app.pid == pid)


class App(base_classes.App):
    engine: Any = None
    pid: Any = None

    def __init__(self, engine: Engine, excel: StandInExcel) -> None:
        self.engine = engine
        self.excel = excel
        self.pid = excel.pid

    @property
    def api(self) -> Any:
        return self.engine.kind.app_api(self.excel)

    @property
    def hwnd(self) -> int | None:
        return self.excel.window if self.engine.kind.has_window else None

    @property
    def books(self) -> Books:
        return Books(self)

    @property
    def selection(self) -> Any:
        self.excel.touch("selection")
        book = self.excel.books[0]
        if book.selection is None:  # a chart is selected
            return None
        return self.engine.kind.range(StandInSheet(StandInBook(self, book), book.active), (*book.selection, 1, 1))

    @property
    def screen_updating(self) -> bool:
        return self.excel.screen_updating

    @screen_updating.setter
    def screen_updating(self, value: bool) -> None:
        self.excel.touch()
        self.excel.screen_updating = value

    @property
    def display_alerts(self) -> bool:
        return self.excel.display_alerts

    @display_alerts.setter
    def display_alerts(self, value: bool) -> None:
        self.excel.display_alerts = value

    @property
    def status_bar(self) -> Any:
        return self.excel.statuses[-1] if self.excel.statuses else False

    @status_bar.setter
    def status_bar(self, value: Any) -> None:
        self.excel.touch()
        self.excel.statuses.append(value)

    def alert(self, prompt: str, title: Any, buttons: Any, mode: Any, callback: Any) -> str:
        self.excel.told.append((mode, prompt))
        return "ok"


class Books(base_classes.Books):
    api: Any = None

    def __init__(self, app: App) -> None:
        self.app = app

    def _all(self) -> list[OpenWorkbook]:
        self.app.excel.touch()
        return self.app.excel.books

    @property
    def active(self) -> StandInBook:
        return StandInBook(self.app, self._all()[0])

    def __call__(self, name: Any) -> StandInBook:
        found = [one for one in self._all() if one.name.casefold() == str(name).casefold()]
        if not found:
            raise KeyError(name)
        return StandInBook(self.app, found[0])

    def __len__(self) -> int:
        return len(self._all())

    def __iter__(self) -> Iterator[StandInBook]:
        return iter([StandInBook(self.app, one) for one in self._all()])

    def open(self, fullname: str, *_more: Any, **_options: Any) -> StandInBook:
        self.app.excel.opened.append(fullname)
        self.app.excel.opened_at.append(self.app.excel.macros_of_opened)
        # A Mac asks each time a program opens a file outside Office's own folder (xlwings #1913).
        if self.app.engine.kind.asks_for_access and "/Group Containers/UBF8T346G9.Office/" not in fullname:
            self.app.excel.access_asked.append(fullname)
        return StandInBook(self.app, self.app.excel.open(Path(fullname)))


class StandInBook(base_classes.Book):
    app: Any = None
    api: Any = None

    def __init__(self, app: App, book: OpenWorkbook) -> None:
        self.app = app
        self.book = book
        self.excel = app.excel

    def check(self) -> None:
        self.excel.touch()
        if self.book not in self.excel.books:
            raise self.excel.kind.gone()

    @property
    def name(self) -> str:
        self.check()
        return self.book.name

    @property
    def fullname(self) -> str:
        self.excel.touch("path")
        if self.excel.kind.switches_alerts_off:
            self.app.display_alerts = False  # and not on again where reading the config sheet raises (_xlmac, fullname)
        if "://" in self.book.fullname:
            # A sheet `xlwings.conf` in the workbook says where it is (_xlwindows and _xlmac, fullname).
            config = self.excel.kind.half["module"].read_config_sheet(xlwings.Book(impl=self))
            for system in ("WIN", "MAC"):
                if config.get(f"SHAREPOINT_{system}"):
                    return str(Path(config[f"SHAREPOINT_{system}"]) / self.book.name)
            # A workbook in OneDrive or SharePoint (xlwings #2652, #2554, #2017; its onedrive_sharepoint.md).
            if "d.docs.live.net" in self.book.fullname:
                raise UnboundLocalError("cannot access local variable 'root' where it is not associated with a value")
            raise xlwings.XlwingsError("Couldn't find the local location of your SharePoint file.")
        self.app.display_alerts = True
        return self.book.fullname

    @property
    def sheets(self) -> Any:
        return self.excel.kind.sheets(self)
