"""A backup taken while the server works, as docs/operate.md tells, restored: it goes on where it stood."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from server.records.database import open_database
from server.worker import take_up_next
from tests.postgresql import Cluster
from tests.server.agreement import assert_all_agree
from tests.server.served import Agency, Api, insert, table, update, web, worker
from tests.server.test_worker import send, state

OPERATE = (Path(__file__).parents[2] / "docs" / "operate.md").read_text("utf-8")


def as_told(command: str, **names: str) -> list[str]:
    """A command that the docs tell, its names replaced; the words are given so that no shell is needed."""
    assert f"\n{command}\n" in OPERATE, "the docs tell it otherwise"
    return [names.get(word, word) for word in command.split()]


@contextmanager
def restored(request: pytest.FixtureRequest, agency: Agency, folder: Path) -> Iterator[str]:
    """The URL of a database restored from a backup that was taken just now."""
    if agency.engine.dialect.name == "sqlite":
        if shutil.which("sqlite3") is None:
            pytest.skip("the program sqlite3 was not found: install it (Debian: apt install sqlite3) to run this")
        copy = folder / "copy.db"
        assert '\nsqlite3 caseload.db ".backup copy.db"\n' in OPERATE
        subprocess.run(["sqlite3", agency.engine.url.database or "", f".backup {copy}"], check=True)
        yield f"sqlite:///{copy}"
        return
    running: Cluster = request.getfixturevalue("postgresql")
    where = {"PGHOST": "127.0.0.1", "PGPORT": str(running.port), "PGUSER": "caseload"}
    name, dump = f"{agency.engine.url.database}_restored", str(folder / "caseload.dump")

    def run(command: str, **names: str) -> None:
        program, *words = as_told(command, **names)
        subprocess.run([str(running.programs / program), *words], env=where, check=True)

    run(
        "pg_dump --format=custom --file=caseload.dump caseload",
        **{"--file=caseload.dump": f"--file={dump}", "caseload": str(agency.engine.url.database)},
    )
    run("createdb caseload_restored", caseload_restored=name)
    run(
        "pg_restore --dbname=caseload_restored caseload.dump",
        **{"--dbname=caseload_restored": f"--dbname={name}", "caseload.dump": dump},
    )
    try:
        yield running.url + name
    finally:
        subprocess.run([str(running.programs / "dropdb"), "--force", name], env=where, check=True)


def test_a_backup_of_a_working_server_is_restored_and_goes_on_where_it_stood(
    request: pytest.FixtureRequest, agency: Agency, tmp_path: Path
) -> None:
    settings = agency.settings(tmp_path)
    done = send(agency, insert("P2"), update("P1"), key="done")
    wrong = send(agency, insert("P9"), key="wrong")
    for _ in range(2):
        take_up_next(agency.engine, settings)
    waiting = send(agency, insert("P3"), key="waiting")
    with restored(request, agency, tmp_path) as url:
        take_up_next(agency.engine, settings)
        assert assert_all_agree(agency) == {"complete": 2, "needs-fixes": 1}
        engine = open_database(url)
        copy = Agency(url, engine, agency.site_id, agency.tokens)
        assert [state(copy, one) for one in (done, wrong, waiting)] == ["complete", "needs-fixes", "received"]
        with web(copy.settings(tmp_path), engine) as address, worker(copy.settings(tmp_path), engine):
            api = Api(address, copy.tokens["ADM"])
            assert api.wait(waiting)["state"] == "complete"
            assert api.submit(table(insert("P3")), "waiting").json()["id"] == waiting
            api.fix(wrong, leave_out=[2])
            api("POST", f"/v1/uploads/{wrong}/continue")
            assert api.wait(wrong)["state"] == "complete"
            assert api("POST", f"/v1/uploads/{done}/undo").json()["state"] == "undone"
        assert assert_all_agree(copy) == {"complete": 2, "undone": 1}
        engine.dispose()
