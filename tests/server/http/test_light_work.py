"""A few rows about people of whom very much is stored are no small work, and are done where large work is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from server.processes.beside import Beside
from server.records import light
from tests.support.served import Agency, Call, insert, table


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the errands that are done beside the web process."""
    done: list[str] = []
    do: Callable[..., Any] = Beside.do

    def note(one: Beside, errand: Any, *args: Any, **named: Any) -> Any:
        done.append(errand.__name__)
        return do(one, errand, *args, **named)

    monkeypatch.setattr(Beside, "do", note)
    return done


def test_few_rows_about_people_of_whom_much_is_stored_are_checked_and_undone_beside_the_web_process(
    call: Call, agency: Agency, beside: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    api = call("ADM")
    rows = table(insert("P2"), insert("P3"))
    upload_id = api.submit(rows).json()["id"]
    api.wait(upload_id, "complete")
    before, here = len(agency.assignments()), api.validate(rows).json()
    assert beside == []
    monkeypatch.setattr(light, "MOST_RECORDS", 1)
    assert api.validate(rows).json() == here
    undone = api("POST", f"/v1/uploads/{upload_id}/undo").json()
    assert [undone["reversed"], len(agency.assignments())] == [2, before - 2]
    assert beside == ["check_sheet", "undo_upload"]


def test_work_that_is_done_again_elsewhere_begins_with_what_came(
    call: Call, beside: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else's SSN beside an ID is one the second time, too, and not a text that is none, and a row to write."""
    api = call("ADM")
    rows = table(insert("P1", others={"SSN": "823-11-0042"}))
    here = api.validate(rows).json()
    assert [problem["code"] for problem in here["problems"]] == ["demographics-mismatch"]
    sent = api.submit(rows, "once").json()["id"]
    monkeypatch.setattr(light, "MOST_RECORDS", 0)
    assert api.validate(rows).json() == here
    assert api.submit(rows, "once").json()["id"] == sent
    again = api.submit(rows, "twice").json()["id"]
    assert [api.wait(one, "needs-fixes")["state"] for one in (sent, again)] == ["needs-fixes"] * 2
    assert beside[0] == "check_sheet"
