"""`caseload install` on a computer with Windows, on a Mac and on one without Excel: folders made to look like them."""

from __future__ import annotations

import json
import os
import plistlib
import struct
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import xlwings as xw

from addin.api.client import Client
from addin.api.settings import config_folder, load_settings, save_settings
from addin.errors import BookError
from addin.install import excel as setup
from addin.install.excel import Computer, Finding, check, install
from tests.support.excel.applescript import shell_line
from tests.support.macro_template import built, package, parts_of_package
from tests.support.smoke import SMOKE, smoke_script
from workbook.sheets.macro_book import build_add_in

EXCEL = r"SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\excel.exe"
RULE = "d4f940ab-401b-4efc-aadc-ad5f3c50688a"


def windows_program(path: Path, machine: int) -> Path:
    """The beginning of an .exe: a DOS header that points to a PE header for a kind of machine."""
    head = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x80)
    path.write_bytes(head.ljust(0x80, b"\0") + b"PE\0\0" + struct.pack("<H", machine))
    return path


@pytest.fixture
def windows(tmp_path: Path) -> Computer:
    excel = windows_program(tmp_path / "EXCEL.EXE", 0x8664)
    return Computer(
        "win32",
        tmp_path / "home",
        Path(r"C:\Users\Ann\venv\Scripts\python.exe"),
        (3, 12, 1),
        64,
        tmp_path / "Roaming",
        xw.__version__,
        "cp1252",
        registry=lambda key, name: str(excel) if (key, name) == (EXCEL, "") else None,
    )


@pytest.fixture
def mac(tmp_path: Path) -> Computer:
    home, applications = tmp_path / "home", tmp_path / "Applications"
    (home / "Library/Containers/com.microsoft.Excel/Data").mkdir(parents=True)
    contents = applications / "Microsoft Excel.app" / "Contents"
    contents.mkdir(parents=True)
    (contents / "Info.plist").write_bytes(plistlib.dumps({"CFBundleShortVersionString": "16.90"}))
    return Computer(
        "darwin",
        home,
        Path("/Users/ann/venv/bin/python"),
        (3, 12, 1),
        64,
        tmp_path / "none",
        xw.__version__,
        "utf-8",
        (applications,),
    )


def states(findings: list[Finding]) -> dict[str, str]:
    return {finding.what: finding.state for finding in findings}


def sentence(computer: Computer, what: str) -> str:
    return next(finding.sentence for finding in check(computer) if finding.what == what)


def test_windows_gets_one_line_that_names_the_program_and_the_add_in(windows: Computer) -> None:
    assert states(check(windows)) == {
        "Python": "right",
        "xlwings": "right",
        "Excel": "right",
        "Program": "wrong",
        "Add-in": "wrong",
    }
    roaming = windows.application_data
    add_in = roaming / "Microsoft" / "Excel" / "XLSTART" / "Caseload.xlam"
    assert install(windows) == [roaming / "Caseload" / "program.txt", add_in]
    assert (roaming / "Caseload" / "program.txt").read_bytes() == (
        b'"C:\\Users\\Ann\\venv\\Scripts\\python.exe" -E -P -m addin.hosts.excel\r\n'
    )
    assert add_in.read_bytes() == build_add_in()
    assert {states(check(windows))[what] for what in ("Program", "Add-in")} == {"right"}
    assert install(windows) == []


def test_a_python_without_a_console_is_started_where_there_is_one(windows: Computer, tmp_path: Path) -> None:
    for name in ("python.exe", "pythonw.exe"):
        (tmp_path / name).touch()
    assert replace(windows, python=tmp_path / "python.exe").program.startswith(f'"{tmp_path / "pythonw.exe"}" -E')


