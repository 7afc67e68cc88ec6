"""Put reports and uploads into plain sentences for the user."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from workbook.problems import HEADER_UNCLEAR
from workbook.report import Preview, Report
from workbook.upload import Upload
from workbook.upload_state import RUNNING, UploadState

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
        if in_file and any(problem.code == HEADER_UNCLEAR for problem in report.problems):
            how += ", and say what the unclear headers are with “caseload fix FILE”"
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


def waits_as_test(rows: Collection[int]) -> str:
    """How many rows a check passes over, because a test has written them."""
    if not rows:
        return ""
    was = "1 row was" if len(rows) == 1 else f"{len(rows)} rows were"
    return f" {was} written as a test that waits for your word: press Keep Test, or press Take Back Test."


def outcome(upload: Upload, *, known: bool = False) -> str:
    """An upload's state: what was written, and what to do. `known`: it had been complete before this submit."""
    if upload.is_open_test:
        rows = counted(upload.accepted, "row")
        return (
            f"The test is written ({rows}) and waits for your word: press Keep Test to keep it, or press "
            "Take Back Test to take it back."
        )
    if upload.state == UploadState.COMPLETE:
        rows = f"{upload.accepted} of {counted(upload.received, 'row')} written"
        rows += f", {upload.left_out} left out" if upload.left_out else ""
        if known:
            return f"These rows were uploaded before ({rows}), so nothing was written again."
        return f"The upload is complete: {rows}."
    if upload.state in RUNNING:
        done = f"{upload.progress.done} of {upload.progress.total} rows" if upload.progress.total else upload.state
        return f"The upload is still running ({done}) and goes on by itself. Look again later with Refresh Status."
    if upload.state == UploadState.FAILED:
        why = (upload.reason or "the server gave no reason").rstrip(".")
        return f"The upload failed and nothing was written: {why}. It is safe to submit again."
    if upload.state == UploadState.NEEDS_FIXES:
        return "The upload waits for fixes, and nothing was written. Submit again to check the rows and go on."
    if upload.state == UploadState.CANCELLED:
        return "The upload was cancelled, and nothing was written. Submit again to upload the rows."
    if upload.state == UploadState.UNDONE:
        return f"The upload was undone. {upload.reason or ''}".rstrip()
    return f"The upload is {upload.state}."


def previewed(preview: Preview, left_out: Collection[int], stay: int, *, in_file: bool = False) -> str:
    """What an upload is about to do (SPEC 6), the largest changes of a caseload first. `stay`: assignments that stand
    in the sheet as they were downloaded, and stay so; `in_file`: of a .csv file, which has no sheet Preview."""
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
    loads = preview.by_size_of_change()
    if loads:
        lines.append("Open cases before → after:")
        lines += [f"{one.caseworker}: {one.before} → {one.after}" for one in loads[:_LOADS_NAMED]]
        if len(loads) > _LOADS_NAMED:
            where = "" if in_file else "; the sheet Preview has all"
            lines.append(f"… and {counted(len(loads) - _LOADS_NAMED, 'more caseworker')}{where}.")
    large = preview.too_large()
    if large:
        named = ", ".join(f"{one.caseworker} ({one.after})" for one in large[:_LOADS_NAMED])
        more = f" and {len(large) - _LOADS_NAMED} more" if len(large) > _LOADS_NAMED else ""
        lines.append(f"▲ More than {preview.load_limit} open cases, the most that your agency wants: {named}{more}.")
    return "\n".join(lines)


def what_is_left(not_sure: int, without: int) -> str:
    """How many mistakes are left that only the user can answer; "" for none."""
    if not (not_sure or without):
        return ""
    parts = [
        f"{not_sure} with a suggestion that is not sure" if not_sure else "",
        f"{without} without one" if without else "",
    ]
    are = "mistake is" if not_sure + without == 1 else "mistakes are"
    return f"{not_sure + without} {are} left to you: {' and '.join(filter(None, parts))}."


def counted(number: int, what: str, several: str = "") -> str:
    """`1 row`, `2 rows`. `several`: what two of them are called, where an s does not do."""
    return f"{number} {what if number == 1 else several or what + 's'}"


def rows_named(rows: Sequence[int]) -> str:
    """`12, 31, 44`, and how many more."""
    shown = ", ".join(str(row) for row in rows[:ROWS_NAMED])
    return f"{shown} +{len(rows) - ROWS_NAMED}" if len(rows) > ROWS_NAMED else shown
