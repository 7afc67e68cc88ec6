"""Import records into a site: add what is new, change what differs, all or nothing (SPEC 10).

What a file does not mention stays as it is stored, so importing twice changes nothing the second time. A record that
its source has deleted is removed, unless another record depends on it. Enrollments and assignments follow in
`server.records.imports.history`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, select

from server.records.audit import OPERATOR, note
from server.records.bulk import execute_many, insert_rows
from server.records.imports.gaps import what_is_missing
from server.records.imports.history import Keys, import_assignments, import_enrollments
from server.records.imports.incoming import (
    ImportProblem,
    ImportRefused,
    Incoming,
    IncomingFeeder,
    IncomingProgram,
)
from server.records.imports.known_ids import KnownIds
from server.records.imports.sources import DELETED, in_words, remove_people
from server.records.imports.summary import ImportSummary, Tally
from server.records.sites import bump, take_record_numbers
from server.records.ssn import SsnHasher, hold_key
from server.records.stored_ids import clean_ids
from server.records.tables import access, feeder_values, participants, programs, staff
from workbook.columns import REASON, RELATIONSHIP, STATUS
from workbook.files.garbage import without_garbage_collection
from workbook.matching import exact_key, like_key


def import_records(connection: Connection, site_id: int, incoming: Incoming, hasher: SsnHasher) -> ImportSummary:
    """Imports everything within the connection's transaction, which the caller commits or rolls back.

    Raises ImportRefused with every problem there is: those of reading, and what refers to nothing known; WrongKey
    where `hasher` is not of the database's key. Nothing has been written then.
    """
    hold_key(connection, hasher)
    with without_garbage_collection():
        take_record_numbers(connection, site_id, 0)  # locks the site, as every writer does
        store = _Store(connection, site_id, incoming, hasher)
        store.check()
        summary = store.write()
        summary.missing = what_is_missing(connection, site_id)
        if summary.changed:
            bump(connection, site_id)
            lines = [f"{kind}: {tally.new} new, {tally.changed} changed" for kind, tally in summary.counts.items()]
            lines += [f"{kind}: {count} removed" for kind, count in summary.removed.items()]
            note(connection, site_id, OPERATOR, "import", detail="; ".join(lines))
        return summary


_Record = TypeVar("_Record", bound=tuple[Any, ...])


class _Store:
    def __init__(self, connection: Connection, site_id: int, incoming: Incoming, hasher: SsnHasher) -> None:
        self._connection = connection
        self._site_id = site_id
        self._incoming = incoming
        self._hasher = hasher
        self._problems = list(incoming.problems)
        self._summary = ImportSummary(skipped=list(incoming.skipped), notes=list(incoming.notes))
        if incoming.participants:
            self._summary.notes += clean_ids(connection, site_id)
        columns = participants.c
        self._participants = {
            row[0]: tuple(row[1:])
            for row in self._stored(
                columns.participant_id, columns.key, columns.first_name, columns.last_name, columns.birth_date,
                columns.case_number, columns.ssn_hash,
            )
        }  # fmt: skip
        self._programs = {
            row[0]: tuple(row[1:])
            for row in self._stored(programs.c.program_id, programs.c.key, programs.c.name, programs.c.active)
        }
        columns = staff.c
        self._staff = {
            row[0]: tuple(row[1:])
            for row in self._stored(
                columns.staff_id, columns.key, columns.first_name, columns.last_name, columns.email, columns.active,
                columns.caseload_access, columns.administrator,
            )
        }  # fmt: skip
        columns = feeder_values.c
        self._feeder = {
            (row[0], exact_key(row[1])): tuple(row[2:])
            for row in self._stored(columns.feeder, columns.value, columns.key, columns.position, columns.active)
        }

    def _stored(self, *columns: Any) -> Iterable[Any]:
        return self._connection.execute(select(*columns).where(columns[0].table.c.site_id == self._site_id))

    def check(self) -> None:
        """Finds every record that contradicts another or refers to nothing. Raises ImportRefused."""
        incoming = self._incoming
        incoming.participants = self._once("participants", incoming.participants, "Participant ID", lambda r: r[1])
        incoming.programs = self._once("programs", incoming.programs, "Program ID", lambda r: r[1])
        incoming.staff = self._once("staff", incoming.staff, "Staff ID", lambda r: r[1])
        incoming.feeder = self._once("feeder", incoming.feeder, "Value", lambda r: (r[1], exact_key(r[2])))
        people = KnownIds([*self._participants, *(record.participant_id for record in incoming.participants)])
        services = KnownIds([*self._programs, *(record.program_id for record in incoming.programs)])
        workers = KnownIds([*self._staff, *(record.staff_id for record in incoming.staff)])

        def known(kind: str, line: int, column: str, text: str, ids: KnownIds) -> str:
            if not text:
                return ""
            found = ids.find(text)
            if found is None:
                what = {"Participant ID": "participant", "Program ID": "program", "Staff ID": "staff member"}[column]
                owner = {"Participant ID": "participants", "Program ID": "programs", "Staff ID": "staff"}[column]
                self._report(
                    kind, line, column,
                    f"No {what} has the ID {text}. Add them to {incoming.file(owner)}, or correct the ID.",
                )  # fmt: skip
            return found or text

        incoming.access = [
            record._replace(
                staff_id=known("access", record.line, "Staff ID", record.staff_id, workers),
                program_id=known("access", record.line, "Program ID", record.program_id, services),
            )
            for record in incoming.access
        ]
        incoming.access = self._once("access", incoming.access, "Program ID", lambda r: (r[1], r[2]))
        incoming.enrollments = [
            record._replace(
                participant_id=known("enrollments", record.line, "Participant ID", record.participant_id, people),
                program_id=known("enrollments", record.line, "Program ID", record.program_id, services),
            )
            for record in incoming.enrollments
        ]
        incoming.assignments = [
            record._replace(
                participant_id=known("assignments", record.line, "Participant ID", record.participant_id, people),
                program_id=known("assignments", record.line, "Program ID", record.program_id, services),
                staff_id=known("assignments", record.line, "Staff ID", record.staff_id, workers),
            )
            for record in incoming.assignments
        ]
        if self._problems:
            order = list(dict.fromkeys([*incoming.files.values(), *(problem.file for problem in self._problems)]))
            raise ImportRefused(sorted(self._problems, key=lambda problem: (order.index(problem.file), problem.line)))

    def _report(self, kind: str, line: int, column: str, message: str) -> None:
        self._problems.append(ImportProblem(self._incoming.file(kind), line, column, message))

    def _once(
        self, kind: str, records: list[_Record], column: str, identity: Callable[[_Record], object]
    ) -> list[_Record]:
        """The records without repetitions; two that contradict each other are a problem."""
        first: dict[object, _Record] = {}
        for record in records:
            known = first.setdefault(identity(record), record)
            if known is record or known[1:] == record[1:]:
                continue
            if kind == "feeder" and (known[1:3], known[4:]) == (record[1:3], record[4:]):
                continue  # only its place in the list differs
            self._report(
                kind, record[0], column,
                f"Line {known[0]} says something else of {record[2] if kind in ('feeder', 'access') else record[1]}. "
                "Keep one of the two lines.",
            )  # fmt: skip
        return list(first.values())

    def write(self) -> ImportSummary:
        incoming, counts = self._incoming, self._summary.counts
        incoming.programs += [
            IncomingProgram(line, program_id, "", False)
            for line, program_id in incoming.gone_programs
            if program_id in self._programs
        ]
        if incoming.programs:
            counts["programs"] = self._write_programs()
        if incoming.staff:
            counts["staff"] = self._write_staff()
        old_values = self._values_of_assignments()
        if incoming.feeder or old_values:
            counts["feeder"] = self._write_feeder([*incoming.feeder, *old_values])
        if incoming.participants:
            counts["participants"] = self._write_participants()
        keys = Keys(
            dict(self._pairs(participants.c.participant_id, participants.c.key)),
            dict(self._pairs(programs.c.program_id, programs.c.key)),
            dict(self._pairs(staff.c.staff_id, staff.c.key)),
            {
                (row[0], exact_key(row[1])): row[2]
                for row in self._stored(feeder_values.c.feeder, feeder_values.c.value, feeder_values.c.key)
            },
        )
        if incoming.access:
            counts["access"] = self._write_access(keys)
        if incoming.enrollments or incoming.gone_enrollments:
            tally, removed = import_enrollments(self._connection, self._site_id, incoming, keys, self._summary.notes)
            counts["enrollments"] = Tally(*tally)
            if removed:
                self._summary.removed["enrollments"] = removed
        if incoming.assignments:
            counts["assignments"] = Tally(
                *import_assignments(self._connection, self._site_id, incoming, keys, self._summary.notes)
            )
        self._remove_participants()
        return self._summary

    def _remove_participants(self) -> None:
        """Removes those who were deleted at their source; notes those who must stay."""
        gone = {self._participants[named][0]: line for line, named in self._incoming.gone_participants
                if named in self._participants}  # fmt: skip
        removed, stay = remove_people(self._connection, self._site_id, gone) if gone else (0, [])
        if stay:
            file = self._incoming.file("participants")
            self._summary.notes.append(in_words(file, DELETED, "assignments of theirs are stored", stay))
        if removed:
            self._summary.removed["participants"] = removed
            self._recount_names()

    def _recount_names(self) -> None:
        # Matching names takes numpy and a list of nicknames, and only what imports participants needs them.
        from server.records.names import recount_names

        recount_names(self._connection, self._site_id)

    def _pairs(self, *columns: Any) -> list[tuple[str, int]]:
        return [(row[0], row[1]) for row in self._stored(*columns)]

    def _write_programs(self) -> Tally:
        new, changed = [], []
        for record in self._incoming.programs:
            stored = self._programs.get(record.program_id)
            if stored is None:
                new.append((self._site_id, record.program_id, record.name, record.active is not False))
                continue
            values = (record.name or stored[1], _value_or(record.active, stored[2]))
            if values != stored[1:]:
                changed.append((*values, stored[0]))
        insert_rows(self._connection, programs, ("site_id", "program_id", "name", "active"), new)
        execute_many(self._connection, 'UPDATE programs SET name = ?, active = ? WHERE "key" = ?', changed)
        return _tally(new, changed, self._incoming.programs)

    def _write_staff(self) -> Tally:
        new, changed = [], []
        for record in self._incoming.staff:
            stored = self._staff.get(record.staff_id)
            if stored is None:
                new.append((
                    self._site_id, record.staff_id, record.first_name, record.last_name, record.email,
                    record.active is not False, record.caseload_access is not False, record.administrator is True,
                ))  # fmt: skip
                continue
            values = (
                record.first_name or stored[1], record.last_name or stored[2], record.email or stored[3],
                _value_or(record.active, stored[4]), _value_or(record.caseload_access, stored[5]),
                _value_or(record.administrator, stored[6]),
            )  # fmt: skip
            if values != stored[1:]:
                changed.append((*values, stored[0]))
        columns = (
            "site_id", "staff_id", "first_name", "last_name", "email", "active", "caseload_access", "administrator",
        )  # fmt: skip
        insert_rows(self._connection, staff, columns, new)
        execute_many(
            self._connection,
            "UPDATE staff SET first_name = ?, last_name = ?, email = ?, active = ?, caseload_access = ?, "
            'administrator = ? WHERE "key" = ?',
            changed,
        )
        return _tally(new, changed, self._incoming.staff)

    def _values_of_assignments(self) -> list[IncomingFeeder]:
        """The feeder values that only assignments name: old ones, which cannot be chosen any more."""
        known = {*self._feeder, *((record.feeder, exact_key(record.value)) for record in self._incoming.feeder)}
        old: list[IncomingFeeder] = []
        last: dict[str, int] = {}
        for feeder, _key in self._feeder:
            last[feeder] = max(last.get(feeder, 0), self._feeder[feeder, _key][1])
        for value in self._incoming.feeder:
            last[value.feeder] = max(last.get(value.feeder, 0), value.position)
        for record in self._incoming.assignments:
            for feeder, text in (
                (RELATIONSHIP, record.relationship), (STATUS, record.status), (REASON, record.reason),
            ):  # fmt: skip
                if not text or (feeder, exact_key(text)) in known:
                    continue
                known.add((feeder, exact_key(text)))
                last[feeder] = last.get(feeder, 0) + 1
                old.append(IncomingFeeder(record.line, feeder, text, last[feeder], False))
                self._summary.notes.append(
                    f"{self._incoming.file('assignments')}, line {record.line}: {feeder} {text} is not in the feeder "
                    "table, so it was added as an inactive value."
                )
        return old

    def _write_feeder(self, records: Sequence[IncomingFeeder]) -> Tally:
        new, changed = [], []
        for record in records:
            stored = self._feeder.get((record.feeder, exact_key(record.value)))
            if stored is None:
                new.append((self._site_id, record.feeder, record.value, record.position, record.active is not False))
                continue
            values = (record.position, _value_or(record.active, stored[2]))
            if values != stored[1:]:
                changed.append((*values, stored[0]))
        insert_rows(self._connection, feeder_values, ("site_id", "feeder", "value", "position", "active"), new)
        execute_many(self._connection, 'UPDATE feeder_values SET position = ?, active = ? WHERE "key" = ?', changed)
        return _tally(new, changed, records)

    def _write_participants(self) -> Tally:
        new, changed = [], []
        like: dict[str, str] = {}
        for record in self._incoming.participants:
            details: tuple[str, ...] = (
                record.first_name, record.last_name, record.birth_date, record.case_number,
                self._hasher.hash(record.ssn),
            )  # fmt: skip
            stored = self._participants.get(record.participant_id)
            if stored is not None:
                details = tuple(text or known for text, known in zip(details, stored[1:], strict=True))
                once = self._incoming.once_stored.get(record.participant_id)
                if once and not record.ssn and details[-1] == self._hasher.hash(once):
                    details = (*details[:-1], "")  # the stored hash is of that placeholder or word
                if details == stored[1:]:
                    continue
            first, last = (like.get(name) or like.setdefault(name, like_key(name)) for name in details[:2])
            values = (*details, first, last, like_key(details[3]))
            if stored is None:
                new.append((self._site_id, record.participant_id, exact_key(record.participant_id), *values))
            else:
                changed.append((*values, stored[0]))
        columns = (
            "site_id", "participant_id", "id_key", "first_name", "last_name", "birth_date", "case_number", "ssn_hash",
            "first_key", "last_key", "case_key",
        )  # fmt: skip
        insert_rows(self._connection, participants, columns, new)
        execute_many(
            self._connection,
            "UPDATE participants SET first_name = ?, last_name = ?, birth_date = ?, case_number = ?, ssn_hash = ?, "
            'first_key = ?, last_key = ?, case_key = ? WHERE "key" = ?',
            changed,
        )
        if new or changed:
            self._recount_names()
        return _tally(new, changed, self._incoming.participants)

    def _write_access(self, keys: Keys) -> Tally:
        columns = access.c
        known = {
            (row[0], row[1]): (row[2], row[3])
            for row in self._stored(columns.staff_key, columns.program_key, columns.own, columns.others)
        }
        new, changed = [], []
        for record in self._incoming.access:
            pair = (keys.staff[record.staff_id], keys.programs[record.program_id])
            stored = known.get(pair)
            if stored is None:
                new.append((self._site_id, *pair, record.own is True, record.others is True))
                continue
            values = (_value_or(record.own, stored[0]), _value_or(record.others, stored[1]))
            if values != stored:
                changed.append((*values, *pair))
        insert_rows(self._connection, access, ("site_id", "staff_key", "program_key", "own", "others"), new)
        execute_many(
            self._connection, "UPDATE access SET own = ?, others = ? WHERE staff_key = ? AND program_key = ?", changed
        )
        return _tally(new, changed, self._incoming.access)


def _value_or(value: bool | None, stored: bool) -> bool:
    return stored if value is None else value


def _tally(new: Sequence[object], changed: Sequence[object], records: Sequence[object]) -> Tally:
    return Tally(len(new), len(changed), len(records) - len(new) - len(changed))