def test_another_program_and_another_version_are_replaced(windows: Computer) -> None:
    install(windows)
    windows.program_file.write_bytes(b'"C:\\old\\python.exe" -m addin\r\n')
    windows.add_in.write_bytes(built())
    assert "another program" in sentence(windows, "Program")
    assert "another version" in sentence(windows, "Add-in")
    assert install(windows) == [windows.program_file, windows.add_in]
    assert install(windows) == []


def test_an_add_in_that_an_agency_has_signed_is_left_alone(windows: Computer) -> None:
    signed = package(parts_of_package(build_add_in()) | {"xl/vbaProjectSignature.bin": b"signed"})
    windows.add_in.parent.mkdir(parents=True)
    windows.add_in.write_bytes(signed)
    assert install(windows) == [windows.program_file]
    assert windows.add_in.read_bytes() == signed
    assert "is signed, and stays" in sentence(windows, "Add-in")


def test_a_mac_gets_the_script_that_excel_may_start_and_the_add_in(mac: Computer) -> None:
    script = mac.home / "Library/Application Scripts/com.microsoft.Excel/Caseload.applescript"
    start = "Library/Group Containers/UBF8T346G9.Office/User Content.localized/Startup.localized/Excel"
    assert install(mac) == [script, mac.home / start / "Caseload.xlam"]
    assert "/Users/ann/venv/bin/python -E -P -m addin.hosts.excel " in script.read_text("utf-8")
    assert set(states(check(mac)).values()) == {"right"}
    assert install(mac) == []
    assert "16.90" in sentence(mac, "Excel")


def test_what_the_mac_s_script_is_given_is_one_word_that_no_shell_reads(mac: Computer, tmp_path: Path) -> None:
    """Any macro may call it: it must start nothing but our program, wherever that is (EXCEL-TRUTH 30)."""
    odd = tmp_path / 'Ann\'s "own" \\ Python'
    odd.mkdir()
    python = odd / "python"
    python.write_text('#!/bin/sh\nfor one in "$@"; do printf "%s\\n" "$one"; done\n')
    python.chmod(0o755)
    said = "validate workbook=x; touch hacked $(touch hacked) 'a' > hacked"
    line = shell_line(replace(mac, python=python).program, said)
    done = subprocess.run(
        ["/bin/sh", "-c", line.removesuffix(" > /dev/null 2>&1 &")],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
    )
    assert done.stdout.splitlines() == ["-E", "-P", "-m", "addin.hosts.excel", said]
    assert not (tmp_path / "hacked").exists()


def test_a_mac_on_which_excel_never_ran_is_told_to_start_it(mac: Computer) -> None:
    (mac.home / "Library/Containers/com.microsoft.Excel/Data").rmdir()
    with pytest.raises(BookError, match="Start it once"):
        install(mac)
    assert not mac.program_file.exists()


@pytest.mark.parametrize(
    ("machine", "said"), [(0x014C, "32-bit"), (0x8664, "64-bit"), (0xAA64, "64-bit"), (0x0001, "cannot be told")]
)
def test_the_kind_of_excel_is_read_from_the_program_itself(
    machine: int, said: str, windows: Computer, tmp_path: Path
) -> None:
    excel = windows_program(tmp_path / "other.exe", machine)
    assert said in sentence(replace(windows, registry=lambda key, name: str(excel) if key == EXCEL else None), "Excel")


@pytest.mark.parametrize("content", [b"", b"MZ", b"MZ".ljust(0x3C) + b"\xff\xff\xff\xff"])
def test_a_program_that_is_none_does_not_stop_the_check(content: bytes, windows: Computer, tmp_path: Path) -> None:
    (tmp_path / "EXCEL.EXE").write_bytes(content)
    assert states(check(windows))["Excel"] == "right"


def test_excel_that_is_not_there_is_said(windows: Computer, mac: Computer, tmp_path: Path) -> None:
    for computer in (replace(windows, registry=lambda key, name: None), replace(mac, applications=(tmp_path,))):
        assert states(check(computer))["Excel"] == "wrong"
        assert "Install it" in sentence(computer, "Excel")


