"""The sheet `Fix Errors`: one line per distinct wrong value, its suggestion and answer.

The best suggestion is shown in words, with how sure it is. The user takes it by Accept Suggestions, chooses or types in
"Did you mean...?", or leaves the rows out. The data behind a line (its code, value, suggestions, and the place of its
dropdown list) is in hidden columns beside it, so that lines can be sorted and filtered, and choices survive when the
workbook is closed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from workbook.columns import ACTION, KINDS, ROW_MESSAGE
from workbook.group_words import GroupWords
from workbook.layout import EMPTY_THE_CELL as EMPTY_THE_CELL
from workbook.layout import MOST_SUGGESTIONS, column_letters, column_of
from workbook.local_time import ORDERS, named_day
from workbook.matching import exact_key, text_of
from workbook.report import ONLY_A_GUESS, Fix, FixGroup, Report, Suggestion, asked, ungrouped
from workbook.report import Key as Key
from workbook.sheet import Cell
from workbook.sheets.marked_sheet import MarkedSheet
from workbook.sheets.offers import Dropdowns, ListPlace, allowed_values
from workbook.sureness import Sureness, how_sure
from workbook.wrapping import lines_of

COLUMN: Final = "Column"
VALUE: Final = "Value"
PROBLEM: Final = "Problem"
COUNT: Final = "Count"
ROWS: Final = "Rows"
LINKS: Final = ("1st Row", "2nd Row", "3rd Row")
"""Links to the wrong cells in the first rows."""
SUGGESTION: Final = "Suggestion"
"""The likeliest answer in words, and how sure it is, so that nothing need be opened to see it."""
CHOICE: Final = "Did you mean...?"
LEAVE_OUT: Final = "Leave rows out"
REMEMBER: Final = "Remember"
CODE: Final = "_code"
EXACT: Final = "_value"
_OFFERED: Final = "_count"
SURE: Final = "_sure"
ABOVE: Final = "_above"
ENTRIES: Final = "_entries"
WIDTHS: Final = {
    COLUMN: 17,
    VALUE: 18,
    PROBLEM: 42,
    COUNT: 7,
    ROWS: 9,
    **dict.fromkeys(LINKS, 6),
    SUGGESTION: 29,
    CHOICE: 28,
    LEAVE_OUT: 10,
    REMEMBER: 12,
}
"""The columns that people see, and how many characters wide they are: side by side on a small screen."""
LINES: Final = 4
"""So many lines of text every line of the sheet has room for; those with more are made higher."""
ANSWERS: Final = {
    CHOICE: "Choose what was meant, or type the right value. It replaces the wrong value in all the rows named. "
    "Accept Suggestions fills in all that are sure.",
    LEAVE_OUT: "Yes: these rows are not uploaded. They stay in the sheet as they are.",
    REMEMBER: "Yes: when this value turns up again, in anybody's rows, your answer is offered first.",
}
"""The columns that people fill, and what their input message says."""
HEADERS: Final = (
    *WIDTHS,
    CODE,
    EXACT,
    _OFFERED,
    *(f"_offer{n + 1}" for n in range(MOST_SUGGESTIONS)),
    *(f"_means{n + 1}" for n in range(MOST_SUGGESTIONS)),
    SURE,
    ABOVE,
    ENTRIES,
)
"""The header row. `_offer…` is what the dropdown shows of the suggestions, `_means…` the value that each of them stands
for; `_sure` how sure the first is, and the last two where the whole list stands (`workbook.sheets.offers`)."""
NUMBERS: Final = (COUNT, *LINKS, _OFFERED, ABOVE, ENTRIES)
"""The columns that are no text."""

LISTS_KNOWN: Final = HEADERS.index(CODE) + 1
"""The column, hidden, whose first row says which lists `_lists` holds (`lists_digest`): this sheet is read anyhow."""
SUMMARY_ROW: Final = 2
HEADER_ROW: Final = 4
FIRST_ROW: Final = 5
"""The first line of the sheet below its title, summary and header."""
YES: Final = "Yes"
NOTHING_TO_FIX: Final = "Nothing to fix. Press Validate to check the sheet again."
_EMPTY: Final = "(empty)"
_LABEL, _REMEMBERED = " — ", " (remembered)"
"""What stands in an entry between a value and its label, and behind what the site remembers."""
_ROWS_NAMED: Final = 12
_TOLD: Final[dict[Sureness, str]] = {
    "remembered": "Remembered",
    "sure": "Sure",
    "likely": "Likely",
    "guess": "Only a guess",
}
TAKEN_UNREAD: Final[frozenset[Sureness]] = frozenset({"remembered", "sure"})
"""What Accept Suggestions takes."""
_LINKED: Final = 1000
"""Lines that get links. Each is a formula; further down nobody misses them, and a slow program would."""
_AGREED: Final = frozenset({"yes", "y", "true", "x", "1", "✔"})
_BESIDE: Final = f"See {ROW_MESSAGE} beside each row."
_LINK: Final = re.compile(r'=HYPERLINK\("(?:[^"]|"")*",([0-9]+)\)')


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
    sheet: MarkedSheet | None = None,
    dropdowns: Dropdowns | None = None,
) -> FixSheet:
    """The sheet for a report: the errors that touch most rows first, no answer chosen. `sheet`: where the links lead.

    Errors that no suggestion answers are listed too: their rows can be corrected in the sheet, or left out here.
    Warnings need no fix and are not listed.
    """
    sheet = sheet or MarkedSheet()
    dropdowns = dropdowns or Dropdowns()
    allowed = {} if dropdowns.lists is None else allowed_values(dropdowns.lists)
    words = GroupWords(report)
    order = {header: place for place, header in enumerate(KINDS)}
    ranked: list[tuple[tuple[int, int, int], list[int | str | None]]] = []
    for group in sorted([*asked(report), *ungrouped(report)], key=lambda one: -one.count):
        sentence = words.sentence(group, _BESIDE)
        if sentence:
            rank = (-group.count, order.get(group.column, len(order)), group.rows[0])
            key = (group.column, group.value, group.code)
            offered = {
                offer(suggestion, group.column): suggestion.value for suggestion in group.suggestions[:MOST_SUGGESTIONS]
            }
            place = dropdowns.offers.place(
                group.column,
                list(offered),
                allowed.get(group.column, ()),
                may_empty=dropdowns.may_empty(key),
                repeated=offered.values(),
            )
            told = words.value(group), sentence
            ranked.append((rank, _line(group, told, how_sure(group), place)))
    ranked.sort(key=lambda entry: entry[0])
    first, last = HEADERS.index(LINKS[0]), HEADERS.index(LINKS[-1]) + 1
    for (_count, _order, _row), line in ranked[:_LINKED]:
        letters = column_letters(column_of(str(line[0]), sheet.headers) or column_of(ACTION, sheet.headers) or 1)
        line[first:last] = [_link(sheet.name, letters, row) for row in line[first:last]]
    lines = [line for _rank, line in ranked]
    sure_lines = sum(line[HEADERS.index(SURE)] in TAKEN_UNREAD for line in lines)
    return FixSheet(_summary(report, len(lines), sure_lines), lines)


def with_choices(fixes: FixSheet, chosen: Mapping[Key, Choice]) -> FixSheet:
    """The sheet with what was chosen so far (`read_choices`), in the lines that are still there (SPEC 5: partial fixes
    are kept)."""
    lines = []
    for line in fixes.lines:
        code, exact = str(line[HEADERS.index(CODE)]), line[HEADERS.index(EXACT)]
        choice = chosen.get((str(line[HEADERS.index(COLUMN)]), str(exact or ""), code))
        if choice is not None:
            line = list(line)
            first = HEADERS.index("_offer1")
            offers, means = line[first : first + MOST_SUGGESTIONS], line[first + MOST_SUGGESTIONS :]
            for header, cell in zip(ANSWERS, _decided(choice, offers, means[:MOST_SUGGESTIONS]), strict=True):
                line[HEADERS.index(header)] = cell
        lines.append(line)
    return FixSheet(fixes.summary, lines)


def _decided(
    choice: Choice, offers: Sequence[int | str | None], means: Sequence[int | str | None]
) -> tuple[int | str | None, str | None, str | None]:
    """A choice as it stands in the three columns of ANSWERS: one of the offers as the list shows it."""
    chosen: int | str | None = None
    if choice.replacement:
        places = [number for number, value in enumerate(means) if value == choice.replacement]
        chosen = offers[places[0]] if places else choice.replacement
    return chosen, YES if choice.leave_out else None, YES if choice.remember else None


def is_high(line: Sequence[object]) -> bool:
    """Whether a line of HEADERS has more text than every line has room for: by a line or two, for the estimate may be a
    line too many, and a fitted line is no higher than its text."""
    texts = [(text, width) for text, (header, width) in zip(line, WIDTHS.items(), strict=False) if header not in LINKS]
    return lines_of(texts) > LINES + 1


def read_choices(grid: Sequence[Sequence[Cell]]) -> dict[Key, Choice]:
    """What the user chose so far, from the sheet's whole grid (from A1). Lines without a word are not in it.

    An empty dict when the grid is not a Fix Errors sheet.
    """
    top = next((number for number, row in enumerate(grid) if {COLUMN, CODE, CHOICE} <= {*row}), None)
    if top is None:
        return {}
    headers = [text_of(name) for name in grid[top]]
    chosen: dict[Key, Choice] = {}
    for row in grid[top + 1 :]:
        line: dict[str, Cell] = dict(zip(headers, row, strict=False))
        texts = {header: text_of(cell) for header, cell in line.items()}
        choice = Choice(
            _answer(texts),
            texts.get(LEAVE_OUT, "").casefold() in _AGREED,
            texts.get(REMEMBER, "").casefold() in _AGREED,
        )
        if texts.get(CODE) and (choice.replacement or choice.leave_out):
            exact = line.get(EXACT)
            value = exact if isinstance(exact, str) else texts.get(EXACT, "")
            chosen[texts[COLUMN], value, texts[CODE]] = choice
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
    left_out = set(keys)
    rows: set[int] = set()
    for group in (*report.fixes, *ungrouped(report)):
        if (group.column, group.value, group.code) in left_out:
            rows.update(group.rows)
    return sorted(rows)


def shown_by_link(cell: Cell) -> Cell:
    """What a link of these shows, which is what a spreadsheet reads in its cell; anything else as it is."""
    found = _LINK.fullmatch(cell) if isinstance(cell, str) else None
    return cell if found is None else int(found[1])


def _link(sheet: str, letters: str, row: int | str | None) -> str | None:
    """A formula that shows a row's number and leads to its cell."""
    if row is None:
        return None
    place = sheet.replace("'", "''").replace('"', '""')
    return f"""=HYPERLINK("#'{place}'!{letters}{row}",{row})"""


