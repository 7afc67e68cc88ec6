"""Export for ETO: save the sheet's rows as files for the vendor's own upload (SPEC 9).

It needs no server.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Final, NamedTuple

from addin.book import Book
from addin.buttons.template import free_path
from addin.errors import BookError, ChoiceError
from addin.foreign.evidence import are_ids
from addin.outcome import NO, YES, Answers, Field, Outcome, UserQuestion
from addin.rows.data_sheet import read_data
from addin.rows.new_rows import template_rows
from addin.rows.own_sheets import read_meta
from addin.sentences import counted
from workbook import layout
from workbook.columns import (
    KINDS,
    PROGRAM_ID,
    PROGRAM_NAME,
    SSN,
    STAFF_NAME,
    canonical_header,
    header_key,
    is_own_header,
)
from workbook.dates import read_date
from workbook.files.csv_file import csv_rows
from workbook.files.header import find_header, is_header
from workbook.files.limits import Limits
from workbook.files.reader import error_of
from workbook.local_time import Order
from workbook.matching import id_of, ssn_digits, text_of
from workbook.problems import Refusal
from workbook.sheet import Cell
from workbook.sheets.log_sheet import HEADERS as LOG_HEADERS
from workbook.sheets.marks import ERROR_SIGN
from workbook.whole_file import private_folder, write_new

MOST_ROWS: Final = 600
"""Rows of one file: the vendor advises against more."""
_NAMED: Final = 10
"""Cells that a note names; of the others it gives the number."""
_DATE_FORMAT: Final = "m/d/yyyy"


class Cleaned(NamedTuple):
    """A cell that reads differently in the file than in the sheet: its row, its column and why."""

    row: int
    column: str
    why: str


FORMAT: Final = "format"
"""The answer to which kind of file: csv or xlsx."""
TO: Final = "to"
"""The folder, where it is known beforehand."""
_FORMATS: Final = Field(
    FORMAT,
    label="Kind of file",
    kind="list",
    default="csv",
    choices={"csv": ".csv, without a comma in any cell", "xlsx": ".xlsx"},
)
WRITTEN: Final = "written"
"""Whether rows that an upload has written are exported, too: YES, else not."""
_WRITTEN_TOO: Final = Field(
    WRITTEN,
    label="Rows that were written before",
    kind="list",
    default=NO,
    choices={NO: "not in the files", YES: "in the files, too"},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported(Outcome):
    """The files, and what was left out of them or changed on the way."""

    files: list[Path] = field(default_factory=list)
    rows: int = 0
    changed: list[Cleaned] = field(default_factory=list)


def export_for_eto(book: Book, answers: Answers, beside: Path) -> Exported:
    """Writes `Caseload-1.csv`, `Caseload-2.csv`, … into a new folder in `beside`, at most 600 rows each.

    Rows that are left out, or as they were downloaded, are not in them; those that an upload has written are where the
    user says so. Raises ChoiceError for another kind of file
    than csv and xlsx, and BookError when there is no row, a column stands twice, or such a file is there already:
    nothing is written over.
    """
    data = read_data(book)
    if FORMAT not in answers:
        asked = (_FORMATS, _WRITTEN_TOO) if data.written else (_FORMATS,)
        return Exported(question=UserQuestion("What is ETO to get?", asked))
    file_format = answers[FORMAT].strip().lower().lstrip(".") or "csv"
    written = data.written if answers.get(WRITTEN) == YES else {}
    left_out = set(data.left_out())
    status = layout.own_columns(data.headers).status
    wrong = [row for row in data.rows if data.cell_text(row, status).startswith(ERROR_SIGN) and row not in left_out]
    order: Order = "DMY" if read_meta(book).get("date_order") == "DMY" else "MDY"
    rows = {row: cells for row, cells in sorted((data.rows | written).items()) if row not in left_out}
    more = _not_exported(len(left_out), len(data.untouched), len(data.written) - len(written))
    if not rows and more:
        raise BookError(" ".join(["There is no row to export.", *more]))
    to = Path(answers[TO]) if TO in answers else new_folder(beside)
    exported = export_rows(data.headers, rows, to, file_format, order)
    if wrong:
        more.append(f"{counted(len(wrong), 'row')} had errors when last checked, row {wrong[0]} first.")
    return replace(exported, sentence=" ".join([exported.sentence, *more]))


def _not_exported(left_out: int, untouched: int, written: int) -> list[str]:
    """A sentence for each kind of row that is not in the files; numbers of rows."""
    said = []
    if left_out:
        said.append(f"{counted(left_out, 'row')} that you left out not exported.")
    if untouched:
        said.append(f"{counted(untouched, 'row')} as downloaded, without a change, not exported.")
    if written:
        were, them = ("was", "it") if written == 1 else ("were", "them")
        said.append(
            f"{counted(written, 'row')} that {were} written before not exported. To have {them} in the files, too, "
            "choose so in the window, or say --written at a terminal."
        )
    return said


def new_folder(beside: Path) -> Path:
    """Where the files go where no folder is named: one of their own, `Caseload for ETO`, or `Caseload for ETO 2`, …"""
    return free_path(beside / "Caseload for ETO")


def export_csv_file(path: Path, to: Path, file_format: str = "csv") -> Exported:
    """As `export_for_eto`, from a .csv file, whose header is found as every reader finds it. Raises BookError."""
    try:
        numbered = [
            (number, cells) for number, cells in csv_rows(path, path.name, Limits()) if any(map(str.strip, cells))
        ]
    except Refusal as refusal:
        raise BookError(refusal.message) from refusal
    header = find_header(cells for _, cells in numbered)
    place = 0 if header is None else header.place
    headers = numbered[place][1] if numbered else []
    rows = dict(numbered[place + 1 :])
    for number, cells in rows.items():
        if len(cells) > len(headers):
            raise BookError(
                f"Row {number} of {path.name} has more fields than there are headers. Put quotation marks around a "
                "value that holds a comma."
            )
    return export_rows(headers, rows, to, file_format, "MDY")


def export_rows(
    headers: Sequence[str], rows: Mapping[int, Sequence[Any]], to: Path, file_format: str, order: Order
) -> Exported:
    """The files for a header row and the rows below it, sheet row number → cells from A. Raises BookError."""
    if file_format not in ("csv", "xlsx"):
        raise ChoiceError(f"{file_format} is not a kind of file that ETO takes. Choose csv or xlsx.")
    _refuse_other(headers)
    places, unknown = _places(headers)
    program = _program_alone(places, unknown, rows)
    samples = template_rows(headers, rows)
    cleaner = _Cleaner(file_format, order)
    table: list[list[str | date]] = []
    for row, cells in rows.items():
        if row in samples:
            continue
        line = [
            cleaner.clean(row, header, cells[place] if place < len(cells) else None) for header, place in places.items()
        ]
        if any(cell != "" for cell in line):
            table.append(line)
    if not table:
        raise BookError("There is no row to export. Fill in at least one row below the headers.")
    parts = [table[first : first + MOST_ROWS] for first in range(0, len(table), MOST_ROWS)]
    files = [to / f"Caseload-{number}.{file_format}" for number in range(1, len(parts) + 1)]
    make = _csv if file_format == "csv" else _xlsx
    _write(to, files, [make(list(places), part) for part in parts], file_format)
    notes = _notes(cleaner.changed)
    if program:
        notes.append(f"The column {program[0]} is exported as {program[1]}.")
    if samples:
        notes.append("The template's sample rows are not exported.")
    if unknown:
        notes.append(f"Not exported, because ETO does not know the column: {', '.join(unknown.values())}.")
    sentence = " ".join([_sentence(files, len(table), to), *notes])
    return Exported(files=files, rows=len(table), changed=cleaner.changed, sentence=sentence)


def _refuse_other(headers: Sequence[str]) -> None:
    """Raises BookError for a sheet that is no caseload: a log, or one without a header row by SPEC 3."""
    if set(LOG_HEADERS) <= {name.strip() for name in headers}:
        raise BookError("This is the log of an upload, not a caseload, so nothing was exported. Choose your own rows.")
    if not is_header(headers):
        raise BookError(
            "This is no caseload, so nothing was exported: no row has Update or Insert, or three other headers of the "
            "template. Put the template's headers above your rows."
        )


def _places(headers: Sequence[str]) -> tuple[dict[str, int], dict[int, str]]:
    """Canonical header → its place, from 0, in the template's order; and the unknown headers by their places."""
    found: dict[str, int] = {}
    unknown = {}
    for place, name in enumerate(headers):
        header = canonical_header(name)
        if header is None:
            if name.strip() and not is_own_header(name):
                unknown[place] = name.strip()
        elif header in found:
            first = headers[found[header]]
            raise BookError(Refusal.of("header-repeated", column=header, first=first, second=name).message)
        else:
            found[header] = place
    return {header: found[header] for header in KINDS if header in found}, unknown


