"""The buttons do in a workbook what SPEC 9 promises, against a real server."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from addin.api.client import Client
from addin.buttons.connect import connect
from addin.buttons.next_error import Walked
from addin.buttons.registry import (
    APPLY_FIXES,
    GENERATE_TEMPLATE,
    LOG,
    NEXT_ERROR,
    PREVIOUS_ERROR,
    REFRESH_STATUS,
    SUBMIT,
    VALIDATE,
    Handler,
)
from addin.buttons.submit import AGREED
from addin.buttons.template import save_template
from addin.errors import BookError, ClientError
from addin.outcome import NO
from addin.rows.hand_over import digest_of, hand_over
from addin.rows.own_sheets import FIXES_SHEET, read_meta
from tests.addin.conftest import Agency, Desk, Open, filled_template, insert, plain_workbook
from workbook import fix_sheet, layout, log_chart, log_sheet
from workbook.columns import ROW_MESSAGE, ROW_POINTER, ROW_STATUS, TemplateChoice
from workbook.marks import LEFT_OUT, WRITTEN
from workbook.report import Report, Upload


def selected(book: Desk, handler: Handler[Walked]) -> tuple[int, int]:
    """Presses the button, and gives the cell of the data sheet that is selected then."""
    book.press(handler)
    place = book.book.selection()
    assert place is not None
    return place[1:]


def found(report: Report) -> list[list[Any]]:
    return [[problem.row, problem.column, problem.code] for problem in report.problems]


@pytest.fixture
def book(desk: Open, client: Client, agency: Agency, tmp_path: Path) -> Desk:
    """Five rows: two good ones, a misspelt caseworker twice, and a row without a participant."""
    rows = [
        insert(agency.person()),
        insert(agency.person(), Caseworker_Name="Robrt Smiht"),
        insert(agency.person()),
        insert(agency.person(), Caseworker_Name="Robrt Smiht"),
        insert("nobody"),
    ]
    return desk(filled_template(client, tmp_path / "Caseload.xlsx", rows))


def test_validate_marks_each_row_and_lists_each_distinct_mistake_once(
    desk: Open, client: Client, book: Desk
) -> None:
    checked = book.press(VALIDATE)
    assert found(checked.report) == [
        [3, "Caseworker Name", "unknown-staff"],
        [5, "Caseworker Name", "unknown-staff"],
        [6, "Participant ID", "unknown-participant"],
    ]
    assert book.column(ROW_STATUS) == ["✔ ok", "✖ 1 error", "✔ ok", "✖ 1 error", "✖ 1 error"]
    assert "Robert Smith" in book.column(ROW_MESSAGE)[1]
    lines = book.cells(layout.FIX_SHEET)[fix_sheet.FIRST_ROW - 1 :]
    assert [line[:2] + line[3:5] for line in lines] == [
        ["Caseworker Name", "Robrt Smiht", 2, "3, 5"], ["Participant ID", "nobody", 1, "6"],
    ]
    assert checked.sentence.startswith("3 errors in 3 of 5 rows.")
    assert book.said[-1] == ""


def test_the_marks_are_in_the_saved_file_and_go_when_the_row_is_right(
    desk: Open, client: Client, book: Desk
) -> None:
    book.press(VALIDATE)
    path = book.path
    book.close()
    issues = openpyxl.load_workbook(path)[layout.ISSUES_SHEET]
    assert issues.max_row == 4
    book = desk(path)
    data = book.data()
    place = data.column("Caseworker Name")
    assert place is not None
    for row in (3, 5):
        book.put(row, place, "Robert Smith")
    book.put(6, 2, "007")
    checked = book.press(VALIDATE)
    assert checked.sentence == "All 5 rows are ready to submit."
    assert book.column(ROW_STATUS) == ["✔ ok"] * 5
    assert book.column(ROW_MESSAGE) == [None] * 5
    assert book.press(NEXT_ERROR).flag is None
    assert [line[0] for line in book.cells(layout.FIX_SHEET)[fix_sheet.FIRST_ROW - 1 :]] == []


def test_next_and_previous_error_walk_the_marked_cells_in_a_circle(client: Client, desk: Open, book: Desk) -> None:
    book.press(VALIDATE)
    assert [selected(book, NEXT_ERROR) for _ in range(4)] == [(3, 9), (5, 9), (6, 2), (3, 9)]
    walked = book.press(NEXT_ERROR)
    assert ("Robrt Smiht" in walked.message, walked.in_status_bar) == (True, True)
    assert [selected(book, PREVIOUS_ERROR) for _ in range(2)] == [(3, 9), (6, 2)]


def test_next_error_finds_the_marks_where_sorting_has_taken_them(client: Client, book: Desk) -> None:
    book.press(VALIDATE)
    for row, line in enumerate(book.cells("Caseload")[1:6][::-1], start=2):
        for column, cell in enumerate(line, start=1):
            book.put(row, column, cell)
    assert [selected(book, NEXT_ERROR) for _ in range(3)] == [(2, 2), (3, 9), (5, 9)]


def test_next_error_says_when_there_is_none(desk: Open, client: Client, book: Desk) -> None:
    walked = book.press(NEXT_ERROR)
    assert [walked.flag, walked.sentence] == [None, "No cell is marked. Press Validate to check the rows."]


def test_one_answer_corrects_every_row_and_the_old_value_is_kept(client: Client, book: Desk) -> None:
    book.press(VALIDATE)
    book.choose("Robrt Smiht", choice="Robert Smith")
    fixed = book.press(APPLY_FIXES)
    assert [change[:4] for change in fixed.made] == [
        (3, "Caseworker Name", "Robrt Smiht", "Robert Smith"), (5, "Caseworker Name", "Robrt Smiht", "Robert Smith"),
    ]
    assert book.column("Caseworker Name") == ["Robert Smith"] * 5
    assert found(fixed.checked.report) == [[6, "Participant ID", "unknown-participant"]]
    assert fixed.sentence.startswith("1 mistake corrected in 2 rows. 1 error in 1 of 5 rows.")
    kept = [line[1:] for line in book.cells(FIXES_SHEET)]
    assert kept == [
        ["Row", "Column", "Before", "After"],
        [3, "Caseworker Name", "Robrt Smiht", "Robert Smith"],
        [5, "Caseworker Name", "Robrt Smiht", "Robert Smith"],
    ]
    assert book.book.selection()[0] == "Caseload"


def test_a_choice_stays_in_fix_errors_until_it_is_applied(client: Client, book: Desk) -> None:
    book.press(VALIDATE)
    book.choose("nobody", choice="007")
    book.press(VALIDATE)
    assert book.press(APPLY_FIXES).made[0][:4] == (6, "Participant ID", "nobody", "007")
    assert book.cell(6, 2) == "007"
    assert book.book.grids()[0].formats([(6, 2)]) == {(6, 2): "@"}


def test_apply_fixes_without_a_choice_changes_nothing_and_says_so(client: Client, book: Desk) -> None:
    book.press(VALIDATE)
    assert book.press(APPLY_FIXES).sentence.startswith("No answer was chosen in Fix Errors yet")


def test_an_answer_that_no_row_needs_any_more_is_named(client: Client, book: Desk) -> None:
    book.press(VALIDATE)
    book.choose("nobody", choice="007")
    book.put(6, 2, "007")
    assert "Not needed any more: nobody in Participant ID." in book.press(APPLY_FIXES).sentence


def test_a_person_found_by_details_gets_the_participant_id_in_place_of_the_details(
    desk: Open, client: Client, agency: Agency, tmp_path: Path
) -> None:
    person = agency.person()
    row = insert("", First_Name="Patt" + person[-1], Last_Name="Persson", Case_Number="none")
    book = desk(filled_template(client, tmp_path / "a.xlsx", [row]))
    value = book.press(VALIDATE).report.fixes[0].value
    key = ("Participant ID", value, "unknown-participant")
    fixed = book.apply({key: person}, ())
    assert book.cells("Caseload")[1][1:7] == [person, None, None, None, None, None]
    assert fixed.checked.sentence == "The row is ready to submit."


@pytest.mark.parametrize(
    ("answer", "first", "last"),
    [
        ("Smith, Robert", "Robert", "Smith"),
        ("Robert Smith", "Robert", "Smith"),
        ("S1", None, "S1"),
        ("de la Cruz, Ana", "Ana", "de la Cruz"),
    ],
)
def test_an_answer_for_a_name_in_two_columns_lands_in_both(
    desk: Open, client: Client, agency: Agency, tmp_path: Path, answer: str, first: str | None, last: str
) -> None:
    row = insert(agency.person(), Caseworker_First_Name="Robrt", Caseworker_Last_Name="Smiht")
    del row["Caseworker Name"]
    choice = TemplateChoice(caseworker="first_last")
    book = desk(filled_template(client, tmp_path / "a.xlsx", [row], choice))
    group = book.press(VALIDATE).report.fixes[0]
    fixed = book.apply({(group.column, group.value, group.code): answer}, ())
    assert [book.column("Caseworker First Name"), book.column("Caseworker Last Name")] == [[first], [last]]
    assert fixed.checked.errors == 0


def test_a_corrected_date_is_a_date_in_the_sheet(desk: Open, client: Client, agency: Agency, tmp_path: Path) -> None:
    row = insert(agency.person(), Start_Date="31/02/2026")
    book = desk(filled_template(client, tmp_path / "a.xlsx", [row]))
    checked = book.press(VALIDATE)
    assert found(checked.report) == [[2, "Start Date", "not-a-date"]]
    book.apply({("Start Date", "31/02/2026", "not-a-date"): "2026-02-28"}, ())
    assert book.column("Start Date") == [dt.datetime(2026, 2, 28)]


def test_rows_left_out_stay_in_the_sheet_and_are_logged_as_left_out(
    client: Client, desk: Open, book: Desk
) -> None:
    book.press(VALIDATE)
    book.choose("Robrt Smiht", choice="Robert Smith")
    book.choose("nobody", leave_out="Yes")
    fixed = book.press(APPLY_FIXES)
    assert fixed.checked.left_out == [6]
    assert book.column(ROW_STATUS)[4] == LEFT_OUT
    submitted = book.press(SUBMIT)
    assert submitted.upload is not None
    assert [submitted.upload.state, submitted.upload.accepted, submitted.upload.left_out] == ["complete", 4, 1]
    results = {row.row: row.result for row in client.log(submitted.upload.id)}
    assert results[6] == "left out"
    assert book.column(ROW_STATUS)[4] == LEFT_OUT


def test_clearing_the_row_status_takes_a_row_in_again(client: Client, book: Desk) -> None:
    book.press(VALIDATE)
    book.choose("nobody", leave_out="Yes")
    assert "1 row left out; clear Row Status to take one in again." in book.press(APPLY_FIXES).sentence
    assert book.press(VALIDATE).left_out == [6]
    place = book.data().headers.index(ROW_STATUS) + 1
    book.put(6, place, None)
    checked = book.press(VALIDATE)
    assert [checked.left_out, checked.report.problems[-1].row] == [[], 6]


def test_an_ssn_never_stands_in_the_list_of_what_was_changed(
    desk: Open, client: Client, agency: Agency, tmp_path: Path
) -> None:
    row = insert("", SSN="900-00-0008", First_Name="James", Last_Name="Bond")
    book = desk(filled_template(client, tmp_path / "a.xlsx", [row]))
    group = book.press(VALIDATE).report.fixes[0]
    assert "900" not in group.value
    fixed = book.apply({(group.column, group.value, group.code): "007"}, ())
    assert [change.before for change in fixed.made if change.column == "SSN"] == ["•••"]
    assert fixed.checked.errors == 0


def test_a_row_that_is_left_out_though_nothing_is_wrong_with_it_is_never_written(
    desk: Open, client: Client, agency: Agency, tmp_path: Path
) -> None:
    kept, held = agency.person(), agency.person()
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(kept), insert(held)]))
    book.press(VALIDATE)
    place = book.data().headers.index(ROW_STATUS) + 1
    book.put(3, place, LEFT_OUT)
    submitted = book.press(SUBMIT)
    assert submitted.upload is not None
    assert [submitted.upload.state, submitted.upload.accepted, submitted.upload.left_out] == ["complete", 1, 1]
    assert [[row.row, row.result] for row in client.log(submitted.upload.id)] == [[2, "begun"], [3, "left out"]]


def test_nothing_is_sent_while_a_row_is_wrong(client: Client, book: Desk) -> None:
    before = len(client.uploads(limit=100))
    submitted = book.press(SUBMIT)
    assert submitted.upload is None
    assert submitted.sentence.startswith("Nothing was sent. 3 errors in 3 of 5 rows.")
    assert book.column(ROW_STATUS)[1] == "✖ 1 error"
    assert len(client.uploads(limit=100)) == before


def test_submit_writes_the_rows_and_shows_the_log(
    desk: Open, client: Client, agency: Agency, tmp_path: Path
) -> None:
    rows = [insert(agency.person()), insert(agency.person(), Start_Date=dt.datetime(2026, 1, 13))]
    book = desk(filled_template(client, tmp_path / "a.xlsx", rows))
    submitted = book.press(SUBMIT)
    assert submitted.sentence == "The upload is complete: 2 of 2 rows written."
    assert book.seen[-1] == "complete"
    log = book.cells(layout.LOG_SHEET)
    assert [line[:2] for line in log[-3:]] == [["Row", "Action"], [2, "Insert"], [3, "Insert"]]
    assert ["File", "a.xlsx"] in [line[:2] for line in log]
    assert submitted.upload is not None
    assert read_meta(book.read(layout.META_SHEET))["upload_id"] == submitted.upload.id
    label, accepted, left_out = log[log_chart.HISTORY_ROW][log_chart.HISTORY_COLUMN - 1 :]
    assert [str(label).endswith("  a.xlsx  2 of 2"), accepted, left_out] == [True, 2, 0]


def test_submit_asks_first_and_says_what_it_would_do(
    desk: Open, client: Client, agency: Agency, tmp_path: Path
) -> None:
    rows = [insert(agency.person()), insert(agency.person(), Caseworker_Name="Carla Ruiz"), insert(agency.person())]
    book = desk(filled_template(client, tmp_path / "a.xlsx", rows))
    before = len(client.uploads(limit=200))
    book.answers = {AGREED: NO}
    assert book.press(SUBMIT).sentence == "Nothing was sent."
    asked, loads = book.asked[-1].text.split("\n\n")[0].split("\nOpen cases before → after:\n")
    assert asked == "This upload: 3 assignments begun."
    steps = [line.rsplit(" ", 3) for line in loads.splitlines()]
    changes = [[name, int(after) - int(now)] for name, now, _to, after in steps]
    assert changes == [["Robert Smith:", 2], ["Carla Ruiz:", 1]]
    assert len(client.uploads(limit=200)) == before


def test_rows_that_were_changed_while_the_question_stood_are_asked_about_again(
    desk: Open, client: Client, agency: Agency, tmp_path: Path
) -> None:
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(agency.person())]))
    checked = book.steps(SUBMIT, of="other rows", submit="yes")
    assert ["This upload: 1 assignment begun." in step.question.text for step in checked if step.question] == [True]


def test_a_written_row_says_so_and_is_never_sent_again_until_it_is_changed(
    desk: Open, client: Client, agency: Agency, tmp_path: Path
) -> None:
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(agency.person()), insert(agency.person())]))
    upload = book.press(SUBMIT).upload
    assert upload is not None
    assert book.column(ROW_STATUS) == [WRITTEN, WRITTEN]
    assert book.column(ROW_MESSAGE) == [f"Written by upload {upload.id}."] * 2
    again = book.press(SUBMIT)
    assert [again.upload, again.sentence] == [
        None, "Nothing was sent. No row is left to submit. 2 rows were written before and will not be sent again.",
    ]
    book.put(3, 2, agency.person())
    checked = book.press(VALIDATE)
    assert [checked.report.counts.rows, book.column(ROW_STATUS)] == [1, [WRITTEN, "✔ ok"]]
    second = book.press(SUBMIT).upload
    assert second is not None
    assert [second.accepted, second.id != upload.id] == [1, True]
    assert book.column(ROW_MESSAGE) == [f"Written by upload {one}." for one in (upload.id, second.id)]


def test_next_weeks_rows_go_from_the_same_sheet(
    desk: Open, client: Client, agency: Agency, tmp_path: Path
) -> None:
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(agency.person())]))
    book.press(SUBMIT)
    headers = book.data().headers
    for header, value in insert(agency.person()).items():
        book.put(3, headers.index(header) + 1, value)
    upload = book.press(SUBMIT).upload
    assert upload is not None
    assert [upload.received, upload.accepted, book.column(ROW_STATUS)] == [1, 1, [WRITTEN, WRITTEN]]


def test_rows_sorted_while_the_upload_runs_are_marked_where_they_stand(
    desk: Open, client: Client, agency: Agency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [agency.person(), agency.person()]
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(one) for one in people]))

    def sort_meanwhile(upload_id: str, *_more: Any) -> Upload:
        book.put(2, 2, people[1])
        book.put(3, 2, "P0007 changed")
        return Client.wait(client, upload_id)

    with monkeypatch.context() as patched:
        patched.setattr(client, "wait", sort_meanwhile)
        submitted = book.press(SUBMIT)
    assert submitted.sentence.endswith("1 row was changed meanwhile, and will be checked as new.")
    assert book.column(ROW_STATUS) == [WRITTEN, "✔ ok"]


def test_an_upload_that_was_undone_elsewhere_gives_its_rows_back(
    desk: Open, client: Client, agency: Agency, tmp_path: Path
) -> None:
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(agency.person())]))
    upload = book.press(SUBMIT).upload
    assert upload is not None
    client.undo(upload.id)
    checked = book.press(VALIDATE)
    assert [checked.sentence, book.column(ROW_STATUS)] == [
        "The row is ready to submit. 1 row was written by an upload that is undone, and will be sent again.", ["✔ ok"],
    ]
    second = book.press(SUBMIT).upload
    assert second is not None
    assert [second.state, second.id != upload.id] == ["complete", True]


def test_a_lost_reply_is_found_again_after_the_workbook_was_closed(
    desk: Open, client: Client, agency: Agency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = filled_template(client, tmp_path / "a.xlsx", [insert(agency.person())])
    book = desk(path)
    sent: list[str] = []

    def send_and_hear_nothing(table: Any, key: str) -> None:
        sent.append(Client.submit(client, table, key).id)
        raise ClientError("The line went dead.", "server-away")

    with monkeypatch.context() as patched:
        patched.setattr(client, "submit", send_and_hear_nothing)
        with pytest.raises(ClientError):
            book.press(SUBMIT)
    book.close()
    client.wait(sent[0])
    again = desk(path).press(SUBMIT)
    assert again.upload is not None
    assert [again.upload.id, again.upload.state] == [sent[0], "complete"]


def test_rows_that_were_changed_after_an_upload_are_another_upload(
    desk: Open, client: Client, agency: Agency, tmp_path: Path
) -> None:
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(agency.person())]))
    first = book.press(SUBMIT)
    book.put(2, 2, agency.person())
    second = book.press(SUBMIT)
    assert first.upload is not None
    assert second.upload is not None
    assert [second.upload.state, second.upload.id != first.upload.id] == ["complete", True]


def test_data_that_changes_between_the_check_and_the_write_stops_the_upload_and_is_shown(
    desk: Open, client: Client, agency: Agency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = agency.person()
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(person), insert(agency.person())]))
    other = desk(filled_template(client, tmp_path / "b.xlsx", [insert(person)])).data().table()

    def submit_after_somebody(table: Any, key: str) -> Upload:
        assert client.wait(Client.submit(client, other, f"quicker-{person}").id).state == "complete"
        return Client.submit(client, table, key)

    with monkeypatch.context() as patched:
        patched.setattr(client, "submit", submit_after_somebody)
        submitted = book.press(SUBMIT)
    assert submitted.upload is not None
    assert submitted.upload.state == "cancelled"
    assert submitted.sentence.startswith("Nothing was written: the data changed in the meantime. 1 error in 1 of 2")
    assert book.column(ROW_STATUS) == ["✖ 1 error", "✔ ok"]
    assert book.press(SUBMIT).sentence.startswith("Nothing was sent. 1 error in 1 of 2 rows.")


def test_a_cancelled_upload_does_not_stand_in_the_way_of_the_next(
    desk: Open, client: Client, agency: Agency, tmp_path: Path
) -> None:
    path = filled_template(client, tmp_path / "a.xlsx", [insert("nobody at all")])
    table = desk(path).data().table()
    first, _ = hand_over(lambda key: client.submit(table, key), digest_of(table))
    assert client.wait(first.id).state == "needs-fixes"
    assert client.cancel(first.id).state == "cancelled"
    second, known = hand_over(lambda key: client.submit(table, key), digest_of(table))
    assert (second.id != first.id, known) == (True, False)
    client.wait(second.id)
    client.cancel(second.id)


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


def test_generate_template_saves_and_opens_one_and_overwrites_nothing(
    desk: Open, client: Client, tmp_path: Path
) -> None:
    book = desk(plain_workbook(tmp_path / "mine.xlsx", []))
    made = book.press(GENERATE_TEMPLATE, program="0", caseworker="0", enrollment="1")
    assert made.path == tmp_path / "Caseload.xlsx"
    assert "Program End Date" in desk(made.path).data().headers
    again = book.press(GENERATE_TEMPLATE, program="0", caseworker="0", enrollment="0")
    assert again.opens == tmp_path / "Caseload 2.xlsx"
    with pytest.raises(BookError, match="already"):
        save_template(client, TemplateChoice(), tmp_path / "mine.xlsx")


def test_settings_are_kept_once_the_server_has_accepted_them(agency: Agency, tmp_path: Path) -> None:
    assert connect(tmp_path, agency.url, agency.token).sentence.startswith(f"Connected to {agency.url} as Alice Admin")
    with pytest.raises(ClientError, match="does not know your token"):
        connect(tmp_path / "other", agency.url, "clt_wrong")
    assert not (tmp_path / "other").exists()


def test_a_workbook_of_the_users_own_is_checked_and_marked_too(
    desk: Open, client: Client, agency: Agency, tmp_path: Path
) -> None:
    rows = [insert(agency.person()), insert(agency.person(), Caseworker_Name="Robrt Smiht")]
    book = desk(plain_workbook(tmp_path / "mine.xlsx", rows))
    book.press(VALIDATE)
    saved = openpyxl.load_workbook(tmp_path / "mine.xlsx")
    columns = {cells[0].value: cells for cells in saved["My cases"].iter_cols(min_col=15)}
    assert [cell.value for cell in columns[ROW_STATUS]] == [ROW_STATUS, "✔ ok", "✖ 1 error"]
    assert saved["My cases"].column_dimensions[columns[ROW_POINTER][0].column_letter].hidden
    assert [name for name in saved.sheetnames if saved[name].sheet_state == "visible"] == ["My cases", "Fix Errors"]
    assert [book.press(NEXT_ERROR).flag is not None, book.press(VALIDATE).errors] == [True, 1]
    book.choose("Robrt Smiht", choice="Robert Smith")
    assert book.press(APPLY_FIXES).checked.errors == 0


def test_row_numbers_are_the_sheets_own_with_rows_above_between_and_empty(
    desk: Open, client: Client, agency: Agency, tmp_path: Path
) -> None:
    path = plain_workbook(tmp_path / "mine.xlsx", [insert(agency.person()), {}, insert("nobody"), {}])
    book = openpyxl.load_workbook(path)
    book.active.insert_rows(1, 2)
    book.active.insert_cols(1)
    book.create_sheet("Hidden", 0).sheet_state = "hidden"
    book.save(path)
    assert found(desk(path).press(VALIDATE).report) == [[6, "Participant ID", "unknown-participant"]]


def test_a_cell_beyond_the_headers_is_reported_and_never_written_over(
    desk: Open, client: Client, agency: Agency, tmp_path: Path
) -> None:
    path = plain_workbook(tmp_path / "mine.xlsx", [insert(agency.person())])
    book = openpyxl.load_workbook(path)
    book.active["P2"] = "stray"
    book.save(path)
    opened = desk(path)
    for _ in range(2):
        assert [code for *_, code in found(opened.press(VALIDATE).report)] == ["extra-fields"]
    assert opened.cell(2, 16) == "stray"


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ({"Caseload Status": "=1+1"}, ["Caseload Status", "cell-error"]),
        ({"Caseload Status": "#N/A"}, ["Caseload Status", "cell-error"]),
        ({"Caseload Status": "x" * 300}, ["Caseload Status", "cell-too-long"]),
        ({"Start Date": "31/02/2026"}, ["Start Date", "not-a-date"]),
        ({"Start Date": "1/2/26"}, ["Start Date", "ambiguous-date"]),
    ],
)
def test_bad_cells_are_problems_of_the_row(
    desk: Open, client: Client, agency: Agency, tmp_path: Path, cells: dict[str, Any], problem: list[str]
) -> None:
    path = plain_workbook(tmp_path / "mine.xlsx", [insert(agency.person()) | cells])
    assert found(desk(path).press(VALIDATE).report) == [[2, *problem]]


def test_an_id_that_excel_turned_into_a_number_is_the_same_id(desk: Open, client: Client, tmp_path: Path) -> None:
    path = plain_workbook(tmp_path / "mine.xlsx", [insert("x", Participant_ID=10432.0)])
    problem = desk(path).press(VALIDATE).report.problems[0]
    assert (problem.code, problem.value) == ("unknown-participant", "10432")


def test_sample_rows_left_in_are_two_problems(desk: Open, client: Client, tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(client.template(TemplateChoice()))
    report = desk(tmp_path / "a.xlsx").press(VALIDATE).report
    assert [[problem.row, problem.code] for problem in report.problems] == [[2, "sample-left"], [3, "sample-left"]]


def test_a_workbook_without_caseload_columns_gets_one_sentence(desk: Open, client: Client, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Fruit", "Price"])
    book.save(tmp_path / "fruit.xlsx")
    with pytest.raises(BookError, match=r"has none of the caseload columns in its first row\. Generate a fresh"):
        desk(tmp_path / "fruit.xlsx").press(VALIDATE)


def test_an_empty_sheet_gets_one_sentence(desk: Open, client: Client, tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "empty.xlsx")
    with pytest.raises(BookError, match=r"The leftmost sheet of empty\.xlsx, Sheet, is empty\."):
        desk(tmp_path / "empty.xlsx").press(VALIDATE)


def test_a_sheet_put_before_ours_is_named(desk: Open, client: Client, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(client.template(TemplateChoice()))
    book = openpyxl.load_workbook(path)
    book.create_sheet("Notes", 0)["A1"] = "my notes"
    book.save(path)
    with pytest.raises(BookError, match="Show the sheet Caseload and move it to the far left"):
        desk(path).press(VALIDATE)


def test_a_sheet_with_headers_alone_has_no_row(desk: Open, client: Client, tmp_path: Path) -> None:
    with pytest.raises(ClientError, match="There is no row to upload"):
        desk(plain_workbook(tmp_path / "a.xlsx", [])).press(VALIDATE)


def test_an_unknown_column_is_noted_and_ignored(desk: Open, client: Client, agency: Agency, tmp_path: Path) -> None:
    path = plain_workbook(tmp_path / "a.xlsx", [insert(agency.person())])
    book = openpyxl.load_workbook(path)
    book.active["O1"], book.active["O2"] = "Favourite colour", "blue"
    book.save(path)
    checked = desk(path).press(VALIDATE)
    assert checked.errors == 0
    assert [note for note in checked.notes if "Favourite colour" in note]


def test_a_failure_leaves_the_workbook_as_it_was(desk: Open, book: Desk) -> None:
    before = book.path.read_bytes()
    with Client("http://127.0.0.1:9", "clt_x", retries=0) as away:
        unheard = desk(book.path, away)
        with pytest.raises(ClientError, match="does not answer"):
            unheard.press(VALIDATE)
    assert [book.path.read_bytes() == before, unheard.cells("Caseload")] == [True, book.cells("Caseload")]
