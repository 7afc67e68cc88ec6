"""Every call does what it says, against a real server, and against a stand-in where only the call matters."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from addin.api.client import Client
from addin.errors import ClientError
from tests.support.agency import crowd_in_shelter, write_agency
from tests.support.answers import UPLOAD, answering, as_json
from tests.support.own_server import Server, free_port, program, serving
from tests.support.sheets import insert
from workbook.report import FixesIn

TOKEN = "clt_do-not-show-this"


def table(*people: str) -> dict[str, Any]:
    rows = [insert(person) for person in people]
    header = [
        "First Name", "Last Name", "Date of Birth", "Case Number", "SSN", "End Date", "Reason for Dismissal",
        *insert("x"),
    ]  # fmt: skip
    return {"header": header, "rows": [[row.get(name) for name in header] for row in rows], "filename": "a.xlsx"}


def test_a_server_that_goes_away_while_it_works_keeps_what_it_has_received() -> None:
    running = as_json(UPLOAD | {"state": "writing"})
    away: tuple[int, dict[str, str], bytes] = (503, {}, b"")
    with answering(running, away) as (url, _), Client(url, TOKEN, 0) as client, pytest.raises(ClientError) as stopped:
        client.wait("u1")
    assert "has received the rows and works on them" in stopped.value.sentence


REFERENCE: dict[str, Any] = {
    "site": "Old", "date_order": "MDY", "duplicate_check": [], "one_primary": False, "programs": [], "staff": [],
    "feeder": {},
}  # fmt: skip
MORE = {"site": "New", "what a later server says": 1}


def test_the_reference_is_fetched_again_only_when_it_changed() -> None:
    answers = as_json(REFERENCE, ETag='"a"'), (304, {"ETag": '"a"'}, b""), as_json(REFERENCE | MORE, ETag='"b"')
    with answering(*answers) as (url, kept), Client(url, TOKEN) as client:
        assert [client.reference().site for _ in range(3)] == ["Old", "Old", "New"]
    assert [headers.get("If-None-Match") for _, _, headers in kept.asked] == [None, '"a"', '"a"']


@pytest.mark.parametrize(
    ("given", "asked"),
    [("../me?x=1", "..%2Fme%3Fx%3D1"), ("..", "-.."), (".", "-."), ("", "-"), ("\udcff", "%3F"), ("u1.", "u1.")],
)
def test_an_id_cannot_leave_its_place_in_the_address(given: str, asked: str) -> None:
    with answering(as_json(UPLOAD), as_json(UPLOAD)) as (url, kept), Client(url, TOKEN) as client:
        client.cancel(given)
        client.forget(given)
    assert [one[1] for one in kept.asked] == [f"/v1/uploads/{asked}/cancel", f"/v1/remembered/{asked}"]


def test_the_server_knows_who_the_token_is_for(client: Client) -> None:
    me = client.me()
    assert [me.staff_id, me.name, me.administrator] == ["ADM", "Alice Admin", True]
    assert client.health()["version"]


def test_the_reference_of_a_real_server_comes_back_unchanged_from_the_cache(client: Client) -> None:
    first = client.reference()
    assert sorted(program.name for program in first.programs) == [
        "Family Support", "Food Bank", "Twin Program", "Twin Program", "Youth Employment", "Youth Shelter",
    ]  # fmt: skip
    assert client.reference() is first


def test_a_whole_upload_with_a_fix_on_the_server(client: Client, agency: Server) -> None:
    good, wrong = agency.person(), "nobody-here"
    upload = client.submit(table(good, wrong), "test-fix-1")
    assert client.wait(upload.id).state == "needs-fixes"
    report = client.problems(upload.id)
    assert [(problem.row, problem.code) for problem in report.problems] == [(3, "unknown-participant")]
    with pytest.raises(ClientError) as stopped:
        client.go_on(upload.id)
    assert stopped.value.status == 409
    client.put_fixes(upload.id, FixesIn(leave_out=[3]))
    client.go_on(upload.id)
    done = client.wait(upload.id)
    assert [done.state, done.accepted, done.left_out] == ["complete", 1, 1]
    assert {row.row: row.result for row in client.log(upload.id)}[3] == "left out"
    assert upload.id in [entry.id for entry in client.uploads()]


def test_the_same_key_and_rows_are_the_same_upload_and_other_rows_are_refused(client: Client, agency: Server) -> None:
    rows = table(agency.person())
    first = client.submit(rows, "test-same-1")
    assert client.submit(rows, "test-same-1").id == first.id
    with pytest.raises(ClientError) as stopped:
        client.submit(table(agency.person()), "test-same-1")
    assert stopped.value.status == 409
    assert client.wait(first.id).state == "complete"


def test_an_upload_of_somebody_else_is_not_found(client: Client, agency: Server) -> None:
    upload = client.submit(table(agency.person()), "test-mine-1")
    client.wait(upload.id)
    with agency.client(agency.token_for("S1")) as other, pytest.raises(ClientError) as stopped:
        other.upload(upload.id)
    assert stopped.value.status == 404


def test_an_upload_outlives_a_server_that_is_started_again(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("again")
    environment = os.environ | {"CASELOAD_DATABASE_URL": f"sqlite:///{folder / 'a.db'}"}
    write_agency(folder / "data", crowd_in_shelter(1))
    program(environment, "import", str(folder / "data"))
    token = json.loads(program(environment, "token", "create", "ADM", "--json"))["token"]
    port = free_port()
    with serving(environment, folder / "log", port) as url, Client(url, token) as client:
        upload = client.submit(table("Q0001", "nobody"), "k1")
        assert client.wait(upload.id).state == "needs-fixes"
        client.put_fixes(upload.id, FixesIn(leave_out=[3]))
    with Client(url, token, retries=0) as client, pytest.raises(ClientError, match="does not answer"):
        client.go_on(upload.id)
    with serving(environment, folder / "log", port) as url, Client(url, token) as client:
        client.go_on(upload.id)
        assert [client.wait(upload.id).state, client.submit(table("Q0001", "nobody"), "k1").id] == [
            "complete",
            upload.id,
        ]
