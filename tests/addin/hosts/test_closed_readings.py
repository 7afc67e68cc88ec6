"""A part of a workbook counts as often as it is read (SPEC 10)."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.chart import BarChart

from addin.errors import BookError
from addin.hosts.closed.file import ClosedBook
from addin.hosts.closed.readings import readings
from workbook.files.excel_archive import ExcelArchive
from workbook.files.limits import Limits

BOOK, SHEET, CHART = "xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/charts/chart1.xml"
DRAWING, ITS_RELATIONS = "xl/drawings/drawing1.xml", "xl/drawings/_rels/drawing1.xml.rels"
MERGED = b'<mergeCells><mergeCell ref="A1:Z4000"/></mergeCells></worksheet>'
"""A hundred thousand cells, of which a million are too many."""
Change = Callable[[bytes], bytes]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["Update or Insert", "Participant ID"])
    sheet.add_chart(BarChart(), "D1")
    book.save(tmp_path / "caseload.xlsx")
    return tmp_path / "caseload.xlsx"


def changed(file: Path, changes: dict[str, Change]) -> Path:
    made = file.with_stem("changed")
    with zipfile.ZipFile(file) as before, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            after.writestr(name, changes.get(name, lambda part: part)(before.read(name)))
    return made


def again(pattern: bytes, times: int) -> Change:
    """The element that this finds stands so many times more, under other names."""

    def change(part: bytes) -> bytes:
        found = re.search(pattern, part, re.DOTALL)
        assert found is not None
        more = (found[0].replace(b'name="Sheet"', b'name="S%d"' % number) for number in range(times))
        return part.replace(found[0], found[0] + b"".join(more))

    return change


def merged(part: bytes) -> bytes:
    return part.replace(b"<drawing", MERGED.removesuffix(b"</worksheet>") + b"<drawing")


def test_a_sheet_that_is_many_sheets_is_refused(file: Path) -> None:
    with pytest.raises(BookError, match=r"cannot be read: two of its sheets are one and the same"):
        ClosedBook(changed(file, {SHEET: merged, BOOK: again(rb"<sheet .*?/>", 2)}))


ANCHOR = rb"<(?:\w+:)?oneCellAnchor>.*?</(?:\w+:)?oneCellAnchor>"
WAYS: dict[str, dict[str, Change]] = {
    "named again": {DRAWING: again(ANCHOR, 2)},
    "spelled": {DRAWING: lambda part: again(ANCHOR, 2)(part).replace(b':id="rId1"', b":id = 'r&#73;d1'")},
    "pointed to again": {ITS_RELATIONS: again(rb"<Relationship .*?/>", 2)},
    "on the drawing of all sheets": {BOOK: again(rb"<sheet .*?/>", 2)},
}


@pytest.mark.parametrize("how", WAYS)
def test_a_chart_counts_as_often_as_it_is_shown(file: Path, how: str) -> None:
    for path, times in (file, 1), (changed(file, WAYS[how]), 3):
        with ExcelArchive(path, path.name, Limits()) as archive:
            assert readings(archive)[CHART] == times
