"""Nothing stored shows by the time that an answer takes: what may not be told is not asked of the database (SPEC 7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy import Connection, delete, event

from server.judge.ssns import MOST_ALONE
from server.records import matching
from server.records.database import writing
from server.records.tables import ssn_tries
from tests.support.served import Agency, Api, Call, insert, table

THEIRS = "823-11-0003"
"""The SSN of P3, whom S2 may know; P1's is 823-11-0001, and 007, whom S2 may not know, has 823-01-0007."""
RIGHT = (THEIRS, "823-11-0001", "823-01-0007")


def wrong(number: int) -> str:
    return f"823-12-{number + 1:04}"


@pytest.fixture
def asked(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What is asked, or written, of participants, their histories, and the SSNs that were tried."""
    questions: list[str] = []
    ask: Callable[[Connection, str, Sequence[Any]], Iterator[Any]] = matching.ask

    def note_ask(connection: Connection, question: str, parameters: Sequence[Any]) -> Iterator[Any]:
        questions.append(question)
        return ask(connection, question, parameters)

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "ssn_tries" in statement or "participants" in statement:  # a worker asks for other things meanwhile
            questions.append(statement)

    monkeypatch.setattr(matching, "ask", note_ask)
    event.listen(agency.engine, "after_cursor_execute", note)
    yield questions
    event.remove(agency.engine, "after_cursor_execute", note)


def of(api: Api, asked: list[str], details: dict[str, str], code: str) -> list[str]:
    asked.clear()
    problems = api.validate(table(insert("", others=details))).json()["problems"]
    assert [problem["code"] for problem in problems] == [code]
    return asked.copy()


@pytest.mark.parametrize("staff_id", ["ADM", "S2"])
@pytest.mark.parametrize("details", [{}, {"First Name": "Ann", "Last Name": "Lee"}, {"Participant ID": "P3"}])
def test_a_right_ssn_that_is_not_answered_costs_as_much_as_a_wrong_one(
    call: Call, asked: list[str], staff_id: str, details: dict[str, str]
) -> None:
    """A question or a write that the one takes and the other does not shows by the time that the answer takes."""
    api = call(staff_id)
    used_up = [insert("", others={**details, "SSN": wrong(number)}) for number in range(MOST_ALONE + 20)]
    assert api.validate(table(*used_up)).status_code == 200
    of_a_wrong_one = of(api, asked, {**details, "SSN": wrong(900)}, "ssn-tried")
    assert of_a_wrong_one, "what was tried is looked up"
    for ssn in RIGHT:
        assert of(api, asked, {**details, "SSN": ssn}, "ssn-tried") == of_a_wrong_one


def test_so_does_one_among_those_with_which_the_limit_is_reached(agency: Agency, call: Call, asked: list[str]) -> None:
    def of_sheet(last: str) -> list[str]:
        with writing(agency.engine) as connection:
            connection.execute(delete(ssn_tries))
        asked.clear()
        given = [*map(wrong, range(MOST_ALONE + 20)), last]
        report = call("S2").validate(table(*(insert("", others={"SSN": ssn}) for ssn in given))).json()
        assert report["problems"][-1]["code"] == "ssn-tried"
        return asked.copy()

    assert of_sheet(THEIRS) == of_sheet(wrong(900))


def test_somebody_out_of_reach_costs_as_much_as_nobody(call: Call, asked: list[str]) -> None:
    api = call("S2")
    of_nobody = of(api, asked, {"Case Number": "C-00897"}, "unknown-participant")
    assert of(api, asked, {"Case Number": "C-007"}, "unknown-participant") == of_nobody
