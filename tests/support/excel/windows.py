"""Excel for Windows: values and refusals as pywin32 hands them over, and the native objects behind xlwings'."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from tests.support.excel.grid import CELL_COLOUR, ERRORS, AutoFilter, ErrorCell, FilterCriterion
from tests.support.excel.sheets import Sheets, StandInRange, StandInSheet

has_window = True
asks_for_access = False
switches_alerts_off = False
busy_number = -2147418111  # RPC_E_CALL_REJECTED
half: dict[str, Any] = {}
"""The module that stands for `_xlwindows`."""


class com_error(Exception):  # noqa: N801 - pywin32's name
    def __init__(self, hresult: int, strerror: str, excepinfo: Any, argerror: Any = None) -> None:
        super().__init__(hresult, strerror, excepinfo, argerror)
        self.hresult, self.strerror, self.excepinfo, self.argerror = hresult, strerror, excepinfo, argerror


class TimeType(dt.datetime):
    """pywintypes' own kind of datetime, in UTC."""


def busy() -> Exception:
    """A cell is being edited: every call is refused (xlwings #1509), and xlwings asks again without end unless it is
    told how often (`_xlwindows.N_COM_ATTEMPTS`, 0)."""
    if not half["module"].N_COM_ATTEMPTS:
        raise AssertionError("xlwings would ask a busy Excel again and again, and never come back")
    return com_error(busy_number, "Call was rejected by callee.", None)


def error(reason: str) -> Exception:
    """Excel's own reason stands in excepinfo[2] (pywin32)."""
    told = (0, "Microsoft Excel", reason, "xlmain11.chm", 0, -2146827284)
    return com_error(-2147352567, "Exception occurred.", told)


def gone() -> Exception:
    return com_error(-2147417848, "The object invoked has disconnected from its clients.", None)


def visible(state: int) -> int:
    return state  # −1, 0, 2: the last is true in a condition (_xlwindows.Sheet.visible)


def prepare(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=dt.UTC)
    assert not isinstance(value, dt.date | dt.time), "pywin32 makes no variant of it"
    return value


class WindowsAppApi:
    """Excel itself."""

    def __init__(self, excel: Any) -> None:
        self._excel = excel

    @property
    def AutomationSecurity(self) -> int:  # noqa: N802 - Excel's name
        return self._excel.macros_of_opened  # type: ignore[no-any-return]

    @AutomationSecurity.setter
    def AutomationSecurity(self, level: int) -> None:  # noqa: N802 - Excel's name
        self._excel.touch()
        self._excel.macros_of_opened = level


app_api = WindowsAppApi


class WindowsRange(StandInRange):
    @property
    def api(self) -> Any:
        return WindowsRangeApi(self)

    @property
    def raw_value(self) -> Any:
        self.excel.touch("read")
        rows = tuple(tuple(_told(value) for value in row) for row in self.values())
        return rows[0][0] if len(self) == 1 else rows

    @raw_value.setter
    def raw_value(self, data: Any) -> None:
        if isinstance(data, list):
            data = [[value.replace(tzinfo=None) if isinstance(value, dt.datetime) else value for value in row]
                    for row in data]  # fmt: skip
        self.write(data)


def _told(value: Any) -> Any:
    if isinstance(value, ErrorCell):
        return ERRORS[value]  # an integer; xlwings knows seven of them (_xlwindows.cell_errors)
    if isinstance(value, dt.datetime):
        return TimeType(value.year, value.month, value.day, value.hour, value.minute, value.second, tzinfo=dt.UTC)
    return value


def range(sheet: StandInSheet, block: tuple[int, int, int, int]) -> WindowsRange:
    return WindowsRange(sheet, block)


class WindowsSheets(Sheets):
    """Iterating gives Excel's own objects: each stays the sheet it is."""

    def __iter__(self) -> Iterator[StandInSheet]:
        self.book.check()
        self.excel.touch("list")
        return iter([StandInSheet(self.book, one) for one in self.all])

    def __call__(self, name: Any) -> StandInSheet:
        self.book.check()
        if isinstance(name, int):
            return StandInSheet(self.book, self.all[name - 1])
        return StandInSheet(self.book, self.book.book.sheet(name))

    def add(self, before: Any = None, after: Any = None, name: Any = None) -> StandInSheet:
        self.excel.touch("add")
        book = self.book.book
        if after is None:
            place = self.all.index(before.known if before is not None else book.active)
            return StandInSheet(self.book, self.excel.refuse(lambda: book.add(place)))
        place = self.all.index(after.known)
        if place + 1 < len(self.all):
            return StandInSheet(self.book, self.excel.refuse(lambda: book.add(place + 1)))
        # After the last sheet, xlwings adds before it, moves the last one before that, and activates what is last then.
        # A hidden sheet does not come along (_xlwindows.Sheets.add; not settled what Excel does).
        added = self.excel.refuse(lambda: book.add(place))
        if after.known.visible != -1:
            raise error("Activate method of Worksheet class failed")
        self.all[place], self.all[place + 1] = self.all[place + 1], self.all[place]
        return StandInSheet(self.book, added)


