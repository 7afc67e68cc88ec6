"""Pages without end, deep nesting, wrong shapes: whatever answers in a server's place, it is one plain sentence."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import pytest

from addin.api import adapter, connection
from addin.api.client import Client
from addin.errors import ClientError
from tests.support.answers import UPLOAD, answering, as_json
from tests.support.command import Run
from tests.support.memory import most_memory
from workbook.files.limits import LAST_ROW
from workbook.upload import LogRow

TOKEN = "clt_x"
LISTS: dict[str, Callable[[Client], object]] = {
    "remembered": Client.remembered,
    "assignments": lambda client: list(client.open_assignments()),
}
ENTRIES: dict[str, Callable[[Client], object]] = {
    **LISTS,
    "uploads": Client.uploads,
    "uploads ": lambda client: client.upload_of("k"),
    " uploads": Client.own_states,
    "rows": lambda client: client.log("u1"),
    "participants": lambda client: client.participants("x"),
}


def page(name: str, place: object) -> tuple[int, dict[str, str], bytes]:
    return as_json({name: [], "next": place})


@pytest.mark.parametrize("name", LISTS)
def test_pages_that_lead_in_a_circle_are_given_up(name: str) -> None:
    pages = [page(name, place) for place in ("a", "b", "a")]
    with answering(*pages) as (url, kept), Client(url, TOKEN) as client:
        with pytest.raises(ClientError, match="sends more than any caseload server") as stopped:
            LISTS[name](client)
        assert [stopped.value.code, len(kept.asked)] == ["not-caseload", 3]


@pytest.mark.parametrize("name", LISTS)
def test_so_are_more_pages_or_more_on_them_than_any_site_has(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [page(name, f"{number:500}") for number in range(50)]
    for limit, most, asked in (("_MOST_PAGES", 20, 20), ("MOST_OF_AN_ANSWER", 5000, 10)):
        with monkeypatch.context() as patched, answering(*pages) as (url, kept), Client(url, TOKEN) as client:
            patched.setattr(connection, limit, most)
            with pytest.raises(ClientError, match="sends more than any caseload server"):
                LISTS[name](client)
            assert len(kept.asked) == asked


@pytest.mark.parametrize("name", ENTRIES)
@pytest.mark.parametrize("entries", [5, None, {"a": 1}, "text", [5], [[]]], ids=repr)
def test_a_list_that_is_none_is_told_as_of_another_version(name: str, entries: Any) -> None:
    answer = as_json({name.strip(): entries})
    with answering(answer) as (url, _), Client(url, TOKEN) as client, pytest.raises(ClientError) as stopped:
        ENTRIES[name](client)
    assert stopped.value.code == "version-mismatch"


@pytest.mark.parametrize("name", ["programs", "staff", "feeder"])
def test_so_is_a_list_that_no_sheet_has_rows_for(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("addin.api.client.LAST_ROW", 3)
    long = {
        "programs": [{"program_id": "P", "name": "N"}] * 3,
        "staff": [{"staff_id": "S", "first_name": "F", "last_name": "L"}] * 3,
        "feeder": {"Caseload Status": ["A"] * 3},
    }
    site = {"site": "A", "date_order": "MDY", "duplicate_check": [], "one_primary": True}
    answer = as_json(site | {"programs": [], "staff": [], "feeder": {}} | {name: long[name]})
    with answering(answer) as (url, _), Client(url, TOKEN) as client, pytest.raises(ClientError) as stopped:
        client.reference()
    assert "sends more than any caseload server" in stopped.value.sentence


@pytest.mark.parametrize("place", [5, ["a"], {"a": 1}], ids=repr)
def test_so_is_a_next_page_that_is_none(place: object) -> None:
    answer = page("remembered", place)
    with answering(answer) as (url, _), Client(url, TOKEN) as client, pytest.raises(ClientError) as stopped:
        client.remembered()
    assert stopped.value.code == "version-mismatch"


@pytest.mark.parametrize("depth", [900, 5_000, 200_000])
@pytest.mark.parametrize("status", [200, 422])
def test_json_that_is_nested_deep_is_one_sentence(
    run: Run, monkeypatch: pytest.MonkeyPatch, depth: int, status: int
) -> None:
    deep = b'{"uploads":' + b"[" * depth + b"]" * depth + b"}"
    with answering((status, {"Content-Type": "application/json"}, deep)) as (url, _):
        monkeypatch.setenv("CASELOAD_URL", url)
        said = run("uploads").err
    assert ("is not a caseload server" in said or "of different versions" in said, said.count("\n")) == (True, 1)


def test_an_upload_that_moves_on_and_on_is_not_watched_for_ever() -> None:
    moving = [as_json(UPLOAD | {"state": "writing", "progress": {"done": done, "total": 30}}) for done in range(30)]
    with answering(*moving) as (url, kept), Client(url, TOKEN) as client:
        assert client.wait("u1", longest=0.05).state == "writing"
        assert len(kept.asked) < 5


@pytest.mark.parametrize("part", ["{},", "[],", "1.5,"])
@pytest.mark.parametrize("name", ["uploads", "remembered", "rows"])
def test_what_would_fill_the_memory_once_it_is_taken_apart_is_not(
    name: str, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few bytes of it may be sixty in memory, and packed they are a thousand times fewer."""
    monkeypatch.setattr(adapter, "_PARTS", 200_000)
    monkeypatch.setattr(adapter, "_MEMBERS", (600_000, 400_000))
    body = f'{{"{name}":[{part * 700_000}1]}}'.encode()
    packed = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    with answering((200, packed, gzip.compress(body, 1))) as (url, _), Client(url, TOKEN) as client:

        def code() -> str:
            with pytest.raises(ClientError) as stopped:
                ENTRIES[name](client)
            return stopped.value.code

        assert most_memory(code) < 4 * len(body)
        assert code() == "not-caseload"


