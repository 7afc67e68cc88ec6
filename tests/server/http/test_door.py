"""Of hundreds of calls at the same moment each waits for others of the same caller, and nobody else does."""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from typing import Any

import pytest

from server.http import services
from server.http.door import AT_ONCE, IN_SCOPE, Door
from server.records.database import writing
from server.records.tokens import Presented, create_token
from tests.support.served import Agency, Api
from tests.support.waiting import wait_for

MANY = 40
LONG = "/client/"
"""Where an answer begins, and is long in coming."""


@pytest.mark.parametrize("path", ["/v1/me", "/v1/validations"])
def test_whoever_calls_hundreds_of_times_at_once_waits_for_nobody_but_themselves(
    agency: Agency, call: Callable[[str | None], Api], monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """To look a token up is made to last until it is told to go on, so that whoever stands behind waits for ever. They
    have two tokens, and write each in many ways."""
    other, stranger = call("S2"), call(None)
    with writing(agency.engine) as connection:
        theirs = [agency.tokens["S1"], create_token(connection, agency.site_id, "S1", days=1)]
    many = [
        written(other.address, f"{scheme}{' ' * blanks}{token}")
        for token in theirs
        for scheme, blanks in (("Bearer", 1), ("Bearer", 2), ("bearer", 1), ("BEARER", 9))
    ]
    assert {one.get("/v1/me").status_code for one in (*many, other)} == {200}
    go_on, looked_up = threading.Event(), services._presented

    def held(server: services.Services, token: str) -> Presented:
        if token in theirs:
            assert go_on.wait(30)
        return looked_up(server, token)

    monkeypatch.setattr(services, "_presented", held)
    with ThreadPoolExecutor(MANY) as threads:
        method = "GET" if path == "/v1/me" else "POST"
        calls = [threads.submit(one, method, path) for _, one in zip(range(MANY), cycle(many), strict=False)]
        try:
            assert other.get("/v1/me").status_code == 200
            assert stranger.get("/v1/health").status_code == 200
            assert stranger.get("/v1/me").status_code == 401
            assert not any(one.done() for one in calls)
        finally:
            go_on.set()
        told = {one.result().status_code for one in calls}
    assert told <= {200, 400, 415, 503}
    assert {one.get("/v1/me").status_code for one in many} == {200}


def written(address: str, header: str) -> Api:
    """Calls a server with such an Authorization header."""
    one = Api(address, None)
    one._headers["Authorization"] = header
    return one


def test_strangers_of_one_address_wait_for_each_other_and_not_those_who_are_known_nor_health(
    agency: Agency, call: Callable[[str | None], Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = call("S2")
    assert other.get("/v1/me").status_code == 200
    go_on, looked_up, held_up = threading.Event(), services._presented, list[str]()

    def held(theirs: services.Services, token: str) -> Presented:
        if token != agency.tokens["S2"]:
            held_up.append(token)
            assert go_on.wait(30)
        return looked_up(theirs, token)

    monkeypatch.setattr(services, "_presented", held)
    with ThreadPoolExecutor(MANY) as threads:
        strangers = [Api(other.address, "clt_" + secrets.token_urlsafe(32)) for _ in range(MANY)]
        calls = [threads.submit(one.get, "/v1/me") for one in strangers]
        try:
            assert wait_for(lambda: len(held_up) >= AT_ONCE)
            assert other.get("/v1/me").status_code == 200
            assert call(None).get("/v1/health").status_code == 200
            assert len(held_up) == AT_ONCE
        finally:
            go_on.set()
        assert {one.result().status_code for one in calls} == {401}


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_whoever_goes_on_with_a_token_that_was_ended_does_not_stand_in_the_line_of_whose_it_was(
    agency: Agency, call: Callable[[str | None], Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    stolen = agency.tokens["S1"]
    with writing(agency.engine) as connection:
        new = call(create_token(connection, agency.site_id, "S1", days=1))
    thief = call("S1")
    assert [one.get("/v1/me").status_code for one in (thief, new)] == [200, 200]
    [this] = [one["id"] for one in thief.get("/v1/tokens").json()["tokens"] if one["this_one"]]
    assert [new("DELETE", f"/v1/tokens/{this}").status_code, thief.get("/v1/me").status_code] == [204, 401]
    go_on, looked_up, held_up = threading.Event(), services._presented, list[str]()

    def held(server: services.Services, token: str) -> Presented:
        if token == stolen:
            held_up.append(token)
            assert go_on.wait(30)
        return looked_up(server, token)

    monkeypatch.setattr(services, "_presented", held)
    with ThreadPoolExecutor(MANY) as threads:
        calls = [threads.submit(thief.get, "/v1/me") for _ in range(MANY)]
        try:
            assert wait_for(lambda: len(held_up) >= AT_ONCE)
            assert new.get("/v1/me").status_code == 200
        finally:
            go_on.set()
        assert {one.result().status_code for one in calls} == {401}


# The door by itself ---------------------------------------------------------------------------------------


class Inside:
    """An application that answers when it is told to."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.go_on = asyncio.Event()

    async def __call__(self, scope: Any, _receive: Any, send: Any) -> None:
        self.calls.append(scope)
        if scope["path"] == LONG:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        await self.go_on.wait()


def in_the_door(act: Callable[[Inside, Callable[..., asyncio.Task[None]]], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        inside = Inside()
        door = Door(inside)

        async def nothing(*_: object) -> Any:
            return {}

        def come(token: str = "", address: str = "192.0.2.1", path: str = "/v1/me") -> asyncio.Task[None]:
            headers = [(b"authorization", token.encode())] if token else []
            scope = {"type": "http", "path": path, "headers": headers, "client": (address, 1)}
            return asyncio.get_running_loop().create_task(door(scope, nothing, nothing))

        await act(inside, come)
        inside.go_on.set()
        await asyncio.sleep(0.01)
        assert (door._inside, door._waiting) == ({}, {}), "nothing is left of those who were here"

    asyncio.run(run())


def test_a_line_is_let_in_a_few_at_a_time_and_in_the_order_in_which_it_came() -> None:
    async def act(inside: Inside, come: Callable[..., asyncio.Task[None]]) -> None:
        for number in range(10):
            come(path=f"/{number}")
        come(address="192.0.2.2", path="/other")
        come(path="/v1/health")
        await asyncio.sleep(0.01)
        assert [one["path"] for one in inside.calls] == ["/0", "/1", "/2", "/3", "/other", "/v1/health"]
        inside.calls[0][IN_SCOPE].over()
        inside.calls[0][IN_SCOPE].over()  # once is enough
        await asyncio.sleep(0.01)
        assert [one["path"] for one in inside.calls[6:]] == ["/4"]

    in_the_door(act)


def test_a_token_has_a_line_of_its_own_once_it_was_genuine() -> None:
    async def act(inside: Inside, come: Callable[..., asyncio.Task[None]]) -> None:
        come("Bearer a", path="/a")
        await asyncio.sleep(0.01)
        inside.calls[0][IN_SCOPE].is_of(7)
        for number in range(10):
            come(f"Bearer {number}", path="/guess")
        come("Bearer a", path="/a")
        await asyncio.sleep(0.01)
        assert [one["path"] for one in inside.calls] == ["/a", *["/guess"] * 3, "/a"]

    in_the_door(act)


def test_whoever_has_several_tokens_and_writes_each_in_many_ways_has_one_line() -> None:
    async def act(inside: Inside, come: Callable[..., asyncio.Task[None]]) -> None:
        for number, token in enumerate(("Bearer a", "Bearer b")):
            come(token)
            await asyncio.sleep(0.01)
            inside.calls[number][IN_SCOPE].is_of(7)
            inside.calls[number][IN_SCOPE].over()
        for number in range(8):
            come("bearer" + " " * (1 + number) + "ab"[number % 2], path=f"/{number}")
        await asyncio.sleep(0.01)
        assert [one["path"] for one in inside.calls[2:]] == ["/0", "/1", "/2", "/3"]

    in_the_door(act)


def test_whoever_goes_while_they_wait_or_as_they_are_let_in_leaves_their_place_to_the_next() -> None:
    async def act(inside: Inside, come: Callable[..., asyncio.Task[None]]) -> None:
        tasks = [come(path=f"/{number}") for number in range(8)]
        await asyncio.sleep(0.01)
        tasks[4].cancel()
        await asyncio.sleep(0.01)
        inside.calls[0][IN_SCOPE].over()
        tasks[5].cancel()  # at the moment at which their turn has come
        await asyncio.sleep(0.01)
        assert [one["path"] for one in inside.calls] == ["/0", "/1", "/2", "/3", "/6"]

    in_the_door(act)


def test_whoever_reads_a_long_answer_slowly_keeps_nobody_of_their_address_waiting() -> None:
    async def act(inside: Inside, come: Callable[..., asyncio.Task[None]]) -> None:
        for _ in range(AT_ONCE):
            come(path=LONG)
        come(path="/next")
        await asyncio.sleep(0.01)
        assert [one["path"] for one in inside.calls] == [LONG] * AT_ONCE + ["/next"]

    in_the_door(act)
