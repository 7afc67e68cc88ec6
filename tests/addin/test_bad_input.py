"""What people do by mistake around the write gets a clear sentence, and writes nothing twice (SPEC 6)."""

from __future__ import annotations

from pathlib import Path

import pytest

from addin.api.client import Client
from addin.buttons.registry import REFRESH_STATUS, SUBMIT, TRANSFER_CASELOAD, UNDO_UPLOAD, VALIDATE
from addin.buttons.transfer import FROM, ON, PROGRAM, TO, WHY
from addin.errors import Cancelled
from tests.support.desk import Open
from tests.support.own_server import Server
from tests.support.sheets import begun, filled_template, fresh_template, insert
from workbook.columns import ROW_STATUS
from workbook.sheets.marks import WRITTEN


def test_a_caseworker_who_may_not_receive_a_caseload_is_named_with_all_else_that_is_wrong(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    begun(client, agency)
    book = desk(fresh_template(client, tmp_path / "a.xlsx"))
    book.answers |= {FROM: "S1", TO: "Dora Desk", PROGRAM: "", ON: "31/1/2026", WHY: "Completed"}
    with pytest.raises(Cancelled):
        book.press(TRANSFER_CASELOAD)
    wrong = book.asked[-1].wrong
    assert "Dora Desk is not one whom you may give a caseload." in wrong
    assert "31/1/2026 is not a date. Enter one such as 2026-01-31 or 1/31/2026." in wrong
    row = desk(filled_template(client, tmp_path / "b.xlsx", [insert(agency.person(), Caseworker_Name="Dora Desk")]))
    assert [one.code for one in row.press(VALIDATE).report.problems] == ["no-caseload-access"]


def test_a_date_of_another_order_is_asked_about_and_never_turned_by_itself(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(agency.person(), Start_Date="31/1/2026")]))
    report = book.press(VALIDATE).report
    assert [[one.column, one.code] for one in report.problems] == [["Start Date", "not-a-date"]]
    assert report.fixes[0].suggestions[0].value == "2026-01-31"
    assert book.press(SUBMIT).upload is None


def test_an_upload_that_a_colleague_undid_meanwhile_is_said_to_be_undone(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    path = filled_template(client, tmp_path / "a.xlsx", [insert(agency.person())])
    with agency.client(agency.token_for("S1")) as caseworker:
        book = desk(path, caseworker)
        upload = book.press(SUBMIT).upload
        assert upload is not None
        client.undo(upload.id)  # an administrator, at another computer
        assert book.press(REFRESH_STATUS).sentence == (
            "The upload was undone. Alice Admin took back all that it wrote (1 change)."
        )
        book.answers["agreed"] = "yes"
        assert book.press(UNDO_UPLOAD).sentence.startswith("This upload was undone before. 1 assignment removed.")
        assert book.press(VALIDATE).sentence == "The row is ready to submit."


def test_an_upload_that_a_colleague_undoes_while_the_question_stands_is_not_undone_twice(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    with agency.client(agency.token_for("S1")) as caseworker:
        book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(agency.person())]), caseworker)
        upload = book.press(SUBMIT).upload
        assert upload is not None
        book.while_asked = lambda _question: [client.undo(upload.id)].clear()
        book.answers["agreed"] = "yes"
        told = book.press(UNDO_UPLOAD).sentence
    assert told.startswith("This upload was undone before. 1 assignment removed."), told


def test_written_rows_that_are_retyped_by_hand_are_written_still_and_typed_again_below_are_refused(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    row = insert(agency.person())
    book = desk(filled_template(client, tmp_path / "a.xlsx", [row]))
    book.press(SUBMIT)
    for header, value in row.items():
        book.enter(2, header, f" {value} ".upper() if header == "Caseload Status" else value)
    assert book.press(VALIDATE).sentence.endswith("1 row was written before and will not be sent again.")
    for header, value in row.items():
        book.put(3, book.data().headers.index(header) + 1, value)
    checked = book.press(VALIDATE)
    assert [[one.row, one.code] for one in checked.report.problems] == [[3, "already-open"]]
    assert book.column(ROW_STATUS) == [WRITTEN, "✖ 1 error"]
    assert book.press(SUBMIT).upload is None


def test_of_two_workbooks_that_send_the_same_rows_the_second_writes_nothing(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    rows = [insert(agency.person()), insert(agency.person())]
    first, second = (desk(filled_template(client, tmp_path / f"{name}.xlsx", rows)) for name in ("a", "b"))
    assert second.press(VALIDATE).errors == 0
    assert first.press(SUBMIT).upload is not None
    refused = second.press(SUBMIT)
    assert refused.upload is None
    assert refused.sentence.startswith("Nothing was sent. 2 errors in 2 of 2 rows.")
    assert {one.code for one in second.press(VALIDATE).report.problems} == {"already-open"}
