"""The buttons do in a workbook what SPEC 9 promises, against a real server."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwings as xw

from addin import commands
from addin.api.client import Client
from addin.errors import BookError, ClientError
from addin.rows.hand_over import digest_of
from addin.rows.own_sheets import FIXES_SHEET, read_data, read_fix_grid, read_flags, read_meta
from tests.addin.conftest import Agency, Host, filled_template, insert, plain_workbook
from workbook import fix_sheet, layout, log_chart, log_sheet
from workbook.columns import ROW_MESSAGE, ROW_POINTER, ROW_STATUS, TemplateChoice
from workbook.marks import LEFT_OUT
from workbook.report import Report


def found(report: Report) -> list[list[Any]]:
    return [[problem.row, problem.column, problem.code] for problem in report.problems]


def column(book: xw.Book, header: str) -> list[Any]:
    """The data sheet's cells under a header, from row 2."""
    data = read_data(book)
    place = data.headers.index(header) + 1
    cells: list[Any] = book.sheets[0].range((2, place), (max(data.last_row, 2), place)).options(ndim=1).value
    return cells


def choose(book: xw.Book, value: str, **answer: str) -> None:
    """Writes an answer beside a value of the sheet Fix Errors, as its user would."""
    grid = read_fix_grid(book)
    headers = grid[fix_sheet.HEADER_ROW - 1]
    line = next(n for n, row in enumerate(grid[fix_sheet.FIRST_ROW - 1 :], fix_sheet.FIRST_ROW) if row[1] == value)
    for name, text in answer.items():
        header = {"choice": fix_sheet.CHOICE, "leave_out": fix_sheet.LEAVE_OUT}[name]
        book.sheets[layout.FIX_SHEET].range((line, headers.index(header) + 1)).value = text


@pytest.fixture
def book(host: Host, client: Client, agency: Agency, tmp_path: Path) -> xw.Book:
    """Five rows: two good ones, a misspelt caseworker twice, and a row without a participant."""
    rows = [
        insert(agency.person()),
        insert(agency.person(), Caseworker_Name="Robrt Smiht"),
        insert(agency.person()),
        insert(agency.person(), Caseworker_Name="Robrt Smiht"),
        insert("nobody"),
    ]
    return host.open(filled_template(client, tmp_path / "Caseload.xlsx", rows))


def test_validate_marks_each_row_and_lists_each_distinct_mistake_once(
    host: Host, client: Client, book: xw.Book
) -> None:
    checked = commands.validate(book, client)
    assert found(checked.report) == [
        [3, "Caseworker Name", "unknown-staff"],
        [5, "Caseworker Name", "unknown-staff"],
        [6, "Participant ID", "unknown-participant"],
    ]
    assert column(book, ROW_STATUS) == ["✔ ok", "✖ 1 error", "✔ ok", "✖ 1 error", "✖ 1 error"]
    assert "Robert Smith" in column(book, ROW_MESSAGE)[1]
    lines = read_fix_grid(book)[fix_sheet.FIRST_ROW - 1 :]
    assert [line[:2] + line[3:5] for line in lines] == [
        ["Caseworker Name", "Robrt Smiht", 2, "3, 5"], ["Participant ID", "nobody", 1, "6"],
    ]
    assert checked.sentence.startswith("3 errors in 3 of 5 rows.")
    assert host.statuses[-1] == ""


def test_the_marks_are_in_the_saved_file_and_go_when_the_row_is_right(
    host: Host, client: Client, book: xw.Book
) -> None:
    commands.validate(book, client)
    book.save()
    path = Path(book.fullname)
    book.close()
    issues = openpyxl.load_workbook(path)[layout.ISSUES_SHEET]
    assert issues.max_row == 4
    book = host.open(path)
    data = read_data(book)
    place = data.column("Caseworker Name")
    assert place is not None
    for row in (3, 5):
        data.sheet.range((row, place)).value = "Robert Smith"
    data.sheet.range("B6").value = "007"
    checked = commands.validate(book, client)
    assert checked.sentence == "All 5 rows are ready to submit."
    assert column(book, ROW_STATUS) == ["✔ ok"] * 5
    assert column(book, ROW_MESSAGE) == [None] * 5
    assert read_flags(book, read_data(book)) == []
    assert [line[0] for line in read_fix_grid(book)[fix_sheet.FIRST_ROW - 1 :]] == []


