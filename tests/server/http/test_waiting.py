"""Whoever waits, waits alone: no call is worked upon where others have to pass, and what is large is done elsewhere."""

from __future__ import annotations

import csv
import gc
import inspect
import io
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from openpyxl import load_workbook
from pydantic_core import to_json
from sqlalchemy import event, select, update

from server.http import desk, refusals
from server.http.app import create_app
from server.http.desk import FrontDesk
from server.processes import spool
from server.records.audit import check
from server.records.database import reading, writing
from server.records.tables import audit
from server.records.tables import uploads as upload_table
from server.records.writes import lock_site
from tests.support.served import Agency, Api, Call, found_agency, insert, table, web, worker

KEYED = {"Idempotency-Key": "of a test"}


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_no_call_and_nothing_that_it_depends_on_is_run_in_the_threads_of_the_framework(
    agency: Agency, tmp_path: Path
) -> None:
    def blocking(dependant: Dependant) -> Iterator[str]:
        run = dependant.call if inspect.isroutine(dependant.call) else type(dependant.call).__call__
        if not (inspect.iscoroutinefunction(run) or inspect.isasyncgenfunction(run)):
            yield str(run)
        for needed in dependant.dependencies:
            yield from blocking(needed)

    settings = agency.settings(tmp_path)
    with FrontDesk(settings) as made:
        calls = [one for one in create_app(settings, agency.engine, made).routes if isinstance(one, APIRoute)]
    found = {name for call in calls for name in blocking(call.dependant)}
    assert [len(calls) > 20, found] == [True, set()]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_no_answer_that_can_be_long_is_made_where_all_calls_are_answered(agency: Agency, tmp_path: Path) -> None:
    """What a call hands to the framework is checked and written by it on the event loop: an answer that has a list is
    handed over as it goes out."""

    def lists(model: Any) -> list[str]:
        fields = getattr(model, "model_fields", {})
        return [name for name, field in fields.items() if "list[" in str(field.annotation)]

    settings = agency.settings(tmp_path)
    with FrontDesk(settings) as made:
        calls = [one for one in create_app(settings, agency.engine, made).routes if isinstance(one, APIRoute)]
    returned = {(call.path, call.name): get_type_hints(call.endpoint).get("return") for call in calls}
    found = {name: names for (_path, name), model in returned.items() if (names := lists(model))}
    assert found == {"me": ["access"], "participants": ["participants"]}, "one's own programs, and twenty people"


