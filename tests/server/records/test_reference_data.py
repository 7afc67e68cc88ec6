"""A Reference holds what a sheet can touch, however the sheet names it, and nothing of another site."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from server.judge.reference import Access, Assignment, Enrollment, Reference, ReferenceKeys
from server.records import matching, reference_data
from server.records.database import reading, writing
from server.records.imports.agency import import_records
from server.records.imports.incoming import (
    Incoming,
    IncomingAccess,
    IncomingAssignment,
    IncomingEnrollment,
    IncomingFeeder,
    IncomingParticipant,
    IncomingProgram,
    IncomingStaff,
)
from server.records.reference_data import caseworkers, closed_assignments, load_reference, reference_lists
from server.records.sites import create_site, find_site
from server.records.ssn import SsnHasher

HASHER = SsnHasher(b"key")
NOTHING = ReferenceKeys(frozenset(), frozenset(), frozenset(), frozenset())


def _agency() -> Incoming:
    return Incoming(
        participants=[
            IncomingParticipant(1, "001", "José", "O'Brien", "1990-01-01", "C 1", "823010001"),
            IncomingParticipant(2, "ab", "Mary", "Jones", "", "", ""),
            IncomingParticipant(3, "AB", "Mary", "Jones", "", "C-3", ""),
            IncomingParticipant(4, "004", "Li", "Wei", "", "", ""),
        ],
        programs=[IncomingProgram(1, "P1", "Shelter", True), IncomingProgram(2, "P2", "Closed", False)],
        staff=[
            IncomingStaff(1, "S1", "Ann", "Lee", "", True, True, True),
            IncomingStaff(2, "S2", "Bo", "Ray", "", True, True, False),
            IncomingStaff(3, "S3", "Cy", "Fox", "", True, False, False),
            IncomingStaff(4, "S4", "Di", "Ng", "", False, True, False),
        ],
        feeder=[
            IncomingFeeder(1, "Caseworker Relationship", "Secondary", 2, True),
            IncomingFeeder(2, "Caseworker Relationship", "Primary", 1, True),
            IncomingFeeder(3, "Caseload Status", "Old", 1, False),
        ],
        access=[IncomingAccess(1, "S2", "P1", True, False), IncomingAccess(2, "S3", "P1", True, True)],
        enrollments=[
            IncomingEnrollment(1, "001", "P1", "2024-06-01", ""),
            IncomingEnrollment(2, "001", "P1", "2020-01-01", "2020-12-31"),
        ],
        assignments=[
            IncomingAssignment(1, "001", "P1", "S1", "Primary", "Old", "2024-07-01", "", ""),
            IncomingAssignment(2, "001", "", "S2", "", "", "2023-01-01", "2023-02-01", ""),
            IncomingAssignment(3, "004", "", "S1", "", "", "", "", ""),
        ],
    )


@pytest.fixture
def site(database: Engine) -> int:
    with writing(database) as connection:
        other = create_site(connection, "Another agency")
        import_records(connection, other, _agency(), HASHER)
        site_id = create_site(connection, "Agency")
        import_records(connection, site_id, _agency(), HASHER)
    return site_id


def _load(database: Engine, site: int, wanted: ReferenceKeys, staff_id: str = "S1") -> Reference:
    with reading(database) as connection:
        keys = {person.staff_id: person.key for person in reference_data._staff(connection, site)}
        return load_reference(connection, site, keys[staff_id], wanted, "2026-01-01")


def _ids(reference: Reference) -> list[str]:
    return sorted(person.participant_id for person in reference.participants)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (NOTHING, []),
        (NOTHING._replace(id_keys=frozenset({"001", "nobody"})), ["001"]),
        (NOTHING._replace(id_keys=frozenset({"ab"})), ["AB", "ab"]),
        (NOTHING._replace(ssn_hashes=frozenset({HASHER.hash("823010001")})), ["001"]),
        (NOTHING._replace(case_keys=frozenset({"c3"})), ["AB"]),
        (NOTHING._replace(name_keys=frozenset({("jose", "obrien"), ("li", "jones")})), ["001"]),
        (NOTHING._replace(id_keys=frozenset({"ab"}), name_keys=frozenset({("mary", "jones")})), ["AB", "ab"]),
        (NOTHING._replace(id_keys=frozenset({"00\x001", "\ud800", "004"})), ["004"]),
        (NOTHING._replace(id_keys=frozenset({'"', "'); --", "004"})), ["004"]),
    ],
)
def test_participants_are_found_by_every_key_and_once(
    database: Engine, site: int, wanted: ReferenceKeys, found: list[str]
) -> None:
    assert _ids(_load(database, site, wanted)) == found


def test_the_whole_of_a_small_site_comes_with_the_people(database: Engine, site: int) -> None:
    reference = _load(database, site, NOTHING._replace(id_keys=frozenset({"001"})))
    person = reference.participants[0]
    assert (person.first_name, person.last_name, person.birth_date, person.case_number, person.ssn_hash) == (
        "José", "O'Brien", "1990-01-01", "C 1", HASHER.hash("823010001"),
    )  # fmt: skip
    programs = {program.program_id: program for program in reference.programs}
    staff = {worker.staff_id: worker for worker in reference.staff}
    feeder = {value.value: value.key for values in reference.feeder.values() for value in values}
    assert [(value.value, value.active) for value in reference.feeder["Caseworker Relationship"]] == [
        ("Primary", True), ("Secondary", True),
    ]  # fmt: skip
    assert reference.feeder["Reason for Dismissal"] == []
    assert (programs["P2"].active, staff["S3"].caseload_access, staff["S4"].active) == (False, False, False)
    # Record numbers are the site's own, so they begin at 1 although another site came first.
    assert reference.enrollments == {
        (person.key, programs["P1"].key): [Enrollment(2, "2020-01-01", "2020-12-31"), Enrollment(1, "2024-06-01", "")]
    }
    assert reference.assignments == {
        person.key: [
            Assignment(
                3, person.key, programs["P1"].key, staff["S1"].key, feeder["Primary"], feeder["Old"],
                "2024-07-01", "", 1,
            )
        ]
    }  # fmt: skip
    assert reference.caseloads == {staff["S1"].key: 2}
    assert (reference.user.administrator, reference.rules.name) == (True, "Agency")


def test_closed_assignments_come_along_for_few_people_and_when_they_are_asked_for(
    database: Engine, site: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = _load(database, site, NOTHING._replace(id_keys=frozenset({"001"})))
    assert [[one.record_id for one in several] for several in (reference.closed or {}).values()] == [[4]]
    monkeypatch.setattr(reference_data, "_FEW", 0)
    reference = _load(database, site, NOTHING._replace(id_keys=frozenset({"001"})))
    assert reference.closed is None
    person = reference.participants[0]
    with reading(database) as connection:
        closed = closed_assignments(connection, [person.key])
    assert [[one.record_id for one in several] for several in closed.values()] == [[4]]
    assert [[one.record_id for one in several] for several in reference.assignments.values()] == [[3]]


def test_who_works_in_which_program_is_told_by_open_assignments_of_the_site(database: Engine, site: int) -> None:
    with reading(database) as connection:
        staff = {person.staff_id: person.key for person in reference_data._staff(connection, site)}
        programs = {program.program_id: program.key for program in reference_data._programs(connection, site)}
        assert caseworkers(connection, site, staff.values()) == {(programs["P1"], staff["S1"])}
        assert caseworkers(connection, site, [staff["S2"]]) == caseworkers(connection, site, []) == set()
        assert caseworkers(connection, site + 100, staff.values()) == set()


def test_a_sheet_about_everybody_and_one_about_few_give_the_same(
    database: Engine, site: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = NOTHING._replace(id_keys=frozenset({"001", "004"}))
    answers = []
    for scan_when in (0, 1000):
        monkeypatch.setattr(reference_data, "_SCAN_WHEN", scan_when)
        monkeypatch.setattr(matching, "_AT_A_TIME", 1)
        reference = _load(database, site, wanted)
        answers.append((reference.enrollments, reference.assignments, _ids(reference)))
    assert answers[0] == answers[1]
    assert answers[0][2] == ["001", "004"]


def test_a_user_s_rights_are_theirs(database: Engine, site: int) -> None:
    user = _load(database, site, NOTHING, "S2").user
    assert (user.administrator, list(user.access.values())) == (False, [Access(True, False)])


@pytest.mark.parametrize(
    ("staff_id", "offered"), [("S1", ["S1", "S2"]), ("S2", ["S2"]), ("S3", ["S1", "S2"]), ("S4", [])]
)
def test_the_lists_offer_only_what_the_user_may_choose(
    database: Engine, site: int, staff_id: str, offered: list[str]
) -> None:
    with reading(database) as connection:
        site_id = find_site(connection, "Agency").site_id
        keys = {person.staff_id: person.key for person in reference_data._staff(connection, site_id)}
        lists = reference_lists(connection, site_id, keys[staff_id])
    assert [person.staff_id for person in lists.staff] == offered
    assert [program.program_id for program in lists.programs] == ["P1"]
    assert [value.value for value in lists.feeder["Caseworker Relationship"]] == ["Primary", "Secondary"]
    assert lists.feeder["Caseload Status"] == []
