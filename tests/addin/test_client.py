"""Whatever the network or the server does, the client ends in one plain sentence, and repeats what may be repeated."""

from __future__ import annotations

import http.server
import json
import os
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from addin.client import SAFE, Client
from addin.stopped import ClientError
from tests.addin.conftest import Agency, free_port, insert, program, serving, write_agency
from workbook.columns import TemplateChoice
from workbook.report import FixesIn

TOKEN = "clt_do-not-show-this"
UPLOAD = {
    "id": "u1", "type": "Caseload", "filename": "a.xlsx", "state": "complete", "received": 1, "accepted": 1,
    "left_out": 0, "progress": {"done": 1, "total": 1}, "submitted_by": "ADM", "submitted_at": "2026-01-01T00:00:00Z",
    "finished_at": None, "reason": None,
}  # fmt: skip


class Answers:
    """What a stand-in for a network's odd corners answers, one after the other, and what it was asked."""

    def __init__(self, *answers: tuple[int, dict[str, str], bytes]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str, dict[str, str]]] = []


@contextmanager
def answering(*answers: tuple[int, dict[str, str], bytes]) -> Iterator[tuple[str, Answers]]:
    kept = Answers(*answers)

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            kept.asked.append((self.command, self.path, dict(self.headers)))
            status, headers, body = kept.answers.pop(0) if len(kept.answers) > 1 else kept.answers[0]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = answer  # noqa: N815

        def log_message(self, *_: Any) -> None:
            return None

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", kept
        finally:
            server.shutdown()
            thread.join()


def as_json(content: Any, status: int = 200, **headers: str) -> tuple[int, dict[str, str], bytes]:
    return status, {"Content-Type": "application/json", **headers}, json.dumps(content).encode()


def problem(status: int, code: str, detail: str) -> tuple[int, dict[str, str], bytes]:
    body = json.dumps({"type": "about:blank", "title": code, "status": status, "detail": detail, "code": code})
    return status, {"Content-Type": "application/problem+json"}, body.encode()


HTML = (200, {"Content-Type": "text/html"}, b"<html><h1>Welcome to the hotel's network</h1></html>")


def table(*people: str) -> dict[str, Any]:
    rows = [insert(person) for person in people]
    header = [
        "First Name", "Last Name", "Date of Birth", "Case Number", "SSN", "End Date", "Reason for Dismissal",
        *insert("x"),
    ]  # fmt: skip
    return {"header": header, "rows": [[row.get(name) for name in header] for row in rows], "filename": "a.xlsx"}


def test_a_server_that_is_away_is_named_and_the_rows_are_safe() -> None:
    with Client(f"http://127.0.0.1:{free_port()}", TOKEN, retries=0) as client, pytest.raises(ClientError) as stopped:
        client.me()
    assert stopped.value.code == "server-away"
    assert client.url in stopped.value.sentence
    assert stopped.value.sentence.endswith(SAFE)


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        (HTML, "not-caseload", "is not a caseload server"),
        ((404, {"Content-Type": "text/html"}, b"nothing here"), "not-caseload", "is not a caseload server"),
        ((200, {"Content-Type": "application/json"}, b"{broken"), "not-caseload", "is not a caseload server"),
        (as_json(["a", "list"]), "not-caseload", "is not a caseload server"),
        ((302, {"Location": "http://127.0.0.1:1/login"}, b""), "not-caseload", "sign in first"),
        ((503, {"Content-Type": "text/plain"}, b"busy"), "server-away", "not available right now"),
        (problem(401, "token-expired", "x"), "token-expired", "Your token has expired. Ask your site administrator"),
        (problem(401, "token-revoked", "x"), "token-revoked", "Your token was revoked. Ask your site administrator"),
        (problem(401, "token-invalid", "x"), "token-invalid", "does not know your token. Ask your site administrator"),
        (problem(403, "not-allowed", "Only administrators may."), "not-allowed", "Only administrators may."),
        (problem(409, "key-used", "That key is used."), "key-used", "That key is used."),
        (problem(500, "internal", "The server failed."), "internal", f"The server failed. {SAFE}"),
    ],
)
def test_every_odd_answer_is_one_sentence(answer: tuple[int, dict[str, str], bytes], code: str, said: str) -> None:
    with answering(answer) as (url, _), Client(url, TOKEN, retries=0) as client, pytest.raises(ClientError) as stopped:
        client.me()
    assert stopped.value.code == code
    assert said in stopped.value.sentence
    assert TOKEN not in stopped.value.sentence
    assert "\n" not in stopped.value.sentence


