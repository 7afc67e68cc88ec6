"""Answers that may be long, handed on as fast as they are read.

What a client has not read yet of an answer stays with the server. A long one waits on disk, where a slow reader costs
no memory, and its call counts as under way until it is read (`server.http.desk`), so that nobody piles them up.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import IO, Any, Final

from fastapi import Response
from starlette.types import Receive, Scope, Send

BLOCK: Final = 128 * 1024
"""Bytes of an answer that are in memory while somebody reads it. One that is no longer is handed over whole."""


OnDisk = Callable[[Callable[[], Any]], Awaitable[Any]]
"""Runs an operation on a file in a thread that may block (`server.http.desk`)."""


class LongAnswer(Response):
    """An answer that was made in memory."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if len(self.body) <= BLOCK:
            await super().__call__(scope, receive, send)
            return
        desk = scope["app"].state.services.desk
        waiting = await desk.on_disk(partial(_put_on_disk, bytes(self.body), desk.spool.folder))
        self.body = b""  # nobody else has it: from here on it is on disk alone
        await send_from(desk.on_disk, waiting, self, send)


async def send_from(on_disk: OnDisk, waiting: IO[bytes], answer: Response, send: Send) -> None:
    """Sends what the file holds as the body of the answer, and closes it."""
    try:
        await send({"type": "http.response.start", "status": answer.status_code, "headers": answer.raw_headers})
        while block := await on_disk(partial(waiting.read, BLOCK)):
            await send({"type": "http.response.body", "body": block, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        await on_disk(waiting.close)


def _put_on_disk(content: bytes, folder: Path) -> IO[bytes]:
    """A file that is gone once it is closed. Where the disk is full it is one in memory: what the answer tells is done,
    and must not be told otherwise."""
    try:
        with ExitStack() as made:
            file = made.enter_context(tempfile.TemporaryFile(dir=folder))
            file.write(content)
            file.seek(0)
            made.pop_all()
            return file
    except OSError:
        return io.BytesIO(content)
