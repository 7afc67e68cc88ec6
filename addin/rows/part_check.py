"""Check again only the rows that may have changed, with the same outcome (SPEC 5).

Only rows of the same participant depend on each other: what one row begins or ends, another must fit. So it is enough
to send every row that changed, every row that has a problem, and every row that shares a participant with one of them.
No other row can be wrong now. All rows with problems are sent, because the suggestions for a wrong value come from all
the rows that have it. Suggestions for a person also depend on whom rows without a Participant ID describe, so where a
person is asked for, these rows are sent as well.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from addin.api.client import Client
from addin.rows.data_sheet import DataSheet
from addin.rows.last_check import LastCheck
from workbook.columns import PARTICIPANT_ID
from workbook.report import Counts, Report

_WORTH_IT = 0.5
"""Where more than this part of a sheet would be sent, all of it is."""
_OF_COLUMNS: Final = ("columns-hidden", "column-without-header")
"""Warnings about columns that hold something in any row."""
_OF_THE_SHEET: Final = (
    "header-unknown", "header-unclear", "column-without-header", "header-hidden", "columns-hidden", "rows-hidden"
)  # fmt: skip
"""What is said of the sheet as a whole, in the server's order: it comes first."""


def check_whole(client: Client, data: DataSheet, left_out: Collection[int]) -> tuple[Report, LastCheck | None]:
    """The report on all rows that are not left out, and what a later check of a part needs."""
    rows = _checked(data, left_out)
    report = client.validate(data.table(without=left_out), follow_up=True)
    return report.model_copy(update={"follow_up": None}), LastCheck.of(report, rows, client.seal_key)


def check_part(
    client: Client, data: DataSheet, left_out: Collection[int], known: LastCheck, changed: Collection[int]
) -> LastCheck | None:
    """The report on all rows that are not left out, of which only those are sent that may have another outcome now.

    `known`: of the sheet as it was before rows were `changed` or left out. None where only a full check can tell:
    somebody changed the site's data since, or there is little to leave unsent. `preview` of the report is None.
    """
    rows = _checked(data, left_out)
    before = known.participants
    sent = {problem.row for problem in known.report.problems}.union(changed, set(rows).difference(before))
    # What is told of hidden rows names all of them.
    sent.update(data.sheet.hidden_rows)
    people = {before.get(row, 0) for row in sent}
    place = data.column(PARTICIPANT_ID)
    described = {row for row in rows if place is None or not data.cell_text(row, place)}
    while True:
        people.discard(0)
        sent.update(row for row in rows if before.get(row, 0) in people)
        part = [row for row in rows if row in sent]
        if not part or len(part) > len(rows) * _WORTH_IT:
            return None
        answer = client.validate(data.table(without=set(data.rows).difference(part)), follow_up=True)
        found = LastCheck.of(answer, part, client.seal_key)
        if found is None or found.as_of != known.as_of:
            return None
        if any(problem.column == PARTICIPANT_ID for problem in answer.problems) and not described <= sent:
            sent |= described
            people.update(before.get(row, 0) for row in described)
            continue
        people.update(found.participants.values())
        people.discard(0)
        # A row that is now about another person must be checked with that person's other rows.
        if not any(before.get(row, 0) in people for row in rows if row not in sent):
            break
    # A part may hold nothing in a column of which the sheet as a whole is told.
    of_columns = [one for one in known.report.problems if one.code in _OF_COLUMNS]
    told = {one.code for one in of_columns}
    problems = [*of_columns, *(one for one in answer.problems if one.code not in told)]
    problems.sort(key=lambda one: [*_OF_THE_SHEET, one.code].index(one.code))
    counts = answer.counts
    warnings = counts.warnings + len(problems) - len(answer.problems)
    whole = Counts(rows=len(rows), valid=counts.valid + len(rows) - len(part), errors=counts.errors, warnings=warnings)
    report = Report(counts=whole, problems=problems, fixes=answer.fixes, preview=None, date_order=answer.date_order)
    participants = {row: found.participants.get(row, before.get(row, 0)) for row in rows}
    return LastCheck(report, participants, found.as_of, client.seal_key)


def _checked(data: DataSheet, left_out: Collection[int]) -> list[int]:
    skipped = frozenset(left_out)
    return [row for row in data.rows if row not in skipped]
