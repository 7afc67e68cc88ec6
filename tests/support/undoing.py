"""What an upload writes and an undo takes back, through HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from server.records.database import writing
from server.records.imports.agency import import_records
from server.records.imports.files import read_directory
from server.records.ssn import SsnHasher
from tests.support.served import HEADER, KEY, Agency, Api, insert, update

WITH_ENROLLMENT = [*HEADER, "Program Start Date", "Program End Date"]


def enrolling(row: list[Any], start: str = "", end: str = "") -> list[Any]:
    """A row with the two columns of enrollments."""
    return [*row, start, end]


def write(api: Api, *rows: list[Any], key: str = "key-1") -> str:
    """Uploads rows and gives the upload's id once they are written."""
    header = WITH_ENROLLMENT if any(len(row) > len(HEADER) for row in rows) else HEADER
    sent = api.submit({"header": header, "rows": [[*row, *[""] * (len(header) - len(row))] for row in rows]}, key)
    done = api.wait(sent.json()["id"])
    assert done["state"] == "complete", api.get(f"/v1/uploads/{done['id']}/problems").json()["problems"]
    return str(done["id"])


def take_back(api: Api, upload_id: str, preview: bool | None = None) -> dict[str, Any]:
    params = {} if preview is None else {"preview": str(preview).lower()}
    answer = api("POST", f"/v1/uploads/{upload_id}/undo", params=params)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def counts(told: dict[str, Any]) -> list[int]:
    """[assignments removed, reopened, enrollments removed, reopened]."""
    assert told["reversed"] == sum(told["counts"].values())
    order = ("assignments_removed", "assignments_reopened", "enrollments_removed", "enrollments_reopened")
    return [told["counts"][name] for name in order]


def bring_in(agency: Agency, folder: Path, kind: str, *lines: str) -> None:
    """An import of one file."""
    folder.mkdir()
    (folder / f"{kind}.csv").write_text("\n".join(lines) + "\n", "utf-8")
    with writing(agency.engine) as connection:
        import_records(connection, agency.site_id, read_directory(folder, "MDY"), SsnHasher(KEY))


EVERYTHING = (
    insert("P2"),
    update("P1", others={"Caseload Status": "On Hold"}),
    enrolling(insert("Q0001", program="SH", caseworker="Robert Smith"), "2024-04-01"),
    enrolling(update("P2", caseworker="Carla Ruiz", others={"Program ID": "YES", "Caseworker Relationship": "Primary"}),
              "", "2024-07-01"),
)  # fmt: skip
"""A row of every kind: begins an assignment, ends one and states its status, enrolls, ends an enrollment."""
