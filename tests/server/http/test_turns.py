"""Whose turn it is: nobody waits behind another's many files, and whoever finds the queue full is told so."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from server.http.refusals import ApiRefusal
from server.http.turns import AtOnce, Turns


def played(turns: Turns, *people: int) -> list[int | str]:
    """In which order these people, who come one after the other, are served, each until all have come; `full` where
    somebody is sent away."""
    order: list[int | str] = []
    all_here = asyncio.Event()

    async def one(person: int) -> None:
        try:
            async with turns.of(person):
                order.append(person)
                await all_here.wait()
                await asyncio.sleep(0)
        except ApiRefusal as refused:
            order.append("full" if refused.kind.code == "busy" and refused.headers["Retry-After"] else "?")

    async def play() -> None:
        tasks = []
        for person in people:
            tasks.append(asyncio.create_task(one(person)))
            await asyncio.sleep(0)
        all_here.set()
        await asyncio.gather(*tasks)

    run(play())
    return order


def run(what: Coroutine[Any, Any, Any]) -> None:
    asyncio.run(asyncio.wait_for(what, 20))


def test_one_person_s_files_leave_a_place_for_others() -> None:
    assert played(Turns(2, 1, waiting=9), 1, 1, 1, 2) == [1, 2, 1, 1]


def test_whoever_waits_for_the_first_time_goes_before_those_who_are_served_already() -> None:
    assert played(Turns(1, 1, waiting=9), 1, 1, 1, 2, 3) == [1, 1, 1, 2, 3]
    assert played(Turns(2, 2, waiting=9), 1, 1, 1, 2)[:3] == [1, 1, 2]


def test_a_full_queue_is_told_at_once_and_forgotten_when_it_has_emptied() -> None:
    turns = Turns(1, 1, waiting=2)
    assert played(turns, 1, 2, 3, 4, 5) == [1, "full", "full", 2, 3]
    assert played(turns, 6) == [6]


def test_in_a_full_queue_whoever_has_most_waiting_makes_room_for_those_who_have_less() -> None:
    turns = Turns(1, 1, waiting=3)
    assert played(turns, 1, 1, 1, 1, 2, 3, 4, 2) == [1, "full", "full", "full", "full", 1, 2, 3]
    assert played(turns, 5, 6) == [5, 6]


def test_a_site_whose_people_wait_for_each_other_leaves_places_to_every_other() -> None:
    turns = Turns(8, 2, waiting=99, for_sites=True)
    at_work: list[int] = []

    async def one(person: int, site: int) -> None:
        async with turns.of(person, site):
            at_work.append(site)
            await asyncio.sleep(60)

    async def play() -> None:
        sites = [*[1] * 20, *[2] * 20, 3, 3, 4, 4]
        tasks = [asyncio.create_task(one(person, site)) for person, site in enumerate(sites)]
        await asyncio.sleep(0.01)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    run(play())
    assert at_work == [1, 1, 1, 1, 2, 2, 3, 4]


def test_whoever_leaves_while_they_wait_takes_no_place_with_them() -> None:
    turns = Turns(1, 1, waiting=2)

    async def leave() -> None:
        async with turns.of(1):
            waiting = asyncio.create_task(turns.of(2).__aenter__())
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting

    run(leave())
    assert played(turns, 3, 4) == [3, 4]


def test_whoever_leaves_as_they_are_sent_away_leaves_nothing_of_themselves() -> None:
    turns = Turns(1, 1, waiting=2)

    async def leave() -> None:
        async with turns.of(1):
            tasks = []
            for person in (2, 2, 3):
                tasks.append(asyncio.create_task(turns.of(person).__aenter__()))
                await asyncio.sleep(0)
            for one in tasks:  # the second, at the moment at which it is sent away for the third
                one.cancel()
            await asyncio.wait(tasks)
            assert all(one.cancelled() for one in tasks)

    run(leave())
    assert played(turns, 3, 4, 5, 6) == [3, "full", 4, 5]


def test_a_person_has_so_many_calls_under_way_and_no_more() -> None:
    at_once = AtOnce(2)

    async def many() -> None:
        async with at_once.of(1), at_once.of(1), at_once.of(2):
            with pytest.raises(ApiRefusal) as refused:
                await at_once.of(1).__aenter__()
            assert [refused.value.kind.code, refused.value.kind.status] == ["too-much-at-once", 503]
        async with at_once.of(1), at_once.of(1):
            pass

    run(many())


def test_a_site_whose_people_wait_for_one_another_leaves_as_many_places_as_it_takes() -> None:
    """Each of a dozen would have a place for the second that it waits, one after the other, and others none."""

    async def play() -> list[str]:
        turns, order, may_go = Turns(4, 2, waiting=99), list[str](), asyncio.Event()

        async def one(person: int, site: int) -> None:
            async with turns.of(person, site):
                order.append(f"{person} of {site}")
                await may_go.wait()

        turns.hold_up(1)
        tasks = []
        for person, site in [(1, 1), (2, 1), (3, 1), (4, 1), (5, 2), (6, 2)]:
            tasks.append(asyncio.create_task(one(person, site)))
            await asyncio.sleep(0)
        begun = list(order)
        may_go.set()
        await asyncio.gather(*tasks)
        assert sorted(order[4:]) == ["3 of 1", "4 of 1"]
        return begun

    assert asyncio.run(asyncio.wait_for(play(), 20)) == ["1 of 1", "2 of 1", "5 of 2", "6 of 2"]
