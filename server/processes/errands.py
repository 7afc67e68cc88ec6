"""The jobs of a web process: small ones run here, large ones in a child (`server.processes.beside`).

Each job is a function over the tools; its arguments and its result can be pickled for another process.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from pydantic_core import to_json
from sqlalchemy import Connection

from server.lookups import note_look, rows_of
from server.processes.beside import Tools
from server.processes.spool import NoRoom, is_full
from server.records.database import reading
from server.records.fixes import without_rows
from server.records.no_access import must_have_access
from server.records.reference_data import reason_required
from server.records.remembered import FixAnswer
from server.records.sites import site_rules
from server.records.ssn import must_be_known
from server.records.tokens import Principal
from server.records.uploads import UploadRow, kept_key
from server.table import Before
from server.uploads import lifecycle, undo, wire
from server.uploads.check import answer_counting_tries, check
from server.uploads.recheck import nothing_wrong, today
from server.uploads.site_fixes import Remembering
from workbook.files.header_answers import named, with_answers
from workbook.files.missing import refuse_missing
from workbook.files.packing import unpack
from workbook.report import FixesIn
from workbook.sheet import Sheet

Json = bytes
"""An object in JSON, as it is answered."""


class ReceivedSheet(NamedTuple):
    """A sheet that was taken in, its SSNs as they came."""

    sheet: Sheet | bytes
    """A large one is packed."""
    cost: int
    """How much work it is, in rows (`server.http.desk.cost_in_rows`)."""
    name: str
    left_out: frozenset[int]
    """Row numbers that are left out from the start."""
    fixed: Before
    """What cells said before they were fixed in the sheet."""


class ErrorsStillOpen(NamedTuple):
    """Why an upload cannot go on (`server.uploads.lifecycle.ErrorsOpen`)."""

    rows: int
    report: Json
    """As it is answered."""


def get_ready(_tools: Tools) -> None:
    """Loads what is loaded once, so that the first who needs it does not wait for it."""
    from server.uploads.suggestions import get_ready as load

    load()


def check_sheet(
    tools: Tools, who: Principal, received: ReceivedSheet, follow_up: bool, answers: Mapping[str, str]
) -> Json:
    """The report on a sheet of which nothing is kept (SPEC 8). `answers`: what unclear headers are. Raises Refusal."""
    sheet = without_rows(_settled(tools, who, received, answers), received.left_out)
    if not len(sheet):
        with reading(tools.engine) as connection:
            return to_json(nothing_wrong(0, site_rules(connection, who.site_id).date_order))

    def look(connection: Connection) -> dict[str, object]:
        must_be_known(connection, tools.hasher)  # it may have been replaced since the sheet's SSNs were hidden
        day = today()
        checked = check(connection, sheet, who.site_id, who.staff_key, day)
        report = checked.report(tools.names)
        if follow_up:
            report["follow_up"] = checked.follow_up(who.staff_key, day, tools.hasher.derived("follow-up"))
        return report

    report = answer_counting_tries(tools.engine, look)
    note_look(tools.engine, who, "rows checked", len(sheet))
    return to_json(report)


def submit(tools: Tools, who: Principal, key: str, received: ReceivedSheet, test_rows: int | None) -> UploadRow:
    """Keeps an upload (`server.uploads.lifecycle.submit`). Raises Refusal."""
    sheet = _settled(tools, who, received)
    given = lifecycle.Submission(received.name, sheet, received.left_out, test_rows, received.fixed, tools.hasher)
    return lifecycle.submit(tools.engine, who, kept_key(tools.hasher, key), given)


def problems(tools: Tools, who: Principal, upload_id: str) -> Json:
    """The report on an upload."""
    report = lifecycle.current_report(tools.engine, who, upload_id, tools.names)
    note_look(tools.engine, who, "upload looked at", rows_of(report), upload_id)
    return to_json(report)


class Fixed(NamedTuple):
    """What became of fixes (`server.uploads.lifecycle.FixResult`)."""

    answer: Json
    """The report, the upload, and what fits nothing in it."""
    to_remember: list[FixAnswer]


def put_fixes(tools: Tools, who: Principal, upload_id: str, given: FixesIn) -> Fixed:
    """Keeps fixes and rows to leave out. What is to be remembered of them is left to `remember`."""
    fixed = lifecycle.put_fixes(tools.engine, tools.hasher, who, upload_id, given, tools.names)
    unknown = [part._asdict() | {"row": part.row or None} for part in fixed.unmatched]
    members = {"upload": wire.upload_out(fixed.upload).model_dump(), "unknown": unknown, "more_unknown": fixed.more}
    return Fixed(to_json(fixed.report | members), fixed.to_remember)


def remember(tools: Tools, who: Principal, fixes: Remembering) -> Remembering:
    """Goes on having fixes remembered. Gives how far it has come, which in another process is another object."""
    fixes.go_on(tools.engine, who)
    return fixes


def go_on(tools: Tools, who: Principal, upload_id: str) -> UploadRow | ErrorsStillOpen:
    """Lets an upload go on, or says why it cannot."""
    try:
        return lifecycle.go_on(tools.engine, who, upload_id, tools.names)
    except lifecycle.ErrorsOpen as refused:  # which reveals as much as a look at its problems
        note_look(tools.engine, who, "upload looked at", rows_of(refused.report), upload_id)
        return ErrorsStillOpen(refused.rows, to_json(refused.report))


def write_log(tools: Tools, who: Principal, upload_id: str, form: wire.LogFormat, path: str, summary: bool) -> None:
    """Writes an upload's log into the file at `path`. Raises UnknownUpload, NoRoom."""
    with reading(tools.engine) as connection:
        row = lifecycle.visible_upload(connection, who, upload_id)
        try:
            wire.write_log(connection, row, form, Path(path), summary=summary)
        except OSError as failure:
            if is_full(failure):
                raise NoRoom from failure
            raise
    note_look(tools.engine, who, "log looked at", row.received, upload_id)


def undo_upload(tools: Tools, who: Principal, upload_id: str, preview: bool) -> Json:
    """Takes back what an upload wrote, or says what that would be. Raises UnknownUpload, NotNow."""
    done = (undo.preview_undo if preview else undo.undo)(tools.engine, who, upload_id)
    if not done.has_changed:
        note_look(tools.engine, who, "undo looked at", done.upload.received, upload_id)
    return wire.undo_out(done, preview).model_dump_json().encode()


def _settled(tools: Tools, who: Principal, received: ReceivedSheet, answers: Mapping[str, str] | None = None) -> Sheet:
    """The sheet, if it has the columns that the site needs, its SSNs hidden. Raises NoAccess where whoever sent it
    may change nobody's caseload any more, now that it has come."""
    sheet = unpack(received.sheet) if isinstance(received.sheet, bytes) else received.sheet
    if answers and sheet.unclear:
        sheet = with_answers(sheet, named(sheet.unclear, answers))
    with reading(tools.engine) as connection:
        must_be_known(connection, tools.hasher)
        must_have_access(connection, who)
        rules = site_rules(connection, who.site_id)
        refuse_missing(sheet, rules.demographics, reason_required(connection, who.site_id))
    return tools.hasher.without_ssns(sheet)
