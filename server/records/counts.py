"""Count what waits to be done over all sites, for the metrics."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from server.records.tables import mails_in_short, outbox, uploads
from server.records.uploads import database_now
from workbook.upload_state import RUNNING, UploadState


class Backlog(NamedTuple):
    uploads: dict[str, int]
    """Every state → how many uploads are in it."""
    oldest_seconds: float
    """How long the oldest upload that a worker has still to finish has been waiting; 0 without one."""
    mails_waiting: int


def count(connection: Connection) -> Backlog:
    found = connection.execute(select(uploads.c.state, func.count()).group_by(uploads.c.state))
    by_state = {row[0]: row[1] for row in found}
    oldest: datetime | None = connection.execute(
        select(func.min(uploads.c.submitted_at)).where(uploads.c.state.in_(RUNNING))
    ).scalar_one()
    waiting = select(func.count()).select_from(outbox).where(outbox.c.sent_at.is_(None))
    in_short = select(mails_in_short.c.site_id, mails_in_short.c.recipient).distinct().subquery()
    told_in_one = select(func.count()).select_from(in_short)
    return Backlog(
        {state.value: by_state.get(state, 0) for state in UploadState},
        0.0 if oldest is None else max(0.0, (database_now(connection) - oldest).total_seconds()),
        connection.execute(waiting).scalar_one() + connection.execute(told_in_one).scalar_one(),
    )
