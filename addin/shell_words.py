"""Put a name from outside into a command that somebody is shown, so that a shell takes it for one word and no more.

What a file, a header or an agency is called was chosen by somebody else, and a line that we say to run is run.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

_HARMLESS: Final = re.compile(r"[\w./:][\w./:-]*")
"""Letters of any alphabet, digits, and signs that no shell takes for its own."""
_HARMLESS_ON_WINDOWS: Final = re.compile(r"[\w./:\\][\w./:\\-]*")
_NO_NAME: Final = re.compile(r"['\"`\u2018-\u201f]|[^\S ]")
"""Signs that shells take for quotation marks, PowerShell the curved ones too, and blanks that are not the space."""
_ALIVE_ON_WINDOWS: Final = re.compile(r"[$%!]|\\$")
"""What is alive between the quotation marks of PowerShell or of cmd, of which either may be the one. A backslash at the
end takes the quotation mark behind it."""


def shell_word(name: str | Path, instead: str = "FILE", *, windows: bool | None = None) -> str:
    """The name as one word of a command: as it is where all its signs are harmless, else in quotation marks of the
    shells that there are here; `instead` where a shell could still see something else in it, or a reader.

    `windows`: whether it is for Windows; for this computer where that is not said.
    """
    text = str(name)
    on_windows = sys.platform == "win32" if windows is None else windows
    if (_HARMLESS_ON_WINDOWS if on_windows else _HARMLESS).fullmatch(text):
        return text
    if not text or not text.isprintable() or text.startswith("-") or _NO_NAME.search(text):
        return instead
    if not on_windows:
        return f"'{text}'"
    return instead if _ALIVE_ON_WINDOWS.search(text) else f'"{text}"'
