"""The cells of the stand-in for Excel: values with number formats, filters, hidden rows, protection.

What Excel makes of a value that a program writes is here; how Windows and a Mac hand it over is in `windows` and `mac`.
Each habit names where it was seen: “xlwings #n” is an issue of that project, “office-js #n” likewise.
"""

from __future__ import annotations

import datetime as dt
import fnmatch
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter, range_boundaries

GENERAL, TEXT = "General", "@"
ALL_ROWS = 1_048_576
ALL_COLUMNS = 16_384
EITHER, CELL_COLOUR = 2, 8
ERRORS = {
    "#NULL!": -2146826288,
    "#DIV/0!": -2146826281,
    "#VALUE!": -2146826273,
    "#REF!": -2146826265,
    "#NAME?": -2146826259,
    "#NUM!": -2146826252,
    "#N/A": -2146826246,
    "#SPILL!": -2146826243,
    "#CALC!": -2146826238,
}
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})|(\d{4})-(\d{1,2})-(\d{1,2})")
LINK = re.compile(r'=HYPERLINK\("(?:[^"]|"")*",("?)(.*?)\1\)')
SHEET_PROTECTED = (
    "The cell or chart you're trying to change is on a protected sheet. To make a change, unprotect the sheet. You "
    "might be requested to enter a password."
)


