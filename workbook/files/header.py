"""Find a sheet's header row, and what unknown headers may mean (SPEC 2, 3). Pure.

One rule for every reader. `find_header(rows)` finds the header below titles; `look_alikes(header, present)` names the
columns of ours that an unknown header resembles and the sheet lacks. The user is asked about such a header once
(`header-unclear`); the answer goes into the header's own cell, like any other: the canonical header, for “it is this
column”, or LEAVE_OUT.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final, NamedTuple

from workbook.columns import (
    ACTION,
    BIRTH_DATE,
    CASE_NUMBER,
    CASEWORKER_ALTERNATIVES,
    END,
    FIRST_NAME,
    KINDS,
    LAST_NAME,
    PROGRAM_ALTERNATIVES,
    REASON,
    SSN,
    canonical_header,
    header_key,
    is_own_header,
)
from workbook.files.likely_headers import loose_meanings, meanings, says_ssn
from workbook.text import is_blank, plain

MOST_ROWS: Final = 20
"""So many filled rows may be titles (SPEC 3)."""
MOST_LOOKED_AT: Final = 200
"""Unknown headers of which it is looked whether they may mean a column of ours, which takes a millisecond each."""
ENOUGH: Final = 3
"""So many headers of ours make a row the header, where none of them is Update or Insert."""
_LEAST_WORTH: Final = 1.0
LEAVE_OUT: Final = "leave it out"
"""The answer to `header-unclear` that says: none of our columns. As a header, it is passed over in silence."""
_LEAVE_OUT_KEY: Final = header_key(LEAVE_OUT)
_SELDOM_NEEDED: Final = frozenset({FIRST_NAME, LAST_NAME, BIRTH_DATE, CASE_NUMBER, SSN, END, REASON})
"""Columns that many sheets do without: a header must say them in so many words to be asked about."""


class HeaderRow(NamedTuple):
    """Where the header stands among the rows that were looked at."""

    place: int
    """Of the header among the rows given, from 0."""
    sure: bool
    """Whether the row is a header by SPEC 3; else it is only the likeliest, for a message to name."""


def header_text(cell: object) -> str:
    """A cell of the header row as the header it spells."""
    return "" if cell is None else plain(str(cell))


def is_header(cells: Iterable[object]) -> bool:
    """Whether a row has Update or Insert, or three other headers of ours."""
    known = _known(cells)
    return ACTION in known or len(known) >= ENOUGH


def is_filled_row(cells: Iterable[object]) -> bool:
    """Whether anything at all stands in a row."""
    return any(cell is not None and not is_blank(str(cell)) for cell in cells)


def find_header(rows: Iterable[Sequence[object]]) -> HeaderRow | None:
    """The header among the first rows of a sheet: cells as they stand there, empty rows too.

    The first of the first 20 filled rows that is a header; the filled rows above it are titles, to be passed over.
    Where none is, the row with the most headers that are ours or look so, two at least, or else the first. None where
    no row is filled. It stops reading where it finds the header.
    """
    best: tuple[float, int] | None = None
    filled = ((index, cells) for index, cells in enumerate(rows) if is_filled_row(cells))
    for index, cells in islice(filled, MOST_ROWS):
        if is_header(cells):
            return HeaderRow(index, True)
        worth = _worth(cells)
        if best is None or (worth > best[0] and worth >= _LEAST_WORTH):
            best = worth, index
    return None if best is None else HeaderRow(best[1], False)


def without_header(headers: Sequence[str]) -> list[int]:
    """The places, from 0, of the columns without a header that stand between columns of ours or right beside them:
    whoever looks at the sheet takes what stands there for a part of the row. Only the first of many. What stands beyond
    all headers is an error of its row, or a note beside it.

    `headers`: texts, "" where there is none; our own columns beside the data count as not there.
    """
    ours = [place for place, name in enumerate(headers) if name and canonical_header(name)]
    if not ours:
        return []
    first, last, end = ours[0], ours[-1], max(place for place, name in enumerate(headers) if name)
    while first and (not headers[first - 1] or is_own_header(headers[first - 1])):
        first -= 1
    while last < end and (not headers[last + 1] or is_own_header(headers[last + 1])):
        last += 1
    return [place for place in range(first, last + 1) if not headers[place]][:MOST_LOOKED_AT]


def ends_of(headers: Sequence[str]) -> tuple[int, bool]:
    """How many columns there are up to the last header that is not our own; and whether our own columns follow right
    behind it, so that a cell beyond is a note beside the row. Otherwise it may be a value that slid to the right.

    `headers`: texts, "" where there is none.
    """
    width = len(headers)
    while width and (not headers[width - 1] or is_own_header(headers[width - 1])):
        width -= 1
    return width, width < len(headers) and is_own_header(headers[width])


def lacking(present: Iterable[str]) -> list[str]:
    """The columns of ours that a sheet with these canonical headers lacks, in template order. Of an “or” that the
    sheet has in one way, nothing is lacking."""
    have = set(present)
    spared = set(have)
    for alternatives in (PROGRAM_ALTERNATIVES, CASEWORKER_ALTERNATIVES):
        if any(have.issuperset(way) for way in alternatives):
            spared.update(header for way in alternatives for header in way)
    return [header for header in KINDS if header not in spared]


def look_alikes(header: str, present: Iterable[str], *, loosely: bool = False) -> list[str]:
    """The columns that an unknown header looks like and that the sheet lacks, the likeliest first; mostly none. One
    that speaks of SSNs, whatever else it says, looks like no other column.

    `present`: the canonical headers that the sheet has. `loosely`: also columns that many sheets do without, by words
    that may mean something else; good to be named beside a column that is missing.
    """
    missing = lacking(present)
    surely = [meaning.column for meaning in meanings(header)]
    perhaps = [meaning.column for meaning in loose_meanings(header)]
    if not loosely:
        perhaps = [column for column in perhaps if column not in _SELDOM_NEEDED]
    found = [column for column in dict.fromkeys(surely + perhaps) if column in missing]
    if found and says_ssn(header):
        # What may hold SSNs is hidden on arrival, before anybody is asked, and would be good for no other column then.
        return [SSN] if SSN in missing else []
    return found


def identifier_columns(header: Sequence[object]) -> list[int]:
    """The places, from 0, of the columns of a header row that hold identifiers, or may: their numbers read as they are
    shown (SPEC 3)."""
    present = _known(header)
    found, looked_at = [], 0
    for place, name in enumerate(map(header_text, header)):
        known = canonical_header(name)
        is_foreign = bool(name) and known is None and not is_own_header(name) and not is_left_out(name)
        looked_at += is_foreign
        columns = look_alikes(name, present) if is_foreign and looked_at <= MOST_LOOKED_AT else [known or ""]
        if any(KINDS.get(column) == "id" for column in columns):
            found.append(place)
    return found


def answered(replacement: str) -> str | None:
    """What an answer to `header-unclear` says: a canonical header, "" to leave the column out, None for no answer."""
    if is_left_out(replacement) or is_blank(replacement):
        return ""
    return canonical_header(replacement)


def is_left_out(header: str) -> bool:
    """Whether this header cell holds the answer that its column is left out."""
    return header_key(header) == _LEAVE_OUT_KEY


def _known(cells: Iterable[object]) -> set[str]:
    found = (canonical_header(text) for cell in cells if (text := header_text(cell)))
    return {header for header in found if header is not None}


def _worth(cells: Sequence[object]) -> float:
    known = _known(cells)
    alike = {
        columns[0]
        for cell in cells
        if (text := header_text(cell)) and len(text) <= 80 and canonical_header(text) is None
        and not is_own_header(text) and (columns := [meaning.column for meaning in meanings(text)])
    }  # fmt: skip
    return len(known) + len(alike - known) / 2
