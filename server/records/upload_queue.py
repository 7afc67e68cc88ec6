"""The queue of uploads: claim the next one, keep its lease, or give it back (SPEC 6).

The table of uploads is the queue: a worker leases the row of an upload, and says from time to time that it is alive.

Turns go in rounds, in each of which a person is given one. Who had one is kept (`upload_turns`) and not found from what
waits: a worker finishes one upload after the other, and by what waits alone everybody's next would be their first.
Small uploads that overtake have rounds of their own: many of theirs end while somebody waits for a turn with a large
one.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Column, Connection, Select, and_, bindparam, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from server.records.tables import upload_turns, uploads
from server.records.uploads import database_now
from workbook.upload_state import RUNNING, UploadState

LONGEST_PAUSE: Final = timedelta(minutes=1)
"""How long an upload rests at most before it is tried again."""
SMALL_ROWS: Final = 2000
"""Rows of an upload that is processed within a second or so."""
MOST_WAITING: Final = 250
"""Uploads of one person that may wait or be in progress: a script may hand in a few hundred files without a pause, and
nobody can send so many, faster than workers work, that each look at the queue takes longer for everybody."""
_ADVISORY_LOCK: Final = 0x43534C57
"""Any number of ours, with the person's: who holds this lock counts what the person has waiting."""


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

    Whoever had no turn in this round comes before those who had one, and of these whose site had fewest; among equals
    it is the upload that has waited longest. When all who wait had theirs, the next round begins. So everybody who
    waits is given a turn before anybody is given two, whatever else that person has sent. `small_only`: only a small
    one, and none whose person sent a large one before: the uploads of one person are processed in their order.
    """
    now = database_now(connection)
    row = connection.execute(_NEXT_SMALL if small_only else _NEXT, _moments(now, lease_seconds)).one_or_none()
    if row is None:
        return None
    in_round = row.round + 1 if row.had_turn else row.round
    _give_turn(connection, row.site_id, row.staff_key, _SMALL_ROUNDS if small_only else _ROUNDS, in_round)
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


def _give_turn(connection: Connection, site_id: int, staff_key: int, rounds: Column[int], in_round: int) -> None:
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    given = insert(upload_turns).values(site_id=site_id, staff_key=staff_key, **{rounds.name: in_round})
    later = given.excluded[rounds.name]
    connection.execute(
        given.on_conflict_do_update(
            index_elements=[upload_turns.c.staff_key],
            set_={rounds.name: later},
            where=rounds < later,  # another worker may have begun the next round meanwhile
        )
    )


def hold_place(connection: Connection, staff_key: int) -> None:
    """Until the transaction ends, nobody else counts (`has_place`), or adds to, what this person has waiting."""
    if connection.dialect.name == "postgresql":  # SQLite has one writer anyway
        connection.execute(select(func.pg_advisory_xact_lock(_ADVISORY_LOCK, staff_key)))


def has_place(connection: Connection, staff_key: int) -> bool:
    """Whether one more upload of this person may wait."""
    query = select(func.count()).where(uploads.c.staff_key == staff_key, uploads.c.state.in_(RUNNING))
    return bool(connection.execute(query).scalar_one() < MOST_WAITING)


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


_ROUNDS: Final = upload_turns.c.last_round
_SMALL_ROUNDS: Final = upload_turns.c.last_small_round
"""The rounds of those who overtake."""


def _next(rounds: Column[int]) -> Select[Any]:
    """The upload whose turn is next. `rounds`: in which round each person had one last, 0 in none."""
    this_round = select(func.coalesce(func.max(rounds), 0)).scalar_subquery()
    sites = (
        select(upload_turns.c.site_id, func.count().label("turns"))
        .where(rounds == this_round)
        .group_by(upload_turns.c.site_id)
        .subquery("sites_in_round")
    )
    had_turn = func.coalesce(rounds, 0) == this_round
    return (
        select(
            *(uploads.c[name] for name in ("id", "site_id", "staff_key", "attempts", "received")),
            this_round.label("round"),
            had_turn.label("had_turn"),
        )
        .outerjoin(upload_turns, upload_turns.c.staff_key == uploads.c.staff_key)
        .outerjoin(sites, sites.c.site_id == uploads.c.site_id)
        .where(_CLAIMABLE)
        .order_by(had_turn, func.coalesce(sites.c.turns, 0), uploads.c.submitted_at, uploads.c.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=uploads)
    )


_NEXT: Final = _next(_ROUNDS)
_NEXT_SMALL: Final = _next(_SMALL_ROUNDS).where(_SMALL)
_ANY_CLAIMABLE: Final = select(uploads.c.id).where(_CLAIMABLE).limit(1)
"""Made once: on PostgreSQL a worker asks it twenty times a second."""
_ANY_SMALL_CLAIMABLE: Final = select(uploads.c.id).where(_CLAIMABLE, _SMALL).limit(1)
