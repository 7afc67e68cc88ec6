"""Fetch the Reference that a sheet is judged against, and a site's lists (SPEC 8).

The queries go straight to the driver and the rows come back as plain tuples: a sheet of a hundred thousand rows refers
to as many records.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, select

from server.judge.labels import staff_facts
from server.judge.reach import within_reach
from server.judge.reference import (
    Access,
    Assignment,
    Enrollment,
    FeederValue,
    Participant,
    Program,
    Reference,
    ReferenceKeys,
    SiteRules,
    Staff,
    User,
)
from server.records.known_people import only_those_known
from server.records.light import as_light
from server.records.matching import ask, matching
from server.records.sites import next_record_number, revision, site_rules
from server.records.tables import access, feeder_values, participants, programs, staff
from workbook.columns import FEEDER_TABLES, REASON
from workbook.files.garbage import without_garbage_collection
from workbook.lists import ListedProgram, ListedStaff, TemplateLists
from workbook.matching import accent_key

_FEW = 2_000
"""Participants whose closed assignments are fetched beforehand: cheaper than finding out that they are needed."""
_SCAN_WHEN = 6
"""A site's records are read whole when there are fewer than this many for each participant that is asked about."""

_KEYS_AT_ONCE = 500
"""Keys in one question."""


@dataclass(frozen=True, slots=True)
class ReferenceLists:
    """What a user's sheet offers: only what they may choose. `feeder`: by canonical header, in the site's order."""

    rules: SiteRules
    revision: int
    programs: Sequence[Program]
    staff: Sequence[Staff]
    feeder: Mapping[str, Sequence[FeederValue]]

    def for_template(self) -> TemplateLists:
        """The same, as a template shows it."""
        return TemplateLists(
            site=self.rules.name,
            programs=[ListedProgram(program.program_id, program.name) for program in self.programs],
            staff=[ListedStaff(one.staff_id, one.first_name, one.last_name) for one in self.staff],
            feeder={header: [value.value for value in values] for header, values in self.feeder.items()},
            demographics=self.rules.demographics,
            date_order=self.rules.date_order,
        )


def load_reference(
    connection: Connection, site_id: int, staff_key: int, sheet_keys: ReferenceKeys, today: str
) -> Reference:
    """What one sheet can touch, as of this transaction. `today`: ISO date. `sheet_keys`: what the sheet refers to."""
    with without_garbage_collection():
        user = rights_of(connection, site_id, staff_key)
        people = participants_of(connection, site_id, user, sheet_keys)
        keys = sorted(person.key for person in people)
        # For nearly all participants, reading a whole table in its own order is faster than looking up each.
        scanned = site_id if len(keys) * _SCAN_WHEN > next_record_number(connection, site_id) else None
        return Reference(
            rules=site_rules(connection, site_id),
            today=today,
            programs=_programs(connection, site_id),
            staff=_staff(connection, site_id),
            feeder=_feeder(connection, site_id),
            participants=people,
            enrollments=_enrollments(connection, keys, scanned),
            assignments=_assignments(connection, keys, scanned),
            closed=_assignments(connection, keys, closed=True) if len(keys) <= _FEW else None,
            user=user,
            caseloads=_caseloads(connection, site_id),
            revision=revision(connection, site_id),
        )


def holders(connection: Connection, site_id: int, user: User, ssn_hashes: Collection[str]) -> list[Participant]:
    """Of those of whom the user may know, everybody who has one of these SSNs."""
    by_ssn = ReferenceKeys(frozenset(), frozenset(ssn_hashes), frozenset(), frozenset())
    return participants_of(connection, site_id, user, by_ssn)


def with_people(connection: Connection, site_id: int, reference: Reference, people: Sequence[Participant]) -> Reference:
    """The Reference with these participants too, of whom its user may know, and with all that is stored of them."""
    keys = sorted(person.key for person in people)
    scanned = site_id if len(keys) * _SCAN_WHEN > next_record_number(connection, site_id) else None
    closed = None
    if reference.closed is not None and len(keys) + len(reference.participants) <= _FEW:
        closed = {**reference.closed, **_assignments(connection, keys, closed=True)}
    return replace(
        reference,
        participants=[*reference.participants, *people],
        enrollments={**reference.enrollments, **_enrollments(connection, keys, scanned)},
        assignments={**reference.assignments, **_assignments(connection, keys, scanned)},
        closed=closed,
    )


def with_histories(connection: Connection, reference: Reference, people: Iterable[Participant]) -> Reference:
    """The Reference with the enrollments and open assignments of `people` too, as far as its user may know of them:
    which distinguish namesakes."""
    keys = sorted({person.key for person in people})
    return within_reach(
        replace(
            reference,
            enrollments={**reference.enrollments, **_enrollments(connection, keys)},
            assignments={**reference.assignments, **_assignments(connection, keys)},
        )
    )


