"""The database tables: a site's records, its uploads, and outgoing mail (SPEC 1, 6, 7).

Dates are ISO text of ten characters: it sorts as the dates do, is the same in SQLite and PostgreSQL, and needs
no conversion where a hundred thousand are read. Instants are real timestamps, in UTC.
"""

from __future__ import annotations

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
)

from server.records.append_only import APPEND_ONLY as APPEND_ONLY
from server.records.column_kinds import OPEN, Instant, IsoDate
from server.records.column_kinds import metadata as metadata
from server.records.column_kinds import of_site as _site
from server.records.mail_tables import mails_in_short as mails_in_short
from server.records.mail_tables import outbox as outbox
from server.records.ssn_tables import key_fingerprints as key_fingerprints
from server.records.ssn_tables import ssn_tries as ssn_tries
from workbook.upload_state import UploadState

# revision: moves with every change to what the site knows, in the same transaction. It is the ETag of the
#   reference data, and shows a writer that what was judged a moment ago still holds.
# next_record: the number of the next assignment or enrollment. Record numbers belong to the site, so that
#   nobody can count another site's; taking them locks the site's row, which is also the site's writer lock.
# duplicate_check: JSON, [[header, "exact" or "like"], ...] in template order.
sites = Table(
    "sites",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("date_order", String(3), nullable=False, server_default="MDY"),
    Column("duplicate_check", Text, nullable=False),
    Column("one_primary", Boolean, nullable=False),
    Column("revision", Integer, nullable=False, server_default="1"),
    Column("next_record", Integer, nullable=False, server_default="1"),
    CheckConstraint("date_order IN ('MDY', 'DMY')", name="date_order"),
)


# most: above so many open cases of one caseworker an upload is warned of before it is sent. No line: never.
load_limits = Table(
    "load_limits", metadata, _site(), Column("most", Integer, nullable=False), PrimaryKeyConstraint("site_id")
)


# id_key folds an ID as `exact` compares it; the other *_key columns fold as `like` does (workbook.matching),
# which finds whatever `exact` would.
participants = Table(
    "participants",
    metadata,
    Column("key", Integer, primary_key=True),
    _site(),
    Column("participant_id", Text, nullable=False),
    Column("id_key", Text, nullable=False),
    Column("first_name", Text, nullable=False, server_default=""),
    Column("last_name", Text, nullable=False, server_default=""),
    Column("first_key", Text, nullable=False, server_default=""),
    Column("last_key", Text, nullable=False, server_default=""),
    Column("birth_date", IsoDate, nullable=False, server_default=""),
    Column("case_number", Text, nullable=False, server_default=""),
    Column("case_key", Text, nullable=False, server_default=""),
    Column("ssn_hash", String(64), nullable=False, server_default=""),
    UniqueConstraint("site_id", "participant_id"),
    Index(None, "site_id", "id_key"),
    Index(None, "site_id", "last_key", "first_key"),
    Index(None, "site_id", "first_key"),
    Index(None, "site_id", "birth_date"),
    Index(None, "site_id", "case_key"),
    Index(None, "site_id", "ssn_hash"),
)

