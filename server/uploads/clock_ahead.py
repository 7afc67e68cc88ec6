"""Which uploads ended, or were sent, long ago although the moment that is kept of it is still to come: the clock was
ahead then (SPEC 7).

Nothing is believed of such a moment, and nothing is written in its place: where the clock is behind just now, as that
of a computer that has just been started may be, all that is new looks as if it were still to come. What is believed is
the order of the site's audit trail. Where an upload's line stands before a line that is older than the limit, so is the
upload, whatever its own moment says.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from server.records import audit
from server.records.tables import audit as trail
from server.records.tables import upload_sheets
from server.records.tables import uploads as upload_table
from workbook.upload_state import RUNNING, UploadState

_AHEAD: Final = timedelta(days=1)
"""What lies further ahead was kept while the clock was wrong; by less, the rows are kept longer by as much."""
_UNSET: Final = datetime(2024, 1, 1, tzinfo=UTC)
"""A clock that says less than this has not been set since its computer lost it: there was no such server then."""
_ENDS: Final = (UploadState.COMPLETE, UploadState.FAILED, UploadState.CANCELLED, UploadState.UNDONE)
_LINES: Final = ("upload received", *(f"upload {state}" for state in _ENDS))
"""What the trail says of an upload when it is sent, and when it ends."""


def ended_long_ago(
    connection: Connection, now: datetime, days: int, days_cancelled: int, upload_id: str | None = None
) -> tuple[int, str] | None:
    """The site and the id of an upload with a moment to come whose rows are kept too long all the same; of this one
    only, when its id is given."""
    for site_id in _sites(connection, now):
        newest_old = _newest_older_than(connection, site_id, now, days)
        newest_cancelled = _newest_older_than(connection, site_id, now, min(days, days_cancelled))
        ahead = select(upload_table.c.id).where(_is_ahead(now), upload_table.c.site_id == site_id)
        query = (
            select(trail.c.upload_id, upload_table.c.state, func.max(trail.c.number).label("number"))
            .join(upload_table, upload_table.c.id == trail.c.upload_id)
            .where(trail.c.site_id == site_id, trail.c.what.in_(_LINES), trail.c.upload_id.in_(ahead))
            .group_by(trail.c.upload_id, upload_table.c.state)
        )
        for row in connection.execute(query).all():
            limit = newest_cancelled if row.state == UploadState.CANCELLED else newest_old
            if row.number <= limit and upload_id in (None, row.upload_id):
                return site_id, str(row.upload_id)
    return None


def note_clock(connection: Connection, now: datetime) -> None:
    """Leaves a line in the trail of each site whose newest line is still to come, where uploads have such a moment:
    from this line on their days are counted, also where nobody does anything any more."""
    if now < _UNSET:
        return
    for site_id in _sites(connection, now):
        newest = select(trail.c.at).where(trail.c.site_id == site_id).order_by(trail.c.number.desc()).limit(1)
        at = connection.execute(newest).scalar_one_or_none()
        if at is not None and at > now + _AHEAD:
            why = "moments of uploads are still to come; their days are counted from here"
            audit.note(connection, site_id, audit.SERVER, "clock was ahead", detail=why)


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


def _newest_older_than(connection: Connection, site_id: int, now: datetime, days: int) -> int:
    """The number of the newest line of the trail that is older than so many days, and with it all before it; 0 where
    there is none. A line with a moment to come says nothing, and none from a clock that was not set."""
    limit = now - timedelta(days=days)
    here = trail.c.site_id == site_id
    younger = select(func.min(trail.c.number)).where(here, trail.c.at >= limit, trail.c.at <= now + _AHEAD)
    first = connection.execute(younger).scalar_one()
    older = select(func.max(trail.c.number)).where(here, trail.c.at < limit, trail.c.at >= _UNSET)
    found = connection.execute(older if first is None else older.where(trail.c.number < first)).scalar_one()
    return int(found or 0)
