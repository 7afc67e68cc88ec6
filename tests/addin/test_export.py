"""Export for ETO writes clean files of at most 600 rows, without a server (SPEC 9)."""

from __future__ import annotations

import csv
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from addin.api.client import Client
from addin.buttons.export import MOST_ROWS, Exported, export_csv_file
from addin.buttons.registry import DOWNLOAD_CASELOAD, EXPORT_FOR_ETO, SUBMIT, VALIDATE
from addin.errors import BookError, ChoiceError
from tests.support.desk import Desk, Open
from tests.support.own_server import Server
from tests.support.sheets import HEADERS, begun, filled_template, fresh_template, insert, plain_workbook
from workbook.columns import ROW_STATUS
from workbook.sheets.log_sheet import log_csv, log_xlsx
from workbook.sheets.marks import LEFT_OUT
from workbook.upload_state import UploadState


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def export(book: Desk, folder: Path, file_format: str = "csv") -> Exported:
    """Presses Export for ETO, and answers what it asks."""
    book.answers["format"] = file_format
    return book.press(EXPORT_FOR_ETO, to=str(folder))


def test_1201_rows_are_three_files_with_canonical_headers(desk: Open, tmp_path: Path) -> None:
    names = {"Client ID": "Participant ID", "Begin Date": "Start Date", "Caseworker": "Caseworker Name"}
    headers = [next((alias for alias, own in names.items() if own == header), header) for header in HEADERS]
    rows = []
    for n in range(2 * MOST_ROWS + 1):
        row = insert(f"{n:05d}", Start_Date=date(2026, 1, 2))
        rows.append({next((a for a, own in names.items() if own == header), header): row[header] for header in row})
    book = desk(plain_workbook(tmp_path / "many.xlsx", rows, headers))
    done = export(book, tmp_path / "out")
    assert [path.name for path in done.files] == ["Caseload-1.csv", "Caseload-2.csv", "Caseload-3.csv"]
    parts = [read(path) for path in done.files]
    assert [len(part) for part in parts] == [600, 600, 1]
    assert [row["Participant ID"] for part in parts for row in part] == [f"{n:05d}" for n in range(1201)]
    first = parts[0][0]
    assert list(first) == HEADERS
    assert [first["Start Date"], first["Program Name"], first["End Date"]] == ["1/2/2026", "Youth Shelter", ""]
    assert done.sentence == (f"1201 rows exported to 3 files, Caseload-1.csv to Caseload-3.csv, in {tmp_path / 'out'}.")


@pytest.mark.parametrize(
    ("cell", "column"), [("Youth Shelter", "Program Name"), ("P-17", "Program ID"), (17, "Program ID")]
)
def test_a_column_that_is_called_program_alone_is_exported_by_what_stands_in_it(
    desk: Open, tmp_path: Path, cell: Any, column: str
) -> None:
    headers = ["Program" if header == "Program Name" else header for header in HEADERS]
    row = {("Program" if header == "Program Name" else header): value for header, value in insert("1").items()}
    book = desk(plain_workbook(tmp_path / "one.xlsx", [row | {"Program": cell}], headers))
    done = export(book, tmp_path / "out")
    [line] = read(done.files[0])
    assert line[column] == str(cell)
    assert f"The column Program is exported as {column}." in done.sentence


