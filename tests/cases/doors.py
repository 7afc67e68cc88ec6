"""The doors through which a file is judged, and what each answers about it, as compact facts.

A file must get one answer through all of them (SPEC 3). A door is one entry of DOORS: it takes a file and a caller of
the server, and gives the answer of `POST /v1/validations`, or the refusal.
"""

from __future__ import annotations

import json
import pickle
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import requests
import time_machine

from addin.api.client import Client
from addin.book import DATA, HIDDEN, Book, Picture
from addin.buttons.paste import FILE, paste_data
from addin.buttons.registry import PASTE_DATA, VALIDATE
from addin.errors import BookError, MergedError, Stopped, UnmarkableError
from addin.hosts.closed.file import ClosedBook, read_rows
from addin.hosts.desk import take_picture
from addin.rows.data_sheet import read_data
from server.records.database import open_database, writing
from server.records.imports.agency import import_records
from server.records.imports.files import read_directory
from server.records.sites import create_site
from server.records.ssn import SsnHasher
from server.records.tokens import create_token
from tests.support.pressing import press
from tests.support.served import KEY, Agency, Api, web
from tests.support.spreadsheets import CalcHost
from workbook.files.reader import read_file
from workbook.problems import Refusal
from workbook.table import table_of

HERE = Path(__file__).parent
FILES = sorted(path for path in (HERE / "files").iterdir())
TODAY = datetime(2026, 11, 29, 12, tzinfo=UTC)


def sent_as_a_file(file: Path, api: Api) -> requests.Response:
    """The file itself, in a form."""
    return api("POST", "/v1/validations", files={"file": (file.name, file.read_bytes())})


def read_and_sent_as_a_table(file: Path, api: Api) -> requests.Response:
    """Read beside the spreadsheet, as the command line does, and sent as a table. Raises Refusal."""
    return api.validate(table_of(read_file(file)))


def read_from_bytes(file: Path, api: Api) -> requests.Response:
    """The same from the bytes of the file. Raises Refusal."""
    return api.validate(table_of(read_file(file.read_bytes(), file.name)))


def as_the_command_line_sends_it(file: Path, api: Api) -> requests.Response:
    """As `caseload validate` does: a workbook as the closed file that gets the marks, anything else as it is. Raises
    Refusal."""
    if file.suffix not in (".xlsx", ".xlsm"):
        return sent_as_a_file(file, api)
    try:
        book = ClosedBook(file)
        table = read_data(Book(take_picture(book, (DATA, HIDDEN)))).table()
    except (UnmarkableError, MergedError):  # it is reported on, unmarked, or refused, for nobody sees what it says
        return sent_as_a_file(file, api)
    except BookError as stopped:
        if isinstance(stopped.__cause__, Refusal):
            raise stopped.__cause__ from stopped
        raise
    return api.validate(table)


Door = Callable[[Path, Api], requests.Response]
DOORS: dict[str, Door] = {
    "file": sent_as_a_file,
    "table": read_and_sent_as_a_table,
    "bytes": read_from_bytes,
    "command line": as_the_command_line_sends_it,
}


def pasted_facts(file: Path, api: Api, folder: Path) -> list[str]:
    """What is answered about the rows once Paste Data has put them into a fresh template, by the other file's row
    numbers; of its headers nothing, for those are asked about when they are pasted. Raises BookError."""
    template = folder / "Template.xlsx"
    content, pickled = _template(api.address, api.token)
    template.write_bytes(content)
    picture: Picture = pickle.loads(pickled)
    book = Book(replace(picture, path=template))
    done = paste_data(book, {FILE: str(file), "typed": ""}, folder / file.name, read_rows)
    rows = dict(zip(done.added, read_file(file).row_numbers, strict=True))

    def door(_file: Path, _api: Api) -> requests.Response:
        answer = api.validate(read_data(book).table())
        report = answer.json()
        for problem in report["problems"]:
            problem["row"] = rows.get(problem["row"], problem["row"])
        for fix in report["fixes"]:
            fix["rows"] = [rows.get(row, row) for row in fix["rows"]]
        for one in (*report["problems"], *report["fixes"]):
            one["value"] = re.sub(r"(?<=row )\d+$", lambda found: str(rows[int(found[0])]), one["value"])
        answer._content = json.dumps(report).encode()
        return answer

    return facts_of(file, api, door)


