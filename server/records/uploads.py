"""The uploads table: what was submitted, and the state it is in (SPEC 6).

Every change of a state happens in a transaction that has read the row under its lock. The table is also the queue of
the workers (`server.records.upload_queue`). Nothing here judges or writes assignments.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, and_, func, insert, or_, select, text, update

from server.records.ssn import SsnHasher
from server.records.tables import sites, staff, upload_numbers, upload_sheets, upload_tests, uploads
from server.records.tokens import Principal
from workbook.files.packing import SIZE_IN, text_size
from workbook.local_time import Order
from workbook.upload_state import UploadState

_LONGEST_NUMBER: Final = 9
"""Digits of a short number; an id has more."""
_NEXT_NUMBER: Final = text(
    "INSERT INTO upload_counters (site_id, last) VALUES (:site_id, 1) "
    "ON CONFLICT (site_id) DO UPDATE SET last = upload_counters.last + 1 RETURNING last"
)
"""One at a time in a site, so that no number is given twice."""


class UploadRow(NamedTuple):
    """One upload as it is stored, with the name of its submitter."""

    id: str
    site_id: int
    staff_key: int
    idempotency_key: str
    content_hash: str
    filename: str
    state: UploadState
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
    date_order: Order
    """How the site writes dates."""
    first_id: str
    """The id of the site's upload No. 1."""

    @property
    def site_tag(self) -> str:
        return _site_tag(self.first_id)

    @property
    def undecided(self) -> bool:
        """Whether it is a test that is written and waits for its user's decision."""
        return self.state == UploadState.COMPLETE and self.test_rows is not None and self.test_kept is None

    @property
    def submitted_by(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.staff_id


_FIRST = upload_numbers.alias("first_number")
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
        _FIRST.c.upload_id,
    )
    .join(staff, staff.c.key == uploads.c.staff_key)
    .join(upload_numbers, upload_numbers.c.upload_id == uploads.c.id)
    .join(sites, sites.c.id == uploads.c.site_id)
    .join(_FIRST, and_(_FIRST.c.site_id == uploads.c.site_id, _FIRST.c.number == 1))
    .outerjoin(upload_tests, upload_tests.c.upload_id == uploads.c.id)
)


def _upload(row: Iterable[Any]) -> UploadRow:
    upload = UploadRow._make(row)
    return upload._replace(state=UploadState(upload.state))


class NewUpload(NamedTuple):
    """`idempotency_key`: what is kept of it. `received`: how many rows. `packed`: the sheet, its SSNs hidden already.
    `test_rows`: it is a test of so many."""

    idempotency_key: str
    content_hash: str
    filename: str
    received: int
    packed: bytes
    test_rows: int | None = None


def kept_key(hasher: SsnHasher, idempotency_key: str) -> str:
    """What is kept of a client's key: 64 hexadecimal digits that only this installation can make. A client may have
    made the key from the rows, as the add-in does, and by the key itself their SSNs could be found by trying."""
    return hmac.digest(hasher.derived("idempotency keys"), idempotency_key.encode(), hashlib.sha256).hex()


_KEYED: Final = "k"
"""How a content hash begins that takes the server's key."""


def kept_content(hasher: SsnHasher, content_hash: str) -> str:
    """What is kept of the hash of an upload's content, also when its rows are gone: by the hash itself whoever reads
    the database could try out what the rows had said."""
    keyed = hmac.digest(hasher.derived("contents of uploads"), content_hash.encode(), hashlib.sha256).hex()
    return _KEYED + keyed[1:]


def without_content(content_hash: str) -> str:
    """What stays of it when the rows are forgotten: nothing of one that earlier versions had made without a key."""
    return content_hash if content_hash.startswith(_KEYED) else ""


def store_upload(connection: Connection, who: Principal, new: NewUpload) -> str:
    """Stores a new upload and its rows, and returns its id.

    Raises IntegrityError when the same user has used the idempotency key before.
    """
    upload_id = uuid.uuid4().hex
    connection.execute(
        insert(uploads).values(
            id=upload_id,
            site_id=who.site_id,
            staff_key=who.staff_key,
            idempotency_key=new.idempotency_key,
            content_hash=new.content_hash,
            filename=new.filename,
            state=UploadState.RECEIVED,
            received=new.received,
            submitted_at=database_now(connection),
        )
    )
    number = connection.execute(_NEXT_NUMBER, {"site_id": who.site_id}).scalar_one()
    connection.execute(insert(upload_numbers).values(upload_id=upload_id, site_id=who.site_id, number=number))
    store_sheet(connection, upload_id, "rows", new.packed)
    if new.test_rows is not None:
        connection.execute(insert(upload_tests).values(upload_id=upload_id, rows=new.test_rows))
    return upload_id


def site_tag(connection: Connection, site_id: int) -> str:
    """What tells the site from every other, on this server or another: it comes from its first upload, whose id is
    random and never changes, so that neither a new name nor a move to another server or address alters it. "" before
    there is one."""
    query = select(_FIRST.c.upload_id).where(_FIRST.c.site_id == site_id, _FIRST.c.number == 1)
    first = connection.execute(query).scalar_one_or_none()
    return "" if first is None else _site_tag(first)


def _site_tag(first_id: str) -> str:
    return hashlib.sha256(first_id.encode("ascii")).hexdigest()[:16]


def decide_test(connection: Connection, upload_id: str, kept: bool) -> None:
    """Stores the user's decision on a test."""
    connection.execute(update(upload_tests).where(upload_tests.c.upload_id == upload_id).values(kept=kept))


