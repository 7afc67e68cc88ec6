"""The log as a sheet, as .csv and as .xlsx."""

from __future__ import annotations

import csv
import errno
import gc
import io
from pathlib import Path

import pytest
from openpyxl import load_workbook

from workbook.sheets.log_sheet import HEADER_ROW, HEADERS, in_words, log_block, log_csv, log_xlsx
from workbook.upload import LogRow, Progress, Upload, UploadTest
from workbook.upload_state import UploadState


def upload(reason: str | None = None) -> Upload:
    return Upload(
        id="u1",
        number=118,
        filename="=march.xlsx",
        state=UploadState.COMPLETE,
        received=3,
        accepted=2,
        left_out=1,
        progress=Progress(done=3, total=3),
        submitted_by="Dana Whitfield",
        submitted_at="2026-03-04T14:05:11+00:00",
        finished_at=None,
        reason=reason,
    )


def row(number: int, before: str = "", after: str = "", message: str = "") -> LogRow:
    return LogRow(
        row=number,
        action="Insert",
        result="begun",
        record_id=number * 10,
        message=message,
        before=before,
        after=after,
        participant_id="007",
        program="Shelter",
        caseworker="Dana",
    )


ROWS = [row(2), row(5, "Caseworker Name: Dna", "Caseworker Name: Dana"), row(9, message='Żółć; and, commas "too"')]


def test_the_block_has_the_uploads_facts_on_top_and_one_line_per_row() -> None:
    block = log_block(upload(), ROWS)
    assert {len(line) for line in block} == {len(HEADERS)}
    assert block[1][0] == "Complete: 2 of 3 rows written, 1 left out."
    facts = {line[0]: line[1] for line in block[2 : HEADER_ROW - 1] if line[0]}
    assert facts == {
        "File": "=march.xlsx",
        "Type": "Caseload",
        "State": "complete",
        "Submitted by": "Dana Whitfield",
        "Submitted at": "3/4/2026 14:05 UTC",
        "Finished at": None,
        "Rows received": 3,
        "Rows accepted": 2,
        "Rows left out": 1,
        "Upload": "No. 118 · u1",
    }
    assert block[HEADER_ROW - 1] == list(HEADERS)
    assert block[-2] == [
        5,
        "Insert",
        "007",
        "Shelter",
        "Dana",
        "begun",
        50,
        None,
        "Caseworker Name: Dna",
        "Caseworker Name: Dana",
    ]


def test_a_failed_upload_says_why_and_its_rows_begin_where_those_of_any_other_do() -> None:
    block = log_block(upload("The disk is full."), [])
    assert ["Reason", "The disk is full."] in [line[:2] for line in block]
    assert block[HEADER_ROW - 1] == list(HEADERS)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("received", "Received: 1,200 rows waiting to be checked."),
        ("validating", "Being checked: 1,200 rows. Nothing is written yet."),
        ("needs-fixes", "Stopped by mistakes: nothing of 1,200 rows is written until they are fixed or left out."),
        ("writing", "Being written: 1,200 rows, all of them or none."),
        ("complete", "Complete: 2 of 1,200 rows written, 1 left out."),
        ("failed", "Failed: nothing of 1,200 rows was written. It is safe to submit again."),
        ("cancelled", "Cancelled: nothing of 1,200 rows was written."),
        ("undone", "Undone: what was written of 1,200 rows was taken back."),
    ],
)
def test_every_state_is_told_in_words(state: str, words: str) -> None:
    assert in_words(upload().model_copy(update={"state": state, "received": 1200})) == words


def test_a_test_says_that_it_waits_for_its_user_until_it_is_kept() -> None:
    tested = upload().model_copy(update={"test": UploadTest(rows=2, kept=None)})
    assert in_words(tested) == "Test: 2 of 3 rows written. Press Keep Test, or press Take Back Test, to decide."
    assert in_words(tested.model_copy(update={"test": UploadTest(rows=2, kept=True)})).startswith("Complete: 2 of 3")


