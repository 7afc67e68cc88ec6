"""The blocks of values by which Validate marks flagged cells of the workbook.

The workbook's own formats and dropdowns do the rest. Each block is written in one go, and no cell by itself. A flagged
row gets a pointer (`workbook.sheets.pointers`): for each wrong cell its column's header and the number of a line in
`_suggestions`, which holds the severity, the message and the suggestions. Flags with the same content share one line.
`workbook.sheets.offers` lays out the dropdown lists.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from workbook.columns import ACTION, KINDS, canonical_header
from workbook.layout import (
    EMPTY_THE_CELL,
    FIRST_DATA_ROW,
    LISTED_COLUMN,
    MOST_SUGGESTIONS,
    SEVERITIES,
    OwnColumns,
    own_columns,
)
from workbook.left_out import leaves_out
from workbook.lists import list_values
from workbook.local_time import Order, named_day
from workbook.problems import PROBLEM_KINDS, Severity
from workbook.report import FixGroup, ProblemOut, Report, Suggestion
from workbook.sheets.marked_sheet import MarkedSheet
from workbook.sheets.offers import Block, Dropdowns, ListPlace
from workbook.sheets.pointers import pointer_of

OK: Final = "✔ ok"
LEFT_OUT: Final = "– left out"
AS_DOWNLOADED: Final = "– as downloaded"
"""A row that nobody touched since it was downloaded: it is not sent."""
WRITTEN: Final = "✔ written"
"""A row that an upload has written: it is not sent again."""
TESTED: Final = "✔ tested"
"""A row that a test has written which is not decided yet: it is not checked."""
ERROR_SIGN: Final = "✖"
WARNING_SIGN: Final = "▲"
BEGINS: Final = ("Severity", "Message", "Count")
"""What `_suggestions` begins with."""
_SPELLED_OUT: Final = 3
"""Suggestions that the message spells out; the dropdown has them all."""


class Flag(NamedTuple):
    """One painted cell: where it stands (1-based), what is wrong with it, and what was probably meant."""

    row: int
    column: int
    severity: Severity
    message: str


@dataclass(slots=True)
class Marks:
    """The blocks, and where they go.

    `pointers`, `statuses` and `messages` are one cell wide; they stand in the data sheet from `first_row` down, in
    the columns that `columns` names. `suggestions` stand in the sheet of that name from A1, in place of all it held.
    """

    first_row: int
    columns: OwnColumns
    pointers: Block = field(default_factory=list)
    statuses: Block = field(default_factory=list)
    messages: Block = field(default_factory=list)
    suggestions: Block = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)
    """Every painted cell in reading order, for Next Error and Previous Error."""
    notes: list[str] = field(default_factory=list)
    """What the report says of the sheet as a whole, such as a header that nobody knows."""


def lay_out_marks(report: Report, sheet: MarkedSheet, dropdowns: Dropdowns | None = None) -> Marks:
    """The marks for a checked sheet."""
    dropdowns = dropdowns or Dropdowns()
    headers, first_row = sheet.headers, sheet.first_row
    marks = cleared_marks(headers, max(max(sheet.row_numbers, default=0), sheet.last_row), first_row=first_row)
    skipped = frozenset(sheet.left_out)
    for row in sheet.row_numbers:
        # Where the report does not name every row with a problem, nobody knows that the others have none.
        marks.statuses[row - first_row][0] = LEFT_OUT if row in skipped else None if report.more else OK
    if report.more:
        marks.notes.append(not_named(report))

    by_row: dict[int, list[ProblemOut]] = {}
    checked = frozenset(sheet.row_numbers)
    for problem in report.problems:
        if problem.row not in checked:
            marks.notes.append(problem.message)
        elif problem.row not in skipped:
            by_row.setdefault(problem.row, []).append(problem)
    by_cell = {(row, group.column, group.code): group for group in report.fixes for row in group.rows}
    allowed = {} if dropdowns.lists is None else list_values(dropdowns.lists)

    places = _places(headers)
    # There is a header line, so the first line that is pointed to is 2.
    lines: dict[tuple[int, str, tuple[str, ...], ListPlace], int] = {}
    for row in sorted(by_row):
        problems = sorted(by_row[row], key=lambda problem: places.get(problem.column, 0))
        cells: dict[int, list[ProblemOut]] = {}
        for problem in problems:
            place = places.get(problem.column) or places.get(ACTION)
            if place is not None:
                cells.setdefault(place, []).append(problem)
        line: dict[str, int] = {}
        for place, found in sorted(cells.items()):
            flag, suggested = _flag(row, place, found, by_cell, report.date_order)
            offered = _list_of(found, suggested, by_cell, dropdowns, allowed)
            known = (SEVERITIES[flag.severity], flag.message, suggested, offered)
            if known not in lines:
                lines[known] = len(marks.suggestions) + 1
                marks.suggestions.append(_suggestion_line(*known))
            line[headers[place - 1]] = lines[known]
            marks.flags.append(flag)
        index = row - first_row
        marks.pointers[index][0] = pointer_of(row, line)
        marks.statuses[index][0] = _status(problems)
        marks.messages[index][0] = _bulleted([_sentence(problem, by_cell) for problem in problems])
    return marks


def not_named(report: Report) -> str:
    """Says that there are more problems than the report names."""
    count = sum(kind.count for kind in report.more)
    return (
        f"{count:,} more problems of the same kinds are not shown, so the other rows may be wrong, too. "
        "Correct those that are shown, then validate again."
    )


def cleared_marks(headers: Sequence[str], last_row: int, *, first_row: int = FIRST_DATA_ROW) -> Marks:
    """Marks that mark nothing, down to `last_row`: writing them takes earlier ones away."""
    height = max(last_row - first_row + 1, 0)
    marks = Marks(first_row, own_columns(headers))
    marks.pointers = [[None] for _ in range(height)]
    marks.statuses = [[None] for _ in range(height)]
    marks.messages = [[None] for _ in range(height)]
    suggestions = (f"Suggestion {n + 1}" for n in range(MOST_SUGGESTIONS))
    marks.suggestions = [[*BEGINS, *suggestions, None, "First", "Listed"]]
    return marks


def _places(headers: Sequence[str]) -> dict[str, int]:
    """Canonical header → the column (1-based) that holds it."""
    places: dict[str, int] = {}
    for number, name in enumerate(headers, start=1):
        canonical = canonical_header(name)
        if canonical is not None:
            places.setdefault(canonical, number)
    return places


_GroupsByCell = dict[tuple[int, str, str], FixGroup]
"""(row, column, code) → the wrong value there."""


def _list_of(
    problems: Sequence[ProblemOut],
    suggested: Sequence[str],
    by_cell: _GroupsByCell,
    dropdowns: Dropdowns,
    allowed: Mapping[str, Sequence[str]],
) -> ListPlace:
    """The list of a cell. Its column's own is as good where nothing was meant, and the cell says nothing."""
    column = problems[0].column
    groups = [by_cell.get((one.row, one.column, one.code)) for one in problems]
    keys = [(one.column, one.value if group is None else group.value, one.code) for one, group in
            zip(problems, groups, strict=True)]  # fmt: skip
    may_empty = any(map(dropdowns.may_empty, keys))
    if not (suggested or may_empty):
        return ListPlace()
    return dropdowns.offers.place(column, suggested, allowed.get(column, ()), may_empty=may_empty)


