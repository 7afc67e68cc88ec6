"""Nobody's few rows wait behind somebody's many: turns go by site and person, and small uploads overtake large ones."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from server.records import upload_queue
from server.records.database import reading, writing
from server.records.tokens import Principal, authenticate
from server.uploads import attempt, lifecycle
from server.worker import overtake_until, work_until
from tests.server.uploads.test_killed import sheet
from tests.server.uploads.test_worker import state, until
from tests.support.served import Agency, found_agency, insert
from workbook.sheet import Sheet

FEW = sheet(insert("P2", program="", relationship="Primary"))
MANY = sheet(*[insert(f"Q{number % 40 + 1:04d}", program="") for number in range(upload_queue.SMALL_ROWS + 1)])


def person(agency: Agency, staff_id: str) -> Principal:
    with reading(agency.engine) as connection:
        who = authenticate(connection, agency.tokens[staff_id])
    assert isinstance(who, Principal)
    return who


def send(agency: Agency, staff_id: str, key: str, rows: Sheet) -> str:
    return lifecycle.submit(agency.engine, person(agency, staff_id), key, lifecycle.Submission("june.csv", rows)).id


def claimed(agency: Agency, **how: bool) -> str | None:
    with writing(agency.engine) as connection:
        held = upload_queue.claim(connection, 30, **how)
    return None if held is None else held.upload_id


def test_everybody_s_first_upload_comes_before_anybody_s_second_and_no_site_waits_for_another(
    agency: Agency, tmp_path: Path
) -> None:
    other = found_agency(agency.url, agency.engine, tmp_path, "Other")
    sent = [
        send(agency, "S1", "1", FEW), send(agency, "S1", "2", FEW), send(agency, "S1", "3", FEW),
        send(agency, "S2", "1", FEW), send(agency, "ADM", "1", FEW), send(other, "S1", "1", FEW),
    ]  # fmt: skip
    order = [claimed(agency) for _ in range(7)]
    assert order == [sent[0], sent[5], sent[3], sent[4], sent[1], sent[2], None]


def test_a_small_upload_may_overtake_large_ones_but_none_of_its_own_person_s(agency: Agency) -> None:
    large = [send(agency, "S1", str(number), MANY) for number in range(2)]
    own = send(agency, "S1", "small", FEW)
    assert claimed(agency) == large[0]
    assert claimed(agency, small_only=True) is None
    small = send(agency, "S2", "small", FEW)
    with reading(agency.engine) as connection:
        assert upload_queue.anything_waiting(connection, 30, small_only=True)
    assert claimed(agency, small_only=True) == small
    assert claimed(agency, small_only=True) is None
    assert [claimed(agency), claimed(agency)] == [large[1], own]


def test_while_a_worker_has_a_large_upload_in_hand_it_carries_out_small_ones_beside_it(
    agency: Agency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, stopped, large_in_hand, go_on = agency.settings(tmp_path), *(threading.Event() for _ in range(3))
    process_upload = attempt.process_upload  # type: ignore[attr-defined]

    def slowly(engine: Any, held: upload_queue.Claim, *others: Any) -> Any:
        if held.is_large:
            go_on.wait(60)
        return process_upload(engine, held, *others)

    monkeypatch.setattr(attempt, "process_upload", slowly)
    threads = [
        threading.Thread(target=work_until, args=(stopped, agency.engine, settings, large_in_hand)),
        threading.Thread(target=overtake_until, args=(stopped, large_in_hand, agency.engine, settings)),
    ]
    large = send(agency, "ADM", "1", MANY)
    for thread in threads:
        thread.start()
    try:
        until(lambda: state(agency, large) == "validating")
        small = send(agency, "S2", "1", sheet(insert("P2")))
        until(lambda: state(agency, small) == "complete")
        assert state(agency, large) == "validating"
        go_on.set()
        until(lambda: state(agency, large) == "needs-fixes")
    finally:
        go_on.set()
        stopped.set()
        for thread in threads:
            thread.join()
