"""Log and Refresh Status tell what became of an upload (SPEC 9)."""

from __future__ import annotations

from pathlib import Path

from addin.api.client import Client
from addin.buttons.log import Status
from addin.buttons.registry import LOG, REFRESH_STATUS, SUBMIT, UPLOADS, Handler
from addin.sentences import NO_UPLOAD
from tests.support.desk import Desk, Open
from tests.support.own_server import Server
from tests.support.sheets import begun, filled_template, insert, plain_workbook
from workbook import layout
from workbook.sheets import log_sheet
from workbook.sheets.uploads_sheet import UPLOADS_SHEET
from workbook.upload import Upload


def test_refresh_status_tells_how_the_last_upload_stands(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(agency.person())]))
    assert book.press(REFRESH_STATUS).sentence.startswith("Nothing was uploaded from this workbook yet.")
    book.press(SUBMIT)
    book.close()
    again = desk(tmp_path / "a.xlsx")
    assert again.press(REFRESH_STATUS).sentence == "The upload is complete: 1 of 1 row written."


def test_log_and_refresh_status_mean_the_same_upload(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    """The one that is selected in Uploads, else the workbook's last, and never a stranger's."""
    other = begun(client, agency)
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(agency.person())]))
    told = [book.press(button) for button in (LOG, REFRESH_STATUS)]
    assert [(one.upload, one.sentence) for one in told] == [(None, NO_UPLOAD)] * 2
    mine = book.press(SUBMIT).upload
    assert mine is not None
    assert [button_upload(book, button) for button in (LOG, REFRESH_STATUS)] == [mine.id] * 2
    elsewhere = next(one.id for one in book.press(UPLOADS).uploads if one.id != mine.id)
    row = next(n for n, line in enumerate(book.cells(UPLOADS_SHEET), start=1) if elsewhere in line)
    for button in (LOG, REFRESH_STATUS):
        book.select(UPLOADS_SHEET, row, 3)
        assert button_upload(book, button) == elsewhere, other


def button_upload(book: Desk, button: Handler[Status]) -> str | None:
    """The id of the upload that Log or Refresh Status tells of."""
    upload = book.press(button).upload
    return upload.id if isinstance(upload, Upload) else upload


def test_log_shows_the_upload_that_is_asked_for(desk: Open, client: Client, agency: Server, tmp_path: Path) -> None:
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(agency.person())]))
    submitted = book.press(SUBMIT)
    assert submitted.upload is not None
    other = desk(plain_workbook(tmp_path / "other.xlsx", []))
    shown = other.press(LOG, upload=submitted.upload.id).upload
    assert shown is not None
    assert shown.id == submitted.upload.id
    log = other.cells(layout.LOG_SHEET)
    assert [log[0][0], len(log[0])] == ["Upload log", len(log_sheet.HEADERS)]