def test_what_is_ours_or_left_out_or_as_downloaded_is_not_exported(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    rows = [insert(agency.person()), insert(agency.person()), insert("nobody")]
    book = desk(filled_template(client, tmp_path / "Caseload.xlsx", rows))
    book.press(DOWNLOAD_CASELOAD, participant=begun(client, agency))
    book.press(VALIDATE)
    book.enter(3, ROW_STATUS, LEFT_OUT)
    done = export(book, tmp_path)
    (written,) = done.files
    assert [row["Participant ID"] for row in read(written)] == [rows[0]["Participant ID"], "nobody"]
    assert list(read(written)[0]) == HEADERS
    for told in ("1 row that you left out", "1 row as downloaded", "1 row had errors when last checked, row 4"):
        assert told in done.sentence


def test_commas_become_spaces_names_are_turned_and_every_changed_cell_is_named(desk: Open, tmp_path: Path) -> None:
    row = insert("7", Program_Name="Shelter, Youth,Night", Caseworker_Name="Smith, Robert")
    book = desk(plain_workbook(tmp_path / "own.xlsx", [insert("6"), row]))
    done = export(book, tmp_path)
    assert done.files[0].read_text("utf-8").count(",") == 3 * (len(HEADERS) - 1)
    second = read(done.files[0])[1]
    assert [second["Program Name"], second["Caseworker Name"]] == ["Shelter Youth Night", "Robert Smith"]
    assert [change[:2] for change in done.changed] == [(3, "Program Name"), (3, "Caseworker Name")]
    assert "Commas replaced by spaces: row 3 Program Name." in done.sentence
    assert "turned round, first name first: row 3 Caseworker Name." in done.sentence


def test_a_workbook_keeps_commas_and_has_true_dates_and_text(desk: Open, tmp_path: Path) -> None:
    row = insert("007", Caseworker_Name="Smith, Robert", Start_Date=datetime(2026, 2, 3), SSN=1234567)
    book = desk(plain_workbook(tmp_path / "own.xlsx", [row]))
    book.put(2, 6, "=1+1", number_format="@")
    done = export(book, tmp_path, "xlsx")
    sheet = openpyxl.load_workbook(done.files[0]).worksheets[0]
    cells = {header.value: cell for header, cell in zip(sheet[1], sheet[2], strict=True)}
    assert [cells["Participant ID"].value, cells["Caseworker Name"].value] == ["007", "Smith, Robert"]
    assert [cells["Case Number"].value, cells["Case Number"].data_type] == ["=1+1", "s"]
    assert [cells["Start Date"].value, cells["Start Date"].number_format] == [datetime(2026, 2, 3), "m/d/yyyy"]
    assert cells["SSN"].value == "001234567"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2026-01-31", "1/31/2026"),
        ("1/31/2026", "1/31/2026"),
        ("31 January 2026", "1/31/2026"),
        (datetime(2026, 12, 1), "12/1/2026"),
    ],
)
def test_dates_are_written_as_the_vendor_expects_them(cell: Any, expected: str, desk: Open, tmp_path: Path) -> None:
    book = desk(plain_workbook(tmp_path / "own.xlsx", [insert("1", Start_Date=cell)]))
    done = export(book, tmp_path)
    assert read(done.files[0])[0]["Start Date"] == expected
    assert done.changed == []


@pytest.mark.parametrize("cell", ["31/02/2026", "soon", "1/2/26"])
def test_what_is_no_date_is_left_as_it_stands_and_told(cell: str, desk: Open, tmp_path: Path) -> None:
    book = desk(plain_workbook(tmp_path / "own.xlsx", [insert("1", Start_Date=cell)]))
    done = export(book, tmp_path)
    assert read(done.files[0])[0]["Start Date"] == cell
    assert "left as it stands: row 2 Start Date" in done.sentence


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)"])
def test_text_that_a_spreadsheet_takes_for_a_formula_is_made_harmless(text: str, tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADERS)
        writer.writerow([insert("1", Program_Name=text).get(header, "") for header in HEADERS])
    done = export_csv_file(path, tmp_path / "out")
    assert read(done.files[0])[0]["Program Name"] == f"'{text}"
    assert "row 2 Program Name" in done.sentence


def test_ids_that_excel_turned_into_numbers_and_unknown_columns(desk: Open, tmp_path: Path) -> None:
    row = insert("x", Participant_ID=10432.0) | {"Shoe Size": 44}
    book = desk(plain_workbook(tmp_path / "own.xlsx", [row], [*HEADERS, "Shoe Size"]))
    done = export(book, tmp_path)
    assert read(done.files[0])[0]["Participant ID"] == "10432"
    assert list(read(done.files[0])[0]) == HEADERS
    assert "does not know the column: Shoe Size" in done.sentence


def test_letters_beyond_ascii_stay_and_tell_their_encoding(desk: Open, tmp_path: Path) -> None:
    book = desk(plain_workbook(tmp_path / "own.xlsx", [insert("1", Caseworker_Name="Zoë Müller")]))
    done = export(book, tmp_path)
    assert done.files[0].read_bytes().startswith(b"\xef\xbb\xbf")
    assert read(done.files[0])[0]["Caseworker Name"] == "Zoë Müller"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights than these")
