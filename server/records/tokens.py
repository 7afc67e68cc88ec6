"""Personal tokens: shown once, stored hashed, expiring, revocable, good for one site (SPEC 7)."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import NamedTuple

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import OperationalError

from server.records.database import writing
from server.records.tables import staff, tokens

PREFIX = "clt_"
LAST_USE_STEP = timedelta(minutes=1)
"""How finely the last use is kept: a write for every call would make reading dear."""


class TokenFlaw(Enum):
    """Why a token does not open the door."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Principal(NamedTuple):
    """Who a token stands for."""

    site_id: int
    staff_key: int
    staff_id: str
    name: str
    email: str
    administrator: bool
    token_key: int
    last_used_at: datetime | None


class TokenLine(NamedTuple):
    """One token as a list shows it; the token itself is nowhere kept."""

    number: int
    staff_id: str
    name: str
    label: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


class UnknownStaff(Exception):
    """Nobody at the site has this Staff ID, or they are disabled; the message is one plain sentence."""


def find_staff(connection: Connection, site_id: int, staff_id: str) -> int:
    """The key of the active staff member with this Staff ID. Raises UnknownStaff."""
    row = connection.execute(
        select(staff.c.key, staff.c.active).where(staff.c.site_id == site_id, staff.c.staff_id == staff_id.strip())
    ).one_or_none()
    if row is None:
        raise UnknownStaff(f"Nobody here has the Staff ID {staff_id}. Look it up in staff.csv, or import it first.")
    if not row.active:
        raise UnknownStaff(f"The staff member with the Staff ID {staff_id} is disabled, so a token would not work.")
    return int(row.key)


def create_token(
    connection: Connection, site_id: int, staff_id: str, days: int, label: str = "", now: datetime | None = None
) -> str:
    """A new token for a staff member, good for `days` days. It cannot be shown again. Raises UnknownStaff."""
    moment = now or datetime.now(UTC)
    token = PREFIX + secrets.token_urlsafe(32)
    connection.execute(
        insert(tokens).values(
            site_id=site_id,
            staff_key=find_staff(connection, site_id, staff_id),
            token_hash=_hash(token),
            label=label,
            created_at=moment,
            expires_at=moment + timedelta(days=days),
        )
    )
    return token


def list_tokens(connection: Connection, site_id: int) -> list[TokenLine]:
    """Every token of a site, oldest first."""
    found = connection.execute(
        select(tokens, staff.c.staff_id, staff.c.first_name, staff.c.last_name)
        .join(staff, staff.c.key == tokens.c.staff_key)
        .where(tokens.c.site_id == site_id)
        .order_by(tokens.c.key)
    )
    return [
        TokenLine(
            row.key,
            row.staff_id,
            f"{row.first_name} {row.last_name}".strip(),
            row.label,
            row.created_at,
            row.expires_at,
            row.revoked_at,
            row.last_used_at,
        )
        for row in found
    ]


def revoke_token(connection: Connection, site_id: int, number: int, now: datetime | None = None) -> bool:
    """Ends a token for good. False when the site has no such token; an ended one stays as it is."""
    known = connection.execute(
        select(tokens.c.revoked_at).where(tokens.c.site_id == site_id, tokens.c.key == number)
    ).one_or_none()
    if known is None:
        return False
    if known.revoked_at is None:
        connection.execute(update(tokens).where(tokens.c.key == number).values(revoked_at=now or datetime.now(UTC)))
    return True


def authenticate(connection: Connection, token: str, now: datetime | None = None) -> Principal | TokenFlaw:
    """Who a token stands for, or why it stands for nobody. Only reads; see `note_use`.

    A disabled staff member's token counts as revoked.
    """
    moment = now or datetime.now(UTC)
    row = connection.execute(
        select(
            tokens.c.key.label("token_key"),
            tokens.c.expires_at,
            tokens.c.revoked_at,
            tokens.c.last_used_at,
            staff,
        )
        .join(staff, staff.c.key == tokens.c.staff_key)
        .where(tokens.c.token_hash == _hash(token))
    ).one_or_none()
    if row is None:
        return TokenFlaw.UNKNOWN
    if row.revoked_at is not None or not row.active:
        return TokenFlaw.REVOKED
    if row.expires_at <= moment:
        return TokenFlaw.EXPIRED
    name = f"{row.first_name} {row.last_name}".strip() or row.staff_id
    return Principal(
        row.site_id, row.key, row.staff_id, name, row.email, row.administrator, row.token_key, row.last_used_at
    )


def note_use(engine: Engine, principal: Principal, now: datetime | None = None) -> None:
    """Keeps when a token was last used, to the minute. Never waits for another writer: the next call notes it."""
    moment = now or datetime.now(UTC)
    if principal.last_used_at is not None and moment - principal.last_used_at < LAST_USE_STEP:
        return
    try:
        with writing(engine, wait=False) as connection:
            connection.execute(
                update(tokens).where(tokens.c.key == principal.token_key).values(last_used_at=moment)
            )
    except OperationalError:
        return


def _hash(token: str) -> str:
    # 256 random bits cannot be guessed, so a plain fast hash is enough (a password would need a slow one).
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