def test_an_answer_that_tells_of_a_million_rows_is_taken_apart() -> None:
    """What is counted leaves room for the largest of ours, with commas in its texts."""
    assert adapter._PARTS > LAST_ROW
    assert adapter._MEMBERS[0] > LAST_ROW * (len(LogRow.model_fields) + 10)


SHOWN = {
    "id": 1, "version": 1, "participant_id": "P1", "first_name": "", "last_name": "", "program_id": "SH",
    "program_name": "", "staff_id": "S1", "caseworker": "", "caseworker_first_name": "", "caseworker_last_name": "",
    "relationship": "", "status": "", "start_date": "2026-01-01", "end_date": "", "reason": "",
}  # fmt: skip
ANSWERS: dict[str, Callable[[str], tuple[dict[str, Any], Callable[[Client], object]]]] = {
    "a start date": lambda odd: ({"assignments": [SHOWN | {"start_date": odd}]}, LISTS["assignments"]),
    "an end date": lambda odd: ({"assignments": [SHOWN | {"end_date": odd}]}, LISTS["assignments"]),
    "a moment": lambda odd: ({"uploads": [UPLOAD | {"submitted_at": odd}]}, Client.uploads),
    "another moment": lambda odd: ({"uploads": [UPLOAD | {"finished_at": odd}]}, Client.uploads),
}


@pytest.mark.parametrize("what", ANSWERS)
@pytest.mark.parametrize("odd", ["2026-13-45", "=1+1", "0001-01-01T00:00:00+23:00", "\u21e5", "x" * 200_000], ids=repr)
def test_a_day_or_moment_that_is_none_is_told_as_of_another_version(what: str, odd: str) -> None:
    content, ask = ANSWERS[what](odd)
    with answering(as_json(content)) as (url, _), Client(url, TOKEN) as client, pytest.raises(ClientError) as stopped:
        ask(client)
    assert stopped.value.code == "version-mismatch"


@pytest.mark.parametrize("odd", ["\ud800", "a\udc00", float("nan"), float("inf")], ids=repr)
@pytest.mark.parametrize("name", ["next", "submitted_by", "anything"])
def test_half_of_a_letter_and_a_number_that_is_none_are_no_answer_of_a_caseload_server(name: str, odd: object) -> None:
    answer = as_json({"remembered": [], "next": "", name: odd})
    with answering(answer) as (url, kept), Client(url, TOKEN) as client, pytest.raises(ClientError) as stopped:
        client.remembered()
    assert [stopped.value.code, len(kept.asked)] == ["not-caseload", 1]


def test_a_letter_beyond_the_first_65_536_is_one() -> None:
    answer = as_json({"uploads": [UPLOAD | {"filename": "\U0001f600.xlsx"}]})
    with answering(answer) as (url, _), Client(url, TOKEN) as client:
        assert client.uploads()[0].filename == "\U0001f600.xlsx"


def test_a_number_that_no_json_holds_is_not_told_as_a_server_that_is_away() -> None:
    with answering(as_json(UPLOAD)) as (url, kept), Client(url, TOKEN) as client, pytest.raises(ClientError) as stopped:
        client.submit({"rows": [[float("inf")]]}, "key")
    assert [stopped.value.code, kept.asked] == ["number-invalid", []]
