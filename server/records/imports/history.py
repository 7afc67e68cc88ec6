"""Match enrollments and assignments of an import with those stored (SPEC 10).

Most have no ID of their own. Two are the same when participant, program and start agree, and for assignments also the
caseworker and relationship; when several agree, their ends distinguish them. Enrollments with an ID of their source are
matched by it (`server.records.imports.sources`).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import Connection, select

from server.records.bulk import execute_many, insert_rows
from server.records.imports.incoming import Incoming, IncomingAssignment, IncomingEnrollment
from server.records.imports.sources import DELETED, RESTS, SourceEntry, Sources, Stored, in_words
from server.records.reopened import note_reopened
from server.records.sites import take_record_numbers
from server.records.tables import assignments, enrollments
from workbook.columns import REASON, RELATIONSHIP, STATUS
from workbook.matching import exact_key


class Keys(NamedTuple):
    """The database's keys: by ID, and for a feeder value by (canonical header, exact_key of the value)."""

    participants: Mapping[str, int]
    programs: Mapping[str, int]
    staff: Mapping[str, int]
    feeder: Mapping[tuple[str, str], int]

    def value(self, feeder: str, text: str) -> int | None:
        return self.feeder[feeder, exact_key(text)] if text else None


_Dated = TypeVar("_Dated", IncomingEnrollment, IncomingAssignment)


@dataclass(slots=True)
class _Sorted(Generic[_Dated]):
    """What one file's records mean beside the stored ones. A stored record is a row: record_id, end_date, …"""

    new: list[_Dated]
    same: list[tuple[_Dated, Any]]
    ended: list[tuple[_Dated, Any]]
    """Stored as open, and now they have an end."""
    differing: list[tuple[_Dated, Any]]
    """Stored as closed with another end, which stays: closed records are never changed."""


def _lay_beside(records: Mapping[Hashable, list[_Dated]], stored: Mapping[Hashable, list[Any]]) -> _Sorted[_Dated]:
    """Pairs the records of each identity one for one: first where the ends agree, then an open one with an end."""
    result: _Sorted[_Dated] = _Sorted([], [], [], [])
    for identity, group in records.items():
        known = stored.get(identity)
        by_end = {record.end_date: record for record in group}  # an identical record is not doubled
        if not known:
            result.new.extend(by_end.values())
            continue
        left = []
        for row in known:
            record = by_end.pop(row[1], None)
            if record is None:
                left.append(row)
            else:
                result.same.append((record, row))
        left.sort(key=lambda row: row[1], reverse=True)  # the open ones last
        for record in by_end.values():
            if not left:
                result.new.append(record)
            elif not left[-1][1]:
                result.ended.append((record, left.pop()))
            else:
                result.differing.append((record, left.pop()))
    return result


def import_enrollments(
    connection: Connection, site_id: int, incoming: Incoming, keys: Keys, notes: list[str]
) -> tuple[tuple[int, int, int], int]:
    """Stores the enrollments, and removes those that were deleted at their source; gives how many were new, changed,
    unchanged, and how many were removed."""
    columns = enrollments.c
    query = select(
        columns.record_id, columns.participant_key, columns.program_key, columns.start_date, columns.end_date
    )
    stored = [Stored(*row) for row in connection.execute(query.where(columns.site_id == site_id))]
    sources = Sources(connection, site_id, stored)
    known = [record for record in incoming.enrollments if record.source_id]
    merged = sources.merge(known, keys.participants, keys.programs)
    # Whatever came from a source is known by its ID there, and by nothing else where IDs are given.
    taken = sources.remembered if known else set()
    beside: dict[Hashable, list[Any]] = {}
    for one in stored:
        if one.record_id not in taken:
            beside.setdefault(one[1:4], []).append((one.record_id, one.end_date))
    groups: dict[Hashable, list[IncomingEnrollment]] = {}
    for record in [*merged.unknown, *(record for record in incoming.enrollments if not record.source_id)]:
        groups.setdefault(_whose(record, keys), []).append(record)
    result = _lay_beside(groups, beside)
    number = take_record_numbers(connection, site_id, len(result.new))
    insert_rows(
        connection,
        enrollments,
        ("site_id", "record_id", "participant_key", "program_key", "start_date", "end_date"),
        ((site_id, at, *_whose(record, keys), record.end_date) for at, record in enumerate(result.new, number)),
    )
    changes = [(*now[1:], site_id, now.record_id) for _record, _stored, now in merged.changed]
    changes += [(*_whose(record, keys), record.end_date, site_id, row[0]) for record, row in result.ended]
    execute_many(
        connection,
        "UPDATE enrollments SET participant_key = ?, program_key = ?, start_date = ?, end_date = ?, "
        "version = version + 1 WHERE site_id = ? AND record_id = ?",
        sorted(changes, key=lambda values: values[-1]),
    )
    note_reopened(connection, site_id, (now.record_id for _record, was, now in merged.changed if _opens(was, now)))
    numbers = {(*_whose(record, keys), record.end_date): at for at, record in enumerate(result.new, number)}
    for record, row in (*result.same, *result.ended, *result.differing):
        numbers[(*_whose(record, keys), record.end_date)] = row[0]
    made = [(record, numbers[(*_whose(record, keys), record.end_date)]) for record in merged.unknown]
    made += [(record, now.record_id) for record, _stored, now in merged.changed]
    made += [(record, now.record_id) for record, now in merged.unchanged]
    sources.remember(
        (record.source_id, SourceEntry(record_id, record.start_date, record.end_date)) for record, record_id in made
    )
    gone, resting = sources.gone(incoming, keys.participants, keys.programs)
    sources.remove(gone)
    _remark(incoming, "enrollments", incoming.enrollments, result, notes)
    file = incoming.file("enrollments")
    notes.extend(in_words(file, "changed at the source", why, lines) for why, lines in merged.stays.items())
    if resting:
        notes.append(in_words(file, DELETED, RESTS, resting))
    changed, unchanged = len(result.ended) + len(merged.changed), len(result.same) + len(result.differing)
    return (len(result.new), changed, unchanged + len(merged.unchanged)), len(gone)


