"""The audit trail: who did what, when, by which upload; append-only and sealed (SPEC 7).

Each site's lines are numbered from 1, and each carries a seal: a hash over the line and the seal of the line before. A
line that is changed, removed or added afterwards breaks the chain from there on, and `check` finds the place. The
database itself refuses to change or delete a line. Neither notices when the newest lines are cut off, or when the whole
chain is made anew by a database administrator. For that, the newest seal is compared with a copy kept elsewhere
(`server.seals`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from sqlalchemy import Connection, func, insert, select

from server.records.tables import audit
from workbook.matching import exact_key


class NoMember(str):
    """An actor who is none of the site's staff."""

    __slots__ = ()


SERVER: Final = NoMember("server")
"""When no person acts."""
OPERATOR: Final = NoMember("operator")
"""A person who runs `caseload-server` commands."""
_MEMBER: Final = "staff member "
"""Stands before a Staff ID that otherwise would read as another actor."""
_ADVISORY_LOCK: Final = 0x43534C41
"""Any number of ours, with the site's: who holds this lock adds the next line of the site's trail."""


class AuditLine(NamedTuple):
    """One line of a site's trail."""

    site_id: int
    number: int
    at: datetime
    who: str
    what: str
    upload_id: str | None
    detail: str
    seal: str


class TrailCheck(NamedTuple):
    """What a check of a site's trail found."""

    lines: int
    head: str
    """The seal of the newest line; "" while there is none."""
    broken_at: int | None
    """The number of the first line that is not as it was written, or is missing; None when all is well."""
    found: bool
    """Whether the trail holds the seals that were looked for; True when none were."""


def note(
    connection: Connection, site_id: int, who: str, what: str, upload_id: str | None = None, detail: str = ""
) -> None:
    """Adds a line, in the transaction that it records. `who`: SERVER or OPERATOR; every other text is a Staff ID. No
    participant data.

    Belongs to the end of a transaction: from here on, others who write in the same site's trail wait for it.
    """
    note_all(connection, site_id, who, [(what, upload_id, detail)])


def note_all(connection: Connection, site_id: int, who: str, lines: Sequence[tuple[str, str | None, str]]) -> None:
    """Adds several lines as `note` adds one, each a (what, upload id, detail)."""
    if not lines:
        return
    if connection.dialect.name == "postgresql":
        # SQLite has one writer anyway. The lock is released when the transaction ends, so the next one sees this line.
        connection.execute(select(func.pg_advisory_xact_lock(_ADVISORY_LOCK, site_id)))
    last = connection.execute(
        select(audit.c.number, audit.c.seal).where(audit.c.site_id == site_id).order_by(audit.c.number.desc()).limit(1)
    ).one_or_none()
    newest, before = (0, "") if last is None else (last.number, last.seal)
    sealed: list[dict[str, object]] = []
    for number, (what, upload_id, detail) in enumerate(lines, newest + 1):
        line = AuditLine(site_id, number, datetime.now(UTC), _told(who), what, upload_id, detail, "")
        before = seal_of(line, before)
        sealed.append(line._replace(seal=before)._asdict())
    connection.execute(insert(audit), sealed)


def _told(who: str) -> str:
    """An actor as the trail names them. Who is on the staff and has an ID such as `operator` is not the operator: it
    gets a word before it, and so does an ID that begins with that word, so that no two actors are told alike."""
    if isinstance(who, NoMember):
        return str(who)
    key = exact_key(who)
    return f"{_MEMBER}{who}" if key in (SERVER, OPERATOR) or key.startswith(_MEMBER) else who


def in_print(who: str) -> str:
    """An actor of the trail as a listing names them. Of staff it says so: an ID of other letters that look the same
    would read as the operator."""
    return who if who in (SERVER, OPERATOR) else f"staff {who.removeprefix(_MEMBER)}"


def seal_of(line: AuditLine, before: str) -> str:
    """The seal of a line that follows one with the seal `before`; 64 hexadecimal digits."""
    moment = line.at.astimezone(UTC).isoformat(timespec="microseconds")
    fields = [before, line.site_id, line.number, moment, line.who, line.what, line.upload_id, line.detail]
    return hashlib.sha256(json.dumps(fields).encode("ascii")).hexdigest()


def lines_of(connection: Connection, site_id: int, upload_id: str | None = None) -> Iterator[AuditLine]:
    """A site's trail, oldest line first; of one upload when its id is given."""
    query = select(*(audit.c[name] for name in AuditLine._fields)).where(audit.c.site_id == site_id)
    if upload_id is not None:
        query = query.where(audit.c.upload_id == upload_id)
    found = connection.execution_options(yield_per=1000).execute(query.order_by(audit.c.number))
    return (AuditLine._make(row) for row in found)


def lines_that_say(connection: Connection, what: str, site_id: int | None = None) -> list[AuditLine]:
    """The lines with this `what`, each site's oldest first: of one site, or of all."""
    query = select(*(audit.c[name] for name in AuditLine._fields)).where(audit.c.what == what)
    if site_id is not None:
        query = query.where(audit.c.site_id == site_id)
    return [AuditLine._make(row) for row in connection.execute(query.order_by(audit.c.site_id, audit.c.number))]


def newest_seals(connection: Connection) -> list[tuple[int, int, str]]:
    """(site id, number, seal) of each site's newest line."""
    newest = select(audit.c.site_id, func.max(audit.c.number).label("number")).group_by(audit.c.site_id).subquery()
    query = (
        select(audit.c.site_id, audit.c.number, audit.c.seal)
        .join(newest, (newest.c.site_id == audit.c.site_id) & (newest.c.number == audit.c.number))
        .order_by(audit.c.site_id)
    )
    return [(row.site_id, row.number, row.seal) for row in connection.execute(query)]


def check(connection: Connection, site_id: int, *seals: str) -> TrailCheck:
    """Checks a site's whole trail. `seals`: those that were recorded earlier, which some line must still carry; "" is
    none."""
    before, expected, broken, missed = "", 1, None, set(seals) - {""}
    for line in lines_of(connection, site_id):
        if broken is None and (line.number != expected or line.seal != seal_of(line, before)):
            broken = expected
        missed.discard(line.seal)
        before, expected = line.seal, line.number + 1
    return TrailCheck(expected - 1, before, broken, not missed)
