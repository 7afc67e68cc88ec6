"""Excel for the Mac: values and refusals as appscript hands them over, and the native objects behind xlwings'."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any, cast

from tests.support.excel.grid import AutoFilter, ErrorCell, FilterCriterion, shown
from tests.support.excel.sheets import Sheets, StandInRange, StandInSheet, block_of

has_window = False
asks_for_access = True
switches_alerts_off = True
half: dict[str, Any] = {}
"""The module that stands for `_xlmac`."""
limits = {"cells": 1_500_000}
"""Cells of a read that an Apple event still carries (_xlmac.Range.max_cells_per_read: 2,000,000 fail with −1741)."""


class Keyword:
    """A word of AppleScript, as appscript has it."""

    def __init__(self, name: str) -> None:
        self.AS_name = name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Keyword) and other.AS_name == self.AS_name

    def __hash__(self) -> int:
        return hash(self.AS_name)


MISSING = Keyword("missing_value")


class CommandError(Exception):
    def __init__(self, errornumber: int, errormessage: str) -> None:
        super().__init__(errormessage)
        self.errornumber, self.errormessage = errornumber, errormessage


def busy() -> Exception:
    raise AssertionError("only Windows is known to refuse while a cell is edited")


def error(reason: str) -> Exception:
    return CommandError(-10006, reason)


def gone() -> Exception:
    return CommandError(-609, "Connection is invalid.")


def visible(state: int) -> bool:
    return state == -1  # _xlmac.Sheet.visible


def prepare(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    assert not isinstance(value, dt.time), "appscript packs no time of day"
    return value


class MacRange(StandInRange):
    @property
    def api(self) -> Any:
        return MacRangeApi(self)

    @property
    def raw_value(self) -> Any:
        self.excel.touch("read")
        if len(self) > limits["cells"]:
            raise CommandError(-1741, "buffer for AEFlattenDesc too small")
        if self.options.get("err_to_str") and len(self) > 1:
            # `ensure_2d` gives nothing for a block (_xlmac.Range.raw_value; xlwings #1924)
            raise TypeError("'NoneType' object is not subscriptable")
        # An error cell is left out of its row, and those behind it move to the left (xlwings #1188, #1028, #1924).
        rows = [[_told(value) for value in row if not isinstance(value, ErrorCell)] for row in self.values()]
        if len(self) == 1:
            return rows[0][0] if rows[0] else MISSING
        return rows

    @raw_value.setter
    def raw_value(self, data: Any) -> None:
        self.write(data)


def _told(value: Any) -> Any:
    return "" if value is None else value


def range(sheet: StandInSheet, block: tuple[int, int, int, int]) -> MacRange:
    return MacRange(sheet, block)


class PlaceSheet(StandInSheet):
    """A sheet of a list is its place in it: `worksheets[2]` (_xlmac.Sheets.__iter__)."""

    def __init__(self, book: Any, place: int) -> None:
        super().__init__(book, book.book.sheets[place])
        self._place = place

    @property
    def known(self) -> Any:
        return self.book.book.sheets[self._place]

    @known.setter
    def known(self, value: Any) -> None:
        pass


class NamedSheet(StandInSheet):
    """A sheet by its name: `worksheets["Caseload"]`."""

    def __init__(self, book: Any, name: str) -> None:
        self._name = name
        super().__init__(book, cast("Any", None))  # found by its name each time

    @property
    def known(self) -> Any:
        found = [one for one in self.book.book.sheets if one.name.casefold() == self._name.casefold()]
        if not found:
            raise CommandError(-1728, "Object does not exist.")
        return found[0]

    @known.setter
    def known(self, value: Any) -> None:
        pass


class MacSheets(Sheets):
    def __iter__(self) -> Iterator[StandInSheet]:
        self.book.check()
        self.excel.touch("list")
        return iter([PlaceSheet(self.book, place) for place, _ in enumerate(self.all)])

    def __call__(self, name: Any) -> StandInSheet:
        self.book.check()
        return PlaceSheet(self.book, name - 1) if isinstance(name, int) else NamedSheet(self.book, name)

    @property
    def active(self) -> StandInSheet:
        self.book.check()
        return NamedSheet(self.book, self.book.book.active.name)

    def add(self, before: Any = None, after: Any = None, name: Any = None) -> StandInSheet:
        self.excel.touch("add")
        book = self.book.book
        place = self.all.index((before or after).known) + (after is not None)
        return StandInSheet(self.book, self.excel.refuse(lambda: book.add(place)))


sheets = MacSheets


class Told:
    """What answers to `.get()`."""

    def __init__(self, get: Callable[[], Any]) -> None:
        self.get = get


class MacRangeApi:
    """A reference to cells."""

    def __init__(self, over: MacRange) -> None:
        self._over = over
        self.entire_row = self
        self.hidden = Told(self._hidden)
        self.string_value = Told(self._texts)

    def _hidden(self) -> Any:
        found = self._over.rows_hidden()
        return MISSING if found is None else found

    def _texts(self) -> Any:
        self._over.excel.touch("read")
        rows = [shown(row) for row in self._over.values()]
        return rows[0][0] if len(self._over) == 1 else rows

    def autofilter_range(self, field: int, criteria1: Any = None, operator: Any = None, criteria2: Any = None) -> None:
        sheet = self._over.sheet
        sheet.excel.touch("filter")
        criterion = None if criteria1 is None else FilterCriterion(criteria1, operator, criteria2)
        over = next(one for one in sheet.sheet.filters if block_of(one.address) == self._over.block)
        sheet.excel.refuse(lambda: sheet.sheet.filter(over, field, criterion))


class MacAppApi:
    """Excel itself, as appscript has it: it is not known whether its dictionary says what becomes of macros."""

    def __init__(self, _excel: Any) -> None:
        pass


app_api = MacAppApi


class MacSheetApi:
    """A reference to a worksheet."""

    def __init__(self, sheet: StandInSheet) -> None:
        self._sheet = sheet
        self.filter_mode = Told(self._mode)
        self.autofilter_mode = Told(lambda: self._touched().own_filter is not None)

    def _touched(self) -> Any:
        self._sheet.excel.touch("filter")
        return self._sheet.sheet

    def _mode(self) -> bool:
        own = self._touched().own_filter
        return bool(self._sheet.sheet.advanced or (own and own.criteria))

    @property
    def autofilter_object(self) -> Any:
        return MacFilter(self._sheet, cast("AutoFilter", self._sheet.sheet.own_filter))

    def show_all_data(self) -> None:
        self._sheet.excel.refuse(self._touched().show_all)


class MacFilter:
    """A reference to an autofilter, with `filters[field]`."""

    def __init__(self, sheet: StandInSheet, over: AutoFilter) -> None:
        self._sheet, self._over = sheet, over
        self.filters = self
        self.range_object = self

    def get_address(self) -> str:
        return self._over.address

    def __getitem__(self, field: int) -> MacCriterion:
        return MacCriterion(self._sheet, self._over.criteria.get(field))


class MacCriterion:
    def __init__(self, sheet: StandInSheet, criterion: FilterCriterion | None) -> None:
        self._sheet, self._criterion = sheet, criterion
        self.filter_on = Told(self._on)
        self.operator = Told(lambda: (criterion and criterion.operator) or MISSING)
        self.criteria1 = Told(self._first)
        self.criteria2 = Told(lambda: (criterion and criterion.second) or MISSING)

    def _on(self) -> bool:
        self._sheet.excel.touch("filter")
        return self._criterion is not None

    def _first(self) -> Any:
        if self._criterion is None or getattr(self._criterion.operator, "AS_name", "") == "filter_cell_color":
            return MISSING
        return self._criterion.first


class MacTableApi:
    """A reference to a list object."""

    def __init__(self, sheet: StandInSheet, over: AutoFilter) -> None:
        self.autofilter_object = MacFilter(sheet, over)


def with_criterion(words: str) -> Any:
    """A criterion's operator by its name in Excel."""
    name = {"values": "filter_by_value", "colour": "filter_cell_color", "plain": "", "or": "autofilter_or"}[words]
    return Keyword(name) if name else None


sheet_api, table_api = MacSheetApi, MacTableApi
"""What answers as `.api` of a sheet and of a table (`sheets.py`)."""