def test_the_report_of_an_upload_that_cannot_go_on_is_not_written_where_all_calls_are_answered(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    api, written = call("ADM"), list[int]()
    upload_id = api.submit(table(*(insert(f"N{number}") for number in range(40)))).json()["id"]
    api.wait(upload_id, "needs-fixes")

    def write(content: Any) -> bytes:
        written.append(len(made := to_json(content)))
        return made

    monkeypatch.setattr(refusals, "to_json", write)
    refused = api("POST", f"/v1/uploads/{upload_id}/continue")
    assert [refused.json()["code"], len(refused.json()["problems"])] == ["errors-open", 40]
    assert [size < 500 for size in written] == [True]


@pytest.mark.parametrize("road", ["cancel", "remember"])
def test_many_calls_that_wait_for_a_lock_hold_up_nobody_who_only_looks(call: Call, agency: Agency, road: str) -> None:
    api, other = call("S1"), call("S2")
    upload_id = api.submit(table(insert("P99"))).json()["id"]
    api.wait(upload_id, "needs-fixes")

    fix = {"column": "Caseload Status", "value": "Actv", "code": "unknown-value", "replacement": "Active"}

    def ask(_number: int) -> str:
        if road == "cancel":
            answer = api("POST", f"/v1/uploads/{upload_id}/cancel")
        else:
            answer = api("POST", "/v1/remembered", json={"fixes": [fix]})
        return str(answer.json().get("code", answer.status_code))

    with ThreadPoolExecutor(60) as threads:
        with writing(agency.engine) as connection:
            this = upload_table.c.id == upload_id
            connection.execute(update(upload_table).where(this).values(left_out=upload_table.c.left_out))
            if road == "remember" and connection.dialect.name == "postgresql":
                connection.exec_driver_sql("LOCK TABLE remembered_fixes IN EXCLUSIVE MODE")
            waiting = [threads.submit(ask, number) for number in range(60)]
            until = time.monotonic() + 20
            while sum(one.done() for one in waiting) < 60 - desk.MOST_EACH:
                assert time.monotonic() < until
                time.sleep(0.01)
            began = time.monotonic()
            assert [other.get(path).status_code for path in ("/v1/health", "/v1/me", "/v1/uploads")] == [200] * 3
            assert time.monotonic() - began < 2
        told = Counter(one.result() for one in waiting)
    assert told == {"too-much-at-once": 60 - desk.MOST_EACH, "200": desk.MOST_EACH}


def test_whoever_searches_many_times_at_once_is_told_so_and_the_others_find_whom_they_look_for(call: Call) -> None:
    api, other = call("S1"), call("S2")
    begun = threading.Barrier(30)

    def search(_number: int) -> int:
        begun.wait()
        return api.get("/v1/participants?q=Mary Jonse").status_code

    with ThreadPoolExecutor(30) as threads:
        found = [threads.submit(search, number) for number in range(30)]
        assert other.get("/v1/participants?q=Mary").json()["participants"]
        assert {one.result() for one in found} <= {200, 503}
    assert api.get("/v1/participants?q=Mary").status_code == 200


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_whoever_looks_at_hundreds_of_things_at_once_is_told_so(
    agency: Agency, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    api, other = call("S1"), call("S2")
    free = threading.Event()

    def wait(*_: object) -> None:
        assert free.wait(20)

    with monkeypatch.context() as held, ThreadPoolExecutor(60) as threads:
        held.setattr("server.http.about.reference_lists", wait)
        found = [threads.submit(lambda: api.get("/v1/reference").status_code) for _ in range(60)]
        until = time.monotonic() + 20
        while sum(one.done() for one in found) < 60 - desk.MOST_LOOKS_EACH:
            assert time.monotonic() < until
            time.sleep(0.01)
        free.set()
        told = Counter(one.result() for one in found)
    assert told == {503: 60 - desk.MOST_LOOKS_EACH, 500: desk.MOST_LOOKS_EACH}
    assert [api.get("/v1/reference").status_code, other.get("/v1/reference").status_code] == [200, 200]


@pytest.mark.parametrize("road", ["remembered", "fixes of an upload", "the same fixes again", "changed fixes"])
def test_many_fixes_are_remembered_a_few_at_a_time_by_whatever_call(call: Call, agency: Agency, road: str) -> None:
    api = call("S2")
    fixes = [
        {"column": "Caseload Status", "value": f"Actv{number}", "code": "unknown-value", "replacement": "Active"}
        for number in range(230)
    ]
    upload_id = ""
    if road != "remembered":
        rows = [insert("P3", others={"Caseload Status": fix["value"]}) for fix in fixes]
        upload_id = api.submit(table(*rows)).json()["id"]
        api.wait(upload_id, "needs-fixes")

    def put(**members: Any) -> None:
        given = {"fixes": [{**fix, **members} for fix in fixes]}
        answer = api("PUT", f"/v1/uploads/{upload_id}/fixes", json=given)
        assert (answer.status_code, answer.json()["unknown"]) == (200, [])

    if road == "the same fixes again":  # as somebody sends them whose first call was killed before they were remembered
        put()
    elif road == "changed fixes":
        put(replacement="On Hold")
    in_hand: Counter[object] = Counter()
    kept: list[int] = []

    def count(connection: object, _cursor: object, statement: str, *_: object) -> None:
        in_hand[connection] += statement.startswith("INSERT INTO remembered_fixes")

    def keep(connection: object) -> None:
        kept.append(in_hand.pop(connection, 0))

    event.listen(agency.engine, "after_cursor_execute", count)
    event.listen(agency.engine, "commit", keep)
    if road == "remembered":
        assert len(api("POST", "/v1/remembered", json={"fixes": fixes}).json()["remembered"]) == 230
    else:
        put(remember=True)
    assert (sum(kept), max(kept)) == (230, 50)
    with reading(agency.engine) as connection:
        assert len(connection.execute(select(audit.c.key).where(audit.c.what == "fix remembered")).all()) == 230
        assert check(connection, agency.site_id).broken_at is None
    assert {fix["replacement"] for fix in api.get("/v1/remembered").json()["remembered"]} == {"Active"}


@pytest.fixture
def folders(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Those in which servers that are started from here on put what is read once."""
    begun: list[Path] = []
    begin = spool.Spool.__init__

    def note(one: spool.Spool, parent: Path | None = None) -> None:
        begin(one, parent)
        begun.append(one.folder)

    monkeypatch.setattr(spool.Spool, "__init__", note)
    return begun


def left_over(folder: Path) -> list[str]:
    """Files that answers were read from, once all of them have been sent."""
    until = time.monotonic() + 5
    while (found := [one.name for one in folder.iterdir() if one.name != "lock"]) and time.monotonic() < until:
        time.sleep(0.01)
    return found


@pytest.fixture
def written(agency: Agency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Api, str]]:
    """A server for which two rows are many, and an upload of three that is written. Nothing of it is dealt with in the
    web process, which is this one; its children do not know of that."""
    monkeypatch.setattr(desk, "SMALL_ROWS", 2)

    def not_here(*_: object, **__: object) -> Any:
        raise AssertionError("it was done in the web process")

    monkeypatch.setattr("server.processes.errands.wire.write_log", not_here)
    monkeypatch.setattr("server.processes.errands.undo.undo", not_here)
    monkeypatch.setattr("server.processes.errands.undo.preview_undo", not_here)
    settings = agency.settings(tmp_path)
    with web(settings, agency.engine) as address, worker(settings, agency.engine):
        api = Api(address, agency.tokens["ADM"])
        upload_id = api.submit(table(insert("P2"), insert("P3"), insert("P4"))).json()["id"]
        assert api.wait(upload_id)["state"] == "complete"
        yield api, upload_id


def test_the_log_of_a_large_upload_is_made_beside_the_web_process_and_leaves_no_file(
    folders: list[Path], written: tuple[Api, str], agency: Agency
) -> None:
    api, upload_id = written
    path = f"/v1/uploads/{upload_id}/log"
    assert [row["participant_id"] for row in api.get(path).json()["rows"]] == ["P2", "P3", "P4"]
    text = api.get(f"{path}?format=csv").content.decode("utf-8-sig")
    assert [row["Result"] for row in csv.DictReader(io.StringIO(text))] == ["begun"] * 3
    book = load_workbook(io.BytesIO(api.get(f"{path}?format=xlsx").content))
    assert [row[2].value for row in book["Log"].iter_rows(min_row=16)] == ["P2", "P3", "P4"]
    assert left_over(folders[-1]) == []
    with reading(agency.engine) as connection:
        looked = select(audit.c.who, audit.c.detail, audit.c.upload_id).where(audit.c.what == "log looked at")
        assert connection.execute(looked).all() == [("ADM", "3 rows", upload_id)] * 3


def test_a_large_upload_is_taken_back_beside_the_web_process(written: tuple[Api, str], agency: Agency) -> None:
    api, upload_id = written
    before = len(agency.assignments())
    told = [
        api("POST", f"/v1/uploads/{upload_id}/undo{query}").json()["reversed"] for query in ("?preview=true", "", "")
    ]
    assert [told, len(agency.assignments())] == [[3, 3, 3], before - 3]
    assert api.upload(upload_id)["state"] == "undone"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a file that is always full")
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_full_disk_for_a_log_is_told_in_a_sentence(
    written: tuple[Api, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api, upload_id = written

    def full(_spool: object) -> Path:
        path = tmp_path / "full"
        path.symlink_to("/dev/full")
        return path

    monkeypatch.setattr("server.processes.spool.Spool.new", full)
    answer = api.get(f"/v1/uploads/{upload_id}/log")
    assert [answer.status_code, answer.json()["code"]] == [503, "disk-full"]
    assert not (tmp_path / "full").is_symlink(), "nothing of it stays"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a file that is always full")
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of openpyxl's half-written parts
@pytest.mark.parametrize("writer", ["et_xmlfile", "lxml.etree"])
def test_a_full_disk_for_what_a_library_makes_is_told_in_a_sentence(
    written: tuple[Api, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writer: str
) -> None:
    def full() -> str:
        path = tmp_path / "full.xml"
        path.symlink_to("/dev/full")
        return str(path)

    monkeypatch.setattr("openpyxl.worksheet._writer.create_temporary_file", full)
    monkeypatch.setattr("openpyxl.worksheet._writer.xmlfile", pytest.importorskip(writer).xmlfile)
    answer = written[0].get("/v1/template")
    gc.collect()  # what is half written goes while its warnings are expected
    assert [answer.status_code, answer.json()["code"]] == [503, "disk-full"]


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)  # on SQLite one writes at a time, of all sites
def test_people_who_wait_for_their_site_s_lock_keep_no_other_site_from_its_changes(
    call: Call, agency: Agency, address: str, tmp_path: Path
) -> None:
    other = found_agency(agency.url, agency.engine, tmp_path, "Other")
    people = [call(who) for who in ("S1", "S2", "ADM")]
    answers = [api("POST", "/v1/uploads?test_rows=1", json=table(insert("P99")), headers=KEYED) for api in people]
    roads = [f"/v1/uploads/{answer.json()['id']}/roll-back" for answer in answers]
    word = {"column": "Program ID", "value": "Yess", "code": "unknown-program", "replacement": "YES"}
    with ThreadPoolExecutor(12) as threads:
        with writing(agency.engine) as connection:
            lock_site(connection, agency.site_id)
            took = time.monotonic()
            gone = people[0]("POST", "/v1/uploads/nosuch/roll-back").status_code
            assert [gone, time.monotonic() - took < 5] == [404, True], "nobody waits for what is not there"
            asks = [*zip(people, roads, strict=True)] * 4
            waiting = [threads.submit(api, "POST", road) for api, road in asks]
            time.sleep(0.5)
            took = time.monotonic()
            kept = Api(address, other.tokens["S2"])("POST", "/v1/remembered", json={"fixes": [word]})
            assert [kept.status_code, time.monotonic() - took < 5] == [200, True]
            assert not any(one.done() for one in waiting)
        assert {one.result().status_code for one in waiting} == {409}, "it needs fixes, so nothing is written yet"