def _program_alone(
    places: dict[str, int], unknown: dict[int, str], rows: Mapping[int, Sequence[Any]]
) -> tuple[str, str] | None:
    """Where only a header “Program” says which program a row is about: gives that column the place of Program ID or
    Program Name, by its cells, for without it ETO would write the rows into no program. Gives both headers."""
    place = next((at for at, name in unknown.items() if header_key(name) == header_key("Program")), None)
    if place is None or {PROGRAM_ID, PROGRAM_NAME} & {*places}:
        return None
    cells = [line[place] for line in rows.values() if place < len(line)]
    header = PROGRAM_ID if are_ids(cells) else PROGRAM_NAME
    ordered = {**places, header: place}
    places.clear()
    places.update((known, ordered[known]) for known in KINDS if known in ordered)
    return unknown.pop(place), header


class _Cleaner:
    """Makes cells fit for ETO's upload. `changed`: the cells whose change a person could wonder about."""

    def __init__(self, file_format: str, order: Order) -> None:
        self._file_format = file_format
        self._order = order
        self.changed: list[Cleaned] = []

    def clean(self, row: int, header: str, cell: Any) -> str | date:
        """A cell as the file has it: a date, or text."""
        value: Cell = cell if cell is None or isinstance(cell, str | bool | int | float | date) else str(cell)
        text = id_of(value) if KINDS[header] == "id" else text_of(value)
        if header == SSN and isinstance(value, int | float):
            text = ssn_digits(value)
        if KINDS[header] == "date" and text:
            day = read_date(value, self._order)
            if isinstance(day, str):
                found = date.fromisoformat(day)
                return found if self._file_format == "xlsx" else f"{found.month}/{found.day}/{found.year}"
            self.changed.append(Cleaned(row, header, "date"))
        elif text.startswith("#") and error_of(text):
            self.changed.append(Cleaned(row, header, "error"))
        return self._without_commas(row, header, text) if self._file_format == "csv" else text

    def _without_commas(self, row: int, header: str, text: str) -> str:
        """A text for a .csv file that no reader can take for two cells, or for a formula."""
        if "," in text:
            last, _, first = text.partition(",")
            turned = header == STAFF_NAME and first.strip() and "," not in first
            text = " ".join((f"{first} {last}" if turned else text.replace(",", " ")).split())
            self.changed.append(Cleaned(row, header, "turned" if turned else "comma"))
        harmless = str(layout.no_formula(text))
        if harmless != text:
            self.changed.append(Cleaned(row, header, "formula"))
        return harmless


