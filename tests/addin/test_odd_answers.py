"""Pages without end, deep nesting, wrong shapes: whatever answers in a server's place, it is one plain sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from addin.api import connection
from addin.api.client import Client
from addin.errors import ClientError
from tests.support.answers import UPLOAD, answering, as_json
from tests.support.command import Run

TOKEN = "clt_x"
LISTS: dict[str, Callable[[Client], object]] = {
    "remembered": Client.remembered,
    "assignments": lambda client: list(client.open_assignments()),
}
ENTRIES: dict[str, Callable[[Client], object]] = {
    **LISTS,
    "uploads": Client.uploads,
    "uploads ": lambda client: client.upload_of("k"),
    " uploads": lambda client: client.undone(5),
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
