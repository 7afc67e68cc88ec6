"""The `Fix Errors` sheet: one line per distinct wrong value, what was probably meant, and the user's word on it.

The user chooses or types in "Did you mean...?", or says that the rows be left out. What is behind a line (its
code, its value as it was, its suggestions) stands in hidden columns beside it, so that lines can be sorted and
filtered, and choices survive a closed workbook.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from workbook.columns import ACTION, KINDS, ROW_MESSAGE
from workbook.layout import (
    DATA_SHEET,
    FIX_SHEET,
    LAST_ROW,
    MOST_SUGGESTIONS,
    TEXT_FORMAT,
    column_letters,
    column_of,
)
from workbook.matching import exact_key, text_of
from workbook.problems import PROBLEM_KINDS
from workbook.report import Fix, FixGroup, Report, Suggestion
from workbook.sheet import Cell

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

COLUMN: Final = "Column"
VALUE: Final = "Value"
PROBLEM: Final = "Problem"
COUNT: Final = "Count"
ROWS: Final = "Rows"
LINKS: Final = ("1st Row", "2nd Row", "3rd Row")
"""Links to the wrong cells in the first rows."""
CHOICE: Final = "Did you mean...?"
LEAVE_OUT: Final = "Leave rows out"
REMEMBER: Final = "Remember"
_CODE: Final = "_code"
_EXACT: Final = "_value"
_OFFERED: Final = "_count"
_WIDTHS: Final = {
    COLUMN: 20,
    VALUE: 24,
    PROBLEM: 52,
    COUNT: 8,
    ROWS: 13,
    **dict.fromkeys(LINKS, 7),
    CHOICE: 36,
    LEAVE_OUT: 11,
    REMEMBER: 11,
}
"""The columns that people see, and how many characters wide they are: side by side on a small screen."""
_ANSWERS: Final = {
    CHOICE: "Choose what was meant, or type the right value. It replaces the wrong value in all the rows named.",
    LEAVE_OUT: "Yes: these rows are not uploaded. They stay in the sheet as they are.",
    REMEMBER: "Yes: when this value turns up again, in anybody's rows, your answer is offered first.",
}
"""The columns that people fill, and what their input message says."""
HEADERS: Final = (
    *_WIDTHS,
    _CODE,
    _EXACT,
    _OFFERED,
    *(f"_offer{n + 1}" for n in range(MOST_SUGGESTIONS)),
    *(f"_means{n + 1}" for n in range(MOST_SUGGESTIONS)),
)
"""The header row. `_offer…` is what the dropdown shows, `_means…` the value that each of them stands for."""

SUMMARY_ROW: Final = 2
HEADER_ROW: Final = 4
FIRST_ROW: Final = 5
"""The first line of the sheet below its title, summary and header."""
YES: Final = "Yes"
NOTHING_TO_FIX: Final = "Nothing to fix. Press Validate to check the sheet again."
_EMPTY: Final = "(empty)"
EMPTY_THE_CELL: Final = "(empty the cell)"
"""The answer that empties the cells; typed, it means the same (SPEC 5)."""
_ROWS_NAMED: Final = 12
_LINKED: Final = 1000
"""Lines that get links. Each is a formula; further down nobody misses them, and a slow program would."""
_AGREED: Final = frozenset({"yes", "y", "true", "x", "1", "✔"})
_RULE: Final = re.compile(r" \(R\d+\)")

Key = tuple[str, str, str]
"""(column, value, code): what a fix is about."""


class Choice(NamedTuple):
    """The user's word on one line. `replacement` is "" while nothing is decided; leaving out overrules it."""

    replacement: str
    leave_out: bool
    remember: bool


@dataclass(slots=True)
class FixSheet:
    """`summary` goes to column A of SUMMARY_ROW; `lines`, one per HEADERS column each, to column A of FIRST_ROW,
    after everything from there down was cleared."""

    summary: str
    lines: list[list[int | str | None]] = field(default_factory=list)


def lay_out_fixes(
    report: Report,
    chosen: Mapping[Key, Choice] | None = None,
    data_sheet: str = DATA_SHEET,
    headers: Sequence[str] = (),
) -> FixSheet:
    """The sheet for a report: the errors that touch most rows first. `chosen`: what the sheet said before
    (`read_choices`), kept for the lines that are still there (SPEC 5: partial fixes are kept). `data_sheet` is the
    name of the sheet that was checked and `headers` its whole header row: where the links lead.

    Errors that no suggestion answers are listed too: their rows can be corrected in the sheet, or left out here.
    Warnings need no fix and are not listed.
    """
    kept = chosen or {}
    messages = {
        (problem.row, problem.column, problem.code): problem.message
        for problem in report.problems
        if problem.severity == "error"
    }
    order = {header: place for place, header in enumerate(KINDS)}
    ranked: list[tuple[tuple[int, int, int], list[int | str | None]]] = []
    for group in (*report.fixes, *_ungrouped(report)):
        keys = [(row, group.column, group.code) for row in group.rows]
        said = {messages[key] for key in keys if key in messages}
        if said:
            rank = (-group.count, order.get(group.column, len(order)), group.rows[0])
            line = _line(group, _in_words(group.code, said), kept.get((group.column, group.value, group.code)))
            ranked.append((rank, line))
    ranked.sort(key=lambda entry: entry[0])
    first, last = HEADERS.index(LINKS[0]), HEADERS.index(LINKS[-1]) + 1
    for (_count, _order, _row), line in ranked[:_LINKED]:
        letters = column_letters(column_of(str(line[0]), headers) or column_of(ACTION, headers) or 1)
        line[first:last] = [_link(data_sheet, letters, row) for row in line[first:last]]
    return FixSheet(_summary(report, len(ranked)), [line for _rank, line in ranked])


