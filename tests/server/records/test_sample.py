"""The sample agency is believable, keeps the rules, and comes out the same each time."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from server.records.database import reading, writing
from server.records.imports.agency import import_records
from server.records.imports.files import HEADERS, read_directory
from server.records.sample.agency import AgencySize, make_agency, write_directory
from server.records.sample.rows import upload_rows
from server.records.sites import create_site, set_rules
from server.records.ssn import SsnHasher
from server.records.tables import staff
from server.uploads.check import check
from workbook.sheet import sheet_of
from workbook.ssn import ssn_of

TODAY = "2026-03-15"
SIZE = AgencySize(participants=800, staff=30, programs=6, assignments=2000)


def test_the_same_seed_gives_the_same_agency_and_another_seed_another() -> None:
    size = AgencySize(50, 5, 3, 100)
    first, again, other = make_agency(size, 1, TODAY), make_agency(size, 1, TODAY), make_agency(size, 2, TODAY)
    assert first == again
    assert first.participants != other.participants


@pytest.mark.parametrize("size", [AgencySize(0, 1, 0, 0), AgencySize(1, 1, 1, 3), AgencySize(3, 2, 30, 7), SIZE])
def test_an_agency_of_any_size_has_what_was_asked_for_and_keeps_the_rules(size: AgencySize) -> None:
    made = make_agency(size, 7, TODAY)
    assert (len(made.participants), len(made.staff), len(made.programs), len(made.assignments)) == (
        size.participants, size.staff, size.programs, size.assignments,
    )  # fmt: skip
    assert [person.staff_id for person in made.staff if person.administrator] == ["S1"]
    stays = {(stay.participant_id, stay.program_id): stay for stay in made.enrollments}
    for record in made.assignments:
        if record.program_id:
            stay = stays[record.participant_id, record.program_id]
            assert stay.start_date <= record.start_date
            assert not stay.end_date or "" != record.end_date <= stay.end_date
        assert record.start_date < TODAY
        assert not record.end_date or record.start_date <= record.end_date < TODAY
        assert bool(record.reason) == bool(record.end_date)
    open_ones = Counter(
        (record.participant_id, record.program_id, record.staff_id, record.relationship)
        for record in made.assignments
        if not record.end_date
    )
    assert max(open_ones.values(), default=1) == 1
    assert all(person.ssn in ("", ssn_of(person.ssn)) for person in made.participants)
    given = [person.ssn for person in made.participants if person.ssn]
    assert len(set(given)) == len(given)


def test_the_files_hold_exactly_the_agency(tmp_path: Path) -> None:
    made = make_agency(AgencySize(60, 8, 4, 150), 3, TODAY)
    write_directory(made, tmp_path)
    read = read_directory(tmp_path, "MDY")
    assert (read.problems, read.notes) == ([], [])
    for kind in HEADERS:
        assert [tuple(record)[1:] for record in getattr(read, kind)] == [
            tuple(record)[1:] for record in getattr(made, kind)
        ]


@pytest.fixture
def site(database: Engine) -> int:
    with writing(database) as connection:
        site_id = create_site(connection, "Agency")
        import_records(connection, site_id, make_agency(SIZE, 5, TODAY), SsnHasher(b"key"))
        set_rules(connection, site_id, one_primary=True)
    return site_id


def _wrong_rows(database: Engine, site: int, rows: int, mistakes: int) -> tuple[int, set[int], set[str]]:
    with reading(database) as connection:
        header, cells = upload_rows(connection, site, rows, mistakes, 9, TODAY)
        administrator = connection.execute(
            select(staff.c.key).where(staff.c.site_id == site, staff.c.administrator)
        ).scalar_one()
        checked = check(connection, sheet_of(header, cells), site, administrator, TODAY)
        problems = [problem for problem in checked.problems if problem.severity == "error"]
    return len(cells), {problem.row for problem in problems}, {problem.code for problem in problems}


def test_rows_without_mistakes_have_none(database: Engine, site: int) -> None:
    assert _wrong_rows(database, site, 300, 0) == (300, set(), set())


def test_as_many_rows_are_wrong_as_were_asked_for_and_in_many_ways(database: Engine, site: int) -> None:
    count, wrong, codes = _wrong_rows(database, site, 300, 30)
    assert (count, len(wrong)) == (300, 30)
    assert len(codes) >= 9


def test_a_site_gives_no_more_rows_than_it_has_room_for(database: Engine) -> None:
    with writing(database) as connection:
        site_id = create_site(connection, "Tiny")
        import_records(connection, site_id, make_agency(AgencySize(3, 2, 1, 4), 1, TODAY), SsnHasher(b"key"))
    with reading(database) as connection:
        _header, cells = upload_rows(connection, site_id, 100, 5, 1, TODAY)
    assert 0 < len(cells) < 20