def _line(group: FixGroup, told: tuple[str, str], sure: Sureness | None, listed: ListPlace) -> list[int | str | None]:
    """`told`: what stands in the cells, and what is wrong with them."""
    value, problem = told
    suggestions = group.suggestions[:MOST_SUGGESTIONS]
    offers: list[str | None] = [offer(suggestion, group.column) for suggestion in suggestions]
    means: list[str | None] = [suggestion.value or EMPTY_THE_CELL for suggestion in suggestions]
    room: list[str | None] = [None] * (MOST_SUGGESTIONS - len(suggestions))
    return [
        group.column,
        value or _EMPTY,
        problem,
        group.count,
        _rows(group.rows),
        *(group.rows[place] if place < len(group.rows) else None for place in range(len(LINKS))),
        suggestion_in_words(suggestions[0], sure, group.column) if suggestions and sure else None,
        *[None] * len(ANSWERS),
        group.code,
        group.value or None,
        len(suggestions),
        *offers,
        *room,
        *means,
        *room,
        sure,
        *listed,
    ]


def suggestion_in_words(best: Suggestion, sure: Sureness, column: str) -> str:
    """`Sure: 2041 — Olivia Smith`: what somebody decides by who opens nothing, with or without seeing colours."""
    bare = best.model_copy(update={"label": best.label.removesuffix(ONLY_A_GUESS), "remembered": False})
    return f"{_TOLD[sure]}: {offer(bare, column)}"


