"""After a set time the rows of an upload are forgotten, and of its log only identifiers stay (SPEC 7)."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update

from server.records.audit import check
from server.records.database import reading, writing
from server.records.tables import audit, outbox, upload_sheets, uploads
from server.records.uploads import database_now
from server.uploads.lifecycle import Submission, submit
from server.uploads.purge import Purge, clear_log_file, forget_next
from server.worker import take_up_next, work_until
from tests.server.uploads.test_access_withdrawn import principal
from tests.support.served import HEADER, Agency, Call, insert, table
from workbook.files.packing import unpack
from workbook.sheet import sheet_of

MARKS = ("Zephyrine", "Quartzborough", "CASE-771177", "1987-06-05", "P9-unknown", "823-65-4321")
STRANGER = {"First Name": "Zephyrine", "Last Name": "Quartzborough", "Date of Birth": "1987-06-05",
            "Case Number": "CASE-771177", "SSN": "823-65-4321"}  # fmt: skip


def age(engine: Engine, days: int, *ids: str) -> None:
    """Makes uploads, and every mail, as old as that."""
    with writing(engine) as connection:
        ago = database_now(connection) - timedelta(days=days)
        old = update(uploads).where(uploads.c.id.in_(ids))
        connection.execute(old.values(submitted_at=ago))
        connection.execute(old.where(uploads.c.finished_at.is_not(None)).values(finished_at=ago))
        connection.execute(update(outbox).where(outbox.c.sent_at.is_not(None)).values(sent_at=ago))


def everything(engine: Engine) -> str:
    """All that the database holds of uploads, unpacked."""
    parts: list[Any] = []
    with reading(engine) as connection:
        for packed in connection.execute(select(upload_sheets.c.packed)).scalars():
            sheet = unpack(bytes(packed))
            parts += [(column.header, column.values) for column in sheet.columns.values()]
        for name in ("uploads", "upload_fixes", "upload_left_out", "outbox", "audit"):
            parts += [tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {name}")]
    return repr(parts)


def forget_all(agency: Agency) -> int:
    count = 0
    while forget_next(agency.engine, 90):
        count += 1
    return count


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_what_is_forgotten_stands_in_no_file_of_the_database_any_more(agency: Agency, tmp_path: Path) -> None:
    database = Path(str(agency.engine.url.database))

    def found() -> bool:
        return any(b"Zephyrine" in file.read_bytes() for file in database.parent.glob(f"{database.name}*"))

    rows = sheet_of(HEADER, [insert("P9-unknown")])
    submit(agency.engine, principal(agency, "ADM"), "key", Submission("Zephyrine Quartzborough.csv", rows))
    take_up_next(agency.engine, agency.settings(tmp_path))
    assert found()
    with writing(agency.engine) as connection:
        long_ago = database_now(connection) - timedelta(days=91)
        connection.execute(update(uploads).values(submitted_at=long_ago))
    forget = Purge(agency.engine, 90)
    while forget.forget_one():
        pass
    assert not found()


@pytest.fixture
def built_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite as python.org, uv and conda build it: unless it is told to, it writes over nothing that is deleted."""
    usual = sqlite3.connect

    def connect(*args: Any, **named: Any) -> sqlite3.Connection:
        made: sqlite3.Connection = usual(*args, **named)
        made.execute("PRAGMA secure_delete = OFF")
        return made

    monkeypatch.setattr(sqlite3, "connect", connect)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_nor_does_what_somebody_forgets_or_replaces_however_sqlite_is_built(
    built_otherwise: None, agency: Agency, call: Call
) -> None:
    database = Path(str(agency.engine.url.database))
    marks = (b"Quartzborough", b"1971-03-01", b"Hopplewort")

    def found() -> list[bytes]:
        clear_log_file(agency.engine)
        return [mark for mark in marks if any(mark in file.read_bytes() for file in database.parent.glob("*.db*"))]

    api, who = call("ADM"), "Zephyrine Quartzborough 1971-03-01"
    fix = {"column": "Participant ID", "value": who, "code": "unknown-participant", "replacement": "P1"}
    (kept,) = api("POST", "/v1/remembered", json={"fixes": [fix]}).json()["remembered"]
    upload = api.submit(table(insert("P9-unknown"))).json()["id"]
    api.wait(upload, "needs-fixes")
    api.fix(upload, ("Participant ID", "P9-unknown", "unknown-participant", "Griselda Hopplewort"))
    assert found() == list(marks)
    assert api("DELETE", f"/v1/remembered/{kept['id']}").status_code == 204
    api.fix(upload, ("Participant ID", "P9-unknown", "unknown-participant", "P4"))
    assert found() == []