sheets = WindowsSheets


class WindowsRangeApi:
    def __init__(self, over: WindowsRange) -> None:
        self._over = over

    @property
    def EntireRow(self) -> WindowsRangeApi:  # noqa: N802
        return self

    @property
    def Hidden(self) -> bool | None:  # noqa: N802
        return self._over.rows_hidden()


class WindowsSheetApi:
    """Excel's own Worksheet."""

    def __init__(self, sheet: StandInSheet) -> None:
        self._sheet = sheet

    @property
    def FilterMode(self) -> bool:  # noqa: N802
        self._sheet.excel.touch("filter")
        known = self._sheet.sheet
        own = known.own_filter
        return bool(known.advanced or (own and own.criteria))  # a table's filter is none of the sheet's

    @property
    def AutoFilterMode(self) -> bool:  # noqa: N802
        self._sheet.excel.touch("filter")
        return self._sheet.sheet.own_filter is not None

    @property
    def AutoFilter(self) -> Any:  # noqa: N802
        own = self._sheet.sheet.own_filter
        return None if own is None else WindowsFilter(self._sheet, own)

    def ShowAllData(self) -> None:  # noqa: N802
        self._sheet.excel.touch("filter")
        self._sheet.excel.refuse(self._sheet.sheet.show_all)


class WindowsFilter:
    """Excel's own AutoFilter, and its Filters and Range."""

    def __init__(self, sheet: StandInSheet, over: AutoFilter) -> None:
        self._sheet, self._over = sheet, over
        self.Range = self
        self.Filters = Filters(sheet, over)
        self.Address = over.address

    def AutoFilter(  # noqa: N802
        self,
        Field: int,  # noqa: N803
        Criteria1: Any = None,  # noqa: N803
        Operator: Any = None,  # noqa: N803
        Criteria2: Any = None,  # noqa: N803
    ) -> None:
        self._sheet.excel.touch("filter")
        criterion = None if Criteria1 is None else FilterCriterion(Criteria1, Operator, Criteria2)
        self._sheet.excel.refuse(lambda: self._sheet.sheet.filter(self._over, Field, criterion))


class Filters:
    def __init__(self, sheet: StandInSheet, over: AutoFilter) -> None:
        self._sheet, self._over = sheet, over
        self.Count = over.columns

    def __call__(self, field: int) -> WindowsCriterion:
        return WindowsCriterion(self._sheet, self._over.criteria.get(field))


class WindowsCriterion:
    """One column's Filter. What a criterion does not have raises 1004."""

    def __init__(self, sheet: StandInSheet, criterion: FilterCriterion | None) -> None:
        self._sheet, self._criterion = sheet, criterion

    @property
    def On(self) -> bool:  # noqa: N802
        self._sheet.excel.touch("filter")
        return self._criterion is not None

    @property
    def Operator(self) -> int:  # noqa: N802
        return (self._criterion and self._criterion.operator) or 0

    @property
    def Criteria1(self) -> Any:  # noqa: N802
        if self._criterion is None or self._criterion.operator == CELL_COLOUR:  # a colour has no words
            raise error("Application-defined or object-defined error")
        return self._criterion.first

    @property
    def Criteria2(self) -> Any:  # noqa: N802
        if self._criterion is None or self._criterion.second is None:
            raise error("Application-defined or object-defined error")
        return self._criterion.second


class WindowsTableApi:
    """Excel's own ListObject."""

    def __init__(self, sheet: StandInSheet, over: AutoFilter) -> None:
        self.AutoFilter = WindowsFilter(sheet, over)


def with_criterion(words: str) -> Any:
    """A criterion's operator by its name in Excel."""
    return {"values": 7, "colour": 8, "plain": None, "or": 2}[words]


sheet_api, table_api = WindowsSheetApi, WindowsTableApi
"""What answers as `.api` of a sheet and of a table (`sheets.py`)."""
