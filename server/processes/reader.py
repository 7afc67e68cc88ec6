"""Read a file or a large table in a child process that has a memory limit (`server.processes.child`).

A file can be made to crash the library that reads it. Here that ends one child process: the user gets an error message,
and other uploads are not affected. The children import only what reading needs.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from server.processes.child import Child, Children, Died, answer_parent
from server.table import Before, NoTable
from workbook.files.limits import MEBIBYTE, Limits
from workbook.files.packing import pack, unpack
from workbook.problems import Refusal
from workbook.sheet import Sheet

if TYPE_CHECKING:
    from server.settings import Settings

_SHEET: Final = b"S"
_REFUSAL: Final = b"R"
_NO_TABLE: Final = b"N"
_FAILURE: Final = b"F"
CHILDREN: Final = 2
"""Files that are read at the same time. More would wait for the processor anyway."""
_FILES_PER_CHILD: Final = 100
_LARGE_ANSWER: Final = 4 * MEBIBYTE
"""A child is replaced after so many files, after one whose packed sheet has so many bytes, and after one that did
not fit: what a child does not give back of its memory, the next file would lack."""
_LEAST_SECONDS: Final = 15.0
_SECONDS_PER_MEBIBYTE: Final = 4.0
"""How long a file may be read goes by its size: an honest one takes a second or two a mebibyte, and a small one that
takes a minute was made to."""
_HEAD: Final = 4
"""Bytes that hold the length of the head of an answer."""


class ReadingFailed(Exception):
    """Reading broke, and not by the file's fault. The text says where, without what was being read."""


class PackedSheet(NamedTuple):
    """A sheet that was read, still packed, so that a large one is only unpacked where it is needed."""

    packed: bytes
    rows: int
    filename: str | None = None
    """What a table calls itself; None of a file."""
    left_out: frozenset[int] = frozenset()
    """Row numbers that a table leaves out from the start."""
    fixed: Before = {}  # noqa: RUF012 - nobody changes it
    """What a table's cells said before they were fixed in the sheet."""


class FileReader:
    """Reads files in child processes. A context manager; any number of threads may call `read` at once."""

    def __init__(self, settings: Settings, folder: Path | None = None) -> None:
        """`folder`: where reading puts what it needs on disk for a moment."""
        self._limits = Limits(settings.max_packed_bytes, settings.max_unpacked_bytes, settings.parse_memory_bytes)
        self._seconds = settings.parse_seconds
        self._children = Children("server.processes.reader", settings.parse_memory_bytes, CHILDREN, folder)

    def __enter__(self) -> FileReader:
        return self

    def __exit__(self, kind: type[BaseException] | None, flaw: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends the children, those that are reading too: their readers get RuntimeError."""
        self._children.close()

    def warm(self) -> None:
        """Has a child wait for the first file."""
        self._children.warm()

    def read(self, path: Path, name: str) -> Sheet:
        """The sheet in the file at `path`, which the user calls `name`; see `read_packed`."""
        return unpack(self.read_packed(path, name).packed)

    def read_packed(self, path: Path, name: str, *, is_table: bool = False) -> PackedSheet:
        """What is in the file at `path`, which the user calls `name`: a workbook or a text file, or a table in JSON.

        Raises Refusal as `workbook.files.reader.read_sheet` does, NoTable as `server.table.read_table` does; also the
        Refusal `file-too-large` when reading takes more memory or time than is allowed, and `file-unreadable` when it
        brings the reading process down. Raises ReadingFailed when the fault is ours, RuntimeError after `close`.
        """
        limits = self._limits
        question = [str(path), name, is_table, limits.packed, limits.unpacked, limits.memory]
        seconds = self._seconds_for(path)
        try:
            tag, answer = self._children.ask(json.dumps(question).encode("ascii"), seconds, _is_spent)
        except Died as death:
            raise _refusal_for(death, name, seconds) from death
        if tag == _SHEET:
            return _read(answer)
        if tag == _REFUSAL:
            code, message = json.loads(answer)
            raise Refusal(code, message)
        if tag == _NO_TABLE:
            code, facts = json.loads(answer)
            raise NoTable(code, **facts)
        raise ReadingFailed(answer.decode("utf-8", "replace"))

    def _seconds_for(self, path: Path) -> float:
        try:
            size = path.stat().st_size
        except OSError:  # the reader will report it
            size = 0
        return min(float(self._seconds), _LEAST_SECONDS + _SECONDS_PER_MEBIBYTE * size / MEBIBYTE)


def _is_spent(child: Child, tag: bytes, answer: bytes) -> bool:
    if tag == _REFUSAL and b"file-too-large" in answer:
        return True
    return len(answer) > _LARGE_ANSWER or child.answered >= _FILES_PER_CHILD


def _refusal_for(death: Died, name: str, seconds: float) -> Refusal:
    if death.too_slow:
        return Refusal.of("file-too-large", name=name, why=f"it could not be read within {seconds:.0f} seconds")
    if death.out_of_memory:
        return Refusal.of("file-too-large", name=name, why="it does not fit into the memory")
    return Refusal.of("file-unreadable", name=name, why="it is damaged in a way that stops every attempt to read it")


# What a child does ----------------------------------------------------------------------------------------


def _answer(question: bytes) -> tuple[bytes, bytes]:
    path, name, is_table, *sizes = json.loads(question)
    try:
        return _SHEET, _take(Path(path), name, is_table, Limits(*sizes))
    except Refusal as refused:
        refusal = refused
    except NoTable as none:
        return _NO_TABLE, json.dumps([none.code, none.facts]).encode("ascii")
    except MemoryError:
        refusal = Refusal.of("file-too-large", name=name, why="it does not fit into the memory")
    except Exception as failure:
        from server.logs import failure_of

        return _FAILURE, failure_of(failure).encode("utf-8", "replace")
    return _REFUSAL, json.dumps([refusal.code, refusal.message]).encode("ascii")


def _take(path: Path, name: str, is_table: bool, limits: Limits) -> bytes:
    """The answer about what was read: how long its head is, a head in JSON, the packed sheet."""
    facts: list[Any] = [None, [], {}]
    if is_table:
        from server.table import read_table

        table = read_table(path.read_bytes())
        sheet = table.sheet
        facts = [table.filename, sorted(table.left_out), table.fixed]
    else:
        from workbook.files.reader import read_sheet

        sheet = read_sheet(path, name, limits)
    head = json.dumps([len(sheet), *facts]).encode("ascii")
    return len(head).to_bytes(_HEAD, "little") + head + pack(sheet)


def _read(answer: bytes) -> PackedSheet:
    size = _HEAD + int.from_bytes(answer[:_HEAD], "little")
    rows, filename, left_out, fixed = json.loads(answer[_HEAD:size])
    before = {int(row): cells for row, cells in fixed.items()}
    return PackedSheet(answer[size:], rows, filename, frozenset(left_out), before)


if __name__ == "__main__":
    memory = int(sys.argv[1])
    answer_parent(_answer, memory)