def test_of_an_old_upload_identifiers_stay_and_nothing_else(call: Call, agency: Agency) -> None:
    api = call("ADM")
    rows = table(
        insert("P2"),
        insert("P9-unknown"),
        insert("", others=STRANGER),
        ["Zephyrine", *insert("P3")[1:]],
        insert("P3", caseworker="Carla Ruis"),
        filename="Zephyrine Quartzborough.CSV",
    )
    done = api.submit(rows, "1").json()["id"]
    api.wait(done, "needs-fixes")
    api.fix(done, ("Participant ID", "P9-unknown", "unknown-participant", "P4"), leave_out=[4, 5])
    api.fix(done, ("Caseworker Name", "Carla Ruis", "unknown-staff", "Carla Ruiz"))
    api("POST", f"/v1/uploads/{done}/continue")
    assert api.wait(done, "complete")["accepted"] == 3
    before = api.get(f"/v1/uploads/{done}/log").json()["rows"]
    assert set(MARKS[:2]) <= {mark for mark in MARKS if mark in everything(agency.engine)}
    age(agency.engine, 89, done)
    assert forget_all(agency) == 0
    age(agency.engine, 91, done)
    assert forget_all(agency) == 1
    assert [mark for mark in (*MARKS, "Carla Ruis") if mark in everything(agency.engine)] == []
    log = api.get(f"/v1/uploads/{done}/log").json()
    assert [log["upload"][name] for name in ("filename", "state", "accepted")] == ["Caseload.csv", "complete", 3]
    assert [(line["row"], line["action"], line["result"], line["record_id"], line["before"], line["after"])
            for line in log["rows"]] == [
        (line["row"], line["action"] if line["action"] == "Insert" else "", line["result"], line["record_id"], "", "")
        for line in before
    ]  # fmt: skip
    assert api.get(f"/v1/uploads/{done}/problems").json()["problems"] == []
    assert api.get(f"/v1/uploads/{done}/log?format=xlsx").ok
    with reading(agency.engine) as connection:
        line = connection.execute(select(audit).where(audit.c.what == "upload rows removed")).one()
    assert (line.who, line.upload_id, line.detail) == ("server", done, "after 90 days")
    assert api("POST", f"/v1/uploads/{done}/undo").json()["reversed"] == 3, "what an undo needs is kept"
    assert api.submit(rows, "1").json()["id"] == done, "and what tells that it was sent before"


def test_what_nobody_finished_is_cancelled_and_forgotten_and_what_failed_cannot_go_on(
    call: Call, agency: Agency
) -> None:
    api = call("ADM")
    waiting, failed = (api.submit(table(insert("P9-unknown")), key).json()["id"] for key in ("1", "2"))
    for upload_id in (waiting, failed):
        api.wait(upload_id, "needs-fixes")
    with writing(agency.engine) as connection:
        done = {"state": "failed", "finished_at": database_now(connection)}
        connection.execute(update(uploads).where(uploads.c.id == failed).values(done))
    age(agency.engine, 91, waiting, failed)
    assert forget_all(agency) == 2
    cancelled = api.upload(waiting)
    assert (cancelled["state"], "within 90 days" in cancelled["reason"]) == ("cancelled", True)
    refused = api("POST", f"/v1/uploads/{failed}/continue")
    assert (refused.status_code, "removed" in refused.json()["detail"]) == (409, True)
    assert api.get(f"/v1/uploads/{failed}/problems").json()["counts"]["rows"] == 0
    assert [line["result"] for line in api.get(f"/v1/uploads/{failed}/log").json()["rows"]] == ["not written"]
    assert "P9-unknown" not in everything(agency.engine)


