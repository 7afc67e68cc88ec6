"""Paste Data takes the rows of a foreign sheet under our headers, and remembers what its user corrected (SPEC 9)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from addin.api.client import Client
from addin.buttons.paste import Pasted, as_lines
from addin.buttons.registry import PASTE_DATA, SUBMIT
from addin.errors import BookError, Cancelled
from addin.outcome import UserQuestion
from tests.support.desk import Desk, Open
from tests.support.own_server import Server
from tests.support.sheets import fresh_template, insert, plain_workbook
from workbook.columns import TemplateChoice
from workbook.sheets.log_sheet import HEADERS as LOG_HEADERS

Paste = Callable[..., Pasted]


@pytest.fixture
def book(desk: Open, client: Client, tmp_path: Path) -> Desk:
    return desk(fresh_template(client, tmp_path / "Caseload.xlsx"))


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is agreed on is remembered in a folder of the test's own."""
    for name in ("XDG_CONFIG_HOME", "HOME", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))


@pytest.fixture
def paste(book: Desk) -> Paste:
    """Pastes a file into the fresh template, giving these answers to the questions how the columns go together, which
    are in `book.asked`."""

    def paste(path: Path, *answers: str) -> Pasted:
        given = iter(("", *answers, ""))
        book.asked.clear()
        book.while_asked = lambda _: book.answers.update(file=str(path), typed=next(given))
        pasted = book.press(PASTE_DATA)
        book.while_asked = lambda _: None
        return pasted

    return paste


def shown(book: Desk) -> list[str]:
    """The questions how the columns go together, after the one for the file, as a terminal shows them."""
    assert [field.kind for field in book.asked[0].fields] == ["file"]
    return ["\n".join([question.words, *as_lines(question)]) for question in book.asked[1:]]


