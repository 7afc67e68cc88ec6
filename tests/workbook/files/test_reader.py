from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook

from workbook.files.limits import Limits, in_words
from workbook.files.reader import error_of, read_sheet, settled
from workbook.problems import Refusal
from workbook.sheet import CellError, Column, sheet_of


@pytest.mark.parametrize("name", ["caseload.xls", "caseload.ods", "caseload.txt", "caseload", "", ".csv.pdf", "xlsx"])
def test_a_name_with_another_ending_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "upload"
    path.write_bytes(b"SSN\n1\n")
    with pytest.raises(Refusal) as caught:
        read_sheet(path, name, Limits())
    assert caught.value.code == "file-type"


@pytest.mark.parametrize("name", ["caseload.csv", "CASELOAD.CSV", "my.case.load.Csv", " caseload.csv "])
def test_an_ending_counts_in_any_case(tmp_path: Path, name: str) -> None:
    path = tmp_path / "upload"
    path.write_bytes(b"SSN\n1\n")
    assert len(read_sheet(path, name, Limits())) == 1


def test_a_workbook_named_csv_and_a_text_named_xlsx_are_refused(tmp_path: Path) -> None:
    book, words = tmp_path / "book", tmp_path / "words"
    with book.open("wb") as stream:
        Workbook().save(stream)
    words.write_bytes(b"SSN\n1\n")
    for path, name in ((book, "a.csv"), (words, "a.xlsx"), (words, "a.xlsm")):
        with pytest.raises(Refusal) as caught:
            read_sheet(path, name, Limits())
        assert caught.value.code == "file-unreadable"


@pytest.mark.parametrize("limits", [Limits(packed=5), Limits(unpacked=5)])
def test_a_text_over_a_limit_is_refused(tmp_path: Path, limits: Limits) -> None:
    path = tmp_path / "upload"
    path.write_bytes(b"SSN\n1\n")
    with pytest.raises(Refusal) as caught:
        read_sheet(path, "a.csv", limits)
    assert [caught.value.code, "it has 6 bytes, and at most 5 bytes fit" in caught.value.message] == [
        "file-too-large", True,
    ]  # fmt: skip


def test_sizes_are_told_in_words() -> None:
    sizes = [1, 1536, 100 * 1024 * 1024, 1024**3]
    assert [in_words(size) for size in sizes] == ["1 bytes", "1.5 KB", "100 MB", "1 GB"]


@pytest.mark.parametrize("text", ["#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#GETTING_DATA",
                                  "#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#BUSY!", "#UNKNOWN!",
                                  "#EXTERNAL!", "#PYTHON!", "#######", "Err:502"])  # fmt: skip
def test_every_spelling_of_an_error_is_known(text: str) -> None:
    assert error_of(text) == error_of(f" {text} ") == CellError(text)


@pytest.mark.parametrize("text", ["=1+1", "=SUM(A1:A9)", " =x"])
def test_a_formula_as_text_is_one_without_a_value(text: str) -> None:
    assert error_of(text) == CellError("a formula without a value")


@pytest.mark.parametrize("text", ["", "=", "#", "#12", "N/A", "#N/A #N/A", "a=b", "Error"])
def test_any_other_text_is_no_error(text: str) -> None:
    assert error_of(text) is None


def test_settling_joins_what_means_the_same_and_leaves_the_rest() -> None:
    sheet = sheet_of(["SSN", "Last Name"], [["=1", "A"], ["=2", "B"], ["3", "#N/A"], ["=1", "A"]])
    settled(sheet)
    assert sheet.columns["SSN"].values == [None, CellError("a formula without a value"), "3"]
    assert list(sheet.columns["SSN"].codes) == [1, 1, 2, 1]
    assert sheet.columns["Last Name"].values == [None, "A", "B", CellError("#N/A")]


def test_settling_keeps_numbers_of_different_types_apart() -> None:
    sheet = sheet_of(["SSN"], [[1], [1.0], [True], ["=1"]])
    settled(sheet)
    assert [type(value) for value in sheet.columns["SSN"].values[1:4]] == [int, float, bool]


def test_a_duration_becomes_the_number_of_days_that_the_cell_holds() -> None:
    sheet = sheet_of(["SSN"], [["x"]])
    sheet.columns["SSN"] = Column("SSN", [None, timedelta(hours=36)], sheet.columns["SSN"].codes)  # type: ignore[list-item]
    assert settled(sheet).cell("SSN", 0) == 1.5