def test_next_and_previous_error_walk_the_marked_cells_in_a_circle(client: Client, host: Host, book: xw.Book) -> None:
    commands.validate(book, client)
    walked = [commands.next_error(book) for _ in range(4)]
    assert [(flag.row, flag.column) for flag in walked if flag] == [(3, 9), (5, 9), (6, 2), (3, 9)]
    assert book.selection is not None
    assert book.selection.address == "$I$3"
    assert "Robrt Smiht" in host.statuses[-1]
    back = [commands.previous_error(book) for _ in range(2)]
    assert [(flag.row, flag.column) for flag in back if flag] == [(6, 2), (5, 9)]


def test_next_error_finds_the_marks_where_sorting_has_taken_them(client: Client, book: xw.Book) -> None:
    commands.validate(book, client)
    data = read_data(book)
    block = data.sheet.range((2, 1), (6, len(data.headers)))
    block.value = block.options(ndim=2).value[::-1]
    walked = [commands.next_error(book) for _ in range(3)]
    assert [(flag.row, flag.column) for flag in walked if flag] == [(2, 2), (3, 9), (5, 9)]


def test_next_error_says_when_there_is_none(host: Host, client: Client, book: xw.Book) -> None:
    assert commands.next_error(book) is None
    assert host.statuses[-1] == "No cell is marked. Press Validate to check the rows."


def test_one_answer_corrects_every_row_and_the_old_value_is_kept(client: Client, book: xw.Book) -> None:
    commands.validate(book, client)
    choose(book, "Robrt Smiht", choice="Robert Smith")
    fixed = commands.apply_fixes(book, client)
    assert [change[:4] for change in fixed.made] == [
        (3, "Caseworker Name", "Robrt Smiht", "Robert Smith"), (5, "Caseworker Name", "Robrt Smiht", "Robert Smith"),
    ]
    assert column(book, "Caseworker Name") == ["Robert Smith"] * 5
    assert found(fixed.checked.report) == [[6, "Participant ID", "unknown-participant"]]
    assert fixed.sentence.startswith("1 mistake corrected in 2 rows. 1 error in 1 of 5 rows.")
    kept = book.sheets[FIXES_SHEET].range("B1:E3").value
    assert kept == [
        ["Row", "Column", "Before", "After"],
        [3, "Caseworker Name", "Robrt Smiht", "Robert Smith"],
        [5, "Caseworker Name", "Robrt Smiht", "Robert Smith"],
    ]
    assert book.sheets[0].name == "Caseload"


def test_a_choice_stays_in_fix_errors_until_it_is_applied(client: Client, book: xw.Book) -> None:
    commands.validate(book, client)
    choose(book, "nobody", choice="007")
    commands.validate(book, client)
    assert commands.apply_fixes(book, client).made[0][:4] == (6, "Participant ID", "nobody", "007")
    assert book.sheets[0].range("B6").value == "007"
    assert book.sheets[0].range("B6").number_format == "@"


def test_apply_fixes_without_a_choice_changes_nothing_and_says_so(client: Client, book: xw.Book) -> None:
    commands.validate(book, client)
    assert commands.apply_fixes(book, client).sentence.startswith("No answer was chosen in Fix Errors yet")


def test_an_answer_that_no_row_needs_any_more_is_named(client: Client, book: xw.Book) -> None:
    commands.validate(book, client)
    choose(book, "nobody", choice="007")
    book.sheets[0].range("B6").value = "007"
    assert "Not needed any more: nobody in Participant ID." in commands.apply_fixes(book, client).sentence


def test_a_person_found_by_details_gets_the_participant_id_in_place_of_the_details(
    host: Host, client: Client, agency: Agency, tmp_path: Path
) -> None:
    person = agency.person()
    row = insert("", First_Name="Patt" + person[-1], Last_Name="Persson", Case_Number="none")
    book = host.open(filled_template(client, tmp_path / "a.xlsx", [row]))
    value = commands.validate(book, client).report.fixes[0].value
    key = ("Participant ID", value, "unknown-participant")
    fixed = commands.apply_these(book, client, {key: person}, ())
    assert book.sheets[0].range("B2:G2").value == [person, None, None, None, None, None]
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
    host: Host, client: Client, agency: Agency, tmp_path: Path, answer: str, first: str | None, last: str
) -> None:
    row = insert(agency.person(), Caseworker_First_Name="Robrt", Caseworker_Last_Name="Smiht")
    del row["Caseworker Name"]
    choice = TemplateChoice(caseworker="first_last")
    book = host.open(filled_template(client, tmp_path / "a.xlsx", [row], choice))
    group = commands.validate(book, client).report.fixes[0]
    fixed = commands.apply_these(book, client, {(group.column, group.value, group.code): answer}, ())
    assert [column(book, "Caseworker First Name"), column(book, "Caseworker Last Name")] == [[first], [last]]
    assert fixed.checked.errors == 0