@pytest.mark.parametrize("retries", [0, 1])
def test_a_server_that_takes_too_long_is_told_as_such(retries: int) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with Client(url, TOKEN, retries, answer_seconds=0.1) as client, pytest.raises(ClientError) as stopped:
            client.me()
    assert "takes too long to answer" in stopped.value.sentence


def test_a_server_that_goes_away_while_it_works_keeps_what_it_has_received() -> None:
    running = as_json(UPLOAD | {"state": "writing"})
    away = (503, {}, b"")
    with answering(running, away) as (url, _), Client(url, TOKEN, 0) as client, pytest.raises(ClientError) as stopped:
        client.wait("u1")
    assert "has received the rows and works on them" in stopped.value.sentence


def test_an_answer_of_another_version_is_told_as_such() -> None:
    answer = as_json(UPLOAD | {"colour": "blue"})
    with answering(answer) as (url, _), Client(url, TOKEN) as client, pytest.raises(ClientError) as stopped:
        client.upload("u1")
    assert stopped.value.code == "version-mismatch"


def test_a_page_is_never_saved_as_a_template() -> None:
    with answering(HTML) as (url, _), Client(url, TOKEN) as client, pytest.raises(ClientError) as stopped:
        client.template(TemplateChoice())
    assert stopped.value.code == "not-caseload"


def test_a_call_is_repeated_when_the_server_is_busy_with_the_same_key() -> None:
    busy = (503, {"Retry-After": "0"}, b"")
    with answering(busy, busy, as_json(UPLOAD)) as (url, kept), Client(url, TOKEN) as client:
        assert client.submit(table("P1"), "key-1").id == "u1"
    assert [headers["Idempotency-Key"] for _, _, headers in kept.asked] == ["key-1"] * 3


def test_the_reference_is_fetched_again_only_when_it_changed() -> None:
    answers = as_json({"programs": []}, ETag='"a"'), (304, {"ETag": '"a"'}, b""), as_json({"programs": [1]}, ETag='"b"')
    with answering(*answers) as (url, kept), Client(url, TOKEN) as client:
        assert [client.reference() for _ in range(3)] == [{"programs": []}, {"programs": []}, {"programs": [1]}]
    assert [headers.get("If-None-Match") for _, _, headers in kept.asked] == [None, '"a"', '"a"']


def test_an_upload_id_cannot_leave_its_place_in_the_address() -> None:
    with answering(as_json(UPLOAD)) as (url, kept), Client(url, TOKEN) as client:
        client.upload("../me?x=1")
    assert kept.asked[0][1] == "/v1/uploads/..%2Fme%3Fx%3D1"


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("https://caseload.example.org/", "https://caseload.example.org"),
        ("caseload.example.org", "https://caseload.example.org"),
        ("localhost:8741", "http://localhost:8741"),
        ("127.0.0.1:8741/v1", "http://127.0.0.1:8741"),
        (" http://host:1/caseload/ ", "http://host:1/caseload"),
    ],
)
def test_an_address_is_taken_as_people_write_it(given: str, used: str) -> None:
    assert Client(given, None).url == used


