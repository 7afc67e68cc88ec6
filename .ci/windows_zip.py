"""Builds Caseload-Upload-VERSION-windows.zip: the add-in with a Python of its own, for a computer that gets files and
nothing else. It is unpacked anywhere, needs no installer, no administrator's rights and no internet.

    python .ci/windows_zip.py DIST [--python 3.13]

Runs on any system that has `uv` and reaches the internet, from an environment in which Caseload Upload is installed:
uv fetches a Python for Windows that may be moved (python-build-standalone) and the packages for Windows.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from server.client_wheel import build_client_wheel

PYTHON = "3.13"
PLATFORM = "x86_64-pc-windows-msvc"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
_PYTHON_FOLDER = "python"
_LAUNCHER = '@"%~dp0{python}\\python.exe" -E -P -m addin %*\r\n'
"""-P: without it Python looks for its modules where the user is first, and runs a requests.py that lies beside a
workbook (EXCEL-TRUTH 15). -E: what the environment says of another Python does not concern this one."""
_SET_UP = (
    "@echo off\r\n"
    'call "%~dp0caseload.cmd" install\r\n'
    "echo.\r\n"
    "set /p SERVER=Your server's address (Enter if it is set already): \r\n"
    'if not "%SERVER%"=="" call "%~dp0caseload.cmd" connect "%SERVER%"\r\n'
    "pause\r\n"
)
_READ_ME = (
    "Caseload Upload {version}\r\n\r\n"
    "1. Keep this folder where it is to stay: Excel will look for it here. Moved later, do step 2 again.\r\n"
    "2. Open “Set up.cmd”. It says in words what it set up, and asks for your server and your token.\r\n"
    "3. In a terminal, this folder's caseload.cmd is the command caseload: caseload.cmd template --format xlsm\r\n"
)
_LEFT_OUT = ("__pycache__", "Scripts", "test", "tests")
"""Folders that nobody runs: Scripts holds programs that only work in the folder where they were made."""


def commands(build: Path, wheel: Path, python: str = PYTHON) -> list[list[str]]:
    """What is asked of uv: a Python for Windows, and the packages for it, chosen for Windows wherever this runs."""
    pythons, wanted = str(build / "pythons"), f"cpython-{python}-windows-x86_64-none"
    return [
        ["uv", "python", "install", "--no-bin", "--install-dir", pythons, wanted],
        [
            "uv", "pip", "install", "--python-platform", PLATFORM, "--python-version", python, "--only-binary", ":all:",
            "--target", str(build / "packages"), str(wheel),
        ],
    ]  # fmt: skip


def lay_out(folder: Path, python: Path, packages: Path, version: str) -> None:
    """Puts the folder together that is packed. `python`: one for Windows, with python.exe in it; `packages`: what is to
    be importable there."""
    if not (python / "python.exe").is_file():
        raise SystemExit(f"There is no python.exe in {python}: it is not a Python for Windows.")
    own = folder / _PYTHON_FOLDER
    ignore = shutil.ignore_patterns(*_LEFT_OUT, "*.pyc")
    shutil.copytree(python, own, ignore=ignore)
    shutil.copytree(packages, own / "Lib" / "site-packages", ignore=ignore, dirs_exist_ok=True)
    for name, text in texts(version).items():
        (folder / name).write_bytes(text.encode("utf-8"))


def texts(version: str) -> Mapping[str, str]:
    """The files beside the Python, by name."""
    return {
        "caseload.cmd": _LAUNCHER.format(python=_PYTHON_FOLDER),
        "Set up.cmd": _SET_UP,
        "Read me.txt": "\ufeff" + _READ_ME.format(version=version),
    }


def pack(folder: Path, to: Path) -> None:
    """The folder as a .zip, whose bytes depend on its files alone."""
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(f"{folder.name}/{path.relative_to(folder).as_posix()}", _LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())


def build(to: Path, python: str = PYTHON) -> Path:
    """Builds it and gives its path."""
    wheel = build_client_wheel()
    with tempfile.TemporaryDirectory(prefix="caseload-") as name:
        place = Path(name)
        file = place / wheel.name
        file.write_bytes(wheel.content)
        for command in commands(place, file, python):
            subprocess.run(command, check=True)
        found = next((place / "pythons").glob("*/python.exe"), None)
        if found is None:
            raise SystemExit("uv has fetched no Python for Windows. Run it again with uv's newest version.")
        folder = place / f"Caseload Upload {wheel.version}"
        folder.mkdir()
        lay_out(folder, found.parent, place / "packages", wheel.version)
        to.mkdir(parents=True, exist_ok=True)
        packed = to / f"Caseload-Upload-{wheel.version}-windows.zip"
        pack(folder, packed)
    return packed


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description="Builds the add-in for Windows as a .zip with a Python of its own.")
    parser.add_argument("to", type=Path, help="the folder that the .zip goes to")
    parser.add_argument("--python", default=PYTHON, help=f"the version of Python in it (default {PYTHON})")
    given = parser.parse_args(arguments)
    print(f"{build(given.to, given.python)} is made.")


if __name__ == "__main__":
    main(sys.argv[1:])
