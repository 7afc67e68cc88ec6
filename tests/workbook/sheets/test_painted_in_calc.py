"""What Calc paints of our sheets: of several formats over one cell it takes the first that applies."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.workbook.sheets.test_uploads_sheet import UPLOADS
from workbook import layout
from workbook.columns import TemplateChoice
from workbook.lists import TemplateLists
from workbook.sheets import preview_sheet, style, uploads_sheet
from workbook.sheets.template import build_workbook

LISTS = TemplateLists(site="Harbor House", programs=[], staff=[], feeder={})
pytestmark = pytest.mark.calc


def written() -> Workbook:
    """A workbook whose rows have errors and a warning, also in the first column, and whose other sheets are filled."""
    book = build_workbook(TemplateChoice(), LISTS)
    data = book[layout.DATA_SHEET]
    own = layout.own_columns([str(cell.value) for cell in data[1]])
    for row, (severities, status) in enumerate([("00", "✔ ok"), ("20", "✖ 1 error"), ("12", "✖ 1 error")], start=2):
        put(data, row, 1, "Insert")
        put(data, row, 2, f"00{row}")
        put(data, row, own.pointer, row)
        put(data, row, own.status, status)
        # What the defined name finds out for each cell stands in the formats themselves here.
        for column, severity in enumerate(severities, start=1):
            put(data, row, 30 + column, int(severity))
    for area in data.conditional_formatting:
        for rule in area.rules:
            rule.formula = [one.replace(layout.SEVERITY_NAME, "AE2") for one in rule.formula]
    lines = uploads_sheet.lay_out_uploads(UPLOADS, {})
    fill(book[layout.UPLOADS_SHEET], lines)
    preview = book[layout.PREVIEW_SHEET]
    large = [None] * (len(preview_sheet.HEADERS) - 2)
    fill(
        preview,
        [preview_sheet.HEADERS, ["Ann", None, *large], ["Bo", *large, preview_sheet.WARNING]],
        preview_sheet.HEADER_ROW,
    )
    return book


def put(sheet: Worksheet, row: int, column: int, value: object) -> None:
    sheet.cell(row, column).value = value  # type: ignore[assignment]


def fill(sheet: Worksheet, lines: object, first: int = 1) -> None:
    for row, line in enumerate(lines, start=first):  # type: ignore[arg-type, var-annotated]
        for column, value in enumerate(line, start=1):
            if value is not None:
                put(sheet, row, column, value)


@pytest.fixture(scope="module")
def painted(tmp_path_factory: pytest.TempPathFactory, soffice: str) -> dict[str, dict[tuple[int, int], str]]:
    """Sheet → its painted cells → their colour, as Calc draws them."""
    folder = tmp_path_factory.mktemp("painted")
    book = written()
    book.save(folder / "painted.xlsx")
    subprocess.run(
        [soffice, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to", "html",
         "--outdir", folder, folder / "painted.xlsx"],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    drawn = (folder / "painted.html").read_text("utf-8", "replace")
    shown = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
    return dict(zip(shown, map(dict, map(_cells, re.split(r"<table", drawn)[1:])), strict=True))


def _cells(table: str) -> Iterator[tuple[tuple[int, int], str]]:
    for row, line in enumerate(re.split(r"<tr[ >]", table)[1:], start=1):
        for column, cell in enumerate(re.split(r"<td[ >]", line)[1:], start=1):
            if found := re.match(r'[^>]*bgcolor="#(\w+)"', cell):
                yield (row, column), found[1]


Painted = dict[str, dict[tuple[int, int], str]]


def test_an_error_in_the_first_column_is_painted_as_one_beside_the_sign_of_its_row(painted: Painted) -> None:
    data = {place: colour for place, colour in painted[layout.DATA_SHEET].items() if place[0] > 1 and place[1] <= 2}
    assert data == {(3, 1): style.ERROR_FILL, (4, 1): style.WARNING_FILL, (4, 2): style.ERROR_FILL}


def test_the_parts_of_the_list_of_uploads_and_what_waits_are_painted(painted: Painted) -> None:
    below = {
        place: colour for place, colour in painted[layout.UPLOADS_SHEET].items() if place[0] > uploads_sheet.HEADER_ROW
    }
    to_do = uploads_sheet.HEADERS.index(uploads_sheet.TO_DO) + 1
    parts = {
        (row, column): style.PALE_ACCENT for row in (4, 7, 9) for column in range(1, len(uploads_sheet.HEADERS) + 1)
    }
    assert below == {**parts, (5, to_do): style.WARNING_FILL, (6, to_do): style.WARNING_FILL}


def test_a_load_that_is_too_large_is_painted(painted: Painted) -> None:
    row, last = preview_sheet.HEADER_ROW + 2, len(preview_sheet.HEADERS)
    below = {
        place: colour for place, colour in painted[layout.PREVIEW_SHEET].items() if place[0] > preview_sheet.HEADER_ROW
    }
    assert below == {(row, 1): style.WARNING_FILL, (row, last): style.WARNING_FILL}