def test_the_rows_of_what_was_cancelled_are_forgotten_a_day_later(call: Call, agency: Agency) -> None:
    api = call("ADM")
    cancelled, waiting = (api.submit(table(insert("P9-unknown")), key).json()["id"] for key in ("one", "two"))
    for upload_id in (cancelled, waiting):
        api.wait(upload_id, "needs-fixes")
    api("POST", f"/v1/uploads/{cancelled}/cancel")
    assert forget_all(agency) == 0
    age(agency.engine, 2, cancelled, waiting)
    assert forget_all(agency) == 1
    log = api.get(f"/v1/uploads/{cancelled}/log").json()
    assert [(line["row"], line["participant_id"], line["result"]) for line in log["rows"]] == [(2, "", "not written")]
    assert api.get(f"/v1/uploads/{waiting}/problems").json()["counts"]["errors"] == 1
    with reading(agency.engine) as connection:
        line = connection.execute(select(audit).where(audit.c.what == "upload rows removed")).one()
    assert (line.upload_id, line.detail) == (cancelled, "it was cancelled")


def test_the_newest_seal_of_each_audit_trail_goes_into_the_log(
    agency: Agency, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", "caseload.purge"):
        purge = Purge(agency.engine, 90)
        assert [purge.forget_one(), purge.forget_one()] == [False, False]
    with reading(agency.engine) as connection:
        head = check(connection, agency.site_id)
    said = f"The audit trail of site {agency.site_id} has {head.lines} lines; its seal is {head.head}."
    assert caplog.messages == [said], "once an hour, not each time"


def test_the_worker_forgets_beside_its_work_and_many_of_them_forget_each_upload_once(
    agency: Agency, call: Call, tmp_path: Path
) -> None:
    api = call("ADM")
    ids = [api.submit(table(insert(f"Q{number:04d}", program="")), str(number)).json()["id"] for number in range(1, 7)]
    for upload_id in ids:
        api.wait(upload_id, "complete")
    with writing(agency.engine) as connection:
        connection.execute(update(outbox).values(sent_at=database_now(connection)))
    age(agency.engine, 91, *ids)
    settings, stopped = agency.settings(tmp_path), threading.Event()
    workers = [threading.Thread(target=work_until, args=(stopped, agency.engine, settings)) for _ in range(3)]
    for one in workers:
        one.start()
    kept = select(func.count()).select_from(upload_sheets).where(upload_sheets.c.kind == "rows")
    mails = select(func.count()).select_from(outbox)
    try:
        while True:
            with reading(agency.engine) as connection:
                if connection.execute(kept).scalar_one() == connection.execute(mails).scalar_one() == 0:
                    break
    finally:
        stopped.set()
        for one in workers:
            one.join()
    with reading(agency.engine) as connection:
        removed = connection.execute(select(audit.c.upload_id).where(audit.c.what == "upload rows removed")).scalars()
        assert sorted(str(one) for one in removed) == sorted(ids)
    assert take_up_next(agency.engine, settings) is None


def test_by_what_stays_of_an_upload_s_content_nobody_tries_out_what_it_was(agency: Agency, call: Call) -> None:
    """A hash of the rows with the server's key stays, for the same rows that are sent again; without it, none does."""
    api = call("ADM")
    sent = {key: api.submit(table(insert("P9-unknown")), key).json()["id"] for key in ("now", "earlier")}
    assert {api.wait(upload_id)["state"] for upload_id in sent.values()} == {"needs-fixes"}
    with writing(agency.engine) as connection:
        packed = connection.execute(select(upload_sheets.c.packed).where(upload_sheets.c.kind == "rows")).scalars()
        unkeyed = hashlib.sha256(bytes(packed.first() or b"")).hexdigest()
        earlier = update(uploads).where(uploads.c.id == sent["earlier"])
        connection.execute(earlier.values(content_hash=unkeyed))  # as earlier versions kept it
    assert api.submit(table(insert("P9-unknown")), "earlier").json()["id"] == sent["earlier"]
    age(agency.engine, 91, *sent.values())
    assert forget_all(agency) == 2
    with reading(agency.engine) as connection:
        kept = {row.id: row.content_hash for row in connection.execute(select(uploads.c.id, uploads.c.content_hash))}
    assert [kept[sent["earlier"]], len(kept[sent["now"]]), unkeyed in kept.values()] == ["", 64, False]
    assert api.submit(table(insert("P9-unknown")), "now").json()["id"] == sent["now"]
    assert api.submit(table(insert("P8-unknown")), "now").json()["code"] == "idempotency-key-reused"