# The names of the participants: `words` are those of a name that has several, apart, in each way in which they are
# written; `firsts` and `lasts` count who has it as First and as Last Name. Made from participants, and never without
# them (server.records.names).
names = Table(
    "names",
    metadata,
    _site(),
    Column("key", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("firsts", Integer, nullable=False),
    Column("lasts", Integer, nullable=False),
    PrimaryKeyConstraint("site_id", "key"),
    sqlite_with_rowid=False,
)

# By what a name is found that was written wrongly (server.suggest.name_index).
name_forms = Table(
    "name_forms",
    metadata,
    _site(),
    Column("form", Text, nullable=False),
    Column("key", Text, nullable=False),
    PrimaryKeyConstraint("site_id", "form", "key"),
    sqlite_with_rowid=False,
)

programs = Table(
    "programs",
    metadata,
    Column("key", Integer, primary_key=True),
    _site(),
    Column("program_id", Text, nullable=False),
    Column("name", Text, nullable=False, server_default=""),
    Column("active", Boolean, nullable=False),
    UniqueConstraint("site_id", "program_id"),
)

staff = Table(
    "staff",
    metadata,
    Column("key", Integer, primary_key=True),
    _site(),
    Column("staff_id", Text, nullable=False),
    Column("first_name", Text, nullable=False, server_default=""),
    Column("last_name", Text, nullable=False, server_default=""),
    Column("email", Text, nullable=False, server_default=""),
    Column("active", Boolean, nullable=False),
    Column("caseload_access", Boolean, nullable=False),
    Column("administrator", Boolean, nullable=False),
    UniqueConstraint("site_id", "staff_id"),
)

feeder_values = Table(
    "feeder_values",
    metadata,
    Column("key", Integer, primary_key=True),
    _site(),
    Column("feeder", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    UniqueConstraint("site_id", "feeder", "value"),
)

access = Table(
    "access",
    metadata,
    _site(),
    Column("staff_key", Integer, ForeignKey("staff.key", ondelete="CASCADE"), nullable=False),
    Column("program_key", Integer, ForeignKey("programs.key", ondelete="CASCADE"), nullable=False),
    Column("own", Boolean, nullable=False),
    Column("others", Boolean, nullable=False),
    PrimaryKeyConstraint("staff_key", "program_key"),
)

enrollments = Table(
    "enrollments",
    metadata,
    _site(),
    Column("record_id", Integer, nullable=False),
    Column("participant_key", Integer, ForeignKey("participants.key"), nullable=False),
    Column("program_key", Integer, ForeignKey("programs.key"), nullable=False),
    Column("start_date", IsoDate, nullable=False, server_default=""),
    Column("end_date", IsoDate, nullable=False, server_default=""),
    Column("version", Integer, nullable=False, server_default="1"),
    PrimaryKeyConstraint("site_id", "record_id"),
    Index(None, "participant_key"),
    sqlite_with_rowid=False,
)

# Which enrollment came from which record of a source (HMIS' EnrollmentID), and what was said of it there when it was
# last imported: so that a correction there is distinguished from a change here (server.records.imports.sources).
enrollment_sources = Table(
    "enrollment_sources",
    metadata,
    _site(),
    Column("source_id", Text, nullable=False),
    Column("record_id", Integer, nullable=False),
    Column("start_date", IsoDate, nullable=False, server_default=""),
    Column("end_date", IsoDate, nullable=False, server_default=""),
    PrimaryKeyConstraint("site_id", "source_id"),
    Index(None, "site_id", "record_id"),
    sqlite_with_rowid=False,
)

# end_date and reason_key are empty while the assignment is open. A closed one is never changed again.
assignments = Table(
    "assignments",
    metadata,
    _site(),
    Column("record_id", Integer, nullable=False),
    Column("participant_key", Integer, ForeignKey("participants.key"), nullable=False),
    Column("program_key", Integer, ForeignKey("programs.key")),
    Column("staff_key", Integer, ForeignKey("staff.key"), nullable=False),
    Column("relationship_key", Integer, ForeignKey("feeder_values.key")),
    Column("status_key", Integer, ForeignKey("feeder_values.key")),
    Column("start_date", IsoDate, nullable=False, server_default=""),
    Column("end_date", IsoDate, nullable=False, server_default=""),
    Column("reason_key", Integer, ForeignKey("feeder_values.key")),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("begun_by", String(32)),
    Column("ended_by", String(32)),
    PrimaryKeyConstraint("site_id", "record_id"),
    Index(None, "participant_key"),
    # Each caseworker's open caseload, to list and to count. SQLite answers from the index alone only when
    # it holds every column that is asked about, the empty one too.
    Index("ix_assignments_open", "site_id", "staff_key", "end_date", sqlite_where=OPEN, postgresql_where=OPEN),
    sqlite_with_rowid=False,
)

# Which records, of either kind, were opened again after they had been ended, and the number that a record begun at that
# moment would have got: so an undo tells what was opened after an upload (server.records.reopened).
reopened = Table(
    "reopened",
    metadata,
    _site(),
    Column("record_id", Integer, nullable=False),
    Column("next_record", Integer, nullable=False),
    PrimaryKeyConstraint("site_id", "record_id"),
    sqlite_with_rowid=False,
)

tokens = Table(
    "tokens",
    metadata,
    Column("key", Integer, primary_key=True),
    _site(),
    Column("staff_key", Integer, ForeignKey("staff.key", ondelete="CASCADE"), nullable=False),
    # What a token begins with, to find it by; the rest of it is secret. Empty for tokens of earlier versions.
    Column("prefix", String(8), unique=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("label", Text, nullable=False, server_default=""),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("last_used_at", Instant),
)

# This table is the queue: a worker leases a row, and the transaction that writes the assignments also moves
# the state to complete. That move is what makes a write happen exactly once.
uploads = Table(
    "uploads",
    metadata,
    Column("id", String(32), primary_key=True),
    _site(),
    Column("staff_key", Integer, ForeignKey("staff.key"), nullable=False),
    Column("idempotency_key", Text, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("filename", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", Text),
    Column("received", Integer, nullable=False),
    Column("accepted", Integer, nullable=False, server_default="0"),
    Column("left_out", Integer, nullable=False, server_default="0"),
    Column("done", Integer, nullable=False, server_default="0"),
    Column("submitted_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("leased_by", Text),
    Column("leased_until", Instant),
    UniqueConstraint("site_id", "staff_key", "idempotency_key"),
    Index(None, "state", "submitted_at"),
    Index(None, "site_id", "submitted_at"),
    CheckConstraint(
        f"state IN ({', '.join(repr(state.value) for state in UploadState)})",
        name="state",
    ),
)

# An upload of its first rows only, whose fate the user decides: kept is empty until they do (SPEC 6). A table of its
# own, because SQLite cannot give a table a further column without making it anew.
upload_tests = Table(
    "upload_tests",
    metadata,
    Column("upload_id", String(32), ForeignKey("uploads.id", ondelete="CASCADE"), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("kept", Boolean),
    PrimaryKeyConstraint("upload_id"),
)

# Who was given a turn of the queue, and in which round last (server.records.upload_queue). It outlives the uploads, so
# that whoever has just been served is not taken for somebody who has waited.
upload_turns = Table(
    "upload_turns",
    metadata,
    Column("staff_key", Integer, ForeignKey("staff.key", ondelete="CASCADE"), nullable=False),
    _site(),
    Column("last_round", Integer, nullable=False, server_default="0"),
    Column("last_small_round", Integer, nullable=False, server_default="0"),
    PrimaryKeyConstraint("staff_key"),
)

# A short number that a person can say, unique in the site, beside the id, which reveals nothing of other uploads. The
# counter is a row of its own, so that nobody waits for it longer than for a submit.
upload_numbers = Table(
    "upload_numbers",
    metadata,
    Column("upload_id", String(32), ForeignKey("uploads.id", ondelete="CASCADE"), nullable=False),
    _site(),
    Column("number", Integer, nullable=False),
    PrimaryKeyConstraint("upload_id"),
    UniqueConstraint("site_id", "number"),
)
upload_counters = Table(
    "upload_counters", metadata, _site(), Column("last", Integer, nullable=False), PrimaryKeyConstraint("site_id")
)

# kind: "rows" is the sheet as it arrived, "fixed" what its cells said before they were fixed in the spreadsheet, "log"
# the outcome row by row, "before" what an undo needs, "undone" what an undo did; all packed (workbook.files.packing).
upload_sheets = Table(
    "upload_sheets",
    metadata,
    Column("upload_id", String(32), ForeignKey("uploads.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("packed", LargeBinary, nullable=False),
    PrimaryKeyConstraint("upload_id", "kind"),
)

# The user's word, in the order given: each fix holds the sheet rows (JSON) that it replaces a cell in.
upload_fixes = Table(
    "upload_fixes",
    metadata,
    Column("upload_id", String(32), ForeignKey("uploads.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("column_header", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("replacement", Text, nullable=False),
    Column("remember", Boolean, nullable=False),
    Column("rows", Text, nullable=False),
    PrimaryKeyConstraint("upload_id", "position"),
)

# How much these take, which counts as kept for whoever submitted the upload (server.records.room_to_keep).
upload_fix_sizes = Table(
    "upload_fix_sizes",
    metadata,
    Column("upload_id", String(32), ForeignKey("uploads.id", ondelete="CASCADE"), nullable=False),
    Column("bytes", Integer, nullable=False),
    PrimaryKeyConstraint("upload_id"),
)

upload_left_out = Table(
    "upload_left_out",
    metadata,
    Column("upload_id", String(32), ForeignKey("uploads.id", ondelete="CASCADE"), nullable=False),
    Column("sheet_row", Integer, nullable=False),
    PrimaryKeyConstraint("upload_id", "sheet_row"),
)

# Fixes that a user asked the site to remember: offered first next time, never applied unasked (SPEC 5). value_key finds
# them, value is the wrong value as it was; the id is random, so that it reveals nothing of other sites. corrected_at:
# when rows were last written in which the value had become something else all the same.
remembered_fixes = Table(
    "remembered_fixes",
    metadata,
    _site(),
    Column("id", String(32), nullable=False),
    Column("column_header", Text, nullable=False),
    Column("value_key", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("replacement", Text, nullable=False),
    Column("staff_key", Integer, ForeignKey("staff.key", ondelete="SET NULL")),
    Column("created_at", Instant, nullable=False),
    Column("corrected_at", Instant),
    PrimaryKeyConstraint("site_id", "column_header", "value_key"),
    UniqueConstraint("id"),
)

# Append only: who changed what, when, by which upload. The lines of a site are numbered from 1, and each is sealed
# together with the one before it (server.records.audit).
audit = Table(
    "audit",
    metadata,
    Column("key", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    _site(),
    Column("number", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("upload_id", String(32)),
    Column("detail", Text, nullable=False, server_default=""),
    Column("seal", String(64), nullable=False),
    UniqueConstraint("site_id", "number"),
)

for _kind, _statements in APPEND_ONLY.items():
    for _statement in _statements:
        event.listen(audit, "after_create", DDL(_statement).execute_if(dialect=_kind))  # type: ignore[no-untyped-call]
