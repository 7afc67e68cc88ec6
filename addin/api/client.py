"""Call the server: one method for each of its calls (SPEC 8).

But for those that hand out files: what is saved and opened here, a template or a log, is made here. A program that
answers in the server's place would otherwise choose what it is.
"""

from __future__ import annotations

import hmac
import io
import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple, Self
from urllib.parse import quote

from addin.api.connection import Connection
from addin.errors import BookError, ClientError, no_file
from workbook.files.limits import LAST_ROW, in_words
from workbook.problems import Refusal
from workbook.report import (
    Answer,
    Answers,
    FixesIn,
    ListedAssignment,
    ListedParticipant,
    Remembered,
    RememberedFix,
    Report,
)
from workbook.site import Me, SiteReference
from workbook.upload import LogRow, Undo, Upload
from workbook.upload_state import RUNNING, UploadState

Progress = Callable[[Upload], None]
Table = Mapping[str, Any]
"""A sheet on the wire: `header`, `rows`, `row_numbers` and `filename` (SPEC 8)."""


class WholeFile(NamedTuple):
    """A file as it was read: what is checked, asked about and sent is the same, whatever becomes of it on disk."""

    name: str
    content: bytes


_ANSWER_SECONDS: Final = 120
_SEALED: Final = b"the last check of a workbook"
_ALWAYS_FITS: Final = 1024 * 1024
"""Bytes: up to so many, the server is not asked beforehand how large a file may be."""
_NEWEST: Final = 200
"""Uploads that the server lists at once."""
_FIRST_LOOK: Final = 0.1
_SLOWEST_LOOK: Final = 2.0
_LONGEST_WATCH: Final = 24 * 3600.0
"""Seconds. No upload takes as long, however it moves."""


