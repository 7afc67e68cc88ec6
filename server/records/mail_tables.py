"""The tables of outgoing mail (SPEC 6)."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, PrimaryKeyConstraint, Table, Text

from server.records.column_kinds import Instant, metadata, of_site

outbox = Table(
    "outbox",
    metadata,
    Column("key", Integer, primary_key=True),
    of_site(),
    Column("recipient", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_attempt_at", Instant, nullable=False),
    Column("sent_at", Instant),
    Index(None, "sent_at", "next_attempt_at"),
    Index(None, "recipient", "sent_at"),
)

# Mails that are told of in one, because as many as may wait for their recipient did: how many of each subject, and the
# numbers of the first uploads that they were about (server.records.outbox).
mails_in_short = Table(
    "mails_in_short",
    metadata,
    of_site(),
    Column("recipient", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("mails", Integer, nullable=False),
    Column("numbers", Text, nullable=False),
    PrimaryKeyConstraint("site_id", "recipient", "subject"),
)
