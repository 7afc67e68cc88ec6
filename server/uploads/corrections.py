"""Notice remembered fixes that a later upload contradicts (SPEC 5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from server.records.fixes import WAS_EMPTY, FixedCell
from workbook.columns import DEMOGRAPHICS, PARTICIPANT_ID, STAFF_FIRST, STAFF_LAST
from workbook.identity import who_of
from workbook.matching import exact_key, text_of
from workbook.sheet import Sheet


def became(
    sheet: Sheet, changes: Mapping[int, Sequence[FixedCell]], left_out: Collection[int]
) -> dict[tuple[str, str], set[str]]:
    """(column, `exact_key` of a wrong value) → all that stands in its place, in the rows that are written.

    `changes`: by sheet row number, from the first value to the last. For a person without an ID the value is the
    identifying cells together; for a caseworker's first and last name apart, both.
    """
    place = {number: index for index, number in enumerate(sheet.row_numbers)}
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for number, changed in changes.items():
        if number in left_out or number not in place:
            continue
        now = {header: text_of(column.cell(place[number])) for header, column in sheet.columns.items()}
        before = now | {one.header: "" if one.before == WAS_EMPTY else one.before for one in changed}
        for one in changed:
            header, value = one.header, before[one.header]
            answer = now.get(header, "")
            if header == PARTICIPANT_ID and not value:
                value = who_of({name: before.get(name, "") for name in DEMOGRAPHICS})
            elif header in (STAFF_FIRST, STAFF_LAST):
                header, value = STAFF_LAST, f"{before.get(STAFF_FIRST, '')} {before.get(STAFF_LAST, '')}"
                answer = f"{now.get(STAFF_FIRST, '')} {now.get(STAFF_LAST, '')}"
            if value.strip():
                found[header, exact_key(value)].add(answer)
    return dict(found)
