"""Keep the result of the last check in the workbook, so that Apply Fixes can use it.

Apply Fixes need not ask the server again about a sheet that nobody touched. It stands below the lines of
`_suggestions`, which Validate writes as a whole anyhow: a packed text in as many cells as it takes. A sheet that says
anything else by now, or leaves out other rows, has another digest, and is not known.

A workbook may come from a stranger, and what is kept decides into which cells an answer goes. So it is sealed with a
key that follows from the user's token: what anybody else kept, or an earlier version without a seal, is not used.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
import sys
import zlib
from array import array
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from addin.rows.data_sheet import DataSheet
from addin.rows.hand_over import digest_of
from workbook.layout import LISTED_COLUMN, MOST_SUGGESTIONS, SUGGESTION_COLUMN
from workbook.report import Report
from workbook.sheets.offers import Block

_MARK: Final = "_known"
_CHUNK: Final = 8_000
"""Characters in a cell, which every spreadsheet program takes."""
_MOST: Final = 2_000_000
"""Characters at most. Where there would be more, the sheet is checked as a whole each time."""


_MOST_BYTES: Final = 100_000_000
"""Bytes of it, unpacked, at most: a more than of any report that, packed, is no longer than _MOST."""
_SEAL: Final = re.compile(rb',"seal":"([0-9a-f]{64})"\}$')
"""Stands last in what is kept, and seals what comes before it."""
_FLAWS: Final = (ValueError, KeyError, TypeError, RecursionError, zlib.error)
"""What is raised where somebody wrote into the hidden sheet."""


@dataclass(frozen=True, slots=True)
class LastCheck:
    """A report on the rows of a sheet that are not left out, with what a check of a part of them needs."""

    report: Report
    participants: dict[int, int]
    """Sheet row → a number that stands for its participant, 0 where none was found."""
    as_of: str
    key: bytes
    """With which it is sealed; b"" for no seal."""

    @classmethod
    def of(cls, report: Report, rows: Sequence[int], key: bytes) -> LastCheck | None:
        """Made from the server's answer on these rows; None when the answer does not cover each."""
        facts = report.follow_up
        if facts is None or len(facts.participants) != len(rows):
            return None
        return cls(report, dict(zip(rows, facts.participants, strict=True)), facts.as_of, key)


def last_check_lines(known: LastCheck | None, data: DataSheet, left_out: Collection[int]) -> Block:
    """The lines that keep it, as wide as those of `_suggestions`; none where there is nothing, or too much, to keep."""
    if known is None:
        return []
    people = array("I", known.participants.values())
    if sys.byteorder == "big":
        people.byteswap()
    facts = {
        "of": _digest(data, left_out),
        "as_of": known.as_of,
        "participants": base64.b64encode(people.tobytes()).decode(),
        "report": known.report.model_dump(exclude={"follow_up", "preview"}),
    }
    text = json.dumps(facts, separators=(",", ":")).encode()
    if known.key:
        text = b'%s,"seal":"%s"}' % (text[:-1], _seal(text, known.key))
    packed = base64.b64encode(zlib.compress(text, 1)).decode()
    if len(packed) > _MOST:
        return []
    # A sign before each piece, so that none begins as a formula does.
    pieces = [f":{packed[at : at + _CHUNK]}" for at in range(0, len(packed), _CHUNK)]
    lines: Block = []
    for at in range(0, len(pieces), MOST_SUGGESTIONS):
        line: list[int | str | None] = [None, _MARK, *[None] * (SUGGESTION_COLUMN - 3)]
        line += pieces[at : at + MOST_SUGGESTIONS]
        lines.append([*line, *[None] * (LISTED_COLUMN - len(line))])
    return lines


def read_last_check(
    grid: Sequence[Sequence[Any]], data: DataSheet, left_out: Collection[int], key: bytes
) -> LastCheck | None:
    """The last check that `_suggestions` (its whole grid) keeps of exactly these rows; None where it keeps another or
    none, or one that this key has not sealed."""
    packed = "".join(piece[1:] for piece in _pieces(grid))
    if not packed:
        return None
    try:
        text = _unpacked(packed)
        seal = _SEAL.search(text)
        if not key or seal is None or not hmac.compare_digest(_seal(text[: seal.start()] + b"}", key), seal[1]):
            return None
        facts = json.loads(text)
        people = array("I", base64.b64decode(facts["participants"], validate=True))
        if sys.byteorder == "big":
            people.byteswap()
        skipped = frozenset(left_out)
        rows = [row for row in data.rows if row not in skipped]
        if facts["of"] != _digest(data, left_out) or len(people) != len(rows):
            return None
        report = Report.model_validate(facts["report"] | {"preview": None})
        return LastCheck(report, dict(zip(rows, people, strict=True)), str(facts["as_of"]), key)
    except _FLAWS:  # somebody wrote into the hidden sheet
        return None


def last_report(grid: Sequence[Sequence[Any]]) -> Report | None:
    """The report of the last check, even if the sheet has changed since; None where none is kept. Whoever may have kept
    it: what it says is to be asked of the server."""
    packed = "".join(piece[1:] for piece in _pieces(grid))
    try:
        facts = json.loads(_unpacked(packed))
        return Report.model_validate(facts["report"] | {"preview": None})
    except _FLAWS:  # none, or somebody wrote into the hidden sheet
        return None


def _seal(text: bytes, key: bytes) -> bytes:
    return hmac.digest(key, text, "sha256").hex().encode()


def _unpacked(packed: str) -> bytes:
    """What was packed. Raises one of _FLAWS. A workbook may come from a stranger, and a few cells may hold what would
    fill the memory once it is unpacked."""
    if len(packed) > _MOST:
        raise ValueError("It is longer than what is kept.")
    inflate = zlib.decompressobj()
    text = inflate.decompress(base64.b64decode(packed, validate=True), _MOST_BYTES)
    if not inflate.eof:
        raise ValueError("It is cut off, or holds more than any report.")
    return text


def _pieces(grid: Sequence[Sequence[Any]]) -> Iterator[str]:
    first = SUGGESTION_COLUMN - 1
    for line in grid:
        if len(line) > first and line[0] is None and line[1] == _MARK:
            yield from (piece for piece in line[first : first + MOST_SUGGESTIONS] if isinstance(piece, str))


def _digest(data: DataSheet, left_out: Collection[int]) -> str:
    return digest_of(data.table() | {"leave_out": sorted(set(left_out) & set(data.rows))})