@cache
def _template(address: str, token: str | None) -> tuple[bytes, bytes]:
    """The template of a server, and its picture, pickled: each file is pasted into one of its own, all alike."""
    content = Api(address, token).get("/v1/template?program=name&caseworker=name&format=xlsx").content
    with TemporaryDirectory() as folder:
        path = Path(folder) / "Template.xlsx"
        path.write_bytes(content)
        return content, pickle.dumps(take_picture(ClosedBook(path), (*PASTE_DATA.reads, HIDDEN)))


@contextmanager
def agency(url: str, folder: Path, records: Path = HERE / "agency") -> Iterator[Api]:
    """The agency of these records in the empty database at `url`, and its administrator at a server, on one day."""
    with time_machine.travel(TODAY, tick=True):
        engine = open_database(url)
        with writing(engine) as connection:
            site = create_site(connection, "Agency")
            import_records(connection, site, read_directory(records, "MDY"), SsnHasher(KEY))
            token = create_token(connection, site, "S1", days=1)
        with web(Agency(url, engine, site).settings(folder), engine) as address:
            yield Api(address, token)
        engine.dispose()


def facts_of(file: Path, api: Api, door: Door) -> list[str]:
    """What a door answers about a file: one line for the counts, then one for each distinct problem."""
    try:
        answer = door(file, api)
    except Refusal as refusal:
        return [refused(refusal.code, refusal.message)]
    report = answer.json()
    if answer.status_code != 200:
        return [refused(report["code"], report["detail"])]
    return told(report)


def facts_in_calc(file: Path, client: Client, calc: CalcHost, folder: Path) -> list[str]:
    """What its user is told who opens the file in Calc and presses Validate there. `folder`: for a copy of the file,
    beside which Calc would put its lock. Nobody looks at its window."""
    copy = folder / file.name
    shutil.copy(file, copy)
    try:
        return told(press(calc.opened(copy, hidden=True), VALIDATE, client, folder).report.model_dump())
    except Stopped as stopped:
        cause = stopped.__cause__
        code = cause.code if isinstance(cause, Refusal) else getattr(stopped, "code", None)
        return [refused(code or "in Calc", stopped.sentence)]


def refused(code: str, sentence: str) -> str:
    return f"refused {code}: {sentence}"


def told(report: dict[str, Any]) -> list[str]:
    """The facts of a report: one line for the counts, then one for each distinct problem."""
    counts, preview = report["counts"], report["preview"]
    facts = [f"{counts['valid']} of {counts['rows']} rows valid, {preview['inserts']} + {preview['updates']}"]
    answers = {
        (row, fix["column"], fix["code"]): (fix["value"], [one["value"] or "(empty)" for one in fix["suggestions"]])
        for fix in report["fixes"]
        for row in fix["rows"]
    }
    rows: dict[tuple[str, str, str, str, str], list[int]] = {}
    suggested: dict[tuple[str, str, str, str, str], list[str]] = {}
    for problem in report["problems"]:
        column, code = problem["column"], problem["code"]
        asked, offered = answers.get((problem["row"], column, code), (problem["value"], []))
        key = column, asked, problem["value"], code, problem["severity"]
        rows.setdefault(key, []).append(problem["row"])
        suggested[key] = offered
    for key, at in rows.items():
        column, _asked, value, code, severity = key
        told = " → " + " | ".join(suggested[key]) if suggested[key] else ""
        warning = " (warning)" if severity == "warning" else ""
        facts.append(f"{_spans(at)} {column} {code}{warning} {value!r}{told}")
    return facts


def messages_of(answer: requests.Response) -> list[str]:
    """The sentences of a report, each once."""
    report: dict[str, Any] = answer.json()
    return list(dict.fromkeys(problem["message"] for problem in report["problems"]))


def _spans(rows: list[int]) -> str:
    spans: list[list[int]] = []
    for row in rows:
        if spans and row == spans[-1][1] + 1:
            spans[-1][1] = row
        else:
            spans.append([row, row])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)
