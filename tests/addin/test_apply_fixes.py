"""The loop of fixing in the sheet: one pick for each distinct mistake, in Fix Errors or in the cell itself (SPEC 5)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from addin.api.client import Client
from addin.buttons.fix import FixOutcome
from addin.buttons.registry import APPLY_FIXES, REMEMBERED_FIXES, SUBMIT, VALIDATE
from addin.buttons.remembered import FORGET, REMEMBER
from addin.errors import ClientError
from addin.outcome import YES
from tests.support.desk import Desk, Open
from tests.support.own_server import Server
from tests.support.prepared import with_kept_check
from tests.support.sheets import filled_template, insert, plain_workbook
from workbook import layout
from workbook.columns import ROW_FIXED, ROW_MESSAGE, ROW_STATUS, TemplateChoice
from workbook.report import Answer
from workbook.sheets import fix_sheet, remembered_sheet


class KeepsChecked(Client):
    """A client that keeps which rows it had checked."""

    def __init__(self, agency: Server) -> None:
        super().__init__(agency.url, agency.token)
        self.sent: list[list[int]] = []

    def validate(self, table: Any, follow_up: bool = False) -> Any:
        self.sent.append(list(table["row_numbers"]))
        return super().validate(table, follow_up)


@pytest.fixture
def listening(agency: Server) -> Iterator[KeepsChecked]:
    with KeepsChecked(agency) as client:
        yield client


def first_offer(book: Desk, value: str) -> str:
    grid = book.cells(layout.FIX_SHEET)
    headers = grid[fix_sheet.HEADER_ROW - 1]
    line = next(row for row in grid[fix_sheet.FIRST_ROW - 1 :] if row[1] == value)
    return str(line[headers.index("_offer1")])


def shown(book: Desk) -> list[Any]:
    """All that a check leaves in a workbook, but for what it knows by itself."""
    data = book.data()
    own = [data.headers.index(header) for header in (ROW_STATUS, ROW_MESSAGE, "_row")]
    suggestions = [line for line in book.cells(layout.SUGGESTIONS_SHEET) if line[1] != "_known"]
    beside = {row: [cells[place] for place in own] for row, cells in data.rows.items()}
    return [beside, suggestions, book.cells(layout.FIX_SHEET)]


@pytest.fixture
def rows(agency: Server) -> list[dict[str, Any]]:
    """Good rows, and in rows 3 and 5 a misspelt caseworker, in row 6 somebody nobody knows."""
    people = [agency.person() for _ in range(10)]
    made = [insert(person) for person in people]
    made[1]["Caseworker Name"] = made[3]["Caseworker Name"] = "Robrt Smiht"
    made[4]["Participant ID"] = "nobody"
    return made


def test_apply_fixes_sends_only_what_may_differ_and_leaves_the_workbook_as_validate_would(
    desk: Open, listening: KeepsChecked, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    rows.append({**rows[3], "Caseworker Name": "Robert Smith"})  # row 12 will say the same as row 5
    book = desk(filled_template(listening, tmp_path / "a.xlsx", rows), listening)
    book.press(VALIDATE)
    book.choose("Robrt Smiht", choice="Robert Smith")
    fixed = book.apply_fixes()
    assert listening.sent[1:] == [[3, 5, 6, 12]]
    assert [[one.row, one.code] for one in fixed.checked.report.problems] == [
        [6, "unknown-participant"],
        [12, "repeated-row"],
    ]
    assert fixed.sentence.startswith("1 mistake corrected in 2 rows. 2 errors in 2 of 11 rows.")
    applied = shown(book)
    book.press(VALIDATE)
    assert shown(book) == applied


def test_a_second_answer_follows_the_first_without_a_check_of_the_whole(
    desk: Open, listening: KeepsChecked, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    book = desk(filled_template(listening, tmp_path / "a.xlsx", rows), listening)
    book.press(VALIDATE)
    book.choose("Robrt Smiht", choice="Robert Smith")
    book.apply_fixes()
    book.choose("nobody", leave_out="Yes")
    fixed = book.apply_fixes()
    assert [fixed.checked.left_out, fixed.checked.errors] == [[6], 0]
    applied = shown(book)
    book.press(VALIDATE)
    assert (shown(book), len(listening.sent[-1])) == (applied, 9)


def test_a_sheet_that_was_edited_since_is_checked_as_a_whole_and_every_row_found_where_it_is(
    desk: Open, listening: KeepsChecked, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    book = desk(filled_template(listening, tmp_path / "a.xlsx", rows), listening)
    book.press(VALIDATE)
    book.choose("Robrt Smiht", choice="Robert Smith")
    book.enter(7, "Caseworker Name", "Robrt Smiht")
    fixed = book.apply_fixes()
    assert [change.row for change in fixed.made] == [3, 5, 7]
    assert [len(sent) for sent in listening.sent[1:]] == [10, 4]


@pytest.mark.parametrize("spoiled", ["", ":AAAA"])
def test_what_somebody_did_to_the_hidden_sheet_costs_a_check_and_no_more(
    desk: Open, listening: KeepsChecked, rows: list[dict[str, Any]], tmp_path: Path, spoiled: str
) -> None:
    book = desk(filled_template(listening, tmp_path / "a.xlsx", rows), listening)
    book.press(VALIDATE)
    last = len(book.cells(layout.SUGGESTIONS_SHEET))
    book.put(last, layout.SUGGESTION_COLUMN, spoiled, layout.SUGGESTIONS_SHEET)
    book.choose("Robrt Smiht", choice="Robert Smith")
    assert [change.row for change in book.apply_fixes().made] == [3, 5]


@pytest.mark.parametrize("sealed", ["as it was", "not at all", "by somebody else"])
def test_an_answer_goes_into_no_other_rows_because_the_kept_check_says_so(
    desk: Open, listening: KeepsChecked, agency: Server, rows: list[dict[str, Any]], tmp_path: Path, sealed: str
) -> None:
    """What decides into which cells an answer goes stands in a hidden sheet, and the workbook may be a stranger's."""

    def change(facts: dict[str, Any]) -> None:
        (group,) = [one for one in facts["report"]["fixes"] if one["value"] == "Robrt Smiht"]
        group["rows"], group["count"] = ([2, 3, 5], 3) if sealed != "by somebody else" else (group["rows"], 2)
        if sealed == "not at all":
            del facts["seal"]

    rows[0]["Caseworker Name"] = "Carla Ruiz"
    colleague = Client(agency.url, agency.token_for("ADM"))
    book = desk(filled_template(listening, tmp_path / "a.xlsx", rows), listening)
    with colleague:
        book.opened._client = colleague if sealed == "by somebody else" else listening
        book.press(VALIDATE)
        listening.sent.clear()
        book.choose("Robrt Smiht", choice="Robert Smith")
        path = book.book.save()
        book.close()
    book = desk(with_kept_check(path, change), listening)
    fixed = book.apply_fixes()
    assert [change.row for change in fixed.made] == [3, 5]
    assert book.column("Caseworker Name")[0] == "Carla Ruiz"
    assert len(listening.sent[0]) == 10  # asked anew