def store_sheet(connection: Connection, upload_id: str, kind: str, packed: bytes) -> None:
    connection.execute(insert(upload_sheets).values(upload_id=upload_id, kind=kind, packed=packed))


def load_sheet(connection: Connection, upload_id: str, kind: str) -> bytes | None:
    """A packed sheet of an upload by its kind (see the table); None where there is none."""
    packed = connection.execute(
        select(upload_sheets.c.packed).where(upload_sheets.c.upload_id == upload_id, upload_sheets.c.kind == kind)
    ).scalar_one_or_none()
    return None if packed is None else bytes(packed)


def text_size_of(connection: Connection, upload_id: str) -> int:
    """How many bytes the distinct values of its sheet as it arrived take; 0 where that is no longer stored."""
    first = func.substr(upload_sheets.c.packed, 1, SIZE_IN)
    query = select(first).where(upload_sheets.c.upload_id == upload_id, upload_sheets.c.kind == "rows")
    packed = connection.execute(query).scalar_one_or_none()
    return 0 if packed is None else text_size(bytes(packed))


def rows_are_kept(connection: Connection, upload_id: str) -> bool:
    """Whether the sheet as it arrived is still stored; the sheet of an old upload is deleted."""
    query = select(upload_sheets.c.kind).where(upload_sheets.c.upload_id == upload_id, upload_sheets.c.kind == "rows")
    return connection.execute(query).first() is not None


def id_of_number(connection: Connection, site_id: int, name: str, staff_key: int | None = None) -> str:
    """The id of the upload whose short number `name` is; `name` itself where it is no number of an upload here.

    `staff_key`: only uploads of this person are known. The answer to a number that is somebody else's would otherwise
    name the id that it stands for.
    """
    if not (name.isascii() and name.isdecimal() and len(name) <= _LONGEST_NUMBER):
        return name
    query = select(upload_numbers.c.upload_id).where(
        upload_numbers.c.site_id == site_id, upload_numbers.c.number == int(name)
    )
    if staff_key is not None:
        query = query.join(uploads, uploads.c.id == upload_numbers.c.upload_id).where(uploads.c.staff_key == staff_key)
    found = connection.execute(query).scalar_one_or_none()
    return name if found is None else str(found)


def find_upload(connection: Connection, site_id: int, upload_id: str, lock: bool = False) -> UploadRow | None:
    """One upload of the site. `lock`: nobody else changes it until the transaction ends."""
    which = uploads.c.site_id == site_id, uploads.c.id == upload_id
    if lock:
        # A query of its own: after the wait for a lock, the locked row is read as it is then, but rows joined to it as
        # they were when the wait began.
        connection.execute(select(uploads.c.id).where(*which).with_for_update())
    query = _ROW.where(*which)
    row = connection.execute(query).one_or_none()
    return None if row is None else _upload(row)


def find_by_key(connection: Connection, site_id: int, staff_key: int, idempotency_key: str) -> UploadRow | None:
    """The upload that a user submitted under an idempotency key."""
    row = connection.execute(
        _ROW.where(
            uploads.c.site_id == site_id,
            uploads.c.staff_key == staff_key,
            uploads.c.idempotency_key == idempotency_key,
        )
    ).one_or_none()
    return None if row is None else _upload(row)


class UploadFilter(NamedTuple):
    """`staff_key` None: everybody's. `states` empty: all. `idempotency_key`: what is kept of it, None for any."""

    staff_key: int | None
    states: Collection[UploadState]
    idempotency_key: str | None = None


def list_uploads(
    connection: Connection, site_id: int, only: UploadFilter, *, before: tuple[datetime, str] | None, limit: int
) -> list[UploadRow]:
    """Newest first. `before`: where the page before ended."""
    query = _ROW.where(uploads.c.site_id == site_id)
    if only.staff_key is not None:
        query = query.where(uploads.c.staff_key == only.staff_key)
    if only.states:
        query = query.where(uploads.c.state.in_(only.states))
    if only.idempotency_key is not None:
        query = query.where(uploads.c.idempotency_key == only.idempotency_key)
    if before is not None:
        moment, upload_id = before
        query = query.where(
            or_(uploads.c.submitted_at < moment, and_(uploads.c.submitted_at == moment, uploads.c.id < upload_id))
        )
    query = query.order_by(uploads.c.submitted_at.desc(), uploads.c.id.desc()).limit(limit)
    return [_upload(row) for row in connection.execute(query)]


def move(
    connection: Connection,
    upload_id: str,
    state: UploadState,
    *,
    reason: str | None = None,
    accepted: int | None = None,
    done: int | None = None,
    ends: bool = False,
) -> None:
    """Moves an upload to a state and ends any lease. The caller has read the row under its lock."""
    values: dict[str, object] = {"state": state, "reason": reason, "leased_by": None, "leased_until": None}
    values["finished_at"] = database_now(connection) if ends else None
    values |= {name: value for name, value in (("accepted", accepted), ("done", done)) if value is not None}
    if state in (UploadState.RECEIVED, UploadState.NEEDS_FIXES):
        values["attempts"] = 0  # a person or the check decided: earlier failures no longer count
    connection.execute(update(uploads).where(uploads.c.id == upload_id).values(values))


def set_left_out(connection: Connection, upload_id: str, left_out: int) -> None:
    connection.execute(update(uploads).where(uploads.c.id == upload_id).values(left_out=left_out))


def database_now(connection: Connection) -> datetime:
    """The time by the database's clock, the one that all workers share (SQLite's is this computer's)."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    moment: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return moment.astimezone(UTC)