def offer(suggestion: Suggestion, column: str) -> str:
    """What the dropdown shows: the value that will be put in, and a label by which a person recognises it. The label of
    a date says it in the site's order."""
    if not suggestion.value:
        return EMPTY_THE_CELL
    if KINDS.get(column) == "date" and suggestion.label:
        return f"{suggestion.label}{_REMEMBERED if suggestion.remembered else ''}"
    label = "" if exact_key(suggestion.label) in ("", exact_key(suggestion.value)) else f"{_LABEL}{suggestion.label}"
    return f"{suggestion.value}{label}{_REMEMBERED if suggestion.remembered else ''}"


def _rows(rows: Sequence[int]) -> str:
    named = ", ".join(str(row) for row in rows[:_ROWS_NAMED])
    more = len(rows) - _ROWS_NAMED
    return f"{named} and {more} more" if more > 0 else named


def _summary(report: Report, lines: int, sure: int) -> str:
    if not lines:
        return NOTHING_TO_FIX
    wrong = report.counts.rows - report.counts.valid
    mistakes = "1 mistake" if lines == 1 else f"{lines} different mistakes"
    where = "1 row" if wrong == 1 else f"{wrong} rows"
    taken = (
        f"Accept Suggestions fills in {'the 1 that is' if sure == 1 else f'the {sure} that are'} sure. " if sure else ""
    )
    return (
        f"{mistakes} in {where}. {taken}Choose from the list in “{CHOICE}” or type the right value, once for all its "
        "rows. Then press Apply Fixes."
    )


def empties(answer: str) -> bool:
    """Whether an answer says that the cell is to be emptied."""
    return exact_key(answer) in ("", exact_key(EMPTY_THE_CELL), exact_key(_EMPTY))


def _answer(texts: Mapping[str, str]) -> str:
    """The bare value of what stands under "Did you mean...?": an offer means its value, anything else itself. What the
    hidden columns say an offer means counts only where it is what the offer shows: they may be somebody else's word."""
    choice = texts.get(CHOICE, "")
    for number in range(1, MOST_SUGGESTIONS + 1):
        offered, means = texts.get(f"_offer{number}", ""), texts.get(f"_means{number}", "")
        if offered and exact_key(offered) == exact_key(choice) and _shows(offered, means, texts.get(COLUMN, "")):
            return means
    return choice


def _shows(offered: str, means: str, column: str) -> bool:
    """Whether an entry of a list says this value, as `offer` has it."""
    if offered.removesuffix(_REMEMBERED) == means or offered.startswith(f"{means}{_LABEL}"):
        return True
    return KINDS.get(column) == "date" and any(offered.startswith(named_day(means, one)) for one in ORDERS)