def test_the_log_of_the_upload_tells_what_was_fixed_wherever_sorting_took_the_row(
    desk: Open, client: Client, rows: list[dict[str, Any]], agency: Server, tmp_path: Path
) -> None:
    rows[4]["Participant ID"] = agency.person()
    rows[5]["Caseworker Name"] = "Robrt Smiht"
    book = desk(filled_template(client, tmp_path / "a.xlsx", rows))
    book.press(VALIDATE)
    book.choose("Robrt Smiht", choice="Robert Smith")
    book.apply_fixes()
    book.enter(7, "Caseworker Name", "Carla Ruiz")  # not what the fix put there
    book.turn_round(2, 11)  # row 3 is row 10 now, row 5 row 8, row 7 row 6
    submitted = book.press(SUBMIT)
    assert submitted.upload is not None
    log = {row.row: (row.before, row.after) for row in client.log(submitted.upload.id) if row.before or row.after}
    assert log == dict.fromkeys((8, 10), ("Caseworker Name: Robrt Smiht", "Caseworker Name: Robert Smith"))


def test_a_cell_fixed_twice_is_told_from_its_first_value_and_an_ssn_never(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    person = agency.person()
    row = insert("", SSN="823-01-0008", First_Name="Patt", Last_Name="Nobody", Caseworker_Name="Bob")
    book = desk(filled_template(client, tmp_path / "a.xlsx", [row]))
    fixes = book.press(VALIDATE).report.fixes
    group = next(one for one in fixes if one.column == "Participant ID")
    who = (group.column, group.value, group.code)
    book.apply({who: person, ("Caseworker Name", "Bob", "unknown-staff"): "Bobby"}, ())
    book.apply({("Caseworker Name", "Bobby", "unknown-staff"): "Carla Ruiz"}, ())
    submitted = book.press(SUBMIT)
    assert submitted.upload is not None
    [line] = client.log(submitted.upload.id)
    assert line.before == (
        "Participant ID: (empty); First Name: Patt; Last Name: Nobody; SSN: •••; Caseworker Name: Bob"
    )
    assert line.after.endswith("SSN: (empty); Caseworker Name: Carla Ruiz")
    noted = str(book.column(ROW_FIXED)[0])
    assert ["823" in noted, "Patt" in noted] == [False, True]


def test_fix_errors_leads_to_the_cells_of_the_first_rows(
    desk: Open, client: Client, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    for place in (5, 6):
        rows[place]["Caseworker Name"] = "Robrt Smiht"
    for path in (filled_template(client, tmp_path / "a.xlsx", rows), plain_workbook(tmp_path / "b.xlsx", rows)):
        book = desk(path)
        book.press(VALIDATE)
        data = book.data()
        name, column = data.sheet.name, layout.column_letters(data.column("Caseworker Name") or 0)
        first = fix_sheet.HEADERS.index(fix_sheet.LINKS[0]) + 1
        saved = openpyxl.load_workbook(path)[layout.FIX_SHEET]
        links = [
            [saved.cell(row, first + place).value for place in range(3)]
            for row in (fix_sheet.FIRST_ROW, fix_sheet.FIRST_ROW + 1)
        ]
        assert links[0] == [f"""=HYPERLINK("#'{name}'!{column}{row}",{row})""" for row in (3, 5, 7)]
        assert links[1][1:] == [None, None]


def test_an_answer_is_remembered_with_the_fix_offered_first_next_time_and_forgotten_on_a_word(
    desk: Open, client: Client, rows: list[dict[str, Any]], agency: Server, tmp_path: Path
) -> None:
    rows[1]["Caseworker Name"] = rows[3]["Caseworker Name"] = "Uncle Bob"
    book = desk(filled_template(client, tmp_path / "a.xlsx", rows))
    book.press(VALIDATE)
    book.choose("Uncle Bob", choice="Robert Smith", remember="Yes")
    book.choose("nobody", choice="nobody at all", remember="Yes")  # which is no better
    book.answers[REMEMBER] = YES
    assert book.press(APPLY_FIXES).sentence == "1 answer remembered for everybody."
    assert book.asked[-1].text.partition("answer first.\n\n")[2] == "Caseworker Name: “Uncle Bob” → Robert Smith"

    row = insert(agency.person(), Caseworker_Name="uncle bob")
    again = desk(filled_template(client, tmp_path / "b.xlsx", [row]))
    again.press(VALIDATE)
    assert first_offer(again, "uncle bob") == "Robert Smith (remembered)"
    data = again.data()
    assert "Robert Smith (remembered)" in data.cell_text(2, data.headers.index(ROW_MESSAGE) + 1)

    told = again.press(REMEMBERED_FIXES)
    lines = again.cells(remembered_sheet.REMEMBERED_SHEET)
    [place] = [number for number, line in enumerate(lines) if line[1] == "Uncle Bob"]
    assert lines[place][:5] == [
        "Caseworker Name",
        "Uncle Bob",
        "No staff member has that ID or name.",
        "Robert Smith",
        "Alice Admin",
    ]
    again.put(place + 1, 7, "yes", remembered_sheet.REMEMBERED_SHEET)
    again.answers[FORGET] = YES
    after = again.press(REMEMBERED_FIXES)
    assert again.asked[-1].text.endswith("Caseworker Name: “Uncle Bob” → Robert Smith (Alice Admin)")
    assert after.sentence.startswith("1 fix forgotten.")
    assert [len(told.fixes) - 1, 0] == [len(after.fixes), sum(fix.value == "Uncle Bob" for fix in after.fixes)]
    assert again.press(REMEMBERED_FIXES).forgotten == 0
    again.press(VALIDATE)
    assert first_offer(again, "uncle bob") != "Robert Smith (remembered)"


def test_what_cannot_be_remembered_is_said_and_the_fix_is_made_all_the_same(
    desk: Open, client: Client, agency: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [agency.person() for _ in range(2)]
    hidden = insert("", SSN="823-01-0009", First_Name="Nobody", Last_Name="Known")
    book = desk(filled_template(client, tmp_path / "a.xlsx", [hidden, insert(people[1], Caseworker_Name="Chef")]))
    book.press(VALIDATE)
    book.answers[REMEMBER] = YES
    book.choose("Nobody Known · SSN given", choice=people[0], remember="Yes")
    fixed, remembered = book.steps(APPLY_FIXES)
    assert "Not remembered, Participant ID: What goes with a Social Security number" in remembered.sentence
    assert isinstance(fixed, FixOutcome)
    assert fixed.checked.errors == 1

    def away(*_: Any) -> None:
        raise ClientError("The server does not answer.", "server-away")

    monkeypatch.setattr(client, "remember", away)
    book.choose("Chef", choice="Carla Ruiz", remember="Yes")
    said = book.press(APPLY_FIXES).sentence
    assert said == "1 answer could not be remembered: The server does not answer."
    assert book.press(VALIDATE).errors == 0


def test_what_a_workbook_says_is_to_be_remembered_is_so_once_its_user_agrees(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    """Its sheet Fix Errors may be filled in by somebody else, with lines that no row needs and hidden columns that say
    another value than what is shown."""
    rows = [insert(agency.person(), Caseworker_Name="Somebody Else"), insert(agency.person())]
    book = desk(filled_template(client, tmp_path / "a.xlsx", rows))
    book.press(VALIDATE)
    book.choose("Somebody Else", choice="Robert Smith", remember="Yes")
    grid = book.cells(layout.FIX_SHEET)
    columns = {str(name): place for place, name in enumerate(grid[fix_sheet.HEADER_ROW - 1], start=1)}
    for name, text in (("_offer1", "Robert Smith"), ("_means1", "Carla Ruiz")):
        book.put(fix_sheet.FIRST_ROW, columns[name], text, layout.FIX_SHEET)
    needless = {fix_sheet.COLUMN: "Caseworker Name", fix_sheet.CODE: "unknown-staff", fix_sheet.EXACT: "Whoever",
                fix_sheet.CHOICE: "Carla Ruiz", fix_sheet.REMEMBER: "Yes"}  # fmt: skip
    for name, text in needless.items():
        book.put(fix_sheet.FIRST_ROW + 300, columns[name], text, layout.FIX_SHEET)
    known = {one.id for one in client.remembered()}
    book.answers[REMEMBER] = "no"
    assert book.press(APPLY_FIXES).sentence == "1 answer not remembered; the rows are corrected all the same."
    assert book.asked[-1].text.splitlines()[-1] == "Caseworker Name: “Somebody Else” → Robert Smith"
    assert book.column("Caseworker Name")[0] == "Robert Smith"
    assert {one.id for one in client.remembered()} == known


def test_what_a_workbook_says_is_to_be_forgotten_is_named_as_the_server_has_it_and_asked_about(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    """Its sheet Remembered may be somebody else's, hidden, and show something else."""
    wrong = Answer(column="Caseworker Name", value="The Matron", code="unknown-staff", replacement="Carla Ruiz")
    [kept] = client.remember([wrong]).remembered
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(agency.person())]))
    line = ["Caseload Status", "something else", "", "", "", "", "x", kept.id]
    for place, text in enumerate(line, start=1):
        book.put(500, place, text, remembered_sheet.REMEMBERED_SHEET)
    for word, is_there in (("no", True), (YES, False)):
        book.put(500, 7, "x", remembered_sheet.REMEMBERED_SHEET)
        book.put(500, 8, kept.id, remembered_sheet.REMEMBERED_SHEET)
        book.answers[FORGET] = word
        book.press(REMEMBERED_FIXES)
        assert "Caseworker Name: “The Matron” → Carla Ruiz (Alice Admin)" in book.asked[-1].text
        assert (kept.id in {one.id for one in client.remembered()}) == is_there


def test_nobody_agrees_to_an_answer_that_the_question_did_not_name(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    """Whoever filled in the sheet chose the order of its lines, so that the last ones would be read by nobody."""
    names = [f"Crew {'QWZXKVJYHGFPD'[number]}" for number in range(13)]
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert("007", Caseworker_Name=name) for name in names]))
    book.press(VALIDATE)
    for name in names:
        book.choose(name, choice="Robert Smith", remember="Yes")
    agreed = iter((YES, "no"))
    book.while_asked = lambda _question: book.answers.update({REMEMBER: next(agreed)})
    _fixed, some, others = book.steps(APPLY_FIXES)
    said = "1 answer not remembered; the rows are corrected all the same."
    assert [some.sentence, others.sentence] == ["12 answers remembered for everybody.", said]
    named = [[line for line in one.text.splitlines() if "→" in line] for one in book.asked[-2:]]
    assert [len(lines) for lines in named] == [12, 1]
    kept = {fix.value for fix in client.remembered()} & set(names)
    assert kept == {name for name in names if f"“{name}”" in "".join(named[0])}


