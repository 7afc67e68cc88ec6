"""What is stored of an assignment comes in by every way, goes out, and is compared; what a new column lacks is named.

A column that is no text needs a word of its own in `said`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from server.records.database import reading, writing
from server.records.imports.agency import import_records
from server.records.imports.files import HEADERS, read_directory
from server.records.ssn import SsnHasher
from server.records.tables import assignments
from tests.support.served import HEADER, KEY, Agency, Api, insert, table, update
from workbook.columns import PROGRAM_ID, PROGRAM_NAME, STAFF_ID, STATUS, canonical_header
from workbook.report import SURE

OF_THE_RECORD = {"site_id", "record_id", "version", "begun_by", "ended_by"}
"""What is kept of a record besides what people say of it."""
SAID = {"participant_key": "participant_id", "program_key": "program_name", "staff_key": "staff_id"}
"""Column → what `GET /v1/assignments` calls it, where that is not its own name."""
STORED = [column.name for column in assignments.c if column.name not in OF_THE_RECORD]
PERSON = "Q0007"
OF_THE_SHEET = {canonical_header(header) or "" for header in HEADERS["assignments"]}
FURTHER = sorted(OF_THE_SHEET.difference(HEADER, {STAFF_ID, PROGRAM_ID, PROGRAM_NAME}))
"""What is stored, and is in none of the rows that other tests upload."""
NEVER_CHANGED = {"participant_key", "program_key", "staff_key", "relationship_key", "start_date"}
BEGUN = insert(PERSON, "YES", relationship="Primary", start="2024-03-01")
ENDED = update(PERSON, "Carla Ruiz", "2024-04-01", {"Program ID": "YES"})


def same(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {name for name in STORED if before[name] == after[name]}


def bring_in(agency: Agency, folder: Path, how: str, status: str, end: str) -> None:
    """An import of one assignment; with `how` also of every further column."""
    known = dict(zip(HEADERS["assignments"], (PERSON, "SH", "S1", "Primary", status), strict=False)) | {
        "Start Date": "2024-01-08", "End Date": end, "Reason for Dismissal": "Moved" if end else "",
    }  # fmt: skip
    cells = [known.get(header, f"{how} {header}" if how else "") for header in HEADERS["assignments"]]
    folder.mkdir()
    lines = [",".join(HEADERS["assignments"]), ",".join(cells)]
    (folder / "assignments.csv").write_text("\n".join(lines) + "\n", "utf-8")
    with writing(agency.engine) as connection:
        import_records(connection, agency.site_id, read_directory(folder, "MDY"), SsnHasher(KEY))


def said(row: list[Any], how: str = "some") -> list[Any]:
    """The row with a cell for every further column."""
    return [*row, *(f"{how} {header}" for header in FURTHER)]


def sheet(*rows: list[Any], **members: Any) -> dict[str, Any]:
    """These rows, and the column that enrolls their person."""
    return table(*([*row, ""] for row in rows), **members) | {"header": [*HEADER, *FURTHER, "Program Start Date"]}


def enrolled(row: list[Any]) -> dict[str, Any]:
    whole = sheet(row)
    whole["rows"][0][-1] = "2024-01-01"
    return whole


def write(api: Api, whole: dict[str, Any], key: str = "key-1") -> str:
    upload = api.wait(api.submit(whole, key).json()["id"])
    assert upload["state"] == "complete", api.get(f"/v1/uploads/{upload['id']}/problems").json()
    return str(upload["id"])


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
    bring_in(agency, tmp_path / "more", "some", "Active", "2024-02-09")

    write(api, enrolled(said(BEGUN)))
    write(api, sheet(said(ENDED)), "key-2")

    given = api.get(f"/v1/assignments?open=false&participant={PERSON}").json()["assignments"]
    lacking = empty(stored(agency, "2024-01-08"), "an import") + empty(stored(agency, "2024-03-01"), "an upload")
    for name in STORED:
        key = SAID.get(name, name.removesuffix("_key"))
        lacking += [f"{name} is not given by GET /v1/assignments" for one in given if not one.get(key)]
    assert lacking == []
    assert len(given) == 2


def test_an_import_that_says_something_else_changes_what_is_open_and_what_it_ends(
    agency: Agency, tmp_path: Path
) -> None:
    records = []
    for how, status, end in (("some", "Active", ""), ("another", "On Hold", ""), ("a third", "Active", "2024-02-09")):
        bring_in(agency, tmp_path / how, how, status, end)
        records.append(stored(agency, "2024-01-08"))
    begun, restated, ended = records
    assert same(begun, restated) == NEVER_CHANGED | {"end_date", "reason_key"}, "not restated by an import"
    assert same(restated, ended) == NEVER_CHANGED, "not written by an import that ends an assignment"
    bring_in(agency, tmp_path / "again", "", "", "")
    assert stored(agency, "2024-01-08") == ended


def test_an_update_changes_what_it_says_and_its_undo_puts_all_of_it_back(
    call: Callable[[str | None], Api], agency: Agency
) -> None:
    api = call("ADM")
    write(api, enrolled(said(BEGUN)))
    before = stored(agency, "2024-03-01")
    update_row = [*ENDED]
    update_row[HEADER.index(STATUS)] = "On Hold"
    upload = write(api, sheet(said(update_row, "another")), "key-2")
    ended = stored(agency, "2024-03-01")
    assert same(before, ended) == NEVER_CHANGED, "not written by an Update (server/records/writes.py)"
    assert api("POST", f"/v1/uploads/{upload}/undo").status_code == 200
    assert same(before, stored(agency, "2024-03-01")) == {*STORED}, "not put back (server/records/changes.py)"
    assert stored(agency, "2024-03-01") == before


def test_an_update_that_leaves_a_cell_empty_keeps_what_is_stored(
    call: Callable[[str | None], Api], agency: Agency
) -> None:
    api = call("ADM")
    write(api, enrolled(said(BEGUN)))
    write(api, sheet([*ENDED, *[""] * len(FURTHER)]), "key-2")
    assert empty(stored(agency, "2024-03-01"), "an Update without it") == []


@pytest.mark.parametrize("other", [STATUS, *FURTHER])
def test_a_row_that_says_something_else_than_is_stored_is_never_left_out_unread(
    call: Callable[[str | None], Api], other: str
) -> None:
    """What is surely left out is taken unread, and would be lost (`server/judge/repetition.py`)."""
    api = call("ADM")
    headers = [*HEADER, *FURTHER]

    def surely(row: list[Any]) -> bool:
        (fix,) = api.validate(sheet(row)).json()["fixes"]
        return bool(fix["suggestions"][0]["score"] >= SURE)

    for stored_row, key in ((said(BEGUN), "key-1"), (said(ENDED), "key-2")):
        differing = [*stored_row]
        differing[headers.index(other)] = "On Hold" if other == STATUS else "another"
        write(api, enrolled(stored_row) if key == "key-1" else sheet(stored_row), key)
        assert [surely(stored_row), surely(differing)] == [True, False], (
            f"{other} of {stored_row[0]} is not compared (server/judge/repetition.py)"
        )


def test_a_downloaded_row_is_told_all_that_somebody_changed_since(call: Callable[[str | None], Api]) -> None:
    api = call("ADM")
    write(api, enrolled(said(BEGUN)))
    shown = {STATUS: "Active"} | {header: f"some {header}" for header in FURTHER}
    late = sheet(said(ENDED), versions={2: 1}, downloaded={2: shown})
    earlier = [*ENDED]
    earlier[HEADER.index(STATUS)] = "On Hold"
    write(api, sheet(said(earlier, "another")), "key-2")
    (problem,) = api.validate(late).json()["problems"]
    assert problem["code"] == "assignment-changed"
    assert [
        f"{header} is not told (server/judge/conflict.py)"
        for header in shown
        if f"{header}: downloaded" not in problem["message"]
    ] == []
