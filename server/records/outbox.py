"""Queue mails in the transaction that causes them; the worker sends them (SPEC 6)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, update

from server.records import audit
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


class Mail(NamedTuple):
    key: int
    site_id: int
    recipient: str
    subject: str
    body: str
    attempts: int


def put(connection: Connection, site_id: int, recipient: str, subject: str, body: str) -> None:
    """Stores a mail. Without a recipient nothing is stored."""
    if not recipient.strip():
        return
    now = database_now(connection)
    connection.execute(
        insert(outbox).values(
            site_id=site_id,
            recipient=recipient.strip(),
            subject=subject,
            body=body,
            created_at=now,
            next_attempt_at=now,
        )
    )


def anything_due(connection: Connection) -> bool:
    due = _due(database_now(connection))
    return connection.execute(select(outbox.c.key).where(due).limit(1)).first() is not None


def take(connection: Connection) -> Mail | None:
    """The next mail that is due, kept from other workers while it is sent: of whom it was tried least to write to
    lately, so that nobody waits behind the many mails of another."""
    now = database_now(connection)
    recently = outbox.c.sent_at > now - LATELY
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
    row = connection.execute(
        select(outbox.c.key, outbox.c.site_id, outbox.c.recipient, outbox.c.subject, outbox.c.body, outbox.c.attempts)
        .join(lately, lately.c.recipient == outbox.c.recipient)
        .where(_due(now), lately.c.sent < MOST_LATELY)
        .order_by(lately.c.tried, outbox.c.next_attempt_at, outbox.c.key)
        .limit(1)
        .with_for_update(of=outbox, skip_locked=True)
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
