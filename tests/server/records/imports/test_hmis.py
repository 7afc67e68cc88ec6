"""A HUD HMIS CSV export reads as an import."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.records.imports.hmis import read_hmis
from server.records.imports.incoming import ImportRefused

FILES = {
    "Client": "PersonalID,FirstName,MiddleName,LastName,NameSuffix,NameDataQuality,SSN,SSNDataQuality,DOB,"
    "DOBDataQuality,DateDeleted,ExportID\n"
    "C1,Mary,A,Jones,,1,123456780,1,1980-05-06,1,,E1\n"
    "C2,Bob,,Smith,Jr,1,999999999,99,1900-01-01,99,,E1\n"
    "C3,Ann,,Lee,,1,xxxxx1234,2,1970-01-01,2,,E1\n"
    "C4,Gone,,Person,,1,,99,,99,2024-01-01 10:00:00,E1\n",
    "Project": "ProjectID,OrganizationID,ProjectName,OperatingStartDate,OperatingEndDate,DateDeleted\n"
    "P1,O1,Shelter,2010-01-01,,\nP2,O1,Old Shelter,2010-01-01,2020-01-01,\nP3,O1,Deleted,2010-01-01,,2021-01-01\n",
    "Enrollment": "EnrollmentID,PersonalID,ProjectID,EntryDate,DateDeleted\n"
    "E1,C1,P1,2023-01-01,\nE2,C2,P2,2019-01-01,\nE3,C1,P1,2018-01-01,2020-02-02\nE4,C4,P1,2023-01-01,\n",
    "Exit": "ExitID,EnrollmentID,PersonalID,ExitDate,DateDeleted\n"
    "X1,E2,C2,2019-12-31,\nX2,E1,C1,2023-05-05,2023-06-06\n",
    "User": "UserID,UserFirstName,UserLastName,UserPhone,UserExtension,UserEmail,DateDeleted\n"
    "U1,Sam,Fox,,,sam@agency.example,\n",
}


def _export(folder: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        (folder / f"{name}.csv").write_text(content, encoding="utf-8")
    return folder


def test_clients_projects_enrollments_exits_and_users_are_read(tmp_path: Path) -> None:
    incoming = read_hmis(_export(tmp_path, FILES), "2026-01-01")
    assert incoming.problems == []
    assert [tuple(person)[1:] for person in incoming.participants] == [
        ("C1", "Mary", "Jones", "1980-05-06", "", "123456780"),
        ("C2", "Bob", "Smith Jr", "", "", ""),
        ("C3", "Ann", "Lee", "", "", ""),
    ]
    assert [tuple(program)[1:] for program in incoming.programs] == [
        ("P1", "Shelter", True), ("P2", "Old Shelter", False),
    ]  # fmt: skip
    assert [tuple(stay)[1:] for stay in incoming.enrollments] == [
        ("C1", "P1", "2023-01-01", "", "E1"), ("C2", "P2", "2019-01-01", "2019-12-31", "E2"),
    ]  # fmt: skip
    assert [(one.kind, one.column, one.why.split(",")[0], one.lines) for one in incoming.skipped] == [
        ("participants", "DOB", "known approximately or not at all", [3, 4]),
        ("participants", "SSN", "known in part or not at all", [3, 4]),
        ("participants", "", "deleted at the source", [5]),
        ("programs", "", "deleted at the source", [4]),
        ("exits", "", "deleted at the source", [3]),
        ("enrollments", "", "deleted at the source", [4]),
        ("enrollments", "", "of a client or project that was deleted at the source", [5]),
    ]
    assert [tuple(person)[1:5] for person in incoming.staff] == [("U1", "Sam", "Fox", "sam@agency.example")]


def test_exits_and_users_may_be_missing_but_clients_may_not(tmp_path: Path) -> None:
    few = {name: content for name, content in FILES.items() if name not in ("Exit", "User")}
    assert read_hmis(_export(tmp_path, few), "2026-01-01").staff == []
    (tmp_path / "Client.csv").unlink()
    with pytest.raises(ImportRefused) as refused:
        read_hmis(tmp_path, "2026-01-01")
    assert "Client.csv is missing" in refused.value.problems[0].message


RACE_2022 = (
    "AmIndAKNative,Asian,BlackAfAmerican,NativeHIPacific,White,RaceNone,Ethnicity,Female,Male,NoSingleGender,"
    "Transgender,Questioning,GenderNone"
)
RACE_2024 = (
    "AmIndAKNative,Asian,BlackAfAmerican,HispanicLatinaeo,MidEastNAfrican,NativeHIPacific,White,RaceNone,"
    "AdditionalRaceEthnicity,Woman,Man,NonBinary,CulturallySpecific,Transgender,Questioning,DifferentIdentity,"
    "GenderNone,DifferentIdentityText"
)
RACE_2026 = (
    "Sex,AmIndAKNative,Asian,BlackAfAmerican,HispanicLatinaeo,MidEastNAfrican,NativeHIPacific,White,RaceNone,"
    "AdditionalRaceEthnicity"
)
SERVICE = (
    "VeteranStatus,YearEnteredService,YearSeparated,WorldWarII,KoreanWar,VietnamWar,DesertStorm,AfghanistanOEF,"
    "IraqOIF,IraqOND,OtherTheater,MilitaryBranch,DischargeStatus,DateCreated,DateUpdated,UserID,DateDeleted,ExportID"
)


@pytest.mark.parametrize("columns", [RACE_2022, RACE_2024, RACE_2026], ids=["FY2022", "FY2024", "FY2026"])
def test_the_clients_of_every_format_since_2022_are_read(tmp_path: Path, columns: str) -> None:
    person = "PersonalID,FirstName,MiddleName,LastName,NameSuffix,NameDataQuality,SSN,SSNDataQuality,DOB,DOBDataQuality"
    header = f"{person},{columns},{SERVICE}"
    places = header.split(",")
    said = {"PersonalID": "7", "FirstName": "Mary", "LastName": "Jones", "SSN": "123456780", "DOB": "1980-05-06",
            "SSNDataQuality": "1", "DOBDataQuality": "1", "DateUpdated": "2026-01-01 10:00:00"}  # fmt: skip
    client = ",".join(said.get(name, "") for name in places)
    incoming = read_hmis(_export(tmp_path, FILES | {"Client": f"{header}\n{client}\n"}), "2026-01-01")
    assert incoming.problems == []
    assert [tuple(one)[1:] for one in incoming.participants] == [("7", "Mary", "Jones", "1980-05-06", "", "123456780")]


@pytest.mark.parametrize("status", ["2", "3", "4"])
def test_an_export_with_hashed_names_is_refused_with_what_to_do(tmp_path: Path, status: str) -> None:
    folder = _export(tmp_path, FILES | {"Export": f"ExportID,CSVVersion,HashStatus\nE1,FY2026,{status}\n"})
    with pytest.raises(ImportRefused) as refused:
        read_hmis(folder, "2026-01-01")
    [problem] = refused.value.problems
    assert (problem.file, problem.line, "without hashing" in problem.message) == ("Export.csv", 2, True)


def test_hashed_names_are_noticed_where_nothing_says_so(tmp_path: Path) -> None:
    digest = "9ff18ebe7449349f358e3af0b57cf7a032c1c6b2272cb2656ff85eb112232f16"
    clients = f"PersonalID,FirstName,LastName\nC1,{digest},{digest}\nC2,,{digest}\nC3,,\n"
    with pytest.raises(ImportRefused, match="1 problems"):
        read_hmis(_export(tmp_path, FILES | {"Client": clients}), "2026-01-01")


def test_of_a_line_that_is_there_several_times_the_newest_counts_and_the_others_are_told(tmp_path: Path) -> None:
    clients = (
        "PersonalID,FirstName,LastName,DateUpdated,DateDeleted\nC1,New,Name,2026-02-01 00:00:00,\n"
        "C1,Old,Name,2025-01-01 00:00:00,\nC2,Ann,Lee,2025-01-01 00:00:00,\nC2,Ann,Lee,2026-01-01 00:00:00,2026-01-01\n"
    )
    incoming = read_hmis(_export(tmp_path, FILES | {"Client": clients}), "2026-01-01")
    assert [person[1:3] for person in incoming.participants] == [("C1", "New")]
    assert [(one.why, one.lines) for one in incoming.skipped if one.kind == "participants"] == [
        ("a newer line of the file is of the same", [3, 4]), ("deleted at the source", [5]),
    ]  # fmt: skip


def test_a_birth_date_that_is_none_is_left_out_and_the_client_is_taken(tmp_path: Path) -> None:
    clients = "PersonalID,FirstName,LastName,DOB,DOBDataQuality\nC1,Mary,Jones,1980-02-31,1\nC2,Bob,Smith,,99\n"
    incoming = read_hmis(_export(tmp_path, FILES | {"Client": clients}), "2026-01-01")
    assert (incoming.problems, [person.birth_date for person in incoming.participants]) == ([], ["", ""])
    assert [(one.column, one.lines) for one in incoming.skipped if one.kind == "participants"] == [("DOB", [2])]
