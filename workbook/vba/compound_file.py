"""Write a compound file of version 3, the container of a VBA project ([MS-CFB]).

Sectors of 512 bytes behind a header of the same size; streams under 4096 bytes share the root's mini stream, in
mini sectors of 64 bytes. No clock and no chance go into it: the same streams give the same bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

_SIGNATURE: Final = bytes.fromhex("D0CF11E0A1B11AE1")
_SECTOR: Final = 512
_MINI_SECTOR: Final = 64
_ENTRY: Final = 128
_CUTOFF: Final = 4096
"""Streams shorter than this live in the mini stream."""
_FREE: Final = 0xFFFFFFFF
_END_OF_CHAIN: Final = 0xFFFFFFFE
_FAT_SECTOR: Final = 0xFFFFFFFD
_NO_ENTRY: Final = 0xFFFFFFFF
_PER_FAT_SECTOR: Final = _SECTOR // 4
_FAT_PLACES: Final = 109
"""FAT sectors that the header itself can name: some 7 MB of file, many times what a project needs."""
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_RED, _BLACK = 0, 1
_LONGEST_NAME: Final = 31
"""UTF-16 characters."""


@dataclass
class _Entry:
    """A line of the directory. Links are numbers of other lines, `_NO_ENTRY` for none."""

    name: str
    kind: int
    content: bytes = b""
    inside: list[_Entry] = field(default_factory=list)
    number: int = 0
    colour: int = _BLACK
    left: int = _NO_ENTRY
    right: int = _NO_ENTRY
    child: int = _NO_ENTRY
    start: int = 0
    size: int = 0

    def packed(self) -> bytes:
        name = self.name.encode("utf-16-le")
        return struct.pack(
            "<64sHBBIII16sIQQIQ",
            name,
            len(name) + 2,
            self.kind,
            self.colour,
            self.left,
            self.right,
            self.child,
            b"",
            0,
            0,
            0,
            self.start,
            self.size,
        )


_UNUSED: Final = bytes(68) + struct.pack("<III", _NO_ENTRY, _NO_ENTRY, _NO_ENTRY) + bytes(48)


def compound_file(streams: Mapping[str, bytes]) -> bytes:
    """The file that holds these streams. A name such as `VBA/dir` puts a stream into a storage.

    Raises ValueError for a name that the format does not take (2.6.1), and when the file would pass 7 MB.
    """
    entries = _directory(streams)
    root = entries[0]
    mini_stream, mini_fat = _mini_stream(entries)
    directory = bytes(len(entries) * _ENTRY)  # as long as it will be; what it says follows from the chains
    long = [entry for entry in entries if entry.kind == _STREAM and len(entry.content) >= _CUTOFF]
    parts = [directory, _numbers(mini_fat), mini_stream, *(entry.content for entry in long)]

    # The FAT comes first, and describes itself too.
    needed = sum(_sectors(part) for part in parts)
    fat_sectors = 1
    while fat_sectors * _PER_FAT_SECTOR < needed + fat_sectors:
        fat_sectors += 1
    if fat_sectors > _FAT_PLACES:
        raise ValueError("The VBA project is too large: over 7 MB.")
    fat = [_FAT_SECTOR] * fat_sectors
    starts = [_chain(fat, _sectors(part)) for part in parts]
    fat += [_FREE] * (fat_sectors * _PER_FAT_SECTOR - len(fat))

    root.start, root.size = starts[2], len(mini_stream)
    for entry, start in zip(long, starts[3:], strict=True):
        entry.start, entry.size = start, len(entry.content)
    parts[0] = b"".join(entry.packed() for entry in entries) + _UNUSED * (-len(entries) % (_SECTOR // _ENTRY))
    mini_fat_sectors = _sectors(parts[1])
    parts[1] = _numbers(mini_fat + [_FREE] * (mini_fat_sectors * _PER_FAT_SECTOR - len(mini_fat)))
    header = struct.pack(
        "<8s16sHHHHH6sIIIIIIIII",
        _SIGNATURE,
        b"",
        0x3E,
        3,
        0xFFFE,
        _SECTOR.bit_length() - 1,
        _MINI_SECTOR.bit_length() - 1,
        b"",
        0,
        fat_sectors,
        starts[0],
        0,
        _CUTOFF,
        starts[1],
        mini_fat_sectors,
        _END_OF_CHAIN,
        0,
    ) + _numbers([*range(fat_sectors), *[_FREE] * (_FAT_PLACES - fat_sectors)])
    return header + b"".join(_filled(part, _SECTOR) for part in (_numbers(fat), *parts))


def _directory(streams: Mapping[str, bytes]) -> list[_Entry]:
    """Every line in the order of its number: the root, then depth first. Links are set, starts and sizes not yet."""
    root = _Entry("Root Entry", _ROOT)
    storages: dict[str, _Entry] = {}
    for path, content in streams.items():
        storage, _, name = path.rpartition("/")
        home = root
        if storage:
            if storage not in storages:
                storages[storage] = _Entry(_checked(storage), _STORAGE)
                root.inside.append(storages[storage])
            home = storages[storage]
        home.inside.append(_Entry(_checked(name), _STREAM, content))

    entries: list[_Entry] = []

    def number(entry: _Entry) -> None:
        entry.number = len(entries)
        entries.append(entry)
        entry.inside.sort(key=_order)
        for inner in entry.inside:
            number(inner)

    number(root)
    for entry in entries:
        if entry.inside:
            entry.child = _tree(entry.inside)
    return entries


def _order(entry: _Entry) -> tuple[int, str]:
    """How the directory compares names: the shorter is the lesser, equals in length as capitals (2.6.4)."""
    return len(entry.name.encode("utf-16-le")), entry.name.upper()


def _tree(entries: Sequence[_Entry]) -> int:
    """Links sorted entries into a balanced red-black tree and gives the number of its top (2.6.4).

    Halving leaves gaps on the deepest level only. Its nodes are red where there are gaps, all others black, so every
    way down passes equally many black nodes and no red node has a red one below it.
    """
    deepest = len(entries).bit_length() - 1
    gaps = len(entries) != 2 ** (deepest + 1) - 1

    def link(low: int, high: int, level: int) -> int:
        if low == high:
            return _NO_ENTRY
        middle = (low + high) // 2
        top = entries[middle]
        top.colour = _RED if gaps and level == deepest else _BLACK
        top.left = link(low, middle, level + 1)
        top.right = link(middle + 1, high, level + 1)
        return top.number

    return link(0, len(entries), 0)


def _mini_stream(entries: Sequence[_Entry]) -> tuple[bytes, list[int]]:
    """The short streams one after the other, and the chains of their mini sectors. Sets where each begins."""
    stream = bytearray()
    fat: list[int] = []
    for entry in entries:
        if entry.kind != _STREAM or len(entry.content) >= _CUTOFF:
            continue
        entry.start = _chain(fat, -(-len(entry.content) // _MINI_SECTOR))
        entry.size = len(entry.content)
        stream += _filled(entry.content, _MINI_SECTOR)
    return bytes(stream), fat


def _chain(fat: list[int], sectors: int) -> int:
    """Adds a chain of so many sectors in a row, and gives the first; an empty chain has none."""
    if not sectors:
        return _END_OF_CHAIN
    start = len(fat)
    fat += [*range(start + 1, start + sectors), _END_OF_CHAIN]
    return start


def _checked(name: str) -> str:
    if not 0 < len(name.encode("utf-16-le")) // 2 <= _LONGEST_NAME or set(name) & set("/\\:!"):
        raise ValueError(f"A compound file cannot hold the name {name!r}: 1 to 31 characters, without / \\ : and !")
    return name


def _sectors(part: bytes) -> int:
    return -(-len(part) // _SECTOR)


def _filled(part: bytes, size: int) -> bytes:
    return part + bytes(-len(part) % size)


def _numbers(values: Sequence[int]) -> bytes:
    return struct.pack(f"<{len(values)}I", *values)
