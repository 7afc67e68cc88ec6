"""Find the rows that are no data: what a template has below its headers, and headers that were pasted again (SPEC 3).

Of such a row one thing is said, and nothing else. To leave it out is the sure answer only where no cell of it says
anything that could be somebody's: half a sample row may have been written over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from server.judge.question import what_fits
from server.judge.values import ReadColumn
from server.judge.verdict import About
from server.judge.wording import Facts
from workbook.columns import ACTION, KINDS, SSN, canonical_header
from workbook.left_out import LEAVE_ROW_OUT
from workbook.sheet import EMPTY
from workbook.sheets.sample_row import what_is_left

SAMPLE_LEFT: Final = "sample-left"
HEADER_AGAIN: Final = "header-again"
_LEAST_HEADERS: Final = 3
"""So many cells say their own column's header where a row is taken for the headers again: one or two may be data, such
as a status that is called “Status”."""
_FEW_VALUES: Final = 1000
"""Only columns of at most so many distinct values are looked through for headers; the others are asked of the rows in
which there was one. A header row has Update or Insert, of which there are never many."""

_DELETE: Final = "Delete this row (the whole row), or leave it out."

_Says = Callable[[str, str], bool]


class OwnRow(NamedTuple):
    """What is said of a row that is no data, and whether nothing of it is."""

    code: str
    facts: Facts
    certain: bool

    @property
    def about(self) -> About:
        answers = (LEAVE_ROW_OUT,)
        return About(answers=answers, certain=self.certain, fits=what_fits(answers, certain=self.certain))


def own_rows(columns: Mapping[str, ReadColumn]) -> dict[int, OwnRow]:
    """By the row's index, those of a sheet with these columns."""
    found = {
        index: OwnRow(HEADER_AGAIN, {}, _says_nothing_else(columns, index, _is_its_header))
        for index, headers in _rows_with_headers(columns).items()
        if headers >= _LEAST_HEADERS and 2 * headers > len(_cells(columns, index))
    }
    for index, what in _left_of_the_template(columns).items():
        certain = _says_nothing_else(columns, index, _is_the_templates)
        advice = _DELETE if certain else _how_to_keep(columns, index)
        found[index] = OwnRow(SAMPLE_LEFT, {"what": what, "advice": advice}, certain)
    return found


def _how_to_keep(columns: Mapping[str, ReadColumn], index: int) -> str:
    """What somebody does who has written over half of the row: clear the rest. It names no value, for in the place of
    an SSN it would be one."""
    left = [
        header
        for header, column in columns.items()
        if (code := column.codes[index]) != EMPTY and what_is_left(header, column.texts[code])
    ]
    kept = f"If it is a row of yours by now, clear what the template wrote in {' and '.join(left)}."
    return f"{kept} If not, delete the whole row, or leave it out."


def _rows_with_headers(columns: Mapping[str, ReadColumn]) -> dict[int, int]:
    """Index of each row in which a cell says its column's header → how many cells do."""
    rows: set[int] = set()
    for header, column in columns.items():
        if len(column.texts) <= _FEW_VALUES:
            known = {code for code, text in enumerate(column.texts) if _is_its_header(header, text)}
            if known:
                rows.update(index for index, code in enumerate(column.codes) if code in known)
    return {index: sum(_is_its_header(*cell) for cell in _cells(columns, index)) for index in rows}


def _left_of_the_template(columns: Mapping[str, ReadColumn]) -> dict[int, str]:
    """Index of each row that is the template's own → which of them it is."""
    left: dict[int, str] = {}
    for header, column in columns.items():
        known = {code: what for code, text in enumerate(column.texts) if text and (what := what_is_left(header, text))}
        if known:
            left.update((index, known[code]) for index, code in enumerate(column.codes) if code in known)
    return left


def _cells(columns: Mapping[str, ReadColumn], index: int) -> list[tuple[str, str]]:
    """(header, text) of the row's filled cells, without what stands in the place of an SSN and is none: nobody is shown
    what it says."""
    return [
        (header, column.texts[code])
        for header, column in columns.items()
        if (code := column.codes[index]) != EMPTY and not (header == SSN and column.found[code] is None)
    ]


def _says_nothing_else(columns: Mapping[str, ReadColumn], index: int, says: _Says) -> bool:
    """Whether each filled cell of the row says what `says` knows."""
    return all(says(header, text) for header, text in _cells(columns, index))


def _is_its_header(header: str, text: str) -> bool:
    return canonical_header(text) == header


def _is_the_templates(header: str, text: str) -> bool:
    """The sample's list values and dates are real ones, and so is its Insert."""
    return what_is_left(header, text) is not None or header == ACTION or KINDS[header] in ("feeder", "date")
