"""The queue of uploads: claim the next one, keep its lease, or give it back (SPEC 6).

The table of uploads is the queue: a worker leases the row of an upload, and says from time to time that it is alive.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, or_, select, update

from server.records.tables import uploads
from server.records.uploads import database_now
from workbook.upload_state import RUNNING, UploadState

LONGEST_PAUSE: Final = timedelta(minutes=1)
"""How long an upload rests at most before it is tried again."""
SMALL_ROWS: Final = 2000
"""Rows of an upload that is processed within a second or so."""


class Claim(NamedTuple):
    """A worker's hold on an upload. `lease` is unique to this one hold."""

    upload_id: str
    site_id: int
    staff_key: int
    lease: str
    attempts: int
    """How often the upload has been taken up, this time included."""
    rows: int

    @property
    def is_large(self) -> bool:
        """Whether it takes so long that small ones overtake it."""
        return self.rows > SMALL_ROWS


def anything_waiting(connection: Connection, lease_seconds: int, *, small_only: bool = False) -> bool:
    """Whether some upload can be claimed. Only reads, so that a worker may ask many times a second."""
    moments = _moments(database_now(connection), lease_seconds)
    query = _ANY_SMALL_CLAIMABLE if small_only else _ANY_CLAIMABLE
    return connection.execute(query, moments).first() is not None


def claim(connection: Connection, lease_seconds: int, *, small_only: bool = False) -> Claim | None:
    """Leases an upload that waits, or whose worker has gone silent, and moves it to validating.

    Everybody's first comes before anybody's second, and of these every site's first before any site's second; among
    equals it is the one that has waited longest. `small_only`: only a small one, and none whose person sent a large
    one before: the uploads of one person are processed in their order.
    """
    now = database_now(connection)
    query = (
        select(uploads.c.id, uploads.c.site_id, uploads.c.staff_key, uploads.c.attempts, uploads.c.received)
        .join(_TURNS, _TURNS.c.id == uploads.c.id)
        .where(_CLAIMABLE)
        .order_by(_TURNS.c.of_person, _TURNS.c.of_site, uploads.c.submitted_at, uploads.c.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=uploads)
    )
    if small_only:
        query = query.where(_SMALL)
    row = connection.execute(query, _moments(now, lease_seconds)).one_or_none()
    if row is None:
        return None
    held = Claim(row.id, row.site_id, row.staff_key, uuid.uuid4().hex, row.attempts + 1, row.received)
    connection.execute(
        update(uploads)
        .where(uploads.c.id == held.upload_id)
        .values(
            state=UploadState.VALIDATING,
            done=0,
            attempts=held.attempts,
            leased_by=held.lease,
            leased_until=now + timedelta(seconds=lease_seconds),
        )
    )
    return held


def others_at_work(connection: Connection, held: Claim) -> bool:
    """Whether a worker is processing another upload of the same site."""
    query = select(uploads.c.id).where(
        uploads.c.site_id == held.site_id,
        uploads.c.id != held.upload_id,
        uploads.c.state.in_(RUNNING),
        uploads.c.leased_by.is_not(None),
        uploads.c.leased_until > database_now(connection),
    )
    return connection.execute(query.limit(1)).first() is not None


def prolong(connection: Connection, held: Claim, lease_seconds: int, **values: object) -> bool:
    """Extends the lease, and sets what else is given (`state`, `done`).

    False when the upload is no longer this worker's: it was cancelled, or another took it over.
    """
    until = database_now(connection) + timedelta(seconds=lease_seconds)
    changed = connection.execute(
        update(uploads)
        .where(uploads.c.id == held.upload_id, uploads.c.leased_by == held.lease, uploads.c.state.in_(RUNNING))
        .values(leased_until=until, **values)
    )
    return changed.rowcount == 1


def is_given_up(connection: Connection, held: Claim, lease_seconds: int) -> bool:
    """Whether a hold has ended (the upload was cancelled, finished, or taken over), or nothing has been heard of it for
    twice as long as it lasts. While it is written that says nothing: SQLite lets nobody prolong a lease meanwhile."""
    query = select(uploads.c.state, uploads.c.leased_by, uploads.c.leased_until).where(uploads.c.id == held.upload_id)
    row = connection.execute(query).one_or_none()
    if row is None or row.leased_by != held.lease or row.leased_until is None:
        return True
    silent_since = database_now(connection) - timedelta(seconds=lease_seconds)
    return bool(row.state == UploadState.VALIDATING and row.leased_until < silent_since)


def put_back(connection: Connection, held: Claim, pause_seconds: float, counted: bool = True) -> None:
    """Gives an upload back after a failure; it can be claimed again after the pause, of a minute at most. `counted`:
    the attempt counts, as it does not where nothing is wrong with the upload."""
    until = database_now(connection) + timedelta(seconds=min(pause_seconds, LONGEST_PAUSE.seconds))
    connection.execute(
        update(uploads)
        .where(uploads.c.id == held.upload_id, uploads.c.leased_by == held.lease)
        .values(
            state=UploadState.RECEIVED,
            attempts=held.attempts if counted else held.attempts - 1,
            leased_by=None,
            leased_until=until,
        )
    )


def _moments(now: datetime, lease_seconds: int) -> dict[str, datetime]:
    """The parameters of `_CLAIMABLE`."""
    # A lease that ends later than possible was given before the clock was set back. If its worker is alive, it will
    # find its upload lost; if not, nobody has to wait until the clock has caught up.
    return {"now": now, "latest": now + timedelta(seconds=2 * lease_seconds) + LONGEST_PAUSE}


_CLAIMABLE: Final = and_(
    uploads.c.state.in_(RUNNING),
    or_(
        uploads.c.leased_until.is_(None),
        uploads.c.leased_until < bindparam("now"),
        uploads.c.leased_until > bindparam("latest"),
    ),
)
_earlier = uploads.alias("earlier")
_SMALL: Final = and_(
    uploads.c.received <= SMALL_ROWS,
    ~select(_earlier.c.id)
    .where(
        _earlier.c.staff_key == uploads.c.staff_key,
        _earlier.c.state.in_(RUNNING),
        _earlier.c.received > SMALL_ROWS,
        _earlier.c.submitted_at < uploads.c.submitted_at,
    )
    .exists(),
)
"""Small uploads that may overtake large ones."""


def _turn(key: ColumnElement[int]) -> ColumnElement[int]:
    """1 for the first upload of a key that waits or is in progress, 2 for the second, …"""
    return func.row_number().over(partition_by=key, order_by=(uploads.c.submitted_at, uploads.c.id))


_TURNS: Final = (
    select(
        uploads.c.id,
        _turn(uploads.c.staff_key).label("of_person"),
        _turn(uploads.c.site_id).label("of_site"),
    )
    .where(uploads.c.state.in_(RUNNING))
    .subquery("turns")
)
_ANY_CLAIMABLE: Final = select(uploads.c.id).where(_CLAIMABLE).limit(1)
"""Made once: a worker asks it twenty times a second."""
_ANY_SMALL_CLAIMABLE: Final = select(uploads.c.id).where(_CLAIMABLE, _SMALL).limit(1)
