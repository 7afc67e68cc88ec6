"""Check and set up what the ribbon's buttons need on this computer: `caseload install` (SPEC 10).

The macros look into one small file of this user for the program to start, on a Mac into a script in the one folder from
which Excel may start anything: it gets the Python that runs here. The add-in, which brings the ribbon to workbooks
without macros, goes where Excel loads it whenever it starts; one that an agency has signed stays as it is.
"""

from __future__ import annotations

import os
import plistlib
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Literal

from addin.errors import BookError
from addin.install.start import mac_script, program_line
from workbook.macros import ADD_IN, MAC_SCRIPT, PROGRAM_FILE
from workbook.whole_file import write_new, write_whole

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
MAC_ASKS: Final = (
    "macOS may ask whether this terminal may reach the data of other apps: that is Excel's own folder, in which Excel "
    "looks for the script and the add-in. Choose Allow."
)
NO_EXCEL_HERE: Final = (
    "There is no Excel for this system, so nothing is set up. To have the buttons in LibreOffice Calc: caseload "
    "install --calc. The command caseload does what they do, on the same file: caseload validate FILE, caseload fix "
    "FILE, caseload submit FILE."
)
_EXCEL_SYSTEMS: Final = ("win32", "darwin")
_WINDOWS_START_FOLDER: Final = "Microsoft/Excel/XLSTART"
_MAC_START_FOLDER: Final = "Library/Group Containers/UBF8T346G9.Office/User Content.localized/Startup.localized/Excel"
"""Excel opens every file in this folder when it starts, add-ins too, and trusts their macros."""
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
    """What the checks need to know of a computer. `platform` is as `sys.platform` has it."""

    platform: str
    home: Path
    python: Path
    python_version: tuple[int, int, int]
    python_bits: int
    application_data: Path
    """Of this user, on Windows."""
    xlwings_version: str
    encoding: str
    """In which Excel's macros read a file here."""
    applications: tuple[Path, ...] = (Path("/Applications"),)
    registry: ReadRegistry = lambda key, name: None

    @property
    def has_excel_kind(self) -> bool:
        """Whether there is an Excel for this system at all."""
        return self.platform in _EXCEL_SYSTEMS

    @property
    def program_file(self) -> Path:
        """What says which program the macros start: a line, or on a Mac a script."""
        if self.platform == "darwin":
            return self.home / _MAC_SCRIPTS / MAC_SCRIPT
        return self.application_data.joinpath(*PROGRAM_FILE)

    @property
    def program(self) -> str:
        """What stands in that file."""
        return mac_script(self.python) if self.platform == "darwin" else program_line(self.python)

    @property
    def add_in(self) -> Path:
        """Where Excel finds the add-in by itself."""
        if self.platform == "darwin":
            return self.home / _MAC_START_FOLDER / ADD_IN
        return self.application_data / _WINDOWS_START_FOLDER / ADD_IN


def this_computer() -> Computer:
    if find_spec("xlwings") is None:
        raise BookError("xlwings is not installed beside this Python. Run: pip install xlwings")
    windows = sys.platform == "win32"
    home = Path.home()
    application_data = os.environ.get("APPDATA")
    return Computer(
        sys.platform,
        home,
        Path(sys.executable),
        sys.version_info[:3],
        struct.calcsize("P") * 8,
        Path(application_data) if application_data else home / "AppData" / "Roaming",
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
    findings += [_excel(computer), _program(computer), _add_in(computer)]
    return findings


def install(computer: Computer) -> list[Path]:
    """Sets up what `check` would find wrong and can be set up. Gives the files that were written.

    Raises BookError with one plain sentence where that fails, and where there is no Excel for the system.
    """
    if not computer.has_excel_kind:
        raise BookError(NO_EXCEL_HERE)
    if computer.platform == "darwin" and not (computer.home / _MAC_CONTAINER).is_dir():
        raise BookError("Excel was never started on this Mac. Start it once, close it, and run caseload install again.")
    written: list[Path] = []
    path = computer.program_file
    try:
        if _program(computer).state != "right":
            write_whole(path, computer.program.encode(computer.encoding))
            written.append(path)
        path = computer.add_in
        if _add_in(computer).state != "right":
            write_whole(path, _own_add_in())
            written.append(path)
    except UnicodeEncodeError as error:
        raise BookError(
            f"Excel's macros cannot read the path {computer.python}, because of {error.object[error.start]!r} in it. "
            "Install Python in a folder with plain letters, such as C:\\Python, and run caseload install from there."
        ) from error
    except OSError as error:
        raise BookError(
            f"{error.filename or path} cannot be written: {error.strerror}. "
            "Close Excel, make the folder writable, and try again."
        ) from error
    return written


def save_add_in(path: Path) -> None:
    """Saves the add-in as a file, for an agency that signs it and rolls it out. A file that is there already is left
    alone: it may be signed. Raises BookError."""
    try:
        write_new(path, _own_add_in(), private=False)
    except FileExistsError:
        raise BookError(f"There is a file {path} already. Choose another name, or move it away first.") from None
    except OSError as error:
        raise BookError(f"{path} cannot be written: {error.strerror}. Choose another folder.") from error


def advice(computer: Computer) -> list[str]:
    """What only the user can do, in plain words."""
    return {"win32": [UNBLOCK, TRUST, DEFENDER], "darwin": [MAC_TRUST]}.get(computer.platform, [])


def _python(computer: Computer) -> Finding:
    number = ".".join(str(part) for part in computer.python_version)
    found = f"Python {number}, {computer.python_bits}-bit, at {computer.python}."
    if computer.python_version < (3, 11):
        return Finding("Python", "wrong", f"{found} Version 3.11 or later is needed.")
    return Finding("Python", "right", found)


def _xlwings(computer: Computer) -> Finding:
    found = f"xlwings {computer.xlwings_version}."
    numbers = tuple(int(part) for part in computer.xlwings_version.split(".")[:2] if part.isdigit())
    if numbers < OLDEST_XLWINGS:
        return Finding("xlwings", "wrong", f"{found} A newer one is needed: pip install --upgrade xlwings")
    return Finding("xlwings", "right", found)


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


def _program(computer: Computer) -> Finding:
    path = computer.program_file
    try:
        known = path.read_bytes().decode(computer.encoding, "replace")
    except OSError:
        return Finding("Program", "wrong", f"{path}, which names the program, is missing. Run: caseload install")
    if known != computer.program:
        return Finding("Program", "wrong", f"{path} names another program. To name this one: caseload install")
    return Finding("Program", "right", f"{path} names this Python.")


def _add_in(computer: Computer) -> Finding:
    from workbook.sheets.macro_book import is_signed

    path = computer.add_in
    try:
        known = path.read_bytes()
    except OSError:
        return Finding("Add-in", "wrong", f"{path} is missing. Run: caseload install")
    if known == _own_add_in():
        return Finding("Add-in", "right", f"{path} brings the tab Caseload to every workbook.")
    if is_signed(known):
        return Finding("Add-in", "right", f"{path} is signed, and stays as it is.")
    return Finding("Add-in", "wrong", f"{path} is of another version. Run: caseload install")


def _own_add_in() -> bytes:
    from workbook.sheets.macro_book import build_add_in  # openpyxl takes its time

    return build_add_in()


def _bits_of(program: Path) -> int | None:
    """32 or 64, from a Windows program's own header; None where that is not known."""
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
