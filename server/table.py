"""Parse a table on the wire into a sheet, row by row (SPEC 8, `workbook.report.Table`).

As JSON: `{"header": [...], "rows": [[...], ...], ...}`. Each row goes straight into the sheet, which looks at each
distinct value once, so a hundred thousand rows never exist as lists at one time. Knows neither HTTP nor the database,
and imports little, because a child process loads it.
"""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Iterable
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any, Final, NamedTuple, NoReturn, TypeGuard

from server.file_notes import read_file_notes
from workbook.columns import KINDS, SSN
from workbook.files.limits import LAST_ROW
from workbook.files.reader import settled
from workbook.problems import Refusal
from workbook.sheet import LONGEST_CELL, Sheet, SheetBuilder

HIDDEN: Final = "•••"
"""What stands for an SSN wherever one was."""
MEMBERS: Final = frozenset({
    "header", "rows", "row_numbers", "versions", "downloaded", "leave_out", "fixed", "filename",
    "sheet", "header_row", "header_found", "hidden_rows", "hidden_columns", "nameless_columns", "extra_fields",
    "empty_fields",
})  # fmt: skip
Before = dict[int, dict[str, str]]
"""Sheet row number → header → what the cell said before it was fixed in the spreadsheet; "" where it was empty, HIDDEN
for an SSN."""
_LARGEST_INTEGER: Final = 10**LONGEST_CELL
_BLANKS: Final = re.compile(r"[ \t\n\r]*")
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")


class NoTable(Exception):
    """What was sent is no table. `code`: of the API's refusal; `facts`: what it says."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class ParsedTable(NamedTuple):
    """A table that was taken in, its SSNs as they came."""

    sheet: Sheet
    filename: str | None
    left_out: frozenset[int]
    """Row numbers that are left out from the start."""
    fixed: Before
    """What cells said before they were fixed in the sheet."""


def read_table(data: bytes) -> ParsedTable:
    """What a table on the wire holds. Raises Refusal for what no sheet holds, NoTable for what is no table."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as flaw:
        raise _not_json("it is not text in UTF-8") from flaw
    if not text.strip():
        raise _not_json("it is empty")
    try:
        parts = _parse(text)
    except json.JSONDecodeError as flaw:
        raise _not_json(f"it is not valid JSON at character {flaw.pos + 1:,}") from flaw
    except StopIteration as flaw:
        raise _not_json(f"it is not valid JSON at character {int(flaw.value) + 1:,}") from flaw
    except RecursionError as flaw:
        raise _not_json("it is nested deeper than any table") from flaw
    except ValueError as flaw:  # NaN or infinity, or a number of thousands of digits
        raise _not_json("a number in it cannot be read") from flaw
    return _table(parts, _SURROGATE.search(text) is not None)


# JSON, of which no more is read at once than one row ------------------------------------------------------


class _Rows:
    """The rows of a table under its header. They are numbered from 0, and by their own numbers once these are known."""

    def __init__(self, header: list[Any]) -> None:
        self.header = header
        self.builder = SheetBuilder(header)
        self.count = 0
        self.flaw: tuple[int, str] | None = None
        """The first row that is not valid, and why."""

    def add(self, row: object) -> None:
        index, self.count = self.count, self.count + 1
        if self.count >= LAST_ROW:
            raise Refusal.of("file-too-large", name="The table", why=f"a sheet has at most {LAST_ROW - 1:,} rows")
        if self.flaw is None:
            if type(row) is not list:
                self.flaw = index, "send each row as a list of cells"
                return
            try:
                self.builder.add(index, row)
            except TypeError:  # a list or an object where a cell belongs
                self.flaw = index, "a cell is a text, a number, true, false or null"


class _Parts(NamedTuple):
    members: dict[str, Any]
    """All but the rows."""
    rows: _Rows | None
    """None where there are none, or no header."""


def _no_number(_text: str) -> NoReturn:
    raise ValueError("not a number")


_scan: Final = json.JSONDecoder(parse_constant=_no_number).scan_once  # type: ignore[attr-defined]


