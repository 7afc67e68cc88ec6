"""Every error answer of the HTTP API: its code, status and words (RFC 9457, SPEC 8).

A file that is refused as a whole keeps its code from `workbook.problems`; all other codes are in the table below.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from fastapi import Response
from pydantic_core import to_json

from server.http.long_answers import LongAnswer
from workbook.problems import PROBLEM_KINDS, Refusal

MEDIA_TYPE: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class RefusalKind:
    """One code. `detail` is a template over the refusal's facts: what is wrong, and what to do."""

    code: str
    status: int
    title: str
    detail: str


_KINDS: Final = (
    RefusalKind(
        "token-missing", 401, "No token",
        "This call needs your personal token: send it as `Authorization: Bearer <token>`.",
    ),
    RefusalKind(
        "token-invalid", 401, "Unknown token",
        "Nobody has this token. Copy it again in full, or ask a site administrator for a new one.",
    ),
    RefusalKind(
        "token-expired", 401, "Token expired",
        "Your token has expired. Ask a site administrator for a new one.",
    ),
    RefusalKind(
        "token-revoked", 401, "Token revoked",
        "Your token is no longer valid. Ask a site administrator for a new one.",
    ),
    RefusalKind(
        "too-many-tokens", 429, "Too many wrong tokens",
        "Too many wrong tokens came from this address. Wait {seconds} seconds, then send your token again, in full.",
    ),
    RefusalKind(
        "too-many-waiting", 429, "Too many uploads waiting",
        "{most} uploads of one person wait to be carried out, and no more may. Nothing was done; try again in a few "
        "minutes, when some of them are done.",
    ),
    RefusalKind(
        "body-unreadable", 400, "Body cannot be read",
        "What was sent cannot be read as {expected}: {why}.",
    ),
    RefusalKind(
        "request-unreadable", 400, "Not HTTP",
        "What was sent is not a request in HTTP/1.1, or its headers are longer than 16 kB. Nothing was done.",
    ),
    RefusalKind(
        "body-crumbled", 400, "Body in crumbs",
        "What was sent came in pieces of a few bytes. Nothing was done; send it in larger ones, or whole.",
    ),
    RefusalKind(
        "body-ends-twice", 400, "Body with two ends",
        "What was sent says in two ways where it ends. Nothing was done; send it with `Content-Length` or, in "
        "HTTP/1.1, with `Transfer-Encoding: chunked`, not with both.",
    ),
    RefusalKind(
        "file-absent", 400, "No file",
        "The form holds no file. Send the workbook or .csv file in the form field `file`.",
    ),
    RefusalKind(
        "idempotency-key-missing", 400, "No idempotency key",
        "An upload needs a name of its own, so that sending it twice never writes it twice: send a header "
        "`Idempotency-Key` with a new random value for each upload, and the same value when you repeat one.",
    ),
    RefusalKind(
        "idempotency-key-invalid", 400, "Idempotency key cannot be used",
        "An `Idempotency-Key` holds 2 to 200 printable ASCII characters, such as a UUID. Send one like that.",
    ),
    RefusalKind(
        "no-access", 403, "No caseload access",
        "You may not change anybody's caseload, so nothing was checked, looked up or kept. Ask a site administrator "
        "for caseload access.",
    ),
    RefusalKind(
        "upload-not-found", 404, "No such upload",
        "There is no upload {upload}, or it is not yours to see. Look it up in the list of uploads.",
    ),
    RefusalKind(
        "fix-not-found", 404, "No such remembered fix",
        "There is no remembered fix {fix}, or it is not yours to forget. Look it up in the list of remembered fixes.",
    ),
    RefusalKind(
        "token-not-found", 404, "No such token",
        "There is no such token, or it is not yours to end. Look it up in the list of tokens.",
    ),
    RefusalKind(
        "not-found", 404, "No such address",
        "There is nothing at {path}. The calls are listed in /openapi.json.",
    ),
    RefusalKind(
        "cursor-invalid", 404, "No such page",
        "This `cursor` did not come from here. Take `next` from the page before, or leave it out to begin anew.",
    ),
    RefusalKind(
        "method-not-allowed", 405, "Wrong method",
        "{path} cannot be called with {method}; use {allowed}.",
    ),
    RefusalKind(
        "request-slow", 408, "Too slow",
        "The request did not arrive in time, so the server stopped waiting for the rest. Nothing was done. Check the "
        "connection, and send it again.",
    ),
    RefusalKind(
        "idempotency-key-reused", 409, "Idempotency key used before",
        "This `Idempotency-Key` belongs to an upload with other content. Send the changed rows under a new key.",
    ),
    RefusalKind(
        "upload-state", 409, "Not in this state",
        "{why}",
    ),
    RefusalKind(
        "errors-open", 409, "Errors are open",
        "Rows with errors: {count}. Fix their errors, or leave those rows out, then continue.",
    ),
    RefusalKind(
        "uploads-full", 409, "No more uploads kept",
        "{most} are kept for one person of uploads that wait, need fixes, failed, were cancelled or undone, or had "
        "most of their rows left out, with their fixes, and no more may be. Nothing was done. Finish what you need of "
        "them and cancel the others, whose rows are removed a day later.",
    ),
    RefusalKind(
        "remembered-full", 409, "No more fixes remembered",
        "{why} Nothing was remembered.",
    ),
    RefusalKind(
        "work-too-large", 413, "Too much for one call",
        "This takes more time or memory than the server may spend on one call. Look at the upload before you ask "
        "again; a log can be had as .csv. Whoever runs the server can allow more.",
    ),
    RefusalKind(
        "fixes-too-many", 413, "Too many fixes",
        "No more fixes are kept for this upload: {most} at most, and fewer where they are long or each is of very many "
        "rows. Nothing was changed. Take some back, or correct the sheet and submit it as a new upload.",
    ),
    RefusalKind(
        "media-type", 415, "Media type not accepted",
        "Send the table as JSON (`application/json`), or the file as a form (`multipart/form-data`).",
    ),
    RefusalKind(
        "table-invalid", 422, "Not a table",
        "{where}: {why}.",
    ),
    RefusalKind(
        "request-invalid", 422, "Request not understood",
        "{where}: {why}.",
    ),
    RefusalKind(
        "parameter-unknown", 422, "Unknown parameter",
        "This call has no parameter {name}. It takes: {known}. Nothing was done.",
    ),
    RefusalKind(
        "database-away", 503, "Database away",
        "The server gets no connection to its database just now. Nothing was lost; try again in a moment.",
    ),
    RefusalKind(
        "database-in-use", 503, "Others are writing",
        "Others are writing what this has to wait for, and that takes longer than a call may wait. Nothing was lost or "
        "half written; try again in a minute.",
    ),
    RefusalKind(
        "database-stopped", 503, "Broken off",
        "The server's database broke this off: it took too long, or whoever runs the database ended it. Nothing was "
        "lost or half written; try again, and tell whoever runs the server if it happens again.",
    ),
    RefusalKind(
        "database-unfit", 503, "Database out of order",
        "The server's database is there and cannot do this just now: it may not be written to, or its memory or disk "
        "fails it. Nothing was lost or half written; tell whoever runs the server, then try again.",
    ),
    RefusalKind(
        "database-full", 503, "Database full",
        "The disk of the server's database is full, so nothing can be kept just now. Nothing was lost or half written; "
        "tell whoever runs the server, then try again.",
    ),
    RefusalKind(
        "key-replaced", 503, "Key replaced",
        "The key that SSNs are hashed with was replaced since the server was started. Nothing was done; tell whoever "
        "runs the server to start it anew with the key that is in use now, then try again.",
    ),
    RefusalKind(
        "busy", 503, "Busy",
        "The server has more to read and check than it can just now. Nothing was done; try again in a moment.",
    ),
    RefusalKind(
        "too-much-at-once", 503, "Too much at once",
        "{most} calls of yours are under way: the server is at work on them, or their answers are not read yet. "
        "Nothing was done; try again when one of them is answered and read.",
    ),
    RefusalKind(
        "disk-full", 503, "Disk full",
        "The server's disk for what arrives is full, so that nothing can be taken in just now. Nothing was done; tell "
        "whoever runs the server, then try again.",
    ),
    RefusalKind(
        "server-error", 500, "Server error",
        "The server met an error of its own. Nothing was written. Try again; if it happens again, tell whoever runs "
        "the server this number, which its log has too: {number}.",
    ),
)  # fmt: skip