@pytest.mark.parametrize(
    "given", ["", "  ", "ftp://host", "http://", "http://a b", "http://host:notaport", "http://u:p@h"]
)
def test_what_is_no_address_is_told_as_such(given: str) -> None:
    with pytest.raises(ClientError) as stopped:
        Client(given, None)
    assert stopped.value.code == "no-address"


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "ünicode"])
def test_what_is_no_token_is_told_without_showing_it(token: str) -> None:
    with pytest.raises(ClientError) as stopped:
        Client("http://localhost", token)
    assert stopped.value.code == "token-invalid"
    assert not token or token not in stopped.value.sentence


def test_a_client_never_shows_its_token() -> None:
    assert TOKEN not in repr(Client("http://localhost", TOKEN))


def test_the_server_knows_who_the_token_is_for(client: Client) -> None:
    me = client.me()
    assert [me["staff_id"], me["name"], me["administrator"]] == ["ADM", "Alice Admin", True]
    assert client.health()["version"]


def test_without_a_token_the_sentence_says_that_none_is_set(agency: Agency) -> None:
    with Client(agency.url, None) as client, pytest.raises(ClientError, match="No token is set for") as stopped:
        client.me()
    assert stopped.value.code == "token-missing"


def test_a_revoked_token_is_told_as_such(agency: Agency) -> None:
    token = agency.token_for("S2")
    listed = json.loads(program(agency.environment, "token", "list", "--json"))["tokens"]
    number = next(entry["number"] for entry in listed if entry["staff_id"] == "S2")
    program(agency.environment, "token", "revoke", str(number))
    with agency.client(token) as client, pytest.raises(ClientError, match="Your token was revoked"):
        client.me()


def test_the_reference_of_a_real_server_comes_back_unchanged_from_the_cache(client: Client) -> None:
    first = client.reference()
    assert sorted(program["name"] for program in first["programs"]) == ["Food Pantry", "Youth Shelter"]
    assert client.reference() is first


def test_a_whole_upload_with_a_fix_on_the_server(client: Client, agency: Agency) -> None:
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
    assert client.log_file(upload.id, "xlsx")[:2] == b"PK"
    assert b"left out" in client.log_file(upload.id, "csv")
    assert upload.id in [entry.id for entry in client.uploads()]


def test_the_same_key_and_rows_are_the_same_upload_and_other_rows_are_refused(client: Client, agency: Agency) -> None:
    rows = table(agency.person())
    first = client.submit(rows, "test-same-1")
    assert client.submit(rows, "test-same-1").id == first.id
    with pytest.raises(ClientError) as stopped:
        client.submit(table(agency.person()), "test-same-1")
    assert stopped.value.status == 409
    assert client.wait(first.id).state == "complete"


def test_an_upload_of_somebody_else_is_not_found(client: Client, agency: Agency) -> None:
    upload = client.submit(table(agency.person()), "test-mine-1")
    client.wait(upload.id)
    with agency.client(agency.token_for("S1")) as other, pytest.raises(ClientError) as stopped:
        other.upload(upload.id)
    assert stopped.value.status == 404


def test_an_upload_outlives_a_server_that_is_started_again(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("again")
    environment = os.environ | {"CASELOAD_DATABASE_URL": f"sqlite:///{folder / 'a.db'}"}
    write_agency(folder / "data")
    program(environment, "import", str(folder / "data"))
    token = json.loads(program(environment, "token", "create", "ADM", "--json"))["token"]
    port = free_port()
    with serving(environment, folder / "log", port) as url, Client(url, token) as client:
        upload = client.submit(table("P0001", "nobody"), "k1")
        assert client.wait(upload.id).state == "needs-fixes"
        client.put_fixes(upload.id, FixesIn(leave_out=[3]))
    with Client(url, token, retries=0) as client, pytest.raises(ClientError, match="does not answer"):
        client.go_on(upload.id)
    with serving(environment, folder / "log", port) as url, Client(url, token) as client:
        client.go_on(upload.id)
        assert [client.wait(upload.id).state, client.submit(table("P0001", "nobody"), "k1").id] == [
            "complete", upload.id,
        ]
