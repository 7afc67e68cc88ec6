"""How large a file may be (SPEC 3)."""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024
LAST_ROW = 1_048_576
"""The last row of a sheet, and so the highest row number there is (SPEC 3)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that is read of one file, in bytes."""

    packed: int = 100 * MEBIBYTE
    """The file as it is sent."""
    unpacked: int = 1024 * MEBIBYTE
    """What it holds once it is unpacked."""
    memory: int | None = None
    """What the process that reads it may take of the memory; None when nobody limits it."""


def in_words(size: int) -> str:
    """A number of bytes as people read it: `100 MB`."""
    for unit, name in ((MEBIBYTE * 1024, "GB"), (MEBIBYTE, "MB"), (1024, "KB")):
        if size >= unit:
            return f"{size / unit:.1f}".removesuffix(".0") + f" {name}"
    return f"{size} bytes"