def read_choices(grid: Sequence[Sequence[Cell]]) -> dict[Key, Choice]:
    """What the user chose so far, from the sheet's whole grid (from A1). Lines without a word are not in it.

    An empty dict when the grid is not a Fix Errors sheet.
    """
    top = next((number for number, row in enumerate(grid) if _CODE in row and CHOICE in row), None)
    if top is None:
        return {}
    headers = [text_of(name) for name in grid[top]]
    chosen: dict[Key, Choice] = {}
    for row in grid[top + 1 :]:
        line: dict[str, Cell] = dict(zip(headers, row, strict=False))
        said = {header: text_of(cell) for header, cell in line.items()}
        choice = Choice(
            _meant(said), said.get(LEAVE_OUT, "").casefold() in _AGREED, said.get(REMEMBER, "").casefold() in _AGREED
        )
        if said.get(_CODE) and (choice.replacement or choice.leave_out):
            exact = line.get(_EXACT)
            value = exact if isinstance(exact, str) else said.get(_EXACT, "")
            chosen[said[COLUMN], value, said[_CODE]] = choice
    return chosen


def read_fixes(grid: Sequence[Sequence[Cell]]) -> list[Fix]:
    """The replacements that the user chose or typed, as bare values. A line whose rows are left out has none."""
    return [
        Fix(column=column, value=value, code=code, replacement=choice.replacement, remember=choice.remember)
        for (column, value, code), choice in read_choices(grid).items()
        if not choice.leave_out
    ]


def read_left_out(grid: Sequence[Sequence[Cell]]) -> list[Key]:
    """The lines whose rows the user leaves out of the upload."""
    return [key for key, choice in read_choices(grid).items() if choice.leave_out]


def rows_left_out(report: Report, keys: Iterable[Key]) -> list[int]:
    """The sheet rows, in order, that have one of these problems in a report."""
    wanted = set(keys)
    rows: set[int] = set()
    for group in (*report.fixes, *_ungrouped(report)):
        if (group.column, group.value, group.code) in wanted:
            rows.update(group.rows)
    return sorted(rows)


def build_fix_sheet(sheet: Worksheet) -> None:
    """Dresses an empty sheet: title, headers, and for every line its dropdowns and what shows it decided."""
    from openpyxl.utils import get_column_letter

    from workbook.sheets import style

    sheet.sheet_view.showGridLines = False
    style.put(sheet, 1, 1, FIX_SHEET, style.TITLE_FONT).alignment = style.LEFT
    style.put(sheet, SUMMARY_ROW, 1, NOTHING_TO_FIX, style.QUIET_FONT).alignment = style.LEFT
    sheet.row_dimensions[1].height = style.TITLE_HEIGHT
    letters = {header: get_column_letter(number) for number, header in enumerate(HEADERS, start=1)}
    for number, header in enumerate(HEADERS, start=1):
        column = sheet.column_dimensions[letters[header]]
        column.width = _WIDTHS.get(header, 8)
        column.hidden = header not in _WIDTHS
        column.number_format = "General" if header in (COUNT, _OFFERED, *LINKS) else TEXT_FORMAT
        column.font = style.LINK_FONT if header in LINKS else style.BODY_FONT
        column.alignment = style.CENTRED if header in (COUNT, *LINKS) else style.MIDDLE
        column.border = style.BOTTOM_RULE
        for row in range(1, HEADER_ROW):
            sheet.cell(row, number).border = style.NO_RULE
        cell = style.put(sheet, HEADER_ROW, number, header)
        style.dress_header(cell, style.HEADER_FILL if header in _ANSWERS else style.SOFT_HEADER_FILL)
    sheet.row_dimensions[HEADER_ROW].height = 34
    # Three lines for every row, whichever program fits rows to their text and whichever does not.
    sheet.sheet_format.defaultRowHeight = 44
    sheet.sheet_format.customHeight = True
    for row in range(SUMMARY_ROW, HEADER_ROW):
        sheet.row_dimensions[row].height = 16
    sheet.freeze_panes = f"A{FIRST_ROW}"

    offers = f"OFFSET(${letters['_offer1']}{FIRST_ROW},0,0,1,MAX(1,N(${letters[_OFFERED]}{FIRST_ROW})))"
    for header, prompt in _ANSWERS.items():
        open_to_all = header == CHOICE
        dropdown = style.dropdown(offers if open_to_all else f'"{YES}"', header, prompt)
        if not open_to_all:
            dropdown.showErrorMessage = True
            dropdown.error = f"Choose {YES}, or leave the cell empty."
        dropdown.add(f"{letters[header]}{FIRST_ROW}:{letters[header]}{LAST_ROW}")
        sheet.add_data_validation(dropdown)

    lines = f"A{FIRST_ROW}:{letters[REMEMBER]}{LAST_ROW}"
    said = f"LEN(${letters[CHOICE]}{FIRST_ROW})+LEN(${letters[LEAVE_OUT]}{FIRST_ROW})>0"
    taken = f"LEN(${letters[COLUMN]}{FIRST_ROW})>0"
    sheet.conditional_formatting.add(lines, style.painted(f"AND({taken},{said})", fill=style.PALE_ACCENT))
    style.dress_page(sheet, titles=f"{HEADER_ROW}:{HEADER_ROW}")


