"""A lost key for SSNs is replaced while others are at work, and nothing stays that was hashed with it (SPEC 7)."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from server.records import audit
from server.records.database import reading, writing
from server.records.imports.agency import import_records
from server.records.imports.files import read_directory
from server.records.imports.incoming import Incoming
from server.records.ssn import SsnHasher, WrongKey, check_key
from server.records.tables import participants, ssn_tries, upload_fixes, upload_sheets, uploads
from server.records.writes import lock_site
from server.uploads import lost_key
from server.uploads.lost_key import forget_rows, replace_lost_key, take_up_key
from tests.support.served import HEADER, KEY, Agency, Call, insert, table
from workbook.files.packing import pack, unpack

NEW = b"another key for tests"


def stored(agency: Agency) -> set[str]:
    with reading(agency.engine) as connection:
        return {*connection.execute(select(participants.c.ssn_hash)).scalars()}


def test_an_import_that_is_under_way_while_the_key_is_replaced_leaves_nothing_of_the_old_one(
    agency: Agency, tmp_path: Path
) -> None:
    check_key(agency.engine, KEY)
    (tmp_path / "participants.csv").write_text("Participant ID,SSN\nP90,823-11-0090\n")
    done: list[int] = []

    def replace() -> None:
        done.append(replace_lost_key(agency.engine, NEW).forgotten)

    replacing = threading.Thread(target=replace)
    with writing(agency.engine) as connection:
        import_records(connection, agency.site_id, read_directory(tmp_path, "MDY"), SsnHasher(KEY))
        replacing.start()
        replacing.join(0.3)
        assert done == [], "it waits"
    replacing.join()
    assert [done, stored(agency)] == [[5], {""}]


def test_who_still_has_the_old_key_stores_nothing_and_is_told_why(agency: Agency, call: Call) -> None:
    check_key(agency.engine, KEY)
    api = call("ADM")
    waiting = api.submit(table(insert("P9", others={"SSN": "823-11-0001"}))).json()["id"]
    without = api.submit(table(insert("P9")), "without").json()["id"]
    assert [api.wait(one)["state"] for one in (waiting, without)] == ["needs-fixes"] * 2
    assert replace_lost_key(agency.engine, NEW) == (4, 1)
    cancelled = api.upload(waiting)
    assert [cancelled["state"], "Submit its rows as a new upload." in cancelled["reason"]] == ["cancelled", True]
    assert api.upload(without)["state"] == "needs-fixes"
    sheet = table(insert("P2", others={"SSN": "823-11-0002"}))
    answers = [api.validate(sheet), api.submit(sheet, "late"), api.fix(without, ("SSN", "", "x", "y"))]
    assert [(one.status_code, one.json()["code"]) for one in answers] == [(503, "key-replaced")] * 3
    with reading(agency.engine) as connection:
        assert len(connection.execute(select(uploads.c.id)).all()) == 2
    with pytest.raises(WrongKey, match="was replaced"), writing(agency.engine) as connection:
        import_records(connection, agency.site_id, Incoming(), SsnHasher(KEY))


def test_who_looks_while_the_key_is_replaced_has_no_hash_of_the_old_one_counted_as_a_wrong_ssn(
    agency: Agency, call: Call
) -> None:
    check_key(agency.engine, KEY)
    api = call("ADM")
    wrong = table(insert("P2", others={"SSN": "823-11-0001"}))
    upload = api.submit(wrong).json()["id"]
    api.wait(upload, "needs-fixes")
    with writing(agency.engine) as connection:
        connection.execute(delete(ssn_tries))  # as if it had been tried long ago
    looks = [lambda: api.validate(wrong), lambda: api.get(f"/v1/uploads/{upload}/problems")]
    answers: dict[int, int] = {}
    threads = [
        threading.Thread(target=lambda at=at, look=look: answers.setdefault(at, look().status_code))
        for at, look in enumerate(looks)
    ]
    with writing(agency.engine) as connection:
        take_up_key(connection, NEW)
        for thread in threads:
            thread.start()
            thread.join(0.5)
        assert answers == {}, "they wait to count what is wrong"
    for thread in threads:
        thread.join()
    with reading(agency.engine) as connection:
        assert connection.execute(select(ssn_tries.c.ssn_hash)).all() == []
    assert answers == {0: 503, 1: 200}
    report = api.get(f"/v1/uploads/{upload}/problems").json()
    forget_rows(agency.engine)
    assert api.get(f"/v1/uploads/{upload}/problems").json() == report, "its rows said nothing any more before"


def test_in_what_is_kept_of_uploads_nothing_of_the_old_key_stays(agency: Agency, call: Call) -> None:
    check_key(agency.engine, KEY)
    api = call("ADM")
    ssns = ("823-11-0002", "823-11-0005", "823-11-0009")
    sheet = {"header": [*HEADER[:6], "SSN (9 digits)", *HEADER[7:]], "rows": [insert("P3", others={"SSN": ssns[1]})]}
    complete, fixed, unclear = (
        api.submit(rows, key).json()["id"]
        for rows, key in (
            (table(insert("P2", others={"SSN": ssns[0]})), "complete"),
            (table(insert("P4", caseworker="Nobody", others={"SSN": "no number"})), "fixed"),
            (sheet, "unclear"),
        )
    )
    assert [api.wait(one)["state"] for one in (complete, fixed, unclear)] == ["complete", *["needs-fixes"] * 2]
    (problem,) = [one for one in api.get(f"/v1/uploads/{fixed}/problems").json()["fixes"] if one["column"] == "SSN"]
    assert api.fix(fixed, ("SSN", problem["value"], problem["code"], ssns[2])).json()["unknown"] == []
    hashes = {SsnHasher(KEY).hash(one.replace("-", "")) for one in ssns}

    def kept() -> set[str]:
        with reading(agency.engine) as connection:
            packed = connection.execute(select(upload_sheets.c.packed)).scalars().all()
            texts = [zlib.decompress(one).decode("latin-1") for one in packed]
            texts += connection.execute(select(upload_fixes.c.replacement)).scalars()
        return {one for one in hashes for text in texts if one in text}

    assert kept() == hashes
    log = api.get(f"/v1/uploads/{complete}/log").json()
    assert replace_lost_key(agency.engine, NEW).cancelled == 2
    assert kept() == set()
    assert api.get(f"/v1/uploads/{complete}/log").json() == log


def test_by_what_stays_of_uploads_whoever_has_the_lost_key_tries_out_nothing(agency: Agency, call: Call) -> None:
    check_key(agency.engine, KEY)
    api = call("ADM")
    sheet = table(insert("P2", others={"SSN": "823-11-0002"}))
    sent = [api.submit(sheet, key).json()["id"] for key in ("one", "two")]
    assert [api.wait(one)["state"] for one in sent] == ["complete", "needs-fixes"]
    query = select(uploads.c.idempotency_key, uploads.c.content_hash).order_by(uploads.c.id)
    with reading(agency.engine) as connection:
        before = {one for row in connection.execute(query) for one in row}
    replace_lost_key(agency.engine, NEW)
    with reading(agency.engine) as connection:
        after = [tuple(row) for row in connection.execute(query)]
    assert len(before) == 3, "two keys, and what both say"
    assert after == [(one, "") for one in sorted(sent)], "and their submitter's keys are still apart"
    assert api.upload(sent[0])["state"] == "complete"
    late = api.submit(sheet, "one")
    assert late.json()["code"] == "key-replaced", "nor does a server that still has it know them again"


def test_while_sheets_are_gone_through_for_hashes_of_the_lost_key_everybody_writes(
    agency: Agency, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_key(agency.engine, KEY)
    api = call("ADM")
    done = api.submit(table(insert("P2", others={"SSN": "823-11-0002"})), "done").json()["id"]
    waits = api.submit(table(insert("P9", others={"SSN": "823-11-0009"})), "waits").json()["id"]
    assert [api.wait(done)["state"], api.wait(waits)["state"]] == ["complete", "needs-fixes"]
    worked: list[str] = []

    def others_write(name: str, work: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def while_it_works(given: Any) -> Any:
            with writing(agency.engine, wait=False) as connection:
                lock_site(connection, agency.site_id)
                audit.note(connection, agency.site_id, audit.SERVER, "somebody else was at work")
            worked.append(name)
            return work(given)

        return while_it_works

    monkeypatch.setattr(lost_key, "unpack", others_write("unpack", unpack))
    monkeypatch.setattr(lost_key, "pack", others_write("pack", pack))
    assert replace_lost_key(agency.engine, NEW) == (4, 1)
    assert worked == ["unpack", *["unpack", "pack"] * 2]


def test_what_was_ended_in_between_is_done_when_the_key_is_replaced_again(agency: Agency, call: Call) -> None:
    check_key(agency.engine, KEY)
    api = call("ADM")
    upload_id = api.submit(table(insert("P2", others={"SSN": "823-11-0002"}))).json()["id"]
    assert api.wait(upload_id)["state"] == "complete"
    with writing(agency.engine) as connection:
        take_up_key(connection, NEW)
    lost = SsnHasher(KEY).hash("823110002").encode()
    for ended, has_some in ((True, True), (False, False)):
        if not ended:
            replace_lost_key(agency.engine, NEW)
        with reading(agency.engine) as connection:
            packed = connection.execute(select(upload_sheets.c.packed).where(upload_sheets.c.kind == "rows"))
            assert (lost in zlib.decompress(packed.scalar_one())) is has_some