def test_the_csv_is_a_plain_table_that_names_the_upload_and_opens_in_excel() -> None:
    data = log_csv(upload(), ROWS)
    assert data.startswith(b"\xef\xbb\xbf")
    header, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig")))
    assert header == [*HEADERS, "Upload", "Upload ID", "File", "Submitted By", "Submitted At"]
    assert rows[1] == [
        "5",
        "Insert",
        "007",
        "Shelter",
        "Dana",
        "begun",
        "50",
        "",
        "Caseworker Name: Dna",
        "Caseworker Name: Dana",
        "No. 118",
        "u1",
        "'=march.xlsx",
        "Dana Whitfield",
        "3/4/2026 14:05 UTC",
    ]
    assert rows[2][7] == 'Żółć; and, commas "too"'


def test_the_csv_for_a_person_has_the_file_who_and_when_at_its_top_as_the_sheet_has() -> None:
    data = log_csv(upload(), ROWS, summary=True)
    assert data.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert {len(line) for line in lines} == {len(HEADERS)}  # RFC 4180
    assert [line[:2] for line in lines[:6]] == [
        ["Upload log", ""],
        [in_words(upload()), ""],
        ["File", "'=march.xlsx"],
        ["Type", "Caseload"],
        ["Submitted by", "Dana Whitfield"],
        ["Submitted at", "3/4/2026 14:05 UTC"],
    ]
    assert lines[HEADER_ROW - 1] == list(HEADERS)
    sheet = [["" if cell is None else str(cell) for cell in line] for line in log_block(upload(), ROWS)]
    assert [[cell.removeprefix("'") for cell in line] for line in lines] == sheet


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x")', "=cmd|' /C calc'!A0"]
)
def test_text_that_looks_like_a_formula_is_written_as_text(text: str) -> None:
    line = list(csv.reader(io.StringIO(log_csv(upload(), [row(2, before=text)]).decode("utf-8-sig"))))[1]
    assert line[8] == ("'" + text).replace("\t=", "\t'=")  # where tabs separate, it begins behind one too
    sheet = load_workbook(io.BytesIO(log_xlsx(upload(), [row(2, before=text)])))["Log"]
    cell = sheet.cell(HEADER_ROW + 1, 9)
    assert (cell.value, cell.data_type, cell.quotePrefix, cell.number_format) == (text, "s", True, "@")


def test_the_xlsx_holds_what_the_block_holds() -> None:
    sheet = load_workbook(io.BytesIO(log_xlsx(upload(), ROWS)))["Log"]
    assert [list(line) for line in sheet.iter_rows(values_only=True)] == log_block(upload(), ROWS)
    assert sheet.freeze_panes == f"A{HEADER_ROW + 1}"


def test_errors_and_control_characters_in_a_value_break_no_file() -> None:
    sheet = load_workbook(io.BytesIO(log_xlsx(upload(), [row(2, before="#N/A", after="a\x00b\x0bc")])))["Log"]
    cells = sheet[HEADER_ROW + 1]
    assert [(cell.value, cell.data_type) for cell in cells[8:]] == [("#N/A", "s"), ("a_x0000_b_x000B_c", "s")]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a file that is always full")
@pytest.mark.parametrize("writer", ["et_xmlfile", "lxml.etree"])
def test_a_full_disk_is_told_as_what_it_is_whatever_writes_the_sheet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writer: str
) -> None:
    full = tmp_path / "full.xml"
    full.symlink_to("/dev/full")
    monkeypatch.setattr("openpyxl.worksheet._writer.create_temporary_file", lambda: str(full))
    monkeypatch.setattr("openpyxl.worksheet._writer.xmlfile", pytest.importorskip(writer).xmlfile)
    told = None
    try:
        log_xlsx(upload(), ROWS)
    except OSError as failure:
        told = failure.errno
    gc.collect()  # which finds nothing half written that would fail again
    assert told == errno.ENOSPC