def test_a_corrected_date_is_a_date_in_the_sheet(host: Host, client: Client, agency: Agency, tmp_path: Path) -> None:
    row = insert(agency.person(), Start_Date="31/02/2026")
    book = host.open(filled_template(client, tmp_path / "a.xlsx", [row]))
    checked = commands.validate(book, client)
    assert found(checked.report) == [[2, "Start Date", "not-a-date"]]
    commands.apply_these(book, client, {("Start Date", "31/02/2026", "not-a-date"): "2026-02-28"}, ())
    assert column(book, "Start Date") == [dt.datetime(2026, 2, 28)]


def test_rows_left_out_stay_in_the_sheet_and_are_logged_as_left_out(
    client: Client, host: Host, book: xw.Book
) -> None:
    commands.validate(book, client)
    choose(book, "Robrt Smiht", choice="Robert Smith")
    choose(book, "nobody", leave_out="Yes")
    fixed = commands.apply_fixes(book, client)
    assert fixed.checked.left_out == [6]
    assert column(book, ROW_STATUS)[4] == LEFT_OUT
    submitted = commands.submit(book, client)
    assert submitted.upload is not None
    assert [submitted.upload.state, submitted.upload.accepted, submitted.upload.left_out] == ["complete", 4, 1]
    results = {row.row: row.result for row in client.log(submitted.upload.id)}
    assert results[6] == "left out"
    assert column(book, ROW_STATUS)[4] == LEFT_OUT


def test_clearing_the_row_status_takes_a_row_in_again(client: Client, book: xw.Book) -> None:
    commands.validate(book, client)
    choose(book, "nobody", leave_out="Yes")
    assert "1 row left out; clear Row Status to take one in again." in commands.apply_fixes(book, client).sentence
    assert commands.validate(book, client).left_out == [6]
    place = read_data(book).headers.index(ROW_STATUS) + 1
    book.sheets[0].range((6, place)).clear_contents()
    checked = commands.validate(book, client)
    assert [checked.left_out, checked.report.problems[-1].row] == [[], 6]


def test_an_ssn_never_stands_in_the_list_of_what_was_changed(
    host: Host, client: Client, agency: Agency, tmp_path: Path
) -> None:
    row = insert("", SSN="823-01-0008", First_Name="James", Last_Name="Bond")
    book = host.open(filled_template(client, tmp_path / "a.xlsx", [row]))
    group = commands.validate(book, client).report.fixes[0]
    assert "823" not in group.value
    fixed = commands.apply_these(book, client, {(group.column, group.value, group.code): "007"}, ())
    assert [change.before for change in fixed.made if change.column == "SSN"] == ["•••"]
    assert fixed.checked.errors == 0


def test_a_row_that_is_left_out_though_nothing_is_wrong_with_it_is_never_written(
    host: Host, client: Client, agency: Agency, tmp_path: Path
) -> None:
    kept, held = agency.person(), agency.person()
    book = host.open(filled_template(client, tmp_path / "a.xlsx", [insert(kept), insert(held)]))
    commands.validate(book, client)
    place = read_data(book).headers.index(ROW_STATUS) + 1
    book.sheets[0].range((3, place)).value = LEFT_OUT
    submitted = commands.submit(book, client)
    assert submitted.upload is not None
    assert [submitted.upload.state, submitted.upload.accepted, submitted.upload.left_out] == ["complete", 1, 1]
    assert [[row.row, row.result] for row in client.log(submitted.upload.id)] == [[2, "begun"], [3, "left out"]]


def test_nothing_is_sent_while_a_row_is_wrong(client: Client, book: xw.Book) -> None:
    before = len(client.uploads(limit=100))
    submitted = commands.submit(book, client)
    assert submitted.upload is None
    assert submitted.sentence.startswith("Nothing was sent. 3 errors in 3 of 5 rows.")
    assert column(book, ROW_STATUS)[1] == "✖ 1 error"
    assert len(client.uploads(limit=100)) == before