def test_a_pick_in_the_cell_is_as_good_as_one_in_fix_errors(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    people = [agency.person() for _ in range(4)]
    number = int(people[0][1:])  # in both names, or another of the crowd is as like
    rows = [
        insert("", First_Name=f"Pat{number}", Last_Name=f"Persson{number}", Date_of_Birth="1980-01-01"),
        insert(people[1], Caseworker_Name="Robrt Smiht"),
        insert(people[2], Caseworker_Relationship="Primery"),
        insert(people[3], Start_Date="2026-02-31"),
    ]
    book = desk(filled_template(client, tmp_path / "a.xlsx", rows))
    for group in book.press(VALIDATE).report.fixes:
        book.enter(group.rows[0], group.column, group.suggestions[0].value)
    book.turn_round(2, 5)
    checked = book.press(VALIDATE)
    assert [[one.row, one.code] for one in checked.report.problems] == []
    named = f"row 5: Pat{number} Persson{number} · born 1/1/1980 → {people[0]}, Pat{number} Person{number} · born"
    assert f"replaces what else told the person in 1 row ({named}" in checked.sentence
    submitted = book.press(SUBMIT)
    assert submitted.upload is not None
    log = {row.row: row.before for row in client.log(submitted.upload.id)}
    assert log[5].startswith("First Name: Pat")
    assert [log[row] for row in (2, 3, 4)] == [""] * 3


def test_a_name_in_two_columns_is_picked_in_one_cell(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    row = insert(agency.person(), Caseworker_First_Name="Robrt", Caseworker_Last_Name="Smiht")
    del row["Caseworker Name"]
    book = desk(filled_template(client, tmp_path / "a.xlsx", [row], TemplateChoice(caseworker="first_last")))
    [group] = book.press(VALIDATE).report.fixes
    book.enter(2, group.column, group.suggestions[0].value)
    assert book.press(VALIDATE).errors == 0


def test_an_id_typed_beside_other_details_than_it_was_offered_for_leaves_them_alone(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    person = agency.person()
    row = insert("", First_Name=f"Pat{int(person[1:])}", Last_Name="Persson", Date_of_Birth="1980-01-01")
    book = desk(filled_template(client, tmp_path / "a.xlsx", [row]))
    book.press(VALIDATE)
    book.enter(2, "Participant ID", person)
    book.enter(2, "Last Name", "Perssons")
    assert [one.code for one in book.press(VALIDATE).report.problems] == ["demographics-mismatch"]
