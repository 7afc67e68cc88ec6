"""Takes in what is sent: a sheet, as a table in JSON or as a file in a form, and a user's fixes (SPEC 8).

A body is bounded before it is kept. The rows of a table are not turned into models one by one: a hundred thousand
of them go straight into the sheet, which looks at each distinct value once.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import tempfile
import time
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple, NoReturn, TypeVar

from fastapi import Depends, Request
from pydantic import ValidationError
from pydantic_core import from_json
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from server.http.refusals import ApiRefusal
from server.http.services import Services, With, caller
from server.records.database import reading
from server.records.fixes import HIDDEN, Before
from server.records.loading import reason_required
from server.records.sites import site_rules
from server.records.tokens import Principal
from server.told_of_file import told_of_file
from workbook.columns import KINDS, SSN
from workbook.limits import LAST_ROW, in_words
from workbook.missing import refuse_missing
from workbook.problems import Refusal
from workbook.reading import settled
from workbook.report import Answers, FixesIn, Table
from workbook.sheet import LONGEST_CELL, Sheet, SheetBuilder

UNNAMED: Final = "Caseload"
"""What an upload is called whose table has no file name."""
SECONDS_BETWEEN_PIECES: Final = 15.0
SLOWEST: Final = 2_000
"""Bytes a second. A body may pause, and may come over a poor line; one that trickles so as to hold on is let go."""
_FORM_ROOM: Final = 64 * 1024
"""What a form may need around its file."""
_LARGEST_INTEGER: Final = 10**LONGEST_CELL
_TABLE_MEMBERS: Final = frozenset(Table.model_fields)


class Taken(NamedTuple):
    """A sheet that was taken in, its SSNs hidden."""

    sheet: Sheet
    name: str
    left_out: frozenset[int]
    """Row numbers that are left out from the start."""
    fixed: Before
    """What cells said before they were fixed in the sheet."""


class Incoming:
    """A body as it arrived: a table's bytes, or a file. `close` removes what is on disk."""

    def __init__(self, table: bytes | None, file: UploadFile | None) -> None:
        self.table = table
        self.file = file

    async def close(self) -> None:
        if self.file is not None:
            await self.file.close()


async def incoming(
    request: Request, services: With, _who: Annotated[Principal, Depends(caller)]
) -> AsyncGenerator[Incoming, None]:
    """The body of a call that takes a table or a file. Not read before the caller is known."""
    limit = services.settings.max_packed_bytes
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        received = Incoming(None, await _file_of_form(request, limit))
    elif kind == "application/json" or kind.endswith("+json"):
        received = Incoming(b"".join([chunk async for chunk in _bounded(request, limit, "The table")]), None)
    else:
        raise ApiRefusal("media-type")
    try:
        yield received
    finally:
        await received.close()


Body = Annotated[Incoming, Depends(incoming)]


async def fixes_of_body(
    request: Request, services: With, _who: Annotated[Principal, Depends(caller)]
) -> FixesIn:
    """The fixes in a body, bounded and read as a table's is. Raises ApiRefusal."""
    return await _listed_in_body(request, services, FixesIn)


Fixes = Annotated[FixesIn, Depends(fixes_of_body)]


async def answers_of_body(
    request: Request, services: With, _who: Annotated[Principal, Depends(caller)]
) -> Answers:
    """The fixes to remember in a body, read likewise. Raises ApiRefusal."""
    return await _listed_in_body(request, services, Answers)


ToRemember = Annotated[Answers, Depends(answers_of_body)]
_Listed = TypeVar("_Listed", FixesIn, Answers)


async def _listed_in_body(request: Request, services: Services, model: type[_Listed]) -> _Listed:
    limit = services.settings.max_packed_bytes
    data = b"".join([chunk async for chunk in _bounded(request, limit, "The list of fixes")])
    try:
        return model.model_validate_json(data)
    except ValidationError as flaw:
        first = flaw.errors()[0]
        if first["type"] == "json_invalid":
            raise ApiRefusal("body-unreadable", expected="JSON", why="it is not valid JSON") from flaw
        where = " ".join(str(part) for part in first["loc"]) or "body"
        told = "a text cannot hold a NUL character" if first["type"] == "string_pattern_mismatch" else first["msg"]
        raise ApiRefusal("request-invalid", where=where, why=in_a_sentence(told)) from flaw


def in_a_sentence(message: str) -> str:
    """A message of the framework's, to stand behind a colon."""
    return message[:1].lower() + message[1:].rstrip(".")


