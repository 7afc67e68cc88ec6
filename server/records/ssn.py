"""SSNs are kept as keyed hashes: compared exactly, never stored, returned, logged or mailed (SPEC 7)."""

from __future__ import annotations

import hashlib
import hmac

from workbook.columns import SSN
from workbook.matching import ssn_digits, text_of
from workbook.sheet import LONGEST_CELL, Cell, CellError, Sheet

TOO_LONG = "•" * (LONGEST_CELL + 1)
"""Stands for a value that is too long for a cell: still refused for its length, and nothing of it kept."""


class SsnHasher:
    """Turns an SSN into 64 hexadecimal digits that say nothing about it to anyone without `key`."""

    def __init__(self, key: bytes) -> None:
        if not key:
            raise ValueError("The key for SSN hashes is empty.")
        self._key = key

    def hash(self, digits: str) -> str:
        """The hash of an SSN as `workbook.matching.ssn_digits` gives it; "" for ""."""
        if not digits:
            return ""
        return hmac.digest(self._key, digits.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()

    def hide(self, sheet: Sheet) -> None:
        """Replaces every SSN of a sheet by its hash, in place. Empty cells and cell errors stay as they are."""
        column = sheet.columns.get(SSN)
        if column is not None:
            column.values = [self._hidden(value) for value in column.values]

    def _hidden(self, value: Cell) -> Cell:
        if value is None or isinstance(value, CellError):
            return value
        if len(text_of(value)) > LONGEST_CELL:
            return TOO_LONG
        return self.hash(ssn_digits(value)) or None
