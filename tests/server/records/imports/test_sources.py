"""What an HMIS export corrects or has deleted since it was last imported is corrected or goes, and nothing doubles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, text, update

from server.records.database import reading, writing
from server.records.imports.agency import import_records
from server.records.imports.hmis import read_hmis
from server.records.imports.summary import ImportSummary
from server.records.sites import create_site, list_sites
from server.records.ssn import SsnHasher
from server.records.tables import assignments, enrollments, participants, reopened, staff

HASHER = SsnHasher(b"a key for tests")
Export = dict[str, list[str]]
HEADERS = {
    "Client": "PersonalID,FirstName,LastName,DateDeleted",
    "Project": "ProjectID,ProjectName,OperatingEndDate,DateDeleted",
    "Enrollment": "EnrollmentID,PersonalID,ProjectID,EntryDate,DateDeleted",
    "Exit": "ExitID,EnrollmentID,ExitDate,DateDeleted",
}
FIRST: Export = {
    "Client": ["C1,Mary,Jones,", "C2,Bob,Smith,"],
    "Project": ["P1,Shelter,,", "P2,Outreach,,"],
    "Enrollment": ["E1,C1,P1,2023-01-01,", "E2,C2,P2,2024-02-02,"],
    "Exit": ["X2,E2,2024-05-05,"],
}
STORED = [("C1", "P1", "2023-01-01", ""), ("C2", "P2", "2024-02-02", "2024-05-05")]


@pytest.fixture
def imported(database: Engine, tmp_path: Path) -> Engine:
    """A site into which FIRST was imported."""
    with writing(database) as connection:
        create_site(connection, "Agency")
    bring(database, tmp_path)
    assert kept(database) == STORED
    return database


def bring(database: Engine, folder: Path, **files: list[str]) -> ImportSummary:
    """Imports FIRST with other lines in these files."""
    for name, header in HEADERS.items():
        lines = [header, *files.get(name, FIRST[name])]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with writing(database) as connection:
        [site] = list_sites(connection)
        return import_records(connection, site.site_id, read_hmis(folder, "2026-01-01"), HASHER)


def kept(database: Engine) -> list[tuple[Any, ...]]:
    query = (
        "SELECT p.participant_id, g.program_id, e.start_date, e.end_date FROM enrollments e "
        "JOIN participants p ON p.key = e.participant_key JOIN programs g ON g.key = e.program_key ORDER BY 1, 3, 4"
    )
    with reading(database) as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def assign(database: Engine, start: str = "2023-06-01") -> None:
    """Gives C1 a caseworker in P1, as an upload does."""
    with writing(database) as connection:
        key = connection.execute(
            insert(staff)
            .values(site_id=1, staff_id="S1", active=True, caseload_access=True, administrator=False)
            .returning(staff.c.key)
        ).scalar_one()
        stay = connection.execute(select(enrollments).where(enrollments.c.start_date == "2023-01-01")).one()
        connection.execute(
            insert(assignments).values(
                site_id=1, record_id=900, participant_key=stay.participant_key, program_key=stay.program_key,
                staff_key=key, start_date=start,
            )
        )  # fmt: skip


@pytest.mark.parametrize(
    ("files", "stored"),
    [
        ({}, STORED),
        ({"Enrollment": ["E1,C1,P1,2023-03-03,", "E2,C2,P2,2024-02-02,"]}, [("C1", "P1", "2023-03-03", ""), STORED[1]]),
        ({"Exit": ["X2,E2,2024-06-06,"]}, [STORED[0], ("C2", "P2", "2024-02-02", "2024-06-06")]),
        ({"Exit": ["X2,E2,2024-05-05,2024-07-07"]}, [STORED[0], ("C2", "P2", "2024-02-02", "")]),
        ({"Enrollment": ["E1,C2,P1,2023-01-01,", FIRST["Enrollment"][1]]}, [("C2", "P1", "2023-01-01", ""), STORED[1]]),
        ({"Enrollment": ["E1,C1,P1,2023-01-01,2025-01-01", FIRST["Enrollment"][1]]}, STORED[1:]),
        ({"Enrollment": FIRST["Enrollment"][:1]}, STORED),
        ({"Client": ["C1,Mary,Jones,", "C2,Bob,Smith,2025-01-01"]}, STORED[:1]),
        ({"Project": ["P1,Shelter,,", "P2,Outreach,,2025-01-01"]}, STORED[:1]),
    ],
    ids=[
        "nothing", "another entry date", "another exit date", "an exit withdrawn", "another client", "deleted",
        "no longer in the file", "client deleted", "project deleted",
    ],
)  # fmt: skip
def test_what_the_source_has_changed_is_changed_once(
    imported: Engine, tmp_path: Path, files: dict[str, list[str]], stored: list[tuple[str, ...]]
) -> None:
    summary = bring(imported, tmp_path, **files)
    assert kept(imported) == sorted(stored)
    assert summary.changed == (stored != STORED)
    assert not bring(imported, tmp_path, **files).changed, "importing again changes nothing"
    assert kept(imported) == sorted(stored)


def test_an_enrollment_that_the_source_opens_again_counts_as_reopened(imported: Engine, tmp_path: Path) -> None:
    """So that an undo of an earlier upload opens none beside it."""
    bring(imported, tmp_path, Exit=["X2,E2,2024-06-06,"])
    with reading(imported) as connection:
        assert connection.execute(select(reopened.c.record_id)).all() == []
    bring(imported, tmp_path, Exit=["X2,E2,2024-06-06,2024-07-07"])
    with reading(imported) as connection:
        query = select(enrollments.c.start_date).join(reopened, reopened.c.record_id == enrollments.c.record_id)
        assert connection.execute(query).scalars().all() == ["2024-02-02"]


def test_what_is_deleted_and_comes_back_is_new(imported: Engine, tmp_path: Path) -> None:
    gone = bring(imported, tmp_path, Client=["C1,Mary,Jones,2025-01-01", "C2,Bob,Smith,"])
    assert gone.removed == {"enrollments": 1, "participants": 1}
    with reading(imported) as connection:
        assert list(connection.execute(select(participants.c.participant_id)).scalars()) == ["C2"]
    bring(imported, tmp_path)
    assert kept(imported) == STORED


def test_what_assignments_rest_on_stays_and_is_told(imported: Engine, tmp_path: Path) -> None:
    assign(imported)
    for files, told in (
        ({"Enrollment": ["E1,C1,P1,2023-01-01,2025-01-01", FIRST["Enrollment"][1]]}, "Enrollment.csv: 1 line deleted"),
        ({"Enrollment": ["E1,C2,P1,2023-01-01,", FIRST["Enrollment"][1]]}, "Enrollment.csv: 1 line changed"),
        ({"Client": ["C1,Mary,Jones,2025-01-01", "C2,Bob,Smith,"]}, "Client.csv: 1 line deleted"),
        ({"Project": ["P1,Shelter,,2025-01-01", "P2,Outreach,,"]}, "Enrollment.csv: 1 line deleted"),
    ):
        summary = bring(imported, tmp_path, **files)
        assert [note for note in summary.notes if note.startswith(told) and "so that stays (line 2)" in note]
        assert (kept(imported), summary.removed) == (STORED, {})


def test_what_an_upload_has_changed_stays_until_the_source_changes_it_too_which_is_told(
    imported: Engine, tmp_path: Path
) -> None:
    ended = ("C1", "P1", "2023-01-01", "2025-03-03")
    with writing(imported) as connection:
        connection.execute(update(enrollments).where(enrollments.c.end_date == "").values(end_date="2025-03-03"))
    assert not bring(imported, tmp_path).changed
    assert kept(imported) == [ended, STORED[1]]
    summary = bring(imported, tmp_path, Exit=[*FIRST["Exit"], "X1,E1,2025-04-04,"])
    assert [note for note in summary.notes if "changed here as well as at the source" in note]
    assert kept(imported) == [ended, STORED[1]]


def test_an_earlier_version_s_enrollments_are_known_by_what_they_say_and_remembered(
    imported: Engine, tmp_path: Path
) -> None:
    with writing(imported) as connection:
        connection.execute(text("DELETE FROM enrollment_sources"))
    deleted = ["E1,C1,P1,2023-01-01,2025-01-01", FIRST["Enrollment"][1]]
    assert bring(imported, tmp_path, Enrollment=deleted).removed == {"enrollments": 1}
    bring(imported, tmp_path, Enrollment=["E2,C2,P2,2024-03-03,"])
    assert kept(imported) == [("C2", "P2", "2024-03-03", "2024-05-05")]


def test_two_enrollments_that_say_the_same_are_one_and_stay_one(imported: Engine, tmp_path: Path) -> None:
    lines = [*FIRST["Enrollment"], "E3,C2,P2,2024-08-08,", "E4,C2,P2,2024-08-08,"]
    for _ in range(2):
        bring(imported, tmp_path, Enrollment=lines)
        assert kept(imported) == [*STORED, ("C2", "P2", "2024-08-08", "")]