REFUSAL_KINDS: Final[dict[str, RefusalKind]] = {kind.code: kind for kind in _KINDS}
"""Every code of the API's own → its kind, by status."""

_FILE_STATUS: Final = {"file-type": 415, "file-too-large": 413}
_FILE_TITLES: Final = {
    "file-type": "Not a file type to upload",
    "file-unreadable": "File cannot be read",
    "file-encrypted": "File is protected",
    "file-too-large": "File too large",
    "no-rows": "No rows",
    "header-missing": "Columns are missing",
    "header-repeated": "Column repeated",
}


def codes_with(status: int) -> list[str]:
    """The codes that come with a status, the API's own before those of files."""
    files = [code for code, kind in PROBLEM_KINDS.items() if kind.scope == "file"]
    own = [kind.code for kind in _KINDS if kind.status == status]
    return [*own, *(code for code in files if _file_status(code) == status)]


def _file_status(code: str) -> int:
    return _FILE_STATUS.get(code, 422)


class ApiRefusal(Exception):
    """A call that is refused. `headers` are the answer's."""

    def __init__(
        self,
        code: str,
        *,
        headers: Mapping[str, str] | None = None,
        **facts: object,
    ) -> None:
        self.kind = REFUSAL_KINDS[code]
        self.detail = self.kind.detail.format(**facts)
        self.headers = dict(headers or {})
        super().__init__(self.detail)


_NONE: Final[Mapping[str, Any]] = MappingProxyType({})


def answer_refusal(refusal: ApiRefusal, extra: bytes = b"") -> Response:
    """`extra`: further members of the answer, an object in JSON already. They may be many, and refusals are answered on
    the event loop."""
    return _answer(replace(refusal.kind, detail=refusal.detail), refusal.headers, extra)


def answer_file_refusal(refusal: Refusal) -> Response:
    """A file refused whole (SPEC 3): its own code and sentence."""
    title = _FILE_TITLES.get(refusal.code, "File refused")
    return _answer(RefusalKind(refusal.code, _file_status(refusal.code), title, refusal.message))


def answer_status(status: int, detail: str, headers: Mapping[str, str]) -> Response:
    """A refusal by the web framework itself for which there is no code of ours."""
    title = HTTPStatus(status).phrase
    return _answer(RefusalKind(f"http-{status}", status, title, detail or f"{title}."), headers)


def _answer(kind: RefusalKind, headers: Mapping[str, str] = _NONE, extra: bytes = b"") -> Response:
    """`kind`: its detail as it is to be read."""
    body = {
        "type": f"urn:caseload:problem:{kind.code}",
        "title": kind.title,
        "status": kind.status,
        "detail": kind.detail,
        "code": kind.code,
    }
    content = to_json(body)
    if extra:
        content = content[:-1] + b"," + extra[1:]
    return LongAnswer(content, kind.status, dict(headers), MEDIA_TYPE)
