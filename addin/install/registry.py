"""Read policies and settings of Windows and Office from the registry; never write."""

from __future__ import annotations

import sys
from typing import Literal, Protocol

Hive = Literal["machine", "user"]
"""HKEY_LOCAL_MACHINE and HKEY_CURRENT_USER."""


class Registry(Protocol):
    """The keys that can be read. A key that is missing or may not be read counts as empty."""

    def values(self, hive: Hive, key: str) -> dict[str, str]:
        """The values of a key as text, by their names in small letters; empty where there is no such key."""
        ...


class WindowsRegistry:
    """The one of this computer, the view of 64-bit programs; empty on any other system."""

    def values(self, hive: Hive, key: str) -> dict[str, str]:
        if sys.platform != "win32":
            return {}
        import winreg

        root = winreg.HKEY_LOCAL_MACHINE if hive == "machine" else winreg.HKEY_CURRENT_USER
        found: dict[str, str] = {}
        try:
            with winreg.OpenKey(root, key, access=winreg.KEY_READ | winreg.KEY_WOW64_64KEY) as opened:
                for place in range(winreg.QueryInfoKey(opened)[1]):
                    name, value, _ = winreg.EnumValue(opened, place)
                    found[name.casefold()] = str(value)
        except OSError:
            return found
        return found