def test_an_old_python_and_an_old_xlwings_are_said(windows: Computer) -> None:
    old = replace(windows, python_version=(3, 10, 2), xlwings_version="0.30.1")
    assert (states(check(old))["Python"], states(check(old))["xlwings"]) == ("wrong", "wrong")
    assert "3.11 or later" in sentence(old, "Python")
    assert "pip install --upgrade xlwings" in sentence(old, "xlwings")


def test_a_path_that_the_macros_cannot_read_is_refused_and_nothing_is_written(windows: Computer) -> None:
    odd = replace(windows, python=Path("C:\\Användare\\Ждан\\python.exe"))
    with pytest.raises(BookError, match="cannot read the path"):
        install(odd)
    assert not odd.program_file.exists()


def test_a_folder_that_cannot_be_written_is_one_sentence(windows: Computer) -> None:
    windows.application_data.write_text("a file where a folder should be")
    with pytest.raises(BookError, match=r"cannot be written.*try again"):
        install(windows)


def test_where_there_is_no_excel_nothing_is_set_up(windows: Computer, tmp_path: Path) -> None:
    linux = replace(windows, platform="linux")
    assert states(check(linux)) == {"Python": "right", "xlwings": "right", "Excel": "wrong"}
    with pytest.raises(BookError, match="no Excel for this system"):
        install(linux)
    assert not linux.application_data.exists()


def test_the_advice_says_unblock_trust_and_what_defender_does(windows: Computer, mac: Computer) -> None:
    said = " ".join(setup.advice(windows))
    for word in ("Unblock", "Trusted Locations", "child processes", RULE, "Action blocked"):
        assert word in said
    assert "Automation" in " ".join(setup.advice(mac))


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="would set up this computer")
@pytest.mark.parametrize("option", [[], ["--check"]])
def test_the_command_says_on_this_computer_what_to_use_instead(option: list[str], tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("caseload")
    environment = {"HOME": str(tmp_path), "PATH": ""}
    done = subprocess.run(
        [program, "install", *option], capture_output=True, text=True, encoding="utf-8", env=environment, check=False
    )
    assert done.returncode == 3
    assert "caseload validate FILE" in done.stdout
    assert list(tmp_path.iterdir()) == []
    as_json = subprocess.run(
        [program, "install", *option, "--json"], capture_output=True, text=True, env=environment, check=False
    )
    facts = json.loads(as_json.stdout)
    assert {one["what"]: one["state"] for one in facts["checks"]}["Excel"] == "wrong"
    assert (facts["written"], facts["advice"]) == ([], [])


def test_the_add_in_is_saved_for_whoever_signs_it_and_never_over_another(tmp_path: Path) -> None:
    program, path = Path(sys.executable).with_name("caseload"), tmp_path / "Caseload.xlam"
    for code in (0, 3):
        done = subprocess.run([program, "install", "--save-add-in", path], capture_output=True, text=True, check=False)
        assert done.returncode == code, done
    assert done.stderr.startswith(f"There is a file {path} already.")
    assert path.read_bytes() == build_add_in()


@pytest.mark.skipif(sys.platform == "win32", reason="would drive the Excel of this computer")
def test_the_smoke_script_says_where_it_runs() -> None:
    done = subprocess.run([sys.executable, SMOKE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (3, "")
    assert "Excel for Windows" in done.stdout


def test_the_smoke_script_has_a_server_of_its_own_and_puts_settings_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    smoke = smoke_script(monkeypatch)
    save_settings(config_folder(), "http://127.0.0.1:1", None)
    before = {path: path.read_bytes() for path in config_folder().iterdir()}
    with smoke.server(tmp_path) as (url, token), smoke.settings(url, token):
        with Client(url, token) as client:
            assert client.me().administrator is True
        assert load_settings(config_folder(), {}).url == url
    assert {path: path.read_bytes() for path in config_folder().iterdir()} == before
