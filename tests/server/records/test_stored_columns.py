"""What is stored of an assignment comes in by every way and goes out again; what a new column lacks is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import select

from server.records.database import reading, writing
from server.records.imports.agency import import_records
from server.records.imports.files import HEADERS, read_directory
from server.records.ssn import SsnHasher
from server.records.tables import assignments
from tests.support.served import KEY, Agency, Api, insert, table, update

OF_THE_RECORD = {"site_id", "record_id", "version", "begun_by", "ended_by"}
"""What is kept of a record besides what people say of it."""
SAID = {"participant_key": "participant_id", "program_key": "program_name", "staff_key": "staff_id"}
"""Column → what `GET /v1/assignments` calls it, where that is not its own name."""
STORED = [column.name for column in assignments.c if column.name not in OF_THE_RECORD]
PERSON = "Q0007"


def stored(agency: Agency, start: str) -> dict[str, Any]:
    """The record that begins on a day, every column of it."""
    with reading(agency.engine) as connection:
        found = connection.execute(select(assignments).where(assignments.c.start_date == start)).mappings().one()
    return dict(found)


def empty(record: dict[str, Any], how: str) -> list[str]:
    return [f"{name} is empty after {how}" for name in STORED if record[name] in (None, "")]


def test_what_is_stored_of_an_assignment_comes_in_by_an_import_and_by_an_upload_and_goes_out(
    call: Callable[[str | None], Api], agency: Agency, tmp_path: Path
) -> None:
    api = call("ADM")
    imported = dict(zip(HEADERS["assignments"], (PERSON, "SH", "S1", "Primary", "Active"), strict=False)) | {
        "Start Date": "2024-01-08", "End Date": "2024-02-09", "Reason for Dismissal": "Moved",
    }  # fmt: skip
    cells = [imported.get(header) or f"some {header}" for header in HEADERS["assignments"]]
    folder = tmp_path / "more"
    folder.mkdir()
    lines = [",".join(HEADERS["assignments"]), ",".join(cells)]
    (folder / "assignments.csv").write_text("\n".join(lines) + "\n", "utf-8")
    with writing(agency.engine) as connection:
        import_records(connection, agency.site_id, read_directory(folder, "MDY"), SsnHasher(KEY))

    enrolls = {"Program Start Date": "2024-01-01"}
    begun = insert(PERSON, "YES", relationship="Primary", start="2024-03-01")
    ended = update(PERSON, "Carla Ruiz", "2024-04-01", {"Program ID": "YES"})
    sheet = table([*begun, enrolls["Program Start Date"]], [*ended, ""])
    sheet["header"] = [*sheet["header"], *enrolls]
    upload = api.wait(api.submit(sheet).json()["id"])
    assert upload["state"] == "complete", api.get(f"/v1/uploads/{upload['id']}/problems").json()

    said = api.get(f"/v1/assignments?open=false&participant={PERSON}").json()["assignments"]
    lacking = empty(stored(agency, "2024-01-08"), "an import") + empty(stored(agency, "2024-03-01"), "an upload")
    for name in STORED:
        key = SAID.get(name, name.removesuffix("_key"))
        lacking += [f"{name} is not given by GET /v1/assignments" for one in said if not one.get(key)]
    assert lacking == []
    assert len(said) == 2
