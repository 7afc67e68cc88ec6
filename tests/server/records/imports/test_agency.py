"""An import brings all of a folder in or nothing of it, and says where and why (SPEC 10)."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text, update

from server.records.database import reading, writing
from server.records.imports.agency import import_records
from server.records.imports.files import read_directory
from server.records.imports.incoming import ImportRefused
from server.records.imports.summary import ImportSummary
from server.records.sites import create_site, list_sites, revision
from server.records.ssn import SsnHasher
from server.records.tables import participants, staff

HASHER = SsnHasher(b"a key for tests")

AGENCY = {
    "participants": "Participant ID,First Name,Last Name,Date of Birth,Case Number,SSN\n"
    "007,José,Smith-Jones,1990-02-03,C-1,823-12-3456\n"
    "ab1,,,,,\nAB1,Mary,Jones,2/3/1985,,\n",
    "programs": "Program ID,Program Name,Active\nP1,Housing First,Yes\nP2,Shelter,No\n",
    "staff": "Staff ID,First Name,Last Name,Email,Active,Caseload Access,Administrator\n"
    "S1,Ann,Lee,ann@agency.example,,,Yes\nS2,Bo,Ray,,No,No,\n",
    "enrollments": "Participant ID,Program ID,Program Start Date,Program End Date\n007,P1,2024-01-01,\n",
    "feeder": "Table,Value,Order,Active\nCaseworker Relationship,Secondary,2,Yes\n"
    "Caseworker Relationship,Primary,1,Yes\nCaseload Status,Active,1,Yes\nReason for Dismissal,Moved,1,Yes\n",
    "access": "Staff ID,Program ID,Own,Others\nS2,P1,Yes,No\n",
    "assignments": "Participant ID,Program ID,Staff ID,Caseworker Relationship,Caseload Status,Start Date,End Date,"
    "Reason for Dismissal\n007,P1,S1,Primary,Active,2024-02-01,,\nAB1,,S1,Primary,Active,2023-01-01,2023-05-01,Moved\n",
}


def _folder(tmp_path: Path, files: dict[str, str]) -> Path:
    folder = tmp_path / "agency"
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for kind, content in files.items():
        (folder / f"{kind}.csv").write_text(content, encoding="utf-8")
    return folder


def _import(database: Engine, folder: Path) -> ImportSummary:
    with writing(database) as connection:
        known = list_sites(connection)
        site_id = known[0].site_id if known else create_site(connection, "Agency")
        return import_records(connection, site_id, read_directory(folder, "MDY"), HASHER)


def _counts(summary: ImportSummary) -> dict[str, tuple[int, int, int]]:
    return {kind: tuple(tally) for kind, tally in summary.counts.items()}  # type: ignore[misc]


def _assignments(database: Engine) -> list[tuple[object, ...]]:
    with reading(database) as connection:
        return [
            tuple(row)
            for row in connection.execute(
                text(
                    "SELECT p.participant_id, g.program_id, s.staff_id, r.value, a.start_date, a.end_date, d.value, "
                    "a.version FROM assignments a JOIN participants p ON p.key = a.participant_key "
                    "LEFT JOIN programs g ON g.key = a.program_key JOIN staff s ON s.key = a.staff_key "
                    "LEFT JOIN feeder_values r ON r.key = a.relationship_key "
                    "LEFT JOIN feeder_values d ON d.key = a.reason_key ORDER BY a.record_id"
                )
            )
        ]


def test_everything_in_the_folder_is_stored(database: Engine, tmp_path: Path) -> None:
    summary = _import(database, _folder(tmp_path, AGENCY))
    assert _counts(summary) == {
        "programs": (2, 0, 0),
        "staff": (2, 0, 0),
        "feeder": (4, 0, 0),
        "participants": (3, 0, 0),
        "access": (1, 0, 0),
        "enrollments": (1, 0, 0),
        "assignments": (2, 0, 0),
    }
    with reading(database) as connection:
        people = [tuple(row)[2:] for row in connection.execute(select(participants).order_by(participants.c.key))]
        workers = [tuple(row)[2:] for row in connection.execute(select(staff).order_by(staff.c.key))]
    assert people == [
        (
            "007", "007", "José", "Smith-Jones", "jose", "smithjones", "1990-02-03", "C-1", "c1",
            HASHER.hash("823123456"),
        ),
        ("ab1", "ab1", "", "", "", "", "", "", "", ""),
        ("AB1", "ab1", "Mary", "Jones", "mary", "jones", "1985-02-03", "", "", ""),
    ]  # fmt: skip
    assert workers == [
        ("S1", "Ann", "Lee", "ann@agency.example", True, True, True),
        ("S2", "Bo", "Ray", "", False, False, False),
    ]
    assert _assignments(database) == [
        ("007", "P1", "S1", "Primary", "2024-02-01", "", None, 1),
        ("AB1", None, "S1", "Primary", "2023-01-01", "2023-05-01", "Moved", 1),
    ]


def test_importing_the_same_again_changes_nothing(database: Engine, tmp_path: Path) -> None:
    folder = _folder(tmp_path, AGENCY)
    _import(database, folder)
    with reading(database) as connection:
        before = revision(connection, 1)
    again = _import(database, folder)
    assert [tally[:2] for tally in again.counts.values()] == [(0, 0)] * 7
    with reading(database) as connection:
        assert revision(connection, 1) == before
    assert len(_assignments(database)) == 2


def test_what_has_changed_is_changed_and_what_a_file_leaves_out_stays(database: Engine, tmp_path: Path) -> None:
    _import(database, _folder(tmp_path, AGENCY))
    changes = {
        "participants": "Last Name,Participant ID\nMiller,007\n",
        "staff": "Staff ID,Active\nS1,No\n",
    }
    assert _counts(_import(database, _folder(tmp_path, changes))) == {"staff": (0, 1, 0), "participants": (0, 1, 0)}
    with reading(database) as connection:
        person = connection.execute(select(participants).where(participants.c.participant_id == "007")).one()
        worker = connection.execute(select(staff).where(staff.c.staff_id == "S1")).one()
    assert (person.first_name, person.last_name, person.last_key, person.birth_date) == (
        "José", "Miller", "miller", "1990-02-03",
    )  # fmt: skip
    assert (worker.active, worker.administrator, worker.last_name) == (False, True, "Lee")


def test_an_end_that_arrives_later_ends_the_open_record(database: Engine, tmp_path: Path) -> None:
    _import(database, _folder(tmp_path, AGENCY))
    ended = AGENCY | {
        "enrollments": AGENCY["enrollments"].replace("2024-01-01,", "2024-01-01,2024-12-31"),
        "assignments": AGENCY["assignments"].replace("2024-02-01,,", "2024-02-01,2024-11-30,moved"),
    }
    summary = _import(database, _folder(tmp_path, ended))
    assert (summary.counts["enrollments"], summary.counts["assignments"]) == ((0, 1, 0), (0, 1, 1))
    assert _assignments(database)[0] == ("007", "P1", "S1", "Primary", "2024-02-01", "2024-11-30", "Moved", 2)


def test_a_record_closed_since_is_neither_reopened_nor_doubled(database: Engine, tmp_path: Path) -> None:
    _import(database, _folder(tmp_path, AGENCY))
    ended = AGENCY | {"assignments": AGENCY["assignments"].replace("2024-02-01,,", "2024-02-01,2024-11-30,Moved")}
    _import(database, _folder(tmp_path, ended))
    summary = _import(database, _folder(tmp_path, AGENCY))
    assert summary.counts["assignments"] == (0, 0, 2)
    assert any("closed records are never changed" in note for note in summary.notes)
    assert [row[5] for row in _assignments(database)] == ["2024-11-30", "2023-05-01"]


def test_two_records_that_differ_only_by_their_end_are_both_kept(database: Engine, tmp_path: Path) -> None:
    twice = AGENCY["assignments"] + "AB1,,S1,Primary,Active,2023-01-01,2023-06-01,Moved\n"
    folder = _folder(tmp_path, AGENCY | {"assignments": twice})
    assert _import(database, folder).counts["assignments"] == (3, 0, 0)
    assert _import(database, folder).counts["assignments"] == (0, 0, 3)


def test_a_feeder_value_that_only_assignments_name_becomes_an_inactive_one(database: Engine, tmp_path: Path) -> None:
    old = AGENCY | {"assignments": AGENCY["assignments"].replace("S1,Primary,Active,2024", "S1,Godparent,Active,2024")}
    summary = _import(database, _folder(tmp_path, old))
    assert [note for note in summary.notes if "Godparent" in note and "inactive" in note]
    with reading(database) as connection:
        found = connection.execute(text("SELECT position, active FROM feeder_values WHERE value = 'Godparent'")).one()
    assert tuple(found) == (3, False)


def test_every_problem_is_told_and_nothing_is_imported(database: Engine, tmp_path: Path) -> None:
    bad = AGENCY | {
        "participants": AGENCY["participants"] + ",No,ID,,,\n008,X,Y,31/02/1990,,\n009,X,Y,1/2/90,,\n007,Other,,,,\n",
        "programs": AGENCY["programs"] + "P3,Maybe,perhaps\n",
        "feeder": AGENCY["feeder"] + "Colour,Blue,1,Yes\n",
        "assignments": AGENCY["assignments"] + "999,P9,S9,Primary,Active,2024-01-01,,\n",
    }
    with pytest.raises(ImportRefused) as refused:
        _import(database, _folder(tmp_path, bad))
    assert [problem[:3] for problem in refused.value.problems] == [
        ("participants.csv", 5, "Participant ID"),
        ("participants.csv", 6, "Date of Birth"),
        ("participants.csv", 7, "Date of Birth"),
        ("participants.csv", 8, "Participant ID"),
        ("programs.csv", 4, "Active"),
        ("feeder.csv", 6, "Table"),
        ("assignments.csv", 4, "Participant ID"),
        ("assignments.csv", 4, "Program ID"),
        ("assignments.csv", 4, "Staff ID"),
    ]
    with reading(database) as connection:
        assert list_sites(connection) == []


def test_no_problem_repeats_an_ssn(database: Engine, tmp_path: Path) -> None:
    secret = "9" * 300
    with pytest.raises(ImportRefused) as refused:
        _import(database, _folder(tmp_path, {"participants": f"Participant ID,SSN\n1,{secret}\n"}))
    assert secret not in str(refused.value.problems)


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffparticipant id;FIRST-NAME;LastName\r\n007;José;Peña\r\n".encode(),
        "Participant ID\tFirst Name\tLast Name\n007\tJosé\tPeña\n".encode("cp1252"),
        "Client ID,First Name,Last Name,Shoe Size\n\n 007 ,José,Peña,44\n".encode(),
    ],
    ids=["semicolons and a byte order mark", "tabs and Windows-1252", "an alias, an unknown column and an empty line"],
)
def test_headers_and_encodings_read_as_people_write_them(database: Engine, tmp_path: Path, content: bytes) -> None:
    folder = _folder(tmp_path, {})
    (folder / "Participants.CSV").write_bytes(content)
    _import(database, folder)
    with reading(database) as connection:
        person = connection.execute(select(participants)).one()
    assert (person.participant_id, person.first_name, person.last_name) == ("007", "José", "Peña")


def test_errors_of_excel_unquoted_commas_and_files_that_are_no_csv_are_told(tmp_path: Path) -> None:
    folder = _folder(tmp_path, {
        "participants": "Participant ID,First Name,SSN\n#N/A,Ann,\n2,=A1,\n3,Smith, Jr.,,x\n4,Bo,#REF!\n  ,Cy,\n",
    })  # fmt: skip
    (folder / "staff.csv").write_bytes(b"\x89PNG\r\n\x1a\n")
    incoming = read_directory(folder, "MDY")
    assert [problem[:3] for problem in incoming.problems] == [
        ("participants.csv", 2, "Participant ID"),
        ("participants.csv", 3, "First Name"),
        ("participants.csv", 4, ""),
        ("participants.csv", 5, "SSN"),
        ("participants.csv", 6, "Participant ID"),
        ("staff.csv", 0, ""),
    ]
    assert "picture" in incoming.problems[-1].message


def test_a_missing_id_column_and_a_folder_without_files_are_told(tmp_path: Path) -> None:
    without = read_directory(_folder(tmp_path, {"staff": "Name,Email\nAnn,a@b.example\n"}), "MDY")
    assert [problem[:3] for problem in without.problems] == [("staff.csv", 1, "Staff ID")]
    with pytest.raises(ImportRefused, match="1 problems"):
        read_directory(_folder(tmp_path, {}), "MDY")


def test_an_ssn_is_nine_digits_that_could_be_issued_and_the_lines_of_all_else_are_told(
    database: Engine, tmp_path: Path
) -> None:
    lines = ["P1,12345678", "P2,123\u201345\u20116780", "P3,refused", "P4,999-99-9999", "P5,", "P6,1.23E+08"]
    summary = _import(database, _folder(tmp_path, {"participants": "Participant ID,SSN\n" + "\n".join(lines) + "\n"}))
    with reading(database) as connection:
        kept = connection.execute(select(participants.c.ssn_hash).order_by(participants.c.key)).scalars().all()
    assert kept == [HASHER.hash("012345678"), HASHER.hash("123456780"), "", "", "", ""]
    assert [(one.column, one.lines) for one in summary.skipped] == [("SSN", [4, 5, 7])]
    assert not [one for one in map(str, summary.skipped) if "refused" in one or "999" in one]


def test_a_word_that_an_earlier_version_stored_as_an_ssn_goes_when_the_file_says_it_again(
    database: Engine, tmp_path: Path
) -> None:
    folder = _folder(tmp_path, {"participants": "Participant ID,SSN\nP1,re-fused\nP2,refused\n"})
    _import(database, folder)
    with writing(database) as connection:  # as ssn_digits had it: hyphens and blanks away, whatever was left
        by_id = {"P1": "refused", "P2": "123456780"}
        for participant_id, stored in by_id.items():
            person = update(participants).where(participants.c.participant_id == participant_id)
            connection.execute(person.values(ssn_hash=HASHER.hash(stored)))
    assert _counts(_import(database, folder)) == {"participants": (0, 1, 1)}
    with reading(database) as connection:
        kept = connection.execute(select(participants.c.ssn_hash).order_by(participants.c.key)).scalars().all()
    assert kept == ["", HASHER.hash("123456780")]


def test_texts_and_identifiers_are_those_of_a_sheet(database: Engine, tmp_path: Path) -> None:
    content = (
        'Participant ID,First Name,Last Name,Case Number\r\n="00123",Jose\u0301,\u200bNu\u0301n\u0303ez,\'000451\r\n'
        '4711.0,Ann,Lee\u200b,="77"\r\n\ufeffP3,Bo ,Ray,\r\n\x1a\r\n\u200b,,,\r\n'
    )
    _import(database, _folder(tmp_path, {"participants": content}))
    columns = participants.c
    with reading(database) as connection:
        people = connection.execute(
            select(columns.participant_id, columns.first_name, columns.last_name, columns.case_number).order_by(
                columns.key
            )
        )
        assert list(map(tuple, people)) == [
            ("00123", "Jos\u00e9", "N\u00fa\u00f1ez", "000451"), ("4711", "Ann", "Lee", "77"), ("P3", "Bo", "Ray", ""),
        ]  # fmt: skip


def test_lines_that_name_one_id_in_two_ways_are_one_participant_or_are_told(tmp_path: Path, database: Engine) -> None:
    same = "Participant ID,First Name\nP1,Ann\nP1\u200b,Ann\n"
    assert _import(database, _folder(tmp_path, {"participants": same})).counts["participants"] == (1, 0, 0)
    with pytest.raises(ImportRefused) as refused:
        _import(database, _folder(tmp_path, {"participants": same + "\ufeffP1,Bea\n"}))
    assert [(problem.line, problem.column) for problem in refused.value.problems] == [(4, "Participant ID")]


def test_a_participant_whom_an_earlier_version_stored_with_unseen_characters_is_not_doubled(
    tmp_path: Path, database: Engine
) -> None:
    folder = _folder(tmp_path, {"participants": "Participant ID,First Name\nP1,Ann\n"})
    _import(database, folder)
    with writing(database) as connection:
        connection.execute(update(participants).values(participant_id="P1\u200b", id_key="p1\u200b"))
    summary = _import(database, folder)
    assert summary.counts["participants"] == (0, 0, 1)
    assert [note for note in summary.notes if "1 stored Participant IDs held characters" in note]
    with reading(database) as connection:
        person = connection.execute(select(participants.c.participant_id, participants.c.id_key)).one()
    assert tuple(person) == ("P1", "p1")


def test_numbers_that_a_spreadsheet_has_rounded_are_named_by_line_and_nobody_is_taken(
    tmp_path: Path, database: Engine
) -> None:
    bad = "Participant ID,Case Number\n1.23457E+11,\n2,1E+15\n1E5,\n"
    with pytest.raises(ImportRefused) as refused:
        _import(database, _folder(tmp_path, {"participants": bad}))
    assert [problem[:3] for problem in refused.value.problems] == [
        ("participants.csv", 2, "Participant ID"), ("participants.csv", 3, "Case Number"),
    ]  # fmt: skip
    assert all("lost from the file" in problem.message for problem in refused.value.problems)


def test_what_a_site_still_lacks_is_said_with_the_way_to_add_it(tmp_path: Path, database: Engine) -> None:
    people = {"participants": AGENCY["participants"], "staff": "Staff ID\nS9\n"}
    missing = _import(database, _folder(tmp_path, people)).missing
    ways = ("--administrator", "feeder.csv", "programs.csv")
    assert [next(way for way in ways if way in one) for one in missing] == [*ways]
    assert _import(database, _folder(tmp_path, AGENCY)).missing == []