def only_known(connection: Connection, reference: Reference, people: Sequence[Participant]) -> list[Participant]:
    """Those of `people` of whom the Reference's user may know (`server.judge.reach`)."""
    if reference.user.administrator:
        return list(people)
    return list(with_histories(connection, replace(reference, participants=people), people).participants)


def caseworkers(connection: Connection, site_id: int, staff_keys: Collection[int]) -> set[tuple[int, int]]:
    """(program key, staff key) of the open assignments that these caseworkers have in a program."""
    join = "assignments h ON h.site_id = ? AND h.staff_key = v.a AND h.end_date = '' AND h.program_key IS NOT NULL"
    return set(matching(connection, "DISTINCT h.program_key, h.staff_key", join, site_id, staff_keys))


def participant_ids(connection: Connection, keys: Iterable[int]) -> dict[int, str]:
    """Participant key → Participant ID."""
    in_order, found = sorted(keys), dict[int, str]()
    for at in range(0, len(in_order), _KEYS_AT_ONCE):
        some = participants.c.key.in_(in_order[at : at + _KEYS_AT_ONCE])
        found |= {
            row.key: row.participant_id
            for row in connection.execute(select(participants.c.key, participants.c.participant_id).where(some))
        }
    return found


def closed_assignments(connection: Connection, keys: Iterable[int]) -> dict[int, list[Assignment]]:
    """The closed assignments of the participants with these keys, by key."""
    return _assignments(connection, sorted(keys), closed=True)


def reference_lists(connection: Connection, site_id: int, staff_key: int | None = None) -> ReferenceLists:
    """What a user may choose from: active programs, feeder values, and the staff they may give a caseload to.

    An administrator, or a user who may change others' caseloads anywhere, may choose everybody; a user who may change
    their own, themselves (SPEC R10). Without a user the lists are an administrator's.
    """
    user = User(0, administrator=True) if staff_key is None else rights_of(connection, site_id, staff_key)
    others = user.administrator or any(right.others for right in user.access.values())
    own = any(right.own for right in user.access.values())
    return ReferenceLists(
        rules=site_rules(connection, site_id),
        revision=revision(connection, site_id),
        programs=[program for program in _programs(connection, site_id) if program.active],
        staff=[
            person
            for person in _staff(connection, site_id)
            if person.active and person.caseload_access and (others or (own and person.key == staff_key))
        ],
        feeder={
            header: [value for value in values if value.active]
            for header, values in _feeder(connection, site_id).items()
        },
    )


def about_namesakes(connection: Connection, site_id: int, lists: ReferenceLists) -> dict[int, str]:
    """Staff key → what distinguishes a caseworker of these lists from others of the same name (SPEC 5)."""
    names = Counter(accent_key(member.full_name) for member in lists.staff)
    shared = [member for member in lists.staff if names[accent_key(member.full_name)] > 1]
    if not shared:
        return {}
    programs = {program.key: program.name or program.program_id for program in lists.programs}
    of: dict[int, list[str]] = {}
    for program_key, staff_key in sorted(caseworkers(connection, site_id, {member.key for member in shared})):
        if program_key in programs:
            of.setdefault(staff_key, []).append(programs[program_key])
    loads = _caseloads(connection, site_id)
    return {
        member.key: " · ".join(staff_facts(member, of.get(member.key, []), loads.get(member.key, 0)))
        for member in shared
    }


def _programs(connection: Connection, site_id: int) -> list[Program]:
    columns = programs.c
    found = connection.execute(
        select(columns.key, columns.program_id, columns.name, columns.active)
        .where(columns.site_id == site_id)
        .order_by(columns.key)
    )
    return [Program(*row) for row in found]


def _staff(connection: Connection, site_id: int) -> list[Staff]:
    columns = staff.c
    found = connection.execute(
        select(
            columns.key, columns.staff_id, columns.first_name, columns.last_name, columns.active,
            columns.caseload_access, columns.email,
        )
        .where(columns.site_id == site_id)
        .order_by(columns.key)
    )  # fmt: skip
    return [Staff(*row) for row in found]


def _feeder(connection: Connection, site_id: int) -> dict[str, list[FeederValue]]:
    columns = feeder_values.c
    tables: dict[str, list[FeederValue]] = {header: [] for header in FEEDER_TABLES}
    for row in connection.execute(
        select(columns.feeder, columns.key, columns.value, columns.active)
        .where(columns.site_id == site_id)
        .order_by(columns.feeder, columns.position, columns.key)
    ):
        tables[row[0]].append(FeederValue(row[1], row[2], row[3]))
    return tables


def reason_required(connection: Connection, site_id: int) -> bool:
    """Whether an Update must give a Reason for Dismissal: whether the site's list has active ones (SPEC 2)."""
    columns = feeder_values.c
    query = select(columns.key).where(columns.site_id == site_id, columns.feeder == REASON, columns.active).limit(1)
    return connection.execute(query).first() is not None


