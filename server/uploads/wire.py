"""Convert uploads, their logs and their undoing to the models of the wire (SPEC 6, 8)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Final, Literal

from pydantic_core import to_json
from sqlalchemy import Connection

from server.records import uploads
from server.records.changes import reversal_log
from server.records.upload_log import lay_out_log, log_rows
from server.records.uploads import UploadRow
from server.uploads import undo
from server.uploads.recheck import lay_out_upload
from workbook.files.packing import unpack
from workbook.upload import LogRow, Progress, Undo, UndoCounts, UndoneRecord, Upload, UploadTest

LogFormat = Literal["json", "csv", "xlsx"]
_LINES: Final = 1000
"""Lines of a log that are written at once."""


def upload_out(row: UploadRow) -> Upload:
    """An upload as the API shows it. A test goes as far as its rows."""
    total = row.received if row.test_rows is None else min(row.test_rows, row.received)
    return Upload(
        id=row.id,
        number=row.number,
        filename=row.filename,
        state=row.state,
        received=row.received,
        accepted=row.accepted,
        left_out=row.left_out,
        progress=Progress(done=min(row.done, total), total=total),
        submitted_by=row.submitted_by,
        submitted_at=_iso(row.submitted_at),
        finished_at=None if row.finished_at is None else _iso(row.finished_at),
        reason=row.reason,
        test=None if row.test_rows is None else UploadTest(rows=row.test_rows, kept=row.test_kept),
        date_order=row.date_order,
        site_tag=row.site_tag,
    )


def undo_out(done: undo.UndoResult, preview: bool) -> Undo:
    """What an undo did, or would do."""
    counts = Counter(f"{line.kind}s_{line.outcome}" for line in done.lines)
    stay: dict[str, list[UndoneRecord]] = {"kept": [], "impossible": []}
    for line in done.lines:
        if line.outcome in stay:
            # What the server made itself needs no check, and there may be a hundred thousand of these.
            stay[line.outcome].append(
                UndoneRecord.model_construct(row=line.row, record=line.kind, record_id=line.record_id, why=line.why)
            )
    names = UndoCounts.model_fields
    return Undo(
        preview=preview,
        state=done.upload.state.value,
        reversed=sum(counts[name] for name in names),
        counts=UndoCounts(**{name: counts[name] for name in names}),
        kept=stay["kept"],
        impossible=stay["impossible"],
    )


def write_log(connection: Connection, row: UploadRow, form: LogFormat, path: Path, *, summary: bool) -> None:
    """Writes the log of an upload into a file: what was done with every row, and below that what an undo did. Line by
    line where the form allows it, for there may be a million. `summary`: of a .csv, at its top. Raises OSError."""
    from workbook.sheets.log_sheet import write_log_csv, write_log_xlsx

    upload, lines = upload_out(row), _log_lines(connection, row)
    with path.open("wb") as file:
        if form == "json":
            file.write(b'{"upload":' + to_json(upload.model_dump()) + b',"rows":[')
            between = b""
            for some in _in_pieces(lines):
                file.write(between + to_json([line.__dict__ for line in some])[1:-1])
                between = b","
            file.write(b"]}")
        elif form == "csv":
            write_log_csv(upload, lines, file, summary=summary)
        else:
            write_log_xlsx(upload, lines, file)


def _log_lines(connection: Connection, upload: UploadRow) -> Iterator[LogRow]:
    packed = uploads.load_sheet(connection, upload.id, "log")
    if packed is not None:
        kept = unpack(packed)
    else:
        laid = lay_out_upload(connection, upload.id)
        kept = lay_out_log(laid.sheet, laid.left_out, laid.changes, order=upload.date_order)
    undone = uploads.load_sheet(connection, upload.id, "undone")
    return chain(log_rows(kept), reversal_log(unpack(undone)) if undone is not None else ())


def _in_pieces(lines: Iterable[LogRow]) -> Iterator[list[LogRow]]:
    some: list[LogRow] = []
    for line in lines:
        some.append(line)
        if len(some) == _LINES:
            yield some
            some = []
    if some:
        yield some


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
