"""Calls that are made to hurt: each gets a problem with a code, and the next caller an answer."""

from __future__ import annotations

import contextlib
import gzip
import json
import logging
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from server.http import intake, protocol
from tests.support.served import HEADER, Api, agency_in, insert, table, web

LIMIT = 3_000_000


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder = tmp_path_factory.mktemp("hostile-calls")
    with agency_in(folder) as agency, web(agency.settings(folder, max_packed_bytes=LIMIT), agency.engine) as address:
        yield Api(address, agency.tokens["ADM"])


@contextlib.contextmanager
def line_to(api: Api) -> Iterator[socket.socket]:
    """A bare connection to the server."""
    parts = urlsplit(api.address)
    assert parts.hostname is not None
    with socket.create_connection((parts.hostname, parts.port or 80), timeout=20) as line:
        yield line


def head(api: Api, *headers: str, call: str = "POST /v1/validations") -> bytes:
    lines = [f"{call} HTTP/1.1", "Host: test", *(f"{name}: {value}" for name, value in api._headers.items()), *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def answer_on(line: socket.socket) -> tuple[int, str]:
    """The status and the code of the one answer that comes before the server hangs up."""
    got = b""
    while piece := line.recv(65_536):
        got += piece
        begun, found, body = got.partition(b"\r\n\r\n")
        if found:
            lines = begun.lower().split(b"\r\n")
            size = next(int(one.split(b":")[1]) for one in lines if one.startswith(b"content-length"))
            if len(body) >= size:
                break
    begun, _, body = got.partition(b"\r\n\r\n")
    return int(begun.split()[1]), json.loads(body)["code"]


JSON = "Content-Type: application/json"
NESTED = b'{"header": ' + b"[" * 1_000_000 + b"]" * 1_000_000 + b', "rows": []}'
BODIES = {
    "nothing": (b"", 400, "body-unreadable"),
    "half a table": (b'{"header": ["Update or Insert"], "rows": [["Ins', 400, "body-unreadable"),
    "deep nesting": (NESTED, 400, "body-unreadable"),
    "bytes that are no text": (b'{"header": ["\xff\xfe"], "rows": []}', 400, "body-unreadable"),
    "half a surrogate": (rb'{"header": ["\ud800"], "rows": [["x"]]}', 400, "body-unreadable"),
    "not a number": (b'{"header": ["SSN"], "rows": [[NaN]]}', 400, "body-unreadable"),
    "without end": (b'{"header": ["SSN"], "rows": [[-Infinity]]}', 400, "body-unreadable"),
    "beyond every number": (b'{"header": ["SSN"], "rows": [[1e999]]}', 422, "header-missing"),
    "a list instead": (b"[]", 422, "table-invalid"),
    "rows inside rows": (b'{"header": ["SSN"], "rows": [[["x"]]]}', 422, "table-invalid"),
    "objects inside rows": (b'{"header": ["SSN"], "rows": [[{"a": 1}]]}', 422, "table-invalid"),
    "a row that is none": (b'{"header": ["SSN"], "rows": ["x"]}', 422, "table-invalid"),
    "a member nobody knows": (b'{"header": ["SSN"], "rows": [["x"]], "admin": true}', 422, "table-invalid"),
    "rows beyond any sheet": (b'{"header": ["SSN"], "rows": [["x"]], "row_numbers": [1048577]}', 422, "table-invalid"),
    "packed": (gzip.compress(json.dumps(table(insert())).encode()), 400, "body-unreadable"),
    "more than fits": (b" " * (LIMIT + 1), 413, "file-too-large"),
}


@pytest.mark.parametrize("what", BODIES)
def test_a_body_that_is_made_to_hurt_gets_a_code(api: Api, what: str) -> None:
    body, status, code = BODIES[what]
    answer = api("POST", "/v1/validations", data=body, headers={"Content-Type": "application/json"})
    assert [answer.status_code, answer.json()["code"], answer.json()["detail"][-1]] == [status, code, "."]


def test_a_table_of_ten_thousand_columns_is_answered(api: Api) -> None:
    wide = [f"column {number}" for number in range(10_000)]
    answer = api.validate({"header": HEADER + wide, "rows": [[*insert(), *wide]]})
    assert [answer.status_code, answer.json()["counts"]["errors"]] == [200, 0]


def test_a_number_of_thousands_of_digits_is_a_cell_that_is_too_long(api: Api) -> None:
    body = json.dumps(table(insert())).replace('"P1"', "9" * 4_000)
    answer = api("POST", "/v1/validations", data=body, headers={"Content-Type": "application/json"})
    assert [problem["code"] for problem in answer.json()["problems"]] == ["cell-too-long"]


def test_a_member_given_twice_counts_once_and_rows_may_be_ragged(api: Api) -> None:
    body = json.dumps(table(insert())).replace('"rows"', '"rows": [["?"]], "rows"')
    assert api("POST", "/v1/validations", data=body, headers={"Content-Type": "application/json"}).json()["counts"] == {
        "rows": 1, "valid": 1, "errors": 0, "warnings": 0,
    }  # fmt: skip
    assert api.validate({"header": HEADER, "rows": [[], insert(), ["Insert"]]}).status_code == 200


@pytest.mark.parametrize("how", ["told", "in pieces"])
def test_a_body_over_the_limit_is_refused_before_it_has_arrived(api: Api, how: str) -> None:
    size = f"Content-Length: {10**12}" if how == "told" else "Transfer-Encoding: chunked"
    with line_to(api) as line:
        line.sendall(head(api, JSON, size))
        if how == "in pieces":
            with contextlib.suppress(OSError):  # it need not take all of it
                for _ in range(LIMIT // 100_000 + 2):
                    line.sendall(b"%x\r\n" % 100_000 + b" " * 100_000 + b"\r\n")
        assert answer_on(line) == (413, "file-too-large")


FORMS = {
    "no boundary": ("multipart/form-data", b"x"),
    "a boundary that never comes": ("multipart/form-data; boundary=b", b"x" * 1000),
    "cut short": ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="file"; filen'),
    "headers without end": ("multipart/form-data; boundary=b", b"--b\r\n" + b"X-Long: y\r\n" * 10_000),
    "two hundred fields": (
        "multipart/form-data; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="f"\r\n\r\nx\r\n' * 200 + b"--b--\r\n",
    ),
    "a field and no file": (
        "multipart/form-data; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nx\r\n--b--\r\n',
    ),
}


@pytest.mark.parametrize("what", FORMS)
def test_a_form_that_is_none_gets_a_code(api: Api, what: str) -> None:
    kind, body = FORMS[what]
    answer = api("POST", "/v1/validations", data=body, headers={"Content-Type": kind})
    assert [answer.status_code, answer.json()["code"] in ("body-unreadable", "file-absent")] == [400, True]


@pytest.mark.parametrize("what", [b"\x16\x03\x01\x02\x00\x01", b"GET\r\n\r\n", b"X: " + b"y" * 200_000])
def test_what_is_no_request_is_told_so(api: Api, what: bytes) -> None:
    with line_to(api) as line:
        with contextlib.suppress(OSError):
            line.sendall(what + b"\r\n\r\n")
        assert answer_on(line) == (400, "request-unreadable")


def test_a_head_that_trickles_is_let_go(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.3)
    with line_to(api) as silent, line_to(api) as slow:
        slow.sendall(b"POST /v1/validations HTTP/1.1\r\nHost: te")
        assert api.get("/v1/health").status_code == 200
        assert [answer_on(silent), answer_on(slow)] == [(408, "request-slow")] * 2


def test_the_head_of_a_second_request_may_not_trickle_either(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.3)
    with line_to(api) as line:
        line.sendall(head(api, call="GET /v1/health"))
        while b'"version"' not in line.recv(65_536):
            pass
        line.sendall(b"GET /v1/hea")
        assert answer_on(line) == (408, "request-slow")


@pytest.mark.parametrize("manner", ["stops", "trickles"])
def test_a_body_that_stops_or_trickles_is_let_go(api: Api, monkeypatch: pytest.MonkeyPatch, manner: str) -> None:
    monkeypatch.setattr(intake, "SECONDS_BETWEEN_PIECES", 0.3)
    with line_to(api) as line:
        line.sendall(head(api, JSON, "Content-Length: 1000000") + b'{"header"')
        with contextlib.suppress(OSError):
            while manner == "trickles":
                time.sleep(0.05)
                line.sendall(b" ")
        assert answer_on(line) == (408, "request-slow")


def test_a_caller_who_leaves_in_the_middle_is_no_fault_of_the_server(
    api: Api, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        for kind in (JSON, "Content-Type: multipart/form-data; boundary=b"):
            with line_to(api) as line:
                line.sendall(head(api, kind, "Content-Length: 1000000") + b"--b\r\n")
        assert api.get("/v1/health").status_code == 200
        time.sleep(0.2)
    assert caplog.messages == []
