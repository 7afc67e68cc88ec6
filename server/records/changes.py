"""Store what an upload changed and the values before, and restore them (SPEC 6).

The write stores this in its own transaction, as a packed sheet with one line per record. An undo reads it, reverses
what may be reversed, and stores its own changes in the same way.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import ARRAY, ColumnElement, Connection, Integer, Table, and_, any_, cast, func, or_, select
from sqlalchemy import Column as TableColumn

from server.judge.plan import Plan
from server.judge.reference import Enrollment
from server.judge.reversal import RecordChange, Reversal, StoredAssignment, StoredEnrollment, UndoResult, Was
from server.records.assignments import may_change
from server.records.bulk import execute_many
from server.records.light import as_light
from server.records.reopened import note_reopened
from server.records.sites import bump
from server.records.tables import assignments, enrollments, feeder_values, reopened, sites
from server.records.tokens import Principal
from server.records.writes import RecordNumbers, Stale
from workbook.columns import RELATIONSHIP
from workbook.matching import exact_key
from workbook.sheet import Cell, Column, Sheet
from workbook.upload import LogRow

_WAS: Final = {"version": "Version", "status_key": "Status"}
"""Field of `Was` → the column that it is kept in."""
_CHANGES: Final = ("Kind", "Begun", "Record", "Assignment", *map(_WAS.__getitem__, Was._fields), "Later")
_REVERSALS: Final = ("Kind", "Record", "Outcome", "Why")
_ASSIGNMENT, _ENROLLMENT = "assignment", "enrollment"
_DONE: Final[dict[tuple[str, str], str]] = {
    (_ASSIGNMENT, "removed"): "The assignment is removed again.",
    (_ASSIGNMENT, "reopened"): "The assignment is open again.",
    (_ENROLLMENT, "removed"): "The enrollment is removed again.",
    (_ENROLLMENT, "reopened"): "The enrollment is open again.",
}


class Before(NamedTuple):
    """Stored records that a plan ends, as they are before it is written, by record number."""

    assignments: dict[int, Was]
    enrollments: dict[int, Was]


class UndoLine(NamedTuple):
    """One line of what an undo does, or would do."""

    row: int
    kind: str
    """`assignment` or `enrollment`."""
    record_id: int
    outcome: UndoResult
    why: str


def before_plan(connection: Connection, site_id: int, plan: Plan) -> Before:
    """Reads what the plan is about to change. The caller holds the site."""
    a = assignments.c
    ended = [end.record_id for end in plan.ends if end.begin < 0]
    left = [end.record_id for end in plan.enrollment_ends if end.begin < 0]
    return Before(
        _before(connection, assignments, (a.version, func.coalesce(a.status_key, 0)), site_id, ended),
        _before(connection, enrollments, (enrollments.c.version,), site_id, left),
    )


def lay_out_changes(
    plan: Plan, row_numbers: Sequence[int], written: RecordNumbers, before: Before, later: int
) -> Sheet:
    """What is kept for an undo, once the plan is written. `row_numbers`: the sheet rows that its indexes mean. `later`:
    the number from which on records are begun after it."""
    beside = {begin.row_index: written.first_assignment + number for number, begin in enumerate(plan.begins)}
    for end in plan.ends:
        beside[end.row_index] = end.record_id if end.begin < 0 else written.first_assignment + end.begin

    def lines() -> Iterator[tuple[int, str, bool, int, Was]]:
        for number, begin in enumerate(plan.begins, written.first_assignment):
            yield begin.row_index, _ASSIGNMENT, True, number, Was()
        for end in plan.ends:
            if end.begin < 0:
                yield end.row_index, _ASSIGNMENT, False, end.record_id, before.assignments[end.record_id]
        for number, enrolled in enumerate(plan.enrollment_begins, written.first_enrollment):
            yield enrolled.row_index, _ENROLLMENT, True, number, Was()
        for left in plan.enrollment_ends:
            if left.begin < 0:
                yield left.row_index, _ENROLLMENT, False, left.record_id, before.enrollments[left.record_id]

    found = sorted(lines())
    if not found:
        return _sheet((), _CHANGES, [() for _header in _CHANGES])
    indexes, kinds, begun, records, was = zip(*found, strict=True)
    others = [beside[index] if kind == _ENROLLMENT else 0 for index, kind in zip(indexes, kinds, strict=True)]
    columns = [kinds, begun, records, others, *zip(*was, strict=True), [later] * len(found)]
    return _sheet([row_numbers[index] for index in indexes], _CHANGES, columns)


def read_changes(sheet: Sheet) -> tuple[list[RecordChange], int]:
    """What an upload changed, in sheet order, and the number from which on records were begun later."""
    later = 0
    changes: list[RecordChange] = []
    was = [header for header in _WAS.values() if header in sheet.columns]
    for row, cells in _rows(sheet, ("Kind", "Begun", "Record", "Assignment", "Later", *was)):
        kind, begun, record, assignment, later, *before = cells
        changes.append(RecordChange(row, kind == _ASSIGNMENT, begun, record, assignment or record, Was(*before)))
    return changes, later


def lay_out_reversals(reversals: Iterable[Reversal]) -> Sheet:
    """What is kept of an undo: its answer, and its lines in the log."""
    verdicts = list(reversals)
    changes = [one.change for one in verdicts]
    return _sheet(
        [change.row for change in changes],
        _REVERSALS,
        [
            [_ASSIGNMENT if change.of_assignment else _ENROLLMENT for change in changes],
            [change.record_id for change in changes],
            [one.outcome for one in verdicts],
            [one.why for one in verdicts],
        ],
    )


def read_reversals(sheet: Sheet) -> list[UndoLine]:
    """What an undo did, in sheet order."""
    return [UndoLine(row, *cells) for row, cells in _rows(sheet, _REVERSALS)]


def reversal_log(sheet: Sheet) -> Iterator[LogRow]:
    """The lines that an undo adds to the log of its upload."""
    for line in read_reversals(sheet):
        yield LogRow.model_construct(
            row=line.row,
            action="Undo",
            result=line.outcome,
            record_id=line.record_id,
            message=line.why if line.why else _DONE[line.kind, line.outcome],
            before="",
            after="",
        )


def touched_people(connection: Connection, site_id: int, upload_id: str) -> list[int]:
    """The keys of the participants whom an upload touched, ascending."""
    query = (
        select(assignments.c.participant_key)
        .distinct()
        .where(
            assignments.c.site_id == site_id,
            or_(assignments.c.begun_by == upload_id, assignments.c.ended_by == upload_id),
        )
    )
    return sorted(connection.execute(query).scalars())


def records_of(
    connection: Connection, who: Principal, people: Sequence[int]
) -> tuple[list[StoredAssignment], list[StoredEnrollment]]:
    """All assignments and enrollments of these participants, as they are now, and whether `who` may change them."""
    found = connection.execute(
        select(
            assignments.c.record_id,
            assignments.c.participant_key,
            func.coalesce(assignments.c.program_key, 0),
            assignments.c.staff_key,
            func.coalesce(assignments.c.relationship_key, 0),
            assignments.c.start_date,
            assignments.c.end_date,
            assignments.c.version,
            func.coalesce(assignments.c.ended_by, ""),
            may_change(who),
            func.coalesce(reopened.c.next_record, 0),
            assignments.c.begun_by.is_not(None),
        )
        .outerjoin(reopened, _is_of(assignments))
        .where(assignments.c.site_id == who.site_id, _one_of(connection, assignments.c.participant_key, people))
    )
    # One after the other: a question that is asked and not read to its end keeps SQLite at the state of that moment,
    # for whoever has the connection next.
    ours = [StoredAssignment._make(row) for row in as_light(found)]
    stays = connection.execute(
        select(
            enrollments.c.participant_key,
            enrollments.c.program_key,
            enrollments.c.version,
            enrollments.c.record_id,
            enrollments.c.start_date,
            enrollments.c.end_date,
            func.coalesce(reopened.c.next_record, 0),
        )
        .outerjoin(reopened, _is_of(enrollments))
        .where(enrollments.c.site_id == who.site_id, _one_of(connection, enrollments.c.participant_key, people))
        .order_by(enrollments.c.record_id)
    )
    return ours, [StoredEnrollment(*row[:3], Enrollment(*row[3:6]), row[6]) for row in as_light(stays)]


def only_primary(connection: Connection, site_id: int) -> int:
    """The relationship that may be open only once per participant and program, 0 where the site allows more (R8)."""
    if not connection.execute(select(sites.c.one_primary).where(sites.c.id == site_id)).scalar_one():
        return 0
    values = connection.execute(
        select(feeder_values.c.key, feeder_values.c.value).where(
            feeder_values.c.site_id == site_id, feeder_values.c.feeder == RELATIONSHIP
        )
    )
    return next((row.key for row in values if exact_key(row.value) == "primary"), 0)


def reverse(connection: Connection, site_id: int, reversals: Iterable[Reversal]) -> None:
    """Takes back what the verdicts allow, and moves the site's revision. The caller holds the site.

    A record that is reopened gets back the version and status it had, because it is what it was: a row that was
    downloaded before the upload is good again. Raises Stale when a record is not as it was judged.
    """
    todo: dict[tuple[bool, UndoResult], list[RecordChange]] = {}
    for change, outcome, _why in reversals:
        todo.setdefault((change.of_assignment, outcome), []).append(change)

    def reverse_each(of_assignment: bool, outcome: UndoResult, statement: str, *columns: str) -> None:
        changes = sorted(todo.get((of_assignment, outcome), ()), key=lambda change: change.record_id)
        rows = [(*(getattr(change.was, name) for name in columns), site_id, change.record_id) for change in changes]
        changed = execute_many(connection, f"{statement} WHERE site_id = ? AND record_id = ?", rows)
        if changed != len(rows):
            raise Stale(f"{len(rows)} records were to be {outcome}, {changed} were there")

    reverse_each(True, "removed", "DELETE FROM assignments")
    reverse_each(False, "removed", "DELETE FROM enrollments")
    reverse_each(
        True,
        "reopened",
        "UPDATE assignments SET end_date = '', reason_key = NULL, ended_by = NULL, "
        "version = ?, status_key = nullif(?, 0)",
        *Was._fields,
    )
    reverse_each(False, "reopened", "UPDATE enrollments SET end_date = '', version = ?", "version")
    note_reopened(
        connection,
        site_id,
        [change.record_id for of_assignment in (True, False) for change in todo.get((of_assignment, "reopened"), ())],
    )
    bump(connection, site_id)


def _before(
    connection: Connection, table: Table, was: Sequence[ColumnElement[Any]], site_id: int, records: Sequence[int]
) -> dict[int, Was]:
    if not records:
        return {}
    query = select(table.c.record_id, *was).where(
        table.c.site_id == site_id, _one_of(connection, table.c.record_id, sorted(records))
    )
    return {record: Was(*before) for record, *before in connection.execute(query)}


def _is_of(table: Table) -> ColumnElement[bool]:
    return and_(reopened.c.site_id == table.c.site_id, reopened.c.record_id == table.c.record_id)


def _one_of(connection: Connection, column: TableColumn[int], keys: Sequence[int]) -> ColumnElement[bool]:
    """A column that is one of ever so many keys, which travel as one parameter.

    A question within the question would do as well, but right after a large upload PostgreSQL knows nothing yet of
    what the tables hold, and may look for each answer in turn.
    """
    if connection.dialect.name == "postgresql":
        return column == any_(cast(list(keys), ARRAY(Integer)))
    return column.in_(select(func.json_each(json.dumps(keys)).table_valued("value").c.value))


def _sheet(rows: Iterable[int], headers: Sequence[str], columns: Sequence[Sequence[Cell]]) -> Sheet:
    made: dict[str, Column] = {}
    for header, cells in zip(headers, columns, strict=True):
        codes = {cell: code for code, cell in enumerate(dict.fromkeys(cells), start=1)}
        made[header] = Column(header, [None, *codes], array("I", map(codes.__getitem__, cells)))
    return Sheet(made, array("I", rows))


def _rows(sheet: Sheet, headers: Sequence[str]) -> Iterator[tuple[int, tuple[Any, ...]]]:
    cells = [[column.values[code] for code in column.codes] for column in (sheet.columns[name] for name in headers)]
    return zip(sheet.row_numbers, zip(*cells, strict=True), strict=True)