def test_submit_writes_the_rows_and_shows_the_log(
    host: Host, client: Client, agency: Agency, tmp_path: Path
) -> None:
    rows = [insert(agency.person()), insert(agency.person(), Start_Date=dt.datetime(2026, 1, 13))]
    book = host.open(filled_template(client, tmp_path / "a.xlsx", rows))
    seen: list[str] = []
    submitted = commands.submit(book, client, lambda upload: seen.append(upload.state))
    assert submitted.sentence == "The upload is complete: 2 of 2 rows written."
    assert seen[-1] == "complete"
    log = book.sheets[layout.LOG_SHEET].used_range.options(ndim=2).value
    assert [line[:2] for line in log[-3:]] == [["Row", "Action"], [2, "Insert"], [3, "Insert"]]
    assert ["File", "a.xlsx"] in [line[:2] for line in log]
    assert submitted.upload is not None
    assert read_meta(book)["upload_id"] == submitted.upload.id
    label, accepted, left_out = log[log_chart.HISTORY_ROW][log_chart.HISTORY_COLUMN - 1 :]
    assert [str(label).endswith("  a.xlsx  2 of 2"), accepted, left_out] == [True, 2, 0]


def test_pressing_submit_again_gives_the_same_upload(
    host: Host, client: Client, agency: Agency, tmp_path: Path
) -> None:
    book = host.open(filled_template(client, tmp_path / "a.xlsx", [insert(agency.person())]))
    first, second = commands.submit(book, client), commands.submit(book, client)
    assert first.upload is not None
    assert second.upload is not None
    assert second.upload.id == first.upload.id
    assert second.sentence == "These rows were uploaded before (1 of 1 row written), so nothing was written again."


