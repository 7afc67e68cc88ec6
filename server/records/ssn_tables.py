"""The tables that guard SSNs: which were tried, and what their key was (SPEC 7)."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, PrimaryKeyConstraint, String, Table

from server.records.column_kinds import Instant, metadata, of_site

# The SSNs, hashed, that were given lately and are not those of whom they were given for: participant_key is 0 where no
# known ID stood beside it, and -1 where none did and the SSN is somebody's. tried_at is by the database's clock, the
# same for all processes (server.records.ssn_tries).
ssn_tries = Table(
    "ssn_tries",
    metadata,
    of_site(),
    Column("tried_at", Instant, nullable=False),
    Column("participant_key", Integer, nullable=False),
    Column("staff_key", Integer, ForeignKey("staff.key", ondelete="CASCADE"), nullable=False),
    Column("ssn_hash", String(64), nullable=False),
    PrimaryKeyConstraint("site_id", "participant_key", "staff_key", "ssn_hash"),
    sqlite_with_rowid=False,
)

# What a secret key was, the first time it was used, without the key: name → fingerprint (server.records.ssn).
key_fingerprints = Table(
    "key_fingerprints",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
)
