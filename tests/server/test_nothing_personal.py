"""Whatever goes wrong: nothing of a person stands in a log, a mail, an address or the answer to a failure (SPEC 7)."""

from __future__ import annotations

import json
import logging
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError

from server.logs import JsonLines, TextLines, failure_of
from server.records.database import reading, writing
from server.records.tables import outbox, upload_sheets, uploads
from tests.support.served import HEADER, Agency, Api, insert, scripted, table
from workbook.files.packing import unpack

SERVER = (
    "from server.settings import Settings; from server.serve import serve\n"
    "if __name__ == '__main__': serve(Settings(), '127.0.0.1', 0, True)"
)
PERSON = {
    "First Name": "Zephyrine",
    "Last Name": "Quartzborough",
    "Date of Birth": "1987-06-05",
    "Case Number": "CASE-771177",
    "SSN": "823-65-4321",
}
MARKS = (*PERSON.values(), "823654321", "PERSON-5511", "token-of-hers")
"""What must stand nowhere; PERSON-5511 is a Participant ID."""


@contextmanager
def server(agency: Agency, folder: Path) -> Iterator[tuple[str, Path]]:
    """The server as an operator starts it, with its log as JSON: its address, and the file of the log."""
    mail = str(folder / "mail")
    with scripted(
        SERVER, agency, folder, CASELOAD_MAIL_FOLDER=mail, CASELOAD_ATTEMPTS_LIMIT="1", CASELOAD_LOG_FORMAT="json"
    ) as at:
        yield at


@contextmanager
def failing(engine: Engine, name: str) -> Iterator[None]:
    """A database that refuses to add to a table, and quotes what it was given, as databases do."""
    said = f"Key (first_name, ssn)=({PERSON['First Name']}, {PERSON['SSN']}) of PERSON-5511 already exists"
    if engine.dialect.name == "sqlite":
        create = [f"CREATE TRIGGER refuse BEFORE INSERT ON {name} BEGIN SELECT RAISE(ABORT, '{said}'); END"]
        drop = "DROP TRIGGER refuse"
    else:
        create = [
            "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"RAISE EXCEPTION 'duplicate: {said}' USING DETAIL = '{said}', ERRCODE = '23505'; END $$",
            f"CREATE TRIGGER refuse BEFORE INSERT ON {name} FOR EACH ROW EXECUTE FUNCTION refuse()",
        ]
        drop = f"DROP TRIGGER refuse ON {name}"
    with writing(engine) as connection:
        for statement in create:
            connection.exec_driver_sql(statement.replace("%", "%%"))
    yield
    with writing(engine) as connection:
        connection.exec_driver_sql(drop)