class Client:
    """Talks to the server at `url` as the owner of `token`. Every method raises ClientError, whose text is a plain
    sentence that says what to do and never shows the token. `key`: of a server of one's own (`local_server.wake`)."""

    def __init__(
        self,
        url: str,
        token: str | None,
        retries: int = 3,
        answer_seconds: float = _ANSWER_SECONDS,
        key: str | None = None,
    ) -> None:
        self._server = Connection(url, token, retries, answer_seconds, key)
        self.seal_key = hmac.digest(token.encode(), _SEALED, "sha256") if token else b""
        """By which what this user keeps in a workbook is known again, b"" for none. The token is not found from it."""
        self._reference: tuple[str, SiteReference] | None = None
        self._site_tag = ""

    @property
    def url(self) -> str:
        """The server's address as it is kept."""
        return self._server.url

    def __repr__(self) -> str:
        return f"<Client {self.url}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._server.close()

    def health(self) -> dict[str, Any]:
        """`{"version": …}` and whether the database answers; needs no token."""
        return self._server.object("GET", "/v1/health")

    def me(self) -> Me:
        """Who the token's owner is and what they may do."""
        return self._server.model(Me, "GET", "/v1/me")

    def reference(self) -> SiteReference:
        """Programs, staff, feeder tables and site settings, fetched again only when they changed."""
        headers = {"If-None-Match": self._reference[0]} if self._reference else {}
        answer = self._server.call("GET", "/v1/reference", headers=headers)
        if answer.status_code == 304 and self._reference:
            return self._reference[1]
        known = self._server.checked(SiteReference, self._server.object_in(answer))
        if max(len(known.programs), len(known.staff), *map(len, known.feeder.values())) >= LAST_ROW:
            raise self._server.endless()
        if etag := answer.headers.get("ETag"):
            self._reference = (etag, known)
        return known

    def validate(self, table: Table, follow_up: bool = False) -> Report:
        """Checks a sheet; the server keeps nothing of it. `follow_up`: says too what a check of a part needs later."""
        params = {"follow_up": "true"} if follow_up else {}
        return self._server.model(Report, "POST", "/v1/validations", json=table, params=params)

    def read(self, path: Path) -> WholeFile:
        """Reads a file that is to be sent, unless it is too large for the server. Raises BookError, ClientError."""
        with self._fitting(path) as file:
            return WholeFile(path.name, file.read())

    def validate_file(self, file: Path | WholeFile) -> Report:
        """Checks a file as it lies on disk, or as it was read."""
        with self._fitting(file) as content:
            return self._server.model(Report, "POST", "/v1/validations", files={"file": (file.name, content)})

    def submit(self, table: Table, key: str, test_rows: int | None = None) -> Upload:
        """Uploads a sheet. The same key and sheet again give the same upload (SPEC 6).

        `test_rows`: only so many of its first rows are written, to be kept or rolled back.
        """
        params = {} if test_rows is None else {"test_rows": str(test_rows)}
        headers = {"Idempotency-Key": key}
        return self._server.model(Upload, "POST", "/v1/uploads", json=table, params=params, headers=headers)

    def submit_file(self, file: Path | WholeFile, key: str) -> Upload:
        """Uploads a file, as `submit` does a sheet."""
        headers = {"Idempotency-Key": key}
        with self._fitting(file) as content:
            files = {"file": (file.name, content)}
            return self._server.model(Upload, "POST", "/v1/uploads", files=files, headers=headers)

    def uploads(self, state: UploadState | None = None, limit: int = 20, *, mine: bool = False) -> list[Upload]:
        """The newest uploads, of one state where it is given. `mine`: the user's own, for an administrator too."""
        params = {"limit": str(limit)} | ({"state": state} if state else {}) | ({"mine": "true"} if mine else {})
        page = self._server.object("GET", "/v1/uploads", params=params)
        return self._server.listed(Upload, page, "uploads")

    def upload_of(self, key: str) -> Upload | None:
        """The user's own upload that was submitted under this key; None where there is none."""
        page = self._server.object("GET", "/v1/uploads", params={"limit": "1"}, headers={"Idempotency-Key": key})
        return next(iter(self._server.listed(Upload, page, "uploads")), None)

    def site_tag(self) -> str:
        """The `site_tag` of the user's site, "" where the server tells none. It is asked for once."""
        return self._site_tag or self.own_states(1)[1]

    def own_states(self, limit: int = _NEWEST) -> tuple[dict[str, UploadState], str]:
        """How the newest uploads of the user's own stand, by their id, and the `site_tag` of the user's site."""
        page = self._server.object("GET", "/v1/uploads", params={"limit": str(limit), "mine": "true"})
        found = self._server.listed(Upload, page, "uploads")
        self._site_tag = str(page.get("site_tag", ""))
        return {upload.id: upload.state for upload in found}, self._site_tag

    def states_of(self, upload_ids: Collection[str]) -> dict[str, UploadState]:
        """How these uploads stand, of those that the server shows to the user: its list is gone through for them."""
        left, found = set(upload_ids), dict[str, UploadState]()
        for page in self._server.pages(Upload, "/v1/uploads", "uploads", {}, _NEWEST):
            found |= {upload.id: upload.state for upload in page if upload.id in left}
            if len(found) == len(left):
                break
        return found

    def state_of(self, upload_id: str) -> UploadState | None:
        """How an upload stands; None where the server has none by this id, or does not show it to the user."""
        try:
            upload = self.upload(upload_id)
        except ClientError as error:
            if error.code != "upload-not-found":
                raise
            return None
        return upload.state if upload.id == upload_id else None  # a short number leads to an upload, too

    def upload(self, upload_id: str) -> Upload:
        return self._server.model(Upload, "GET", _path(upload_id))

    def problems(self, upload_id: str) -> Report:
        """What stops an upload that needs fixes, as `validate` says it."""
        return self._server.model(Report, "GET", _path(upload_id, "problems"))

    def put_fixes(self, upload_id: str, fixes: FixesIn) -> dict[str, Any]:
        """Keeps fixes, and rows to leave out, with an upload. Partial is fine."""
        return self._server.object("PUT", _path(upload_id, "fixes"), json=fixes.model_dump())

    def go_on(self, upload_id: str) -> Upload:
        """Lets an upload go on once it is fixed. ClientError with status 409 when errors remain."""
        return self._server.model(Upload, "POST", _path(upload_id, "continue"))

    def cancel(self, upload_id: str) -> Upload:
        return self._server.model(Upload, "POST", _path(upload_id, "cancel"))

    def keep(self, upload_id: str) -> Upload:
        """Keeps what a test wrote."""
        return self._server.model(Upload, "POST", _path(upload_id, "keep"))

    def roll_back(self, upload_id: str) -> Upload:
        """Takes back what a test wrote. ClientError with status 409 when nothing of it can be."""
        return self._server.model(Upload, "POST", _path(upload_id, "roll-back"))

    def undo(self, upload_id: str, preview: bool = False) -> Undo:
        """Takes back what an upload wrote, or with `preview` only says what that would be."""
        params = {"preview": str(preview).lower()}
        return self._server.model(Undo, "POST", _path(upload_id, "undo"), params=params)

    def log(self, upload_id: str) -> list[LogRow]:
        """What became of every row."""
        log = self._server.object("GET", _path(upload_id, "log"), params={"format": "json"})
        return self._server.listed(LogRow, log, "rows")

    def remembered(self) -> list[RememberedFix]:
        """The fixes that the site remembers and the user may forget, by column and value."""
        return list(chain.from_iterable(self._server.pages(RememberedFix, "/v1/remembered", "remembered", {})))

    def remember(self, fixes: Sequence[Answer]) -> Remembered:
        """Has up to 1,000 fixes remembered for the site. The answer names those that cannot be; the others are kept."""
        answers = Answers(fixes=list(fixes)).model_dump()
        return self._server.model(Remembered, "POST", "/v1/remembered", json=answers)

    def forget(self, fix_id: str) -> bool:
        """Forgets one remembered fix; False when it is not there any more."""
        try:
            self._server.call("DELETE", f"/v1/remembered/{_step(fix_id)}")
        except ClientError as error:
            if error.code != "fix-not-found":
                raise
            return False
        return True

    def open_assignments(
        self, program: str | None = None, caseworker: str | None = None, participant: str | None = None
    ) -> Iterator[list[ListedAssignment]]:
        """The open assignments that the user may change, oldest first, a page at a time (SPEC 8).

        `program`: its ID or name; `caseworker`: a Staff ID or full name; `participant`: a Participant ID.
        """
        filters = {"program": program, "caseworker": caseworker, "participant": participant}
        params = {name: value for name, value in filters.items() if value} | {"open": "true"}
        return self._server.pages(ListedAssignment, "/v1/assignments", "assignments", params)

    def participants(self, text: str) -> list[ListedParticipant]:
        """Participants who match a name or its beginning, an ID, a Case Number or a birth date: at most 20, the
        likeliest first, and only people whom the user may see."""
        page = self._server.object("GET", "/v1/participants", params={"q": text})
        return self._server.listed(ListedParticipant, page, "participants")

    def wait(
        self, upload_id: str, progress: Progress | None = None, patience: float = 600, longest: float = _LONGEST_WATCH
    ) -> Upload:
        """Watches an upload until it ends or needs its user, and gives it then.

        `progress` is called with it at every look. After `patience` seconds in which nothing moved, or `longest` in
        all, it is given as it stands: the server goes on without being watched.
        """
        pause = _FIRST_LOOK
        began_at = moved_at = time.monotonic()
        last = None
        while True:
            upload = self._watched(upload_id)
            if progress is not None:
                progress(upload)
            if upload.state not in RUNNING or time.monotonic() - began_at > longest:
                return upload
            if (upload.state, upload.progress) != last:
                moved_at, last = time.monotonic(), (upload.state, upload.progress)
            elif time.monotonic() - moved_at > patience:
                return upload
            time.sleep(pause)
            pause = min(pause * 1.3, _SLOWEST_LOOK)

    def _fitting(self, path: Path | WholeFile) -> BinaryIO:
        """The file, opened to be sent, if it is not too large for the server: found out before it is sent. Raises
        BookError, ClientError."""
        if isinstance(path, WholeFile):
            return io.BytesIO(path.content)
        file = _opened(path)
        try:
            size = os.fstat(file.fileno()).st_size
            most = self.me().most_bytes if size > _ALWAYS_FITS else 0
            if most and size > most:
                why = f"it has {in_words(size)}, and at most {in_words(most)} fit"
                raise ClientError(Refusal.of("file-too-large", name=path.name, why=why).message, "file-too-large")
        except BaseException:
            file.close()
            raise
        return file

    def _watched(self, upload_id: str) -> Upload:
        try:
            return self.upload(upload_id)
        except ClientError as error:
            if error.code != "server-away":
                raise
            raise ClientError(
                f"The server at {self.url} has received the rows and works on them, but does not answer now. "
                "Look again in a few minutes with Refresh Status.",
                error.code,
                error.status,
            ) from error


def _path(upload_id: str, *what: str) -> str:
    """An upload's place in the server's address."""
    return "/".join(("/v1/uploads", _step(upload_id), *what))


def _step(given: str) -> str:
    """An id as one step of the server's address, which it cannot leave. What is none, as a sheet may hold, stays none:
    nothing at all, or dots alone, by which one goes up a step, get a sign before them."""
    return quote(given if given.strip(".") else f"-{given}", safe="", errors="replace")


def _opened(path: Path) -> BinaryIO:
    if not path.is_file():
        raise no_file(path)
    try:
        return path.open("rb")
    except OSError as error:
        raise BookError(f"{path.name} cannot be opened: {error.strerror}. Check that you may read it.") from error
