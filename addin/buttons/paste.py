"""Paste Data: the rows of a foreign sheet under the template's headers (SPEC 9). Needs no server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final

from addin.book import Book
from addin.errors import BookError, ChoiceError
from addin.foreign.evidence import LOOKED_AT, told_by_cells
from addin.foreign.mapping import NOT_USED, ColumnMapping, known_corrections, listed, remember
from addin.foreign.names import HALVES, split_name
from addin.foreign.table import ForeignSheet, ReadRows, read_foreign
from addin.outcome import Answers, Field, Outcome, Question
from addin.rows.data_sheet import read_data
from addin.rows.new_rows import NewRow, Value, add_rows
from addin.sentences import counted
from workbook.columns import KINDS, SSN
from workbook.matching import id_of, ssn_digits, text_of

_HOW: Final = (
    "Beside each column of the other sheet, and one of its values, stands where it goes. Change what is wrong."
)
_IN_WORDS: Final = "Or in words, such as 3 = not used"
HOW: Final = (
    "Press Enter if this is right. To change it, write the number of a column, = and where it goes, such as "
    "3 = Case Number or 3 = not used; several with ; between them."
)
"""How columns are changed on a terminal."""
_LISTS: Final = 16
"""Columns that have a list, as many as a screen of 768 points shows; those beyond are changed in words."""
_EXAMPLE: Final = 24
"""Characters of an example that are shown."""


FILE: Final = "file"
CORRECTIONS: Final = "corrections"
"""Answers: the other file's place, and where its columns go in words: `Notes = Case Number; 4 = not used`."""
_COLUMN: Final = "column {}"
"""The answer of the list of one column, by its number: one of our columns, "" where it is not used."""
_TYPED: Final = "typed"
_PLAIN: Final = (str, bool, int, float, date, time, type(None))


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

    It asks for the file, then shows in one form where each column goes, with an example of what it holds; what was
    changed is remembered in `folder`, by the foreign headers. Whole names go to first and last name. `read_rows`
    gives the rows of a closed file. Everything but true dates goes in as text. Raises BookError, and ChoiceError for
    CORRECTIONS that are not understood.
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
    if typed is not None and (chosen := _chosen(mapping, answers)):
        mapping.correct(chosen)
        said = f"{said}; {chosen}" if said else chosen
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
    told = [f"{foreign.name}: {counted(len(foreign.rows), 'row')}."]
    if mapping.empty():
        told.append(f"Stays empty: {listed(mapping.empty())}.")
    lines = _lines(mapping, foreign)
    told += [f"{label} → {field.shown}" for label, field in lines[_LISTS:]]
    fields = [field for _, field in lines[:_LISTS]]
    question = Question(
        "\n".join([*told, "", _HOW]),
        (*fields, Field(_TYPED, _IN_WORDS, default=(typed or "") if wrong else "")),
        wrong=wrong,
    )
    return Pasted(question=question, carries={CORRECTIONS: said})


def _lines(mapping: ColumnMapping, foreign: ForeignSheet) -> list[tuple[str, Field]]:
    """For each foreign column what it is called, with an example of what it holds, and its list."""
    choices = {"": NOT_USED} | {one: one for one in mapping.choices}
    guessed, cells = mapping.guessed(), foreign.cells(LOOKED_AT)
    lines = []
    for number, (header, target) in enumerate(mapping.targets.items(), start=1):
        example = _example(target, cells.get(header, ()))
        label = f"{number}. {header}{example}{' (a guess)' if header in guessed else ''}"
        lines.append((label, Field(_COLUMN.format(number), label, "list", target or "", choices)))
    return lines


def _example(target: str | None, cells: Sequence[Any]) -> str:
    """`: 10432`, the first value of a column; of an SSN no more than that there is one."""
    text = next((text for cell in cells if (text := text_of(cell) if isinstance(cell, _PLAIN) else str(cell))), "")
    if not text:
        return ""
    if target == SSN or told_by_cells(cells) == SSN:
        text = "•••"
    return f": {text if len(text) <= _EXAMPLE else text[: _EXAMPLE - 1] + '…'}"


def _chosen(mapping: ColumnMapping, answers: Answers) -> str:
    """What was changed in the lists, in words; "" where nothing was."""
    changed = [
        f"{number} = {answers[name] or NOT_USED}"
        for number, target in enumerate(mapping.targets.values(), start=1)
        if (name := _COLUMN.format(number)) in answers and answers[name] != (target or "")
    ]
    return "; ".join(changed)


def _rows(foreign: ForeignSheet, columns: dict[str, str]) -> list[NewRow]:
    places = {foreign.headers.index(header): target for header, target in columns.items()}
    return [
        {
            header: value
            for place, target in places.items()
            for header, cell in _parts(target, row[place])
            if (value := _cell(header, cell)) is not None
        }
        for row in foreign.rows
    ]


def _parts(target: str, cell: Any) -> list[tuple[str, Any]]:
    """The cells that one goes to, by header: a whole name to first and last."""
    if target not in HALVES:
        return [(target, cell)]
    return list(zip(HALVES[target], split_name(text_of(cell) if isinstance(cell, _PLAIN) else str(cell)), strict=True))


def _cell(header: str, cell: Any) -> Value:
    """A cell as it goes in: a date where one stands under a date's header, else text, so that `007` stays."""
    if isinstance(cell, datetime) and cell.time() == time():
        cell = cell.date()
    if isinstance(cell, date) and not isinstance(cell, datetime) and KINDS[header] == "date":
        return cell
    if header == SSN and isinstance(cell, int | float) and not isinstance(cell, bool):
        return ssn_digits(cell)
    if not isinstance(cell, _PLAIN):
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
