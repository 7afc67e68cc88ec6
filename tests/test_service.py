"""The service as docs/operate.md sets it up: every command works with its settings, whoever types it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

PAGE = (Path(__file__).parent.parent / "docs" / "operate.md").read_text("utf-8")
SETTINGS, PROGRAMS = "/etc/caseload.env", "/opt/caseload/bin"
ANALYZE = shutil.which("systemd-analyze")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a service of Linux")


def block(begins: str) -> str:
    """The page's block of code that begins so."""
    codes: list[str] = re.findall(r"^```\w*\n(.*?)^```", PAGE, re.M | re.S)
    [found] = [code for code in codes if code.startswith(begins)]
    return found


@pytest.fixture
def places(tmp_path: Path) -> dict[str, str]:
    """Places of the test's own for those of the page."""
    settings = tmp_path / "settings"
    settings.write_text(block('CASELOAD_DATABASE_URL="sqlite').replace("/var/lib/caseload", str(tmp_path)), "utf-8")
    return {SETTINGS: str(settings), PROGRAMS: sysconfig.get_path("scripts")}


def put(text: str, places: dict[str, str]) -> str:
    for old, new in places.items():
        assert old in text
        text = text.replace(old, new)
    return text


def test_a_command_works_on_the_database_of_the_service(places: dict[str, str], tmp_path: Path) -> None:
    script = tmp_path / "caseload-server"
    script.write_text(put(block("#!/bin/sh"), places), "utf-8")
    script.chmod(0o755)
    environment = {"HOME": str(tmp_path / "home"), "PATH": "/usr/bin:/bin"}
    for words, said in ((("site", "create", "Harbor House"), "Harbor House"), (("site", "list"), "Harbor House")):
        done = subprocess.run([script, *words], capture_output=True, text=True, env=environment, check=True)
        assert done.stdout.startswith(said)
    assert (tmp_path / "caseload.db").is_file()
    assert not (tmp_path / "home").exists()


@pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze was not found: it comes with systemd")
def test_systemd_takes_the_unit(places: dict[str, str], tmp_path: Path) -> None:
    unit = tmp_path / "caseload.service"
    unit.write_text(put(block("[Unit]"), places).replace("User=caseload", "User=root"), "utf-8")
    done = subprocess.run([str(ANALYZE), "verify", unit], capture_output=True, text=True, check=False)
    told = [line for line in done.stderr.splitlines() if "caseload.service" in line]
    assert told == []
