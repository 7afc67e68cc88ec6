"""Personal access tokens: shown once, stored hashed, expiring, revocable, for one site (SPEC 7).

A token is `clt_` and 43 random characters. The first eight of them are what it is found by and no secret; of the whole
only a hash is kept, and the two are compared in a time that does not depend on where they differ.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import Enum
from hmac import compare_digest
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Engine, Row, and_, insert, or_, select, update
from sqlalchemy.exc import OperationalError

from server.records import audit
from server.records.database import reading, writing
from server.records.tables import staff, tokens

PREFIX = "clt_"
PREFIX_LENGTH = 8
"""Characters behind `clt_` that a token is found by. The 35 others, 210 bits, are its secret."""
LAST_USE_STEP = timedelta(minutes=1)
"""How finely the last use is kept: a write for every call would make reading dear."""

_LAST_NUMBER: Final = 2**31 - 1


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


class Presented(NamedTuple):
    """A token as somebody presents it, and what is stored of the one that begins like it."""

    prefix: str
    hash: str
    stored_hash: str
    """"" when there is no such token."""
    stored: Row[Any] | None

    @property
    def genuine(self) -> bool:
        return compare_digest(self.hash, self.stored_hash)


class Withdrawn(Exception):
    """Somebody may no longer do what they could when their call began."""

    def __init__(self, flaw: TokenFlaw) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw


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
    made = connection.execute(
        insert(tokens)
        .values(
            site_id=site_id,
            staff_key=find_staff(connection, site_id, staff_id),
            prefix=_prefix(token),
            token_hash=_hash(token),
            label=label,
            created_at=moment,
            expires_at=moment + timedelta(days=days),
        )
        .returning(tokens.c.key)
    )
    detail = f"token {made.scalar_one()} of {staff_id.strip()} for {days} days"
    audit.note(connection, site_id, audit.OPERATOR, "token created", detail=detail)
    return token


def list_tokens(connection: Connection, site_id: int, staff_key: int | None = None) -> list[TokenLine]:
    """Every token of a site, oldest first; of one person when their key is given."""
    query = (
        select(tokens, staff.c.staff_id, staff.c.first_name, staff.c.last_name)
        .join(staff, staff.c.key == tokens.c.staff_key)
        .where(tokens.c.site_id == site_id)
        .order_by(tokens.c.key)
    )
    found = connection.execute(query if staff_key is None else query.where(tokens.c.staff_key == staff_key))
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


def revoke_token(
    connection: Connection, site_id: int, number: int, now: datetime | None = None, by: str = audit.OPERATOR
) -> bool:
    """Ends a token for good. False when the site has no such token; an ended one stays as it is.

    `by`: the Staff ID of the person who ends it.
    """
    if not 0 < number <= _LAST_NUMBER:  # more than any database has room for
        return False
    this = tokens.c.site_id == site_id, tokens.c.key == number
    if connection.execute(select(tokens.c.key).where(*this)).one_or_none() is None:
        return False
    ended = connection.execute(
        update(tokens).where(*this, tokens.c.revoked_at.is_(None)).values(revoked_at=now or datetime.now(UTC))
    )
    if ended.rowcount:
        audit.note(connection, site_id, by, "token revoked", detail=f"token {number}")
    return True


def present(connection: Connection, token: str) -> Presented:
    """Looks a token up, without saying yet whether it is good."""
    hashed, prefix = _hash(token), _prefix(token)
    row = connection.execute(
        _HOLDER.where(or_(tokens.c.prefix == prefix, and_(tokens.c.prefix.is_(None), tokens.c.token_hash == hashed)))
    ).one_or_none()
    # Where there is none, something is compared all the same, so that it takes as long.
    return Presented(prefix, hashed, "0" * len(hashed) if row is None else row.token_hash, row)


def authenticate(connection: Connection, token: str, now: datetime | None = None) -> Principal | TokenFlaw:
    """Who a token stands for, or why it stands for nobody. Only reads; see `note_use`.

    A disabled staff member's token counts as revoked.
    """
    return who_presents(present(connection, token), now)


def who_presents(presented: Presented, now: datetime | None = None) -> Principal | TokenFlaw:
    """As `authenticate`, of a token that was looked up."""
    if not presented.genuine or presented.stored is None:
        return TokenFlaw.UNKNOWN
    return _holder(presented.stored, now or datetime.now(UTC))


def still(connection: Connection, who: Principal, now: datetime | None = None) -> Principal:
    """`who` as they are at this moment, with the rights they have now. Raises Withdrawn when they are nobody any more.

    Belongs behind every wait of a call: for a turn, for a body, for a lock (`reading_for`, `writing_for`). Meanwhile
    their token may have been revoked, or their rights taken away.
    """
    row = connection.execute(_HOLDER.where(tokens.c.key == who.token_key)).one_or_none()
    found = TokenFlaw.REVOKED if row is None else _holder(row, now or datetime.now(UTC))
    if isinstance(found, TokenFlaw):
        raise Withdrawn(found)
    return found


@contextmanager
def reading_for(engine: Engine, who: Principal) -> Iterator[tuple[Connection, Principal]]:
    """`reading` on somebody's behalf, and them with the rights that they have at the moment which is read. Raises
    Withdrawn."""
    with reading(engine) as connection:
        yield connection, still(connection, who)


@contextmanager
def writing_for(engine: Engine, who: Principal) -> Iterator[Connection]:
    """`writing` on somebody's behalf: nothing is kept if they are nobody any more when all is done, whatever it waited
    for. Raises Withdrawn."""
    with writing(engine) as connection:
        still(connection, who)
        yield connection
        still(connection, who)


def note_use(engine: Engine, principal: Principal, now: datetime | None = None) -> None:
    """Keeps when a token was last used, to the minute. Never waits for another writer: the next call notes it. What
    was kept while the clock was ahead hides no later use."""
    moment = now or datetime.now(UTC)
    if principal.last_used_at is not None and abs(moment - principal.last_used_at) < LAST_USE_STEP:
        return
    try:
        with writing(engine, wait=False) as connection:
            connection.execute(update(tokens).where(tokens.c.key == principal.token_key).values(last_used_at=moment))
    except OperationalError:
        return


_HOLDER = select(
    tokens.c.key.label("token_key"),
    tokens.c.token_hash,
    tokens.c.expires_at,
    tokens.c.revoked_at,
    tokens.c.last_used_at,
    staff,
).join(staff, staff.c.key == tokens.c.staff_key)


def _holder(row: Row[Any], now: datetime) -> Principal | TokenFlaw:
    if row.revoked_at is not None or not row.active:
        return TokenFlaw.REVOKED
    if row.expires_at <= now:
        return TokenFlaw.EXPIRED
    name = f"{row.first_name} {row.last_name}".strip() or row.staff_id
    return Principal(
        row.site_id, row.key, row.staff_id, name, row.email, row.administrator, row.token_key, row.last_used_at
    )


def _prefix(token: str) -> str:
    """What a token is found by. Of what is no token of ours, something that no token begins with."""
    secret = token.removeprefix(PREFIX)
    known = secret != token and len(secret) > PREFIX_LENGTH and token.isascii() and token.isprintable()
    return secret[:PREFIX_LENGTH] if known else "none"


def _hash(token: str) -> str:
    # 256 random bits cannot be guessed, so a plain fast hash is enough (a password would need a slow one).
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
