"""What the tests share: databases of both kinds, each test its own, none of them anybody else's."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from server.records.database import open_database
from server.records.migrate import migrate

_WHERE_POSTGRESQL_HIDES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)
_HOW_TO_GET_IT = "PostgreSQL's initdb was not found: install PostgreSQL (Debian: apt install postgresql) to run this"


@pytest.fixture(scope="session")
def postgresql_cluster() -> Iterator[str]:
    """A PostgreSQL cluster of this run's own, on a free loopback port: its URL up to the database's name."""
    programs = _find_postgresql()
    if programs is None:
        pytest.skip(_HOW_TO_GET_IT)
    # postgres refuses to run as root, so the cluster belongs to an unprivileged user then.
    user = _unprivileged_user() if hasattr(os, "geteuid") and os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="caseload-postgresql-"))
    try:
        if user is not None:
            shutil.chown(folder, user)
        data = folder / "data"
        _run(
            [programs / "initdb", "-D", data, "-U", "caseload", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
            user,
            folder,
        )
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        options = (
            f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories='' -c fsync=off "
            "-c synchronous_commit=off -c full_page_writes=off -c max_connections=200 -c shared_buffers=64MB"
        )
        log = folder / "log"
        _run([programs / "pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "start"], user, folder)
        try:
            yield f"postgresql://caseload@127.0.0.1:{port}/"
        finally:
            _run([programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"], user, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_template(postgresql_cluster: str) -> str:
    """The name of a migrated, empty database that others are copied from."""
    _in_cluster(postgresql_cluster, "CREATE DATABASE empty")
    engine = open_database(postgresql_cluster + "empty")
    migrate(engine)
    engine.dispose()
    return "empty"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file that others are copied from."""
    path = tmp_path_factory.mktemp("sqlite") / "empty.db"
    engine = open_database(f"sqlite:///{path}")
    migrate(engine)
    with engine.connect() as connection:
        connection.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Whoever asks for a database runs once on each kind."""
    return str(request.param)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, database_kind: str) -> Iterator[str]:
    """The URL of a migrated, empty database of the test's own: the test runs on SQLite and on PostgreSQL."""
    if database_kind == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        path: Path = request.getfixturevalue("tmp_path") / "caseload.db"
        shutil.copyfile(template, path)
        yield f"sqlite:///{path}"
        return
    cluster: str = request.getfixturevalue("postgresql_cluster")
    name = f"test_{secrets.token_hex(6)}"
    _in_cluster(cluster, f"CREATE DATABASE {name} TEMPLATE {request.getfixturevalue('postgresql_template')}")
    yield cluster + name
    _in_cluster(cluster, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    """An engine over `database_url`."""
    engine = open_database(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def bare_database_url(request: pytest.FixtureRequest, database_kind: str) -> Iterator[str]:
    """The URL of a database without any table, of the same kind as `database_url`."""
    if database_kind == "sqlite":
        yield f"sqlite:///{request.getfixturevalue('tmp_path') / 'bare.db'}"
        return
    cluster: str = request.getfixturevalue("postgresql_cluster")
    name = f"bare_{secrets.token_hex(6)}"
    _in_cluster(cluster, f"CREATE DATABASE {name}")
    yield cluster + name
    _in_cluster(cluster, f"DROP DATABASE {name} WITH (FORCE)")


def _in_cluster(cluster: str, statement: str) -> None:
    engine = open_database(cluster + "postgres").execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _find_postgresql() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    for pattern in _WHERE_POSTGRESQL_HIDES:
        candidates = sorted(Path("/").glob(pattern.lstrip("/")), key=lambda path: [len(str(path)), str(path)])
        for candidate in reversed(candidates):
            if (candidate / "initdb").exists() and (candidate / "postgres").exists():
                return candidate
    return None


def _unprivileged_user() -> str:
    import pwd

    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    pytest.skip("PostgreSQL does not run as root, and there is no user called postgres or nobody to run it")


def _run(command: list[Path | str], user: str | None, folder: Path) -> None:
    # The server that pg_ctl leaves running keeps our pipes open, so its words go to a file.
    with (folder / "words").open("w+", encoding="utf-8") as words:
        done = subprocess.run(
            [str(part) for part in command],
            user=user,
            group=None if user is None else _group_of(user),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=subprocess.STDOUT,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "HOME": str(folder)},
            check=False,
        )
        words.seek(0)
        assert done.returncode == 0, words.read()


def _group_of(user: str) -> int:
    import pwd

    return pwd.getpwnam(user).pw_gid