def sheet_of_body(body: Incoming, services: Services, who: Principal) -> Taken:
    """The sheet of a body.

    Raises Refusal for what is refused whole (SPEC 3), ApiRefusal for a body that is no table.
    """
    if body.file is not None:
        name = _plain_name(body.file.filename)
        taken = Taken(_read_file(body.file, name, services), name, frozenset(), {})
    else:
        assert body.table is not None
        taken = sheet_of_json(body.table)
    with reading(services.engine) as connection:
        rules = site_rules(connection, who.site_id)
        refuse_missing(taken.sheet, rules.demographics, reason_required(connection, who.site_id))
    services.hasher.hide(taken.sheet)
    return taken


def sheet_of_json(data: bytes) -> Taken:
    """What a table on the wire holds, its SSNs as they came. Raises Refusal, ApiRefusal."""
    try:
        table = from_json(data, allow_inf_nan=False, cache_strings="all")
    except ValueError as flaw:
        raise ApiRefusal("body-unreadable", expected="JSON", why=str(flaw) if data else "it is empty") from flaw
    if not isinstance(table, dict):
        _no_table("table", 'send an object with "header" and "rows"')
    for member in table:
        if member not in _TABLE_MEMBERS:
            _no_table(f"{member:.60}", f"a table has only {', '.join(sorted(_TABLE_MEMBERS))}")
    header, rows = table.get("header"), table.get("rows")
    if not isinstance(header, list) or not all(_is_cell(cell) for cell in header):
        _no_table("header", "send a list of the sheet's headers")
    if not isinstance(rows, list):
        _no_table("rows", "send a list of rows, each a list of cells")
    numbers = _row_numbers(table.get("row_numbers"), len(rows))
    name = table.get("filename")
    if name is not None and not isinstance(name, str):
        _no_table("filename", "send the file's name as text")
    told = told_of_file(table, numbers, _no_table)
    builder = SheetBuilder(header, told.header_row, title=told.title, header_found=told.header_found)
    add = builder.add
    for number, row in zip(numbers, rows, strict=True):
        if type(row) is not list:
            _no_table(f"row {number}", "send each row as a list of cells")
        try:
            add(number, row)
        except TypeError:  # a list or an object where a cell belongs
            _no_table(f"row {number}", "a cell is a text, a number, true, false or null")
    sheet = told.over(builder.sheet(_versions(table.get("versions")), told.hidden_rows))
    for column in (*sheet.columns.values(), *(one.column for one in sheet.unclear.values())):
        for code, value in enumerate(column.values):
            if isinstance(value, str):
                if "\0" in value:
                    where = sheet.row_numbers[column.codes.index(code)] if code in column.codes else "?"
                    _no_table(f"row {where}, {column.header}", "a cell cannot hold a NUL character")
            elif isinstance(value, int) and abs(value) >= _LARGEST_INTEGER:
                column.values[code] = "9" * (LONGEST_CELL + 1)  # too long for a cell, and refused as that
    left_out, fixed = _left_out(table.get("leave_out"), sheet), _fixed(table.get("fixed"), sheet)
    return Taken(settled(sheet), _plain_name(name), left_out, fixed)


def _left_out(given: Any, sheet: Sheet) -> frozenset[int]:
    if given is None:
        return frozenset()
    if not isinstance(given, list) or any(type(number) is not int for number in given):
        _no_table("leave_out", "send a list of row numbers")
    unknown = sorted(set(given).difference(sheet.row_numbers))
    if unknown:
        _no_table("leave_out", f"the table has no row {unknown[0]}")
    return frozenset(given)


def _fixed(given: Any, sheet: Sheet) -> Before:
    if given is None:
        return {}
    if not isinstance(given, dict):
        _no_table("fixed", 'send an object such as {"5": {"Start Date": "31/02/2026"}}: row number, column, old value')
    known = frozenset(sheet.row_numbers)
    fixed: Before = {}
    for row, cells in given.items():
        if not re.fullmatch(r"[0-9]{1,7}", row) or int(row) not in known:
            _no_table("fixed", f"the table has no row {row:.20}")
        if not isinstance(cells, dict):
            _no_table(f"fixed, row {row}", "send an object: column to old value")
        for column, before in cells.items():
            if column not in KINDS:
                _no_table(f"fixed, row {row}", f"there is no column {column:.60}")
            if not isinstance(before, str) or "\0" in before or len(before) > LONGEST_CELL:
                _no_table(f"fixed, row {row}, {column}", f"send a text of at most {LONGEST_CELL} characters")
        if cells:
            fixed[int(row)] = {column: HIDDEN if column == SSN else before for column, before in cells.items()}
    return fixed


