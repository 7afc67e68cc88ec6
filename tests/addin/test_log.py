"""Log and Refresh Status tell what became of an upload (SPEC 9)."""

from __future__ import annotations

from pathlib import Path

from addin.api.client import Client
from addin.buttons.registry import (
    LOG,
    REFRESH_STATUS,
    SUBMIT,
)
from tests.addin.conftest import Agency, Open, filled_template, insert, plain_workbook
from workbook import layout, log_sheet


def test_refresh_status_tells_how_the_last_upload_stands(
    desk: Open, client: Client, agency: Agency, tmp_path: Path
) -> None:
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(agency.person())]))
    assert book.press(REFRESH_STATUS).sentence.startswith("Nothing was uploaded from this workbook yet.")
    book.press(SUBMIT)
    book.close()
    again = desk(tmp_path / "a.xlsx")
    assert again.press(REFRESH_STATUS).sentence == "The upload is complete: 1 of 1 row written."


def test_log_shows_the_upload_that_is_asked_for(desk: Open, client: Client, agency: Agency, tmp_path: Path) -> None:
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(agency.person())]))
    submitted = book.press(SUBMIT)
    assert submitted.upload is not None
    other = desk(plain_workbook(tmp_path / "other.xlsx", []))
    shown = other.press(LOG, upload=submitted.upload.id).upload
    assert shown is not None
    assert shown.id == submitted.upload.id
    log = other.cells(layout.LOG_SHEET)
    assert [log[0][0], len(log[0])] == ["Upload log", len(log_sheet.HEADERS)]
