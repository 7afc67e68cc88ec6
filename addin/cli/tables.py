"""Print tables that fit 80 columns, and show progress."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.status import Status
from rich.table import Table

from addin.cli.terminal_words import at_terminal
from addin.rows.answers import CellChange
from addin.sentences import ROWS_NAMED, counted, rows_named
from workbook.group_words import GroupWords
from workbook.identity import said_value
from workbook.local_time import Order, local_moment
from workbook.report import FixGroup, RememberedFix, Report, asked, ungrouped
from workbook.sheets.fix_sheet import offer
from workbook.sheets.marks import not_named
from workbook.sheets.remembered_sheet import when
from workbook.sheets.uploads_sheet import state_of, what_to_do
from workbook.text import printable
from workbook.upload import LogRow, Upload

_LOG_ROWS = 40
_LEAST_OF_ID = 4
"""Characters of an ID that are shown at least, so that it stays the same when another fix comes along."""


def show_report(console: Console, report: Report, left_out: Sequence[int] = ()) -> None:
    """Shows the problems, grouped by wrong value: where, how often, what is wrong, and what was probably meant."""
    groups = error_groups(report)
    skipped = set(left_out)
    if groups:
        table = _table("Rows", "Where", "What is wrong → what was meant", widths=(14, 24))
        words = GroupWords(report)
        for group in groups:
            message = words.sentence(group) or group.code
            suggestions = "".join(f"\n→ {offer(suggestion, group.column)}" for suggestion in group.suggestions[:3])
            where = f"[bold]{escape(group.column)}[/bold]\n{escape(words.value(group) or '(empty)')}"
            table.add_row(rows_named(group.rows), where, escape(message + suggestions))
        console.print(table)
    if report.more:
        console.print(not_named(report))
    warnings = [problem for problem in report.problems if problem.severity == "warning" and problem.row not in skipped]
    for problem in warnings[:ROWS_NAMED]:
        console.print(f"Warning, row {problem.row}, {escape(problem.column)}: {escape(problem.message)}")
    if len(warnings) > ROWS_NAMED:
        console.print(f"… and {counted(len(warnings) - ROWS_NAMED, 'more warning')}.")


def error_groups(report: Report) -> list[FixGroup]:
    """The errors of a report by distinct wrong value, the most frequent first; those that only the user can answer are
    in groups without suggestions."""
    wrong = {(one.row, one.column, one.code) for one in report.problems if one.severity == "error"}
    groups = [group for group in asked(report) if not wrong.isdisjoint(group.places())]
    return sorted([*groups, *ungrouped(report)], key=lambda group: (-group.count, group.rows[0]))


def show_changes(console: Console, made: Sequence[CellChange], order: Order) -> None:
    """What was changed: one line per distinct change."""
    rows: dict[tuple[str, str, str], list[int]] = {}
    for change in made:
        rows.setdefault((change.column, change.before, change.after), []).append(change.row)
    if not rows:
        return
    table = _table("Rows", "Column", "Before", "After")
    for (column, before, after), numbers in rows.items():
        said = (said_value(column, value, order) for value in (before, after))
        before, after = said
        table.add_row(rows_named(numbers), column, escape(before or "(empty)"), escape(after or "(emptied)"))
    console.print(table)


def show_uploads(console: Console, uploads: Sequence[Upload]) -> None:
    """The table, and below it what each one that waits for a decision waits for."""
    table = _table("Upload", "File", "State", "Rows", "Written", "Submitted by", "At")
    table.columns[0].no_wrap = True
    table.padding = (0, 1, 0, 0)
    for upload in uploads:
        table.add_row(
            upload.name,
            escape(upload.filename),
            state_of(upload),
            str(upload.received),
            str(upload.accepted),
            escape(upload.submitted_by),
            local_moment(upload.submitted_at, upload.date_order),
        )
    console.print(table)
    for upload in uploads:
        if todo := to_type(upload):
            console.print(f"{upload.name}: {todo}", markup=False)


def to_type(upload: Upload) -> str:
    """What an upload waits for, with the command for it; "" when it waits for nobody."""
    return at_terminal(what_to_do(upload), upload=upload.number)


def show_remembered(console: Console, fixes: Sequence[RememberedFix], order: Order) -> None:
    """Remembered fixes, each by as much of its ID as tells it from the others."""
    table = _table("ID", "Column", "Wrong value → answer", "Remembered", widths=(32, 20))
    table.columns[0].no_wrap = True  # so that it can be copied
    table.columns[3].min_width = 22
    length = next(length for length in range(_LEAST_OF_ID, 33) if len({one.id[:length] for one in fixes}) == len(fixes))
    for fix in fixes:
        value, answer = (escape(said_value(fix.column, one, order)) for one in (fix.value, fix.replacement))
        by = f"by {escape(fix.by)}\n" if fix.by else ""
        told = f"{by}{when(fix, order).replace(', corrected', chr(10) + 'corrected')}"
        table.add_row(fix.id[:length], escape(fix.column), f"{value}\n→ {answer}", told)
    console.print(table)


def show_log(console: Console, upload: Upload, rows: Sequence[LogRow]) -> None:
    """The row log; of a long one the beginning, with a word on how to get the rest."""
    table = _table("Row", "Action", "Participant", "Result", "Record", "Message")
    for row in rows[:_LOG_ROWS]:
        changed = f" ({row.before} → {row.after})" if row.before or row.after else ""
        record = "" if row.record_id is None else str(row.record_id)
        table.add_row(
            str(row.row),
            row.action,
            escape(row.participant_id),
            row.result,
            record,
            escape(row.message + changed),
        )
    console.print(table)
    if len(rows) > _LOG_ROWS:
        more = counted(len(rows) - _LOG_ROWS, "more row")
        console.print(f"… and {more}: caseload log {upload.number} --to log.xlsx")


class Watch:
    """Shows that work goes on: a line that turns and a bar on a terminal, plain lines elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._turning: Status | None = None
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._last = ""

    def __enter__(self) -> Watch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def status(self, text: str) -> None:
        """What the status bar of a spreadsheet says; "" when it is cleared, and the bar makes room for a question."""
        if not text:
            self._stop()
        elif self._bar is not None or text.startswith("Upload "):
            return  # the bar, or the line for the upload's state, says it already
        elif not self._console.is_terminal:
            self._console.print(text, markup=False)
        elif self._turning is None:
            self._turning = self._console.status(escape(printable(text)))
            self._turning.start()
        else:
            self._turning.update(escape(printable(text)))

    def upload(self, upload: Upload) -> None:
        """An upload as it moves on."""
        if not self._console.is_terminal:
            if upload.state != self._last:
                self._console.print(f"Upload {upload.name}: {upload.state}", markup=False)
            self._last = upload.state
            return
        self._stop_turning()
        if self._bar is None:
            columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("rows")
            self._bar = Progress(*columns, console=self._console, transient=True)
            self._bar.start()
            self._task = self._bar.add_task(upload.state)
        if self._task is not None:
            done, total = upload.progress.done, max(upload.progress.total, 1)
            self._bar.update(self._task, description=upload.state, completed=done, total=total)

    def _stop(self) -> None:
        self._stop_turning()
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _stop_turning(self) -> None:
        if self._turning is not None:
            self._turning.stop()
            self._turning = None


def _table(*headers: str, widths: Sequence[int] = ()) -> Table:
    """A table without lines; `widths`: the most that the first columns may take."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for number, header in enumerate(headers):
        table.add_column(header, overflow="fold", max_width=widths[number] if number < len(widths) else None)
    return table