def csv_file(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def rows(book: Desk, *headers: str) -> dict[int, list[Any]]:
    data = book.data()
    places = [data.headers.index(header) for header in headers]
    return {row: [cells[place] for place in places] for row, cells in data.rows.items()}


def test_columns_find_their_place_by_header_and_text_stays_text(
    book: Desk, paste: Paste, tmp_path: Path, desk: Open
) -> None:
    text = "Begin Date;Worker;PSID;Shoe Size;Why closed\n03/04/2026;Robert Smith;007;44;Moved\n;;0010;\n"
    path = csv_file(tmp_path / "their.csv", text)
    done = paste(path)
    assert done.added == [2, 3]
    assert done.columns == {
        "Begin Date": "Start Date",
        "Worker": "Caseworker Name",
        "PSID": "Participant ID",
        "Why closed": "Reason for Dismissal",
    }
    assert done.guessed == {"Why closed": "Reason for Dismissal"}
    assert done.not_used == ["Shoe Size"]
    assert "End Date" in done.empty
    expected = {2: ["007", "Robert Smith", "03/04/2026"], 3: ["0010", None, None]}
    assert rows(book, "Participant ID", "Caseworker Name", "Start Date") == expected
    book.close()
    assert rows(desk(book.path), "Participant ID", "Caseworker Name", "Start Date") == expected
    for told in (
        "2 rows of their.csv pasted in rows 2 to 3", "Not used: Shoe Size", "Stayed empty: Update or Insert",
        "Guessed, so have a look at: Why closed as Reason for Dismissal.",
    ):  # fmt: skip
        assert told in done.sentence


def test_what_was_pasted_is_checked_and_submitted_like_typed_rows(
    book: Desk, paste: Paste, client: Client, agency: Server, tmp_path: Path
) -> None:
    people = [agency.person() for _ in range(2)]
    path = plain_workbook(
        tmp_path / "their.xlsx",
        [insert(person, Start_Date=datetime(2026, 1, 12), Case_Number=None) for person in people],
    )
    assert paste(path).added == [2, 3]
    assert [cells[0] for cells in rows(book, "Start Date").values()] == [datetime(2026, 1, 12)] * 2
    assert book.press(SUBMIT).sentence == "The upload is complete: 2 of 2 rows written."


def test_rows_go_below_those_that_are_there_and_touch_none_of_them(
    desk: Open, paste: Paste, book: Desk, tmp_path: Path
) -> None:
    book.put(3, 2, "mine")  # the sample row, begun to be filled in
    for column in range(3, 10):
        book.put(3, column, None)
    book.put(9, 2, "Q0009")
    before = book.data().rows
    assert paste(csv_file(tmp_path / "their.csv", "PSID,Last\nA1,One\nA2,Two\nA3,Three\n")).added == [2, 10, 11]
    after = book.data().rows
    assert {row: after[row] for row in (3, 9)} == {row: before[row] for row in (3, 9)}
    assert rows(book, "Participant ID", "Last Name") | {3: None, 9: None} == {
        2: ["A1", "One"],
        3: None,
        9: None,
        10: ["A2", "Two"],
        11: ["A3", "Three"],
    }


def test_fewer_rows_than_sample_rows_leave_no_sample_row_behind(book: Desk, paste: Paste, tmp_path: Path) -> None:
    paste(csv_file(tmp_path / "their.csv", "PSID,Last\nA1,One\n"))
    assert rows(book, "Participant ID", "Update or Insert") == {2: ["A1", None]}
    saved = openpyxl.load_workbook(book.path)["Caseload"]
    assert saved.row_dimensions[2].height is None


def test_the_mapping_is_shown_corrected_and_remembered_for_sheets_with_these_headers(
    book: Desk, paste: Paste, tmp_path: Path
) -> None:
    path = csv_file(tmp_path / "one.csv", "PSID,Ref,Worker\n1,C-1,Ana\n")
    first = paste(path, "Ref = case number; 3 = not used")
    assert first.columns == {"PSID": "Participant ID", "Ref": "Case Number"}
    first_shown, second_shown = shown(book)
    for line in (
        "one.csv: 1 row.", "1. PSID (1) → Participant ID", "2. Ref (C-1) → not used",
        "3. Worker (Ana) → Caseworker Name",
    ):  # fmt: skip
        assert line in first_shown.splitlines()
    assert "2. Ref (C-1) → Case Number" in second_shown.splitlines()
    again = paste(csv_file(tmp_path / "two.csv", "Worker,ref,PSID\nBob,C-2,2\n"))
    assert again.columns == {"ref": "Case Number", "PSID": "Participant ID"}
    assert rows(book, "Participant ID", "Case Number", "Caseworker Name") == {
        2: ["1", "C-1", None],
        3: ["2", "C-2", None],
    }
    other = paste(csv_file(tmp_path / "three.csv", "PSID,Ref\n3,C-3\n"))
    assert other.columns == {"PSID": "Participant ID"}


@pytest.mark.parametrize(
    ("header", "written", "first", "last"),
    [
        ("Client Name", "Smith, Olivia", "Olivia", "Smith"),
        ("Name", "Olivia Smith", "Olivia", "Smith"),
        ("Participant", "Olivia Ann de la Cruz", "Olivia Ann", "de la Cruz"),
        ("Full Name", "Ms. Olivia Smith Jr.", "Olivia", "Smith Jr."),
        ("Last Name", "Smith, Jr., Olivia", "Olivia", "Smith Jr."),
    ],
)
def test_a_whole_name_is_split(
    book: Desk, paste: Paste, tmp_path: Path, header: str, written: str, first: str, last: str
) -> None:
    text = f'PSID,{header}\n1,"{written}"\n2,"García, José"\n' if "," in written else f"PSID,{header}\n1,{written}\n"
    done = paste(csv_file(tmp_path / "their.csv", text))
    assert done.columns[header] == "First Name + Last Name"
    assert rows(book, "First Name", "Last Name")[2] == [first, last]
    assert not {"First Name", "Last Name"} & set(done.empty)


def test_a_whole_name_beside_its_halves_is_not_used(paste: Paste, tmp_path: Path) -> None:
    path = csv_file(tmp_path / "their.csv", "Name,First Name,Last Name\nOlivia Smith,Olivia,Smith\n")
    assert paste(path).columns == {"First Name": "First Name", "Last Name": "Last Name"}
    assert paste(path, "Name = First Name + Last Name").columns == {"Name": "First Name + Last Name"}


def test_a_whole_name_and_its_half_chosen_in_the_form_are_told(book: Desk, tmp_path: Path) -> None:
    path = csv_file(tmp_path / "their.csv", "Who,Family\nOlivia Smith,Smith\n")
    chosen = iter(["Last Name", ""])

    def choose(question: UserQuestion) -> None:
        family = next(chosen) if len(question.fields) == 2 else ""
        book.answers.update({"file": str(path), "column 1": "First Name + Last Name", "column 2": family})

    book.while_asked = choose
    done = book.press(PASTE_DATA)
    assert book.asked[2].wrong == "Last Name is chosen for Who and for Family. Choose it for one of them."
    assert done.columns == {"Who": "First Name + Last Name"}


def test_a_caseworker_s_whole_name_goes_to_both_halves_where_the_sheet_has_these(
    desk: Open, client: Client, tmp_path: Path, book: Desk
) -> None:
    split = desk(fresh_template(client, tmp_path / "Split.xlsx", TemplateChoice("name", "first_last", False)))
    path = csv_file(tmp_path / "their.csv", "PSID,Worker\n1,Robert Smith\n")
    split.press(PASTE_DATA, file=str(path), typed="")
    assert rows(split, "Caseworker First Name", "Caseworker Last Name") == {2: ["Robert", "Smith"]}


def form(book: Desk, path: Path, **chosen: str) -> Pasted:
    """Pastes a file; in the form, of the columns that are named by their header another is chosen."""
    book.asked.clear()

    def choose(question: UserQuestion) -> None:
        names = {field.label.partition(" (")[0]: field for field in question.fields}
        book.answers.update({field.name: chosen.get(header, field.default) for header, field in names.items()})
        book.answers["file"] = str(path)

    book.answers.pop("typed", None)
    book.while_asked = choose
    return book.press(PASTE_DATA)


def test_columns_are_chosen_from_lists_in_one_form_with_examples_and_guesses_marked(book: Desk, tmp_path: Path) -> None:
    path = csv_file(
        tmp_path / "one.csv",
        "PSID,Ref,Why closed,SSN\n1,C-1,Moved,823-11-0001\n2,C-2,Left town and did not say where,\n3,C-3,,\n",
    )
    done = form(book, path, Ref="Case Number")
    assert [len(book.asked), done.columns["Ref"], len(done.added)] == [2, "Case Number", 3]
    fields = book.asked[1].fields
    assert [field.kind for field in fields] == ["list"] * 4
    assert [field.label for field in fields] == [
        "PSID (1, 2 …)", "Ref (C-1, C-2 …)", "Why closed (Moved, Left town and did not s…)", "SSN",
    ]  # fmt: skip
    assert [field.shown for field in fields] == [
        "Participant ID", "not used", "Reason for Dismissal (a guess)", "SSN",
    ]  # fmt: skip
    assert list(fields[0].choices)[:3] == ["", "Update or Insert", "Participant ID"]
    assert (
        form(book, csv_file(tmp_path / "two.csv", "PSID,Ref,Why closed,SSN\n9,C-9,,\n")).columns["Ref"] == "Case Number"
    )


def test_two_columns_that_change_places_in_the_form_do_and_no_other_takes_one(book: Desk, tmp_path: Path) -> None:
    text = "PSID,Client ID,Start,Finish\n1,2,2026-01-01,2026-02-01\n"
    done = form(book, csv_file(tmp_path / "a.csv", text), Start="End Date", Finish="Start Date")
    assert done.columns == {"PSID": "Participant ID", "Start": "End Date", "Finish": "Start Date"}
    done = form(book, csv_file(tmp_path / "b.csv", "PSID,Client ID\n1,2\n"), PSID="Case Number")
    assert done.columns == {"PSID": "Case Number"}  # Client ID stood there as not used, and so it is


def test_one_column_chosen_for_two_is_told_and_the_form_comes_back_as_it_was_filled(book: Desk, tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", "PSID,Ref,Old\n1,2,3\n")
    chosen = iter(["Case Number", ""])

    def choose(question: UserQuestion) -> None:
        old = next(chosen) if len(question.fields) == 3 else ""
        book.answers.update(
            {"file": str(path), "column 1": "Participant ID", "column 2": "Case Number", "column 3": old}
        )

    book.while_asked = choose
    done = book.press(PASTE_DATA)
    assert book.asked[2].wrong == "Case Number is chosen for Ref and for Old. Choose it for one of them."
    assert [field.default for field in book.asked[2].fields] == ["Participant ID", "Case Number", "Case Number"]
    assert done.columns == {"PSID": "Participant ID", "Ref": "Case Number"}


def test_a_correction_takes_a_place_from_whoever_had_it(paste: Paste, tmp_path: Path) -> None:
    path = csv_file(tmp_path / "their.csv", "Client ID,PSID,Old No\n1,2,3\n")
    assert paste(path).columns == {"Client ID": "Participant ID"}
    assert paste(path, "Old No = Participant ID").columns == {"Old No": "Participant ID"}


@pytest.mark.parametrize("answer", ["9 = SSN", "PSID", "PSID = Shoe Size", "= SSN", "PSID ="])
def test_a_correction_that_is_not_understood_is_asked_again(
    answer: str, paste: Paste, book: Desk, tmp_path: Path
) -> None:
    done = paste(csv_file(tmp_path / "their.csv", "PSID,Last\nA1,One\n"), answer)
    assert shown(book)[1].startswith(f"{answer} is not understood.")
    assert done.columns == {"PSID": "Participant ID", "Last": "Last Name"}


def test_a_known_column_for_which_this_sheet_has_no_place_is_told(paste: Paste, tmp_path: Path) -> None:
    done = paste(csv_file(tmp_path / "their.csv", "PSID,Program ID,Program Start\n1,SH,2026-01-01\n"))
    assert "This sheet has no column for: Program ID, Program Start." in done.sentence


def test_reports_with_titles_above_their_header_and_our_own_sheets_are_read(
    paste: Paste, book: Desk, client: Client, tmp_path: Path
) -> None:
    other = openpyxl.Workbook()
    sheet = other.active
    for line in (["Caseload report"], [], [None, "as of", datetime(2026, 1, 1)], ["PSID", "Worker"], [10432.0, "Ana"]):
        sheet.append(line)
    other.save(tmp_path / "report.xlsx")
    assert paste(tmp_path / "report.xlsx").added == [2]
    assert rows(book, "Participant ID", "Caseworker Name") == {2: ["10432", "Ana"]}
    theirs = fresh_template(client, tmp_path / "theirs.xlsx", TemplateChoice("name", "name", True))
    with pytest.raises(BookError, match="holds nothing below its headers"):
        paste(theirs)


def test_a_text_under_a_dates_header_stays_text_and_looks_like_its_column(
    book: Desk, paste: Paste, tmp_path: Path
) -> None:
    paste(csv_file(tmp_path / "their.csv", "PSID,Begin Date\n1,3/4/2026\n2,3/4/2026\n3,3/4/2026\n"))
    cell = openpyxl.load_workbook(book.path)["Caseload"]["L4"]
    assert [cell.value, cell.data_type, cell.number_format] == ["3/4/2026", "s", "@"]
    assert cell.border.bottom.style == "thin"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_a_csv_of_any_encoding_is_read(encoding: str, paste: Paste, book: Desk, tmp_path: Path) -> None:
    paste(csv_file(tmp_path / "their.csv", "PSID\tWorker\n1\tZoë Müller\n", encoding))
    assert rows(book, "Caseworker Name") == {2: ["Zoë Müller"]}


def test_formulas_and_errors_come_as_text_and_run_nowhere(desk: Open, paste: Paste, book: Desk, tmp_path: Path) -> None:
    paste(csv_file(tmp_path / "their.csv", "PSID,Worker\n1,=1+1\n2,#N/A\n"))
    cells = [cell for row in openpyxl.load_workbook(book.path)["Caseload"].iter_rows(2, 3) for cell in row]
    kinds = {cell.value: cell.data_type for cell in cells if cell.value}
    assert kinds == {"1": "s", "=1+1": "s", "2": "s", "#N/A": "s"}


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("empty.csv", "", "is empty"),
        ("headers.csv", "PSID,Worker\n", "holds nothing below its headers"),
        ("commas.csv", "PSID,Worker\n1,Smith, Bob\n", "Row 2 of commas.csv has more fields than there are headers"),
        ("foreign.csv", "Colour,Size\nred,4\n", "No column of foreign.csv goes to a column of this sheet"),
        (
            "log.csv",
            f"{','.join(LOG_HEADERS)},Upload\n2,Insert,P1\n",
            "log.csv is the log of an upload, not a caseload",
        ),
        ("own.docx", "PSID\n1\n", r"Save it as \.xlsx, \.xlsm or \.csv"),
        ("not.xlsx", "PSID\n1\n", "not.xlsx cannot be read"),
    ],
)
def test_a_file_that_cannot_be_pasted_is_one_sentence_and_changes_nothing(
    name: str, content: str, expected: str, paste: Paste, book: Desk, tmp_path: Path
) -> None:
    before = book.data().rows
    with pytest.raises(BookError, match=expected):
        paste(csv_file(tmp_path / name, content))
    assert book.data().rows == before