def _csv(headers: list[str], rows: list[list[str | date]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(headers)
    writer.writerows(rows)
    content = text.getvalue()
    # The mark at the beginning says to Excel that the text is UTF-8. Plain ASCII needs none, and some programs would
    # read it as a part of the first header.
    return content.encode("utf-8" if content.isascii() else "utf-8-sig")


def _xlsx(headers: list[str], rows: list[list[str | date]]) -> bytes:
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    from workbook.sheets import style

    book = Workbook()
    page = book.worksheets[0]
    page.title = layout.DATA_SHEET
    for column, header in enumerate(headers, start=1):
        style.put(page, 1, column, header, style.BOLD_FONT)
        page.column_dimensions[get_column_letter(column)].width = max(12, len(header) + 2)
    for number, row in enumerate(rows, start=2):
        for column, value in enumerate(row, start=1):
            if isinstance(value, date):
                cell = page.cell(number, column, value)
                cell.number_format = _DATE_FORMAT
            elif value:
                style.put(page, number, column, value).number_format = layout.TEXT_FORMAT
    return style.saved(book)


def _write(folder: Path, files: list[Path], contents: list[bytes], file_format: str) -> None:
    """All of the files or none."""
    written: list[Path] = []
    try:
        private_folder(folder)
        # One that an earlier export left behind would be taken for a part of this one.
        taken = sorted(path.name for path in folder.glob(f"Caseload-*.{file_format}") if path.stem[9:].isdecimal())
        if taken:
            raise BookError(
                f"There is a file {taken[0]} in {folder} already. Choose another folder, or move it away first."
            )
        for path, content in zip(files, contents, strict=True):
            write_new(path, content)
            written.append(path)
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        raise BookError(
            f"The files cannot be written to {folder.resolve()}: {error.strerror}. Choose another folder."
        ) from error


def _sentence(files: Sequence[Path], rows: int, folder: Path) -> str:
    names = [path.name for path in files]
    which = names[0] if len(names) == 1 else f"{counted(len(names), 'file')}, {names[0]} to {names[-1]}"
    return f"{counted(rows, 'row')} exported to {which}, in {folder}."


def _notes(changed: Sequence[Cleaned]) -> list[str]:
    words = {
        "comma": "Commas replaced by spaces",
        "turned": "Names with a comma turned round, first name first",
        "formula": "An apostrophe put before what a spreadsheet would take for a formula",
        "date": "No date that could be read, and left as it stands",
        "error": "An Excel error, and left as it stands",
    }
    notes = []
    for why, what in words.items():
        cells = [f"row {one.row} {one.column}" for one in changed if one.why == why]
        if cells:
            more = f" and {len(cells) - _NAMED} more" if len(cells) > _NAMED else ""
            notes.append(f"{what}: {', '.join(cells[:_NAMED])}{more}.")
    return notes
