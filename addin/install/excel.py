"""`caseload install`: what the ribbon's buttons need on this computer, checked and set up (SPEC 10).

The macros in Caseload.xlsm are xlwings' own. They look into xlwings' settings of this user for the Python to start,
so that file gets the Python that runs here; whatever else stands in it is kept. On a Mac they also need xlwings' small
script in the one folder from which Excel may start anything.
"""

from __future__ import annotations

import os
import plistlib
import shutil
import struct
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Literal

from addin.errors import BookError

OLDEST_XLWINGS: Final = (0, 37)
UNBLOCK: Final = (
    "Windows blocks macros in a file that came from the internet or by e-mail. Save the file, click it with the right "
    "mouse button, choose Properties, tick Unblock at the bottom, and press OK. Then open it."
)
TRUST: Final = (
    "To be asked no more: in Excel, File > Options > Trust Center > Trust Center Settings > Trusted Locations > Add "
    "new location, and choose the folder where you keep your caseload workbooks. Let nobody else write there, and do "
    "not choose Downloads."
)
DEFENDER: Final = (
    "If a button does nothing, or says Permission denied, and Windows shows “Action blocked”, then Microsoft "
    "Defender's rule “Block all Office applications from creating child processes” is on: it keeps Excel from "
    "starting Python. Ask whoever manages your computer to exclude Excel's folder or this Python from that rule "
    "(d4f940ab-401b-4efc-aadc-ad5f3c50688a; event 1121 in Defender's log). The command caseload works without it."
)
MAC_TRUST: Final = (
    "At the first press of a button macOS asks whether Excel may be controlled: choose OK. If you did not, allow it "
    "in System Settings > Privacy & Security > Automation. When Excel asks about macros in Caseload.xlsm, enable them."
)
NO_EXCEL_HERE: Final = (
    "There is no Excel for this system, so nothing is set up. To have the buttons in LibreOffice Calc: caseload "
    "install --calc. The command caseload does what they do, on the same file: caseload validate FILE, caseload fix "
    "FILE, caseload submit FILE."
)
_SETTING: Final = {"win32": "INTERPRETER_WIN", "darwin": "INTERPRETER_MAC"}
_MAC_CONTAINER: Final = "Library/Containers/com.microsoft.Excel/Data"
_MAC_SCRIPTS: Final = "Library/Application Scripts/com.microsoft.Excel"
_APP_PATHS: Final = r"SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\excel.exe"
_BITS: Final = {0x014C: 32, 0x8664: 64, 0xAA64: 64}
"""The machine that a Windows program is for, as its header names it."""

State = Literal["right", "wrong", "unknown"]
ReadRegistry = Callable[[str, str], str | None]
"""A key under HKEY_LOCAL_MACHINE and the name of a value in it → the value as text, None where there is none."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `sentence` says what was found and, unless it is right, what to do."""

    what: str
    state: State
    sentence: str


@dataclass(frozen=True, slots=True)
class Computer:
    """What is to be known of a computer. `platform` is as `sys.platform` has it."""

    platform: str
    home: Path
    python: Path
    python_version: tuple[int, int, int]
    python_bits: int
    xlwings_folder: Path
    xlwings_version: str
    encoding: str
    """In which Excel's macros read a settings file here."""
    applications: tuple[Path, ...] = (Path("/Applications"),)
    registry: ReadRegistry = lambda key, name: None

    @property
    def has_excel_kind(self) -> bool:
        """Whether there is an Excel for this system at all."""
        return self.platform in _SETTING

    @property
    def settings_file(self) -> Path:
        """xlwings' settings of this user, where its macros look for them."""
        folder = _MAC_CONTAINER if self.platform == "darwin" else ".xlwings"
        return self.home / folder / "xlwings.conf"

    @property
    def script(self) -> Path:
        """On a Mac: xlwings' script, where Excel may start it."""
        return self.home / _MAC_SCRIPTS / self.script_source.name

    @property
    def script_source(self) -> Path:
        return self.xlwings_folder / f"xlwings-{self.xlwings_version}.applescript"


def this_computer() -> Computer:
    found = find_spec("xlwings")  # its place is all that is asked for
    if found is None or found.origin is None:
        raise BookError("xlwings is not installed beside this Python. Run: pip install xlwings")
    windows = sys.platform == "win32"
    home = Path.home()
    return Computer(
        sys.platform,
        home,
        Path(sys.executable),
        sys.version_info[:3],
        struct.calcsize("P") * 8,
        Path(found.origin).parent,
        version("xlwings"),
        "mbcs" if windows else "utf-8",
        (Path("/Applications"), home / "Applications"),
        registry_value if windows else lambda key, name: None,
    )


def check(computer: Computer) -> list[Finding]:
    """What is right and what is wrong. Changes nothing."""
    findings = [_python(computer), _xlwings(computer)]
    if not computer.has_excel_kind:
        return [*findings, Finding("Excel", "wrong", NO_EXCEL_HERE)]
    findings += [_excel(computer), _settings(computer)]
    if computer.platform == "darwin":
        findings.append(_script(computer))
    return findings


