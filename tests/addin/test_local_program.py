"""How the programs of a server of one's own are found, started, ended and read, on each system."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from addin.api import local_program
from addin.errors import Stopped


def test_on_windows_a_server_has_a_console_that_nobody_sees_and_no_ctrl_c_reaches_it() -> None:
    flags = local_program.detached("win32")["creationflags"]
    new_process_group, detached_process, no_window = 0x200, 0x8, 0x08000000
    assert flags == new_process_group | no_window
    assert not flags & detached_process
    assert local_program.unseen("win32") == {"creationflags": no_window}
    assert (local_program.detached("linux"), local_program.unseen("darwin")) == ({"start_new_session": True}, {})


def test_on_windows_no_taken_port_is_taken_for_a_free_one() -> None:
    assert local_program.probes_with("win32") == []
    assert local_program.probes_with("linux") == [socket.SO_REUSEADDR]


def test_on_windows_a_server_ends_with_its_worker() -> None:
    assert local_program.ends_a_tree("win32", 4711) == [
        local_program.of_windows("taskkill"), "/PID", "4711", "/T", "/F",
    ]  # fmt: skip
    assert local_program.ends_a_tree("linux", 4711) == []


def test_on_windows_no_program_is_looked_for_in_the_folder_that_one_is_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where `shutil.which` and Windows itself look first."""
    beside, own = tmp_path / "beside", tmp_path / "Scripts"
    for folder in (beside, own):
        folder.mkdir()
        for name in ("caseload-server", "caseload-server.exe", "tasklist.exe"):
            (folder / name).touch(0o755)
    monkeypatch.chdir(beside)
    monkeypatch.setenv("SYSTEMROOT", "D:\\WINNT")
    for platform, name in (("win32", "caseload-server.exe"), ("linux", "caseload-server")):
        found = local_program.find_program("caseload-server", ["", ".", "beside", str(own)], platform)
        assert found == str(own / name)
        assert local_program.find_program("caseload-server", ["", "."], platform) is None
    assert local_program.of_windows("tasklist") == "D:\\WINNT\\System32\\tasklist.exe"


def test_a_program_speaks_utf_8_in_a_country_with_another_code_page(tmp_path: Path) -> None:
    environment = local_program.for_python(
        {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG"))}
        | {"LC_ALL": "C", "PYTHONIOENCODING": "latin-1"}
    )
    said = subprocess.run(
        [sys.executable, "-c", "print('Montréal')"], env=environment, capture_output=True, check=True
    ).stdout
    assert said.decode("utf-8").strip() == "Montréal"


@pytest.mark.skipif(sys.platform == "win32", reason="a script that starts by its first line")
def test_what_a_program_says_in_another_code_page_is_read_all_the_same(tmp_path: Path) -> None:
    program = tmp_path / "caseload-server"
    program.write_bytes(b"#!/bin/sh\nprintf 'Montr\\351al is no agency.' >&2\nexit 2\n")
    program.chmod(0o755)
    with pytest.raises(Stopped, match=r"^Montr.al is no agency\.$"):
        local_program.run(str(program), {}, "site")
