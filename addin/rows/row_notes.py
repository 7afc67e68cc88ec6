"""What a hidden cell of a row says of it, sorted along with it: where it was downloaded from, or which upload wrote it.

An Origin says which record the row shows and in which version (SPEC R12), whose row it was, and what it said, so that a
row that nobody touched is known, and one that now speaks of somebody else is no longer taken for it. A Written says
which upload wrote the row, and what the row said then: a row that its user has changed since is a new one, and is sent.
It takes the place of the Origin, which is of no use any more.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Final, NamedTuple

from workbook.columns import END, PARTICIPANT_ID, PROGRAM_ID, PROGRAM_NAME, REASON, RELATIONSHIP, START, STATUS
from workbook.matching import exact_key

_WRITTEN: Final = "written"
_THEN: Final = "⇥"
"""Stands before what the cells said: no space, of which a cell's text keeps no other than one."""
TOLD: Final = (PROGRAM_ID, PROGRAM_NAME, RELATIONSHIP, STATUS, START, END, REASON)
"""The cells of a downloaded row that somebody else may change meanwhile."""


class Origin(NamedTuple):
    """Where a downloaded row comes from."""

    record_id: int
    version: int
    digest: str
    """What the row said when it was downloaded."""
    participant: str
    """The Participant ID it had."""
    told: tuple[tuple[str, str], ...] = ()
    """What its cells said then, by canonical header; () in a workbook of an earlier version."""

    def text(self) -> str:
        told = f"{_THEN}{json.dumps(self.told, ensure_ascii=False, separators=(',', ':'))}" if self.told else ""
        return f"{self.record_id} {self.version} {self.digest} {self.participant}{told}"

    def is_of(self, texts: Mapping[str, str]) -> bool:
        """Whether a row still speaks of the same participant. `texts`: canonical header → the cell's text."""
        return exact_key(texts.get(PARTICIPANT_ID, "")) == exact_key(self.participant)

    def is_untouched(self, texts: Mapping[str, str]) -> bool:
        return self.digest == digest_of_row(texts)


def origin(record_id: int, version: int, texts: Mapping[str, str]) -> Origin:
    """The origin of a row that is downloaded now. `texts`: canonical header → the cell's text."""
    told = tuple((header, text) for header, text in texts.items() if header in TOLD)
    return Origin(record_id, version, digest_of_row(texts), texts.get(PARTICIPANT_ID, ""), told)


def read_origin(text: str) -> Origin | None:
    """The origin that a hidden cell holds; None for anything that is none."""
    row, _then, told = text.partition(_THEN)
    parts = row.split(" ", 3)
    if len(parts) != 4 or not (parts[0].isdecimal() and parts[1].isdecimal()):
        return None
    return Origin(int(parts[0]), int(parts[1]), parts[2], parts[3], _cells(told))


def _cells(told: str) -> tuple[tuple[str, str], ...]:
    """What the cells said; nothing where somebody wrote into the hidden cell."""
    try:
        found = json.loads(told) if told else []
        return tuple((str(header), str(text)) for header, text in found if header in TOLD)
    except (ValueError, TypeError):
        return ()


class Written(NamedTuple):
    """The mark of a row that an upload wrote."""

    upload_id: str
    digest: str
    number: int = 0
    """The upload's short number; 0 in a workbook of an earlier version."""

    def text(self) -> str:
        return f"{_WRITTEN} {self.upload_id} {self.digest} {self.number}"

    def in_words(self) -> str:
        """What stands beside the row."""
        return f"Written by upload {f'No. {self.number}' if self.number else self.upload_id}."

    def is_same(self, texts: Mapping[str, str]) -> bool:
        """Whether the row still says what was written. `texts`: canonical header → the cell's text."""
        return self.digest == digest_of_row(texts)


def read_written(text: str) -> Written | None:
    """What a hidden cell says; None for anything else."""
    parts = text.split(" ")
    if len(parts) not in (3, 4) or parts[0] != _WRITTEN:
        return None
    return Written(parts[1], parts[2], int(parts[3]) if len(parts) == 4 and parts[3].isdecimal() else 0)


def digest_of_row(texts: Mapping[str, str]) -> str:
    """What a row says, whatever the order of its columns. `texts`: canonical header → the cell's text."""
    filled = sorted((header, exact_key(text)) for header, text in texts.items() if text)
    return hashlib.sha256(json.dumps(filled).encode()).hexdigest()[:12]
