"""An Excel file as an upload has it: saved without an ending, then read or refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from workbook.files.limits import Limits
from workbook.files.reader import read_sheet
from workbook.problems import Refusal
from workbook.sheet import Sheet

HEADER = ["Update or Insert", "Participant ID", "Start Date"]


def read(path: Path, limits: Limits | None = None) -> Sheet:
    return read_sheet(path, "caseload.xlsx", limits or Limits())


def refused(path: Path, limits: Limits | None = None) -> Refusal:
    with pytest.raises(Refusal) as caught:
        read(path, limits)
    return caught.value


def saved(book: Workbook, folder: Path) -> Path:
    path = folder / "upload"
    with path.open("wb") as stream:
        book.save(stream)
    return path


def book_of(*rows: list[Any]) -> Workbook:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    return book
