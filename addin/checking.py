"""Checking the sheet and showing what is wrong with it: what Validate does, and every button that sends rows first."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import xlwings as xw

from addin import sheet
from addin.client import Client
from addin.sentences import as_downloaded, judged, written_before
from workbook.fix_sheet import lay_out_fixes, read_choices
from workbook.marks import AS_DOWNLOADED, WRITTEN, lay_out_marks
from workbook.report import Counts, Preview, Report


@dataclass(frozen=True, slots=True)
class Checked:
    """What Validate found, in the rows that are not left out."""

    report: Report
    left_out: list[int]
    sentence: str
    notes: list[str] = field(default_factory=list)
    """What is to be said of the sheet as a whole, such as a header that nobody knows."""

    @property
    def errors(self) -> int:
        return self.report.counts.errors


def check_rows(book: xw.Book, client: Client, data: sheet.DataSheet, left_out: Collection[int]) -> Checked:
    """Validates the rows that are not left out, and writes the marks."""
    skipped = sorted(set(left_out) & set(data.rows))
    if len(skipped) == len(data.rows) and (skipped or data.untouched or data.written):
        report = _nothing_checked()
    else:
        report = client.validate(data.table(without=skipped))
    return show_report(book, data, report, skipped)


def show_report(book: xw.Book, data: sheet.DataSheet, report: Report, left_out: list[int]) -> Checked:
    """Writes the marks and `Fix Errors` for a report on the sheet."""
    marks = lay_out_marks(
        report, data.headers, list(data.rows), last_row=data.last_row, left_out=left_out,
        first_row=data.header_row + 1,
    )
    for rows, status in ((data.untouched, AS_DOWNLOADED), (data.written, WRITTEN)):
        for row in rows:
            marks.statuses[row - marks.first_row][0] = status
    sheet.write_marks(book, data, marks)
    grid = sheet.read_fix_grid(book, data.sheets)
    sheet.write_fix_sheet(book, lay_out_fixes(report, read_choices(grid)), grid, data.sheets)
    sentence = judged(report, left_out) + as_downloaded(data.untouched) + written_before(data.written)
    return Checked(report, left_out, sentence, marks.notes)


def _nothing_checked() -> Report:
    """The report on a sheet of which every row is left out: the server would say that there is no row."""
    return Report(
        counts=Counts(rows=0, valid=0, errors=0, warnings=0), problems=[], fixes=[],
        preview=Preview(inserts=0, updates=0, enrollments_begun=0, enrollments_ended=0, caseloads=[]),
    )
