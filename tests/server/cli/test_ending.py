"""A command that is ended in the middle leaves nothing of anybody on disk, and no image of its memory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest

from server.records.database import open_database, writing
from tests.support.command import caseload_server
from tests.support.own_server import server_program
from tests.support.waiting import wait_for

PEOPLE = "Participant ID,First Name,Last Name,SSN\nQ0,Ann0,Bee0,100-01-0001\n"


@pytest.mark.skipif(sys.platform != "linux", reason="looks at limits as Linux has them, and closes a terminal")
def test_an_import_that_is_ended_leaves_nothing_unpacked_and_one_that_is_killed_to_the_next_command_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A closed terminal and a kill, while each waits for the database with its .zip unpacked."""
    packed, temporary = tmp_path / "export.zip", tmp_path / "temporary"
    temporary.mkdir()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("participants.csv", PEOPLE)
    environment = {
        **os.environ,
        "CASELOAD_DATABASE_URL": f"sqlite:///{tmp_path / 'caseload.db'}",
        "CASELOAD_SECRET_KEY": "a key for tests alone",
        "TMPDIR": str(temporary),
    }
    assert caseload_server(environment, "import", packed)[0] == 0
    ends = (signal.SIGHUP, signal.SIGKILL)
    engine = open_database(environment["CASELOAD_DATABASE_URL"])
    with writing(engine):
        running = [
            subprocess.Popen([server_program(), "import", packed], env=environment, stderr=subprocess.PIPE)
            for _ in ends
        ]
        wait_for(lambda: len(list(temporary.rglob("participants.csv"))) == len(ends))
        limits = [
            line.split()[4:6]
            for one in running
            for line in Path(f"/proc/{one.pid}/limits").read_text().splitlines()
            if line.startswith("Max core file size")
        ]
        for one, number in zip(running, ends, strict=True):
            one.send_signal(number)
    engine.dispose()
    told = [one.communicate(timeout=60)[1] for one in running]
    assert limits == [["0", "0"]] * len(ends)
    assert ([one.returncode for one in running], told) == ([128 + signal.SIGHUP, -signal.SIGKILL], [b"", b""])
    assert len(list(temporary.rglob("participants.csv"))) == 1
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    assert (caseload_server(environment, "site", "list")[0], list(temporary.iterdir())) == (0, [])
