"""The loop of fixing in the sheet: one pick for each distinct mistake, in Fix Errors or in the cell itself (SPEC 5)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import xlwings as xw

from addin import commands
from addin.api.client import Client
from addin.errors import ClientError
from addin.rows import own_sheets as sheet
from tests.addin.conftest import Agency, Host, filled_template, insert, plain_workbook
from workbook import fix_sheet, layout, remembered_sheet
from workbook.columns import ROW_FIXED, ROW_MESSAGE, ROW_STATUS, TemplateChoice


class Listening(Client):
    """A client that keeps which rows it had checked."""

    def __init__(self, agency: Agency) -> None:
        super().__init__(agency.url, agency.token)
        self.sent: list[list[int]] = []

    def validate(self, table: Any, follow_up: bool = False) -> Any:
        self.sent.append(list(table["row_numbers"]))
        return super().validate(table, follow_up)


@pytest.fixture
def listening(agency: Agency) -> Iterator[Listening]:
    with Listening(agency) as client:
        yield client


def fill(book: xw.Book, value: str, **answers: str) -> None:
    """Fills in the line of a wrong value in Fix Errors, as its user would."""
    names = {"choice": fix_sheet.CHOICE, "leave_out": fix_sheet.LEAVE_OUT, "remember": fix_sheet.REMEMBER}
    grid = sheet.read_fix_grid(book)
    headers = grid[fix_sheet.HEADER_ROW - 1]
    line = next(n for n, row in enumerate(grid[fix_sheet.FIRST_ROW - 1 :], fix_sheet.FIRST_ROW) if row[1] == value)
    for name, text in answers.items():
        book.sheets[layout.FIX_SHEET].range((line, headers.index(names[name]) + 1)).value = text


def first_offer(book: xw.Book, value: str) -> str:
    grid = sheet.read_fix_grid(book)
    headers = grid[fix_sheet.HEADER_ROW - 1]
    line = next(row for row in grid[fix_sheet.FIRST_ROW - 1 :] if row[1] == value)
    return str(line[headers.index("_offer1")])


def put(book: xw.Book, row: int, header: str, value: Any) -> None:
    column = sheet.read_data(book).column(header)
    assert column is not None
    book.sheets[0].range((row, column)).value = value


def shown(book: xw.Book) -> list[Any]:
    """All that a check leaves in a workbook, but for what it knows by itself."""
    data = sheet.read_data(book)
    own = [data.headers.index(header) for header in (ROW_STATUS, ROW_MESSAGE, "_row")]
    suggestions = [line for line in sheet.read_suggestions(book) if line[1] != "_known"]
    issues = book.sheets[layout.ISSUES_SHEET].used_range.options(ndim=2).value
    beside = {row: [cells[place] for place in own] for row, cells in data.rows.items()}
    return [beside, issues, suggestions, sheet.read_fix_grid(book)]


@pytest.fixture
def rows(agency: Agency) -> list[dict[str, Any]]:
    """Good rows, and in rows 3 and 5 a misspelt caseworker, in row 6 somebody nobody knows."""
    people = [agency.person() for _ in range(10)]
    made = [insert(person) for person in people]
    made[1]["Caseworker Name"] = made[3]["Caseworker Name"] = "Robrt Smiht"
    made[4]["Participant ID"] = "nobody"
    return made


def test_apply_fixes_sends_only_what_may_differ_and_leaves_the_workbook_as_validate_would(
    host: Host, listening: Listening, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    rows.append({**rows[3], "Caseworker Name": "Robert Smith"})  # row 12 will say the same as row 5
    book = host.open(filled_template(listening, tmp_path / "a.xlsx", rows))
    commands.validate(book, listening)
    fill(book, "Robrt Smiht", choice="Robert Smith")
    fixed = commands.apply_fixes(book, listening)
    assert listening.sent[1:] == [[3, 5, 6, 12]]
    assert [[one.row, one.code] for one in fixed.checked.report.problems] == [
        [6, "unknown-participant"], [12, "repeated-row"],
    ]
    assert fixed.sentence.startswith("1 mistake corrected in 2 rows. 2 errors in 2 of 11 rows.")
    applied = shown(book)
    commands.validate(book, listening)
    assert shown(book) == applied


def test_a_second_answer_follows_the_first_without_a_check_of_the_whole(
    host: Host, listening: Listening, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    book = host.open(filled_template(listening, tmp_path / "a.xlsx", rows))
    commands.validate(book, listening)
    fill(book, "Robrt Smiht", choice="Robert Smith")
    commands.apply_fixes(book, listening)
    fill(book, "nobody", leave_out="Yes")
    fixed = commands.apply_fixes(book, listening)
    assert [fixed.checked.left_out, fixed.checked.errors] == [[6], 0]
    applied = shown(book)
    commands.validate(book, listening)
    assert (shown(book), len(listening.sent[-1])) == (applied, 9)


def test_a_sheet_that_was_edited_since_is_checked_as_a_whole_and_every_row_found_where_it_is(
    host: Host, listening: Listening, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    book = host.open(filled_template(listening, tmp_path / "a.xlsx", rows))
    commands.validate(book, listening)
    fill(book, "Robrt Smiht", choice="Robert Smith")
    put(book, 7, "Caseworker Name", "Robrt Smiht")
    fixed = commands.apply_fixes(book, listening)
    assert [change.row for change in fixed.made] == [3, 5, 7]
    assert [len(sent) for sent in listening.sent[1:]] == [10, 4]


@pytest.mark.parametrize("spoiled", ["", ":AAAA"])
def test_what_somebody_did_to_the_hidden_sheet_costs_a_check_and_no_more(
    host: Host, listening: Listening, rows: list[dict[str, Any]], tmp_path: Path, spoiled: str
) -> None:
    book = host.open(filled_template(listening, tmp_path / "a.xlsx", rows))
    commands.validate(book, listening)
    hidden = book.sheets[layout.SUGGESTIONS_SHEET]
    hidden.range((hidden.used_range.shape[0], layout.SUGGESTION_COLUMN)).value = spoiled
    fill(book, "Robrt Smiht", choice="Robert Smith")
    assert [change.row for change in commands.apply_fixes(book, listening).made] == [3, 5]


def test_the_log_of_the_upload_tells_what_was_fixed_wherever_sorting_took_the_row(
    host: Host, client: Client, rows: list[dict[str, Any]], agency: Agency, tmp_path: Path
) -> None:
    rows[4]["Participant ID"] = agency.person()
    rows[5]["Caseworker Name"] = "Robrt Smiht"
    book = host.open(filled_template(client, tmp_path / "a.xlsx", rows))
    commands.validate(book, client)
    fill(book, "Robrt Smiht", choice="Robert Smith")
    commands.apply_fixes(book, client)
    put(book, 7, "Caseworker Name", "Carla Ruiz")  # not what the fix put there
    data = sheet.read_data(book)
    block = data.sheet.range((2, 1), (11, len(data.headers)))
    block.value = block.options(ndim=2).value[::-1]  # row 3 is row 10 now, row 5 row 8, row 7 row 6
    submitted = commands.submit(book, client)
    assert submitted.upload is not None
    log = {row.row: (row.before, row.after) for row in client.log(submitted.upload.id) if row.before or row.after}
    assert log == dict.fromkeys((8, 10), ("Caseworker Name: Robrt Smiht", "Caseworker Name: Robert Smith"))


def test_a_cell_fixed_twice_is_told_from_its_first_value_and_an_ssn_never(
    host: Host, client: Client, agency: Agency, tmp_path: Path
) -> None:
    person = agency.person()
    row = insert("", SSN="823-01-0008", First_Name="Patt", Last_Name="Nobody", Caseworker_Name="Bob")
    book = host.open(filled_template(client, tmp_path / "a.xlsx", [row]))
    fixes = commands.validate(book, client).report.fixes
    group = next(one for one in fixes if one.column == "Participant ID")
    who = (group.column, group.value, group.code)
    commands.apply_these(book, client, {who: person, ("Caseworker Name", "Bob", "unknown-staff"): "Bobby"}, ())
    commands.apply_these(book, client, {("Caseworker Name", "Bobby", "unknown-staff"): "Carla Ruiz"}, ())
    submitted = commands.submit(book, client)
    assert submitted.upload is not None
    [line] = client.log(submitted.upload.id)
    assert line.before == (
        "Participant ID: (empty); First Name: Patt; Last Name: Nobody; SSN: •••; Caseworker Name: Bob"
    )
    assert line.after.endswith("SSN: (empty); Caseworker Name: Carla Ruiz")
    data = sheet.read_data(book)
    assert "823" not in data.cell_text(2, data.headers.index(ROW_FIXED) + 1)


def test_fix_errors_leads_to_the_cells_of_the_first_rows(
    host: Host, client: Client, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    for place in (5, 6):
        rows[place]["Caseworker Name"] = "Robrt Smiht"
    for path in (filled_template(client, tmp_path / "a.xlsx", rows), plain_workbook(tmp_path / "b.xlsx", rows)):
        book = host.open(path)
        commands.validate(book, client)
        name, column = book.sheets[0].name, layout.column_letters(sheet.read_data(book).column("Caseworker Name") or 0)
        first = fix_sheet.HEADERS.index(fix_sheet.LINKS[0]) + 1
        links = book.sheets[layout.FIX_SHEET].range((fix_sheet.FIRST_ROW, first), (fix_sheet.FIRST_ROW + 1, first + 2))
        assert list(links.formula[0]) == [f"""=HYPERLINK("#'{name}'!{column}{row}",{row})""" for row in (3, 5, 7)]
        assert list(links.formula[1])[1:] == ["", ""]


def test_an_answer_is_remembered_with_the_fix_offered_first_next_time_and_forgotten_on_a_word(
    host: Host, client: Client, rows: list[dict[str, Any]], agency: Agency, tmp_path: Path
) -> None:
    rows[1]["Caseworker Name"] = rows[3]["Caseworker Name"] = "Uncle Bob"
    book = host.open(filled_template(client, tmp_path / "a.xlsx", rows))
    commands.validate(book, client)
    fill(book, "Uncle Bob", choice="Robert Smith", remember="Yes")
    fill(book, "nobody", choice="nobody at all", remember="Yes")  # which is no better
    assert commands.apply_fixes(book, client).sentence.endswith(" 1 answer remembered.")

    row = insert(agency.person(), Caseworker_Name="uncle bob")
    again = host.open(filled_template(client, tmp_path / "b.xlsx", [row]))
    commands.validate(again, client)
    assert first_offer(again, "uncle bob") == "Robert Smith (remembered)"
    data = sheet.read_data(again)
    assert "Robert Smith (remembered)" in data.cell_text(2, data.headers.index(ROW_MESSAGE) + 1)

    told = commands.remembered_fixes(again, client)
    lines = again.sheets[remembered_sheet.REMEMBERED_SHEET].used_range.options(ndim=2).value
    [place] = [number for number, line in enumerate(lines) if line[1] == "Uncle Bob"]
    assert lines[place][:5] == [
        "Caseworker Name", "Uncle Bob", "No staff member has that ID or name.", "Robert Smith", "Alice Admin",
    ]
    again.sheets[remembered_sheet.REMEMBERED_SHEET].range((place + 1, 7)).value = "yes"
    after = commands.remembered_fixes(again, client)
    assert after.sentence.startswith("1 fix forgotten.")
    assert [len(told.fixes) - 1, 0] == [len(after.fixes), sum(fix.value == "Uncle Bob" for fix in after.fixes)]
    assert commands.remembered_fixes(again, client).forgotten == 0
    commands.validate(again, client)
    assert first_offer(again, "uncle bob") != "Robert Smith (remembered)"


def test_what_cannot_be_remembered_is_said_and_the_fix_is_made_all_the_same(
    host: Host, client: Client, agency: Agency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [agency.person() for _ in range(2)]
    hidden = insert("", SSN="823-01-0009", First_Name="Nobody", Last_Name="Known")
    book = host.open(filled_template(client, tmp_path / "a.xlsx", [hidden, insert(people[1], Caseworker_Name="Chef")]))
    commands.validate(book, client)
    fill(book, "Nobody Known · SSN given", choice=people[0], remember="Yes")
    fixed = commands.apply_fixes(book, client)
    assert "Not remembered, Participant ID: What goes with a Social Security number" in fixed.sentence
    assert fixed.checked.errors == 1

    def away(*_: Any) -> None:
        raise ClientError("The server does not answer.", "server-away")

    monkeypatch.setattr(client, "remember", away)
    fill(book, "Chef", choice="Carla Ruiz", remember="Yes")
    fixed = commands.apply_fixes(book, client)
    assert fixed.checked.errors == 0
    assert fixed.sentence.endswith("1 answer could not be remembered: The server does not answer.")


def test_a_pick_in_the_cell_is_as_good_as_one_in_fix_errors(
    host: Host, client: Client, agency: Agency, tmp_path: Path
) -> None:
    people = [agency.person() for _ in range(4)]
    rows = [
        insert("", First_Name=f"Pat{int(people[0][1:])}", Last_Name="Persson", Date_of_Birth="1980-01-01"),
        insert(people[1], Caseworker_Name="Robrt Smiht"),
        insert(people[2], Caseworker_Relationship="Primery"),
        insert(people[3], Start_Date="2026-02-31"),
    ]
    book = host.open(filled_template(client, tmp_path / "a.xlsx", rows))
    for group in commands.validate(book, client).report.fixes:
        put(book, group.rows[0], group.column, group.suggestions[0].value)
    data = sheet.read_data(book)
    block = data.sheet.range((2, 1), (5, len(data.headers)))
    block.value = block.options(ndim=2).value[::-1]
    checked = commands.validate(book, client)
    assert [[one.row, one.code] for one in checked.report.problems] == []
    assert "replaces what else told the person in 1 row; see Fixes Made." in checked.sentence
    submitted = commands.submit(book, client)
    assert submitted.upload is not None
    log = {row.row: row.before for row in client.log(submitted.upload.id)}
    assert log[5].startswith("First Name: Pat")
    assert [log[row] for row in (2, 3, 4)] == [""] * 3


def test_a_name_in_two_columns_is_picked_in_one_cell(
    host: Host, client: Client, agency: Agency, tmp_path: Path
) -> None:
    row = insert(agency.person(), Caseworker_First_Name="Robrt", Caseworker_Last_Name="Smiht")
    del row["Caseworker Name"]
    book = host.open(filled_template(client, tmp_path / "a.xlsx", [row], TemplateChoice(caseworker="first_last")))
    [group] = commands.validate(book, client).report.fixes
    put(book, 2, group.column, group.suggestions[0].value)
    assert commands.validate(book, client).errors == 0


def test_an_id_typed_beside_other_details_than_it_was_offered_for_leaves_them_alone(
    host: Host, client: Client, agency: Agency, tmp_path: Path
) -> None:
    person = agency.person()
    row = insert("", First_Name=f"Pat{int(person[1:])}", Last_Name="Persson", Date_of_Birth="1980-01-01")
    book = host.open(filled_template(client, tmp_path / "a.xlsx", [row]))
    commands.validate(book, client)
    put(book, 2, "Participant ID", person)
    put(book, 2, "Last Name", "Perssons")
    assert [one.code for one in commands.validate(book, client).report.problems] == ["demographics-mismatch"]
