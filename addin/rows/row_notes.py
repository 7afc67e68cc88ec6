"""Where a downloaded row comes from, kept in a hidden cell of the row itself, so that it is sorted along with it.

The text in that cell says which record the row shows and in which version (SPEC R12), whose row it was, and what it
said, so that a row that nobody touched is known, and one that now speaks of somebody else is no longer taken for it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import NamedTuple

from workbook.columns import PARTICIPANT_ID
from workbook.matching import exact_key


class Origin(NamedTuple):
    record_id: int
    version: int
    digest: str
    """What the row said when it was downloaded."""
    participant: str
    """The Participant ID it had."""

    def text(self) -> str:
        return f"{self.record_id} {self.version} {self.digest} {self.participant}"

    def is_of(self, texts: Mapping[str, str]) -> bool:
        """Whether a row still speaks of the same participant. `texts`: canonical header → the cell's text."""
        return exact_key(texts.get(PARTICIPANT_ID, "")) == exact_key(self.participant)

    def is_untouched(self, texts: Mapping[str, str]) -> bool:
        return self.digest == digest_of_row(texts)


def origin(record_id: int, version: int, texts: Mapping[str, str]) -> Origin:
    """The origin of a row that is downloaded now. `texts`: canonical header → the cell's text."""
    return Origin(record_id, version, digest_of_row(texts), texts.get(PARTICIPANT_ID, ""))


def read_origin(text: str) -> Origin | None:
    """The origin that a hidden cell holds; None for anything that is none."""
    parts = text.split(" ", 3)
    if len(parts) != 4 or not (parts[0].isdecimal() and parts[1].isdecimal()):
        return None
    return Origin(int(parts[0]), int(parts[1]), parts[2], parts[3])


def digest_of_row(texts: Mapping[str, str]) -> str:
    """What a row says, whatever the order of its columns. `texts`: canonical header → the cell's text."""
    filled = sorted((header, exact_key(text)) for header, text in texts.items() if text)
    return hashlib.sha256(json.dumps(filled).encode()).hexdigest()[:12]
