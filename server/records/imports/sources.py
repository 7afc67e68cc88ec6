"""Match imported enrollments by the ID of their source, HMIS' EnrollmentID (SPEC 10).

What was imported under an ID is stored with what its source said then. So a date that is corrected there corrects the
stored record, and a record that is deleted there is removed; but where the source says the same as before, a later
change by an upload stays. A record that an assignment depends on is never removed or moved to another participant.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

from sqlalchemy import Connection, select

from server.records.bulk import execute_many, insert_rows
from server.records.imports.incoming import Incoming, IncomingEnrollment, lines_named
from server.records.tables import assignments, enrollment_sources


class Stored(NamedTuple):
    """An enrollment as it is stored; dates are ISO, "" where there is none."""

    record_id: int
    participant_key: int
    program_key: int
    start_date: str
    end_date: str


class SourceEntry(NamedTuple):
    """Which record was made of an enrollment of a source, and what the source said of it when it was last imported."""

    record_id: int
    start_date: str
    end_date: str


DELETED: Final = "deleted at the source"
RESTS: Final = "assignments rest on what is stored of it"
BOTH: Final = "it was changed here as well as at the source"


@dataclass(slots=True)
class Merged:
    """What an import says of the enrollments that are known by their IDs."""

    changed: list[tuple[IncomingEnrollment, Stored, Stored]] = field(default_factory=list)
    """(what the source says, what was stored, what is to be stored)."""
    unchanged: list[tuple[IncomingEnrollment, Stored]] = field(default_factory=list)
    unknown: list[IncomingEnrollment] = field(default_factory=list)
    """Of no ID that is remembered, for whatever was remembered is gone."""
    stays: dict[str, list[int]] = field(default_factory=dict)
    """Why what is stored stays against its source → the lines concerned."""


class Sources:
    """What is remembered of a site's sources, and what of the stored enrollments may change with them."""

    def __init__(self, connection: Connection, site_id: int, stored: Iterable[Stored]) -> None:
        self._connection, self._site_id = connection, site_id
        self.stored = {one.record_id: one for one in stored}
        columns = enrollment_sources.c
        query = select(columns.source_id, columns.record_id, columns.start_date, columns.end_date)
        self._entries = {
            row[0]: SourceEntry(*row[1:]) for row in connection.execute(query.where(columns.site_id == site_id))
        }  # fmt: skip

    @property
    def remembered(self) -> set[int]:
        """The numbers of the records that came from a source."""
        return {one.record_id for one in self._entries.values()}

    def merge(
        self, records: Sequence[IncomingEnrollment], people: Mapping[str, int], programs: Mapping[str, int]
    ) -> Merged:
        """Lays records with IDs of their source beside what is remembered. `people` and `programs`: keys by ID."""
        merged = Merged()
        for record in records:
            entry = self._entries.get(record.source_id)
            stored = entry and self.stored.get(entry.record_id)
            if not entry or not stored:
                merged.unknown.append(record)
                continue
            whose = people[record.participant_id], programs[record.program_id]
            if whose != (stored.participant_key, stored.program_key) and self._rests_on(stored):
                merged.stays.setdefault(RESTS, []).append(record.line)
                whose = stored.participant_key, stored.program_key
            start, start_differs = _newer(record.start_date, entry.start_date, stored.start_date)
            end, end_differs = _newer(record.end_date, entry.end_date, stored.end_date)
            if start_differs or end_differs:
                merged.stays.setdefault(BOTH, []).append(record.line)
            now = Stored(stored.record_id, *whose, start, end)
            if now == stored:
                merged.unchanged.append((record, stored))
            else:
                merged.changed.append((record, stored, now))
        return merged

    def gone(
        self, incoming: Incoming, people: Mapping[str, int], programs: Mapping[str, int]
    ) -> tuple[list[int], list[int]]:
        """Of those that were deleted at their source: the numbers of the records to remove, and the lines of those on
        which something rests.

        Without a remembered ID it is the enrollment that nobody claims and that says the same.
        """
        remembered = self.remembered
        free = {one[1:]: one.record_id for one in self.stored.values() if one.record_id not in remembered}
        alive = {entry.record_id for record in incoming.enrollments if (entry := self._entries.get(record.source_id))}
        remove, stay = [], []
        for record in incoming.gone_enrollments:
            entry = self._entries.get(record.source_id)
            whose = people.get(record.participant_id, 0), programs.get(record.program_id, 0)
            number = entry.record_id if entry else free.get((*whose, record.start_date, record.end_date), 0)
            stored = self.stored.get(number)
            if stored is None or number in alive:
                continue
            if self._rests_on(stored):
                stay.append(record.line)
            else:
                remove.append(number)
        return list(dict.fromkeys(remove)), stay

    def remember(self, made: Iterable[tuple[str, SourceEntry]]) -> None:
        """Keeps which record each ID of a source is now, and what was said of it."""
        new = {source_id: entry for source_id, entry in made if self._entries.get(source_id) != entry}
        old = [(self._site_id, source_id) for source_id in new if source_id in self._entries]
        execute_many(self._connection, "DELETE FROM enrollment_sources WHERE site_id = ? AND source_id = ?", old)
        insert_rows(
            self._connection,
            enrollment_sources,
            ("site_id", "source_id", "record_id", "start_date", "end_date"),
            ((self._site_id, source_id, *entry) for source_id, entry in sorted(new.items())),
        )
        self._entries.update(new)

    def remove(self, numbers: Collection[int]) -> None:
        """Removes records, and forgets where they came from."""
        rows = [(self._site_id, number) for number in sorted(numbers)]
        for table in ("enrollment_sources", "enrollments"):
            execute_many(self._connection, f"DELETE FROM {table} WHERE site_id = ? AND record_id = ?", rows)  # noqa: S608

    def _rests_on(self, stored: Stored) -> bool:
        """Whether an assignment began during that enrollment."""
        begun = self._begun.get((stored.participant_key, stored.program_key), ())
        return any(
            not start or (stored.start_date <= start and (not stored.end_date or start <= stored.end_date))
            for start in begun
        )

    @cached_property
    def _begun(self) -> Mapping[tuple[int, int], Sequence[str]]:
        """When assignments began, by the keys of participant and program."""
        columns = assignments.c
        begun: dict[tuple[int, int], list[str]] = {}
        query = select(columns.participant_key, columns.program_key, columns.start_date)
        for participant, program, start in self._connection.execute(
            query.where(columns.site_id == self._site_id, columns.program_key.is_not(None))
        ):
            begun.setdefault((participant, program), []).append(start)
        return begun


