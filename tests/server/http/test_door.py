"""Of hundreds of calls at the same moment each waits for others of the same caller, and nobody else does."""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from server.http import services
from server.http.door import AT_ONCE, IN_SCOPE, Door
from server.records.tokens import Presented
from tests.support.served import Agency, Api
from tests.support.waiting import wait_for

MANY = 40
LONG = "/client/"
"""Where an answer begins, and is long in coming."""


@pytest.mark.parametrize("path", ["/v1/me", "/v1/validations"])
def test_whoever_calls_hundreds_of_times_at_once_waits_for_nobody_but_themselves(
    agency: Agency, call: Callable[[str | None], Api], monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """To look a token up is made to last until it is told to go on, so that whoever stands behind waits for ever."""
    many, other, stranger = call("S1"), call("S2"), call(None)
    assert [one.get("/v1/me").status_code for one in (many, other)] == [200, 200]
    go_on, looked_up = threading.Event(), services._presented

    def held(theirs: services.Services, token: str) -> Presented:
        if token == agency.tokens["S1"]:
            assert go_on.wait(30)
        return looked_up(theirs, token)

    monkeypatch.setattr(services, "_presented", held)
    with ThreadPoolExecutor(MANY) as threads:
        calls = [threads.submit(many, "GET" if path == "/v1/me" else "POST", path) for _ in range(MANY)]
        try:
            assert other.get("/v1/me").status_code == 200
            assert stranger.get("/v1/health").status_code == 200
            assert stranger.get("/v1/me").status_code == 401
            assert not any(one.done() for one in calls)
        finally:
            go_on.set()
        told = {one.result().status_code for one in calls}
    assert told <= {200, 400, 415, 503}
    assert many.get("/v1/me").status_code == 200


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
        inside.calls[0][IN_SCOPE].over(known=True)
        for number in range(10):
            come(f"Bearer {number}", path="/guess")
        come("Bearer a", path="/a")
        await asyncio.sleep(0.01)
        assert [one["path"] for one in inside.calls] == ["/a", *["/guess"] * 4, "/a"]

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
