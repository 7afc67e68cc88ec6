"""Read request bodies: a sheet as JSON or as an uploaded file, and fixes (SPEC 8).

The size of a body is limited while it arrives, and it is kept on disk unless it is small. Parsing runs off the event
loop, and in a child process unless the body is small. Only the first error in a body is reported.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncGenerator
from functools import partial
from pathlib import Path
from typing import IO, Annotated, Final, TypeVar

from fastapi import Depends, Request
from pydantic import ValidationError
from pydantic_core import from_json
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from server.http.desk import SMALL_ROWS, UnderWay, cost_in_rows
from server.http.refusals import ApiRefusal
from server.http.services import Costly, Services, With
from server.processes.errands import ReceivedSheet
from server.processes.spool import is_full
from server.table import read_table
from workbook.files.limits import LAST_ROW, in_words
from workbook.files.packing import pack, text_size, unpack
from workbook.problems import Refusal
from workbook.report import Answers, FixesIn

UNNAMED: Final = "Caseload"
"""The file name of an upload whose table has none."""
SMALL_BYTES: Final = 256 * 1024
"""Up to so many bytes of a table are parsed in this process, which takes a few milliseconds, whatever they hold."""
MOST_FIXES_BYTES: Final = 2 * 1024 * 1024
"""Bytes of a list of fixes and of rows to leave out."""
MOST_FIXES: Final = 10_000
"""Fixes in one call. A report names no more wrong values of a kind than half of that."""
SECONDS_BETWEEN_PIECES: Final = 15.0
SLOWEST: Final = 2_000
"""Bytes a second. A body may pause, and may come over a slow line; one that arrives slower than this is refused."""
BODY_SECONDS: Final = 900.0
"""How long a body may take to arrive, however large it is."""
_FORM_ROOM: Final = 64 * 1024
"""What a form may need around its file."""
_BLOCK: Final = 1024 * 1024


class Arrival:
    """A body as it arrived: the bytes of a small table, or a file on disk, which `close` removes."""

    def __init__(self, table: bytes | None, path: Path | None = None, filename: str | None = None) -> None:
        self.table = table
        self.path = path
        self.filename = filename
        """What the user calls the file; None of a table."""

    def close(self) -> None:
        if self.path is not None:
            self.path.unlink(missing_ok=True)


async def incoming(request: Request, services: With, _call: Costly) -> AsyncGenerator[Arrival, None]:
    """The body of a call that takes a table or a file. Not read before the call is counted, whose caller is known."""
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    try:
        if kind == "multipart/form-data":
            received = await _file_in_body(request, services)
        elif kind == "application/json" or kind.endswith("+json"):
            received = await _table_in_body(request, services)
        else:
            raise ApiRefusal("media-type")
    except OSError as failure:
        raise _no_room(failure) from failure
    try:
        yield received
    finally:
        if received.path is not None:
            await services.desk.on_disk(received.close)


Body = Annotated[Arrival, Depends(incoming)]


async def sheet_of_body(body: Arrival, call: UnderWay) -> ReceivedSheet:
    """The sheet of a body. Raises Refusal for what is refused whole (SPEC 3), NoTable for a body that is no table."""
    given, body.table = body.table, None  # not kept until the answer is read
    if given is not None:
        table = await call.glance(read_table, given)
        # Of so few bytes only the rows make work.
        name, rows = plain_name(table.filename), len(table.sheet)
        if rows <= SMALL_ROWS:
            return ReceivedSheet(table.sheet, rows, name, table.left_out, table.fixed)
        return ReceivedSheet(pack(table.sheet), rows, name, table.left_out, table.fixed)
    assert body.path is not None
    named = "The table" if body.filename is None else plain_name(body.filename)
    read = await call.read(body.path, named, is_table=body.filename is None)
    name = named if body.filename is not None else plain_name(read.filename)
    cost = cost_in_rows(read.rows, text_size(read.packed))
    sheet = unpack(read.packed) if cost <= SMALL_ROWS else read.packed
    return ReceivedSheet(sheet, cost, name, read.left_out, read.fixed)


async def _table_in_body(request: Request, services: Services) -> Arrival:
    """A table that is small is kept in memory; of a larger one no more than a block is, while it arrives."""
    waiting: list[bytes] = []
    size = 0
    spooled = Arrival(None)
    try:
        async for chunk in _bounded(request, services.settings.max_packed_bytes, "The table"):
            waiting.append(chunk)
            size += len(chunk)
            if size > (SMALL_BYTES if spooled.path is None else _BLOCK):
                await services.desk.on_disk(partial(_append, spooled, waiting, services))
                size, waiting = 0, []
        if spooled.path is None:
            return Arrival(b"".join(waiting))
        await services.desk.on_disk(partial(_append, spooled, waiting, services))
        return spooled
    except BaseException:
        spooled.close()
        raise


def _append(spooled: Arrival, chunks: list[bytes], services: Services) -> None:
    if spooled.path is None:
        spooled.path = services.desk.spool.new()
    with spooled.path.open("ab") as stream:
        stream.writelines(chunks)


async def _file_in_body(request: Request, services: Services) -> Arrival:
    file = await _file_of_form(request, services.settings.max_packed_bytes)
    try:
        received = Arrival(None, services.desk.spool.new(), file.filename or "")
        try:
            await services.desk.on_disk(lambda: _copy(file.file, received))
        except BaseException:
            received.close()
            raise
        return received
    finally:
        await file.close()


def _copy(stream: IO[bytes], received: Arrival) -> None:
    assert received.path is not None
    stream.seek(0)
    with received.path.open("wb") as copy:
        shutil.copyfileobj(stream, copy, _BLOCK)


def _no_room(failure: OSError) -> ApiRefusal | OSError:
    return ApiRefusal("disk-full", headers={"Retry-After": "60"}) if is_full(failure) else failure


# A user's fixes -------------------------------------------------------------------------------------------

_Listed = TypeVar("_Listed", FixesIn, Answers)


async def fixes_of(request: Request, services: Services, call: UnderWay) -> FixesIn:
    """The fixes in a body. Raises ApiRefusal."""
    return await _listed_in_body(request, services, call, FixesIn)


async def answers_of_body(request: Request, services: With, call: Costly) -> Answers:
    """The fixes to remember in a body, read likewise. Raises ApiRefusal."""
    return await _listed_in_body(request, services, call, Answers)


ToRemember = Annotated[Answers, Depends(answers_of_body)]


async def _listed_in_body(request: Request, services: Services, call: UnderWay, model: type[_Listed]) -> _Listed:
    limit = min(MOST_FIXES_BYTES, services.settings.max_packed_bytes)
    data = b"".join([chunk async for chunk in _bounded(request, limit, "The list of fixes")])
    return await call.glance(_listed, data, model)


def _listed(data: bytes, model: type[_Listed]) -> _Listed:
    """A list of fixes. It is bounded by hand before the model sees it: a model looks for every flaw, and each costs a
    hundred times the bytes that made it."""
    if data.count(b"{") > 2 * MOST_FIXES or data.count(b"[") > 2 * MOST_FIXES:
        raise _too_many("fixes")
    try:
        given = from_json(data, allow_inf_nan=False)
    except ValueError as flaw:
        raise ApiRefusal("body-unreadable", expected="JSON", why="it is not valid JSON") from flaw
    if isinstance(given, dict):
        for member, value in given.items():
            if member not in model.model_fields:
                raise ApiRefusal("request-invalid", where=f"{member:.60}", why="there is no such member")
            most = LAST_ROW if member == "leave_out" else MOST_FIXES
            if isinstance(value, list) and len(value) > most:
                raise _too_many(member)
            for one in value if isinstance(value, list) else ():
                if isinstance(one, dict | list) and len(one) > _MOST_MEMBERS:
                    raise ApiRefusal("request-invalid", where=member, why="one of them has members that no fix has")
    try:
        return model.model_validate(given)
    except ValidationError as flaw:
        first = flaw.errors(include_input=False, include_url=False, include_context=False)[0]
        where = " ".join(str(part) for part in first["loc"]) or "body"
        why = "a text cannot hold a NUL character" if first["type"] == "string_pattern_mismatch" else first["msg"]
        raise ApiRefusal("request-invalid", where=f"{where:.100}", why=in_a_sentence(why)) from flaw


_MOST_MEMBERS: Final = 10


def _too_many(what: str) -> ApiRefusal:
    return ApiRefusal(
        "request-invalid", where=what, why=f"at most {MOST_FIXES:,} fit into one call; send the others in another"
    )


def in_a_sentence(message: str) -> str:
    """A message of the framework, in the form that follows a colon."""
    return message[:1].lower() + message[1:].rstrip(".")


# Bodies ---------------------------------------------------------------------------------------------------


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
            passed = time.monotonic() - begun
            if size < (passed - SECONDS_BETWEEN_PIECES) * SLOWEST or passed > BODY_SECONDS:
                raise TimeoutError
            yield chunk
    except TimeoutError as flaw:
        raise ApiRefusal("request-slow", headers={"Connection": "close"}) from flaw
    except ClientDisconnect as flaw:  # no client is left to read this, but it keeps a false error out of the log
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
        raise _too_large(plain_name(file.filename), limit)
    return file


def _too_large(name: str, limit: int) -> Refusal:
    return Refusal.of("file-too-large", name=name, why=f"at most {in_words(limit)} fit")


def plain_name(given: str | None) -> str:
    """A file's name without its folders and without control characters, at most 200 characters."""
    name = (given or "").replace("\\", "/").rpartition("/")[2]
    name = "".join(char for char in name if char.isprintable()).strip()
    if len(name) > 200:
        name = f"{name[:150]}…{name[-49:]}"  # the ending says what kind of file it is
    return name or UNNAMED
