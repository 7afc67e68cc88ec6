"""A HUD HMIS CSV export reads as an import."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.records.hmis import read_hmis
from server.records.incoming import ImportRefused

FILES = {
    "Client": "PersonalID,FirstName,MiddleName,LastName,NameSuffix,NameDataQuality,SSN,SSNDataQuality,DOB,"
    "DOBDataQuality,DateDeleted,ExportID\n"
    "C1,Mary,A,Jones,,1,219099999,1,1980-05-06,1,,E1\n"
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
        ("C1", "Mary", "Jones", "1980-05-06", "", "219099999"),
        ("C2", "Bob", "Smith Jr", "", "", ""),
        ("C3", "Ann", "Lee", "", "", ""),
    ]
    assert [tuple(program)[1:] for program in incoming.programs] == [
        ("P1", "Shelter", True), ("P2", "Old Shelter", False),
    ]  # fmt: skip
    assert [tuple(stay)[1:] for stay in incoming.enrollments] == [
        ("C1", "P1", "2023-01-01", ""), ("C2", "P2", "2019-01-01", "2019-12-31"),
    ]  # fmt: skip
    assert [tuple(person)[1:5] for person in incoming.staff] == [("U1", "Sam", "Fox", "sam@agency.example")]


def test_exits_and_users_may_be_missing_but_clients_may_not(tmp_path: Path) -> None:
    few = {name: content for name, content in FILES.items() if name not in ("Exit", "User")}
    assert read_hmis(_export(tmp_path, few), "2026-01-01").staff == []
    (tmp_path / "Client.csv").unlink()
    with pytest.raises(ImportRefused) as refused:
        read_hmis(tmp_path, "2026-01-01")
    assert "Client.csv is missing" in refused.value.problems[0].message
