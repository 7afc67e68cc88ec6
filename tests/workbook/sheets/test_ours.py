"""A sheet is known for ours by how it begins, in whatever version it was made; its name proves nothing."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest

from workbook import layout
from workbook.columns import TemplateChoice
from workbook.lists import TemplateLists, lists_block
from workbook.report import Preview
from workbook.sheets import ours
from workbook.sheets.fix_sheet import HEADERS as FIX_HEADERS
from workbook.sheets.log_sheet import log_block
from workbook.sheets.preview_sheet import CHANGED, NOTHING, SENT, empty_preview, lay_out_preview
from workbook.sheets.template import build_template
from workbook.sheets.uploads_sheet import lay_out_uploads
from workbook.upload import Upload

NOTES = [["Date", "Whom I called", "What was said"], ["11/3", "Mrs. K.", "called back"], [], ["11/4", "nobody", ""]]
UPLOAD = Upload.model_validate(
    {"id": "u1", "number": 7, "state": "complete", "filename": "May.xlsx", "received": 1, "accepted": 1, "left_out": 0}
    | {"submitted_by": "Ann Lee", "submitted_at": "2026-05-31T17:05:00Z", "finished_at": None, "reason": None}
    | {"progress": {"done": 1, "total": 1}}
)
NO_PREVIEW = Preview(inserts=0, updates=0, enrollments_begun=0, enrollments_ended=0, caseloads=[])


def template_sheets() -> dict[str, list[list[Any]]]:
    book = openpyxl.load_workbook(io.BytesIO(build_template(TemplateChoice(), TemplateLists(site="Harbor House"))))
    return {sheet.title: [list(line) for line in sheet.iter_rows(values_only=True)] for sheet in book.worksheets}


def test_every_sheet_of_a_new_template_that_is_written_into_is_ours() -> None:
    sheets = template_sheets()
    assert set(sheets) >= ours.SHEETS
    known = {name for name in ours.SHEETS if ours.is_ours(name, sheets[name])}
    assert known == ours.SHEETS - {layout.SUGGESTIONS_SHEET}  # which holds nothing until the first check
    assert not any(cell for line in sheets[layout.SUGGESTIONS_SHEET] for cell in line)


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        (layout.LOG_SHEET, log_block(UPLOAD, [])),
        (layout.PREVIEW_SHEET, lay_out_preview(NO_PREVIEW, 0, 0, 3)),
        *((layout.PREVIEW_SHEET, empty_preview(why)) for why in (NOTHING, CHANGED, SENT)),
        (layout.UPLOADS_SHEET, lay_out_uploads([UPLOAD], {})),
        (layout.UPLOADS_SHEET, lay_out_uploads([], {})),
        (layout.LISTS_SHEET, lists_block(TemplateLists(site="x"))),
        (layout.META_SHEET, [["upload_of", "1f"], ["sent_rows_0", "2"], ["site", "x"], ["test_id", "3"]]),
    ],
)
def test_what_is_written_into_it_keeps_it_ours_also_with_notes_beside_and_below(
    name: str, cells: list[list[Any]]
) -> None:
    assert ours.is_ours(name, cells)
    if name not in layout.HIDDEN_SHEETS:
        beside = [[*line, *[None] * (20 - len(line)), "my note"] for line in cells]
        assert ours.is_ours(name, [*beside, *[[]] * (20 - len(beside)), ["Ask Ann about row 7"]])


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        (layout.PREVIEW_SHEET, [["Preview"], ["What was shown here is uploaded. Press Validate to see …"]]),
        (layout.PREVIEW_SHEET, [["Preview"], ["Your rows are uploaded: the sheet Log tells what became of them. …"]]),
        (layout.FIX_SHEET, [["Fix Errors"], ["1 mistake"], [], ["Column", "Value", "Did you mean...?", "_code"]]),
        (layout.UPLOADS_SHEET, [["Uploads"], ["Select …"], ["State", "What to Do", "File", "Upload", "Notes"]]),
        (layout.SUGGESTIONS_SHEET, [["Severity", "Message", "Count", "Suggestion 1", "Suggestion 2"]]),
        (layout.FIX_SHEET, [["Fix Errors"], ["1 mistake"], [], ["Mine", *FIX_HEADERS]]),
    ],
)
def test_sheets_of_earlier_versions_and_with_a_column_put_between_are_ours(name: str, cells: list[list[Any]]) -> None:
    assert ours.is_ours(name, cells)


@pytest.mark.parametrize("name", sorted(ours.SHEETS))
@pytest.mark.parametrize("title", [None, "the name", "Upload log"])
def test_a_sheet_of_notes_is_nobody_s_but_the_user_s_whatever_its_title(name: str, title: str | None) -> None:
    titled = [] if title is None else [[title if title != "the name" else name], ["of May"]]
    assert not ours.is_ours(name, [*titled, *NOTES])
    assert not ours.is_ours(name, [*[[]] * 60, *NOTES])
