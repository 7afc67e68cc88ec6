"""Paste Data: the rows of a foreign sheet under the template's headers (SPEC 9). Needs no server."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final

from addin.book import Book
from addin.errors import BookError, ChoiceError
from addin.foreign.evidence import LOOKED_AT
from addin.foreign.mapping import ColumnMapping, in_words, known_corrections, listed, remember
from addin.foreign.table import ForeignSheet, ReadRows, read_foreign
from addin.outcome import Answers, Field, Outcome, Question
from addin.rows.data_sheet import read_data
from addin.rows.new_rows import NewRow, Value, add_rows
from addin.sentences import counted
from workbook.columns import KINDS, SSN
from workbook.files.excel_scan import FORMULA_WITHOUT_VALUE
from workbook.matching import id_of, ssn_digits, text_of

_HOW: Final = (
    "Press OK if this is right. To change it, write the number of a column, = and where it goes, such as "
    "3 = Case Number or 3 = not used; several with ; between them."
)


FILE: Final = "file"
CORRECTIONS: Final = "corrections"
"""Answers: the other file's place, and where its columns go, in the words of the question."""
_TYPED: Final = "typed"
_MOST_NAMED: Final = 10
_NO_VALUE: Final = "#N/A"
"""What is written for a formula that was never calculated, so that it is told as what it is and not as a wrong name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pasted(Outcome):
    """What Paste Data added: the sheet rows, which column went where, and what found no place."""

    added: list[int] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)
    """Foreign header → ours, for those that were used."""
    guessed: dict[str, str] = field(default_factory=dict)
    """Those of them that the header did not say outright."""
    not_used: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    """Our columns that nothing went to."""


def paste_data(book: Book, answers: Answers, folder: Path, read_rows: ReadRows) -> Pasted:
    """Adds the rows of another file, .xlsx, .xlsm or .csv, below the user's own.

    It asks for the file, then shows how the columns go together until its user agrees; what they changed is
    remembered in `folder`, by the foreign headers. `read_rows` gives the rows of a closed file. Everything but true
    dates goes in as text. Raises BookError, and ChoiceError for CORRECTIONS that are not understood.
    """
    data = read_data(book)
    if FILE not in answers:
        return Pasted(question=Question("Which file holds the rows to paste?", (Field(FILE, kind="file"),)))
    path = Path(answers[FILE])
    if book.picture.path is not None and path.resolve() == book.picture.path.resolve():
        raise BookError(f"{path.name} is this workbook itself. Choose the file that the rows come from.")
    foreign = read_foreign(path, read_rows)
    if not foreign.rows:
        raise BookError(f"{path.name} holds nothing below its headers. Choose the file that holds your rows.")
    ours = [header for header in KINDS if header in data.columns()]
    mapping = ColumnMapping(
        foreign.headers, ours, known_corrections(folder, foreign.fingerprint()), foreign.cells(LOOKED_AT)
    )
    said = answers.get(CORRECTIONS, "")
    mapping.correct(said)
    typed = answers.get(_TYPED)
    if typed != "":
        return _asked(mapping, foreign, said, typed)
    columns = {header: target for header, target in mapping.targets.items() if target}
    if not columns:
        raise BookError(f"No column of {path.name} goes to a column of this sheet, so nothing was pasted.")
    remember(folder, foreign.fingerprint(), mapping.agreed())
    added = add_rows(book, data, [row for row in _rows(foreign, columns) if row])
    return Pasted(
        added=added,
        columns=columns,
        guessed=mapping.guessed(),
        not_used=mapping.not_used(),
        empty=mapping.empty(),
        sentence=" ".join([_sentence(path.name, added), *_notes(mapping, foreign)]),
    )


def _asked(mapping: ColumnMapping, foreign: ForeignSheet, said: str, typed: str | None) -> Pasted:
    """The question how the columns go together, with what was typed so far taken into account."""
    wrong = ""
    if typed:
        try:
            mapping.correct(typed)
            said = f"{said}; {typed}" if said else typed
        except ChoiceError as error:
            wrong = error.sentence
    told = [f"{foreign.name}: {counted(len(foreign.rows), 'row')}", *in_words(mapping)]
    if mapping.empty():
        told.append(f"Stays empty: {listed(mapping.empty())}")
    text = "\n".join([*([wrong, ""] if wrong else []), *told, "", _HOW])
    return Pasted(question=Question(text, (Field(_TYPED),)), carries={CORRECTIONS: said})


def _rows(foreign: ForeignSheet, columns: dict[str, str]) -> list[NewRow]:
    places = {foreign.headers.index(header): target for header, target in columns.items()}
    return [
        {target: value for place, target in places.items() if (value := _cell(target, row[place])) is not None}
        for row in foreign.rows
    ]


def _cell(header: str, cell: Any) -> Value:
    """A cell as it goes in: a date where one stands under a date's header, else text, so that `007` stays."""
    if cell == FORMULA_WITHOUT_VALUE.text:
        return _NO_VALUE
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


def _rows_named(numbers: list[int]) -> str:
    more = len(numbers) - _MOST_NAMED
    named = listed([f"row {number}" for number in numbers[:_MOST_NAMED]])
    return f"{named} and {more:,} more" if more > 0 else named


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
    if foreign.hidden:
        notes.append(
            f"Hidden there, by hand or by a filter, and pasted like the others: {_rows_named(foreign.hidden)}."
        )
    if foreign.repeated:
        notes.append(f"There twice, and the first column was taken: {listed(foreign.repeated)}.")
    if foreign.nameless:
        notes.append(f"Not used, because the column has no header: {listed(foreign.nameless)}.")
    if mapping.empty():
        notes.append(f"Stayed empty: {listed(mapping.empty())}.")
    return notes
