"""Paste Data: add the rows of another file under the template's headers (SPEC 9).

It needs no server.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final

from addin.book import Book
from addin.errors import BookError, ChoiceError
from addin.foreign.evidence import LOOKED_AT, column_by_cells
from addin.foreign.mapping import NOT_USED, ColumnMapping, known_corrections, listed, remember
from addin.foreign.names import HALVES, split_name
from addin.foreign.table import ForeignSheet, ReadRows, read_foreign
from addin.outcome import Answers, Field, Outcome, UserQuestion
from addin.rows.data_sheet import read_data
from addin.rows.new_rows import NewRow, Value, add_rows
from addin.rows.row_notes import marks_in
from addin.sentences import counted
from workbook.columns import KINDS, ROW_ORIGIN, ROW_STATUS, SSN
from workbook.files.excel_scan import FORMULA_WITHOUT_VALUE
from workbook.matching import id_of, ssn_digits, text_of
from workbook.sheets.marks import LEFT_OUT

_ASKED: Final = (
    "Say of each of their columns which of yours it is. What you choose is remembered for files with these headers."
)
FILE: Final = "file"
CORRECTIONS: Final = "corrections"
"""Answers: the other file's place, and where its columns go, in words: `Notes = Case Number; 4 = not used`."""
TYPED: Final = "typed"
"""The answer on a terminal to the question which column goes where: corrections in words, "" to agree."""
_SHOWN: Final = "columns"
"""Carried along: the headers, in their order, of which the user was asked where they go."""
_COLUMN: Final = "column {number}"
"""The field of each of their columns, numbered from 1."""
_EXAMPLES, _LETTERS = 2, 24
"""How many different cells of a column are shown, and how much of each."""
_MOST_NAMED: Final = 10
_NO_VALUE: Final = "#N/A"
"""What is written for a formula that was never calculated, so that the check reports just that and not a wrong name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pasted(Outcome):
    """What Paste Data added: the sheet rows, which column went where, and what found no place."""

    added: list[int] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)
    """Foreign header → ours, for those that were used."""
    guessed: dict[str, str] = field(default_factory=dict)
    """Those of them that are guesses."""
    not_used: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    """Our columns that nothing went to."""


def paste_data(book: Book, answers: Answers, folder: Path, read_rows: ReadRows) -> Pasted:
    """Adds the rows of another file, of any format that is read, below the user's own.

    It asks for the file, then in one form which column goes where, with a list and examples for each; what was changed
    is remembered in `folder`, by the foreign headers. Whole names go to first and last name. `read_rows` gives the rows
    of a closed file. Everything but true dates goes in as text. Raises BookError, and ChoiceError for CORRECTIONS that
    are not understood.
    """
    data = read_data(book)
    if FILE not in answers:
        return Pasted(question=UserQuestion("Which file holds the rows to paste?", (Field(FILE, kind="file"),)))
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
    if answers.get(_SHOWN) not in (None, _in_order(foreign)):  # an answer names a column by its number
        wrong = f"The columns of {foreign.name} were changed meanwhile. Look again at where they go."
        return _ask(mapping, foreign, dict(mapping.targets), "", wrong)
    corrections = answers.get(CORRECTIONS, "")
    mapping.correct(corrections)
    fields = {_COLUMN.format(number=number): header for number, header in enumerate(mapping.headers, start=1)}
    wrong = ""
    if answers.get(TYPED):
        try:
            mapping.correct(answers[TYPED])
            corrections = "; ".join(filter(None, (corrections, answers[TYPED])))
        except ChoiceError as error:
            wrong = error.sentence
        return _ask(mapping, foreign, dict(mapping.targets), corrections, wrong)
    if fields and all(name in answers for name in fields):
        wanted = {header: answers[name] or None for name, header in fields.items()}
        try:
            mapping.settle(wanted)
        except ChoiceError as error:
            return _ask(mapping, foreign, wanted, corrections, error.sentence)
    elif fields and TYPED not in answers:
        return _ask(mapping, foreign, dict(mapping.targets), corrections, "")
    columns = {header: target for header, target in mapping.targets.items() if target}
    if not columns:
        raise BookError(
            f"No column of {path.name} goes to a column of this sheet, so nothing was pasted. Paste again, and say of "
            "its columns where they go."
        )
    remember(folder, foreign.fingerprint(), mapping.agreed())
    added = add_rows(book, data, _rows(foreign, columns))
    return Pasted(
        added=added,
        columns=columns,
        guessed=mapping.guessed(),
        not_used=mapping.not_used(),
        empty=mapping.empty(),
        sentence=" ".join([_sentence(path.name, added), *_notes(mapping, foreign)]),
    )


def _ask(
    mapping: ColumnMapping, foreign: ForeignSheet, chosen: Mapping[str, str | None], corrections: str, wrong: str
) -> Pasted:
    """The question how the columns go together. `chosen`: where each of theirs goes so far."""
    lines = [f"{foreign.name}: {counted(len(foreign.rows), 'row')}."]
    taken = {ours for target in chosen.values() if target for ours in HALVES.get(target, (target,))}
    if empty := [header for header in mapping.ours if header not in taken]:
        lines.append(f"Nothing goes to: {listed(empty)}.")
    guessed, cells = mapping.guessed(), foreign.cells(LOOKED_AT)
    fields = []
    for number, header in enumerate(mapping.headers, start=1):
        target = chosen[header] or ""
        choices = {"": NOT_USED} | {ours: ours for ours in mapping.choices}
        if target and guessed.get(header) == target:
            choices[target] = f"{target} (a guess)"
        column = cells.get(header, ())
        shown = "" if SSN in (target, column_by_cells(column)) else _examples(column)
        label = f"{header}{f' ({shown})' if shown else ''}"
        fields.append(Field(_COLUMN.format(number=number), label, "list", target, choices))
    return Pasted(
        question=UserQuestion("\n\n".join([*lines, _ASKED]), tuple(fields), wrong=wrong),
        carries={CORRECTIONS: corrections, _SHOWN: _in_order(foreign)},
    )


def _in_order(foreign: ForeignSheet) -> str:
    return "\n".join(foreign.headers)


def as_lines(question: UserQuestion) -> list[str]:
    """The form for a terminal: a numbered line for each of their columns."""
    return [f"{number}. {field.label} → {field.shown}" for number, field in enumerate(question.fields, start=1)]


def _examples(cells: Sequence[Any]) -> str:
    """Some of what stands in a column."""
    found = dict.fromkeys(text for cell in cells if (text := text_of(_plain(cell)).strip()))
    cut = [text if len(text) <= _LETTERS else f"{text[: _LETTERS - 1]}…" for text in found]
    return ", ".join(cut[:_EXAMPLES]) + (" …" if len(cut) > _EXAMPLES else "")


def _plain(cell: Any) -> Any:
    """A cell as it can be read as text: a date without the midnight that a spreadsheet adds."""
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date()
    return cell if isinstance(cell, str | bool | int | float | date | time | None) else str(cell)


def _rows(foreign: ForeignSheet, columns: dict[str, str]) -> list[NewRow]:
    places = {foreign.headers.index(header): target for header, target in columns.items()}
    found = (
        {
            header: value
            for place, target in places.items()
            for header, cell in _parts(target, row[place])
            if (value := _cell(header, cell)) is not None
        }
        for row in foreign.rows
    )
    return [new | _as_they_stood(foreign, row) for new, row in zip(found, foreign.rows, strict=True) if new]


def _as_they_stood(foreign: ForeignSheet, row: Sequence[Any]) -> dict[str, Value]:
    """What one of our own workbooks says of a row: that it is left out, or was written, which the server is asked
    about. Of which assignment a row was downloaded may be another agency's record."""
    said = {header: text_of(_plain(cell)) for header, cell in zip(foreign.headers, row, strict=True) if header}
    found: dict[str, Value] = {}
    if said.get(ROW_STATUS) == LEFT_OUT:
        found[ROW_STATUS] = LEFT_OUT
    if marks_in(said.get(ROW_ORIGIN, "")):
        found[ROW_ORIGIN] = said[ROW_ORIGIN]
    return found


def _parts(target: str, cell: Any) -> list[tuple[str, Any]]:
    """The cells that one goes to, by header: a whole name to first and last."""
    if target not in HALVES:
        return [(target, cell)]
    return list(zip(HALVES[target], split_name(text_of(_plain(cell))), strict=True))


def _cell(header: str, cell: Any) -> Value:
    """A cell as it goes in: a date where one stands under a date's header, else text, so that `007` stays."""
    if cell == FORMULA_WITHOUT_VALUE.text:
        return _NO_VALUE
    cell = _plain(cell)
    if isinstance(cell, date) and not isinstance(cell, datetime) and KINDS[header] == "date":
        return cell
    if header == SSN and isinstance(cell, int | float) and not isinstance(cell, bool):
        return ssn_digits(cell)
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
    homeless = dict.fromkeys(mapping.without_a_place())
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
