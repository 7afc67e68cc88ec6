"""Queue mails in the transaction that causes them; the worker sends them (SPEC 6).

A recipient gets so many mails in an hour, and so many may wait for them. Of what is more it is put down how many there
are, and which uploads they are about: once those that wait are sent, one mail tells that in short. So nobody's mails
pile up without an end, or come days late, and nothing is kept from anybody.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, case, delete, exists, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from server.records import audit
from server.records.tables import mails_in_short as short
from server.records.tables import outbox
from server.records.uploads import database_now

IN_HAND: Final = timedelta(minutes=5)
"""How long a mail that is being sent is left alone by other workers. Longer than any attempt to send takes."""
SHORTEST_PAUSE: Final = timedelta(seconds=15)
LONGEST_PAUSE: Final = timedelta(hours=6)
MOST_ATTEMPTS: Final = 40
"""About nine days; an address that takes no mail by then never will."""
LATELY: Final = timedelta(hours=1)
MOST_LATELY: Final = 100
"""Mails to one recipient within LATELY. What is more waits: a mail server may take a flood for an attack, and refuse
everybody's mails from then on."""
MOST_WAITING: Final = MOST_LATELY - 1
"""Mails of a site that wait for one recipient. What is more is told in short, by one mail that may go out in the same
hour as those that wait."""
MOST_NUMBERS: Final = 100
"""Uploads of a kind that such a mail names; it counts the others."""
_IN_SHORT: Final = """\
Hello,

{mails:,} more of your uploads ended. Because they were so many in a short time, this one mail tells of all of them:

{lines}

To see what became of each, open your workbook and press Uploads in the Caseload tab, or run: caseload uploads
The log of one says what was done with every row of it: select its line there and press Log, or run: caseload log NUMBER
"""
_SUBJECT_IN_SHORT: Final = "Caseload: {mails:,} more uploads ended"


class Mail(NamedTuple):
    key: int
    site_id: int
    recipient: str
    subject: str
    body: str
    attempts: int


def put(connection: Connection, site_id: int, recipient: str, subject: str, body: str, number: int) -> None:
    """Stores a mail about the upload No. `number`, or where very many wait, that there is one. Without a recipient
    nothing is stored."""
    recipient = recipient.strip()
    if not recipient:
        return
    # In their turn: nothing goes out by itself before what is told in short.
    if _waiting(connection, site_id, recipient) >= MOST_WAITING or _is_in_short(connection, site_id, recipient):
        _count_in_short(connection, site_id, recipient, subject, number)
    else:
        _store(connection, site_id, recipient, subject, body)


def in_short_due(connection: Connection) -> list[tuple[int, str]]:
    """(site, recipient) of everybody who is to be told in short: those of their mails that waited have been tried, and
    there is room for one."""
    theirs = and_(
        outbox.c.site_id == short.c.site_id, outbox.c.recipient == short.c.recipient, outbox.c.sent_at.is_(None)
    )
    waiting = select(func.count()).select_from(outbox).where(theirs).scalar_subquery()
    due = ~exists().where(theirs, outbox.c.attempts == 0) & (waiting < MOST_WAITING)
    query = select(short.c.site_id, short.c.recipient).distinct().where(due)
    return [(row.site_id, row.recipient) for row in connection.execute(query)]


def put_in_short(connection: Connection, site_id: int, recipient: str) -> None:
    """Stores the one mail in place of those that were only counted."""
    theirs = and_(short.c.site_id == site_id, short.c.recipient == recipient)
    counted = connection.execute(select(short).where(theirs).order_by(short.c.subject).with_for_update()).all()
    if not counted:  # another worker was first
        return
    connection.execute(delete(short).where(theirs, short.c.subject.in_([one.subject for one in counted])))
    mails = sum(one.mails for one in counted)
    lines = "\n".join(_line(one.subject, one.mails, one.numbers) for one in counted)
    subject = _SUBJECT_IN_SHORT.format(mails=mails)
    _store(connection, site_id, recipient, subject, _IN_SHORT.format(mails=mails, lines=lines))


