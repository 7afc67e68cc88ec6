"""Reject answers to an upload's errors that match no record (SPEC 5)."""

from __future__ import annotations

from collections.abc import Sequence

from server.records.fixes import StoredFix
from server.uploads.recheck import CheckedUpload
from workbook.columns import KINDS, PARTICIPANT_ID
from workbook.conflict import CONFLICT
from workbook.identity import names_record
from workbook.problems import HEADER_UNCLEAR, VALUE_CODES
from workbook.sheet import Sheet


def without_record(fixes: Sequence[StoredFix], before: CheckedUpload, judged: CheckedUpload) -> list[StoredFix]:
    """Those of these fixes whose replacement is a number that the site has no record of, and takes the place of more
    than an unknown number: of a name, of the details of a person without an ID, or of a number that is a record's.
    `before` and `judged`: without and with them.
    """
    wrong: dict[tuple[str, str], set[int]] = {}
    for problem in judged.problems:
        if problem.code in VALUE_CODES:
            wrong.setdefault((problem.column, problem.value), set()).add(problem.row)
    return [
        fix
        for fix in fixes
        if fix.code not in (HEADER_UNCLEAR, CONFLICT)
        and names_record(fix.column, fix.replacement)
        and (KINDS[fix.column] != "id" or fix.code not in VALUE_CODES or _identifies_person(before.sheet, fix))
        and not wrong.get((fix.column, fix.replacement.strip()), set()).isdisjoint(fix.rows)
    ]


def _identifies_person(sheet: Sheet, fix: StoredFix) -> bool:
    """Whether the fix replaces the details that identify a person without an ID."""
    rows = set(fix.rows)
    return fix.column == PARTICIPANT_ID and any(
        sheet.cell(PARTICIPANT_ID, index) is None for index, row in enumerate(sheet.row_numbers) if row in rows
    )
