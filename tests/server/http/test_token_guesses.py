"""Wrong tokens are slowed; right ones are let in."""

from __future__ import annotations

import secrets
import time

import pytest
import requests

from server.http import token_guesses
from server.http.token_guesses import LATE_SECONDS, MOST_LATE, MOST_REMEMBERED, MOST_WRONG, WINDOW, Guesses
from tests.support.served import Agency, Api


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_an_address_with_many_wrong_tokens_is_answered_late_and_with_too_many_has_to_wait() -> None:
    clock = Clock()
    guesses = Guesses(clock)
    assert [guesses.wrong("192.0.2.1") for _ in range(MOST_WRONG)] == [(0, 0.0)] * MOST_WRONG
    assert [guesses.wrong("192.0.2.1") for _ in range(MOST_WRONG, MOST_LATE)] == [(0, LATE_SECONDS)] * 270
    clock.now += 20
    assert guesses.wrong("192.0.2.1") == (WINDOW - 20, LATE_SECONDS)
    assert guesses.wrong("192.0.2.2") == (0, 0.0)
    clock.now += WINDOW - 20
    assert guesses.wrong("192.0.2.1") == (0, 0.0)


def test_what_begins_like_a_token_can_be_tried_only_so_often_even_while_the_address_has_to_wait() -> None:
    guesses = Guesses(Clock())
    for _ in range(MOST_LATE):
        guesses.wrong("192.0.2.1")
    for _ in range(MOST_WRONG):
        assert guesses.pause("192.0.2.1", "abcdefgh") == 0
        assert guesses.wrong("192.0.2.1", "abcdefgh") == (WINDOW, LATE_SECONDS)
    assert guesses.pause("192.0.2.1", "abcdefgh") == WINDOW
    assert guesses.pause("192.0.2.2", "abcdefgh") == 0, "a stranger elsewhere keeps nobody out"
    assert guesses.pause("192.0.2.1", "hgfedcba") == 0


def test_one_network_is_one_address_and_what_is_remembered_is_bounded() -> None:
    guesses = Guesses(Clock())
    for number in range(MOST_WRONG):
        guesses.wrong(f"2001:db8::{number}")
    assert guesses.wrong("2001:db8::ffff:1") == (0, LATE_SECONDS)
    assert guesses.wrong("2001:db8:0:1::1") == (0, 0.0)
    for number in range(MOST_REMEMBERED + 5):
        guesses.wrong(f"host {number}")
    assert len(guesses._wrong) == MOST_REMEMBERED


def test_guessing_is_answered_late_and_then_with_a_wait_while_those_with_a_token_go_on(
    agency: Agency, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All from one address: a stranger, somebody with a token, and somebody whose token's beginning is known."""
    known = agency.tokens["S1"]

    def status(token: str) -> int:
        return Api(address, token).get("/v1/me").status_code

    assert {status("clt_" + secrets.token_urlsafe(32)) for _ in range(MOST_WRONG)} == {401}
    begun = time.monotonic()
    assert status("clt_" + secrets.token_urlsafe(32)) == 401
    assert time.monotonic() - begun >= LATE_SECONDS
    monkeypatch.setattr(token_guesses, "MOST_LATE", MOST_WRONG)
    waits = Api(address, "clt_" + secrets.token_urlsafe(32)).get("/v1/me")
    assert (waits.status_code, waits.json()["code"]) == (429, "too-many-tokens")
    assert 0 < int(waits.headers["Retry-After"]) <= WINDOW
    assert waits.headers["Retry-After"] in waits.json()["detail"]
    assert status(agency.tokens["ADM"]) == status(known) == 200
    assert {status(known[:12] + secrets.token_urlsafe(26)) for _ in range(MOST_WRONG)} == {429}
    assert status(known) == 429, "one of these guesses might have been right"
    assert status(agency.tokens["ADM"]) == 200
    assert requests.get(f"{address}/v1/me", timeout=30).status_code == 401, "no token is no guess"
