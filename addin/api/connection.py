"""Reach the server over HTTP, with retries, and put each failure into one sentence.

Every call may be repeated without harm (an upload carries its idempotency key), so each is, with a growing pause, when
the network or the server fails for a moment.
"""

from __future__ import annotations

import ipaddress
import json
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeVar
from urllib.parse import urlsplit

import requests
from pydantic import BaseModel, ValidationError
from urllib3.exceptions import ReadTimeoutError

from addin.api.adapter import (
    MOST_OF_AN_ANSWER,
    ComputersTrust,
    EndlessAnswer,
    Patience,
    ProvenServer,
    WholeAnswers,
    has_too_many_parts,
    reason_of,
    why_not_secure,
)
from addin.api.proxies import found_by_script, proxy_for, refused_by_proxy, schemes_asked_for, this_computers_script
from addin.errors import ClientError
from workbook.files.limits import LAST_ROW

SAFE: Final = "Your rows are safe in the workbook."
_CONNECT_SECONDS: Final = 5
_SIGN_IN_FIRST: Final = 407
"""The status with which a proxy refuses somebody who is not signed in to it."""
_ON_A_PAGE: Final = 1000
"""Entries."""
_MOST_PAGES: Final = LAST_ROW // _ON_A_PAGE + 1
"""More than a sheet has rows for is asked for by nobody."""
_MAYBE_HALF_A_LETTER: Final = re.compile(rb"\\u[dD][89a-fA-F]")
"""A letter beyond the first 65,536 is spelled as a pair of these."""
_THIS_COMPUTER: Final = ("localhost", "127.0.0.1", "[::1]")

Model = TypeVar("Model", bound=BaseModel)