def test_a_rich_upload_and_every_failure_of_it_leave_nothing_personal_behind(agency: Agency, tmp_path: Path) -> None:
    row = insert("", others=PERSON)
    answers: list[requests.Response] = []

    def keep(answer: requests.Response) -> requests.Response:
        answers.append(answer)
        return answer

    with server(agency, tmp_path) as (address, log):
        api = Api(address, agency.tokens["ADM"])
        name = "Zephyrine Quartzborough.csv"
        content = "\n".join(",".join(cells) for cells in (HEADER, row)).encode()
        # What is right, and what is wrong with a row.
        assert keep(api.validate(table(row, insert("PERSON-5511"), filename=name))).status_code == 200
        sent = keep(api("POST", "/v1/uploads", files={"file": (name, content)}, headers={"Idempotency-Key": "01"}))
        api.wait(sent.json()["id"], "needs-fixes")
        keep(api.fix(sent.json()["id"], leave_out=[2, 99]))
        keep(api("POST", f"/v1/uploads/{sent.json()['id']}/continue"))
        api.wait(sent.json()["id"], "complete")
        # What is refused, with her data where it does not belong.
        keep(api.validate({"header": HEADER, "rows": [[["Zephyrine"]]]}))
        keep(api("POST", "/v1/validations", data=b'{"header": Zephyrine', headers={"Content-Type": "application/json"}))
        # (A file that is refused is called by its name, towards whoever sent it.)
        keep(api("POST", "/v1/validations", files={"file": ("june.xlsx", b"Quartzborough")}))
        keep(api.get("/v1/assignments?participant=PERSON-5511"))
        keep(api.get("/v1/assignments?particpant=PERSON-5511"))
        keep(api.get("/v1/uploads?state=Zephyrine", headers={"X-Request-ID": "Zephyrine"}))
        keep(api.get("/v1/uploads?cursor=Zephyrine"))
        api.get("/v1/uploads/PERSON-5511")  # says which upload is not there, to whoever named it
        api.get("/v1/people/PERSON-5511")
        keep(Api(address, "clt_token-of-hers-Zephyrine").get("/v1/me"))
        host, port = str(urlsplit(address).hostname), int(urlsplit(address).port or 0)
        with socket.create_connection((host, port)) as raw:
            raw.sendall(b"GET /Zephyrine Quartzborough\x00\x01 823-65-4321\r\nPERSON-5511\r\n\r\n")
            raw.recv(1000)
        # What fails here.
        with failing(agency.engine, "uploads"):
            broken = keep(api.submit(table(row, filename=name), "2"))
        assert (broken.status_code, broken.json()["code"]) == (500, "server-error")
        with failing(agency.engine, "assignments"):
            failed = keep(api.submit(table(insert("P3"), filename=name), "3")).json()["id"]
            assert api.wait(failed, "failed")["reason"]
        keep(api.get(f"/v1/uploads/{failed}"))
        until = time.monotonic() + 30
        while len(mails := list((tmp_path / "mail").glob("[!.]*.eml"))) < 2:  # not one that is being written
            assert time.monotonic() < until
            time.sleep(0.05)

    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert [mark for mark in MARKS if mark in log.read_text("utf-8")] == []
    assert {"answered", "An upload could not be carried out (attempt 1)."} <= {line["message"] for line in lines}
    (trouble,) = [line for line in lines if line["message"].startswith("An upload could not")]
    assert trouble["upload_id"] == failed
    assert "write.py" in trouble["failure"]
    (fault,) = [line for line in lines if line["message"].startswith("A call met an error")]
    assert fault["request_id"] == broken.headers["X-Request-ID"]
    assert fault["request_id"] in broken.json()["detail"]
    assert any("Error" in line.get("failure", "") for line in lines if line["logger"].startswith("uvicorn"))

    with reading(agency.engine) as connection:
        kept = [str(tuple(mail)) for mail in connection.execute(select(outbox))]
        reasons = [str(reason) for reason in connection.execute(select(uploads.c.reason)).scalars()]
        trail = [str(tuple(line)) for line in connection.execute(text("SELECT * FROM audit"))]
        sheets = [unpack(bytes(one)) for one in connection.execute(select(upload_sheets.c.packed)).scalars()]
    cells = [str(value) for sheet in sheets for column in sheet.columns.values() for value in column.values]
    assert PERSON["Last Name"] in cells, "the rows are kept"
    assert [cell for cell in cells if PERSON["SSN"] in cell or "823654321" in cell] == [], "and no SSN with them"
    places: dict[str, list[str]] = {
        "mails": [mail.read_text("utf-8") for mail in mails] + kept,
        "reasons": reasons,
        "audit trail": trail,
        "addresses": [answer.headers.get("Location", "") for answer in answers],
        "refusals": [answer.text for answer in answers if answer.status_code >= 400],
    }
    found = {place: [mark for mark in MARKS if any(mark in part for part in parts)] for place, parts in places.items()}
    assert found == {place: [] for place in places}
    assert [answer.url for answer in answers if PERSON["SSN"] in answer.text or "823654321" in answer.text] == []


def test_a_call_is_logged_by_its_name_and_not_by_its_address(agency: Agency, address: str, tmp_path: Path) -> None:
    told = StringIO()
    handler = logging.StreamHandler(told)
    handler.setFormatter(JsonLines())
    log = logging.getLogger("caseload.http")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        api = Api(address, agency.tokens["ADM"])
        given = "0123456789abcdef"
        api.get(f"/v1/uploads/{'a' * 32}?x=1", headers={"X-Request-ID": given})
        api.get("/v1/health")
        api.get("/v1/elsewhere")
        until = time.monotonic() + 30
        while told.getvalue().count("\n") < 2:  # a line is written once the answer is out
            assert time.monotonic() < until
            time.sleep(0.005)
    finally:
        log.removeHandler(handler)
        log.setLevel(logging.NOTSET)
    lines = [json.loads(line) for line in told.getvalue().splitlines()]
    assert [(line["method"], line["call"], line["status"]) for line in lines] == [
        ("GET", "/v1/uploads/{upload_id}", 422),
        ("GET", "elsewhere", 404),
    ]
    assert (lines[0]["request_id"], lines[0]["upload_id"]) == (given, "a" * 32)
    assert set(lines[0]) == {
        "time", "level", "logger", "message", "request_id", "upload_id", "method", "call", "status", "milliseconds"
    }  # fmt: skip


@pytest.mark.parametrize("form", [TextLines, JsonLines])
def test_a_failure_is_told_by_kind_and_place_without_its_words(form: type[logging.Formatter]) -> None:
    class Driver(Exception):
        sqlstate = "23505"

    said = f"Key (ssn)=({PERSON['SSN']}) already exists"
    try:
        try:
            raise Driver(said)
        except Driver as own:
            raise DBAPIError("INSERT", {"ssn": PERSON["SSN"]}, own) from own
    except DBAPIError as failure:
        raised = failure
    record = logging.LogRecord(
        "caseload", logging.ERROR, __file__, 1, "It failed: %s", (raised,), (DBAPIError, raised, raised.__traceback__)
    )
    told = form().format(record)
    assert "987" not in told
    assert "23505" in told
    assert "test_nothing_personal.py" in told
    assert failure_of(raised).count("while handling") == 1


def test_an_event_is_one_line_whatever_it_quotes() -> None:
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "a\nb %s", ("c\r\nd",), None)
    assert [len(form().format(record).splitlines()) for form in (TextLines, JsonLines)] == [1, 1]
