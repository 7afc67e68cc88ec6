"""The log answers what became of a row: whom it was about, and why it was left out (SPEC 6)."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from addin.api.client import Client
from addin.buttons.registry import SUBMIT, VALIDATE
from tests.support.desk import Open
from tests.support.own_server import Server
from tests.support.sheets import filled_template, insert
from workbook import layout
from workbook.sheets.log_sheet import HEADER_ROW, HEADERS, log_csv


def test_each_line_names_participant_program_and_caseworker_and_says_why_a_row_was_left_out(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    known = agency.person()
    number = int(known[1:])
    rows = [
        insert(known),
        insert("", First_Name=f"Pat{number + 1}", Last_Name=f"Person{number + 1}", Case_Number=f"K{number + 1}"),
        insert("nobody", Caseworker_Name="Carla Ruiz"),
    ]
    agency.used = number + 1
    book = desk(filled_template(client, tmp_path / "march.xlsx", rows))
    book.press(VALIDATE)
    book.choose("nobody", leave_out="Yes")
    assert book.apply_fixes().checked.errors == 0
    upload = book.press(SUBMIT).upload
    assert upload is not None
    told = [[one.row, one.participant_id, one.program, one.caseworker, one.result] for one in client.log(upload.id)]
    assert told == [
        [2, known, "Youth Shelter", "Robert Smith", "begun"],
        [3, f"Q{number + 1:04d}", "Youth Shelter", "Robert Smith", "begun"],
        [4, "nobody", "Youth Shelter", "Carla Ruiz", "left out"],
    ]
    why = client.log(upload.id)[2].message
    assert "nobody" in why
    lines = book.cells(layout.LOG_SHEET)
    assert lines[HEADER_ROW - 1][: len(HEADERS)] == list(HEADERS)
    assert [line[2] for line in lines[HEADER_ROW:]] == [known, f"Q{number + 1:04d}", "nobody"]
    table = list(csv.DictReader(io.StringIO(log_csv(upload, client.log(upload.id)).decode("utf-8-sig"))))
    assert [[one["Participant ID"], one["File"], one["Submitted By"]] for one in table][2] == [
        "nobody",
        "march.xlsx",
        "Alice Admin",
    ]