def test_the_workbook_itself_a_missing_file_and_a_closed_question_change_nothing(
    paste: Paste, book: Desk, tmp_path: Path
) -> None:
    with pytest.raises(BookError, match="is this workbook itself"):
        paste(Path(book.path))
    with pytest.raises(BookError, match="There is no file"):
        paste(tmp_path / "gone.xlsx")
    path = csv_file(tmp_path / "their.csv", "PSID\n1\n")
    book.answers.clear()
    book.while_asked = lambda _: None
    for answers in ({}, {"file": str(path)}):
        with pytest.raises(Cancelled):
            book.press(PASTE_DATA, **answers)
    assert list(book.data().rows) == [2, 3]


def test_columns_without_a_header_and_headers_that_stand_twice_are_told(paste: Paste, tmp_path: Path) -> None:
    done = paste(csv_file(tmp_path / "their.csv", "PSID,,Worker,Worker\n1,x,Ana,Bob\n"))
    assert done.columns == {"PSID": "Participant ID", "Worker": "Caseworker Name"}
    assert "the column has no header: B." in done.sentence
    assert "There twice, and the first column was taken: Worker." in done.sentence


def test_the_header_is_found_as_in_every_sheet_and_what_is_hidden_there_is_told(
    paste: Paste, book: Desk, tmp_path: Path
) -> None:
    """A row of group titles that spell two headers of ours is none."""
    theirs = openpyxl.Workbook()
    sheet = theirs.active
    for line in (
        ["Participant", None, "Program"], ["Update or Insert", "Participant ID", "Program Name"],
        ["Insert", "P1", "Shelter"], ["Insert", "P2", "Shelter"], ["Insert", "P3", "=A1"],
    ):  # fmt: skip
        sheet.append(line)
    sheet.row_dimensions[4].hidden = True
    theirs.save(tmp_path / "their.xlsx")
    done = paste(tmp_path / "their.xlsx")
    assert rows(book, "Participant ID", "Program Name") == {
        2: ["P1", "Shelter"],
        3: ["P2", "Shelter"],
        4: ["P3", "#N/A"],
    }
    assert "Hidden there, by hand or by a filter, and pasted like the others: row 4." in done.sentence
