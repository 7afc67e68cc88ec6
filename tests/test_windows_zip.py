"""The .zip for Windows: its parts, as far as they can be tested without Windows and without the internet."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parent.parent / ".ci" / "windows_zip.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("windows_zip", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """A folder that looks like a Python for Windows."""
    folder = tmp_path / "cpython-windows"
    for name in ("python.exe", "Lib/os.py", "Lib/test/test_os.py", "Scripts/pip.exe", "Lib/__pycache__/os.pyc"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    return folder


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    folder = tmp_path / "packages"
    for name in ("addin/buttons/test_rows.py", "pywin32.pth", "bin/x", "somebody/tests/test_x.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    return folder


def test_it_holds_a_python_with_the_add_in_in_it_and_what_to_open(
    script: ModuleType, python: Path, packages: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "Caseload Upload 1"
    folder.mkdir()
    script.lay_out(folder, python, packages, "1")
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    assert files == [
        "Read me.txt", "Set up.cmd", "caseload.cmd", "python/Lib/os.py",
        "python/Lib/site-packages/addin/buttons/test_rows.py", "python/Lib/site-packages/bin/x",
        "python/Lib/site-packages/pywin32.pth", "python/python.exe",
    ]  # fmt: skip
    to = tmp_path / "one.zip", tmp_path / "two.zip"
    for one in to:
        script.pack(folder, one)
    assert to[0].read_bytes() == to[1].read_bytes()
    with zipfile.ZipFile(to[0]) as archive:
        assert archive.testzip() is None
        assert {name.split("/")[0] for name in archive.namelist()} == {"Caseload Upload 1"}


def test_what_is_opened_starts_the_python_beside_it_wherever_the_folder_is(script: ModuleType) -> None:
    made = script.texts("1")
    assert made["caseload.cmd"] == '@"%~dp0python\\python.exe" -E -P -m addin %*\r\n'
    assert made["Set up.cmd"].splitlines()[1] == 'call "%~dp0caseload.cmd" install'
    assert made["Set up.cmd"].splitlines()[-1] == "pause"
    for name in ("caseload.cmd", "Set up.cmd"):
        assert made[name].isascii()  # a console of any country reads them
        assert made[name].count("\n") == made[name].count("\r\n")


def test_nothing_that_lies_beside_a_workbook_is_run_by_the_command(script: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "requests.py").write_text("raise SystemExit('a stranger was run')")
    words = script.texts("1")["caseload.cmd"].split('" ', 1)[1].replace("%*", "--version").split()
    done = subprocess.run([sys.executable, *words], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"caseload {version('caseload-upload')}\n"), done.stderr


def test_packages_are_chosen_for_windows_wherever_it_is_built(script: ModuleType, tmp_path: Path) -> None:
    python, packages = script.commands(tmp_path, tmp_path / "one.whl", "3.13")
    assert python[-1] == "cpython-3.13-windows-x86_64-none"
    assert packages[packages.index("--python-platform") + 1] == "x86_64-pc-windows-msvc"
    assert packages[packages.index("--target") + 1] == str(tmp_path / "packages")
    assert packages[-1] == str(tmp_path / "one.whl")


def test_a_python_of_another_system_is_refused(script: ModuleType, packages: Path, tmp_path: Path) -> None:
    (tmp_path / "linux").mkdir()
    with pytest.raises(SystemExit, match=r"no python\.exe"):
        script.lay_out(tmp_path / "to", tmp_path / "linux", packages, "1")
