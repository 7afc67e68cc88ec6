"""Know what a file holds in the cells that openpyxl does not keep as they are.

openpyxl has either a formula or the value that Excel last calculated for it. A number in a cell with a date's format
it takes for a date: one that is none (20261031, an ID) it makes an error of, one before March 1900, or with more than
thousandths of a second, another number; and a date that is written as one (`t="d"`) it makes a number of, which under
another format reads as a number. What is too large for any number it makes infinite, and of the others it writes
sixteen digits. And of cells under merged ones it keeps nothing. So a sheet that has such cells is gone through once
more, by openpyxl's own rules of where a cell stands.

Of a formula that cells share openpyxl makes one of its own for each, and not always the right one: the C1 of
`C1:INDEX(C:C,2)` stays C1 in every row.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Collection
from datetime import datetime, time, timedelta
from typing import IO, Any, Final, NamedTuple
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZipFile

from openpyxl.reader.strings import read_string_table
from openpyxl.styles.numbers import is_date_format
from openpyxl.worksheet._reader import FORMULA_TAG, VALUE_TAG

from addin.book import Value
from addin.hosts.closed.cell_reader import CellReader, shared_texts_part
from addin.hosts.closed.values import plain_value

Place = tuple[int, int]
_TEXT: Final = "str"
_OF_SHARED: Final = ("t", "ref", "si", "ca")
"""What is said of a formula that cells share."""
_EXACT: Final = 10**15
"""Whole numbers below it have no more than fifteen digits."""
_LAST_ODD_YEAR: Final = 1904
"""Until then the days are counted in two ways, of which openpyxl knows one by halves."""


class StoredCell(NamedTuple):
    """What stands in a file's cell: its kind (`t`), its text, and what openpyxl takes it for; a formula's value."""

    kind: str
    text: str
    value: Value
    formula: bytes = b""
    """As it is stored where cells share it; else openpyxl keeps it."""


class AsStored:
    """Of one sheet, what its file holds in the cells that openpyxl does not keep."""

    def __init__(self) -> None:
        self._cells: dict[Place, StoredCell] = {}
        self._odd: dict[Place, object] = {}
        """What openpyxl has in place of what is stored, by which is known whether somebody has written there since."""
        self._formulas: dict[Place, object] = {}
        """The same of formulas."""
        self._first_of: dict[Place, Place] = {}
        """Cell with a formula that is shared → the one that says what it is."""
        self.covered: list[Place] = []
        """The cells under merged ones that hold something."""

    @classmethod
    def of(cls, sheet: Any, package: ZipFile, part: str) -> AsStored:
        """`sheet` as openpyxl has just read it from this part."""
        made = cls()
        dates: dict[int, bool] = {}
        for place, cell in sheet._cells.items():
            if cell.data_type == "f":
                made._formulas[place] = cell._value
            elif _is_odd(cell, dates):
                made._odd[place] = cell._value
        under = covered_places(sheet)
        wanted = {*made._formulas, *made._odd, *under}
        if wanted:
            with package.open(part) as source, warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of dates that are none, for programmers
                parser = _Parser(sheet, source, package, wanted)
                parser.read()
            made._cells, made._first_of = parser.found, parser.first_of
            made.covered = sorted(under.intersection(made._cells))
            for place in made.covered:
                del made._cells[place]
        return made

    def value(self, row: int, column: int) -> Value:
        """The value that the program which saved the file last calculated for a formula, None where it did not."""
        found = self._cells.get((row, column))
        return None if found is None else found.value

    def still_there(self, sheet: Any) -> dict[str, StoredCell]:
        """What is to be stored again: the values of formulas that still stand, and what nobody has written over."""
        kept = {}
        for place, stored in self._cells.items():
            cell = sheet._cells.get(place)
            if cell is not None and cell.data_type == "f":
                kept[cell.coordinate] = stored if self._shares_still(sheet, place) else stored._replace(formula=b"")
            elif cell is not None and place in self._odd and cell._value is self._odd[place]:
                kept[cell.coordinate] = stored
        return kept

    def _shares_still(self, sheet: Any, place: Place) -> bool:
        """Whether nobody has written over a formula that cells share, here or where it is said what it is."""
        return all(
            (cell := sheet._cells.get(one)) is not None and cell._value is self._formulas.get(one)
            for one in (place, self._first_of.get(place, place))
        )


def covered_places(sheet: Any) -> set[Place]:
    """The cells of merged ranges that nobody sees: all but the first of each."""
    covered: set[Place] = set()
    for one in sheet.merged_cells.ranges:
        first = one.min_row, one.min_col
        covered.update(
            place
            for row in range(one.min_row, one.max_row + 1)
            for column in range(one.min_col, one.max_col + 1)
            if (place := (row, column)) != first
        )
    return covered


class _Parser(CellReader):
    """Reads a few cells of a sheet, and of formulas their values."""

    def __init__(self, sheet: Any, source: IO[bytes], package: ZipFile, wanted: Collection[Place]) -> None:
        book = sheet.parent
        super().__init__(
            source,
            _Texts(package),
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        self._wanted = wanted
        self.found: dict[Place, StoredCell] = {}
        self.first_of: dict[Place, Place] = {}
        self._firsts: dict[str, Place] = {}

    def parse_cell(self, element: Any) -> dict[str, Any]:
        place = self.place_of(element)
        if place not in self._wanted:
            self.col_counter = place[1]
            return {}
        text = element.findtext(VALUE_TAG) or ""
        read = super().parse_cell(element)
        value = plain_value(read["value"], read["data_type"])
        kind = element.get("t", "n")
        if kind in ("s", "inlineStr"):  # where openpyxl keeps texts nobody knows by now
            kind, text = _TEXT, str(value or "")
        if value is not None or text or element.find(FORMULA_TAG) is not None:
            self.found[place] = StoredCell(kind, text, value, self._shared(element, place))
        return read

    def _shared(self, element: Any, place: Place) -> bytes:
        """The formula of a cell that shares it, as it is stored."""
        formula = element.find(FORMULA_TAG)
        if formula is None or formula.get("t") != "shared":
            return b""
        number = formula.get("si", "")
        self.first_of[place] = self._firsts.setdefault(number, place)
        said = "".join(
            f" {name}={quoteattr(formula.get(name))}" for name in _OF_SHARED if formula.get(name) is not None
        )
        return f"<f{said}>{escape(formula.text or '')}</f>".encode()


class _Texts:
    """The texts that cells share, read when the first one asks: hardly any program has a formula share its text."""

    def __init__(self, package: ZipFile) -> None:
        self._package = package
        self._texts: list[str] | None = None

    def __getitem__(self, number: int) -> str:
        if self._texts is None:
            with self._package.open(str(shared_texts_part(self._package))) as source:
                self._texts = read_string_table(source)
        return self._texts[number]


def _is_rounded(value: object) -> bool:
    """Whether openpyxl, which writes sixteen digits of a number, would write another one, or none."""
    return isinstance(value, float) and (not math.isfinite(value) or float(f"{value:.16g}") != value)


def _is_odd(cell: Any, dates: dict[int, bool]) -> bool:
    """Whether openpyxl would write something else than it has read. `dates`: which formats are known to be a date's."""
    value, kind = cell._value, cell.data_type
    if kind == "n":
        return not -_EXACT < value < _EXACT if type(value) is int else _is_rounded(value)
    if kind == "e":
        return bool(value == "#VALUE!")  # or so it calls a number that is no date
    if kind != "d":
        return False
    number = cell._style.numFmtId
    if number not in dates:
        dates[number] = is_date_format(cell.number_format)
    if not dates[number]:
        return True
    if isinstance(value, datetime):
        return value.year <= _LAST_ODD_YEAR or value.microsecond != 0
    if isinstance(value, timedelta):
        return value.days < 0 or value.microseconds != 0
    return not isinstance(value, time) or value.microsecond != 0
