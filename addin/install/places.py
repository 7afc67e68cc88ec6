"""Find folders that are elsewhere than they seem: OneDrive's, a store Python's, Excel's on a Mac.

EXCEL-TRUTH 18, 27, 28 and 30 are the sources.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from addin.install.excel import Finding
from addin.install.registry import Registry

_SHELL_FOLDERS: Final = r"Software\Microsoft\Windows\CurrentVersion\Explorer\User Shell Folders"
_ONEDRIVE: Final = ("OneDrive", "OneDriveCommercial", "OneDriveConsumer")
"""The environment's words for where OneDrive's folders are."""
_CONTAINER: Final = "Library/Containers/com.microsoft.Excel/Data"
_SCRIPTS: Final = "Library/Application Scripts/com.microsoft.Excel"
_GROUP: Final = "Library/Group Containers/UBF8T346G9.Office"


def store_python(python: Path) -> Finding | None:
    """A finding where this Python is the one of Microsoft's store: what it writes into the user's folders is kept in
    one of its own, where Excel does not look."""
    if r"\windowsapps\pythonsoftwarefoundation.python" not in str(python).replace("/", "\\").casefold():
        return None
    return Finding(
        "Python's folders",
        "wrong",
        "This Python is from Microsoft's store: what it writes into your folders, Excel does not find. Install "
        "Caseload Upload with uv, which brings another Python (see README: uv tool install --managed-python …), and "
        "run caseload install again.",
    )


def documents(registry: Registry, environment: Mapping[str, str]) -> Finding:
    """Where this user's Documents are, on Windows."""
    path = registry.values("user", _SHELL_FOLDERS).get("personal", r"%USERPROFILE%\Documents")
    small = {name.casefold(): value for name, value in environment.items()}
    where = re.sub("%([^%]+)%", lambda name: small.get(name[1].casefold(), name[0]), path)
    clouds = [small[name.casefold()] for name in _ONEDRIVE if small.get(name.casefold())]
    if not any(_is_within(where, cloud) for cloud in clouds):
        return Finding("Documents", "right", f"Your Documents are {where}.")
    return Finding(
        "Documents",
        "right",
        f"Your Documents are in OneDrive, {where}. The buttons work there, with AutoSave too. Excel knows such a "
        "folder by its web address: to have it trusted, add that address in the Trust Center, or keep your caseload "
        "workbooks in a folder outside of OneDrive.",
    )


def mac_folders(home: Path) -> Finding:
    """Whether what Excel on a Mac looks for can be written where it looks."""
    container = home / _CONTAINER
    if not container.is_dir():
        return Finding("Excel's folders", "wrong", "Excel was never started on this Mac. Start it once, and close it.")
    for folder in (container, home / _SCRIPTS):
        if not _lets_in(folder):
            return Finding(
                "Excel's folders",
                "wrong",
                f"macOS does not let this terminal into {folder}. Run caseload install and choose Allow when it asks; "
                "if it does not ask, switch the terminal on in System Settings > Privacy & Security > Full Disk "
                "Access.",
            )
    return Finding(
        "Excel's folders",
        "right",
        f"This terminal may write where Excel looks. Workbooks that you keep in {home / _GROUP} are opened without the "
        "question “Grant access”.",
    )


def _lets_in(folder: Path) -> bool:
    """Whether this program may look into a folder. macOS may refuse it even where the folder's own rights allow it."""
    try:
        next(folder.iterdir(), None)
    except FileNotFoundError:  # it is made by caseload install
        return True
    except OSError:
        return False
    return True


def _is_within(place: str, folder: str) -> bool:
    def plain(path: str) -> str:
        return path.replace("/", "\\").rstrip("\\").casefold()

    return plain(place) == plain(folder) or plain(place).startswith(plain(folder) + "\\")
