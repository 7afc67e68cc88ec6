"""Find, run, start and stop `caseload-server` as a program on this computer.

What differs on Windows is a function of the platform's name, so that every system's tests hold it: a server without a
console (a black window that ends it when it is closed), ports that are taken and look free, and texts in the code page
of the country (EXCEL-TRUTH 24 to 26).
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterable, Mapping
from pathlib import Path, PureWindowsPath
from typing import Any, Final

from addin.errors import Stopped

_NEEDED: Final = ("fastapi", "uvicorn", "sqlalchemy", "server")
_NOT_INSTALLED: Final = (
    "Running a server needs software that is not installed here. Install Caseload Upload again from its folder, with "
    'the server: uv tool install ".[server]"'
)
_STOP_SECONDS: Final = 20
_NEW_PROCESS_GROUP, _NO_WINDOW = 0x00000200, 0x08000000
"""Windows' flags for a process that is created, as `subprocess` names them there alone."""


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
    found = find_program("caseload-server", [*places, *os.environ.get("PATH", "").split(os.pathsep)], sys.platform)
    if found is None:
        raise Stopped(_NOT_INSTALLED)
    return found


def find_program(name: str, folders: Iterable[str], platform: str) -> str | None:
    """A program in one of these folders, and in no other. `shutil.which`, like Windows itself, looks on Windows first
    into the folder that one happens to be in, which may be that of a stranger's workbook."""
    for folder in folders:
        file = Path(folder) / (f"{name}.exe" if platform == "win32" else name)
        if file.is_absolute() and file.is_file() and os.access(file, os.X_OK):
            return str(file)
    return None


def run(program: str, environment: Mapping[str, str], *arguments: str) -> str:
    """What the program prints. Raises Stopped with the program's own message when it fails."""
    done: subprocess.CompletedProcess[str] = subprocess.run(  # noqa: S603 - our own program; the arguments are never read by a shell
        [program, *arguments], env=for_python(environment), capture_output=True, text=True, encoding="utf-8",
        errors="replace", check=False, **unseen(sys.platform),
    )  # fmt: skip
    if done.returncode:
        raise Stopped((done.stderr or done.stdout).strip() or f"caseload-server {arguments[0]} failed.")
    return done.stdout


def start(program: str, environment: Mapping[str, str], port: int, details: Path) -> subprocess.Popen[bytes]:
    """A server on this computer that outlives the program that started it. `details`: where its log is added to,
    for its owner only."""
    handle = os.open(details, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(handle, "ab") as output:
        return subprocess.Popen(  # noqa: S603 - our own program, with arguments of our own
            [program, "serve", "--host", "127.0.0.1", "--port", str(port)],
            env=for_python(environment), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            **detached(sys.platform),
        )  # fmt: skip


def end(pid: int) -> bool:
    """Stops a server with all that it has started, by force where it does not end by itself: what it was writing is
    whole or not there all the same. False when none has that number. Raises Stopped when it stays."""
    if not is_ours(pid):
        return False
    command = ends_a_tree(sys.platform, pid)
    if command:
        _told(*command)
    else:
        try:
            os.kill(pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
        except PermissionError:  # another user's
            return False
    if not _has_ended(pid, _STOP_SECONDS):
        if not command:  # frozen, it hears nothing else
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if not _has_ended(pid, _STOP_SECONDS):
            raise Stopped(f"The server on this computer does not stop. End the program number {pid} yourself.")
    return True


def _has_ended(pid: int, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while is_ours(pid):
        if time.monotonic() > until:
            return False
        _reap(pid)
        time.sleep(0.05)
    return True


def is_ours(pid: int) -> bool:
    """Whether the program with this number is a caseload server. Numbers are reused, so it may be another."""
    commands = Path(f"/proc/{pid}/cmdline")
    if commands.parent.parent.joinpath("self").exists():
        try:
            return b"caseload-server" in commands.read_bytes()
        except OSError:
            return False
    if sys.platform == "win32":
        return (
            "caseload-server" in _told(of_windows("tasklist"), "/FI", f"PID eq {pid}", "/FO", "CSV", "/NH").casefold()
        )
    return "caseload-server" in _told("ps", "-o", "command=", "-p", str(pid))


def free_port(wanted: int) -> int:
    """A free port of this computer: the wanted one where possible."""
    return wanted if is_free(wanted) else _any_free_port()


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        for option in probes_with(sys.platform):
            probe.setsockopt(socket.SOL_SOCKET, option, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def probes_with(platform: str) -> list[int]:
    """The options of a socket that finds out whether a port is free: elsewhere one that passes over ports which were
    in use a moment ago; on Windows that one would say of a taken port, too, that it is free."""
    return [] if platform == "win32" else [socket.SO_REUSEADDR]


def detached(platform: str) -> dict[str, Any]:
    """Options for a program that outlives the one that started it, and does not get its Ctrl+C. On Windows it gets a
    hidden console: without one, each program that it starts would open a window."""
    if platform == "win32":
        return {"creationflags": _NEW_PROCESS_GROUP | _NO_WINDOW}
    return {"start_new_session": True}


def unseen(platform: str) -> dict[str, Any]:
    """Options for a short program, so that it opens no window: Excel's buttons run without a console on Windows."""
    return {"creationflags": _NO_WINDOW} if platform == "win32" else {}


def for_python(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment in which a Python reads and prints UTF-8, whatever the code page of the country is. Nor does it,
    or any that it starts, look for modules in the folder where the user is: what lies beside a workbook is not run."""
    return {**environment, "PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8:replace", "PYTHONSAFEPATH": "1"}


def ends_a_tree(platform: str, pid: int) -> list[str]:
    """The command that ends a program and those that it has started; empty where a signal does, as it should."""
    return [of_windows("taskkill"), "/PID", str(pid), "/T", "/F"] if platform == "win32" else []


def of_windows(name: str) -> str:
    """A program of Windows' own, at its own place: by its name alone, one in the folder that one is in would be run."""
    return str(PureWindowsPath(os.environ.get("SYSTEMROOT", "C:\\Windows"), "System32", f"{name}.exe"))


def _any_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _told(*command: str) -> str:
    """What one of the system's own programs says. Names of programs are of plain letters in any code page."""
    with contextlib.suppress(OSError):
        done: subprocess.CompletedProcess[str] = subprocess.run(  # noqa: S603 - the system's own list of programs
            command, capture_output=True, text=True, encoding="utf-8", errors="replace", check=False,
            **unseen(sys.platform),
        )  # fmt: skip
        return done.stdout
    return ""


def _reap(pid: int) -> None:
    """Releases the process where it is a child of this program, as it is in tests."""
    if sys.platform != "win32":
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