def next_due(connection: Connection) -> int | None:
    """The key of the mail that is to be sent next: of whom it was tried least to write to lately, so that nobody waits
    behind the many mails of another. Looked for where nobody waits meanwhile; who takes it may come too late."""
    now = database_now(connection)
    # What was sent while the clock was ahead holds nothing up until that time has come.
    recently = and_(outbox.c.sent_at > now - LATELY, outbox.c.sent_at < now + LATELY)
    lately = (
        select(
            outbox.c.recipient,
            func.sum(outbox.c.attempts).label("tried"),
            func.count(outbox.c.sent_at).label("sent"),
        )
        .where(or_(outbox.c.sent_at.is_(None), recently))
        .group_by(outbox.c.recipient)
        .subquery()
    )
    return connection.execute(
        select(outbox.c.key)
        .join(lately, lately.c.recipient == outbox.c.recipient)
        .where(_due(now), lately.c.sent < MOST_LATELY)
        .order_by(lately.c.tried, outbox.c.next_attempt_at, outbox.c.key)
        .limit(1)
    ).scalar_one_or_none()


def take(connection: Connection, key: int) -> Mail | None:
    """The mail that is due (`next_due`), kept from other workers while it is sent; None when another has taken it."""
    now = database_now(connection)
    row = connection.execute(
        select(outbox.c.key, outbox.c.site_id, outbox.c.recipient, outbox.c.subject, outbox.c.body, outbox.c.attempts)
        .where(outbox.c.key == key, _due(now))
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if row is None:
        return None
    mail = Mail(*row)
    connection.execute(
        update(outbox).where(outbox.c.key == mail.key).values(attempts=mail.attempts + 1, next_attempt_at=now + IN_HAND)
    )
    return mail._replace(attempts=mail.attempts + 1)


def mark_sent(connection: Connection, mail: Mail) -> None:
    connection.execute(update(outbox).where(outbox.c.key == mail.key).values(sent_at=database_now(connection)))


def postpone(connection: Connection, mail: Mail, why: str) -> None:
    """Tries a mail again later, each time after twice the pause; gives it up when it has been tried for days."""
    if mail.attempts >= MOST_ATTEMPTS:
        give_up(connection, mail, why)
        return
    pause = min(SHORTEST_PAUSE * 2 ** min(mail.attempts - 1, 20), LONGEST_PAUSE)
    connection.execute(
        update(outbox).where(outbox.c.key == mail.key).values(next_attempt_at=database_now(connection) + pause)
    )


def give_up(connection: Connection, mail: Mail, why: str) -> None:
    """Takes a mail that nobody will ever receive out of the box, and leaves a line about it in the audit trail."""
    connection.execute(delete(outbox).where(outbox.c.key == mail.key))
    audit.note(connection, mail.site_id, audit.SERVER, "mail given up", detail=why)


def _due(now: datetime) -> ColumnElement[bool]:
    # A mail that was never tried is always due, and so is one that waits longer than any does: the clock was put back.
    moment = outbox.c.next_attempt_at
    return and_(outbox.c.sent_at.is_(None), or_(outbox.c.attempts == 0, moment <= now, moment > now + LONGEST_PAUSE))


def _store(connection: Connection, site_id: int, recipient: str, subject: str, body: str) -> None:
    now = database_now(connection)
    connection.execute(
        insert(outbox).values(
            site_id=site_id, recipient=recipient, subject=subject, body=body, created_at=now, next_attempt_at=now
        )
    )


def _waiting(connection: Connection, site_id: int, recipient: str) -> int:
    """How many mails wait for a recipient, as far as it matters."""
    theirs = and_(outbox.c.site_id == site_id, outbox.c.recipient == recipient, outbox.c.sent_at.is_(None))
    some = select(outbox.c.key).where(theirs).limit(MOST_WAITING).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one()


def _is_in_short(connection: Connection, site_id: int, recipient: str) -> bool:
    theirs = and_(short.c.site_id == site_id, short.c.recipient == recipient)
    return connection.execute(select(short.c.subject).where(theirs).limit(1)).first() is not None


def _count_in_short(connection: Connection, site_id: int, recipient: str, subject: str, number: int) -> None:
    given = (postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert)(short)
    numbers = case(
        (short.c.mails < MOST_NUMBERS, short.c.numbers + ", " + given.excluded.numbers), else_=short.c.numbers
    )
    connection.execute(
        given.values(
            site_id=site_id, recipient=recipient, subject=subject, mails=1, numbers=str(number)
        ).on_conflict_do_update(
            index_elements=[*short.primary_key], set_={"mails": short.c.mails + 1, "numbers": numbers}
        )
    )


def _line(subject: str, mails: int, numbers: str) -> str:
    others = mails - MOST_NUMBERS
    return f"{subject}: {mails:,} (No. {numbers}{f' and {others:,} others' if others > 0 else ''})"
