"""A Participant ID that Excel has shortened is looked for among those of whom the user may know (SPEC 3, R10)."""

from __future__ import annotations

from pathlib import Path

from server.records.database import writing
from server.records.imports.agency import import_records
from server.records.imports.files import read_directory
from server.records.ssn import SsnHasher
from tests.support.served import KEY, Agency, Call, insert, table

IDS = [f"1234570000{number:02d}" for number in range(60)]
"""More than are offered, all of which Excel shows in one way."""
KNOWN = IDS[7]
"""Enrolled where S1 may change a caseload."""


def test_how_many_unknown_people_a_shortened_id_may_mean_changes_no_answer(
    agency: Agency, call: Call, tmp_path: Path
) -> None:
    (tmp_path / "participants.csv").write_text("\n".join(["Participant ID", *IDS]))
    (tmp_path / "enrollments.csv").write_text(f"Participant ID,Program ID,Program Start Date\n{KNOWN},YES,2024-01-01")
    with writing(agency.engine) as connection:
        import_records(connection, agency.site_id, read_directory(tmp_path, "MDY"), SsnHasher(KEY))
    sheet = table(insert("1.23457E+11", caseworker="Robert Smith"))

    def offered(staff_id: str) -> list[str]:
        [fix] = call(staff_id).validate(sheet).json()["fixes"]
        return [one["value"] for one in fix["suggestions"] if one["value"] in IDS]

    assert offered("S1") == [KNOWN]
    assert offered("ADM") == [], "too many to choose from"