def install(computer: Computer) -> list[Path]:
    """Sets up what `check` would find wrong and can be set up. Gives the files that were written.

    Raises BookError with one plain sentence where that fails, and where there is no Excel for the system.
    """
    if not computer.has_excel_kind:
        raise BookError(NO_EXCEL_HERE)
    if computer.platform == "darwin" and not computer.settings_file.parent.is_dir():
        raise BookError("Excel was never started on this Mac. Start it once, close it, and run caseload install again.")
    written: list[Path] = []
    try:
        if _settings(computer).state != "right":
            _write(computer.settings_file, _with_interpreter(computer))
            written.append(computer.settings_file)
        if computer.platform == "darwin" and _script(computer).state != "right":
            computer.script.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(computer.script_source, computer.script)
            written.append(computer.script)
    except UnicodeEncodeError as error:
        raise BookError(
            f"Excel's macros cannot read the path {computer.python}, because of {error.object[error.start]!r} in it. "
            "Install Python in a folder with plain letters, such as C:\\Python, and run caseload install from there."
        ) from error
    except OSError as error:
        raise BookError(
            f"{error.filename or computer.settings_file} cannot be written: {error.strerror}. "
            "Close Excel, make the folder writable, and try again."
        ) from error
    return written


def advice(computer: Computer) -> list[str]:
    """What only the user can do, in plain words."""
    return {"win32": [UNBLOCK, TRUST, DEFENDER], "darwin": [MAC_TRUST]}.get(computer.platform, [])


def _python(computer: Computer) -> Finding:
    number = ".".join(str(part) for part in computer.python_version)
    said = f"Python {number}, {computer.python_bits}-bit, at {computer.python}."
    if computer.python_version < (3, 11):
        return Finding("Python", "wrong", f"{said} Version 3.11 or later is needed.")
    return Finding("Python", "right", said)


def _xlwings(computer: Computer) -> Finding:
    said = f"xlwings {computer.xlwings_version}."
    numbers = tuple(int(part) for part in computer.xlwings_version.split(".")[:2] if part.isdigit())
    if numbers < OLDEST_XLWINGS:
        return Finding("xlwings", "wrong", f"{said} A newer one is needed: pip install --upgrade xlwings")
    return Finding("xlwings", "right", said)


def _excel(computer: Computer) -> Finding:
    if computer.platform == "darwin":
        for folder in computer.applications:
            facts = folder / "Microsoft Excel.app" / "Contents" / "Info.plist"
            if facts.is_file():
                with facts.open("rb") as file:
                    found: Any = plistlib.load(file)
                return Finding("Excel", "right", f"Excel {found.get('CFBundleShortVersionString', '')}, in {folder}.")
        return Finding("Excel", "wrong", "Excel was not found in Applications. Install it, and start it once.")
    path = computer.registry(_APP_PATHS, "")
    if not path:
        return Finding("Excel", "wrong", "Excel was not found on this computer. Install it, and start it once.")
    bits = _bits_of(Path(path.strip('"')))
    kind = f"{bits}-bit" if bits else "of a kind that cannot be told"
    return Finding("Excel", "right", f"Excel, {kind}, at {path}. It works with a Python of either kind.")


def _settings(computer: Computer) -> Finding:
    setting, path = _SETTING[computer.platform], computer.settings_file
    known = _interpreter(computer)
    if known is None:
        return Finding("Settings", "wrong", f"{path} does not name the Python for the buttons. Run: caseload install")
    if known != str(computer.python):
        return Finding("Settings", "wrong", f"{path} names another Python: {known}. To change it: caseload install")
    return Finding("Settings", "right", f"{path} names this Python as {setting}.")


def _script(computer: Computer) -> Finding:
    try:
        same = computer.script.read_bytes() == computer.script_source.read_bytes()
    except OSError:
        same = False
    if same:
        return Finding("Script", "right", f"{computer.script} lets Excel start Python.")
    return Finding("Script", "wrong", f"{computer.script} is missing or of another version. Run: caseload install")


def _interpreter(computer: Computer) -> str | None:
    """The Python that the settings name. They are lines of `"NAME","value"`."""
    wanted = _SETTING[computer.platform]
    for line in _lines(computer.settings_file):
        if _name(line) == wanted:
            return line.decode(computer.encoding, "replace").partition(",")[2].strip().strip('"')
    return None


def _with_interpreter(computer: Computer) -> bytes:
    """The settings with this Python, all other lines as they were, byte for byte."""
    setting = _SETTING[computer.platform]
    end = "\r\n" if computer.platform == "win32" else "\n"
    kept = [line for line in _lines(computer.settings_file) if _name(line) != setting]
    own = f'"{setting}","{computer.python}"'.encode(computer.encoding)
    return b"".join(line + end.encode() for line in (*kept, own))


def _lines(path: Path) -> list[bytes]:
    try:
        return [line for line in path.read_bytes().splitlines() if line.strip()]
    except FileNotFoundError:
        return []


def _name(line: bytes) -> str:
    """The setting that a line is for. The macros compare without case."""
    return line.partition(b",")[0].strip().strip(b'"').decode("ascii", "replace").upper()


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".xlwings-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def _bits_of(program: Path) -> int | None:
    """32 or 64, from a Windows program's own header; None where it cannot be told."""
    try:
        with program.open("rb") as file:
            head = file.read(4096)
        (start,) = struct.unpack_from("<I", head, 0x3C)
        (machine,) = struct.unpack_from("<H", head, start + 4)
    except (OSError, struct.error):
        return None
    return _BITS.get(machine) if head[start : start + 4] == b"PE\0\0" else None


def registry_value(key: str, name: str) -> str | None:
    """A value under HKEY_LOCAL_MACHINE, None where there is none or no registry."""
    if sys.platform != "win32":
        return None
    import winreg

    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key, access=winreg.KEY_READ | winreg.KEY_WOW64_64KEY) as found:
            return str(winreg.QueryValueEx(found, name)[0])
    except OSError:
        return None
