"""A PostgreSQL cluster that nobody else uses: on a free loopback port, in a folder that is thrown away."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_WHERE_IT_HIDES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)
_HASTE = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
"""What a database that is thrown away can do without."""


class NoPostgresql(Exception):
    """It cannot be run here; the text says what is missing and how to get it."""


class Cluster:
    """A running cluster. `url`: up to the database's name. `programs`: the folder of pg_dump and the like."""

    def __init__(self, programs: Path, folder: Path, user: str | None, options: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"postgresql://caseload@127.0.0.1:{self.port}/"
        self.programs = programs
        self._folder = folder
        self._user = user
        self._options = (
            f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories='' "
            f"-c max_connections=200 -c shared_buffers=64MB {options}"
        )

    def start(self) -> None:
        log = self._folder / "log"
        self._control("-l", log, "-o", self._options, "-w", "start")

    def stop(self, mode: str) -> None:
        """`fast`: as an operator does; `immediate`: as a power cut does."""
        self._control("-m", mode, "-w", "stop")

    def _control(self, *words: Path | str) -> None:
        _run([self.programs / "pg_ctl", "-D", self._folder / "data", *words], self._user, self._folder)


@contextmanager
def cluster(options: str = _HASTE) -> Iterator[Cluster]:
    """A cluster for as long as the block lasts; by default one that forgets everything at a power cut.

    Raises NoPostgresql where there is none.
    """
    programs = _find()
    if programs is None:
        raise NoPostgresql(
            "PostgreSQL's initdb was not found: install PostgreSQL (Debian: apt install postgresql) to run this"
        )
    # postgres refuses to run as root, so the cluster belongs to an unprivileged user then.
    user = _unprivileged_user() if hasattr(os, "geteuid") and os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="caseload-postgresql-"))
    try:
        if user is not None:
            shutil.chown(folder, user)
        _run(
            [
                programs / "initdb", "-D", folder / "data", "-U", "caseload", "-A", "trust", "-E", "UTF8",
                "--locale=C", "--no-sync",
            ],
            user, folder,
        )  # fmt: skip
        made = Cluster(programs, folder, user, options)
        made.start()
        try:
            yield made
        finally:
            made.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _find() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    for pattern in _WHERE_IT_HIDES:
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
    raise NoPostgresql("PostgreSQL does not run as root, and there is no user called postgres or nobody to run it")


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