def _ungrouped(report: Report) -> list[FixGroup]:
    """The errors of a report that none of its groups holds, grouped likewise."""
    held = {(group.column, group.code, row) for group in report.fixes for row in group.rows}
    groups: dict[Key, FixGroup] = {}
    for problem in report.problems:
        if problem.severity != "error" or (problem.column, problem.code, problem.row) in held:
            continue
        key = (problem.column, problem.value, problem.code)
        group = groups.get(key)
        if group is None:
            group = groups[key] = FixGroup(
                column=problem.column, value=problem.value, code=problem.code, count=0, rows=[], suggestions=[]
            )
        group.count += 1
        group.rows.append(problem.row)
    return list(groups.values())


def _link(sheet: str, letters: str, row: int | str | None) -> str | None:
    """A formula that shows a row's number and leads to its cell."""
    if row is None:
        return None
    place = sheet.replace("'", "''").replace('"', '""')
    return f"""=HYPERLINK("#'{place}'!{letters}{row}",{row})"""


def _line(group: FixGroup, problem: str, choice: Choice | None) -> list[int | str | None]:
    suggestions = group.suggestions[:MOST_SUGGESTIONS]
    offers: list[str | None] = [_offer(suggestion) for suggestion in suggestions]
    means: list[str | None] = [suggestion.value or EMPTY_THE_CELL for suggestion in suggestions]
    room: list[str | None] = [None] * (MOST_SUGGESTIONS - len(suggestions))
    chosen = None
    if choice is not None and choice.replacement:
        places = [number for number, value in enumerate(means) if value == choice.replacement]
        chosen = offers[places[0]] if places else choice.replacement
    return [
        group.column,
        group.value or _EMPTY,
        problem,
        group.count,
        _rows(group.rows),
        *(group.rows[place] if place < len(group.rows) else None for place in range(len(LINKS))),
        chosen,
        YES if choice is not None and choice.leave_out else None,
        YES if choice is not None and choice.remember else None,
        group.code,
        group.value or None,
        len(suggestions),
        *offers,
        *room,
        *means,
        *room,
    ]


def _in_words(code: str, messages: set[str]) -> str:
    """What is wrong with all the rows of a line: their message, or, where each has its own, what the code means."""
    if len(messages) == 1 or code not in PROBLEM_KINDS:
        return min(messages)
    meaning = _RULE.sub("", PROBLEM_KINDS[code].meaning)
    return f"{meaning} See {ROW_MESSAGE} beside each row."


def _offer(suggestion: Suggestion) -> str:
    """What the dropdown shows: the value that will be put in, and what tells a person that it is the right one."""
    if not suggestion.value:
        return EMPTY_THE_CELL
    told = "" if exact_key(suggestion.label) in ("", exact_key(suggestion.value)) else f" — {suggestion.label}"
    return f"{suggestion.value}{told}{' (remembered)' if suggestion.remembered else ''}"


def _rows(rows: Sequence[int]) -> str:
    named = ", ".join(str(row) for row in rows[:_ROWS_NAMED])
    more = len(rows) - _ROWS_NAMED
    return f"{named} and {more} more" if more > 0 else named


def _summary(report: Report, lines: int) -> str:
    if not lines:
        return NOTHING_TO_FIX
    wrong = report.counts.rows - report.counts.valid
    mistakes = "1 mistake" if lines == 1 else f"{lines} different mistakes"
    where = "1 row" if wrong == 1 else f"{wrong} rows"
    return (
        f"{mistakes} in {where}. Choose from the list in “{CHOICE}” or type the right value, once for all its rows. "
        "Then press Apply Fixes."
    )


def empties(answer: str) -> bool:
    """Whether an answer says that the cell is to be emptied."""
    return exact_key(answer) in ("", exact_key(EMPTY_THE_CELL), exact_key(_EMPTY))


def _meant(said: Mapping[str, str]) -> str:
    """The bare value of what stands under "Did you mean...?": an offer means its value, anything else itself."""
    choice = said.get(CHOICE, "")
    for number in range(1, MOST_SUGGESTIONS + 1):
        offer = said.get(f"_offer{number}", "")
        if offer and exact_key(offer) == exact_key(choice):
            return said.get(f"_means{number}", "")
    return choice