def test_a_lost_reply_is_found_again_after_the_workbook_was_closed(
    host: Host, client: Client, agency: Agency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = filled_template(client, tmp_path / "a.xlsx", [insert(agency.person())])
    book = host.open(path)
    sent: list[str] = []

    def send_and_hear_nothing(table: Any, key: str) -> None:
        sent.append(Client.submit(client, table, key).id)
        raise ClientError("The line went dead.", "server-away")

    with monkeypatch.context() as patched:
        patched.setattr(client, "submit", send_and_hear_nothing)
        with pytest.raises(ClientError):
            commands.submit(book, client, keep=book.save)
    book.close()
    client.wait(sent[0])
    again = commands.submit(host.open(path), client)
    assert again.upload is not None
    assert [again.upload.id, again.upload.state] == [sent[0], "complete"]


def test_rows_that_were_changed_after_an_upload_are_another_upload(
    host: Host, client: Client, agency: Agency, tmp_path: Path
) -> None:
    book = host.open(filled_template(client, tmp_path / "a.xlsx", [insert(agency.person())]))
    first = commands.submit(book, client)
    book.sheets[0].range("B2").value = agency.person()
    second = commands.submit(book, client)
    assert first.upload is not None
    assert second.upload is not None
    assert [second.upload.state, second.upload.id != first.upload.id] == ["complete", True]


def test_data_that_changes_between_the_check_and_the_write_stops_the_upload_and_is_shown(
    host: Host, client: Client, agency: Agency, tmp_path: Path
) -> None:
    person = agency.person()
    book = host.open(filled_template(client, tmp_path / "a.xlsx", [insert(person), insert(agency.person())]))
    other = read_data(host.open(filled_template(client, tmp_path / "b.xlsx", [insert(person)]))).table()

    def somebody_is_quicker() -> None:
        assert client.wait(client.submit(other, f"quicker-{person}").id).state == "complete"

    submitted = commands.submit(book, client, keep=somebody_is_quicker)
    assert submitted.upload is not None
    assert submitted.upload.state == "cancelled"
    assert submitted.sentence.startswith("Nothing was written: the data changed in the meantime. 1 error in 1 of 2")
    assert column(book, ROW_STATUS) == ["✖ 1 error", "✔ ok"]
    assert commands.submit(book, client).sentence.startswith("Nothing was sent. 1 error in 1 of 2 rows.")


def test_a_cancelled_upload_does_not_stand_in_the_way_of_the_next(
    host: Host, client: Client, agency: Agency, tmp_path: Path
) -> None:
    path = filled_template(client, tmp_path / "a.xlsx", [insert("nobody at all")])
    table = read_data(host.open(path)).table()
    first, _ = commands.hand_over(lambda key: client.submit(table, key), digest_of(table))
    assert client.wait(first.id).state == "needs-fixes"
    assert client.cancel(first.id).state == "cancelled"
    second, known = commands.hand_over(lambda key: client.submit(table, key), digest_of(table))
    assert (second.id != first.id, known) == (True, False)
    client.wait(second.id)
    client.cancel(second.id)


def test_refresh_status_tells_how_the_last_upload_stands(
    host: Host, client: Client, agency: Agency, tmp_path: Path
) -> None:
    book = host.open(filled_template(client, tmp_path / "a.xlsx", [insert(agency.person())]))
    assert commands.refresh_status(book, client).sentence.startswith("Nothing was uploaded from this workbook yet.")
    commands.submit(book, client)
    book.save()
    book.close()
    again = host.open(tmp_path / "a.xlsx")
    assert commands.refresh_status(again, client).sentence == "The upload is complete: 1 of 1 row written."


def test_log_shows_the_upload_that_is_asked_for(host: Host, client: Client, agency: Agency, tmp_path: Path) -> None:
    book = host.open(filled_template(client, tmp_path / "a.xlsx", [insert(agency.person())]))
    submitted = commands.submit(book, client)
    assert submitted.upload is not None
    other = host.open(plain_workbook(tmp_path / "other.xlsx", []))
    assert commands.log(other, client, submitted.upload.id).id == submitted.upload.id
    log = other.sheets[layout.LOG_SHEET].used_range.options(ndim=2).value
    assert [log[0][0], len(log[0])] == ["Upload log", len(log_sheet.HEADERS)]


def test_generate_template_saves_and_opens_one_and_overwrites_nothing(
    host: Host, client: Client, tmp_path: Path
) -> None:
    book = host.open(plain_workbook(tmp_path / "mine.xlsx", []))
    fresh = commands.generate_template(book, client, TemplateChoice(enrollment=True), tmp_path / "Caseload.xlsx")
    assert "Program End Date" in read_data(fresh).headers
    with pytest.raises(BookError, match="already"):
        commands.save_template(client, TemplateChoice(), tmp_path / "mine.xlsx")


def test_settings_are_kept_once_the_server_has_accepted_them(agency: Agency, tmp_path: Path) -> None:
    sentence = commands.settings(tmp_path, agency.url, agency.token)
    assert sentence.startswith(f"Connected to {agency.url} as Alice Admin")
    with pytest.raises(ClientError, match="does not know your token"):
        commands.settings(tmp_path / "other", agency.url, "clt_wrong")
    assert not (tmp_path / "other").exists()


def test_a_workbook_of_the_users_own_is_checked_and_marked_too(
    host: Host, client: Client, agency: Agency, tmp_path: Path
) -> None:
    rows = [insert(agency.person()), insert(agency.person(), Caseworker_Name="Robrt Smiht")]
    book = host.open(plain_workbook(tmp_path / "mine.xlsx", rows))
    commands.validate(book, client)
    book.save()
    saved = openpyxl.load_workbook(tmp_path / "mine.xlsx")
    columns = {cells[0].value: cells for cells in saved["My cases"].iter_cols(min_col=15)}
    assert [cell.value for cell in columns[ROW_STATUS]] == [ROW_STATUS, "✔ ok", "✖ 1 error"]
    assert saved["My cases"].column_dimensions[columns[ROW_POINTER][0].column_letter].hidden
    assert [name for name in saved.sheetnames if saved[name].sheet_state == "visible"] == ["My cases", "Fix Errors"]
    assert [commands.next_error(book) is not None, commands.validate(book, client).errors] == [True, 1]
    choose(book, "Robrt Smiht", choice="Robert Smith")
    assert commands.apply_fixes(book, client).checked.errors == 0


def test_row_numbers_are_the_sheets_own_with_rows_above_between_and_empty(
    host: Host, client: Client, agency: Agency, tmp_path: Path
) -> None:
    path = plain_workbook(tmp_path / "mine.xlsx", [insert(agency.person()), {}, insert("nobody"), {}])
    book = openpyxl.load_workbook(path)
    book.active.insert_rows(1, 2)
    book.active.insert_cols(1)
    book.create_sheet("Hidden", 0).sheet_state = "hidden"
    book.save(path)
    assert found(commands.validate(host.open(path), client).report) == [[6, "Participant ID", "unknown-participant"]]


def test_a_cell_beyond_the_headers_is_reported_and_never_written_over(
    host: Host, client: Client, agency: Agency, tmp_path: Path
) -> None:
    path = plain_workbook(tmp_path / "mine.xlsx", [insert(agency.person())])
    book = openpyxl.load_workbook(path)
    book.active["P2"] = "stray"
    book.save(path)
    opened = host.open(path)
    for _ in range(2):
        assert [code for *_, code in found(commands.validate(opened, client).report)] == ["extra-fields"]
    assert opened.sheets[0].range("P2").value == "stray"


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
    host: Host, client: Client, agency: Agency, tmp_path: Path, cells: dict[str, Any], problem: list[str]
) -> None:
    path = plain_workbook(tmp_path / "mine.xlsx", [insert(agency.person()) | cells])
    assert found(commands.validate(host.open(path), client).report) == [[2, *problem]]


