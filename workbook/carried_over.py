"""What hangs on a file beside its content, carried over to the file that takes its place or is made from it."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import sys
from pathlib import Path
from typing import Final

ZONE: Final = ":Zone.Identifier"
"""The stream in which Windows notes that a file came from elsewhere: by it Excel opens the file in Protected View and
runs none of its macros."""
_ACCESS_LIST, _ATTRIBUTES = 1 << 0, 1 << 2
"""COPYFILE_ACL and COPYFILE_XATTR of macOS' copyfile.h."""
_NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
"""Nor a pipe that somebody put there, at which to wait."""
_OWNER: Final = 0o600
_CANNOT_BEAR: Final = frozenset({errno.ENOTSUP, errno.EOPNOTSUPP})
"""What a disk answers that knows no such things."""


def carry_over(origin: Path, handle: int, copy: Path, platform: str = sys.platform) -> None:
    """Gives `copy`, which is open for writing as `handle`, what hangs on `origin`: the mark that it came from the
    internet, and who may do what with it.

    The mark: on Windows the stream Zone.Identifier, on a Mac com.apple.quarantine, which is one of the extended
    attributes; elsewhere all of these. Raises OSError where the mark cannot be carried over: a copy without it would
    run what its origin may not. Nobody may read the copy who might not read the origin, so where the group cannot be
    kept, it loses its rights; whom it belongs to may write it. Without an origin, or where a link is by now, nothing
    happens. All but Windows' stream goes through handles: under the names may be links by now.
    """
    if platform == "win32":  # of permissions it has but one, and what may not be written is not saved
        _carry_zone(origin, copy)
        return
    try:
        known = os.open(origin, os.O_RDONLY | _NO_LINK)
    except OSError:
        return
    try:
        _carry_rights(known, handle, platform)
    finally:
        os.close(known)


def _carry_rights(origin: int, copy: int, platform: str) -> None:
    if platform == "darwin":
        _carry_attributes_on_a_mac(origin, copy)
    else:
        _carry_attributes(origin, copy)
    found = os.fstat(origin)
    mode = found.st_mode & 0o777 | _OWNER
    if not _keeps_group(copy, found.st_uid, found.st_gid):
        mode &= ~0o070
    if sys.platform != "win32":
        with contextlib.suppress(OSError):  # a disk that knows no permissions
            os.fchmod(copy, mode)


def _carry_zone(origin: Path, copy: Path) -> None:
    try:
        mark = Path(f"{origin}{ZONE}").read_bytes()
    except OSError:  # there is none, or the disk has no streams
        return
    Path(f"{copy}{ZONE}").write_bytes(mark)


def _carry_attributes_on_a_mac(origin: int, copy: int) -> None:
    """Through fcopyfile(3), for Python gives no access to them there."""
    system = ctypes.CDLL(None, use_errno=True)
    for what in (_ATTRIBUTES, _ACCESS_LIST):
        if system.fcopyfile(origin, copy, None, ctypes.c_uint32(what)) < 0:
            number = ctypes.get_errno()
            if number not in _CANNOT_BEAR:
                raise OSError(number, os.strerror(number))


def _carry_attributes(origin: int, copy: int) -> None:
    """The access list is one of them. None of them keeps a macro from running, so what the system keeps to itself may
    stay behind."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            for name in os.listxattr(origin):
                with contextlib.suppress(OSError):
                    os.setxattr(copy, name, os.getxattr(origin, name))


def _keeps_group(copy: int, owner: int, group: int) -> bool:
    """Whether the copy has the group now; and the owner, where we may give files away."""
    if sys.platform != "win32":
        for whose in (owner, -1):
            with contextlib.suppress(OSError):
                os.fchown(copy, whose, group)
                return True
    return False
