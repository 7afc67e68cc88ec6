"""`make setup` makes the environment anew exactly when another Python is named than the one it was made with, and
`make benchmarks-small` forgets none."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAKE = shutil.which("make")

pytestmark = pytest.mark.skipif(MAKE is None, reason="make was not found: install it (Debian: apt install make)")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose environment was made with this Python, and is ready."""
    (tmp_path / ".ci").mkdir()
    for name in ("Makefile", "pyproject.toml", ".ci/lock.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    venv.create(tmp_path / ".venv", symlinks=os.name != "nt")
    (tmp_path / ".venv" / "ready").touch()
    return tmp_path


@pytest.fixture
def other_python(tmp_path: Path) -> Path:
    """Something that answers as a Python of another version."""
    path = tmp_path / "python3.99"
    path.write_text("#!/bin/sh\necho 3.99.0 /opt/python3.99\n", "utf-8")
    path.chmod(0o755)
    return path


_NAMED = ("PYTHON", "VENV", "LOCK", "MAKEFLAGS")
"""What may have been named on the command line of the make that runs these tests, and is handed on."""


def plain() -> dict[str, str]:
    """The environment of somebody who has named nothing."""
    return {name: value for name, value in os.environ.items() if name not in _NAMED}


def steps(checkout: Path, *named: str) -> list[str]:
    """What `make setup` would do, in short."""
    command = [str(MAKE), "--dry-run", "setup", *named]
    done = subprocess.run(command, cwd=checkout, env=plain(), capture_output=True, text=True, check=True)
    words = {"-m venv --clear .venv": "made anew", "pip install": "installed"}
    return [step for word, step in words.items() if word in done.stdout]


def test_an_environment_stays_when_no_python_is_named(checkout: Path) -> None:
    assert steps(checkout) == []


def test_an_environment_stays_when_its_own_python_is_named(checkout: Path) -> None:
    assert steps(checkout, f"PYTHON={sys.executable}") == []


def test_an_environment_is_made_anew_when_another_python_is_named(checkout: Path, other_python: Path) -> None:
    assert steps(checkout, f"PYTHON={other_python}") == ["made anew", "installed"]


def test_an_environment_is_made_where_there_is_none(checkout: Path) -> None:
    shutil.rmtree(checkout / ".venv")
    assert steps(checkout) == ["made anew", "installed"]


def test_an_environment_whose_packages_changed_is_filled_and_stays(checkout: Path) -> None:
    os.utime(checkout / ".venv" / "ready", (0, 0))
    assert steps(checkout) == ["installed"]


def test_an_environment_whose_lock_was_renewed_is_filled_and_stays(checkout: Path) -> None:
    later = (checkout / ".venv" / "ready").stat().st_mtime + 60
    os.utime(checkout / ".ci" / "lock.txt", (later, later))
    assert steps(checkout) == ["installed"]


def test_a_python_that_is_too_old_is_told_before_anything_is_made(checkout: Path) -> None:
    old = checkout / "python3.9"
    old.write_text("#!/bin/sh\ncase $2 in *exit*) exit 1;; *) echo 3.9.0 /usr;; esac\n", "utf-8")
    old.chmod(0o755)
    done = subprocess.run(
        [str(MAKE), "setup", f"PYTHON={old}"], cwd=checkout, env=plain(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, "Python 3.11 or newer is needed." in done.stdout) == (2, True)
    assert (checkout / ".venv" / "ready").exists()


def test_every_benchmark_is_run_small() -> None:
    done = subprocess.run(
        [str(MAKE), "--dry-run", "benchmarks-small"], cwd=ROOT, env=plain(), capture_output=True, text=True, check=True
    )
    runs = set(re.findall(r"-m benchmarks\.(\w+)", done.stdout))
    assert runs == {path.stem for path in ROOT.glob("benchmarks/*.py") if "__main__" in path.read_text("utf-8")}
