"""A server of one's own on this computer, for a single administrator (SPEC 10): set up once, started when needed.

It is `caseload-server`, run as a program of its own: the add-in reaches even this server through HTTP alone. Its
database is a file in the user's data folder unless CASELOAD_DATABASE_URL says otherwise.
"""

from __future__ import annotations

import contextlib
import csv
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from addin.api.client import Client
from addin.errors import BookError, ClientError, Stopped
from workbook.columns import header_key

PORT: Final = 8741
_STATE: Final = "local-server.json"
_LOG: Final = "local-server.log"
_START_SECONDS: Final = 60
_STOP_SECONDS: Final = 20
_NEEDED: Final = ("fastapi", "uvicorn", "sqlalchemy", "server")
_SAMPLE_ADMINISTRATOR: Final = "S1"
_NO: Final = frozenset({"no", "n", "false", "0", "inactive"})
_NOT_INSTALLED: Final = (
    'Running a server needs software that is not installed here. Install it with: pip install "caseload-upload[server]"'
)
_NO_AGENCY: Final = (
    "Your server has no agency yet. Give it your agency's data, a folder with participants.csv, staff.csv and so on: "
    "caseload connect --local --import FOLDER. Or try it with an invented agency: caseload connect --local --sample"
)


@dataclass(frozen=True, slots=True)
class OwnServer:
    """A server of one's own that is running, and what was done to get there. `token` is for its administrator."""

    url: str
    token: str = field(repr=False)
    sentence: str


def data_folder() -> Path:
    """Where this user's own data belongs on this computer. Not created here."""
    from platformdirs import user_data_path

    return user_data_path("caseload", appauthor=False)


def set_up(
    folder: Path,
    environment: Mapping[str, str],
    known_token: Callable[[str], str | None],
    *,
    data: Path | None = None,
    hmis: bool = False,
    sample: bool = False,
    staff: str | None = None,
    program: str | None = None,
) -> OwnServer:
    """Makes sure that the server has an agency and is running, and gives a token that is good there.

    `data`: a folder to import first, or a .zip of it; `hmis`: it is a HUD HMIS export, which knows no administrators,
    so that `staff` becomes one; `sample`: an invented agency where there is none yet; `staff`: the Staff ID
    that a token is for, else the first site administrator of the data. `known_token`: the token that is kept for an
    address, which is used again while it is good. `program`: caseload-server, where it is not the one that was
    installed beside this Python. Raises Stopped with one plain sentence.
    """
    program = program or server_program()
    told = ""
    if data is not None:
        staff = staff or (None if hmis or data.is_file() else _first_administrator(data))
        export = ["--hmis", *(["--administrator", staff] if staff else [])] if hmis else []
        told = _run(program, environment, "import", str(data), *export).strip()
    has_agency = bool(json.loads(_run(program, environment, "site", "list", "--json"))["sites"])
    if sample and not has_agency:
        told = _run(program, environment, "sample").strip()
        staff, has_agency = staff or _SAMPLE_ADMINISTRATOR, True
    if not has_agency:
        raise Stopped(_NO_AGENCY)
    url = _start(folder, environment, program)
    token = known_token(url)
    if staff is None and token and _is_good(url, token):
        return OwnServer(url, token, told)
    if staff is None and hmis:
        raise Stopped(
            "The export is imported. Say which of its users you are, and you become the administrator: "
            f"caseload connect --local --import {data} --hmis --staff USER_ID"
        )
    if staff is None:
        raise Stopped("Say who you are, by your Staff ID: caseload connect --local --staff STAFF_ID")
    created = json.loads(_run(program, environment, "token", "create", staff, "--json"))
    return OwnServer(url, str(created["token"]), told)


def wake(folder: Path, url: str, environment: Mapping[str, str], *, program: str | None = None) -> None:
    """Starts the server on this computer again, on the same address, when `url` is its and it is not running.
    `program`: as for `set_up`."""
    state = _read_state(folder)
    if state.get("url") == url and not _answers(url):
        _start(folder, environment, program or server_program())


def stop(folder: Path) -> bool:
    """Stops the server on this computer. False when none was running."""
    state = _read_state(folder)
    pid, url = state.get("pid"), state.get("url")
    if not isinstance(pid, int) or not isinstance(url, str) or not _is_ours(pid):
        return False
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return False
    until = time.monotonic() + _STOP_SECONDS
    while _is_ours(pid):
        if time.monotonic() > until:
            raise Stopped(f"The server on this computer does not stop. End the program number {pid} yourself.")
        _reap(pid)
        time.sleep(0.05)
    _write_state(folder, {"url": url})
    return True