def test_an_id_that_excel_turned_into_a_number_is_the_same_id(host: Host, client: Client, tmp_path: Path) -> None:
    path = plain_workbook(tmp_path / "mine.xlsx", [insert("x", Participant_ID=10432.0)])
    problem = commands.validate(host.open(path), client).report.problems[0]
    assert (problem.code, problem.value) == ("unknown-participant", "10432")


def test_sample_rows_left_in_are_two_problems(host: Host, client: Client, tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(client.template(TemplateChoice()))
    report = commands.validate(host.open(tmp_path / "a.xlsx"), client).report
    assert [[problem.row, problem.code] for problem in report.problems] == [[2, "sample-left"], [3, "sample-left"]]


def test_a_workbook_without_caseload_columns_gets_one_sentence(host: Host, client: Client, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Fruit", "Price"])
    book.save(tmp_path / "fruit.xlsx")
    with pytest.raises(BookError, match=r"has none of the caseload columns in its first row\. Generate a fresh"):
        commands.validate(host.open(tmp_path / "fruit.xlsx"), client)


def test_an_empty_sheet_gets_one_sentence(host: Host, client: Client, tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "empty.xlsx")
    with pytest.raises(BookError, match=r"The leftmost sheet of empty\.xlsx, Sheet, is empty\."):
        commands.validate(host.open(tmp_path / "empty.xlsx"), client)


def test_a_sheet_put_before_ours_is_named(host: Host, client: Client, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(client.template(TemplateChoice()))
    book = openpyxl.load_workbook(path)
    book.create_sheet("Notes", 0)["A1"] = "my notes"
    book.save(path)
    with pytest.raises(BookError, match="Show the sheet Caseload and move it to the far left"):
        commands.validate(host.open(path), client)


def test_a_renamed_column_is_named(host: Host, client: Client, agency: Agency, tmp_path: Path) -> None:
    path = plain_workbook(tmp_path / "a.xlsx", [insert(agency.person())])
    book = openpyxl.load_workbook(path)
    book.active["J1"] = "Role"
    book.save(path)
    with pytest.raises(ClientError, match="The sheet lacks Caseworker Relationship") as stopped:
        commands.validate(host.open(path), client)
    assert stopped.value.code == "header-missing"


def test_a_sheet_with_headers_alone_has_no_row(host: Host, client: Client, tmp_path: Path) -> None:
    with pytest.raises(ClientError, match="There is no row to upload"):
        commands.validate(host.open(plain_workbook(tmp_path / "a.xlsx", [])), client)


def test_an_unknown_column_is_noted_and_ignored(host: Host, client: Client, agency: Agency, tmp_path: Path) -> None:
    path = plain_workbook(tmp_path / "a.xlsx", [insert(agency.person())])
    book = openpyxl.load_workbook(path)
    book.active["O1"], book.active["O2"] = "Favourite colour", "blue"
    book.save(path)
    checked = commands.validate(host.open(path), client)
    assert checked.errors == 0
    assert [note for note in checked.notes if "Favourite colour" in note]


def test_a_failure_leaves_the_workbook_and_the_status_bar_as_they_were(host: Host, book: xw.Book) -> None:
    before = book.sheets[0].used_range.options(ndim=2).value
    with Client("http://127.0.0.1:9", "clt_x", retries=0) as away, pytest.raises(ClientError, match="does not answer"):
        commands.validate(book, away)
    assert book.sheets[0].used_range.options(ndim=2).value == before
    assert host.statuses[-1] == ""