def rights_of(connection: Connection, site_id: int, staff_key: int) -> User:
    """What a user may do at this moment (SPEC R10). A disabled user may do nothing."""
    columns = access.c
    person = connection.execute(
        select(staff.c.administrator, staff.c.active).where(staff.c.site_id == site_id, staff.c.key == staff_key)
    ).one()
    rights: Iterable[Any] = connection.execute(
        select(columns.program_key, columns.own, columns.others).where(columns.staff_key == staff_key)
    )
    granted = {row[0]: Access(row[1], row[2]) for row in rights}
    return User(staff_key, person.administrator, granted) if person.active else User(staff_key, administrator=False)


def administrators_of(connection: Connection, site_id: int) -> list[int]:
    """The keys of a site's administrators, who may fix anybody's upload."""
    query = select(staff.c.key).where(staff.c.site_id == site_id, staff.c.administrator)
    return list(connection.execute(query).scalars())


def _caseloads(connection: Connection, site_id: int) -> dict[int, int]:
    question = "SELECT staff_key, count(*) FROM assignments WHERE site_id = ? AND end_date = '' GROUP BY staff_key"
    return dict(ask(connection, question, (site_id,)))


PARTICIPANT = "p.key, p.participant_id, p.first_name, p.last_name, p.birth_date, p.case_number, p.ssn_hash"


def participants_of(connection: Connection, site_id: int, user: User, keys: ReferenceKeys) -> list[Participant]:
    """Everybody that the sheet can mean, each once. By anything but the ID it can mean those alone of whom the user may
    know: that there are others shall not even show by what is asked about them."""
    theirs = only_those_known(connection, user)
    people: dict[int, Participant] = {}
    once = _Once()

    def take(rows: Iterable[tuple[Any, ...]]) -> None:
        for key, participant_id, first, last, birth, case, ssn in rows:
            people[key] = Participant(key, participant_id, once[first], once[last], once[birth], case, ssn)

    questions: list[tuple[str, Collection[str]]] = [
        ("id_key = v.a", keys.id_keys),
        (f"ssn_hash = v.a{theirs}", keys.ssn_hashes),
        (f"case_key = v.a{theirs}", keys.case_keys),
    ]
    for condition, values in questions:
        join = f"participants p ON p.site_id = ? AND p.{condition}"
        take(matching(connection, PARTICIPANT, join, site_id, values))
    join = f"participants p ON p.site_id = ? AND p.last_key = v.b AND p.first_key = v.a{theirs}"
    take(matching(connection, PARTICIPANT, join, site_id, keys.name_keys))
    return list(people.values())


class _Once(dict[str, str]):
    """A text → the same text, kept once: dates and names that a thousand records share are most of a Reference."""

    def __missing__(self, text: str) -> str:
        self[text] = text
        return text


def _enrollments(
    connection: Connection, keys: Collection[int], scanned: int | None = None
) -> dict[tuple[int, int], list[Enrollment]]:
    found: dict[tuple[int, int], list[Enrollment]] = {}
    columns = "h.participant_key, h.program_key, h.record_id, h.start_date, h.end_date"
    once = _Once()
    rows = _of_participants(connection, columns, "enrollments", keys, scanned)
    for participant, program, record, start, end in as_light(rows):
        found.setdefault((participant, program), []).append(Enrollment(record, once[start], once[end]))
    for several in found.values():
        if len(several) > 1:
            several.sort(key=lambda enrollment: (enrollment.start_date, enrollment.record_id))
    return found


def _assignments(
    connection: Connection, keys: Collection[int], scanned: int | None = None, *, closed: bool = False
) -> dict[int, list[Assignment]]:
    found: dict[int, list[Assignment]] = {}
    columns = (
        "h.participant_key, h.record_id, COALESCE(h.program_key, 0), h.staff_key, COALESCE(h.relationship_key, 0), "
        "COALESCE(h.status_key, 0), h.start_date, h.end_date, h.version, COALESCE(h.reason_key, 0)"
    )
    which = "h.end_date <> ''" if closed else "h.end_date = ''"
    once = _Once()
    rows = _of_participants(connection, columns, "assignments", keys, scanned, which)
    for person, record, program, worker, relationship, status, start, end, version, reason in as_light(rows):
        found.setdefault(person, []).append(
            Assignment(record, person, program, worker, relationship, status, once[start], once[end], version, reason)
        )
    for several in found.values():
        if len(several) > 1:
            several.sort()
    return found


def _of_participants(
    connection: Connection,
    columns: str,
    table: str,
    keys: Collection[int],
    scanned: int | None,
    only: str = "TRUE",
) -> Generator[tuple[Any, ...]]:
    """The history (`table` as h) of the participants with these keys; the first column is the participant's key.

    `scanned`: the site to read through from end to end, where that beats so many looks into an index.
    """
    if scanned is None:
        yield from matching(connection, columns, f"{table} h ON h.participant_key = v.a AND {only}", None, keys)
        return
    among = set(keys)
    question = f"SELECT {columns} FROM {table} h WHERE h.site_id = ? AND {only}"  # noqa: S608 - our own words
    for row in ask(connection, question, [scanned]):
        if row[0] in among:
            yield row
