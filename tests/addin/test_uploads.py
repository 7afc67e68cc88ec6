"""The button Uploads and its commands: the list, and from a line of it to its log and its undo."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from addin.api.client import Client
from addin.buttons.registry import LOG, SUBMIT, UNDO_UPLOAD, UPLOADS
from addin.buttons.undo import AGREED
from tests.support.desk import Open
from tests.support.own_server import Server
from tests.support.sheets import begun, filled_template, insert, plain_workbook
from workbook.sheets.uploads_sheet import HEADERS, NOTES, UPLOADS_SHEET, lay_out_uploads

OTHERS = ["First Name", "Last Name", "Date of Birth", "Case Number", "SSN", "End Date", "Reason for Dismissal"]


def test_uploads_lists_them_and_a_selected_line_leads_to_its_log(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    book = desk(filled_template(client, tmp_path / "mine.xlsx", [insert(agency.person())]))
    upload = book.press(SUBMIT).upload
    assert upload is not None
    begun(client, agency)  # a newer one, from elsewhere
    listed = book.press(UPLOADS)
    lines = book.cells(UPLOADS_SHEET)
    row = next(number for number, line in enumerate(lines, start=1) if line[-1] == upload.id)
    assert lines[row - 1][:5] == [upload.name, "complete", None, "mine.xlsx", "Alice Admin"]
    assert " complete." in listed.sentence  # more than fit into the list, where many tests came before
    other = desk(plain_workbook(tmp_path / "other.xlsx", []))
    other.press(UPLOADS)
    other.select(UPLOADS_SHEET, row, 3)
    shown = other.press(LOG).upload
    assert shown is not None
    assert [shown.id, other.book.selection()[0]] == [upload.id, "Log"]


def test_a_note_beside_an_upload_survives_a_refresh(desk: Open, client: Client, agency: Server, tmp_path: Path) -> None:
    begun(client, agency)
    book = desk(plain_workbook(tmp_path / "other.xlsx", []))
    first = book.press(UPLOADS).uploads[0]
    row = next(number for number, line in enumerate(book.cells(UPLOADS_SHEET), start=1) if line[-1] == first.id)
    book.put(row, HEADERS.index(NOTES) + 1, "ask Carla", UPLOADS_SHEET)
    begun(client, agency)
    book.press(UPLOADS)
    assert [line[-2] for line in book.cells(UPLOADS_SHEET) if line[-1] == first.id] == ["ask Carla"]


def test_undo_without_a_choice_names_ones_own_newest_and_never_a_colleagues(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    person = begun(client, agency)
    with agency.client(agency.token_for("S1")) as colleague:
        row = insert(agency.person()) | dict.fromkeys(OTHERS)
        table = {"header": list(row), "rows": [list(row.values())], "filename": "colleague.csv"}
        assert colleague.wait(colleague.submit(table, f"colleague-{person}").id).state == "complete"
    book = desk(plain_workbook(tmp_path / "other.xlsx", []))
    book.answers = {AGREED: "no"}
    assert book.press(UNDO_UPLOAD).sentence.startswith("Nothing was changed.")
    question = book.asked[-1].text
    assert ["submitted by Alice Admin on " in question, "colleague.csv" in question] == [True, False]


def test_the_command_lists_them_in_three_parts(
    client: Client, agency: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from addin.cli import main

    begun(client, agency)
    monkeypatch.setenv("CASELOAD_URL", agency.url)
    monkeypatch.setenv("CASELOAD_TOKEN", agency.token)
    monkeypatch.setattr("sys.argv", ["caseload", "uploads", "--only", "complete", "--limit", "5", "--json"])
    with pytest.raises(SystemExit) as ended:
        main.main()
    told = json.loads(capsys.readouterr().out)
    assert [ended.value.code, told["uploads"][0]["state"], told["uploads"][0]["what_to_do"]] == [0, "complete", ""]
    assert lay_out_uploads([], {})[1][0] == "There is no upload yet."