class Refused(Exception):
    """Excel says no. `windows` and `mac` make their own errors of it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ErrorCell(str):
    """An error in a cell, by its name."""

    __slots__ = ()


@dataclass(frozen=True)
class Formula:
    text: str

    @property
    def value(self) -> Any:
        link = LINK.fullmatch(self.text)
        if link is None:
            return 0.0
        return link[2].replace('""', '"') if link[1] else float(link[2])


@dataclass
class FilterCriterion:
    first: Any
    operator: Any = None
    second: Any = None


@dataclass
class AutoFilter:
    """Over a block of cells with its header row. `hidden`: the rows that it hides, as of when it was last set."""

    row: int
    column: int
    rows: int
    columns: int
    criteria: dict[int, FilterCriterion] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    is_table: bool = False

    @property
    def address(self) -> str:
        last = f"${get_column_letter(self.column + self.columns - 1)}${self.row + self.rows - 1}"
        return f"${get_column_letter(self.column)}${self.row}:{last}"


@dataclass
class Cells:
    name: str
    visible: int = -1  # xlSheetVisible; 0 hidden, 2 very hidden (_xlwindows, Sheet.visible)
    values: dict[tuple[int, int], Any] = field(default_factory=dict)
    formats: dict[tuple[int, int], str] = field(default_factory=dict)
    column_formats: dict[int, str] = field(default_factory=dict)
    hidden_by_hand: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    filters: list[AutoFilter] = field(default_factory=list)
    advanced: set[int] = field(default_factory=set)
    coloured: set[int] = field(default_factory=set)
    fitted: set[int] = field(default_factory=set)
    is_protected: bool = False
    unmarked: set[tuple[int, int]] = field(default_factory=set)
    """Cells that a paste has robbed of their conditional formats; `unlisted`: of their validation."""
    unlisted: set[tuple[int, int]] = field(default_factory=set)

    # --- what a user does

    def paste_from_elsewhere(self, row: int, column: int, rows: list[list[Any]], number_format: str = GENERAL) -> None:
        """Ctrl+V of cells of another workbook: values, formats, conditional formats and validation are theirs."""
        for line, cells in enumerate(rows, start=row):
            for place, value in enumerate(cells, start=column):
                self.values[line, place] = value
                self.formats[line, place] = number_format
                self.unmarked.add((line, place))
                self.unlisted.add((line, place))

    # --- what a program writes

    def write(self, row: int, column: int, rows: list[list[Any]]) -> None:
        self.check_protected()
        hidden = self.hidden_by_filter()
        lines = range(row, row + len(rows))
        if len(rows) > 1 and any(line in hidden for line in lines):
            # A block over rows that a filter hides: its first row goes into every visible row, hidden ones keep what
            # they had. Rows hidden by hand are written (xlwings #679, #747, #1483, #2619; office-js #224).
            rows = [rows[0] if line not in hidden else [] for line in lines]
        for line, cells in zip(lines, rows, strict=True):
            for place, value in enumerate(cells, start=column):
                self.put(line, place, value)

    def put(self, row: int, column: int, value: Any) -> None:
        """One cell, as if its value were typed: what Excel does with `Range.Value`."""
        place = (row, column)
        number_format = self.number_format(row, column)
        if value is None or value == "":
            self.values.pop(place, None)
        elif isinstance(value, str):
            self.values[place] = self._typed(place, value, number_format)
        elif number_format == TEXT:
            # A number or a date in a cell with the format Text becomes text, a date in the computer's regional order
            # (a blog of 2013 with the exact calls, for dates; mskb 181226 for what is entered in such a cell).
            self.values[place] = _regional(value)
        else:
            if isinstance(value, dt.datetime) and number_format == GENERAL:
                self.formats[place] = "m/d/yyyy"
            self.values[place] = float(value) if isinstance(value, int) and not isinstance(value, bool) else value

    def _typed(self, place: tuple[int, int], text: str, number_format: str) -> Any:
        if text.startswith("'"):  # Excel's own sign that a text follows (ClosedXML #147, office-js #6687)
            return text[1:]
        if number_format == TEXT:
            return text
        if text.startswith("="):
            return Formula(text)
        if NUMBER.fullmatch(text):
            return float(text)
        if text in ERRORS:
            return ErrorCell(text)
        if text.upper() in ("TRUE", "FALSE"):
            return text.upper() == "TRUE"
        found = DATE.fullmatch(text)
        if found:
            month, day, year = (found[1], found[2], found[3]) if found[1] else (found[5], found[6], found[4])
            try:
                moment = dt.datetime(int(year), int(month), int(day))
            except ValueError:
                return text
            if number_format == GENERAL:
                self.formats[place] = "m/d/yyyy"
            return moment
        return text

    def clear(self) -> None:
        self.check_protected()
        self.values.clear()

    def set_format(self, row: int, column: int, rows: int, columns: int, number_format: str) -> None:
        self.check_protected()
        for place in range(column, column + columns):
            if rows == ALL_ROWS:
                self.column_formats[place] = number_format
                self.formats = {at: known for at, known in self.formats.items() if at[1] != place}
            else:
                for line in range(row, row + rows):
                    self.formats[line, place] = number_format

    def check_protected(self) -> None:
        if self.is_protected:  # com_error 1004 with this reason in excepinfo[2] (pywin32)
            raise Refused(SHEET_PROTECTED)

    # --- what a program reads

    def value(self, row: int, column: int) -> Any:
        found = self.values.get((row, column))
        return found.value if isinstance(found, Formula) else found

    def number_format(self, row: int, column: int) -> str:
        return self.formats.get((row, column)) or self.column_formats.get(column, GENERAL)

    def used(self) -> tuple[int, int, int, int]:
        places = self.values.keys() | self.formats.keys()  # cells that are only formatted count (Excel)
        if not places:
            return 1, 1, 1, 1
        rows, columns = [row for row, _ in places], [column for _, column in places]
        return min(rows), min(columns), max(rows) - min(rows) + 1, max(columns) - min(columns) + 1

    def hidden_by_filter(self) -> set[int]:
        return self.advanced.union(*(one.hidden for one in self.filters))

    def hidden_rows(self) -> set[int]:
        return self.hidden_by_filter() | self.hidden_by_hand

    @property
    def own_filter(self) -> AutoFilter | None:
        return next((one for one in self.filters if not one.is_table), None)

    # --- filters

    def filter(self, over: AutoFilter, field: int, criterion: FilterCriterion | None) -> None:
        self.check_protected()
        if criterion is None:
            over.criteria.pop(field, None)
        else:
            over.criteria[field] = criterion
        over.hidden = {
            row
            for row in range(over.row + 1, over.row + over.rows)
            if not all(self._matches(row, over.column + at - 1, one) for at, one in over.criteria.items())
        }

    def show_all(self) -> None:
        self.check_protected()
        self.advanced.clear()
        for one in self.filters:
            if not one.is_table:
                one.criteria.clear()
                one.hidden.clear()

    def _matches(self, row: int, column: int, criterion: FilterCriterion) -> bool:
        if criterion.operator == CELL_COLOUR or str(getattr(criterion.operator, "AS_name", "")).endswith("color"):
            return row in self.coloured
        text = _shown(self.value(row, column))
        if isinstance(criterion.first, tuple | list):
            return text in [one.removeprefix("=") for one in criterion.first]
        found = [_is_like(text, str(one)) for one in (criterion.first, criterion.second) if one is not None]
        either = criterion.operator == EITHER or getattr(criterion.operator, "AS_name", "") == "autofilter_or"
        return any(found) if either else all(found)


@dataclass
class OpenWorkbook:
    name: str
    fullname: str
    sheets: list[Cells]
    active: Cells
    selection: tuple[int, int] | None = (1, 1)
    is_structure_protected: bool = False
    charts: list[str] = field(default_factory=list)
    """The names of charts that are sheets, which are in no list of worksheets."""

    @property
    def shown(self) -> Cells:
        """The leftmost visible sheet."""
        return next(one for one in self.sheets if one.visible == -1)

    def sheet(self, name: str) -> Cells:
        return next(one for one in self.sheets if one.name.casefold() == name.casefold())

    def add(self, place: int) -> Cells:
        if self.is_structure_protected:
            raise Refused("Workbook is protected and cannot be changed.")
        taken = {one.name for one in self.sheets}
        number = next(n for n in range(1, 1000) if f"Sheet{n}" not in taken)
        sheet = Cells(f"Sheet{number}")
        self.sheets.insert(place, sheet)
        self.active = sheet
        return sheet


def load(path: Path) -> OpenWorkbook:
    """A workbook as Excel opens it from a file."""
    book = openpyxl.load_workbook(path)
    sheets = []
    for one in book.worksheets:
        sheet = Cells(one.title, {"visible": -1, "hidden": 0, "veryHidden": 2}[one.sheet_state])
        for letter, dimension in one.column_dimensions.items():
            first = dimension.min or openpyxl.utils.column_index_from_string(letter)
            for column in range(first, (dimension.max or first) + 1):
                if dimension.number_format != GENERAL:
                    sheet.column_formats[column] = dimension.number_format
        for (row, column), cell in one._cells.items():
            if cell.number_format != sheet.column_formats.get(column, GENERAL):
                sheet.formats[row, column] = cell.number_format
            if cell.value is not None:
                sheet.values[row, column] = _loaded(cell)
        sheet.hidden_by_hand = {row for row, known in one.row_dimensions.items() if known.hidden}
        for table in one.tables.values():
            left, top, right, bottom = (edge or 0 for edge in range_boundaries(table.ref))
            sheet.filters.append(AutoFilter(top, left, bottom - top + 1, right - left + 1, is_table=True))
        sheets.append(sheet)
    active = next(sheet for sheet in sheets if book.active is not None and sheet.name == book.active.title)
    return OpenWorkbook(path.name, str(path), sheets, active)


def _loaded(cell: Any) -> Any:
    if cell.data_type == "f":
        return Formula(str(getattr(cell.value, "text", cell.value)))
    if cell.data_type == "e":
        return ErrorCell(cell.value)
    if isinstance(cell.value, int) and not isinstance(cell.value, bool):
        return float(cell.value)
    if isinstance(cell.value, dt.date) and not isinstance(cell.value, dt.datetime):
        return dt.datetime(cell.value.year, cell.value.month, cell.value.day)
    return cell.value


def _is_like(text: str, wanted: str) -> bool:
    if wanted.startswith("<>"):
        return not fnmatch.fnmatchcase(text.lower(), wanted[2:].lower())
    pattern = wanted.removeprefix("=").replace("~*", "[*]").replace("~?", "[?]")
    return fnmatch.fnmatchcase(text.lower(), pattern.lower())


def _regional(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return f"{value.day:02}.{value.month:02}.{value.year}"
    return _shown(float(value) if isinstance(value, int) and not isinstance(value, bool) else value)


def _shown(value: Any) -> str:
    """A cell's text as its user sees it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() else repr(value)
    if isinstance(value, dt.datetime):
        return f"{value.month}/{value.day}/{value.year}"
    return str(value)


def shown(values: Iterable[Any]) -> list[str]:
    return [_shown(value) for value in values]