def _start(folder: Path, environment: Mapping[str, str], program: str) -> str:
    """Starts it unless it runs already; gives its address, the same one every time where that is free."""
    state = _read_state(folder)
    known = state.get("url")
    if isinstance(known, str) and _answers(known):
        return known
    port = (urlsplit(known).port if isinstance(known, str) else None) or PORT
    if not _is_free(port):
        port = _any_free_port()
    url = f"http://127.0.0.1:{port}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    details = folder / _LOG
    with details.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - our own program, with arguments of our own
            [program, "serve", "--host", "127.0.0.1", "--port", str(port)],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            **_detached(),
        )
    until = time.monotonic() + _START_SECONDS
    while not _answers(url):
        if process.poll() is not None or time.monotonic() > until:
            if process.poll() is None:
                process.terminate()
            raise Stopped(f"The server on this computer did not start. The details are in {details}.")
        time.sleep(0.1)
    _write_state(folder, {"url": url, "pid": process.pid})
    process.returncode = 0  # it is meant to outlive this program, so Python need not warn that it still runs
    return url


def _first_administrator(folder: Path) -> str | None:
    """The Staff ID of the first active administrator in an import folder's staff.csv. Raises BookError without one."""
    file = folder / "staff.csv"
    try:
        content = file.read_bytes()
    except OSError:
        raise BookError(f"There is no file {file}. Check the folder: it must hold your agency's data.") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    lines = text.splitlines()
    delimiter = max(",;\t", key=(lines[0] if lines else "").count)
    for row in csv.DictReader(lines, delimiter=delimiter):
        cells = {header_key(name or ""): (value or "").strip() for name, value in row.items() if isinstance(value, str)}
        active = cells.get("active", "").casefold() not in _NO
        if active and cells.get("administrator", "").casefold() not in _NO | {""} and cells.get("staffid"):
            return cells["staffid"]
    return None


def _is_good(url: str, token: str) -> bool:
    try:
        with Client(url, token, retries=0) as client:
            client.me()
    except ClientError:
        return False
    return True


def server_program() -> str:
    """caseload-server, as it is installed beside this Python. Raises Stopped where it is not."""
    if any(importlib.util.find_spec(name) is None for name in _NEEDED):
        raise Stopped(_NOT_INSTALLED)
    # pip puts programs into a folder that Windows often has not on its PATH; and it has two, for all and for one user.
    places = [
        str(Path(sys.executable).parent),
        sysconfig.get_path("scripts"),
        sysconfig.get_path("scripts", sysconfig.get_preferred_scheme("user")),
    ]
    found = shutil.which("caseload-server", path=os.pathsep.join(places)) or shutil.which("caseload-server")
    if found is None:
        raise Stopped(_NOT_INSTALLED)
    return found


def _run(program: str, environment: Mapping[str, str], *arguments: str) -> str:
    """What the program prints. Raises Stopped with what it says when it fails."""
    done = subprocess.run(  # noqa: S603 - our own program; the arguments are never read by a shell
        [program, *arguments], env=dict(environment), capture_output=True, text=True, encoding="utf-8", check=False
    )
    if done.returncode:
        raise Stopped((done.stderr or done.stdout).strip() or f"caseload-server {arguments[0]} failed.")
    return done.stdout


def _answers(url: str) -> bool:
    try:
        with Client(url, None, retries=0) as client:
            client.health()
    except ClientError:
        return False
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _any_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _detached() -> dict[str, Any]:
    """So that it outlives the program that started it, and hears none of its Ctrl+C."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.DETACHED_PROCESS}
    return {"start_new_session": True}


def _is_ours(pid: int) -> bool:
    """Whether a program with this number runs and is a caseload server: numbers are given again."""
    commands = Path(f"/proc/{pid}/cmdline")
    if commands.parent.parent.joinpath("self").exists():
        try:
            return b"caseload-server" in commands.read_bytes()
        except OSError:
            return False
    if sys.platform == "win32":
        told = _told("tasklist", "/FI", f"PID eq {pid}", "/FO", "CSV", "/NH")
        return "caseload-server" in told or "python" in told.casefold()
    return "caseload-server" in _told("ps", "-o", "command=", "-p", str(pid))


def _told(*command: str) -> str:
    with contextlib.suppress(OSError):
        return subprocess.run(  # noqa: S603 - the system's own list of programs
            command, capture_output=True, text=True, check=False
        ).stdout
    return ""


def _reap(pid: int) -> None:
    """Lets go of it where it is this very program's child, which happens in tests."""
    if sys.platform != "win32":
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


def _read_state(folder: Path) -> dict[str, Any]:
    try:
        state = json.loads((folder / _STATE).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def _write_state(folder: Path, state: Mapping[str, Any]) -> None:
    beside = folder / f"{_STATE}.new"
    beside.write_text(json.dumps(state), encoding="utf-8")
    beside.replace(folder / _STATE)