def _opens(was: Stored, now: Stored) -> bool:
    """Whether the enrollment is open now, and was not, or not there."""
    return not now.end_date and (bool(was.end_date) or was[1:3] != now[1:3])


def _whose(record: IncomingEnrollment, keys: Keys) -> tuple[int, int, str]:
    return keys.participants[record.participant_id], keys.programs[record.program_id], record.start_date


def import_assignments(
    connection: Connection, site_id: int, incoming: Incoming, keys: Keys, notes: list[str]
) -> tuple[int, int, int]:
    """Stores the assignments; gives how many were new, changed, unchanged."""
    columns = assignments.c
    stored: dict[Hashable, list[Any]] = {}
    for row in connection.execute(
        select(
            columns.participant_key, columns.program_key, columns.staff_key, columns.relationship_key,
            columns.start_date, columns.record_id, columns.end_date, columns.status_key,
        ).where(columns.site_id == site_id)
    ):  # fmt: skip
        stored.setdefault((row[0], row[1], row[2], row[3], row[4]), []).append((row[5], row[6], row[7]))
    groups: dict[Hashable, list[IncomingAssignment]] = {}
    without_end = 0
    for record in incoming.assignments:
        identity = (
            keys.participants[record.participant_id],
            keys.programs[record.program_id] if record.program_id else None,
            keys.staff[record.staff_id],
            keys.value(RELATIONSHIP, record.relationship),
            record.start_date,
        )
        if record.reason and not record.end_date:
            without_end += 1
            record = record._replace(reason="")
        groups.setdefault(identity, []).append(record)
    result = _lay_beside(groups, stored)
    _insert_assignments(connection, site_id, keys, result.new)
    execute_many(
        connection,
        "UPDATE assignments SET end_date = ?, reason_key = ?, status_key = COALESCE(?, status_key), "
        "version = version + 1 WHERE site_id = ? AND record_id = ?",
        [
            (record.end_date, keys.value(REASON, record.reason), keys.value(STATUS, record.status), site_id, row[0])
            for record, row in sorted(result.ended, key=lambda pair: pair[1][0])
        ],
    )
    restated = [
        (status, site_id, row[0])
        for record, row in result.same
        if not row[1] and (status := keys.value(STATUS, record.status)) is not None and status != row[2]
    ]
    execute_many(
        connection,
        "UPDATE assignments SET status_key = ?, version = version + 1 WHERE site_id = ? AND record_id = ?",
        restated,
    )
    _remark(incoming, "assignments", incoming.assignments, result, notes)
    if without_end:
        notes.append(
            f"{incoming.file('assignments')}: {without_end} lines give a Reason for Dismissal without an End Date; "
            "the reason is ignored while an assignment is open."
        )
    changed = len(result.ended) + len(restated)
    return len(result.new), changed, len(result.same) + len(result.differing) - len(restated)


def _insert_assignments(connection: Connection, site_id: int, keys: Keys, new: list[IncomingAssignment]) -> None:
    number = take_record_numbers(connection, site_id, len(new))
    insert_rows(
        connection,
        assignments,
        (
            "site_id", "record_id", "participant_key", "program_key", "staff_key", "relationship_key", "status_key",
            "start_date", "end_date", "reason_key",
        ),
        (
            (
                site_id,
                record_id,
                keys.participants[record.participant_id],
                keys.programs[record.program_id] if record.program_id else None,
                keys.staff[record.staff_id],
                keys.value(RELATIONSHIP, record.relationship),
                keys.value(STATUS, record.status),
                record.start_date,
                record.end_date,
                keys.value(REASON, record.reason),
            )
            for record_id, record in enumerate(new, number)
        ),
    )  # fmt: skip


def _remark(incoming: Incoming, kind: str, records: list[_Dated], result: _Sorted[_Dated], notes: list[str]) -> None:
    backwards = [record.line for record in records if "" != record.end_date < record.start_date]
    if backwards:
        notes.append(
            f"{incoming.file(kind)}: {len(backwards)} lines end before they start (line {backwards[0]} is the first); "
            "they were imported as they stand."
        )
    if result.differing:
        notes.append(
            f"{incoming.file(kind)}: {len(result.differing)} lines have another end than the closed record that is "
            f"stored (line {result.differing[0][0].line} is the first); closed records are never changed, so they stay."
        )
