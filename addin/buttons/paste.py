"""Paste Data: the rows of a foreign sheet under the template's headers (SPEC 9). Needs no server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final

import xlwings as xw

from addin.ask import Ask
from addin.errors import BookError, ChoiceError
from addin.foreign.evidence import LOOKED_AT
from addin.foreign.mapping import ColumnMapping, in_words, known_corrections, listed, remember
from addin.foreign.table import ForeignSheet, read_foreign
from addin.rows import own_sheets as sheet
from addin.rows.new_rows import NewRow, Value, add_rows
from addin.sentences import counted
from addin.status_bar import busy
from workbook.columns import KINDS, SSN
from workbook.matching import id_of, ssn_digits, text_of

_HOW: Final = (
    "Press OK if this is right. To change it, write the number of a column, = and where it goes, such as "
    "3 = Case Number or 3 = not used; several with ; between them."
)


@dataclass(frozen=True, slots=True)
class Pasted:
    """What Paste Data added: the sheet rows, which column went where, and what found no place."""

    added: list[int]
    columns: dict[str, str]
    """Foreign header → ours, for those that were used."""
    guessed: dict[str, str]
    """Those of them that the header did not say outright."""
    not_used: list[str]
    empty: list[str]
    """Our columns that nothing went to."""
    sentence: str


def paste_data(
    book: xw.Book, choose_file: Callable[[str], Path], ask: Ask, folder: Path, corrections: str = ""
) -> Pasted:
    """Adds the rows of another file, .xlsx, .xlsm or .csv, below the user's own.

    `choose_file` takes a question and gives the file. `ask` shows how the columns go together and gives what is to
    be changed, "" when it is right; what was changed is remembered in `folder`, by the foreign headers.
    `corrections`: changes that are known beforehand, in the same words. Everything but true dates goes in as text.
    Raises BookError, and ChoiceError for corrections that are not understood.
    """
    data = sheet.read_data(book)
    path = choose_file("Which file holds the rows to paste?")
    if _is_file_of(book, path):
        raise BookError(f"{path.name} is this workbook itself. Choose the file that the rows come from.")
    with busy(book, f"Reading {path.name} …"):
        foreign = read_foreign(path)
    if not foreign.rows:
        raise BookError(f"{path.name} holds nothing below its headers. Choose the file that holds your rows.")
    ours = [header for header in KINDS if header in data.columns()]
    mapping = ColumnMapping(
        foreign.headers, ours, known_corrections(folder, foreign.fingerprint()), foreign.cells(LOOKED_AT)
    )
    mapping.correct(corrections)
    _settle(mapping, foreign, ask)
    columns = {header: target for header, target in mapping.targets.items() if target}
    if not columns:
        raise BookError(f"No column of {path.name} goes to a column of this sheet, so nothing was pasted.")
    remember(folder, foreign.fingerprint(), mapping.agreed())
    with busy(book, f"Pasting {counted(len(foreign.rows), 'row')} …"):
        rows = [row for row in _rows(foreign, columns) if row]
        added = add_rows(book, data, rows)
    sentence = " ".join([_sentence(path.name, added), *_notes(mapping, foreign)])
    return Pasted(added, columns, mapping.guessed(), mapping.not_used(), mapping.empty(), sentence)


def _is_file_of(book: xw.Book, path: Path) -> bool:
    try:
        return path.resolve() == Path(book.fullname).resolve()
    except xw.XlwingsError:  # a workbook in the cloud that has no place on this computer
        return False


def _settle(mapping: ColumnMapping, foreign: ForeignSheet, ask: Ask) -> None:
    """Shows the mapping until its user agrees."""
    wrong = ""
    while True:
        told = [f"{foreign.name}: {counted(len(foreign.rows), 'row')}", *in_words(mapping)]
        if mapping.empty():
            told.append(f"Stays empty: {listed(mapping.empty())}")
        answer = ask("\n".join([*([wrong, ""] if wrong else []), *told, "", _HOW])).strip()
        if not answer:
            return
        try:
            mapping.correct(answer)
            wrong = ""
        except ChoiceError as error:
            wrong = error.sentence


def _rows(foreign: ForeignSheet, columns: dict[str, str]) -> list[NewRow]:
    places = {foreign.headers.index(header): target for header, target in columns.items()}
    return [
        {target: value for place, target in places.items() if (value := _cell(target, row[place])) is not None}
        for row in foreign.rows
    ]


def _cell(header: str, cell: Any) -> Value:
    """A cell as it goes in: a date where one stands under a date's header, else text, so that `007` stays."""
    if isinstance(cell, datetime) and cell.time() == time():
        cell = cell.date()
    if isinstance(cell, date) and not isinstance(cell, datetime) and KINDS[header] == "date":
        return cell
    if header == SSN and isinstance(cell, int | float) and not isinstance(cell, bool):
        return ssn_digits(cell)
    if not isinstance(cell, str | bool | int | float | date | time | None):
        cell = str(cell)
    return (id_of(cell) if KINDS[header] == "id" else text_of(cell)) or None


def _sentence(name: str, added: list[int]) -> str:
    if not added:
        return f"No row of {name} holds anything in the columns that are used, so nothing was pasted."
    where = f"row {added[0]}" if len(added) == 1 else f"rows {added[0]} to {added[-1]}"
    return f"{counted(len(added), 'row')} of {name} pasted in {where}. Press Validate to check them."


def _notes(mapping: ColumnMapping, foreign: ForeignSheet) -> list[str]:
    notes = []
    homeless = mapping.without_a_place()
    others = [header for header in mapping.not_used() if header not in homeless]
    if guessed := mapping.guessed():
        pairs = (f"{header} as {target}" for header, target in guessed.items())
        notes.append(f"Guessed, so have a look at: {listed(pairs)}.")
    if homeless:
        notes.append(f"This sheet has no column for: {listed(homeless)}. If you need it, generate a template that has.")
    if others:
        notes.append(f"Not used: {listed(others)}.")
    if foreign.repeated:
        notes.append(f"There twice, and the first column was taken: {listed(foreign.repeated)}.")
    if foreign.nameless:
        notes.append(f"Not used, because the column has no header: {listed(foreign.nameless)}.")
    if mapping.empty():
        notes.append(f"Stayed empty: {listed(mapping.empty())}.")
    return notes
