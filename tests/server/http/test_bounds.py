"""What one call may cost: bodies are bounded before they are understood, and large sheets are dealt with elsewhere."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from server.http import desk, intake
from server.processes import errands
from server.settings import Settings
from server.table import read_table
from tests.support.served import HEADER, Api, agency_in, insert, table, update, web

pytestmark = pytest.mark.slow

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Api]]:
    """A server, as two of its users see it."""
    folder = tmp_path_factory.mktemp("bounds")
    with agency_in(folder) as agency, web(agency.settings(folder), agency.engine) as address:
        yield {staff_id: Api(address, token) for staff_id, token in agency.tokens.items()}


@pytest.fixture
def api(people: dict[str, Api]) -> Api:
    return people["ADM"]


FLAWED = """
import json, os, resource, sys
from server.http.intake import MOST_FIXES_BYTES, _listed
from server.http.refusals import ApiRefusal
from workbook.report import FixesIn
for one, member in json.loads(sys.argv[1]):
    if os.fork():  # each list in a process of its own, which has taken nothing yet
        os.wait()
        continue
    body = ('{"%s":[' % member + ",".join([one] * ((MOST_FIXES_BYTES - 50) // (len(one) + 1))) + "]}").encode()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        _listed(body, FixesIn)
    except ApiRefusal as refused:
        print(one, member, refused.kind.code, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
    break
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux does")
def test_a_list_of_nothing_but_flaws_is_refused_for_its_first_and_costs_little_memory() -> None:
    lists = [["{}", "fixes"], ["[]", "fixes"], ["0", "fixes"]]
    lists += [[one, "leave_out"] for one in ('""', "[]", "1.5")]
    done = subprocess.run([sys.executable, "-c", FLAWED, json.dumps(lists)], capture_output=True, text=True, check=True)
    told = [line.split() for line in done.stdout.splitlines()]
    assert [[one, member, code, int(megabytes) < 100] for one, member, code, megabytes in told] == [
        [*one, "request-invalid", True] for one in lists
    ], done.stdout


def test_of_the_versions_in_a_table_those_of_its_rows_alone_are_kept() -> None:
    """Millions of others would be carried along, and gone through in the web process for a table of one row."""
    versions = {str(row): [3, 17] for row in (1, 2, 3, 1_000_000)}
    taken = read_table(json.dumps(table(insert(), versions=versions)).encode())
    assert (taken.sheet.versions, taken.sheet.records) == ({2: 3}, {2: 17})


def test_a_list_of_fixes_is_bounded_in_bytes_and_in_number(api: Api) -> None:
    upload_id = api.submit(table(insert()), "bounded").json()["id"]
    fix = {"column": "Participant ID", "value": "P1", "code": "unknown-participant", "replacement": "P2"}
    for body, status, code in (
        (b" " * (intake.MOST_FIXES_BYTES + 1), 413, "file-too-large"),
        (json.dumps({"fixes": [fix] * (intake.MOST_FIXES + 1)}).encode(), 422, "request-invalid"),
        (json.dumps({"fixes": [{**fix, **dict.fromkeys(map(str, range(9000)))}]}).encode(), 422, "request-invalid"),
    ):
        answer = api("PUT", f"/v1/uploads/{upload_id}/fixes", data=body, headers=JSON)
        assert [answer.status_code, answer.json()["code"]] == [status, code]


def test_fixes_for_an_upload_that_is_not_there_are_refused_before_they_arrive(api: Api) -> None:
    parts = urlsplit(api.address)
    token = api._headers["Authorization"]
    with socket.create_connection((str(parts.hostname), parts.port or 80), timeout=20) as line:
        line.sendall(
            f"PUT /v1/uploads/{'0' * 32}/fixes HTTP/1.1\r\nHost: test\r\nAuthorization: {token}\r\n"
            "Content-Type: application/json\r\nContent-Length: 2000000\r\n\r\n".encode()
        )
        assert line.recv(65_536).startswith(b"HTTP/1.1 404")


LARGE = table(*[insert(f"Q{number % 40 + 1:04d}", start=f"2024-05-{number % 28 + 1:02d}") for number in range(1500)])


@pytest.fixture
def nothing_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The web server runs in this process; its children do not know of this."""

    def not_here(*_: object, **__: object) -> Any:
        raise AssertionError("it was done in the web process")

    monkeypatch.setattr(intake, "read_table", not_here)
    monkeypatch.setattr(errands, "check", not_here)
    monkeypatch.setattr("server.uploads.lifecycle.check_upload", not_here)


def told(report: dict[str, Any]) -> Any:
    return report["counts"], report["problems"][:50], report["preview"]


def test_a_large_table_is_answered_as_a_small_one_is(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    beside = api.validate(LARGE).json()
    monkeypatch.setattr(desk, "SMALL_ROWS", 10_000)
    monkeypatch.setattr(intake, "SMALL_ROWS", 10_000)
    monkeypatch.setattr(intake, "SMALL_BYTES", 10_000_000)
    here = api.validate(LARGE).json()
    assert told(beside) == told(here)
    assert beside["counts"]["rows"] == 1500


@pytest.mark.usefixtures("nothing_is_done_here")
def test_a_large_table_or_file_is_read_and_checked_beside_the_web_process(api: Api) -> None:
    wide = {**LARGE, "rows": [[*row, "x" * 300] for row in LARGE["rows"]], "header": [*HEADER, "notes"]}
    assert api.validate(wide).json()["counts"]["rows"] == 1500
    lines = "\n".join(",".join(map(str, row)) for row in [HEADER, *LARGE["rows"]])
    answer = api("POST", "/v1/validations", files={"file": ("a.csv", lines)})
    assert answer.json()["counts"]["rows"] == 1500
    upload_id = api.submit(wide, "large").json()["id"]
    assert api.upload(upload_id)["received"] == 1500
    assert api.get(f"/v1/uploads/{upload_id}/problems").json()["counts"]["rows"] == 1500


@pytest.mark.usefixtures("nothing_is_done_here")
def test_a_few_rows_that_say_much_are_checked_beside_the_web_process_too(api: Api) -> None:
    rows = [[f"{column}{row}" * 40 for column in HEADER] for row in range(300)]
    rows = [[cell[:200] for cell in row] for row in rows]
    much = {"header": HEADER, "rows": rows}
    assert api.validate(much).json()["counts"]["rows"] == 300
    lines = "\n".join(map(",".join, [HEADER, *rows]))
    answer = api("POST", "/v1/validations", files={"file": ("a.csv", lines)})
    assert answer.json()["counts"]["rows"] == 300
    upload_id = api.submit(much, "much").json()["id"]
    assert api.get(f"/v1/uploads/{upload_id}/problems").json()["counts"]["rows"] == 300


@pytest.mark.usefixtures("nothing_is_done_here")
@pytest.mark.parametrize("body", ['{"header": ["SSN"], "rows": [[', '{"header": ["SSN"], "rows": [[[]]]}'])
def test_a_large_table_that_is_none_is_refused_as_a_small_one_is(api: Api, body: str) -> None:
    answer = api("POST", "/v1/validations", data=body.rjust(intake.SMALL_BYTES + 10), headers=JSON)
    assert answer.json()["code"] in ("body-unreadable", "table-invalid")


def test_the_same_large_table_sent_again_is_the_same_upload(api: Api) -> None:
    first, again = api.submit(LARGE, "again").json(), api.submit(LARGE, "again").json()
    assert first["id"] == again["id"]
    other = {**LARGE, "rows": LARGE["rows"][1:]}
    assert api.submit(other, "again").json()["code"] == "idempotency-key-reused"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a file that is always full")
@pytest.mark.parametrize("kind", ["table", "file"])
def test_a_full_disk_for_what_arrives_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, api: Api, kind: str
) -> None:
    def full(_spool: object) -> Path:
        path = tmp_path / "full"
        path.symlink_to("/dev/full")
        return path

    monkeypatch.setattr("server.processes.spool.Spool.new", full)
    if kind == "table":
        answer = api.validate({**LARGE, "rows": LARGE["rows"] * 2})
    else:
        answer = api("POST", "/v1/validations", files={"file": ("a.csv", "x" * 2_000_000)})
    assert [answer.status_code, answer.json()["code"]] == [503, "disk-full"]
    assert answer.headers["Retry-After"]
    assert not (tmp_path / "full").is_symlink(), "nothing of it stays"


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Inside, every .csv file that is sent takes for ever to read."""
    pipe = tmp_path / "endless"
    os.mkfifo(pipe)

    def never(_spool: object) -> Path:
        path = tmp_path / f"{time.monotonic_ns()}"
        os.link(pipe, path)
        return path

    def leave(_stream: object, _received: object) -> None:
        pass

    monkeypatch.setattr("server.processes.spool.Spool.new", never)
    monkeypatch.setattr(intake, "_copy", leave)
    yield
    with pipe.open("wb"):  # lets them go
        pass


@pytest.mark.usefixtures("endless")
def test_whoever_sends_many_files_that_take_long_is_told_so_and_nobody_else_notices(people: dict[str, Api]) -> None:
    answers: list[int | str] = []

    def send() -> None:
        answer = people["S1"]("POST", "/v1/validations", files={"file": ("a.csv", "x")})
        answers.append(answer.json().get("code", answer.status_code))

    threads = [threading.Thread(target=send, daemon=True) for _ in range(50)]
    for thread in threads:
        thread.start()
    until = time.monotonic() + 20
    while len(answers) < 50 - desk.MOST_EACH:
        assert time.monotonic() < until
        time.sleep(0.01)
    assert answers == ["too-much-at-once"] * (50 - desk.MOST_EACH)
    assert people["S1"].get("/v1/health").status_code == 200
    assert people["S1"].get("/v1/me").status_code == 200
    assert people["ADM"].validate(table(insert("P2"), update())).status_code == 200


def test_a_small_file_that_takes_long_is_given_less_time_than_a_large_one(tmp_path: Path) -> None:
    from server.processes.reader import FileReader

    with FileReader(Settings(parse_seconds=60)) as reader:
        path = tmp_path / "upload"
        allowed = []
        for size in (8_000, 5_000_000, 100_000_000):
            with path.open("wb") as stream:
                stream.truncate(size)
            allowed.append(reader._seconds_for(path))
    assert allowed == sorted(allowed)
    assert [allowed[0] < 20, allowed[-1]] == [True, 60]


def test_a_table_of_more_rows_than_any_sheet_is_refused(api: Api) -> None:
    body = b'{"header": ["SSN"], "rows": [' + b"[]," * 1_048_576 + b"[]]}"
    answer = api("POST", "/v1/validations", data=body, headers=JSON)
    assert [answer.status_code, answer.json()["code"]] == [413, "file-too-large"]


def test_a_small_table_of_thousands_of_headers_that_look_like_ours_is_read_at_once() -> None:
    """It is read in the web process itself."""
    header = ["Participant ID", *(f"Program/Service {number}" for number in range(6_000))]
    body = json.dumps({"header": header, "rows": [["P1"] * 6_001]}).encode()
    assert len(body) < intake.SMALL_BYTES
    began = time.process_time()
    sheet = read_table(body).sheet
    assert (
        time.process_time() - began < 3
    )  # of which it takes a tenth; were each header compared with all others, minutes
    assert (len(sheet.unclear), len(sheet.unknown_headers)) == (200, 5_800)
