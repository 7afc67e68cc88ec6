"""Find LibreOffice on this computer, and the Python inside it.

LibreOffice runs components in a Python of its own: on Windows and Macs the one that it brings, on Linux mostly the
system's. What is imported there must be made for that version.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from addin.errors import BookError

OLDEST_PYTHON: Final = (3, 11)
NOT_FOUND: Final = (
    "LibreOffice was not found on this computer. Install it from libreoffice.org, start it once, and run this again. "
    "If it is in an unusual place, name the folder that holds soffice: caseload install --calc --libreoffice FOLDER"
)
SEALED: Final = (
    "LibreOffice here is a {kind}, sealed off from every other program, so the buttons cannot be added to it. Install "
    "it from your system's own packages (Debian, Ubuntu: sudo apt install libreoffice-calc python3-uno), or from "
    "libreoffice.org, and run this again. The command caseload works without it."
)
NO_PYTHON: Final = (
    "LibreOffice in {folder} was installed without its Python. Install that (Debian, Ubuntu: sudo apt install "
    "python3-uno; Fedora, openSUSE: libreoffice-pyuno), and run this again."
)
TOO_OLD: Final = (
    "LibreOffice in {folder} has Python {version}, and the buttons need {oldest} or later. Install the newest "
    "LibreOffice, which has it, and run this again. The command caseload works without it."
)
_REGISTRY_KEY: Final = r"SOFTWARE\LibreOffice\UNO\InstallPath"
_PROGRAM_NAMES: Final = ("soffice.exe", "soffice")
_LINUX_FOLDERS: Final = ("usr/lib/libreoffice/program", "usr/lib64/libreoffice/program")
_FLATPAKS: Final = (
    "var/lib/flatpak/app/org.libreoffice.LibreOffice",
    ".local/share/flatpak/app/org.libreoffice.LibreOffice",
)
_WHO: Final = "import json, sys, uno; print(json.dumps(sys.version_info[:3]))"
_ASK_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class LibreOffice:
    """`folder` holds its programs (soffice, unopkg); `python` runs the same Python that is inside it."""

    folder: Path
    python: Path
    python_version: tuple[int, int, int]

    @property
    def unopkg(self) -> Path:
        # On Windows, unopkg.com is the one that prints.
        names = ("unopkg.com", "unopkg.exe", "unopkg")
        return next((self.folder / name for name in names if (self.folder / name).is_file()), self.folder / names[-1])

    @property
    def soffice(self) -> Path:
        return next(self.folder / name for name in _PROGRAM_NAMES if (self.folder / name).is_file())

    def runs(self, code: str, folders: Iterable[Path] = ()) -> str:
        """What its Python prints for some code, with these folders in front of other people's packages.

        Raises BookError with the last line of what went wrong.
        """
        places = [str(folder) for folder in folders]
        first = (
            "import sys; found = [at for at, one in enumerate(sys.path) if one.endswith(('site-packages', "
            "'dist-packages'))]; at = found[0] if found else len(sys.path); sys.path[at:at] = sys.argv[1:]\n"
        )
        return _printed(self.python, first + code, places, self.folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """Where programs are looked for. `platform` is as `sys.platform` has it; `registry` gives a value in Windows'."""

    platform: str = sys.platform
    root: Path = Path("/")
    home: Path = field(default_factory=Path.home)
    registry: Callable[[str, str], str | None] = lambda key, name: None
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)


def find_libreoffice(system: System, named: Path | None = None) -> LibreOffice:
    """The LibreOffice of this computer, the newest where there are several; `named`: the folder that the user gave.

    Raises BookError with one plain sentence: not found, sealed off, without Python, or with one that is too old.
    """
    folders = [named] if named else list(_folders(system))
    folder = next((one for one in map(_program_folder, folders) if one is not None), None)
    if folder is None or _is_snap(folder):
        flatpak = any((base / place).is_dir() for place in _FLATPAKS for base in (system.root, system.home))
        sealed = "Snap" if folder is not None else "Flatpak" if flatpak and not named else None
        raise BookError(SEALED.format(kind=sealed) if sealed else NOT_FOUND)
    python = _python_of(folder, system.root)
    try:
        version = json.loads(_printed(python, _WHO, [], folder)) if python else None
    except BookError:
        version = None
    if python is None or version is None:
        raise BookError(NO_PYTHON.format(folder=folder))
    if tuple(version) < OLDEST_PYTHON:
        number = ".".join(map(str, version))
        raise BookError(TOO_OLD.format(folder=folder, version=number, oldest=".".join(map(str, OLDEST_PYTHON))))
    return LibreOffice(folder, python, (version[0], version[1], version[2]))


def bare_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Without what tells a Python where its modules are: LibreOffice sets it for its own, and another would take it
    for its."""
    return {name: value for name, value in environment.items() if name not in ("PYTHONPATH", "PYTHONHOME")}


def _folders(system: System) -> Iterable[Path]:
    """Where it may be, the likeliest first."""
    root, environment = system.root, system.environment
    if system.platform == "win32":
        known = system.registry(_REGISTRY_KEY, "")
        if known:
            yield Path(known)
        for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)"):
            if environment.get(variable):
                yield Path(environment[variable]) / "LibreOffice" / "program"
    elif system.platform == "darwin":
        for applications in (root / "Applications", system.home / "Applications"):
            yield applications / "LibreOffice.app" / "Contents" / "MacOS"
    else:
        for name in ("soffice", "libreoffice"):
            found = shutil.which(name, path=environment.get("PATH", ""))
            if found:
                yield Path(found).parent if _is_snap(Path(found)) else Path(found).resolve().parent
        yield from (root / name for name in _LINUX_FOLDERS)
        yield from sorted((root / "opt").glob("libreoffice*/program"), reverse=True)


def _is_snap(path: Path) -> bool:
    """Whether it is one of Snap's. Its commands are links to snap itself, so a link is not to be followed."""
    return "snap" in path.parts[1:2]


def _program_folder(folder: Path) -> Path | None:
    """The folder with soffice in it, from what a user may take for LibreOffice's folder."""
    for inside in (folder, folder / "program", folder / "Contents" / "MacOS"):
        if any((inside / name).is_file() for name in _PROGRAM_NAMES) or _is_snap(inside):
            return inside
    return None


def _python_of(folder: Path, root: Path) -> Path | None:
    places = (
        folder / "python.exe",
        folder.parent / "Resources" / "python",
        folder / "python",
        root / "usr/bin/python3",
        root / "usr/local/bin/python3",
    )
    return next((place for place in places if place.is_file()), None)


def _printed(python: Path, code: str, arguments: list[str], folder: Path) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - LibreOffice's own Python, with code of ours
            [python, "-c", code, *arguments], env=bare_environment(os.environ), cwd=folder, capture_output=True,
            text=True, encoding="utf-8", errors="replace", check=False, timeout=_ASK_SECONDS,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BookError(f"LibreOffice's Python, {python}, does not run: {error}. Install LibreOffice anew.") from error
    if done.returncode:
        raise BookError((done.stderr.strip().splitlines() or ["it ended without a word"])[-1])
    return done.stdout
