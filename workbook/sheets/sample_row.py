"""The template's instruction and sample rows, and how to recognise them later (SPEC 3).

They are recognised by their content, one cell at a time, because people clear some cells, change others, sort
the sheet and save it as .csv. So every text below is one that real data never holds, and is plain ASCII, which
every encoding keeps. Feeder values and dates are the exception: they are real ones, and give nothing away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, Literal

from workbook.columns import (
    COLUMNS,
    KINDS,
)
from workbook.matching import exact_key

LeftIn = Literal["sample row", "instruction row"]

INSTRUCTIONS: Final = {column.header: column.instruction for column in COLUMNS}
"""Canonical header → what its cell of the instruction row says."""

_SAMPLE: Final = {column.header: column.sample for column in COLUMNS}

_INSTRUCTION_KEYS: Final = frozenset(exact_key(text) for text in INSTRUCTIONS.values())
_SAMPLE_TEXTS: Final = [value for value in _SAMPLE.values() if isinstance(value, str)]
_SAMPLE_KEYS: Final = frozenset(exact_key(value) for value in _SAMPLE_TEXTS if value.endswith("(sample)"))
_SAMPLE_ID_KEYS: Final = frozenset(exact_key(value) for value in _SAMPLE_TEXTS if value.startswith("SAMPLE-"))


def instruction_row(headers: Sequence[str]) -> list[str]:
    """What each column holds, in a cell each. `headers`: canonical."""
    return [INSTRUCTIONS[header] for header in headers]


def sample_row(headers: Sequence[str], feeder: Mapping[str, Sequence[str]]) -> list[str | date | None]:
    """One believable Insert under canonical `headers`, with the site's own first relationship and status.

    `feeder`: canonical header → active values. End Date and Reason for Dismissal are empty, as on any Insert.
    """
    row: list[str | date | None] = []
    for header in headers:
        sample = _SAMPLE[header]
        values = feeder.get(header) if sample is not None and KINDS[header] == "feeder" else None
        row.append(values[0] if values else sample)
    return row


def what_is_left(header: str, text: str) -> LeftIn | None:
    """Which of the template's own rows a cell's text belongs to, None for data.

    Asked once per distinct value of the column under the canonical `header`. Case and surrounding or doubled
    spaces do not matter, nor does the column it now stands in, except that a sample ID counts only among IDs.
    A real person called Sample is a real person.
    """
    # A hundred thousand values pass here; those that cannot be the template's turn back at once.
    if not text.endswith(".") and "sample" not in text.casefold():
        return None
    key = exact_key(text)
    if key in _INSTRUCTION_KEYS:
        return "instruction row"
    if key in _SAMPLE_KEYS or (key in _SAMPLE_ID_KEYS and KINDS.get(header) == "id"):
        return "sample row"
    return None