class Connection:
    """Reaches the server at `url` as the owner of `token`, if any. Every method raises ClientError, whose text is a
    plain sentence that says what to do and never shows the token. `options` are those of `requests.request`.

    `key`: that of a server of one's own, which must show on each connection that it has it."""

    def __init__(
        self, url: str, token: str | None, retries: int, answer_seconds: float, key: str | None = None
    ) -> None:
        self.url = server_address(url)
        self._session = requests.Session()
        self._session.headers["Accept"] = "application/json"
        if token is not None and (not token.isascii() or not token.isprintable() or " " in token or not token):
            raise ClientError(
                "The token in the settings is not one that a server gives out. "
                "Copy it again, whole, and enter it in Settings.",
                "token-invalid",
            )
        patience = Patience(
            total=retries,
            connect=min(retries, 2),
            read=min(retries, 1),
            backoff_factor=0.3,
            status_forcelist=(429, 502, 503, 504),
            allowed_methods=None,
            raise_on_status=False,
            redirect=False,
        )
        if self.url.lower().startswith("https:"):
            self._session.mount("https://", ComputersTrust(patience))
        elif key is not None:
            self._session.mount("http://", ProvenServer(patience, key))
        else:
            self._session.mount("http://", WholeAnswers(max_retries=patience))
        self._token = token
        self._proxies: dict[str, Any] = dict.fromkeys(("http", "https", "all")) if is_loopback(self.url) else {}
        """No proxy, whatever the computer's settings say, for what does not leave the computer."""
        self._timeout = (_CONNECT_SECONDS, answer_seconds)

    def close(self) -> None:
        self._session.close()

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        """The server's answer, where it is no refusal."""
        try:
            answer = self._session.request(
                method,
                self.url + path,
                timeout=self._timeout,
                allow_redirects=False,
                proxies=self._proxies.copy(),
                auth=self._signed,
                **options,
            )
        except requests.exceptions.InvalidJSONError as error:  # of what was to be sent
            raise ClientError(
                "The sheet holds a number that is none, and was not sent. Look for 1E+999 or the like, and correct it.",
                "number-invalid",
            ) from error
        except requests.exceptions.RequestException as error:
            raise self._away(error) from error
        if answer.is_redirect:
            raise ClientError(
                f"{self.url} sends on to another address. If your network asks you to sign in first, do that in a "
                f"browser; otherwise correct the server's address in Settings. {SAFE}",
                "not-caseload",
                answer.status_code,
            )
        if answer.status_code >= 400:
            raise self._refused(answer)
        return answer

    def _signed(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """The call with the token. As a header of the session a line for this server in the user's .netrc would take
        its place."""
        if self._token is not None:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def object(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        """The answer, which must be a JSON object."""
        return self.object_in(self.call(method, path, **options))

    def model(self, model: type[Model], method: str, path: str, **options: Any) -> Model:
        """The answer as a model of the contract between the server and this add-in."""
        return self.checked(model, self.object(method, path, **options))

    def object_in(self, answer: requests.Response) -> dict[str, Any]:
        content = _json_in(answer)
        if not isinstance(content, dict):
            raise self._not_ours(answer)
        return content

    def checked(self, model: type[Model], content: Any) -> Model:
        """A part of an answer as a model of the contract."""
        try:
            return model.model_validate(content)
        except (ValidationError, RecursionError) as error:
            raise self._of_another_version() from error

    def listed(self, model: type[Model], content: Mapping[str, Any], name: str) -> list[Model]:
        """The models that an answer lists under a name; none where it has no such list."""
        entries = content.get(name, [])
        if not isinstance(entries, list):
            raise self._of_another_version()
        return [self.checked(model, entry) for entry in entries]

    def pages(
        self, model: type[Model], path: str, name: str, params: Mapping[str, str], limit: int = _ON_A_PAGE
    ) -> Iterator[list[Model]]:
        """The models that are listed under a name, a page at a time, for as long as a page tells where the next one
        begins. What leads back to a page that was there, or on to more than any site has, is given up."""
        size, places = 0, {""}
        cursor: dict[str, str] = {}
        while True:
            answer = self.call("GET", path, params={**params, "limit": str(limit), **cursor})
            size += len(answer.content)
            page = self.object_in(answer)
            yield self.listed(model, page, name)
            place = page.get("next") or ""
            if not place:
                return
            if not isinstance(place, str):
                raise self._of_another_version()
            if place in places or len(places) >= _MOST_PAGES or size > MOST_OF_AN_ANSWER:
                raise self.endless()
            places.add(place)
            cursor = {"cursor": place}

    def _of_another_version(self) -> ClientError:
        return ClientError(
            f"The server at {self.url} and this add-in are of different versions and do not understand each other. "
            f"Update the add-in, or ask whoever runs the server. {SAFE}",
            "version-mismatch",
        )

    def endless(self) -> ClientError:
        """The error for an answer that is more than any server of ours sends."""
        return ClientError(
            f"What answers at {self.url} sends more than any caseload server, and was not heard to its end. Correct "
            f"the address in Settings, or ask whoever runs the server. {SAFE}",
            "not-caseload",
        )

    def _away(self, error: Exception) -> ClientError:
        if isinstance(error, EndlessAnswer):
            return self.endless()
        if isinstance(error, requests.exceptions.SSLError):
            return ClientError(f"{why_not_secure(self.url, error, sys.platform)} {SAFE}", "not-secure")
        if isinstance(error, requests.exceptions.ProxyError):
            return self._stopped_by_proxy(error)
        if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
            return _no_address(self.url)
        if isinstance(error, requests.exceptions.ReadTimeout) or isinstance(reason_of(error), ReadTimeoutError):
            return ClientError(
                f"The server at {self.url} takes too long to answer. Try again in a few minutes. {SAFE}", "server-away"
            )
        if not is_loopback(self.url) and (script := this_computers_script()):
            return ClientError(f"{found_by_script(self.url, script)} {SAFE}", "server-away")
        return ClientError(
            f"The server at {self.url} does not answer. Check your network and the address in Settings, then try "
            f"again. {SAFE}",
            "server-away",
        )

    def _stopped_by_proxy(self, error: Exception) -> ClientError:
        proxy = proxy_for(self.url)
        if proxy and f" {_SIGN_IN_FIRST} " in str(error):
            return self._signed_in_nowhere(schemes_asked_for(self.url, proxy), proxy)
        return ClientError(
            f"Your network's proxy does not let {self.url} through. Ask whoever runs your network. {SAFE}", "proxy"
        )

    def _signed_in_nowhere(self, schemes: list[str], proxy: str | None) -> ClientError:
        return ClientError(f"{refused_by_proxy(self.url, schemes, proxy)} {SAFE}", "proxy")

    def _refused(self, answer: requests.Response) -> ClientError:
        content = _json_in(answer)
        problem = content if isinstance(content, dict) else {}
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
            if code == "token-missing" or self._token is None:
                code, why = "token-missing", f"No token is set for {self.url}."
            return ClientError(
                f"{why} Ask your site administrator for a new one and enter it in Settings. {SAFE}", code, status
            )
        if status == 429 or status >= 500:
            return ClientError(f"{detail or 'The server failed.'} {SAFE}", code, status)
        return ClientError(detail, code, status)

    def _not_ours(self, answer: requests.Response) -> ClientError:
        if answer.status_code in (502, 503, 504):
            return ClientError(
                f"The server at {self.url} is not available right now. Try again in a few minutes. {SAFE}",
                "server-away",
                answer.status_code,
            )
        return ClientError(
            f"What answers at {self.url} is not a caseload server. If your network asks you to sign in first, do "
            f"that in a browser; otherwise correct the address in Settings. {SAFE}",
            "not-caseload",
            answer.status_code,
        )


class OwnAddress(NamedTuple):
    """Where a server of the user's own listens, and the key that it must show there. Another spelling of the address,
    such as localhost, may lead to another program, which hands on what the server shows."""

    url: str
    key: str


def server_address(url: str) -> str:
    """A server's address as people write it, in the form in which it is kept: without a slash at its end.

    `host:port` alone means http on this computer, else https. Raises ClientError where it is none, or where it is
    another computer's and not secure.
    """
    text = url.strip()
    if text and "://" not in text:
        host = text.split("/")[0].rsplit(":", 1)[0]
        text = f"{'http' if host in _THIS_COMPUTER else 'https'}://{text}"
    try:
        parts = urlsplit(text)
        labels = (parts.hostname or "").removesuffix(".").split(".")
        usable = parts.scheme in ("http", "https") and all(labels) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or any(char.isspace() for char in text) or parts.username is not None:
        raise _no_address(url)
    if parts.scheme == "http" and not is_loopback(text):
        raise ClientError(
            f"{text} is not secure: everybody on the way could read your token and your rows. Enter the address that "
            "begins with https://, or ask whoever runs the server for one.",
            "not-secure",
        )
    return text.rstrip("/").removesuffix("/v1")


def is_loopback(url: str) -> bool:
    """Whether a server's address, as it is kept, is on this computer."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _no_address(url: str) -> ClientError:
    return ClientError(
        f"{url.strip() or 'Nothing'} is not the address of a server. Enter one such as https://caseload.example.org.",
        "no-address",
    )


def _json_in(answer: requests.Response) -> Any:
    """What an answer says in JSON; None where it is something else, has a number or a letter that there is not (NaN,
    half of a pair), or is nested deeper or made of more parts than anything of ours."""
    if "json" not in answer.headers.get("Content-Type", "") or has_too_many_parts(answer):
        return None
    try:
        content = json.loads(answer.content.decode(), parse_constant=_no_number)
        if _MAYBE_HALF_A_LETTER.search(answer.content):
            json.dumps(content, ensure_ascii=False).encode()
        return content
    except (ValueError, RecursionError):
        return None


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number.")
