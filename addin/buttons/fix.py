"""Apply Fixes: put each answer from Fix Errors into every row with that mistake (SPEC 5, 9).

`apply_fixes` reads the answers from the sheet Fix Errors. `apply_these` is the work, from top to bottom:

1. The report on the sheet as it is now says which rows each answer is for (`addin.rows.check.report_now`).
2. The answers become changes of cells (`addin.rows.answers.plan`), which are written, and noted in Fixes Made.
3. Rows that the user gives up for what is stored are read anew from the server (`addin.rows.conflicts`).
4. The sheet is checked again, and the marks are written as in Validate.
5. The next mistake is selected.

When that is in the workbook, the user is asked whether the site is to remember what the sheet says is to be remembered.
A workbook may come from somebody else, and what one person has remembered is offered to all.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from addin.api.client import Client
from addin.book import Book
from addin.buttons.remembered import REMEMBER, carried, question_on, remember_carried, to_be_remembered
from addin.outcome import Answers, Outcome
from addin.rows.answers import CellChange, plan, typed_numbers
from addin.rows.check import Checked, Recheck, check_again, report_now
from addin.rows.conflicts import take_theirs
from addin.rows.data_sheet import DataSheet, read_data
from addin.rows.last_check import last_report
from addin.rows.offered import outdated_picks
from addin.rows.own_sheets import first_line, read_fix_grid, read_suggestions
from addin.rows.picks import read_rows, write_corrections
from workbook.columns import DEMOGRAPHICS, PARTICIPANT_ID, STAFF_FIRST, STAFF_LAST, canonical_header
from workbook.problems import VALUE_CODES
from workbook.report import Report
from workbook.sheets.fix_sheet import Key, read_fixes, read_left_out


@dataclass(frozen=True, slots=True, kw_only=True)
class FixOutcome(Outcome):
    """What Apply Fixes changed, and what is left."""

    made: list[CellChange]
    used: frozenset[Key]
    """The mistakes of which a row was corrected."""
    unused: list[str]
    """Answers that no row needed, in words."""
    unknown: list[Key]
    """Mistakes whose answer is a number that no record has, so that they must be asked again."""
    not_known: str
    """The same in words."""
    checked: Checked


def apply_fixes(book: Book, client: Client, given: Answers) -> Outcome:
    """Puts what the user chose in `Fix Errors` into every row that has the wrong value, and checks again: a FixOutcome.
    Where answers are to be remembered, it asks, and its last outcome is whether they are."""
    if REMEMBER in given:
        return remember_carried(client, given)
    grid = read_fix_grid(book)
    fixes = read_fixes(grid)
    answers = {(fix.column, fix.value, fix.code): fix.replacement or "" for fix in fixes}
    fixed = apply_these(book, client, answers, read_left_out(grid))
    wanted = {(fix.column, fix.value, fix.code) for fix in fixes if fix.remember}
    remember = to_be_remembered(answers, wanted & fixed.used, fixed.checked.report)
    if not remember:
        return fixed
    return replace(fixed, question=question_on(fixed.sentence, remember), carries=carried(remember))


def apply_these(
    book: Book,
    client: Client,
    answers: Mapping[Key, str],
    leave_out: Collection[Key],
) -> FixOutcome:
    """As `apply_fixes`, with the answers given: (column, value, code) → what replaces the value.

    `leave_out`: the mistakes whose rows are left out of the upload. The old values are kept in `Fixes Made`, and beside
    each row for the log of its upload.
    Raises BookError when the sheet is no caseload sheet, ClientError when the server does not answer.
    """
    kept = last_report(read_suggestions(book))
    data, note = read_rows(book, client)
    left_out = data.left_out()
    report, last_check, is_fresh = report_now(book, client, data, left_out)
    outdated = outdated_picks(client, data, report, kept, answers, is_fresh=is_fresh)
    unknown = _unknown(client, data, report, answers)
    work = plan(data, report, answers, leave_out, unknown, outdated)
    if work.made or work.kept:
        write_corrections(book, data, work)
        data = read_data(book)
    if work.theirs:
        gone = take_theirs(client, data, work.theirs)
        work.theirs = [row for row in work.theirs if row not in gone]
        work.left_out += gone
        data = read_data(book)
    changed = {change.row for change in work.made}.union(work.left_out, work.kept, work.theirs)
    # A changed header changes the meaning of every row, so that all of them are checked.
    is_whole = last_check is None or data.header_row in changed or outdated
    recheck = None if is_whole or last_check is None else Recheck(last_check, changed)
    checked = check_again(book, client, data, [*left_out, *work.left_out], recheck)
    if changed:
        _select_next_mistake(book, data, checked)
    return FixOutcome(
        made=work.made,
        used=frozenset(work.used),
        unused=work.unused,
        unknown=unknown,
        not_known=work.not_known(),
        checked=checked,
        notes=checked.notes,
        sentence=f"{work.in_words()} {checked.sentence}{note}",
    )


def _select_next_mistake(book: Book, data: DataSheet, checked: Checked) -> None:
    """Selects the first mistake that is left: its line where the user works in Fix Errors, else its cell."""
    flag = checked.first_error
    if flag is None:
        return
    data.sheet.show(flag.row, flag.column, unless=first_line(book))


def _unknown(client: Client, data: DataSheet, report: Report, answers: Mapping[Key, str]) -> list[Key]:
    """The mistakes whose answers are numbers that no record has.

    One row of each such mistake is sent with its answer in place: the server says whether the number is good.
    """
    typed = typed_numbers(data, report, answers)
    if not typed:
        return []
    by_row: dict[int, list[Key]] = {}
    for key, row in typed.items():
        by_row.setdefault(row, []).append(key)
    table = data.table(without=set(data.rows).difference(by_row))
    headers = [canonical_header(header) for header in table["header"]]
    for row, cells in zip(table["row_numbers"], table["rows"], strict=True):
        changes: dict[str, str | None] = {key[0]: answers[key] for key in by_row[row]}
        if PARTICIPANT_ID in changes:
            changes.update((header, None) for header in DEMOGRAPHICS)
        if STAFF_LAST in changes:
            changes[STAFF_FIRST] = None
        for place, header in enumerate(headers[: len(cells)]):
            if header in changes:
                cells[place] = changes[header]
    wrong = {(one.row, one.column) for one in client.validate(table).problems if one.code in VALUE_CODES}
    return [key for key, row in typed.items() if (row, key[0]) in wrong]
