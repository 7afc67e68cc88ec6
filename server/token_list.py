"""List and revoke access tokens: a user's own, or an administrator's whole site (SPEC 7)."""

from __future__ import annotations

from collections.abc import Callable
from hmac import compare_digest

from sqlalchemy import Connection, Engine

from server.records.database import writing
from server.records.tokens import Principal, TokenLine, list_tokens, reading_for, revoke_token, still

Name = Callable[[TokenLine], str]
"""What a token is called towards a client."""


class UnknownToken(Exception):
    """There is no such token, or it is not this user's to end."""


def tokens_of(engine: Engine, who: Principal) -> list[TokenLine]:
    """The tokens that this person may end, and those that ended already, oldest first. Raises Withdrawn."""
    with reading_for(engine, who) as (connection, who):
        return _theirs(connection, who)


def end_token(engine: Engine, who: Principal, called: str, name: Name) -> None:
    """Ends a token at once and for good, also the one that is asking. Ending it twice changes nothing.

    Raises UnknownToken, Withdrawn.
    """
    with writing(engine) as connection:
        who = still(connection, who)
        found = [line for line in _theirs(connection, who) if compare_digest(name(line).encode(), called.encode())]
        if not found:
            raise UnknownToken(called)
        revoke_token(connection, who.site_id, found[0].number, by=who.staff_id)
        if found[0].number != who.token_key:
            still(connection, who)  # nobody ends another's token with one that was ended while they waited


def _theirs(connection: Connection, who: Principal) -> list[TokenLine]:
    return list_tokens(connection, who.site_id, None if who.administrator else who.staff_key)
