"""Find which rows or columns of a worksheet some spreadsheet program hides, from what their elements say (SPEC 3).

`hidden="1"` says it. LibreOffice takes other words for it too (on, t, 2), and hides a group beside which a row or a
column says that it is folded together, though nothing in the group says so. What has less than a pixel of height or
width, nobody sees either.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import Final

from workbook.files.limits import LAST_ROW

_SHOWN: Final = (None, "0", "false")
"""What alone every program takes for no."""
_A_PIXEL_HIGH: Final = 0.75
"""Points. Excel draws no row that is less."""
_DEEPEST: Final = 30_000


def says(word: str | None) -> bool:
    """Whether an attribute that may be yes or no is yes for any program."""
    return word not in _SHOWN


def is_less(size: str | None, least: float) -> bool:
    """Whether a height or a width is stated and less than this, or no number at all."""
    if size is None:
        return False
    try:
        return not float(size) >= least
    except ValueError:
        return True


def number_of(given: str | None, last: int) -> int:
    """The number of a row or a column, none beyond the last one there is; 0 for what is no number."""
    digits = (given or "").lstrip("0")
    return min(int(digits), last) if digits.isdecimal() and len(digits) < 10 else 0


class Folds:
    """Gathers which rows or columns stand in groups, in any order, and tells which of them are folded together."""

    def __init__(self, last: int) -> None:
        self._last = last
        self._said = array("H")
        """For each number its level, twice, and one more where it says that the group beside it is folded."""

    def __bool__(self) -> bool:
        return bool(self._said)

    def note(self, first: int, last: int, attributes: Mapping[str, str]) -> None:
        level = attributes.get("outlineLevel", "0")
        deep = min(int(level), _DEEPEST) if level.isdecimal() and len(level) < 10 else 0
        said = 2 * deep + says(attributes.get("collapsed"))
        if said and not self._said:
            self._said = array("H", bytes(2 * (self._last + 2)))
        if self._said:
            self._said[first : last + 1] = array("H", [said]) * (last + 1 - first)

    def hidden(self) -> frozenset[int]:
        """The numbers of those that stand in a folded group, as LibreOffice hides them: of the groups that end before
        a row that says so, the innermost one."""
        hidden = bytearray(len(self._said))
        began: list[tuple[int, int]] = []
        """Level and first number of each group that goes on."""
        for number, said in enumerate(self._said):
            level, folded = said >> 1, said & 1
            if began and began[-1][0] > level:
                first = began[-1][1]
                if folded:
                    hidden[first:number] = b"\1" * (number - first)
                while began and began[-1][0] > level:
                    first = began.pop()[1]
                if level and not (began and began[-1][0] == level):
                    began.append((level, first))
            elif level and not (began and began[-1][0] == level):
                began.append((level, number))
        return frozenset(number for number, is_hidden in enumerate(hidden) if is_hidden)


class HiddenRows:
    """Takes the rows of a sheet one by one, and tells which are hidden."""

    def __init__(self) -> None:
        self._numbers = array("I")
        self.folds = Folds(LAST_ROW)

    def note(self, number: int, attributes: Mapping[str, str]) -> None:
        """`attributes`: of the row, but for its number."""
        if says(attributes.get("hidden")) or is_less(attributes.get("ht"), _A_PIXEL_HIGH):
            self._numbers.append(min(number, LAST_ROW))
        if 0 < number <= LAST_ROW:
            self.folds.note(number, number, attributes)

    def numbers(self) -> array[int]:
        return self._numbers + array("I", self.folds.hidden())
