"""The server, as the add-in sees it: one method per call, and one plain sentence for whatever goes wrong (SPEC 8).

Every call may be repeated without harm (an upload carries its idempotency key), so each is, with a growing pause,
when the network or the server fails for a moment.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlsplit

import requests
from pydantic import BaseModel, ValidationError
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ReadTimeoutError
from urllib3.util.retry import Retry

from addin.stopped import ClientError
from workbook.columns import TemplateChoice
from workbook.report import (
    Answer,
    Answers,
    Assignment,
    FixesIn,
    LogRow,
    Remembered,
    RememberedFix,
    Report,
    Undo,
    Upload,
)

Progress = Callable[[Upload], None]
Table = Mapping[str, Any]
"""A sheet on the wire: `header`, `rows`, `row_numbers` and `filename` (SPEC 8)."""

RUNNING: Final = frozenset({"received", "validating", "writing"})
"""The states in which an upload moves on by itself (SPEC 6)."""
SAFE: Final = "Your rows are safe in the workbook."
_CONNECT_SECONDS: Final = 5
_ANSWER_SECONDS: Final = 120
_LONGEST_PAUSE: Final = 20.0
"""Seconds: a server that asks for more patience than this is reported instead."""
_FIRST_LOOK: Final = 0.1
_SLOWEST_LOOK: Final = 2.0

Model = TypeVar("Model", bound=BaseModel)


class _Patience(Retry):
    """Retry-After is respected, within what a person in front of a spreadsheet will wait."""

    def get_retry_after(self, response: Any) -> float | None:
        asked = super().get_retry_after(response)
        return None if asked is None else min(asked, _LONGEST_PAUSE)


class Client:
    """Talks to the server at `url` as the owner of `token`.

    Every method raises ClientError, whose text is a plain sentence that says what to do. The token is in none.
    """

    def __init__(self, url: str, token: str | None, retries: int = 3, answer_seconds: float = _ANSWER_SECONDS) -> None:
        self.url = _address(url)
        self._session = requests.Session()
        self._session.headers["Accept"] = "application/json"
        if token is not None:
            if not token.isascii() or not token.isprintable() or " " in token or not token:
                raise ClientError(
                    "The token in the settings is not one that a server gives out. "
                    "Copy it again, whole, and enter it in Settings.",
                    "token-invalid",
                )
            self._session.headers["Authorization"] = f"Bearer {token}"
        retry = _Patience(
            total=retries, connect=min(retries, 2), read=min(retries, 1), backoff_factor=0.3,
            status_forcelist=(429, 502, 503, 504), allowed_methods=None, raise_on_status=False, redirect=False,
        )
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=retry))
        self._has_token = token is not None
        self._timeout = (_CONNECT_SECONDS, answer_seconds)
        self._reference: tuple[str, dict[str, Any]] | None = None

    def __repr__(self) -> str:
        return f"<Client {self.url}>"

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._session.close()

    def health(self) -> dict[str, Any]:
        """`{"version": …}` and whether the database answers; needs no token."""
        return self._object(self._call("GET", "/v1/health"))

    def me(self) -> dict[str, Any]:
        """Who the token's owner is and what they may do."""
        return self._object(self._call("GET", "/v1/me"))

    def reference(self) -> dict[str, Any]:
        """Programs, staff, feeder tables and site settings; asked for again only when they changed."""
        headers = {"If-None-Match": self._reference[0]} if self._reference else {}
        answer = self._call("GET", "/v1/reference", headers=headers)
        if answer.status_code == 304 and self._reference:
            return self._reference[1]
        known = self._object(answer)
        if etag := answer.headers.get("ETag"):
            self._reference = (etag, known)
        return known

    def template(self, choice: TemplateChoice, file_format: str = "xlsx") -> bytes:
        """A fresh template as the bytes of a file."""
        params = {
            "program": choice.program,
            "caseworker": choice.caseworker,
            "enrollment": "true" if choice.enrollment else "false",
            "format": file_format,
        }
        return self._file(self._call("GET", "/v1/template", params=params))

    def validate(self, table: Table, follow_up: bool = False) -> Report:
        """Checks a sheet; the server keeps nothing of it. `follow_up`: says too what a check of a part needs later."""
        params = {"follow_up": "true"} if follow_up else {}
        return self._model(Report, self._call("POST", "/v1/validations", json=table, params=params))

    def validate_file(self, path: Path) -> Report:
        """Checks a file as it lies on disk."""
        with _opened(path) as file:
            return self._model(Report, self._call("POST", "/v1/validations", files={"file": (path.name, file)}))

    def submit(self, table: Table, key: str, test_rows: int | None = None) -> Upload:
        """Hands a sheet over for writing. The same key and sheet again give the same upload (SPEC 6).

        `test_rows`: only so many of its first rows are written, to be kept or rolled back.
        """
        params = {} if test_rows is None else {"test_rows": str(test_rows)}
        headers = {"Idempotency-Key": key}
        return self._model(Upload, self._call("POST", "/v1/uploads", json=table, params=params, headers=headers))

    def submit_file(self, path: Path, key: str) -> Upload:
        """Hands a file over for writing, as `submit` does a sheet."""
        with _opened(path) as file:
            answer = self._call(
                "POST", "/v1/uploads", files={"file": (path.name, file)}, headers={"Idempotency-Key": key}
            )
        return self._model(Upload, answer)

    def uploads(self, state: str | None = None, limit: int = 20) -> list[Upload]:
        """The newest uploads, of one state where it is given."""
        params = {"limit": str(limit)} | ({"state": state} if state else {})
        page = self._object(self._call("GET", "/v1/uploads", params=params))
        return [self._checked(Upload, entry) for entry in page.get("uploads", [])]

    def upload(self, upload_id: str) -> Upload:
        return self._model(Upload, self._call("GET", f"/v1/uploads/{quote(upload_id, safe='')}"))

    def problems(self, upload_id: str) -> Report:
        """What stops an upload that needs fixes, as `validate` says it."""
        return self._model(Report, self._call("GET", f"/v1/uploads/{quote(upload_id, safe='')}/problems"))

    def put_fixes(self, upload_id: str, fixes: FixesIn) -> dict[str, Any]:
        """Keeps fixes, and rows to leave out, with an upload. Partial is fine."""
        path = f"/v1/uploads/{quote(upload_id, safe='')}/fixes"
        return self._object(self._call("PUT", path, json=fixes.model_dump()))

    def go_on(self, upload_id: str) -> Upload:
        """Lets an upload go on once it is fixed. ClientError with status 409 when errors remain."""
        return self._model(Upload, self._call("POST", f"/v1/uploads/{quote(upload_id, safe='')}/continue"))

    def cancel(self, upload_id: str) -> Upload:
        return self._model(Upload, self._call("POST", f"/v1/uploads/{quote(upload_id, safe='')}/cancel"))

    def keep(self, upload_id: str) -> Upload:
        """Keeps what a test wrote."""
        return self._model(Upload, self._call("POST", f"/v1/uploads/{quote(upload_id, safe='')}/keep"))

    def roll_back(self, upload_id: str) -> Upload:
        """Takes back what a test wrote. ClientError with status 409 when nothing of it can be."""
        return self._model(Upload, self._call("POST", f"/v1/uploads/{quote(upload_id, safe='')}/roll-back"))

    def undo(self, upload_id: str, preview: bool = False) -> Undo:
        """Takes back what an upload wrote, or with `preview` only says what that would be."""
        path, params = f"/v1/uploads/{quote(upload_id, safe='')}/undo", {"preview": str(preview).lower()}
        return self._model(Undo, self._call("POST", path, params=params))

    def log(self, upload_id: str) -> list[LogRow]:
        """What became of every row."""
        answer = self._call("GET", f"/v1/uploads/{quote(upload_id, safe='')}/log", params={"format": "json"})
        rows: Any = self._json(answer)
        if isinstance(rows, dict):
            rows = rows.get("rows", [])
        return [self._checked(LogRow, row) for row in rows]

    def log_file(self, upload_id: str, file_format: str) -> bytes:
        """The row log as the bytes of a `csv` or `xlsx` file."""
        path = f"/v1/uploads/{quote(upload_id, safe='')}/log"
        return self._file(self._call("GET", path, params={"format": file_format}))

    def remembered(self) -> list[RememberedFix]:
        """The fixes that the site remembers and the user may forget, by column and value."""
        found: list[RememberedFix] = []
        params = {"limit": "1000"}
        while True:
            page = self._object(self._call("GET", "/v1/remembered", params=params))
            found += [self._checked(RememberedFix, entry) for entry in page.get("remembered", [])]
            if not page.get("next"):
                return found
            params["cursor"] = str(page["next"])

    def remember(self, fixes: Sequence[Answer]) -> Remembered:
        """Has up to 1,000 fixes remembered for the site: what cannot be is told, the rest is kept."""
        answers = Answers(fixes=list(fixes)).model_dump()
        return self._model(Remembered, self._call("POST", "/v1/remembered", json=answers))

    def forget(self, fix_id: str) -> bool:
        """Forgets one remembered fix; False when it is not there any more."""
        try:
            self._call("DELETE", f"/v1/remembered/{quote(fix_id, safe='')}")
        except ClientError as error:
            if error.code != "fix-not-found":
                raise
            return False
        return True

    def open_assignments(
        self, program: str | None = None, caseworker: str | None = None, participant: str | None = None
    ) -> Iterator[list[Assignment]]:
        """The open assignments that the user may change, oldest first, a page at a time (SPEC 8).

        `program`: its ID or name; `caseworker`: a Staff ID or full name; `participant`: a Participant ID.
        """
        filters = {"program": program, "caseworker": caseworker, "participant": participant}
        params = {name: value for name, value in filters.items() if value} | {"open": "true", "limit": "1000"}
        while True:
            page = self._object(self._call("GET", "/v1/assignments", params=params))
            yield [self._checked(Assignment, entry) for entry in page.get("assignments", [])]
            if not page.get("next"):
                return
            params["cursor"] = str(page["next"])

    def wait(self, upload_id: str, progress: Progress | None = None, patience: float = 600) -> Upload:
        """Watches an upload until it ends or needs its user, and gives it then.

        `progress` is called with it at every look. After `patience` seconds in which nothing moved, it is given
        as it stands: the server goes on without being watched.
        """
        pause = _FIRST_LOOK
        moved_at, last = time.monotonic(), None
        while True:
            upload = self._watched(upload_id)
            if progress is not None:
                progress(upload)
            if upload.state not in RUNNING:
                return upload
            if (upload.state, upload.progress) != last:
                moved_at, last = time.monotonic(), (upload.state, upload.progress)
            elif time.monotonic() - moved_at > patience:
                return upload
            time.sleep(pause)
            pause = min(pause * 1.3, _SLOWEST_LOOK)

    def _watched(self, upload_id: str) -> Upload:
        try:
            return self.upload(upload_id)
        except ClientError as error:
            if error.code != "server-away":
                raise
            raise ClientError(
                f"The server at {self.url} has received the rows and works on them, but does not answer now. "
                "Look again in a few minutes with Refresh Status.",
                error.code, error.status,
            ) from error

    def _call(self, method: str, path: str, **options: Any) -> requests.Response:
        try:
            answer = self._session.request(
                method, self.url + path, timeout=self._timeout, allow_redirects=False, **options
            )
        except requests.exceptions.RequestException as error:
            raise self._away(error) from error
        if answer.is_redirect:
            raise ClientError(
                f"{self.url} sends on to another address. If your network asks you to sign in first, do that in a "
                f"browser; otherwise correct the server's address in Settings. {SAFE}",
                "not-caseload", answer.status_code,
            )
        if answer.status_code >= 400:
            raise self._refused(answer)
        return answer

    def _away(self, error: Exception) -> ClientError:
        if isinstance(error, requests.exceptions.SSLError):
            return ClientError(
                f"The connection to {self.url} is not secure: its certificate cannot be trusted. "
                f"Check the address in Settings, or ask whoever runs the server. {SAFE}",
                "not-secure",
            )
        if isinstance(error, requests.exceptions.ProxyError):
            return ClientError(
                f"Your network's proxy does not let {self.url} through. Ask whoever runs your network. {SAFE}",
                "proxy",
            )
        if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
            return _no_address(self.url)
        if isinstance(error, requests.exceptions.ReadTimeout) or isinstance(_reason(error), ReadTimeoutError):
            return ClientError(
                f"The server at {self.url} takes too long to answer. Try again in a few minutes. {SAFE}", "server-away"
            )
        return ClientError(
            f"The server at {self.url} does not answer. Check your network and the address in Settings, then try "
            f"again. {SAFE}",
            "server-away",
        )

    def _refused(self, answer: requests.Response) -> ClientError:
        problem = self._problem(answer)
        code = str(problem.get("code") or "")
        detail = str(problem.get("detail") or problem.get("title") or "").strip()
        status = answer.status_code
        if code == "not-found" or not (code or detail):  # the first: an address with something behind the server's own
            return self._not_ours(answer)
        if status == 401:
            why = {
                "token-expired": "Your token has expired.",
                "token-revoked": "Your token was revoked.",
            }.get(code, "The server does not know your token.")
            if code == "token-missing" or not self._has_token:
                code, why = "token-missing", f"No token is set for {self.url}."
            return ClientError(
                f"{why} Ask your site administrator for a new one and enter it in Settings. {SAFE}", code, status
            )
        if status >= 500:
            return ClientError(f"{detail or 'The server failed.'} {SAFE}", code, status)
        return ClientError(detail, code, status)

    def _problem(self, answer: requests.Response) -> dict[str, Any]:
        if "json" not in answer.headers.get("Content-Type", ""):
            return {}
        try:
            problem = answer.json()
        except ValueError:
            return {}
        return problem if isinstance(problem, dict) else {}

    def _not_ours(self, answer: requests.Response) -> ClientError:
        if answer.status_code in (502, 503, 504):
            return ClientError(
                f"The server at {self.url} is not available right now. Try again in a few minutes. {SAFE}",
                "server-away", answer.status_code,
            )
        return ClientError(
            f"What answers at {self.url} is not a caseload server. If your network asks you to sign in first, do "
            f"that in a browser; otherwise correct the address in Settings. {SAFE}",
            "not-caseload", answer.status_code,
        )

    def _json(self, answer: requests.Response) -> Any:
        if "json" not in answer.headers.get("Content-Type", ""):
            raise self._not_ours(answer)
        try:
            return answer.json()
        except ValueError:
            raise self._not_ours(answer) from None

    def _object(self, answer: requests.Response) -> dict[str, Any]:
        content = self._json(answer)
        if not isinstance(content, dict):
            raise self._not_ours(answer)
        return content

    def _model(self, model: type[Model], answer: requests.Response) -> Model:
        return self._checked(model, self._object(answer))

    def _checked(self, model: type[Model], content: Any) -> Model:
        try:
            return model.model_validate(content)
        except ValidationError as error:
            raise ClientError(
                f"The server at {self.url} and this add-in are of different versions and do not understand each "
                f"other. Update the add-in, or ask whoever runs the server. {SAFE}",
                "version-mismatch",
            ) from error

    def _file(self, answer: requests.Response) -> bytes:
        if answer.headers.get("Content-Type", "").startswith("text/html") or not answer.content:
            raise self._not_ours(answer)
        return answer.content


def _reason(error: Exception) -> object:
    """What lies behind the error that requests raises when it has tried often enough."""
    return getattr(error.args[0], "reason", None) if error.args else None


def _address(url: str) -> str:
    """The server's address without a slash at its end; `host:port` alone means http on this computer, else https."""
    text = url.strip()
    if text and "://" not in text:
        host = text.split("/")[0].rsplit(":", 1)[0]
        text = f"{'http' if host in ('localhost', '127.0.0.1', '[::1]') else 'https'}://{text}"
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or any(char.isspace() for char in text) or parts.username is not None:
        raise _no_address(url)
    return text.rstrip("/").removesuffix("/v1")


def _no_address(url: str) -> ClientError:
    return ClientError(
        f"{url.strip() or 'Nothing'} is not the address of a server. Enter one such as https://caseload.example.org.",
        "no-address",
    )


def _opened(path: Path) -> Any:
    from addin.stopped import BookError

    try:
        return path.open("rb")
    except FileNotFoundError:
        raise BookError(f"There is no file {path}. Check the name and the folder.") from None
    except OSError as error:
        raise BookError(f"{path.name} cannot be opened: {error.strerror}. Check that you may read it.") from error