def _parse(text: str) -> _Parts:
    """Parses the text. Of a member that is given twice the last counts. Raises what `json` raises."""
    members: dict[str, Any] = {}
    rows_at: int | None = None
    rows: _Rows | None = None
    place = _past(text, 0)
    if text[place : place + 1] != "{":
        _must_end(text, _scan(text, place)[1])
        no_table("table", 'send an object with "header" and "rows"')
    place = _past(text, place + 1)
    ended = text[place : place + 1] == "}"
    while not ended:
        member, place = scanstring(text, _past(text, place, '"'))
        place = _past(text, _past(text, _past(text, place), ":"))
        if member not in MEMBERS:
            no_table(f"{member:.60}", f"a table has only {', '.join(sorted(MEMBERS))}")
        if member == "rows":
            rows_at = place
            rows = _Rows(members["header"]) if _is_header(members.get("header")) else None
            place = _read_rows(text, place, rows)
        else:
            members[member], place = _scan(text, place)
        place = _past(text, place)
        ended = text[place : place + 1] == "}"
        if not ended:
            place = _past(text, _past(text, place, ","))
    _must_end(text, place + 1)
    header = members.get("header")
    if rows_at is not None and _is_header(header) and (rows is None or rows.header is not header):
        rows = _Rows(header)  # the header came after the rows
        _read_rows(text, rows_at, rows)
    return _Parts(members, rows)


def _read_rows(text: str, place: int, rows: _Rows | None) -> int:
    """Takes in the list that begins at `place`, and gives where it has ended. Without `rows` nothing is kept of it."""
    if text[place : place + 1] != "[":
        _scan(text, place)
        no_table("rows", "send a list of rows, each a list of cells")
    place = _past(text, place + 1)
    if text[place : place + 1] == "]":
        return place + 1
    while True:
        row, place = _scan(text, place)
        if rows is not None:
            rows.add(row)
        between = text[place : place + 1]
        if between not in (",", "]"):
            place = _past(text, place)
            between = text[place : place + 1]
        if between == "]":
            return place + 1
        place = _past(text, place, ",")
        if text[place : place + 1] != "[":
            place = _past(text, place)


def _past(text: str, place: int, sign: str = "") -> int:
    """Where the text goes on behind a sign that must stand at `place`; without one, behind blanks that may."""
    if sign:
        if text[place : place + 1] != sign:
            raise json.JSONDecodeError(f"no {sign}", text, place)
        return place + 1
    blanks = _BLANKS.match(text, place)
    assert blanks is not None
    return blanks.end()


def _must_end(text: str, place: int) -> None:
    place = _past(text, place)
    if place < len(text):
        raise json.JSONDecodeError("something follows", text, place)


# What the members must be ---------------------------------------------------------------------------------
#
# By hand, for pydantic would take over the types alone: most of this asks whether the table has such a row, and every
# sentence says where the flaw is and what to send. For 600 rows with every member it is 1.9 ms, of which pydantic would
# save less than one; each child process would load it first, in 50 ms on top of 100.


def _table(parts: _Parts, odd: bool) -> ParsedTable:
    """`odd`: some text of it may be half a character, which no database keeps."""
    header, rows, name = parts.members.get("header"), parts.rows, parts.members.get("filename")
    if not _is_header(header):
        no_table("header", "send a list of the sheet's headers")
    if rows is None:
        no_table("rows", "send a list of rows, each a list of cells")
    if name is not None and not isinstance(name, str):
        no_table("filename", "send the file's name as text")
    numbers = _row_numbers(parts.members.get("row_numbers"), rows.count)
    if rows.flaw is not None:
        index, why = rows.flaw
        no_table(f"row {numbers[index]}", why)
    notes = read_file_notes(parts.members, numbers, no_table)
    rows.builder.place_header(notes.header_row, title=notes.title, header_found=notes.header_found)
    versions, records = _versions(parts.members.get("versions"))
    sheet = rows.builder.sheet(versions)
    sheet.row_numbers = array("I", map(numbers.__getitem__, sheet.row_numbers))
    if sheet.versions:
        # Versions of rows that are not in the table would be stored and gone through with every look at the sheet.
        sheet.versions = {row: sheet.versions[row] for row in sheet.row_numbers if row in sheet.versions}
        sheet.records = {row: records[row] for row in sheet.versions if row in records}
    notes.over(sheet)
    if odd:
        _must_be_text([*header, name])
    for column in (*sheet.columns.values(), *(one.column for one in sheet.unclear.values())):
        if odd:
            _must_be_text(column.values)
        for code, value in enumerate(column.values):
            if isinstance(value, str):
                if "\0" in value:
                    where = sheet.row_numbers[column.codes.index(code)] if code in column.codes else "?"
                    no_table(f"row {where}, {column.header}", "a cell cannot hold a NUL character")
            elif isinstance(value, int) and abs(value) >= _LARGEST_INTEGER:
                column.values[code] = "9" * (LONGEST_CELL + 1)  # too long for a cell, and refused as that
    left_out = _left_out(parts.members.get("leave_out"), sheet)
    fixed = _cells_before("fixed", parts.members.get("fixed"), sheet)
    sheet.downloaded = _cells_before("downloaded", parts.members.get("downloaded"), sheet)
    if odd:
        _must_be_text(value for cells in (*fixed.values(), *sheet.downloaded.values()) for value in cells.values())
    return ParsedTable(settled(sheet), name, left_out, fixed)


