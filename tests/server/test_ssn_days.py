"""The day in which few wrong SSNs are answered: the last 24 hours, whatever a process's calendar or clock says."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from server.judge.ssns import MOST_OF_ONE
from server.records.database import reading, writing
from server.records.tables import ssn_tries
from tests.server.test_nothing_told import SSN, answered, wrong
from tests.support.served import Agency, Call


def make_older(agency: Agency, by: timedelta) -> None:
    """What was tried until now was tried so much earlier."""
    with writing(agency.engine) as connection:
        for at in connection.execute(select(ssn_tries.c.tried_at).distinct()).scalars().all():
            connection.execute(update(ssn_tries).where(ssn_tries.c.tried_at == at).values(tried_at=at - by))


def used_up(call: Call) -> None:
    guesses = [wrong(number) for number in range(MOST_OF_ONE)]
    assert answered(call("S2"), *guesses) == ["wrong"] * MOST_OF_ONE


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the time zone of a process cannot be changed here")
def test_where_it_is_another_date_already_no_more_ssns_are_answered(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = list[str]()
    try:
        for zone in ("Etc/GMT+12", "Etc/GMT-14", "Etc/GMT+12"):  # 26 hours apart: never on one date
            monkeypatch.setenv("TZ", zone)
            time.tzset()
            said += answered(call("S2"), *(wrong(10 * len(said) + number) for number in range(MOST_OF_ONE)), SSN)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert said == ["wrong"] * MOST_OF_ONE + ["not compared"] * (len(said) - MOST_OF_ONE)


def test_wrong_ssns_are_answered_again_when_a_day_has_passed_and_count_anew(call: Call, agency: Agency) -> None:
    used_up(call)
    make_older(agency, timedelta(hours=23))
    assert answered(call("ADM"), wrong(90), SSN) == ["not compared"] * 2
    make_older(agency, timedelta(hours=1))
    all_but_one = [wrong(number) for number in range(1, MOST_OF_ONE)]
    assert answered(call("S2"), SSN, *all_but_one) == ["right", *["wrong"] * len(all_but_one)]
    assert answered(call("ADM"), wrong(0), wrong(90), SSN) == ["wrong", "not compared", "not compared"]


@pytest.mark.parametrize(("by", "said"), [(1, "not compared"), (3, "wrong")])
def test_a_clock_that_was_put_a_day_forward_and_back_forgets_nothing_and_one_that_was_far_wrong_blocks_nobody(
    call: Call, agency: Agency, by: int, said: str
) -> None:
    used_up(call)
    make_older(agency, timedelta(days=-by))
    assert answered(call("S2"), "823-11-0002", wrong(5), participant="P2") == ["right", "wrong"]
    assert answered(call("S2"), wrong(91)) == [said]
    with reading(agency.engine) as connection:
        kept = len(connection.execute(select(ssn_tries)).all())
    assert kept == (MOST_OF_ONE + 1 if by == 1 else 2)
