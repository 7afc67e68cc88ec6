"""What the commands say: one plain sentence for a report, for an upload, for whatever came of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from workbook.report import CaseloadChange, Preview, Report, Upload
from workbook.upload_state import RUNNING

ROWS_NAMED = 6
"""Row numbers that a sentence names; of more it gives the number."""
_LOADS_NAMED = 8
"""Caseworkers that a question names."""
NO_UPLOAD = (
    "Nothing was uploaded from this workbook yet. Press Submit when Validate finds no errors; Uploads lists what was "
    "uploaded from others."
)


def judged(report: Report, left_out: Collection[int] = (), *, in_file: bool = False) -> str:
    """A report: how many rows are wrong, and what to do. `in_file`: of a .csv file, which has no sheet Fix Errors."""
    counts = report.counts
    warned = f" {counted(counts.warnings, 'warning')} to look at." if counts.warnings else ""
    out = f" {counted(len(left_out), 'row')} left out." if left_out else ""
    if counts.errors:
        wrong = counts.rows - counts.valid
        where = f"{counted(counts.errors, 'error')} in {wrong} of {counted(counts.rows, 'row')}."
        how = "in the file" if in_file else "in the cells or in the sheet Fix Errors"
        return f"{where} Correct them {how}, then validate again.{warned}{out}"
    if not counts.rows:
        return f"No row is left to submit.{out}"
    ready = "The row is" if counts.rows == 1 else f"All {counts.rows} rows are"
    return f"{ready} ready to submit.{warned}{out}"


def as_downloaded(rows: Collection[int]) -> str:
    """How many rows are not sent, because nobody touched them since they were downloaded."""
    if not rows:
        return ""
    are = "row is" if len(rows) == 1 else "rows are"
    return f" {len(rows)} {are} as downloaded and not part of the upload; fill in End Date to end one."


def written_before(rows: Collection[int]) -> str:
    """How many rows are not sent, because an upload has written them."""
    if not rows:
        return ""
    has = "1 row was" if len(rows) == 1 else f"{len(rows)} rows were"
    return f" {has} written before and will not be sent again."


def outcome(upload: Upload, *, known: bool = False) -> str:
    """An upload's state: what was written, and what to do. `known`: it had been complete before this submit."""
    if upload.is_open_test:
        rows = counted(upload.accepted, "row")
        return f"The test is written ({rows}) and waits for your word: press Test Rows to keep it or take it back."
    if upload.state == "complete":
        rows = f"{upload.accepted} of {counted(upload.received, 'row')} written"
        rows += f", {upload.left_out} left out" if upload.left_out else ""
        if known:
            return f"These rows were uploaded before ({rows}), so nothing was written again."
        return f"The upload is complete: {rows}."
    if upload.state in RUNNING:
        done = f"{upload.progress.done} of {upload.progress.total} rows" if upload.progress.total else upload.state
        return f"The upload is still running ({done}) and goes on by itself. Look again later with Refresh Status."
    if upload.state == "failed":
        why = (upload.reason or "the server gave no reason").rstrip(".")
        return f"The upload failed and nothing was written: {why}. It is safe to submit again."
    if upload.state == "needs-fixes":
        return "The upload waits for fixes, and nothing was written. Submit again to check the rows and go on."
    if upload.state == "cancelled":
        return "The upload was cancelled, and nothing was written. Submit again to upload the rows."
    if upload.state == "undone":
        return f"The upload was undone. {upload.reason or ''}".rstrip()
    return f"The upload is {upload.state}."


def previewed(preview: Preview, left_out: Collection[int], stay: int) -> str:
    """What an upload is about to do (SPEC 6), the largest changes of a caseload first. `stay`: assignments that stand
    in the sheet as they were downloaded, and stay so."""
    does = [
        f"{counted(number, what)} {verb}"
        for number, what, verb in (
            (preview.inserts, "assignment", "begun"),
            (preview.updates, "assignment", "ended"),
            (stay, "assignment", "left as downloaded"),
            (preview.enrollments_begun, "enrollment", "begun"),
            (preview.enrollments_ended, "enrollment", "ended"),
            (len(left_out), "row", "left out"),
        )
        if number
    ]
    lines = [f"This upload: {', '.join(does)}."] if does else ["This upload changes nothing."]
    loads = by_size_of_change(preview)
    if loads:
        lines.append("Open cases before → after:")
        lines += [f"{one.caseworker}: {one.before} → {one.after}" for one in loads[:_LOADS_NAMED]]
        if len(loads) > _LOADS_NAMED:
            lines.append(f"… and {counted(len(loads) - _LOADS_NAMED, 'more caseworker')}; the sheet Preview has all.")
    return "\n".join(lines)


def by_size_of_change(preview: Preview) -> list[CaseloadChange]:
    """The caseloads that change, the largest change first."""
    changed = [one for one in preview.caseloads if one.after != one.before]
    return sorted(changed, key=lambda one: (-abs(one.after - one.before), one.caseworker.casefold()))


def counted(number: int, what: str, several: str = "") -> str:
    """`1 row`, `2 rows`. `several`: what two of them are called, where an s does not do."""
    return f"{number} {what if number == 1 else several or what + 's'}"


def rows_named(rows: Sequence[int]) -> str:
    """`12, 31, 44`, and how many more."""
    shown = ", ".join(str(row) for row in rows[:ROWS_NAMED])
    return f"{shown} +{len(rows) - ROWS_NAMED}" if len(rows) > ROWS_NAMED else shown
