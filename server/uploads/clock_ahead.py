"""Which uploads ended, or were sent, long ago although the moment that is kept of it is still to come: the clock was
ahead then (SPEC 7).

Nothing is believed of such a moment, and nothing is written in its place: where the clock is behind just now, as that
of a computer that has just been started may be, all that is new looks as if it were still to come. What is believed is
the site's audit trail, where behind an upload's line there are lines of so many different days. A clock that starts
wrong makes one or two of them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from server.records import audit
from server.records.tables import audit as trail
from server.records.tables import upload_sheets
from server.records.tables import uploads as upload_table
from workbook.upload_state import RUNNING, UploadState

_AHEAD: Final = timedelta(days=1)
"""What lies further ahead was kept while the clock was wrong; by less, the rows are kept longer by as much."""
_ENDS: Final = (UploadState.COMPLETE, UploadState.FAILED, UploadState.CANCELLED, UploadState.UNDONE)
_LINES: Final = ("upload received", *(f"upload {state}" for state in _ENDS))
"""What the trail says of an upload when it is sent, and when it ends."""


def ended_long_ago(
    connection: Connection, now: datetime, days: int, days_cancelled: int, upload_id: str | None = None
) -> tuple[int, str] | None:
    """The site and the id of an upload with a moment to come whose rows are kept too long all the same; of this one
    only, when its id is given."""
    for site_id in _sites(connection, now):
        old = _days_seen_behind(connection, site_id, now, days)
        old_if_cancelled = _days_seen_behind(connection, site_id, now, min(days, days_cancelled))
        ahead = select(upload_table.c.id).where(_is_ahead(now), upload_table.c.site_id == site_id)
        query = (
            select(trail.c.upload_id, upload_table.c.state, func.max(trail.c.number).label("number"))
            .join(upload_table, upload_table.c.id == trail.c.upload_id)
            .where(trail.c.site_id == site_id, trail.c.what.in_(_LINES), trail.c.upload_id.in_(ahead))
            .group_by(trail.c.upload_id, upload_table.c.state)
        )
        for row in connection.execute(query).all():
            limit = old_if_cancelled if row.state == UploadState.CANCELLED else old
            if row.number <= limit and upload_id in (None, row.upload_id):
                return site_id, str(row.upload_id)
    return None


def note_clock(connection: Connection, now: datetime) -> None:
    """Leaves a line a day in the trail of each site where uploads have such a moment, if nobody else does: by these
    lines their days are counted."""
    for site_id in _sites(connection, now):
        newest = select(trail.c.at).where(trail.c.site_id == site_id).order_by(trail.c.number.desc()).limit(1)
        at = connection.execute(newest).scalar_one_or_none()
        if at is None or at > now + _AHEAD or at.date() < now.date():
            why = "the moments of some uploads are still to come; their days are counted by lines of the trail"
            audit.note(connection, site_id, audit.SERVER, "clock in doubt", detail=why)


def _is_ahead(now: datetime) -> ColumnElement[bool]:
    ended, latest = upload_table.c.finished_at, now + _AHEAD
    rows = select(upload_sheets.c.kind).where(
        upload_sheets.c.upload_id == upload_table.c.id, upload_sheets.c.kind == "rows"
    )
    return and_(
        or_(ended > latest, and_(ended.is_(None), upload_table.c.submitted_at > latest)),
        upload_table.c.state.not_in(RUNNING),
        rows.exists(),
    )


def _sites(connection: Connection, now: datetime) -> list[int]:
    """The sites that have such uploads; none, as a rule."""
    query = select(upload_table.c.site_id).where(_is_ahead(now)).distinct().order_by(upload_table.c.site_id)
    return [*connection.execute(query).scalars()]


def _days_seen_behind(connection: Connection, site_id: int, now: datetime, days: int) -> int:
    """The number of a line: behind it, and all before it, the trail has seen so many days; 0 where there is none. A
    line with a moment to come says nothing."""
    last_of_day = func.max(trail.c.number)
    query = (
        select(last_of_day)
        .where(trail.c.site_id == site_id, trail.c.at <= now + _AHEAD)
        .group_by(func.date(trail.c.at))
        .order_by(last_of_day.desc())
        .offset(days + 1)  # neither the day of the upload's own line nor this one is a whole one
        .limit(1)
    )
    return int(connection.execute(query).scalar_one_or_none() or 0)