def _flag(
    row: int, place: int, problems: list[ProblemOut], by_cell: _GroupsByCell, order: Order
) -> tuple[Flag, tuple[str, ...]]:
    """One cell's mark and the values that its dropdown offers: bare, because they go into the cell as they are, and a
    date with its month named, because this computer may turn 2/3/2026 into the second of March."""
    suggested: dict[str, None] = {}
    for problem in problems:
        for suggestion in _suggestions(problem, by_cell):
            is_date = KINDS.get(problem.column) == "date"
            value = named_day(suggestion.value, order) if is_date else suggestion.value
            suggested.setdefault(value or EMPTY_THE_CELL)
    severity: Severity = "error" if any(problem.severity == "error" for problem in problems) else "warning"
    message = _bulleted([_sentence(problem, by_cell) for problem in problems])
    return Flag(row, place, severity, message), tuple(suggested)[:MOST_SUGGESTIONS]


def _suggestion_line(
    severity: int, message: str, suggested: tuple[str, ...], offered: ListPlace
) -> list[int | str | None]:
    room = MOST_SUGGESTIONS - len(suggested)
    line: list[int | str | None] = [severity, message, len(suggested), *suggested, *([None] * room), None, *offered]
    assert len(line) == LISTED_COLUMN
    return line


def _status(problems: list[ProblemOut]) -> str:
    errors = sum(problem.severity == "error" for problem in problems)
    if errors:
        return f"{ERROR_SIGN} {errors} error{'s' if errors > 1 else ''}"
    return f"{WARNING_SIGN} {len(problems)} warning{'s' if len(problems) > 1 else ''}"


def _sentence(problem: ProblemOut, by_cell: _GroupsByCell) -> str:
    """What was probably meant, which is what helps, and the message, led by its column where it does not name it."""
    kind = PROBLEM_KINDS.get(problem.code)
    of_the_record = kind is not None and kind.scope == "record"
    sentence = problem.message
    if not of_the_record and not sentence.startswith(problem.column):
        sentence = f"{problem.column}: {sentence}"
    suggestions = _suggestions(problem, by_cell)
    if suggestions:
        named = [_named(suggestion, problem.column) for suggestion in suggestions[:_SPELLED_OUT]]
        sentence = f"Did you mean {'; '.join(named)}? {sentence}"
    return sentence


def _suggestions(problem: ProblemOut, by_cell: _GroupsByCell) -> Sequence[Suggestion]:
    """What the cell itself may have said; that its row be left out is said in Fix Errors, and in the message."""
    group = by_cell.get((problem.row, problem.column, problem.code))
    return () if group is None else [one for one in group.suggestions if not leaves_out(one.value)]


def _named(suggestion: Suggestion, column: str) -> str:
    """A suggestion with its label: an ID alone says little. A date's label is the date as a person reads it."""
    value, label = suggestion.value or EMPTY_THE_CELL, suggestion.label
    if KINDS.get(column) == "date" and suggestion.value and label:
        value = label
    notes = [] if label in ("", value) or not suggestion.value else [label]
    if suggestion.remembered:
        notes.append("remembered")
    return f"{value} ({', '.join(notes)})" if notes else value


def _bulleted(sentences: list[str]) -> str:
    return sentences[0] if len(sentences) == 1 else "  ".join(f"• {sentence}" for sentence in sentences)
