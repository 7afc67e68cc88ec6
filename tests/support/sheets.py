"""Workbooks as their users have them, and the rows in them."""

from __future__ import annotations

import csv
import io
import pickle
from functools import cache
from pathlib import Path
from typing import Any, Final

import openpyxl

from addin.api.client import Client
from addin.buttons.template import template_content
from tests.support.own_server import Server
from workbook.columns import TemplateChoice
from workbook.report import Report

HEADERS = [
    "Update or Insert",
    "Participant ID",
    "First Name",
    "Last Name",
    "Date of Birth",
    "Case Number",
    "SSN",
    "Program Name",
    "Caseworker Name",
    "Caseworker Relationship",
    "Caseload Status",
    "Start Date",
    "End Date",
    "Reason for Dismissal",
]
"""The template's, by name and without enrollment."""


def insert(person: str | None, **cells: Any) -> dict[str, Any]:
    """A row that begins an assignment, valid unless `cells` (header with _ for spaces → value) spoil it."""
    row: dict[str, Any] = {
        "Update or Insert": "Insert",
        "Participant ID": person,
        "Program Name": "Youth Shelter",
        "Caseworker Name": "Robert Smith",
        "Caseworker Relationship": "Primary",
        "Caseload Status": "Active",
        "Start Date": "2026-01-12",
    }
    return row | {header.replace("_", " "): value for header, value in cells.items()}


def filled_template(
    client: Client, path: Path, rows: list[dict[str, Any]], choice: TemplateChoice | None = None
) -> Path:
    """A template with these rows in place of its sample rows, as a user would save it."""
    book = _opened(_template(client, choice or TemplateChoice()))
    sheet = book["Caseload"]
    headers = {cell.value: number for number, cell in enumerate(sheet[1], 1)}
    for number in (2, 3):
        for cell in sheet[number]:
            cell.value = None
    for number, row in enumerate(rows, start=2):
        for header, value in row.items():
            sheet.cell(number, headers[header]).value = value
    book.save(path)
    return path


def _template(client: Client, choice: TemplateChoice) -> bytes:
    """The template that the server makes, asked for once as long as the site's lists are what they were."""
    made_of = choice, client.me().model_dump_json(), client.reference().model_dump_json()
    if made_of not in _TEMPLATES:
        _TEMPLATES[made_of] = template_content(client, choice)
    return _TEMPLATES[made_of]


@cache
def _pickled(template: bytes) -> bytes:
    return pickle.dumps(openpyxl.load_workbook(io.BytesIO(template)))


def _opened(template: bytes) -> openpyxl.Workbook:
    """The template as openpyxl opens it, for whoever changes it: read once, which takes six times as long as a copy."""
    book: openpyxl.Workbook = pickle.loads(_pickled(template))
    return book


_TEMPLATES: Final[dict[tuple[TemplateChoice, str, str], bytes]] = {}


def csv_file(path: Path, rows: list[dict[str, Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADERS)
        writer.writeheader()
        writer.writerows(rows)
    return path


def plain_workbook(path: Path, rows: list[dict[str, Any]], headers: list[str] | None = None) -> Path:
    """A workbook that knows nothing of ours: headers and rows."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "My cases"
    headers = headers or HEADERS
    sheet.append(headers)
    for row in rows:
        sheet.append([row.get(header) for header in headers])
    book.save(path)
    return path


def begun(client: Client, agency: Server, **cells: Any) -> str:
    """A participant with an open assignment that was just written; `cells` as for `insert`."""
    person = agency.person()
    row = insert(person, **cells)
    others = ["First Name", "Last Name", "Date of Birth", "Case Number", "SSN", "End Date", "Reason for Dismissal"]
    table = {"header": [*row, *others], "rows": [[*row.values()]]}
    upload = client.wait(client.submit(table, f"begun-{person}").id)
    assert upload.state == "complete", client.problems(upload.id)
    return person


def found(report: Report) -> list[list[Any]]:
    """The problems of a report as [row, column, code]."""
    return [[problem.row, problem.column, problem.code] for problem in report.problems]


def fresh_template(client: Client, path: Path, choice: TemplateChoice | None = None) -> Path:
    """A template as it is handed out, its sample rows in it."""
    path.write_bytes(template_content(client, choice or TemplateChoice()))
    return path