def remove_people(connection: Connection, site_id: int, gone: Mapping[int, int]) -> tuple[int, list[int]]:
    """Removes participants with their enrollments, unless they have or had a caseworker here. `gone`: key → line of the
    file. Gives how many were removed, and the lines of those who stay."""
    columns = assignments.c
    served = set(connection.execute(select(columns.participant_key).where(columns.site_id == site_id)).scalars())
    keys = [(key,) for key in gone if key not in served]
    execute_many(
        connection,
        "DELETE FROM enrollment_sources WHERE (site_id, record_id) IN "
        "(SELECT site_id, record_id FROM enrollments WHERE participant_key = ?)",
        keys,
    )
    execute_many(connection, "DELETE FROM enrollments WHERE participant_key = ?", keys)
    execute_many(connection, 'DELETE FROM participants WHERE "key" = ?', keys)
    return len(keys), sorted(line for key, line in gone.items() if key in served)


def _newer(now: str, earlier: str, stored: str) -> tuple[str, bool]:
    """What a date is to be, and whether it stays although the source has changed it, for it was changed here too."""
    if now in (earlier, stored):
        return stored, False
    return (now, False) if stored == earlier else (stored, True)


def in_words(file: str, what: str, why: str, lines: Sequence[int]) -> str:
    """`Enrollment.csv: 1 line deleted at the source, but … rests on it, so that stays (line 4).`"""
    count = f"{len(lines):,} {'line' if len(lines) == 1 else 'lines'}"
    return f"{file}: {count} {what}, but {why}, so that stays ({lines_named(lines)})."
