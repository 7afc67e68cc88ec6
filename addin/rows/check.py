"""Checking the sheet and showing what is wrong with it: what Validate does, and every button that sends rows first."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from addin.api.client import Client
from addin.book import Book
from addin.outcome import Outcome
from addin.rows import own_sheets
from addin.rows.answers import tells_person
from addin.rows.data_sheet import DataSheet
from addin.rows.last_check import Known, known_lines, read_known
from addin.rows.part_check import check_part, check_whole
from addin.rows.site_lists import lists_for
from addin.sentences import as_downloaded, judged, written_before
from workbook.lists import TemplateLists
from workbook.report import Counts, Preview, Report, key_of
from workbook.sheets.fix_sheet import lay_out_fixes, read_choices
from workbook.sheets.marks import AS_DOWNLOADED, WRITTEN, Flag, lay_out_marks
from workbook.sheets.offers import Offers


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


def check_rows(
    book: Book, client: Client, data: DataSheet, left_out: Collection[int], lists: TemplateLists | None = None
) -> Checked:
    """Validates the rows that are not left out, and writes the marks. `lists`: the site's, where they are known."""
    skipped = sorted(set(left_out) & set(data.rows))
    if _is_nothing_left(data, skipped):
        return show_report(book, data, _nothing_checked(), skipped)
    report, known = check_whole(client, data, skipped)
    return show_report(book, data, report, skipped, known, lists=lists_for(client, report, lists))


def check_changed_rows(
    book: Book,
    client: Client,
    data: DataSheet,
    left_out: Collection[int],
    known: Known | None,
    changed: Collection[int],
) -> Checked:
    """As `check_rows`, for a sheet that was `known` before some of its rows were changed or left out: only what may
    have another outcome now is sent."""
    skipped = sorted(set(left_out) & set(data.rows))
    part = None
    if known is not None and not _is_nothing_left(data, skipped):
        part = check_part(client, data, skipped, known, changed)
    if part is None:
        return check_rows(book, client, data, left_out)
    return show_report(book, data, part.report, skipped, part, lists=lists_for(client, part.report))


def known_rows(book: Book, client: Client, data: DataSheet, left_out: Collection[int]) -> tuple[Report, Known | None]:
    """The report on the sheet as it is now: what the last check found, where nobody touched it since."""
    known = read_known(own_sheets.read_suggestions(book), data, left_out)
    if known is not None:
        return known.report, known
    if _is_nothing_left(data, sorted(set(left_out) & set(data.rows))):
        return _nothing_checked(), None
    return check_whole(client, data, left_out)


def show_report(
    book: Book,
    data: DataSheet,
    report: Report,
    left_out: list[int],
    known: Known | None = None,
    *,
    lists: TemplateLists | None = None,
) -> Checked:
    """Writes the marks and `Fix Errors` for a report on the sheet, and keeps what is `known` of it by that. `lists`:
    what the site allows, for the lists of wrong values."""
    grid = own_sheets.read_fix_grid(book)
    offers = Offers()
    telling = {key_of(group) for group in report.fixes if tells_person(data, group)}
    fixes = lay_out_fixes(report, read_choices(grid), data.sheet.name, data.headers, lists, offers, telling)
    marks = lay_out_marks(
        report,
        data.headers,
        list(data.rows),
        last_row=data.last_row,
        left_out=left_out,
        first_row=data.header_row + 1,
        lists=lists,
        offers=offers,
        telling=telling,
    )
    for row in data.untouched:
        marks.statuses[row - marks.first_row][0] = AS_DOWNLOADED
    for row, mark in data.written_by().items():
        marks.statuses[row - marks.first_row][0] = WRITTEN
        marks.messages[row - marks.first_row][0] = mark.in_words()
    marks.suggestions = offers.beside(marks.suggestions + known_lines(known, data, left_out))
    own_sheets.write_marks(book, data, marks)
    own_sheets.write_fix_sheet(book, fixes, grid)
    if report.preview is None:  # a part was checked: what the other rows would do is not told
        own_sheets.empty_preview(book)
    else:
        own_sheets.write_preview(book, report.preview, len(left_out), len(data.untouched), report.counts.errors)
    sentence = judged(report, left_out) + as_downloaded(data.untouched) + written_before(data.written)
    first = next((flag for flag in marks.flags if flag.severity == "error"), None)
    return Checked(report=report, left_out=left_out, first_error=first, sentence=sentence, notes=marks.notes)


def _is_nothing_left(data: DataSheet, skipped: Collection[int]) -> bool:
    """Whether every row is left out, or not sent for other reasons: the server would say that there is no row."""
    return len(skipped) == len(data.rows) and bool(skipped or data.untouched or data.written)


def _nothing_checked() -> Report:
    """The report on such a sheet."""
    return Report(
        counts=Counts(rows=0, valid=0, errors=0, warnings=0),
        problems=[],
        fixes=[],
        preview=Preview(inserts=0, updates=0, enrollments_begun=0, enrollments_ended=0, caseloads=[]),
    )
