"""Tokens open the door for one person of one site, until they expire, are revoked, or the person is disabled."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, insert, select, update

import server.records.tokens
from server.records.database import reading, writing
from server.records.sites import create_site
from server.records.tables import staff, tokens
from server.records.tokens import (
    PREFIX,
    PREFIX_LENGTH,
    Principal,
    TokenFlaw,
    UnknownStaff,
    authenticate,
    create_token,
    list_tokens,
    note_use,
    present,
    revoke_token,
)

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.fixture
def site(database: Engine) -> int:
    with writing(database) as connection:
        site_id = create_site(connection, "Agency")
        for staff_id, active in (("S1", True), ("S2", False)):
            connection.execute(
                insert(staff).values(
                    site_id=site_id, staff_id=staff_id, first_name="Ann", last_name="Lee", email="a@agency.example",
                    active=active, caseload_access=True, administrator=True,
                )
            )  # fmt: skip
        return site_id


def _token(database: Engine, site: int, days: int = 10) -> str:
    with writing(database) as connection:
        return create_token(connection, site, "S1", days, "laptop", NOW)


def _who(database: Engine, token: str, now: datetime = NOW) -> Principal | TokenFlaw:
    with reading(database) as connection:
        return authenticate(connection, token, now)


def test_a_token_says_who_asks(database: Engine, site: int) -> None:
    who = _who(database, _token(database, site))
    assert isinstance(who, Principal)
    assert (who.site_id, who.staff_id, who.name, who.email, who.administrator) == (
        site, "S1", "Ann Lee", "a@agency.example", True,
    )  # fmt: skip


def test_the_token_itself_is_nowhere_kept(database: Engine, site: int) -> None:
    token = _token(database, site)
    with reading(database) as connection:
        assert token not in str([tuple(row) for row in connection.execute(select(tokens))])


def test_a_token_is_found_by_its_beginning_and_compared_whole(
    database: Engine, site: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In constant time, and with something even where nothing was found."""
    token = _token(database, site)
    compared: list[tuple[str, str]] = []

    def compare(one: str, other: str) -> bool:
        compared.append((one, other))
        return hmac.compare_digest(one, other)

    monkeypatch.setattr(server.records.tokens, "compare_digest", compare)
    start, end = token[: len(PREFIX) + PREFIX_LENGTH], token[len(PREFIX) + PREFIX_LENGTH :]
    assert isinstance(_who(database, token), Principal)
    for wrong in (start + end[::-1], PREFIX + "!" * 8 + end, start, token[:-1], token + "x", end, ""):
        assert _who(database, wrong) is TokenFlaw.UNKNOWN, wrong
    assert [len(one) for pair in compared for one in pair] == [64] * 2 * 8
    with reading(database) as connection:
        kept = connection.execute(select(tokens)).one()
        assert present(connection, token).stored is not None
        assert present(connection, start + "x" * 35).stored is not None
    assert kept.prefix == start.removeprefix(PREFIX)
    assert end not in str(tuple(kept))


def test_unknown_expired_and_revoked_tokens_are_told_apart(database: Engine, site: int) -> None:
    token = _token(database, site)
    assert _who(database, "clt_guess") is TokenFlaw.UNKNOWN
    assert _who(database, "\ud800") is TokenFlaw.UNKNOWN
    assert _who(database, token, NOW + timedelta(days=10)) is TokenFlaw.EXPIRED
    with writing(database) as connection:
        number = list_tokens(connection, site)[0].number
        assert [revoke_token(connection, site, number), revoke_token(connection, site + 1, number)] == [True, False]
    assert _who(database, token) is TokenFlaw.REVOKED


def test_a_disabled_person_s_token_no_longer_works_and_none_is_made(database: Engine, site: int) -> None:
    token = _token(database, site)
    with writing(database) as connection:
        connection.execute(update(staff).values(active=False))
    assert _who(database, token) is TokenFlaw.REVOKED
    with writing(database) as connection, pytest.raises(UnknownStaff, match="disabled"):
        create_token(connection, site, "S1", 1)
    with writing(database) as connection, pytest.raises(UnknownStaff, match="Nobody"):
        create_token(connection, site, "S9", 1)


def test_a_last_use_that_was_kept_while_the_clock_was_ahead_hides_no_later_one(database: Engine, site: int) -> None:
    token = _token(database, site, days=5000)
    for moment in (NOW + timedelta(days=3653), NOW):
        who = _who(database, token)
        assert isinstance(who, Principal)
        note_use(database, who, moment)
        with reading(database) as connection:
            assert list_tokens(connection, site)[0].last_used_at == moment


def test_the_last_use_is_kept_to_the_minute_and_waits_for_nobody(database: Engine, site: int) -> None:
    token = _token(database, site)
    for seconds, kept in ((0, 0), (30, 0), (70, 70)):
        who = _who(database, token)
        assert isinstance(who, Principal)
        note_use(database, who, NOW + timedelta(seconds=seconds))
        with reading(database) as connection:
            assert list_tokens(connection, site)[0].last_used_at == NOW + timedelta(seconds=kept)
    with writing(database) as connection:  # somebody else is writing
        connection.execute(update(tokens).values(label="busy"))
        who = _who(database, token)
        assert isinstance(who, Principal)
        note_use(database, who, NOW + timedelta(hours=1))
    with reading(database) as connection:
        assert list_tokens(connection, site)[0].last_used_at == NOW + timedelta(seconds=70)
