"""Pack a sheet into bytes, for other processes and for the database.

A JSON head holds the distinct values, a tail holds the codes as plain little-endian integers, and both are compressed.
No pickle: bytes that were tampered with can be refused, and never run code.
"""

from __future__ import annotations

import json
import struct
import sys
import zlib
from array import array
from datetime import date, datetime, time
from typing import Any, Final

from workbook.sheet import Cell, CellError, Column, Sheet, Unclear

_VERSION: Final = 2
_READABLE: Final = (1, 2)
"""Uploads that an earlier version of the program took in wait in its form: it lacks what version 2 added."""
_CODE_BYTES: Final = 4
"""Bytes of one code in memory (`array("I")`)."""


def pack(sheet: Sheet) -> bytes:
    """The sheet as bytes, which `unpack` gives back whole, every type kept."""
    columns = [*sheet.columns.items(), *((name, one.column) for name, one in sheet.unclear.items())]
    widths = [_width(len(column.values)) for _header, column in columns]
    head = {
        "version": _VERSION,
        "rows": len(sheet),
        "header_row": sheet.header_row,
        "unknown_headers": sheet.unknown_headers,
        "extra_fields": list(sheet.extra_fields.items()),
        "versions": list(sheet.versions.items()),
        "columns": [
            [header, column.header, width, column.values]
            for (header, column), width in zip(columns, widths, strict=True)
        ],
        "title": sheet.title,
        "empty_fields": list(sheet.empty_fields.items()),
        "hidden_rows": sheet.hidden_rows,
        "unclear": [[name, one.likely] for name, one in sheet.unclear.items()],
        "answered": sheet.answered,
        "header_found": sheet.header_found,
        "downloaded": list(sheet.downloaded.items()),
        "hidden_columns": sheet.hidden_columns,
        "header_hidden": sheet.header_hidden,
        "nameless": sheet.nameless,
    }
    if sheet.records:  # else the same sheet is packed as it was by earlier versions
        head["records"] = list(sheet.records.items())
    text = json.dumps(head, default=_tagged, separators=(",", ":")).encode("ascii")
    squeeze = zlib.compressobj(level=1)
    parts = [squeeze.compress(struct.pack("<Q", len(text))), squeeze.compress(text)]
    parts.append(squeeze.compress(_narrow(sheet.row_numbers, _CODE_BYTES)))
    parts += [
        squeeze.compress(_narrow(column.codes, width)) for (_header, column), width in zip(columns, widths, strict=True)
    ]
    parts.append(squeeze.flush())
    return b"".join(parts)


SIZE_IN: Final = 1024
"""So many of the first bytes of a packed sheet tell its `text_size`. They begin with how they are squeezed."""


def text_size(packed: bytes) -> int:
    """How many bytes all that a packed sheet says takes, each distinct value once, without its being unpacked. Raises
    ValueError when the bytes are not a packed sheet."""
    try:
        (size,) = struct.unpack("<Q", zlib.decompressobj().decompress(packed[:SIZE_IN], 8))
    except (zlib.error, struct.error) as flaw:
        raise ValueError("These bytes are not a packed sheet.") from flaw
    return int(size)


def unpack(data: bytes) -> Sheet:
    """The sheet that was packed. Raises ValueError when the bytes are not a packed sheet of this version."""
    try:
        raw = memoryview(zlib.decompress(data))
        (length,) = struct.unpack_from("<Q", raw)
        head: dict[str, Any] = json.loads(bytes(raw[8 : 8 + length]))
        if head["version"] not in _READABLE:
            raise ValueError("The packed sheet is of another version.")
        rows: int = head["rows"]
        place = 8 + length

        def taken(width: int) -> array[int]:
            nonlocal place
            start, place = place, place + width * rows
            return _widened(raw[start:place], width, rows)

        row_numbers = taken(_CODE_BYTES)
        columns = [
            (header, Column(own, [_untagged(value) for value in values], taken(width)))
            for header, own, width, values in head["columns"]
        ]
        unclear: list[tuple[str, list[str]]] = head.get("unclear", [])
        ours = len(columns) - len(unclear)
        return Sheet(
            dict(columns[:ours]),
            row_numbers,
            head["header_row"],
            head["unknown_headers"],
            dict(head["extra_fields"]),
            dict(head["versions"]),
            head.get("title", ""),
            dict(head.get("empty_fields", ())),
            head.get("hidden_rows", []),
            {
                name: Unclear(column, tuple(likely))
                for (name, likely), (_name, column) in zip(unclear, columns[ours:], strict=True)
            },
            head.get("answered", {}),
            head.get("header_found", True),
            dict(head.get("downloaded", ())),
            head.get("hidden_columns", {}),
            head.get("header_hidden", False),
            head.get("nameless", []),
            dict(head.get("records", ())),
        )
    except (zlib.error, struct.error, KeyError, TypeError, IndexError) as flaw:
        raise ValueError("These bytes are not a packed sheet.") from flaw


def _tagged(value: object) -> list[str]:
    """What JSON has no word for: a list of a tag and a text. No cell is a list, so the two cannot be confused."""
    match value:
        case datetime():
            return ["datetime", value.isoformat()]
        case date():
            return ["date", value.isoformat()]
        case time():
            return ["time", value.isoformat()]
        case CellError():
            return ["error", value.text]
    raise TypeError(f"A cell cannot hold a {type(value).__name__}.")


def _untagged(value: Any) -> Cell:
    if type(value) is not list:
        cell: Cell = value
        return cell
    tag, text = value
    match tag:
        case "datetime":
            return datetime.fromisoformat(text)
        case "date":
            return date.fromisoformat(text)
        case "time":
            return time.fromisoformat(text)
        case "error":
            return CellError(text)
    raise ValueError(f"A packed sheet knows no {tag}.")


def _width(values: int) -> int:
    """Bytes that a code needs in a column of so many values."""
    return 1 if values <= 1 << 8 else 2 if values <= 1 << 16 else 4


# Codes are narrowed and widened by slices of their bytes: no loop in Python touches a row.
def _narrow(codes: array[int], width: int) -> bytes:
    if codes.itemsize != _CODE_BYTES:
        codes = array("I", codes)
    if sys.byteorder == "big":
        codes = array("I", codes)
        codes.byteswap()
    raw = codes.tobytes()
    if width == _CODE_BYTES:
        return raw
    narrow = bytearray(width * len(codes))
    for byte in range(width):
        narrow[byte::width] = raw[byte::_CODE_BYTES]
    return bytes(narrow)


def _widened(raw: memoryview, width: int, rows: int) -> array[int]:
    if width not in (1, 2, 4) or len(raw) != width * rows:
        raise ValueError("These bytes are not a packed sheet: it ends early.")
    wide = bytearray(_CODE_BYTES * rows)
    for byte in range(width):
        wide[byte::_CODE_BYTES] = raw[byte::width]
    codes = array("I", bytes(wide))
    if sys.byteorder == "big":
        codes.byteswap()
    return codes
