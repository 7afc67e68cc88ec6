"""SSNs leave a sheet before anything is kept of it."""

from __future__ import annotations

from server.records.ssn import SsnHasher
from workbook.columns import SSN
from workbook.sheet import CellError, sheet_of

HASHER = SsnHasher(b"key")


def test_one_ssn_has_one_hash_however_it_is_written() -> None:
    sheet = sheet_of(["SSN", "Participant ID"], [["900-12-3456", 1], [900123456.0, 2], [" 900 12 3456", 3], [None, 4]])
    HASHER.hide(sheet)
    assert [sheet.cell(SSN, index) for index in range(4)] == [HASHER.hash("900123456")] * 3 + [None]


def test_another_key_gives_another_hash_and_nothing_gives_nothing() -> None:
    assert HASHER.hash("900123456") != SsnHasher(b"other").hash("900123456")
    assert HASHER.hash("") == ""
    assert len(HASHER.hash("\ud800")) == 64


def test_errors_stay_and_a_value_too_long_is_refused_without_being_kept() -> None:
    sheet = sheet_of(["SSN", "Participant ID"], [[CellError("#N/A"), 1], ["1" * 256, 2]])
    HASHER.hide(sheet)
    assert sheet.cell(SSN, 0) == CellError("#N/A")
    assert sheet.cell(SSN, 1) == "•" * 256


def test_a_sheet_without_ssns_is_left_alone() -> None:
    sheet = sheet_of(["Participant ID"], [[1]])
    HASHER.hide(sheet)
    assert list(sheet.columns) == ["Participant ID"]
