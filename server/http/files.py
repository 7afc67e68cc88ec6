"""Answers that are files to be saved, or the add-in's own."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Response
from starlette.types import Receive, Scope, Send

from server.http.desk import FrontDesk
from server.http.long_answers import BLOCK, LongAnswer, send_from
from server.http.services import With
from server.processes.spool import NoRoom
from workbook.files.formats import format_of


def file_answer(content: bytes, name: str) -> Response:
    """A file to be saved under a name of ours."""
    return LongAnswer(content, media_type=_kind_of(name), headers=_saved_as(name))


async def new_file(services: With) -> AsyncGenerator[Path, None]:
    """An empty file on disk that is gone once its call is answered. Raises NoRoom."""
    try:
        path = await services.desk.on_disk(services.desk.spool.new)
    except OSError as failure:
        raise NoRoom from failure
    try:
        yield path
    finally:
        await services.desk.on_disk(lambda: path.unlink(missing_ok=True))


NewFile = Annotated[Path, Depends(new_file)]


class InBlocks(Response):
    """An answer that is handed on as fast as it is read, so that a thousand slow readers do not keep a thousand copies
    of it in memory."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        content = bytes(self.body) if scope["method"] != "HEAD" else b""
        for first in range(0, len(content), BLOCK):
            await send({"type": "http.response.body", "body": content[first : first + BLOCK], "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class FileOnDisk(Response):
    """An answer streamed from disk as fast as the client reads it. One in JSON is not offered as a download."""

    def __init__(self, desk: FrontDesk, path: Path, name: str) -> None:
        headers = {} if name.endswith(".json") else _saved_as(name)
        super().__init__(None, media_type=_kind_of(name), headers=headers)
        self._desk = desk
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        file = await self._desk.on_disk(lambda: self._path.open("rb"))
        size = await self._desk.on_disk(lambda: self._path.stat().st_size)
        self.headers["Content-Length"] = str(size)
        await send_from(self._desk.on_disk, file, self, send)


def _kind_of(name: str) -> str:
    kind = format_of(name)
    return "application/json" if kind is None else kind.media_type


def _saved_as(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