def _must_be_text(values: Iterable[object]) -> None:
    for value in values:
        if isinstance(value, str):
            try:
                value.encode()
            except UnicodeEncodeError as flaw:
                raise _not_json("it holds half a character (a surrogate without its other half)") from flaw


def _left_out(given: Any, sheet: Sheet) -> frozenset[int]:
    if given is None:
        return frozenset()
    if not isinstance(given, list) or any(type(number) is not int for number in given):
        no_table("leave_out", "send a list of row numbers")
    unknown = sorted(set(given).difference(sheet.row_numbers))
    if unknown:
        no_table("leave_out", f"the table has no row {unknown[0]}")
    return frozenset(given)


def _cells_before(name: str, given: Any, sheet: Sheet) -> Before:
    """The member `name`: what cells said before."""
    if given is None:
        return {}
    if not isinstance(given, dict):
        no_table(name, 'send an object such as {"5": {"Start Date": "31/02/2026"}}: row number, column, old value')
    known = frozenset(sheet.row_numbers)
    fixed: Before = {}
    for row, cells in given.items():
        if not re.fullmatch(r"[0-9]{1,7}", row) or int(row) not in known:
            no_table(name, f"the table has no row {row:.20}")
        if not isinstance(cells, dict):
            no_table(f"{name}, row {row}", "send an object: column to old value")
        for column, before in cells.items():
            if column not in KINDS:
                no_table(f"{name}, row {row}", f"there is no column {column:.60}")
            if not isinstance(before, str) or "\0" in before or len(before) > LONGEST_CELL:
                no_table(f"{name}, row {row}, {column}", f"send a text of at most {LONGEST_CELL} characters")
        if cells:
            fixed[int(row)] = {column: HIDDEN if column == SSN else before for column, before in cells.items()}
    return fixed


def _row_numbers(given: Any, count: int) -> range | list[int]:
    if given is None:
        return range(2, 2 + count)
    if not isinstance(given, list) or any(type(number) is not int for number in given):
        no_table("row_numbers", "send a list of whole numbers")
    if len(given) != count:
        no_table("row_numbers", f"there are {len(given)} row numbers for {count} rows; send one for each")
    before = 0
    for number in given:
        if number <= before:
            no_table("row_numbers", f"{number} cannot follow {before}: row numbers are positive and ascend")
        before = number
    if before > LAST_ROW:
        no_table("row_numbers", f"a sheet has no row {before}")
    numbers: list[int] = given
    return numbers


def _versions(given: Any) -> tuple[dict[int, int], dict[int, int]]:
    """Row number → version, and → number of the record, where that is said."""
    versions: dict[int, int] = {}
    records: dict[int, int] = {}
    if given is None:
        return versions, records
    if not isinstance(given, dict):
        no_table("versions", 'send an object such as {"5": 3}: row number to version')
    for row, said in given.items():
        version, record = said if isinstance(said, list) and len(said) == 2 else (said, None)
        is_record = record is None or (type(record) is int and 0 <= record < 2**63)
        is_version = type(version) is int and 0 < version < 2**31
        if not (re.fullmatch(r"[0-9]{1,7}", row) and is_version and is_record):
            no_table("versions", f"{row:.20} is not a row number with its version, or with a list of version and id")
        versions[int(row)] = version
        if record is not None:
            records[int(row)] = record
    return versions, records


def _is_header(given: object) -> TypeGuard[list[Any]]:
    return isinstance(given, list) and all(cell is None or isinstance(cell, str | int | float) for cell in given)


def no_table(where: str, why: str) -> NoReturn:
    raise NoTable("table-invalid", where=where, why=why)


def _not_json(why: str) -> NoTable:
    return NoTable("body-unreadable", expected="JSON", why=why)
