"""Check the sheet's rows and write into the workbook what is wrong with them.

Validate does just this, and every button that sends rows does it first.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from addin.api.client import Client
from addin.book import Book
from addin.outcome import Outcome
from addin.rows import own_sheets
from addin.rows.answers import tells_person
from addin.rows.data_sheet import DataSheet
from addin.rows.last_check import LastCheck, last_check_lines, read_last_check
from addin.rows.part_check import check_part, check_whole
from addin.rows.site_lists import lists_for
from addin.rows.tested_rows import IN_WORDS, tested_rows
from addin.sentences import as_downloaded, judged, waits_as_test, written_before
from workbook.layout import PREVIEW_SHEET
from workbook.lists import TemplateLists
from workbook.report import Counts, Preview, Report, key_of
from workbook.sheets.fix_sheet import lay_out_fixes
from workbook.sheets.marked_sheet import MarkedSheet
from workbook.sheets.marks import AS_DOWNLOADED, TESTED, WRITTEN, Flag, lay_out_marks
from workbook.sheets.offers import Dropdowns


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked(Outcome):
    """What Validate found, in the rows that are not left out."""

    report: Report
    left_out: list[int]
    first_error: Flag | None = None
    """The first marked cell that is wrong."""

    @property
    def errors(self) -> int:
        return self.report.counts.errors


class CheckResult(NamedTuple):
    """A report on the sheet, with what is written into the workbook along with it."""

    report: Report
    last_check: LastCheck | None = None
    """What a later check of a part needs; None where there is nothing to keep."""
    lists: TemplateLists | None = None
    """What the site allows, for the lists of wrong cells; None where no cell is wrong."""


class Recheck(NamedTuple):
    """What a check of a part starts from."""

    last_check: LastCheck
    """Of the sheet as it was before."""
    changed: Collection[int]
    """The rows that were changed or left out since."""


def check_rows(
    book: Book,
    client: Client,
    data: DataSheet,
    left_out: Collection[int],
    lists: TemplateLists | None = None,
    *,
    adds_preview: bool = False,
) -> Checked:
    """Validates the rows that are not left out, and writes the marks. `lists`: the site's, where they are known.
    `adds_preview`: a workbook without the sheet Preview gets it, once its rows are right."""
    skipped = _passed_over(book, data, left_out)
    if _is_nothing_left(data, skipped):
        return show_report(book, data, CheckResult(_empty_report()), left_out)
    report, last_check = check_whole(client, data, skipped)
    result = CheckResult(report, last_check, lists_for(client, report, lists))
    return show_report(book, data, result, left_out, adds_preview=adds_preview)


def check_again(
    book: Book, client: Client, data: DataSheet, left_out: Collection[int], recheck: Recheck | None
) -> Checked:
    """As `check_rows`, but only the rows are sent that may have another outcome than in the last check.

    `recheck`: None where nothing is known of the sheet, so that all of it is checked.
    """
    skipped = _passed_over(book, data, left_out)
    part = None
    if recheck is not None and not _is_nothing_left(data, skipped):
        part = check_part(client, data, skipped, recheck.last_check, recheck.changed)
    if part is None:
        return check_rows(book, client, data, left_out)
    return show_report(book, data, CheckResult(part.report, part, lists_for(client, part.report)), left_out)


def report_now(
    book: Book, client: Client, data: DataSheet, left_out: Collection[int]
) -> tuple[Report, LastCheck | None, bool]:
    """The report on the sheet as it is now, and whether it is the server's word. The server is not asked where nobody
    touched the sheet since the last check: then what that found is still in the workbook."""
    skipped = _passed_over(book, data, left_out)
    last_check = read_last_check(own_sheets.read_suggestions(book), data, skipped)
    if last_check is not None:
        return last_check.report, last_check, False
    if _is_nothing_left(data, skipped):
        return _empty_report(), None, True
    return *check_whole(client, data, skipped), True


def show_report(
    book: Book, data: DataSheet, result: CheckResult, left_out: Collection[int], *, adds_preview: bool = False
) -> Checked:
    """Writes what a check found: the marks in the cells and beside the rows, `Fix Errors`, and the preview."""
    report = result.report
    left_out, tested = sorted(set(left_out) & set(data.rows)), tested_rows(book, data)
    skipped = sorted({*left_out, *tested})
    telling = {key_of(group) for group in report.fixes if group.details or tells_person(data, group)}
    dropdowns = Dropdowns(result.lists, telling)
    sheet = MarkedSheet(data.headers, list(data.rows), data.header_row + 1, data.last_row, skipped, data.sheet.name)
    fixes = lay_out_fixes(report, sheet, dropdowns)
    marks = lay_out_marks(report, sheet, dropdowns)
    for row in tested:
        marks.statuses[row - marks.first_row][0] = TESTED
        marks.messages[row - marks.first_row][0] = IN_WORDS
    for row in data.untouched:
        marks.statuses[row - marks.first_row][0] = AS_DOWNLOADED
    for row, mark in data.written_by().items():
        marks.statuses[row - marks.first_row][0] = WRITTEN
        marks.messages[row - marks.first_row][0] = mark.in_words()
    marks.suggestions = dropdowns.offers.beside(marks.suggestions + last_check_lines(result.last_check, data, skipped))
    if own_sheets.is_of_an_earlier_version(book):
        marks.notes.append(own_sheets.EARLIER_VERSION)
    own_sheets.write_marks(book, data, marks)
    own_sheets.write_fix_sheet(book, fixes)
    if report.preview is None:  # only a part was checked, which says nothing of what the other rows would do
        own_sheets.empty_preview(book)
    elif book.sheet(PREVIEW_SHEET) is not None or (adds_preview and not report.counts.errors):
        own_sheets.write_preview(book, report.preview, len(left_out), len(data.untouched), report.counts.errors)
    beside = waits_as_test(tested) + as_downloaded(data.untouched) + written_before(data.written)
    sentence = judged(report, left_out) + beside
    first = next((flag for flag in marks.flags if flag.severity == "error"), None)
    return Checked(report=report, left_out=left_out, first_error=first, sentence=sentence, notes=marks.notes)


def _passed_over(book: Book, data: DataSheet, left_out: Collection[int]) -> list[int]:
    """The rows that a check does not send: those left out, and those of a test that waits."""
    return sorted(set(left_out).intersection(data.rows).union(tested_rows(book, data)))


def _is_nothing_left(data: DataSheet, skipped: Collection[int]) -> bool:
    """Whether no row is sent, because each is left out, tested, as downloaded or written. A server that gets no row
    answers that the sheet is empty, which would be wrong."""
    return len(skipped) == len(data.rows) and bool(skipped or data.untouched or data.written)


def _empty_report() -> Report:
    """The report on such a sheet."""
    return Report(
        counts=Counts(rows=0, valid=0, errors=0, warnings=0),
        problems=[],
        fixes=[],
        preview=Preview(inserts=0, updates=0, enrollments_begun=0, enrollments_ended=0, caseloads=[]),
    )