def _row_numbers(given: Any, count: int) -> range | list[int]:
    if given is None:
        if count > LAST_ROW - 1:
            raise Refusal.of("file-too-large", name="The table", why=f"a sheet has at most {LAST_ROW - 1:,} rows")
        return range(2, 2 + count)
    if not isinstance(given, list) or any(type(number) is not int for number in given):
        _no_table("row_numbers", "send a list of whole numbers")
    if len(given) != count:
        _no_table("row_numbers", f"there are {len(given)} row numbers for {count} rows; send one for each")
    before = 0
    for number in given:
        if number <= before:
            _no_table("row_numbers", f"{number} cannot follow {before}: row numbers are positive and ascend")
        before = number
    if before > LAST_ROW:
        _no_table("row_numbers", f"a sheet has no row {before}")
    numbers: list[int] = given
    return numbers


def _versions(given: Any) -> dict[int, int] | None:
    if given is None:
        return None
    if not isinstance(given, dict):
        _no_table("versions", 'send an object such as {"5": 3}: row number to version')
    versions: dict[int, int] = {}
    for row, version in given.items():
        if not re.fullmatch(r"[0-9]{1,7}", row) or type(version) is not int or not 0 < version < 2**31:
            _no_table("versions", f"{row:.20} is not a row number with its version")
        versions[int(row)] = version
    return versions


def _is_cell(cell: object) -> bool:
    return cell is None or isinstance(cell, str | int | float)


def _no_table(where: str, why: str) -> NoReturn:
    raise ApiRefusal("table-invalid", where=where, why=why)


async def _bounded(request: Request, limit: int, name: str) -> AsyncGenerator[bytes, None]:
    """The body in pieces; refused as soon as it says, or turns out, that it is too large, or stops arriving."""
    size = 0
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > limit:
        raise _too_large(name, limit)
    begun = time.monotonic()
    pieces = request.stream()
    try:
        while True:
            try:
                chunk = await asyncio.wait_for(anext(pieces), SECONDS_BETWEEN_PIECES)
            except StopAsyncIteration:
                return
            size += len(chunk)
            if size > limit:
                raise _too_large(name, limit)
            if size < (time.monotonic() - begun - SECONDS_BETWEEN_PIECES) * SLOWEST:
                raise TimeoutError
            yield chunk
    except TimeoutError as flaw:
        raise ApiRefusal("request-slow", headers={"Connection": "close"}) from flaw
    except ClientDisconnect as flaw:  # nobody is there to read this, but the log stays free of a fault that is none
        raise ApiRefusal("request-slow") from flaw


async def _file_of_form(request: Request, limit: int) -> UploadFile:
    parser = MultiPartParser(
        request.headers, _bounded(request, limit + _FORM_ROOM, "The file"), max_files=1, max_fields=20
    )
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError) as flaw:
        why = getattr(flaw, "message", "it names no boundary").rstrip(".")
        raise ApiRefusal("body-unreadable", expected="a form", why=why) from flaw
    file = form.get("file")
    if not isinstance(file, UploadFile):
        await form.close()
        raise ApiRefusal("file-absent")
    if (file.size or 0) > limit:
        await form.close()
        raise _too_large(_plain_name(file.filename), limit)
    return file


def _read_file(file: UploadFile, name: str, services: Services) -> Sheet:
    """Reads the file in a child process, which is given a path."""
    with tempfile.TemporaryDirectory(prefix="caseload-") as folder:
        path = Path(folder) / "upload"
        with path.open("wb") as copy:
            file.file.seek(0)
            shutil.copyfileobj(file.file, copy, 1024 * 1024)
        return services.reader.read(path, name)


def _too_large(name: str, limit: int) -> Refusal:
    return Refusal.of("file-too-large", name=name, why=f"at most {in_words(limit)} fit")


def _plain_name(given: str | None) -> str:
    """A file's name without its folders and without control characters, at most 200 characters."""
    name = (given or "").replace("\\", "/").rpartition("/")[2]
    name = "".join(char for char in name if char.isprintable()).strip()
    if len(name) > 200:
        name = f"{name[:150]}…{name[-49:]}"  # the ending says what kind of file it is
    return name or UNNAMED
