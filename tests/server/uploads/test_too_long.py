"""An upload whose check takes longer than PostgreSQL waits within a transaction ends with a sentence."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

import server.uploads.write as write_module
from server.records import database, uploads
from server.records.database import open_database, reading, writing
from server.records.sites import bump
from server.records.tables import uploads as upload_table
from server.uploads.recheck import CheckedUpload, check_upload
from server.uploads.write import WriteOutcome
from server.worker import take_up_next
from tests.server.uploads.test_worker import send
from tests.support.served import Agency, insert


@pytest.mark.parametrize("slow", ["before the write", "within the write"])
@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_check_that_the_database_does_not_wait_for_is_tried_a_few_times_and_then_said(
    agency: Agency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slow: str
) -> None:
    upload_id = send(agency, insert("P2"))
    checks = 0

    def slowly(*asked: Any) -> CheckedUpload:
        nonlocal checks
        checks += 1
        checked = check_upload(*asked)
        if slow == "within the write" and checks % 2:
            with writing(agency.engine) as connection:
                bump(connection, agency.site_id)  # as if a colleague's upload were written meanwhile
        else:
            time.sleep(1)
        return checked

    monkeypatch.setattr(write_module, "check_upload", slowly)
    monkeypatch.setitem(database.POSTGRESQL_LIMITS, "idle_in_transaction_session_timeout", "300ms")
    settings, engine = agency.settings(tmp_path, attempts_limit=3), open_database(agency.url)
    for number in range(3):
        assert take_up_next(engine, settings) is WriteOutcome.FAILED, number
        with writing(agency.engine) as connection:
            connection.execute(update(upload_table).values(leased_until=None))
    assert take_up_next(engine, settings) is None
    engine.dispose()
    with reading(agency.engine) as connection:
        upload = uploads.find_upload(connection, agency.site_id, upload_id)
    assert upload is not None
    assert (upload.state, upload.attempts) == ("failed", 3)
    assert "took longer than the database waits" in str(upload.reason)
    assert len(agency.assignments()) == 3
