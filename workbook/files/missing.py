"""Find the columns that a sheet lacks and some row needs (SPEC 2). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from workbook.columns import (
    ACTION,
    ACTIONS,
    CASE_NUMBER,
    CASEWORKER_ALTERNATIVES,
    END,
    FIRST_NAME,
    INSERT,
    LAST_NAME,
    PARTICIPANT_ID,
    PROGRAM_END,
    PROGRAM_ID,
    PROGRAM_NAME,
    PROGRAM_START,
    REASON,
    RELATIONSHIP,
    SSN,
    STAFF_FIRST,
    STAFF_ID,
    STAFF_LAST,
    STAFF_NAME,
    START,
    STATUS,
    UPDATE,
)
from workbook.files.header import MOST_LOOKED_AT, MOST_ROWS, look_alikes
from workbook.matching import exact_key, text_of
from workbook.problems import Refusal
from workbook.sheet import EMPTY, Sheet

_WAYS: Final = ((SSN,), (CASE_NUMBER,), (FIRST_NAME, LAST_NAME))
"""What identifies somebody without a Participant ID (SPEC R2)."""


class Missing(NamedTuple):
    """One column that the sheet lacks, as a user would read it, the sheet row that first needs it, and why that does
    where others do not."""

    column: str
    row: int
    why: str = ""


def refuse_missing(sheet: Sheet, duplicate_check: Sequence[str], reason_required: bool) -> None:
    """Raises Refusal `header-missing` where the sheet lacks a column that one of its rows needs."""
    missing = missing_columns(sheet, duplicate_check, reason_required)
    if not missing:
        return
    alike = [
        f"“{header}” looks like {columns[0]}: if it is, rename it to that. "
        for header in [*sheet.unclear, *sheet.unknown_headers][:MOST_LOOKED_AT]
        if (columns := look_alikes(header, sheet.columns, loosely=True))
        and any(one.column.startswith(columns[0]) for one in missing)
    ]
    taken = f"Row {sheet.header_row} was taken for the header. "
    if not sheet.header_found:
        taken = (
            f"None of the first {MOST_ROWS} rows has Update or Insert, or three other headers of the template, so row "
            f"{sheet.header_row} was taken for the header. "
        )
        if sheet.title:
            taken += "Only the leftmost visible sheet is read: if the rows stand on another one, move it to the left. "
    first = min(missing, key=lambda one: one.row)
    raise Refusal.of(
        "header-missing",
        sheet=f"The sheet “{sheet.title}”" if sheet.title else "The sheet",
        columns=_listed([one.column for one in missing]),
        row=f"{first.row} needs{first.why}",
        taken=taken,
        alike="".join(alike),
    )


def missing_columns(sheet: Sheet, duplicate_check: Sequence[str], reason_required: bool) -> list[Missing]:
    """The columns that the sheet lacks and a row of it needs. A column that an unclear header may be is not missing:
    it is asked about.

    `duplicate_check`: the demographics that the site chose; `reason_required`: whether an Update needs a reason there.
    """
    have = set(sheet.columns).union(*(one.likely for one in sheet.unclear.values()))
    first = sheet.row_numbers[0]
    missing = [] if ACTION in have else [Missing(ACTION, first)]
    missing += _of_the_person(sheet, have, duplicate_check)
    if not have & {PROGRAM_ID, PROGRAM_NAME}:
        row = _first_row(sheet, (header for header in (PROGRAM_START, PROGRAM_END) if header in sheet.columns))
        missing += [Missing(f"{PROGRAM_NAME} (or {PROGRAM_ID})", row)] if row else []
    missing += [Missing(column, first) for column in _of_the_caseworker(have)]
    needed = {INSERT: (RELATIONSHIP, STATUS, START), UPDATE: (END, REASON) if reason_required else (END,)}
    for action, headers in needed.items():
        lacks = [header for header in headers if header not in have]
        row = _first_with(sheet, action) if lacks else 0
        missing += [Missing(header, row) for header in lacks if row]
    return missing


def _of_the_person(sheet: Sheet, have: set[str], duplicate_check: Sequence[str]) -> list[Missing]:
    ways = [way for way in _WAYS if set(way) <= set(duplicate_check)]
    if any(have.issuperset(way) for way in ways):
        return []
    if PARTICIPANT_ID not in have:
        other = "".join(f", or {' and '.join(way)}" for way in ways)
        return [Missing(f"{PARTICIPANT_ID}{f' ({other[2:]})' if other else ''}", sheet.row_numbers[0])]
    column = sheet.columns.get(PARTICIPANT_ID)
    if column is None or EMPTY not in column.codes:
        return []
    acts = _codes_of(sheet, INSERT, UPDATE)
    actions = sheet.columns[ACTION].codes if acts else ()
    for number, code, action in zip(sheet.row_numbers, column.codes, actions, strict=False):
        if code == EMPTY and action in acts:
            why = f" because it gives no {PARTICIPANT_ID}"
            return [Missing(header, number, why) for header in duplicate_check if header not in have]
    return []


def _of_the_caseworker(have: set[str]) -> list[str]:
    if any(have.issuperset(way) for way in CASEWORKER_ALTERNATIVES):
        return []
    halves = [STAFF_FIRST, STAFF_LAST]
    if have.intersection(halves):
        return [header for header in halves if header not in have]
    return [f"{STAFF_NAME} (or {STAFF_ID}, or {STAFF_FIRST} and {STAFF_LAST})"]


def _first_with(sheet: Sheet, action: str) -> int:
    """The first sheet row with this action, 0 where there is none."""
    codes = _codes_of(sheet, action)
    if not codes:
        return 0
    rows = zip(sheet.row_numbers, sheet.columns[ACTION].codes, strict=True)
    return next((number for number, code in rows if code in codes), 0)


def _codes_of(sheet: Sheet, *actions: str) -> set[int]:
    """The codes of the cells under Update or Insert that mean one of these."""
    column = sheet.columns.get(ACTION)
    if column is None:
        return set()
    return {code for code, value in enumerate(column.values) if ACTIONS.get(exact_key(text_of(value))) in actions}


def _first_row(sheet: Sheet, headers: Iterable[str]) -> int:
    """The first sheet row that fills one of these columns, 0 where none does."""
    indexes = [
        index for header in headers
        for index in [next((index for index, code in enumerate(sheet.columns[header].codes) if code), None)]
        if index is not None
    ]  # fmt: skip
    return sheet.row_numbers[min(indexes)] if indexes else 0


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
