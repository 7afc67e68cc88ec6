"""Every refusal is a problem document with a stable code and a sentence that says what to do."""

from __future__ import annotations

import base64
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from openpyxl import Workbook
from sqlalchemy import Engine, update

from server.http.refusals import REFUSAL_KINDS, codes_with
from server.records.database import open_database, writing
from server.records.tables import tokens
from server.records.tokens import create_token
from tests.support.served import HEADER, Agency, Api, Call, agency_in, insert, table, web


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One agency and one server for all of these tests: none of them changes what another finds."""
    folder = tmp_path_factory.mktemp("refusals")
    with agency_in(folder) as agency, web(agency.settings(folder, max_packed_bytes=300_000), agency.engine) as address:
        yield agency, address


@pytest.fixture
def api(served: tuple[Agency, str]) -> Api:
    agency, address = served
    return Api(address, agency.tokens["ADM"])


def is_problem(answer: requests.Response, status: int, code: str) -> dict[str, Any]:
    """Checks the shape of a refusal, and gives it."""
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["code"]) == (status, code), body
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] in ("no-store", "private, no-cache")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert body["status"] == status
    assert body["type"] == f"urn:caseload:problem:{code}"
    assert body["title"]
    assert body["detail"].endswith(".")
    assert "{" not in body["detail"] or code == "table-invalid"
    return body


def test_every_kind_of_refusal_says_something_and_has_a_status() -> None:
    for code, kind in REFUSAL_KINDS.items():
        assert kind.code == code
        assert kind.title
        assert kind.detail.endswith((".", "{why}"))
    assert codes_with(413) == ["work-too-large", "fixes-too-many", "file-too-large"]
    assert codes_with(415) == ["media-type", "file-type"]


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "token-missing"),
        ("", "token-missing"),
        ("Basic Zm9vOmJhcg==", "token-missing"),
        ("Bearer ", "token-missing"),
        ("Bearer nonsense", "token-invalid"),
    ],
)
def test_a_call_without_a_good_token_says_which_way_it_is_bad(
    served: tuple[Agency, str], header: str | None, code: str
) -> None:
    headers = {} if header is None else {"Authorization": header}
    for path in ("/v1/me", "/v1/reference", "/v1/uploads", "/v1/uploads/x", "/v1/assignments", "/v1/template"):
        answer = requests.get(served[1] + path, headers=headers, timeout=30)
        is_problem(answer, 401, code)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    for path in ("/v1/uploads", "/v1/validations"):
        is_problem(requests.post(served[1] + path, json=table(), headers=headers, timeout=30), 401, code)


def test_an_expired_and_a_revoked_token_say_so(served: tuple[Agency, str]) -> None:
    agency, address = served
    with writing(agency.engine) as connection:
        old = create_token(connection, agency.site_id, "S1", 1, "old", datetime.now(UTC) - timedelta(days=2))
        gone = create_token(connection, agency.site_id, "S1", 1, "gone")
        connection.execute(update(tokens).where(tokens.c.label == "gone").values(revoked_at=datetime.now(UTC)))
    is_problem(Api(address, old).get("/v1/me"), 401, "token-expired")
    is_problem(Api(address, gone).get("/v1/me"), 401, "token-revoked")


def test_an_unknown_address_and_a_wrong_method_are_named(api: Api) -> None:
    assert "/v1/nowhere" in is_problem(api.get("/v1/nowhere"), 404, "not-found")["detail"]
    is_problem(api.get("/docs"), 404, "not-found")
    wrong = api("DELETE", "/v1/uploads")
    assert "DELETE" in is_problem(wrong, 405, "method-not-allowed")["detail"]
    assert wrong.headers["Allow"]


def test_an_unknown_upload_is_named(api: Api) -> None:
    for path in ("", "/problems", "/log"):
        assert "abc" in is_problem(api.get(f"/v1/uploads/abc{path}"), 404, "upload-not-found")["detail"]
    is_problem(api.fix("abc"), 404, "upload-not-found")
    is_problem(api("POST", "/v1/uploads/abc/continue"), 404, "upload-not-found")
    is_problem(api("POST", "/v1/uploads/abc/cancel"), 404, "upload-not-found")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/v1/uploads?limit=0", "request-invalid"),
        ("/v1/uploads?limit=many", "request-invalid"),
        ("/v1/uploads?state=done", "request-invalid"),
        ("/v1/assignments?open=perhaps", "request-invalid"),
        ("/v1/assignments?casewroker=S1", "parameter-unknown"),
        ("/v1/template?program=both", "request-invalid"),
        ("/v1/template?format=ods", "request-invalid"),
        ("/v1/me?verbose=1", "parameter-unknown"),
    ],
)
def test_a_parameter_that_is_not_understood_is_named(api: Api, path: str, code: str) -> None:
    is_problem(api.get(path), 422, code)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/uploads?cursor=nonsense",
        "/v1/uploads?cursor=" + base64.urlsafe_b64encode(b'["2024-01-01", "x"]').decode(),
        "/v1/assignments?cursor=" + base64.urlsafe_b64encode(b'["x"]').decode(),
        "/v1/assignments?cursor=" + base64.urlsafe_b64encode(b"[2147483648]").decode(),
        "/v1/assignments?cursor=" + base64.urlsafe_b64encode(b"[-2147483649]").decode(),
        "/v1/assignments?cursor=" + base64.urlsafe_b64encode(b"[9223372036854775808]").decode(),
        "/v1/assignments?cursor=" + base64.urlsafe_b64encode(b"[" * 5000).decode(),
        "/v1/uploads?cursor=" + base64.urlsafe_b64encode(b'["0001-01-01T00:00:00+23:59", "x"]').decode(),
        "/v1/uploads?cursor=" + base64.urlsafe_b64encode(b'["9999-12-31T23:59:59-23:59", "x"]').decode(),
        "/v1/uploads?cursor=" + base64.urlsafe_b64encode(b'["2026-01-01T00:00:00+00:00", "\\ud800"]').decode(),
        "/v1/uploads?cursor=" + base64.urlsafe_b64encode(b'["2026-01-01T00:00:00+00:00", "\\u0000"]').decode(),
    ],
)
def test_a_cursor_that_leads_to_no_page_is_told_so(api: Api, path: str) -> None:
    is_problem(api.get(path), 404, "cursor-invalid")


@pytest.mark.parametrize("test_rows", ["0", "1001", "-1", "two", "1.5"])
def test_a_number_of_test_rows_that_cannot_be_is_not_passed_over_as_if_all_rows_were_meant(
    api: Api, test_rows: str
) -> None:
    path = f"/v1/uploads?test_rows={test_rows}"
    answer = api("POST", path, json=table(insert()), headers={"Idempotency-Key": "test"})
    is_problem(answer, 422, "request-invalid")
    assert api.get("/v1/uploads").json()["uploads"] == []


def test_an_upload_needs_an_idempotency_key(api: Api) -> None:
    is_problem(api("POST", "/v1/uploads", json=table(insert())), 400, "idempotency-key-missing")
    for key in ("k", "k" * 201, "grün".encode("latin-1")):
        answer = api("POST", "/v1/uploads", json=table(insert()), headers={"Idempotency-Key": key})
        is_problem(answer, 400, "idempotency-key-invalid")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "body-unreadable"),
        (b"{", "body-unreadable"),
        (b'{"header": [NaN], "rows": []}', "body-unreadable"),
        (b"[]", "table-invalid"),
        (b"7", "table-invalid"),
        (b"{}", "table-invalid"),
        (b'{"header": ["x"]}', "table-invalid"),
        (b'{"header": ["Start Date"], "rows": [["2024-01-01"]], "leave_out": [3]}', "table-invalid"),
        (b'{"header": ["Start Date"], "rows": [["2024-01-01"]], "leave_out": "2"}', "table-invalid"),
        (b'{"header": "x", "rows": []}', "table-invalid"),
        (b'{"header": [["x"]], "rows": []}', "table-invalid"),
        (b'{"header": ["x"], "rows": {}}', "table-invalid"),
        (b'{"header": ["Participant ID"], "rows": ["P1"]}', "table-invalid"),
        (b'{"header": ["Participant ID"], "rows": [{"Participant ID": "P1"}]}', "table-invalid"),
        (b'{"header": ["Participant ID"], "rows": [[["P1"]]]}', "table-invalid"),
        (b'{"header": ["Participant ID"], "rows": [["P\\u0000"]]}', "table-invalid"),
        (b'{"header": ["x"], "rows": [], "sheet": 1}', "table-invalid"),
        (b'{"header": ["x"], "rows": [], "filename": 1}', "table-invalid"),
    ],
)
def test_a_body_that_is_no_table_is_refused(api: Api, body: bytes, code: str) -> None:
    answer = api("POST", "/v1/validations", data=body, headers={"Content-Type": "application/json"})
    is_problem(answer, 400 if code == "body-unreadable" else 422, code)


@pytest.mark.parametrize(
    "numbers", [[2], [2, 3, 4], [3, 2], [2, 2], [0, 1], [-1, 1], [2, "3"], [2, 3.0], [2, True], 5, [2, 2_000_000]]
)
def test_row_numbers_are_one_for_each_row_positive_and_ascending(api: Api, numbers: Any) -> None:
    is_problem(api.validate(table(insert(), insert("P2"), row_numbers=numbers)), 422, "table-invalid")


@pytest.mark.parametrize(
    "versions",
    [
        [1], {"x": 1}, {"2": "1"}, {"2": 0}, {"2": 2**40}, {"2": [1]}, {"2": []}, {"2": [1, 2, 3]}, {"2": [1, "2"]},
        {"2": [1, None, 2]}, {"2": [1, -2]}, {"2": [1, True]}, {"2": [0, 5]}, {"2": [1, 2**63]}, {"2": [[1], 2]},
    ],
)  # fmt: skip
def test_versions_are_row_numbers_with_versions(api: Api, versions: Any) -> None:
    is_problem(api.validate(table(insert(), versions=versions)), 422, "table-invalid")


def test_a_file_that_is_refused_whole_keeps_its_code(api: Api) -> None:
    def send(name: str, content: bytes) -> requests.Response:
        return api("POST", "/v1/validations", files={"file": (name, content)})

    is_problem(send("list.ods", b"x"), 415, "file-type")
    is_problem(send("list.xlsx", b"not a workbook"), 422, "file-unreadable")
    is_problem(send("list.csv", b""), 422, "no-rows")
    is_problem(send("list.csv", (",".join(HEADER) + "\n").encode()), 422, "no-rows")
    is_problem(send("list.csv", b"Start Date,Begin Date\n2024-01-01,2024-01-01\n"), 422, "header-repeated")
    missing = is_problem(send("list.csv", b"Participant ID,Start Date\nP1,2024-01-01\n"), 422, "header-missing")
    assert "Update or Insert" in missing["detail"]
    is_problem(send("list.csv", b"x" * 400_000), 413, "file-too-large")


def test_a_table_that_lacks_columns_or_rows_is_refused_as_a_file_is(api: Api) -> None:
    is_problem(api.validate({"header": HEADER[1:], "rows": [insert()[1:]]}), 422, "header-missing")
    is_problem(api.validate({"header": HEADER, "rows": []}), 422, "no-rows")
    is_problem(api.validate({"header": [*HEADER, "Begin Date"], "rows": [insert()]}), 422, "header-repeated")
    large = json.dumps(table(*[insert()] * 4000)).encode()
    answer = api("POST", "/v1/validations", data=large, headers={"Content-Type": "application/json"})
    is_problem(answer, 413, "file-too-large")

    def pieces() -> Any:  # a body that does not say how large it is
        for start in range(0, len(large), 50_000):
            yield large[start : start + 50_000]

    answer = api("POST", "/v1/validations", data=pieces(), headers={"Content-Type": "application/json"})
    is_problem(answer, 413, "file-too-large")


def test_a_form_without_a_file_and_other_media_types_are_refused(api: Api) -> None:
    is_problem(api("POST", "/v1/validations", files={"other": ("a.csv", b"x")}), 400, "file-absent")
    is_problem(api("POST", "/v1/validations", files={"file": (None, b"text")}), 400, "file-absent")
    for kind, status, code in (
        ("text/plain", 415, "media-type"),
        ("multipart/form-data", 400, "body-unreadable"),
        ("multipart/form-data; boundary=x", 400, "body-unreadable"),
    ):
        answer = api("POST", "/v1/validations", data=b"x", headers={"Content-Type": kind})
        is_problem(answer, status, code)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'{"fixes": [{"column": "x"}]}',
        b'{"leave_out": ["two"]}',
        b'{"fixs": []}',
        b'{"fixes": [{"column": "a", "value": "\\u0000", "code": "c", "replacement": "d"}]}',
    ],
)
def test_fixes_that_are_none_are_refused(api: Api, body: bytes) -> None:
    upload_id = api.submit(table(insert()), "to be fixed").json()["id"]
    answer = api("PUT", f"/v1/uploads/{upload_id}/fixes", data=body, headers={"Content-Type": "application/json"})
    is_problem(answer, 400 if body == b"{" else 422, "body-unreadable" if body == b"{" else "request-invalid")


def test_a_fault_of_our_own_is_a_problem_document_too(tmp_path: Path) -> None:
    """A database without our tables: nothing that a call could foresee."""
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    engine = open_database(url)
    agency = Agency(url, engine, 0)

    class Exploded(Exception):
        pass

    def explode(*_: object, **__: object) -> Engine:
        raise Exploded

    with web(agency.settings(tmp_path), engine) as address:
        is_problem(Api(address, "clt_x").get("/v1/me"), 500, "server-error")
        engine.connect = explode  # type: ignore[method-assign, assignment]
        is_problem(Api(address, "clt_x").get("/v1/me"), 500, "server-error")
        del engine.connect
    engine.dispose()


def test_cells_of_a_table_are_read_as_those_of_a_file(api: Api) -> None:
    rows = [
        insert("P2", relationship="#N/A"),
        insert("P3", caseworker="=A1"),
        insert("P4", others={"Case Number": 10**300}),
        insert("P1", start="x" * 256),
    ]
    report = api.validate(table(*rows)).json()
    assert [[problem["row"], problem["column"], problem["code"]] for problem in report["problems"]] == [
        [2, "Caseworker Relationship", "cell-error"],
        [3, "Caseworker Name", "cell-error"],
        [4, "Case Number", "cell-too-long"],
        [5, "Start Date", "cell-too-long"],
    ]


@pytest.mark.parametrize("name", ["june.csv", "june.xlsx"])
def test_a_file_is_taken_wherever_a_table_is(api: Api, name: str) -> None:
    rows = [HEADER, insert("P2", caseworker="Nobody Known")]
    if name.endswith("csv"):
        content = "\n".join(",".join(row) for row in rows).encode()
    else:
        book = Workbook()
        for row in rows:
            book.active.append(row)
        stream = io.BytesIO()
        book.save(stream)
        content = stream.getvalue()
    report = api("POST", "/v1/validations", files={"file": (name, content)})
    assert report.status_code == 200
    assert [problem["code"] for problem in report.json()["problems"]] == ["unknown-staff"]
    sent = api("POST", "/v1/uploads", files={"file": (name, content)}, headers={"Idempotency-Key": name})
    assert (sent.status_code, sent.json()["filename"], sent.json()["received"]) == (202, name, 1)


NUL_PATHS = (
    *(f"GET /v1/uploads/{{nul}}{rest}" for rest in ("", "/problems", "/log")),
    *(f"POST /v1/uploads/{{nul}}/{what}" for what in ("continue", "cancel", "keep", "roll-back", "undo")),
    "POST /v1/uploads/{nul}/undo?preview=true",
    "PUT /v1/uploads/{nul}/fixes",
    "DELETE /v1/remembered/{nul}",
)


def test_nothing_is_called_by_a_nul_character(call: Call) -> None:
    """No database keeps one, and PostgreSQL cannot even be asked for it."""
    api = call("ADM")
    for nul in ("%00", "a%00b"):
        for path in NUL_PATHS:
            method, _, where = path.format(nul=nul).partition(" ")
            answer = api(method, where, **({"json": {"fixes": []}} if method == "PUT" else {}))
            assert answer.status_code == 404, path
        assert api.get(f"/v1/assignments?cursor={nul}").status_code == 404
        for name in ("program", "caseworker", "participant"):
            assert api.get(f"/v1/assignments?{name}={nul}").status_code == 422
