"""An undo beside another one, beside a worker that writes, and killed in the middle."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy import update as change

from server.records.database import reading, writing
from server.records.tables import assignments, audit, sites
from server.records.tokens import authenticate
from server.uploads.undo import undo
from tests.server.uploads.test_worker import until
from tests.support.kept_records import kept_records
from tests.support.served import Agency, Call, insert
from tests.support.stuck import is_free, stuck
from tests.support.undoing import EVERYTHING, counts, take_back, write


def test_undos_at_the_same_moment_reverse_once(call: Call, agency: Agency) -> None:
    api, before = call("ADM"), kept_records(agency)
    upload_id = write(api, *EVERYTHING)
    answers: list[dict[str, Any]] = []
    threads = [threading.Thread(target=lambda: answers.append(take_back(api, upload_id))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4
    assert all(answer == answers[0] for answer in answers)
    assert kept_records(agency) == before
    with reading(agency.engine) as connection:
        lines = connection.execute(select(audit.c.what).where(audit.c.upload_id == upload_id)).scalars()
        assert list(lines).count("upload undone") == 1


UNDO = """
import sys
from server.records.database import open_database, reading
from server.records.tokens import authenticate
from server.uploads.undo import undo
engine = open_database(sys.argv[1])
with reading(engine) as connection:
    who = authenticate(connection, sys.argv[2])
undo(engine, who, sys.argv[3])
"""


def test_an_undo_killed_in_the_middle_leaves_the_upload_whole(call: Call, agency: Agency, tmp_path: Path) -> None:
    api, before = call("ADM"), kept_records(agency)
    upload_id = write(api, *EVERYTHING)
    written = kept_records(agency)
    script = tmp_path / "undo.py"
    script.write_text(UNDO, "utf-8")
    with stuck(agency.engine, "audit", "INSERT INTO audit") as hangs:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        with subprocess.Popen(
            [sys.executable, str(script), agency.url, agency.tokens["ADM"], upload_id], env=environment, cwd=tmp_path
        ) as running:
            until(hangs)
            running.kill()
    until(lambda: is_free(agency.engine))
    assert kept_records(agency) == written
    assert api.upload(upload_id)["state"] == "complete"
    assert counts(take_back(api, upload_id)) == [2, 2, 1, 1]
    assert kept_records(agency) == before


def test_a_worker_that_writes_while_an_undo_waits_is_seen_by_it(call: Call, agency: Agency) -> None:
    """The undo holds the site from its first look on: what changed before that, it finds."""
    api = call("ADM")
    upload_id = write(api, insert("P2"))
    with reading(agency.engine) as connection:
        who = authenticate(connection, agency.tokens["ADM"])
    waiting = threading.Thread(target=undo, args=(agency.engine, who, upload_id))
    with writing(agency.engine) as connection:
        connection.execute(select(sites.c.id).with_for_update())
        waiting.start()
        connection.execute(
            change(assignments)
            .where(assignments.c.begun_by == upload_id)
            .values(end_date="2024-05-03", version=2, ended_by="o" * 32)
        )
    waiting.join(30)
    assert api.upload(upload_id)["state"] == "complete"
    assert [row[3] for row in agency.assignments()][-1] == "2024-05-03"
