"""The table of uploads: what was submitted, the state it is in, and who works on it (SPEC 6).

The table is also the queue. A worker takes an upload by leasing its row; whoever changes a state does so in a
transaction that has looked at the row under its lock. Nothing here judges or writes assignments.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, insert, or_, select, text, update

from server.records.tables import sites, staff, upload_numbers, upload_sheets, upload_tests, uploads
from workbook.upload_state import RUNNING, UploadState

# As plain text, which is what a driver of a database takes.
RECEIVED: Final = UploadState.RECEIVED.value
VALIDATING: Final = UploadState.VALIDATING.value
NEEDS_FIXES: Final = UploadState.NEEDS_FIXES.value
WRITING: Final = UploadState.WRITING.value
COMPLETE: Final = UploadState.COMPLETE.value
FAILED: Final = UploadState.FAILED.value
CANCELLED: Final = UploadState.CANCELLED.value
UNDONE: Final = UploadState.UNDONE.value

STATES: Final = tuple(state.value for state in UploadState)
UNDER_WAY: Final = tuple(state.value for state in UploadState if state in RUNNING)
"""The states in which a worker has something to do."""
LONGEST_PAUSE: Final = timedelta(minutes=1)
"""How long an upload rests at most before it is tried again."""
SMALL_ROWS: Final = 2000
"""Rows of an upload that is carried out within a second or so."""
_LONGEST_NUMBER: Final = 9
"""Digits of a short number; an id has more."""


class UploadRow(NamedTuple):
    """One upload as it is stored, with the name of whoever submitted it."""

    id: str
    site_id: int
    staff_key: int
    idempotency_key: str
    content_hash: str
    filename: str
    state: str
    reason: str | None
    received: int
    accepted: int
    left_out: int
    done: int
    submitted_at: datetime
    finished_at: datetime | None
    attempts: int
    leased_by: str | None
    staff_id: str
    first_name: str
    last_name: str
    email: str
    test_rows: int | None
    """How many of its first rows a test writes; None for an upload that is no test."""
    test_kept: bool | None
    """Whether the user kept what a test wrote; None until they say."""
    number: int
    """The short number that a person can say, unique in the site."""
    date_order: Literal["MDY", "DMY"]
    """How the site writes dates."""

    @property
    def undecided(self) -> bool:
        """Whether it is a test that is written and waits for its user's word."""
        return self.state == COMPLETE and self.test_rows is not None and self.test_kept is None

    @property
    def submitted_by(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.staff_id


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


_ROW = (
    select(
        *(uploads.c[name] for name in UploadRow._fields[:16]),
        staff.c.staff_id,
        staff.c.first_name,
        staff.c.last_name,
        staff.c.email,
        upload_tests.c.rows,
        upload_tests.c.kept,
        upload_numbers.c.number,
        sites.c.date_order,
    )
    .join(staff, staff.c.key == uploads.c.staff_key)
    .join(upload_numbers, upload_numbers.c.upload_id == uploads.c.id)
    .join(sites, sites.c.id == uploads.c.site_id)
    .outerjoin(upload_tests, upload_tests.c.upload_id == uploads.c.id)
)


def store_upload(
    connection: Connection,
    *,
    site_id: int,
    staff_key: int,
    idempotency_key: str,
    content_hash: str,
    filename: str,
    received: int,
    packed: bytes,
    test_rows: int | None = None,
) -> str:
    """Keeps a new upload and its rows, and gives its id. `packed`: the sheet, its SSNs hidden already.
    `test_rows`: it is a test of so many rows.

    Raises IntegrityError when the same user has used the idempotency key before.
    """
    upload_id = uuid.uuid4().hex
    connection.execute(
        insert(uploads).values(
            id=upload_id,
            site_id=site_id,
            staff_key=staff_key,
            idempotency_key=idempotency_key,
            content_hash=content_hash,
            filename=filename,
            state=RECEIVED,
            received=received,
            submitted_at=database_now(connection),
        )
    )
    number = connection.execute(_NEXT_NUMBER, {"site_id": site_id}).scalar_one()
    connection.execute(insert(upload_numbers).values(upload_id=upload_id, site_id=site_id, number=number))
    store_sheet(connection, upload_id, "rows", packed)
    if test_rows is not None:
        connection.execute(insert(upload_tests).values(upload_id=upload_id, rows=test_rows))
    return upload_id


def decide_test(connection: Connection, upload_id: str, kept: bool) -> None:
    """Puts down what the user said of a test."""
    connection.execute(update(upload_tests).where(upload_tests.c.upload_id == upload_id).values(kept=kept))


def store_sheet(connection: Connection, upload_id: str, kind: str, packed: bytes) -> None:
    connection.execute(insert(upload_sheets).values(upload_id=upload_id, kind=kind, packed=packed))


def load_sheet(connection: Connection, upload_id: str, kind: str) -> bytes | None:
    """A packed sheet of an upload by its kind (see the table); None where there is none."""
    packed = connection.execute(
        select(upload_sheets.c.packed).where(upload_sheets.c.upload_id == upload_id, upload_sheets.c.kind == kind)
    ).scalar_one_or_none()
    return None if packed is None else bytes(packed)


def rows_are_kept(connection: Connection, upload_id: str) -> bool:
    """Whether the sheet as it arrived is there still: of an old upload it is not."""
    query = select(upload_sheets.c.kind).where(upload_sheets.c.upload_id == upload_id, upload_sheets.c.kind == "rows")
    return connection.execute(query).first() is not None


def id_of_number(connection: Connection, site_id: int, told: str, staff_key: int | None = None) -> str:
    """The id of the upload whose short number was told; what was told where it is no number of the site's.

    `staff_key`: only uploads of this person are known. The answer to a number that is somebody else's would otherwise
    name the id that it stands for.
    """
    if not (told.isascii() and told.isdecimal() and len(told) <= _LONGEST_NUMBER):
        return told
    query = select(upload_numbers.c.upload_id).where(
        upload_numbers.c.site_id == site_id, upload_numbers.c.number == int(told)
    )
    if staff_key is not None:
        query = query.join(uploads, uploads.c.id == upload_numbers.c.upload_id).where(uploads.c.staff_key == staff_key)
    found = connection.execute(query).scalar_one_or_none()
    return told if found is None else str(found)


def find_upload(connection: Connection, site_id: int, upload_id: str, lock: bool = False) -> UploadRow | None:
    """One upload of the site. `lock`: nobody else changes it until the transaction ends."""
    which = uploads.c.site_id == site_id, uploads.c.id == upload_id
    if lock:
        # A question of its own: whoever waits for a lock gets the locked row as it is by then, but what is joined to
        # it as it was when they began to wait.
        connection.execute(select(uploads.c.id).where(*which).with_for_update())
    query = _ROW.where(*which)
    row = connection.execute(query).one_or_none()
    return None if row is None else UploadRow._make(row)


def find_by_key(connection: Connection, site_id: int, staff_key: int, idempotency_key: str) -> UploadRow | None:
    """The upload that a user submitted under an idempotency key."""
    row = connection.execute(
        _ROW.where(
            uploads.c.site_id == site_id,
            uploads.c.staff_key == staff_key,
            uploads.c.idempotency_key == idempotency_key,
        )
    ).one_or_none()
    return None if row is None else UploadRow._make(row)


def list_uploads(
    connection: Connection,
    site_id: int,
    *,
    staff_key: int | None,
    states: Collection[str],
    before: tuple[datetime, str] | None,
    limit: int,
) -> list[UploadRow]:
    """Newest first. `staff_key` None: everybody's. `states` empty: all. `before`: where the page before ended."""
    query = _ROW.where(uploads.c.site_id == site_id)
    if staff_key is not None:
        query = query.where(uploads.c.staff_key == staff_key)
    if states:
        query = query.where(uploads.c.state.in_(states))
    if before is not None:
        moment, upload_id = before
        query = query.where(
            or_(uploads.c.submitted_at < moment, and_(uploads.c.submitted_at == moment, uploads.c.id < upload_id))
        )
    query = query.order_by(uploads.c.submitted_at.desc(), uploads.c.id.desc()).limit(limit)
    return [UploadRow._make(row) for row in connection.execute(query)]


def move(
    connection: Connection,
    upload_id: str,
    state: str,
    *,
    reason: str | None = None,
    accepted: int | None = None,
    left_out: int | None = None,
    done: int | None = None,
    ends: bool = False,
) -> None:
    """Moves an upload to a state and lets go of any lease. Whoever calls has looked at the row under its lock."""
    values: dict[str, object] = {"state": state, "reason": reason, "leased_by": None, "leased_until": None}
    values["finished_at"] = database_now(connection) if ends else None
    values |= {
        name: value
        for name, value in (("accepted", accepted), ("left_out", left_out), ("done", done))
        if value is not None
    }
    if state in (RECEIVED, NEEDS_FIXES):
        values["attempts"] = 0  # somebody's word, or an honest answer: what failed before no longer counts
    connection.execute(update(uploads).where(uploads.c.id == upload_id).values(values))


def set_left_out(connection: Connection, upload_id: str, left_out: int) -> None:
    connection.execute(update(uploads).where(uploads.c.id == upload_id).values(left_out=left_out))


# The queue -------------------------------------------------------------------------------------------------


def anything_waiting(connection: Connection, lease_seconds: int, *, small_only: bool = False) -> bool:
    """Whether some upload can be claimed. Only reads, so that a worker may ask many times a second."""
    moments = _moments(database_now(connection), lease_seconds)
    query = _ANY_SMALL_CLAIMABLE if small_only else _ANY_CLAIMABLE
    return connection.execute(query, moments).first() is not None


def claim(connection: Connection, lease_seconds: int, *, small_only: bool = False) -> Claim | None:
    """Leases an upload that waits, or whose worker has gone silent, and moves it to validating.

    Everybody's first comes before anybody's second, and of these every site's first before any site's second; among
    equals it is the one that has waited longest. `small_only`: only a small one, and none whose person sent a large
    one before: what somebody sends one after the other is carried out one after the other.
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
            state=VALIDATING,
            done=0,
            attempts=held.attempts,
            leased_by=held.lease,
            leased_until=now + timedelta(seconds=lease_seconds),
        )
    )
    return held


def others_at_work(connection: Connection, held: Claim) -> bool:
    """Whether another upload of the same site is in a worker's hands just now."""
    query = select(uploads.c.id).where(
        uploads.c.site_id == held.site_id,
        uploads.c.id != held.upload_id,
        uploads.c.state.in_(UNDER_WAY),
        uploads.c.leased_by.is_not(None),
        uploads.c.leased_until > database_now(connection),
    )
    return connection.execute(query.limit(1)).first() is not None


def prolong(connection: Connection, held: Claim, lease_seconds: int, **values: object) -> bool:
    """A sign of life: moves the end of the lease away, and sets what else is given (`state`, `done`).

    False when the upload is no longer this worker's: it was cancelled, or another took it over.
    """
    until = database_now(connection) + timedelta(seconds=lease_seconds)
    changed = connection.execute(
        update(uploads)
        .where(uploads.c.id == held.upload_id, uploads.c.leased_by == held.lease, uploads.c.state.in_(UNDER_WAY))
        .values(leased_until=until, **values)
    )
    return changed.rowcount == 1


def put_back(connection: Connection, held: Claim, pause_seconds: float, counted: bool = True) -> None:
    """Gives an upload back after a failure; it can be claimed again after the pause, of a minute at most. `counted`:
    the attempt counts, as it does not where nothing is wrong with the upload."""
    until = database_now(connection) + timedelta(seconds=min(pause_seconds, LONGEST_PAUSE.seconds))
    connection.execute(
        update(uploads)
        .where(uploads.c.id == held.upload_id, uploads.c.leased_by == held.lease)
        .values(
            state=RECEIVED,
            attempts=held.attempts if counted else held.attempts - 1,
            leased_by=None,
            leased_until=until,
        )
    )


def database_now(connection: Connection) -> datetime:
    """The time by the database's clock, the one that all workers share (SQLite's is this computer's)."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    moment: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return moment.astimezone(UTC)


def _moments(now: datetime, lease_seconds: int) -> dict[str, datetime]:
    """What `_CLAIMABLE` has to be told."""
    # A lease that ends later than any can was given before the clock was put back. If its worker lives, it will find
    # its upload lost; if not, nobody has to wait until the clock has caught up.
    return {"now": now, "latest": now + timedelta(seconds=2 * lease_seconds) + LONGEST_PAUSE}


_NEXT_NUMBER: Final = text(
    "INSERT INTO upload_counters (site_id, last) VALUES (:site_id, 1) "
    "ON CONFLICT (site_id) DO UPDATE SET last = upload_counters.last + 1 RETURNING last"
)
"""One at a time in a site, so that no number is given twice."""
_CLAIMABLE: Final = and_(
    uploads.c.state.in_(UNDER_WAY),
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
        _earlier.c.state.in_(UNDER_WAY),
        _earlier.c.received > SMALL_ROWS,
        _earlier.c.submitted_at < uploads.c.submitted_at,
    )
    .exists(),
)
"""What may overtake."""


def _turn(key: ColumnElement[int]) -> ColumnElement[int]:
    """1 for the first that waits or is worked upon under a key, 2 for the second, …"""
    return func.row_number().over(partition_by=key, order_by=(uploads.c.submitted_at, uploads.c.id))


_TURNS: Final = (
    select(
        uploads.c.id,
        _turn(uploads.c.staff_key).label("of_person"),
        _turn(uploads.c.site_id).label("of_site"),
    )
    .where(uploads.c.state.in_(UNDER_WAY))
    .subquery("turns")
)
_ANY_CLAIMABLE: Final = select(uploads.c.id).where(_CLAIMABLE).limit(1)
"""Made once: a worker asks it twenty times a second."""
_ANY_SMALL_CLAIMABLE: Final = select(uploads.c.id).where(_CLAIMABLE, _SMALL).limit(1)