@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_what_is_exported_can_be_read_by_its_owner_alone(desk: Open, tmp_path: Path, file_format: str) -> None:
    done = export(desk(plain_workbook(tmp_path / "own.xlsx", [insert("1")])), tmp_path / "new", file_format)
    assert {path.stat().st_mode & 0o777 for path in done.files} == {0o600}
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_files_of_an_earlier_export_are_never_written_over_nor_mixed_with_new_ones(desk: Open, tmp_path: Path) -> None:
    book = desk(plain_workbook(tmp_path / "own.xlsx", [insert("1")]))
    (tmp_path / "Caseload-2.csv").write_text("mine")
    with pytest.raises(BookError, match=r"There is a file Caseload-2\.csv in .* already"):
        export(book, tmp_path)
    assert not (tmp_path / "Caseload-1.csv").exists()


def test_the_sample_rows_are_no_rows(desk: Open, client: Client, tmp_path: Path) -> None:
    book = desk(fresh_template(client, tmp_path / "Caseload.xlsx"))
    with pytest.raises(BookError, match="no row to export"):
        export(book, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("ending", "summary"), [("csv", False), ("csv", True), ("xlsx", False)])
def test_the_log_of_an_upload_is_no_caseload(
    ending: str, summary: bool, desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    begun(client, agency)
    path = tmp_path / f"log.{ending}"
    upload = client.uploads(UploadState.COMPLETE, 1)[0]
    rows = client.log(upload.id)
    path.write_bytes(log_csv(upload, rows, summary=summary) if ending == "csv" else log_xlsx(upload, rows))
    with pytest.raises(BookError, match="This is the log of an upload, not a caseload, so nothing was exported"):
        export_csv_file(path, tmp_path / "out") if ending == "csv" else export(desk(path), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_has_no_header_row_is_no_caseload(desk: Open, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for line in (["First Name", "Last Name", "Town"], ["Ann", "Lee", "Ulm"]):
        book.worksheets[0].append(line)
    book.save(tmp_path / "people.xlsx")
    (tmp_path / "people.csv").write_text("First Name,Last Name,Town\nAnn,Lee,Ulm\n")
    for write in (
        lambda: export(desk(tmp_path / "people.xlsx"), tmp_path / "out"),
        lambda: export_csv_file(tmp_path / "people.csv", tmp_path / "out"),
    ):
        with pytest.raises(BookError, match="This is no caseload, so nothing was exported"):
            write()
    assert not (tmp_path / "out").exists()


def test_titles_above_the_header_of_a_csv_file_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("Our cases,,\n\nUpdate or Insert,Participant ID,Start Date\nInsert,007,2026-01-31\n")
    done = export_csv_file(path, tmp_path / "out")
    assert [read(one) for one in done.files] == [
        [{"Update or Insert": "Insert", "Participant ID": "007", "Start Date": "1/31/2026"}]
    ]


def test_an_unknown_kind_of_file_and_a_column_that_stands_twice_are_refused(desk: Open, tmp_path: Path) -> None:
    book = desk(plain_workbook(tmp_path / "own.xlsx", [insert("1")]))
    with pytest.raises(ChoiceError, match="pdf is not a kind of file"):
        export(book, tmp_path, "pdf")
    twice = desk(plain_workbook(tmp_path / "two.xlsx", [insert("1")], [*HEADERS, "Client ID"]))
    with pytest.raises(BookError, match="Participant ID"):
        export(twice, tmp_path)


def test_rows_that_were_written_are_exported_where_the_user_says_so(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    """A sheet that grows has those of last week, and whoever submits here and there needs those of today."""
    people = [agency.person() for _ in range(3)]
    book = desk(filled_template(client, tmp_path / "Caseload.xlsx", [insert(person) for person in people[:2]]))
    assert export(book, tmp_path / "none yet").rows == 2
    assert [field.name for field in book.asked[-1].fields] == ["format"]
    book.press(SUBMIT, submit="yes")
    with pytest.raises(BookError, match=r"^There is no row to export\. 2 rows that were written before not exported\."):
        export(book, tmp_path / "nothing new")
    assert [field.name for field in book.asked[-1].fields] == ["format", "written"]
    for header, text in insert(people[2]).items():
        book.enter(4, header, text)
    told = export(book, tmp_path / "new").sentence
    assert told.startswith("1 row exported to Caseload-1.csv")
    assert "2 rows that were written before not exported. To have them in the files, too, choose so" in told
    book.answers["written"] = "yes"
    export(book, tmp_path / "all")
    assert [row["Participant ID"] for row in read(tmp_path / "all" / "Caseload-1.csv")] == people
