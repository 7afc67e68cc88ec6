"""Count the SSNs tried lately, across all calls and processes (`server.judge.ssns`).

A day is the 24 hours before now, by the database's clock: the calendars of processes differ, by their time zone or at
midnight, and whoever goes from one to the other shall find no new day there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, delete, func, not_, select
from sqlalchemy.dialects import postgresql, sqlite

from server.judge.reference import TriedSsns
from server.judge.ssns import HELD, MOST_OF_ONE, Tries
from server.records import audit
from server.records.tables import ssn_tries, staff
from server.records.uploads import database_now

_ADVISORY_LOCK: Final = 0x43534C53
"""Any number of ours, with the site's: who holds this lock counts the site's tries."""
_DAY: Final = timedelta(days=1)
_KEPT: Final = timedelta(days=2)
"""Longer than they count, and as long where they lie ahead: a clock that is put a day forward and back forgets nothing,
and one that was wrong by more keeps nobody's SSN from being compared until that time has come."""
_table = ssn_tries.c


def tried_lately(
    connection: Connection, site_id: int, staff_key: int, among: Iterable[int] = (), fellows: Collection[int] = ()
) -> TriedSsns:
    """What was tried within a day: beside the IDs of the participants `among` (keys) by anybody, and without one by
    this user, and by the `fellows` (keys of staff)."""
    return _tried(connection, site_id, staff_key, database_now(connection), among, fellows)


def _tried(
    connection: Connection,
    site_id: int,
    staff_key: int,
    now: datetime,
    among: Iterable[int],
    fellows: Collection[int] = (),
) -> TriedSsns:
    participants = set(among)
    beside: dict[int, set[str]] = defaultdict(set)
    alone: set[str] = set()
    held: set[str] = set()
    by_fellows: set[str] = set()
    query = select(_table.participant_key, _table.staff_key, _table.ssn_hash).where(
        _table.site_id == site_id, _table.tried_at > now - _DAY, _is_kept(now)
    )
    for participant_key, by, ssn_hash in connection.execute(query):
        if participant_key > 0:
            if participant_key in participants:
                beside[participant_key].add(ssn_hash)
        elif by == staff_key:
            (held if participant_key == HELD else alone).add(ssn_hash)
        elif by in fellows and participant_key != HELD:
            by_fellows.add(ssn_hash)
    beside_ids = {key: frozenset(hashes) for key, hashes in beside.items()}
    return TriedSsns(beside_ids, frozenset(alone), frozenset(held), frozenset(by_fellows))


def count_tries(
    connection: Connection, site_id: int, staff_key: int, tries: Tries, upload_id: str | None = None
) -> None:
    """Counts what is not counted yet as this user's, as far as there is room, and puts a line into the audit trail: how
    many wrong ones, of how many participants, in which upload. What was tried long ago is forgotten."""
    if connection.dialect.name == "postgresql":
        # SQLite has one writer anyway. Nobody else may count between our look and our count.
        connection.execute(select(func.pg_advisory_xact_lock(_ADVISORY_LOCK, site_id)))
    now = database_now(connection)
    connection.execute(delete(ssn_tries).where(_table.site_id == site_id, not_(_is_kept(now))))
    tried = _tried(connection, site_id, staff_key, now, (key for key, _hash in tries.new))
    room = {key: MOST_OF_ONE - len(known) for key, known in tried.beside_ids.items()}
    room[0] = tries.most_alone - len(tried.alone)
    counted: list[tuple[int, str]] = []
    for key, ssn_hash in tries.new:
        known = tried.beside_ids.get(key, frozenset()) if key else tried.alone
        if ssn_hash not in known and room.setdefault(key, MOST_OF_ONE) > 0:
            room[key] -= 1
            counted.append((key, ssn_hash))
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    lines = [
        {"site_id": site_id, "tried_at": now, "participant_key": key, "staff_key": staff_key, "ssn_hash": ssn_hash}
        for key, ssn_hash in (*counted, *((HELD, ssn_hash) for ssn_hash in tries.held))
    ]
    if lines:
        given = insert(ssn_tries)
        given = given.on_conflict_do_update(  # one that counts no more counts anew
            index_elements=[*ssn_tries.primary_key],
            set_={"tried_at": given.excluded.tried_at},
            where=_table.tried_at <= now - _DAY,
        )
        connection.execute(given, lines)
    if not counted:
        return
    who = connection.execute(select(staff.c.staff_id).where(staff.c.key == staff_key)).scalar_one()
    people = len({key for key, _hash in counted if key})
    alone = sum(not key for key, _hash in counted)
    detail = f"{len(counted) - alone} beside the IDs of {people} participants, {alone} without a known ID"
    audit.note(connection, site_id, who, "wrong SSNs given", upload_id, detail)


def _is_kept(now: datetime) -> ColumnElement[bool]:
    return and_(_table.tried_at > now - _KEPT, _table.tried_at < now + _KEPT)
