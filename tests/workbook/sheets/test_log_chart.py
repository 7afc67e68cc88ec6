"""The chart of the uploads on the `Log` sheet, and the cells that it draws."""

from __future__ import annotations

import io

from openpyxl import load_workbook

from workbook import layout
from workbook.columns import TemplateChoice
from workbook.lists import TemplateLists
from workbook.sheets.log_chart import (
    HISTORY_COLUMN,
    HISTORY_HEADERS,
    HISTORY_ROW,
    MOST_UPLOADS,
    NO_UPLOAD,
    history_block,
)
from workbook.sheets.template import build_template
from workbook.upload import Progress, Upload
from workbook.upload_state import UploadState


def upload(number: int, filename: str = "march.xlsx") -> Upload:
    return Upload(
        id=str(number),
        number=number,
        filename=filename,
        state=UploadState.COMPLETE,
        received=1200 + number,
        accepted=1200,
        left_out=number,
        progress=Progress(done=1, total=1),
        submitted_by="Dana Whitfield",
        submitted_at=f"2026-03-{number:02}T14:05:11+00:00",
        finished_at=None,
        reason=None,
    )


def test_each_upload_is_a_line_with_its_numbers_in_words_and_the_newest_stands_on_top() -> None:
    block = history_block([upload(4), upload(3)])
    assert block[0] == list(HISTORY_HEADERS)
    assert block[1:3] == [
        ["No. 4  3/4/2026  march.xlsx  1,200 of 1,204", 1200, 4],
        ["No. 3  3/3/2026  march.xlsx  1,200 of 1,203", 1200, 3],
    ]


def test_the_block_always_has_its_size_so_that_nothing_of_an_earlier_one_stays() -> None:
    for count in (0, 1, MOST_UPLOADS, MOST_UPLOADS + 5):
        block = history_block([upload(number + 1) for number in range(count)])
        assert [len(block), {len(line) for line in block}] == [MOST_UPLOADS + 1, {len(HISTORY_HEADERS)}]


def test_before_the_first_upload_the_chart_says_so() -> None:
    assert history_block([])[1] == [NO_UPLOAD, None, None]


def test_a_long_name_loses_its_middle_and_keeps_its_ending() -> None:
    label = history_block([upload(1, "Caseload changes of the north office.xlsx")])[1][0]
    assert label == "No. 1  3/1/2026  Caseload c…ffice.xlsx  1,200 of 1,201"


def test_the_chart_draws_the_block_though_its_columns_are_hidden() -> None:
    sheet = load_workbook(io.BytesIO(build_template(TemplateChoice(), TemplateLists("Harbor House"))))[layout.LOG_SHEET]
    (chart,) = sheet._charts  # type: ignore[attr-defined]
    first, last = HISTORY_ROW + 1, HISTORY_ROW + MOST_UPLOADS
    values = [series.val.numRef.f for series in chart.series]
    assert values == [f"'Log'!${letter}${first}:${letter}${last}" for letter in "MN"]
    assert {series.cat.numRef.f for series in chart.series} == {f"'Log'!$L${first}:$L${last}"}
    assert [series.tx.strRef.f for series in chart.series] == ["'Log'!M1", "'Log'!N1"]
    assert chart.visible_cells_only is False
    hidden = [name for name, column in sheet.column_dimensions.items() if column.hidden]
    assert hidden == ["L", "M", "N"]
    shown = [sheet.cell(HISTORY_ROW, HISTORY_COLUMN + place).value for place in range(3)]
    assert shown == list(HISTORY_HEADERS)
