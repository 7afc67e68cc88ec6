"""Where everything is in our workbook: sheets, defined names, columns beside the data.

All code that builds the workbook, marks it or reads it back takes places from here, so that it always agrees. Only
constants and small functions: nothing here opens a file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from workbook.columns import (
    COLUMNS,
    KINDS,
    OWN_HEADERS,
    ROW_FIXED,
    ROW_MESSAGE,
    ROW_ORIGIN,
    ROW_POINTER,
    ROW_STATUS,
    canonical_header,
    header_key,
)
from workbook.files.limits import LAST_ROW as LAST_ROW

DATA_SHEET: Final = "Caseload"
FIX_SHEET: Final = "Fix Errors"
LOG_SHEET: Final = "Log"
PREVIEW_SHEET: Final = "Preview"
UPLOADS_SHEET: Final = "Uploads"
FIXES_MADE_SHEET: Final = "Fixes Made"
REMEMBERED_SHEET: Final = "Remembered"
HELP_SHEET: Final = "Help"
SUGGESTIONS_SHEET: Final = "_suggestions"
LISTS_SHEET: Final = "_lists"
META_SHEET: Final = "_meta"

WORKBOOK_CODE_NAME: Final = "ThisWorkbook"
CODE_NAMES: Final[dict[str, str]] = {
    DATA_SHEET: "CaseloadSheet",
    FIX_SHEET: "FixErrorsSheet",
    FIXES_MADE_SHEET: "FixesMadeSheet",
    PREVIEW_SHEET: "PreviewSheet",
    LOG_SHEET: "LogSheet",
    UPLOADS_SHEET: "UploadsSheet",
    REMEMBERED_SHEET: "RememberedSheet",
    HELP_SHEET: "HelpSheet",
    SUGGESTIONS_SHEET: "SuggestionsSheet",
    LISTS_SHEET: "ListsSheet",
    META_SHEET: "MetaSheet",
}
"""Every sheet, in the workbook's order (the data sheet leftmost, SPEC 3), and what VBA calls it."""
HIDDEN_SHEETS: Final = (SUGGESTIONS_SHEET, LISTS_SHEET, META_SHEET)

HEADER_ROW: Final = 1
FIRST_DATA_ROW: Final = 2
"""The row below the header. In a fresh template the instruction row stands here and the sample row below it;
code that fills a template writes over both."""


# Defined names, relative to the cell that asks. A mark is found in the row's pointer by the
# column's own header, so it follows its cell when rows are sorted and when columns are moved or put between.
CELL_NAME: Final = "v_cell"
"""The line in `_suggestions` that speaks of this cell, 0 for none."""
SEVERITY_NAME: Final = "v_severity"
"""2 for an error, 1 for a warning, 0 for none."""
COUNT_NAME: Final = "v_count"
"""How many answers are offered for this cell, 0 where it keeps the list of its column."""
SUGGESTED_NAME: Final = "v_list"
"""The answers themselves: what was probably meant, and then whatever the column allows."""
FIX_LIST_NAME: Final = "fix_list"
"""The same for the answer of a line of `Fix Errors`."""
NO_LIST_NAME: Final = "list_none"
"""What the dropdown of a free column holds while its cell is not flagged: EMPTY_THE_CELL, for of an empty list Calc
makes a 0, and a user who picks that loses the value of the cell."""
EMPTY_THE_CELL: Final = "(empty the cell)"
"""The answer that empties the cells; typed, it means the same (SPEC 5)."""

LIST_NAMES: Final = {column.header: column.list_name for column in COLUMNS if column.list_name}
"""Canonical header → the name of its list. Each list is one column of `_lists`, in this order from column A,
header in row 1; the name grows and shrinks with what is written there, so refreshing is writing the block."""

SEVERITIES: Final = {"error": 2, "warning": 1}
SEVERITY_COLUMN: Final = 1
SUGGESTION_COLUMN: Final = 4
"""`_suggestions`: severity, message, count, then the suggestions from this column on (1-based)."""
MOST_SUGGESTIONS: Final = 5
OFFER_COLUMN: Final = SUGGESTION_COLUMN + MOST_SUGGESTIONS
"""Behind them the lists of the dropdowns, one below the other, whatever lines they stand in; of a list's first row only
the number before it is noted. The cell in row 1 is empty: what has no list gets that one."""
FIRST_COLUMN: Final = OFFER_COLUMN + 1
LISTED_COLUMN: Final = OFFER_COLUMN + 2
"""For the cells that a line speaks of: the row before the first of their list, and how many answers that has."""

DATE_FORMAT: Final = "yyyy-mm-dd"
TEXT_FORMAT: Final = "@"
FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What begins a text that a spreadsheet could take for a formula: it is written as text (SPEC 7). The wide signs are
those of East Asian keyboards, which Excel takes for the narrow ones."""


_FORMULA_BEGINS: Final = re.compile(rf"(?:^|[;\t\r\n])[ \"]*(?=[{re.escape(''.join(FORMULA_SIGNS))}])")


def no_formula(cell: object) -> object:
    """A cell for a .csv file: wherever a spreadsheet could take the text for a formula, it gets an apostrophe in front.

    Where the comma belongs to numbers, as in most of Europe, a spreadsheet separates cells by semicolons whatever the
    file does, and takes no quotation mark but at the beginning of a cell: so a formula may begin behind a semicolon, a
    tab or the end of a line too. A quotation mark there does begin a cell, and as the file doubles it, it ends at once:
    what stands behind any number of them is a beginning as well.
    """
    return _FORMULA_BEGINS.sub(r"\g<0>'", cell) if isinstance(cell, str) else cell


TEMPLATE_OWN_HEADERS: Final = (ROW_POINTER, ROW_ORIGIN, ROW_FIXED, ROW_STATUS, ROW_MESSAGE)
"""Our own columns in the order in which a template has them, behind the data: the message last, so that a long
one runs on over the empty cells to its right."""
HIDDEN_OWN_HEADERS: Final = (ROW_POINTER, ROW_ORIGIN, ROW_FIXED)


class OwnColumns(NamedTuple):
    """Columns, 1-based, that stand beside the data; `pointer`, `origin` and `fixed` are hidden."""

    status: int
    message: int
    pointer: int
    origin: int
    fixed: int


def own_columns(headers: Sequence[str]) -> OwnColumns:
    """Where our own columns stand in a sheet with these headers, wherever the user moved them.

    One that is not there stands to the right of everything.
    """
    places = {header_key(header): number for number, header in enumerate(headers, start=1)}
    beyond = len(headers)
    found: dict[str, int] = {}
    for header in TEMPLATE_OWN_HEADERS:
        place = places.get(header_key(header))
        if place is None:
            beyond += 1
            place = beyond
        found[header] = place
    return OwnColumns(*(found[header] for header in OWN_HEADERS))


def column_of(header: str, headers: Sequence[str]) -> int | None:
    """The column (1-based) that holds a canonical header in a sheet with these headers, however it spells it."""
    for number, name in enumerate(headers, start=1):
        if canonical_header(name) == header:
            return number
    return None


def column_letters(column: int) -> str:
    """The letters of a column (1-based): 1 is A, 27 is AA."""
    letters = ""
    while column:
        column, place = divmod(column - 1, 26)
        letters = chr(ord("A") + place) + letters
    return letters


def number_format(header: str) -> str:
    """How a data column shows its cells. All but dates are text, or Excel would turn `007` into 7: a cell gets
    its format before its value."""
    canonical = canonical_header(header)
    return DATE_FORMAT if canonical is not None and KINDS[canonical] == "date" else TEXT_FORMAT
