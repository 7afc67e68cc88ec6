"""Record the length and seal of each site's audit trail in a separate file (SPEC 7).

Somebody who may write in the database can cut off the newest lines of a trail, or make all of it anew, but cannot
change this file in the same way, so a comparison reveals it. A line holds a site's number, the number and seal of an
audit line, and the time.

A book that is not there reveals nothing, so its beginning is a line of the trail itself, and its seal the book's first.
A book that was begun and is gone is missed by that, and no worker begins another one in its place: somebody who took it
away would have a clean one within a minute. An operator does (`begin_anew`).
"""

from __future__ import annotations

import errno
import logging
import os
import re
import stat
import time
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple, TextIO

from sqlalchemy import Engine

from server.records import audit
from server.records.database import reading, writing

LOGGER = logging.getLogger("caseload.seals")
EVERY_SECONDS: Final = 60.0
"""How long a line may go without its seal in the book."""
BEGUN: Final = "book of seals begun"
"""What the trail says of a book's beginning; the detail is where it is."""


_NUMBER: Final = re.compile(r"[0-9]{1,18}")
"""That of a line. Python reads no number of thousands of digits, whatever stands in a book, and no line has one."""


class Seal(NamedTuple):
    """That of one line of a site's trail. `at`: when it was put down, as the book has it."""

    number: int
    seal: str
    at: str


class SealBook:
    """The book, as one worker writes it; others may add to the same file. It is created, readable by its owner only,
    with the first seal."""

    def __init__(self, engine: Engine, path: Path | None) -> None:
        """`path` None: there is no book."""
        self._engine = engine
        self._path = path
        self._due = 0.0
        self._known: dict[int, str] = {}
        self._begun: set[int] = set()
        self._waiting: list[tuple[int, int, str]] = []

    def put_down(self) -> None:
        """Writes the seals that are new, if it is time to look. A book that cannot be written, or that was begun and is
        gone, is reported in the log."""
        if self._path is None or time.monotonic() < self._due:
            return
        self._due = time.monotonic() + EVERY_SECONDS
        with reading(self._engine) as connection:
            newest = audit.newest_seals(connection)
            if not self._begun.issuperset(site_id for site_id, _number, _seal in newest):
                self._begun.update(line.site_id for line in audit.lines_that_say(connection, BEGUN))
        new = [found for found in newest if self._known.get(found[0]) != found[2]]
        if not new:
            return
        try:
            # With a book begun already, a new file in its place would hide that it is gone, or that its disk is.
            handle = _opened(self._path, os.O_RDWR | os.O_APPEND | (0 if self._begun else os.O_CREAT))
            with os.fdopen(handle, "w", encoding="ascii") as book:
                first = {site_id for site_id, _number, _seal in new} - self._begun
                if first:
                    # Once they are in the trail they must get into the book, in the next round if not in this one.
                    self._waiting += _note_begun(self._engine, audit.SERVER, first, self._path)
                    self._begun |= first
                _write(book, [*self._waiting, *(found for found in new if found[0] not in first)])
        except OSError as trouble:
            LOGGER.warning(
                "The book of seals cannot be written (%s). If it is gone, put it back, or begin another: "
                "caseload-server audit new-book.",
                trouble.strerror,
            )
            return
        self._known.update((site_id, seal) for site_id, _number, seal in [*self._waiting, *new])
        self._waiting.clear()


def begin_anew(engine: Engine, path: Path) -> int:
    """Begins a book where there is none, whatever became of an earlier one. Returns how many sites it is of.

    Raises FileExistsError where there is one, another OSError where it cannot be written.
    """
    handle = _opened(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL)
    with os.fdopen(handle, "w", encoding="ascii") as book:
        with reading(engine) as connection:
            sites = {site_id for site_id, _number, _seal in audit.newest_seals(connection)}
        first = _note_begun(engine, audit.OPERATOR, sites, path)
        _write(book, first)
    return len(first)


def seals_in(path: Path | None, site_id: int) -> list[Seal]:
    """Every seal of a site in the book, the newest last; [] where there is no book. Raises OSError when it cannot be
    read, or is no ordinary file.

    The newest alone proves little: a worker goes on writing them down after lines were cut off.
    """
    if path is None:
        return []
    try:
        with os.fdopen(_opened(path, os.O_RDONLY), encoding="ascii", errors="replace") as book:
            lines = (line.split() for line in book)
            return [
                Seal(int(parts[1]), parts[2], parts[3])
                for parts in lines
                if len(parts) == 4 and parts[0] == str(site_id) and _NUMBER.fullmatch(parts[1])
            ]
    except (FileNotFoundError, NotADirectoryError):
        return []


def what_is_missing(path: Path | None, kept: Sequence[Seal], begun: Sequence[audit.AuditLine]) -> str:
    """In one sentence, why the seals that are `kept` in the book at `path` are not all that there should be, and what
    to do; "" where they are. `begun`: the lines of the trail that say a book was begun, oldest first."""
    if not begun and (kept or path is None):
        return ""
    if not begun:
        return (
            f"The book of seals {path} is not there, and no line of the audit trail says that one was begun, so "
            "nothing tells whether lines were removed at the trail's end. A worker begins one within a minute: start "
            "one, and try again. If workers have run, find out who may write in the database."
        )
    last = begun[-1]
    says = f"line {last.number} of the audit trail says that a book of seals was begun ({last.detail})"
    if path is None:
        return f"CASELOAD_SEALS_FILE is not set here, and {says}. Set it as it is set for the worker, and try again."
    aside = "put it aside, " if path.exists() else ""
    remedy = (
        "so lines at the trail's end may have been removed, and nothing tells. See that CASELOAD_SEALS_FILE is set as "
        "for the worker, and that its folder is within reach. If the book is gone for good, compare the database with "
        f"a backup, find out who may write there, {aside}and begin another: caseload-server audit new-book."
    )
    if not kept:
        return f"There is no seal of this site in {path}, and {says}, {remedy}"
    if not {one.seal for one in kept} & {line.seal for line in begun}:
        return f"The beginning of the book of seals {path} is missing, {remedy}"
    if max(one.number for one in kept) < last.number:
        return f"The book of seals {path} ends before another one was begun, for {says}, {remedy}"
    return ""


def _opened(path: Path, flags: int) -> int:
    """A handle of an ordinary file. A pipe would be waited for until somebody else opens it, and a device never ends.
    Raises OSError."""
    handle = os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o600)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "it is no ordinary file", str(path))
    return handle


def _note_begun(engine: Engine, who: str, sites: Collection[int], path: Path) -> list[tuple[int, int, str]]:
    """Puts the beginning of a book into the trails of these sites: (site id, number, seal) of each such line."""
    where = str(path.absolute()).encode("utf-8", "backslashreplace").decode()
    with writing(engine) as connection:
        for site_id in sorted(sites):
            audit.note(connection, site_id, who, BEGUN, detail=where)
        return [found for found in audit.newest_seals(connection) if found[0] in sites]


def _write(book: TextIO, seals: Collection[tuple[int, int, str]]) -> None:
    """Adds the seals to the book, and waits until they are on the disk. A line that was torn, where the disk was full
    or the power cut, is ended first, or the next would be part of it."""
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    if _is_torn(book.fileno()):
        book.write("\n")
    book.writelines(f"{site_id} {number} {seal} {moment}\n" for site_id, number, seal in seals)
    book.flush()
    os.fsync(book.fileno())


def _is_torn(handle: int) -> bool:
    if os.fstat(handle).st_size == 0:
        return False
    os.lseek(handle, -1, os.SEEK_END)
    return os.read(handle, 1) != b"\n"
