"""What a button adds goes below everything that stands in the sheet, and nothing there is written over (SPEC 9)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from addin.api.client import Client
from addin.buttons.registry import DOWNLOAD_CASELOAD, PASTE_DATA, SUBMIT, TRANSFER_CASELOAD, VALIDATE
from addin.buttons.transfer import FROM, ON, PROGRAM, TO, WHY
from tests.support.desk import Desk, Open
from tests.support.own_server import Server
from tests.support.sheets import begun, csv_file, filled_template, fresh_template, insert
from workbook.columns import ROW_STATUS
from workbook.sheets.marks import LEFT_OUT, WRITTEN

NOTES = 30
"""A column of the user's own, far behind ours."""


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_CONFIG_HOME", "HOME", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))


def pasted(book: Desk, agency: Server, client: Client, folder: Path) -> list[int]:
    book.answers |= {"file": str(csv_file(folder / "their.csv", [insert(agency.person())])), "typed": ""}
    return list(book.press(PASTE_DATA).added)


def downloaded(book: Desk, agency: Server, client: Client, folder: Path) -> list[int]:
    return list(book.press(DOWNLOAD_CASELOAD, participant=begun(client, agency)).added)


def transferred(book: Desk, agency: Server, client: Client, folder: Path) -> list[int]:
    begun(client, agency, Caseworker_Name="Ana de la Cruz")
    book.answers |= {FROM: "de la Cruz, Ana", TO: "s2", PROGRAM: "", ON: "3/2/2026", WHY: "completed"}
    return list(book.press(TRANSFER_CASELOAD).added)


def whole(book: Desk) -> list[list[Any]]:
    return [list(line) for line in book.cells("Caseload")]


@pytest.mark.parametrize("add", [pasted, downloaded, transferred])
def test_rows_are_added_below_those_that_were_written_and_below_what_stands_in_other_columns(
    client: Client, agency: Server, desk: Open, tmp_path: Path, add: Callable[..., list[int]]
) -> None:
    rows = [insert(agency.person()), insert(agency.person())]
    book = desk(filled_template(client, tmp_path / "Caseload.xlsx", rows))
    book.put(1, NOTES, "My notes")
    book.put(3, NOTES, "called mother")
    book.put(5, NOTES, "a list of my own")
    assert book.press(SUBMIT).sentence.startswith("The upload is complete")
    before = whole(book)
    added = add(book, agency, client, tmp_path)
    assert added[0] == 6
    assert whole(book)[:5] == before[:5]


def test_a_note_beside_the_sample_row_keeps_it(client: Client, agency: Server, desk: Open, tmp_path: Path) -> None:
    book = desk(fresh_template(client, tmp_path / "Caseload.xlsx"))
    book.put(1, NOTES, "My notes")
    book.put(3, NOTES, "ask Dana about this one")
    before = whole(book)
    assert pasted(book, agency, client, tmp_path) == [2]
    assert whole(book)[2] == before[2]


@pytest.mark.parametrize("add", [pasted, downloaded, transferred])
def test_nothing_is_written_into_a_column_of_the_user_s_own(
    client: Client, agency: Server, desk: Open, tmp_path: Path, add: Callable[..., list[int]]
) -> None:
    """A formula that was filled down for rows to come, and shows nothing yet, or a number."""
    book = desk(fresh_template(client, tmp_path / "Caseload.xlsx"))
    book.put(1, NOTES, "Days")
    book.opened.book.save()
    path = book.path
    raw = openpyxl.load_workbook(path)
    sheet = raw["Caseload"]
    formulas = {row: f'=IF(A{row}="","",{row})' for row in range(2, 12)}
    for row, formula in formulas.items():
        sheet.cell(row, NOTES).value = formula
        sheet.cell(row, NOTES + 1).value = row
    raw.save(path)
    book = desk(path)
    assert add(book, agency, client, tmp_path)[0] == 2
    sheet = openpyxl.load_workbook(book.path)["Caseload"]
    assert {row: sheet.cell(row, NOTES).value for row in formulas} == formulas
    assert [sheet.cell(row, NOTES + 1).value for row in formulas] == list(formulas)


def test_rows_of_a_workbook_of_ours_stay_left_out_and_written_when_they_are_pasted(
    client: Client, agency: Server, desk: Open, tmp_path: Path
) -> None:
    rows = [insert(agency.person()) for _ in range(3)]
    earlier = desk(filled_template(client, tmp_path / "Earlier.xlsx", rows))
    earlier.press(VALIDATE)
    earlier.enter(3, ROW_STATUS, LEFT_OUT)
    assert earlier.press(SUBMIT).sentence.startswith("The upload is complete: 2 of 3 rows written")
    earlier.opened.book.save()
    book = desk(fresh_template(client, tmp_path / "Caseload.xlsx"))
    book.answers |= {"file": str(earlier.path), "typed": ""}
    assert list(book.press(PASTE_DATA).added) == [2, 3, 4]
    book.press(VALIDATE)
    assert book.column(ROW_STATUS) == [WRITTEN, LEFT_OUT, WRITTEN]
