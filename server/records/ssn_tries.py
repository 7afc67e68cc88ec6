"""Count the SSNs tried today, across all calls and processes (`server.judge.ssns`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from server.judge.reference import TriedSsns
from server.judge.ssns import HELD, MOST_OF_ONE, Tries
from server.records import audit
from server.records.tables import ssn_tries, staff

_ADVISORY_LOCK: Final = 0x43534C53
"""Any number of ours, with the site's: who holds this lock counts the site's tries."""
_table = ssn_tries.c


def tried_today(connection: Connection, site_id: int, staff_key: int, day: str, among: Iterable[int] = ()) -> TriedSsns:
    """What was tried: beside the IDs of the participants `among` (keys) by anybody, and without one by this user."""
    participants = set(among)
    beside: dict[int, set[str]] = defaultdict(set)
    alone: set[str] = set()
    held: set[str] = set()
    query = select(_table.participant_key, _table.staff_key, _table.ssn_hash).where(
        _table.site_id == site_id, _table.day == day
    )
    for participant_key, by, ssn_hash in connection.execute(query):
        if participant_key > 0:
            if participant_key in participants:
                beside[participant_key].add(ssn_hash)
        elif by == staff_key:
            (held if participant_key == HELD else alone).add(ssn_hash)
    return TriedSsns({key: frozenset(hashes) for key, hashes in beside.items()}, frozenset(alone), frozenset(held))


def count_tries(connection: Connection, site_id: int, staff_key: int, day: str, tries: Tries) -> None:
    """Counts what is not counted yet, as far as there is room, and puts a line into the audit trail: how many wrong
    ones, of how many participants. What was tried on other days is forgotten."""
    if connection.dialect.name == "postgresql":
        # SQLite has one writer anyway. Nobody else may count between our look and our count.
        connection.execute(select(func.pg_advisory_xact_lock(_ADVISORY_LOCK, site_id)))
    connection.execute(delete(ssn_tries).where(_table.site_id == site_id, _table.day != day))
    tried = tried_today(connection, site_id, staff_key, day, (key for key, _hash in tries.new))
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
        {"site_id": site_id, "day": day, "participant_key": key, "staff_key": staff_key, "ssn_hash": ssn_hash}
        for key, ssn_hash in (*counted, *((HELD, ssn_hash) for ssn_hash in tries.held))
    ]
    if lines:
        connection.execute(insert(ssn_tries).on_conflict_do_nothing(), lines)
    if not counted:
        return
    who = connection.execute(select(staff.c.staff_id).where(staff.c.key == staff_key)).scalar_one()
    people = len({key for key, _hash in counted if key})
    alone = sum(not key for key, _hash in counted)
    detail = f"{len(counted) - alone} beside the IDs of {people} participants, {alone} without a known ID"
    audit.note(connection, site_id, who, "wrong SSNs given", detail=detail)
