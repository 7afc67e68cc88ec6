"""A backup taken while the server works, as docs/operate.md tells, restored: it goes on where it stood."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from server.records.database import open_database
from server.worker import take_up_next
from tests.server.uploads.test_worker import send, state
from tests.support.agreement import assert_all_agree
from tests.support.postgresql import Cluster
from tests.support.served import Agency, Api, insert, table, update, web, worker

OPERATE = (Path(__file__).parents[2] / "docs" / "operate.md").read_text("utf-8")


def run_as_told(command: str, names: dict[str, str], where: dict[str, str] | None = None) -> None:
    """Runs a command that the docs tell, its names replaced, as somebody whose files everybody may read."""
    assert f"\n{command}\n" in OPERATE, "the docs tell it otherwise"
    for name, meant in names.items():
        command = command.replace(name, meant)
    subprocess.run(["sh", "-c", command], env={**os.environ, **(where or {})}, umask=0o022, check=True)


def assert_private(path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600


@contextmanager
def restored(request: pytest.FixtureRequest, agency: Agency, folder: Path) -> Iterator[str]:
    """The URL of a database restored from a backup that was taken just now."""
    if agency.engine.dialect.name == "sqlite":
        if shutil.which("sqlite3") is None:
            pytest.skip("the program sqlite3 was not found: install it (Debian: apt install sqlite3) to run this")
        copy = folder / "copy.db"
        names = {"copy.db": str(copy), "caseload.db": str(agency.engine.url.database)}
        run_as_told('(umask 077 && sqlite3 caseload.db ".backup copy.db")', names)
        assert_private(copy)
        yield f"sqlite:///{copy}"
        return
    running: Cluster = request.getfixturevalue("postgresql")
    where = {"PGHOST": "127.0.0.1", "PGPORT": str(running.port), "PGUSER": "caseload"}
    where["PATH"] = f"{running.programs}{os.pathsep}{os.environ['PATH']}"
    name, dump = f"{agency.engine.url.database}_restored", folder / "file"
    names = {"caseload.dump": str(dump), "caseload_restored": name, " caseload)": f" {agency.engine.url.database})"}
    run_as_told("(umask 077 && pg_dump --format=custom --file=caseload.dump caseload)", names, where)
    assert_private(dump)
    run_as_told("createdb caseload_restored", names, where)
    run_as_told("pg_restore --dbname=caseload_restored caseload.dump", names, where)
    try:
        yield running.url + name
    finally:
        subprocess.run([str(running.programs / "dropdb"), "--force", name], env={**os.environ, **where}, check=True)


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
