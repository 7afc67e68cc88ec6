"""Rows that an upload has written: said in the row's own hidden cell, so that they are never sent again.

The cell says which upload wrote the row, and what the row said then: a row that its user has changed since is a new
one, and is sent. It takes the place of what Download Caseload had put there, which is of no use any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from addin.rows.origin import digest_of_row

_WORD: Final = "written"


class Written(NamedTuple):
    upload_id: str
    digest: str

    def text(self) -> str:
        return f"{_WORD} {self.upload_id} {self.digest}"

    def in_words(self) -> str:
        """What stands beside the row."""
        return f"Written by upload {self.upload_id}."

    def is_same(self, texts: Mapping[str, str]) -> bool:
        """Whether the row still says what was written. `texts`: canonical header → the cell's text."""
        return self.digest == digest_of_row(texts)


def read_written(text: str) -> Written | None:
    """What a hidden cell says; None for anything else."""
    parts = text.split(" ")
    return Written(parts[1], parts[2]) if len(parts) == 3 and parts[0] == _WORD else None
