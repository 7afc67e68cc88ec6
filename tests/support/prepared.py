"""A workbook in which somebody has written by hand what our program keeps in its hidden sheets."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl

from workbook import layout
from workbook.columns import PARTICIPANT_ID

_CHUNK = 8_000


def offers_somebody_else(path: Path, row: int, person: str) -> Path:
    """A workbook that was checked, in which a row now has this Participant ID, and the kept check says that it was the
    one that had been offered there."""

    def change(facts: dict[str, Any]) -> None:
        (group,) = [one for one in facts["report"]["fixes"] if one["column"] == PARTICIPANT_ID]
        group["suggestions"] = [{"value": person, "label": "likely", "score": 90.0, "remembered": False}]

    book = openpyxl.load_workbook(with_kept_check(path, change))
    sheet = book.worksheets[0]
    headers = [cell.value for cell in sheet[1]]
    sheet.cell(row, headers.index(PARTICIPANT_ID) + 1).value = person
    book.save(path)
    return path


def with_kept_check(path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """A workbook that was checked, in which the check that it keeps was changed."""
    book = openpyxl.load_workbook(path)
    cells = [
        cell
        for line in book[layout.SUGGESTIONS_SHEET].iter_rows()
        if line[1].value == "_known"
        for cell in line
        if isinstance(cell.value, str) and cell.value.startswith(":")
    ]
    facts = json.loads(zlib.decompress(base64.b64decode("".join(str(cell.value)[1:] for cell in cells))))
    change(facts)
    packed = base64.b64encode(zlib.compress(json.dumps(facts, separators=(",", ":")).encode(), 9)).decode()
    pieces = [f":{packed[at : at + _CHUNK]}" for at in range(0, len(packed), _CHUNK)]
    assert len(pieces) <= len(cells)
    for place, cell in enumerate(cells):
        cell.value = pieces[place] if place < len(pieces) else None
    book.save(path)
    return path
