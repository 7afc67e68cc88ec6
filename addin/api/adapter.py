"""Send calls again that fail for a moment, over TLS that trusts the computer's own certificates.

The computer's own store counts, as it does for a browser there, and not the list that comes with `requests`: an agency
that inspects its traffic, or vouches for its servers itself, has put its certificate into that store (EXCEL-TRUTH 22).
It is used for our calls only. Other code in the same Python is not affected. And an answer without an end, of whatever
answers in a server's place, is not taken.
"""

from __future__ import annotations

import secrets
import socket
import ssl
import time
from contextlib import suppress
from threading import Event, Timer
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import DecodeError, ProtocolError, ReadTimeoutError
from urllib3.util.retry import Retry
from urllib3.util.wait import wait_for_read

from addin.errors import ClientError
from workbook.files.limits import LAST_ROW
from workbook.proof import CHALLENGE, PROOF, is_proof

MOST_OF_AN_ANSWER: Final = 512 * 1024 * 1024
"""Bytes, unpacked. The log of a million rows is 300 MB of JSON."""
MOST_OF_ANOTHER: Final = 128 * 1024 * 1024
"""Likewise of calls that do not tell of every row."""
_OF_EVERY_ROW: Final = ("/log", "/undo")
_PARTS: Final = 2 * LAST_ROW
"""Objects and lists of an answer."""
_MEMBERS: Final = (24 * LAST_ROW, 8 * LAST_ROW)
"""Their members, of an answer that tells of every row, and of another. A few bytes each may be sixty in memory."""
_PIECE: Final = 64 * 1024
_SLOWEST: Final = 1000.0
"""Bytes a second, on an average, that any line brings."""
_LONGEST_PAUSE: Final = 20.0
"""Seconds: a server that asks for more patience than this is reported instead."""
_BLOCK: Final = 64 * 1024
"""Bytes of a body that are sent at a time, each within the few seconds that a connection may take."""
_EXPIRED: Final = frozenset({9, 10, 0x800B0101, -67818, -67819})
_OTHER_NAME: Final = frozenset({62, 64, 0x800B010F, -67602})
"""What a certificate is refused for, as OpenSSL, Windows and macOS number it: not valid today, made out for another."""
_STORE: Final = {
    "win32": "Windows (Trusted Root Certification Authorities)",
    "darwin": "the Mac's keychain, and to trust it",
}


class _InBlocks:
    """A connection that sends a large body in blocks. As a whole, all of it would have to be sent within the few
    seconds that a connection may take; and whoever is told halfway that it is too large need not send the rest."""

    def send(self, data: Any) -> None:
        line: Any = super()
        if not isinstance(data, bytes) or len(data) <= _BLOCK:
            line.send(data)
            return
        whole = memoryview(data)
        for first in range(0, len(whole), _BLOCK):
            if first and self._is_answered():
                raise BrokenPipeError  # by which urllib3 knows that the answer is there
            try:
                line.send(whole[first : first + _BLOCK])
            except TimeoutError:
                if self._is_answered():
                    raise BrokenPipeError from None
                raise

    def _is_answered(self) -> bool:
        # A secure line has more to say than answers, so that nothing can be concluded from its saying something.
        line: Any = getattr(self, "sock", None)
        return line is not None and not isinstance(line, ssl.SSLSocket) and bool(wait_for_read(line, 0))


class EndlessAnswer(requests.exceptions.RequestException):
    """What answers sends more than a server of ours ever does."""


class _Watched:
    """A connection on which the beginning of an answer has so long as all of it may be silent: the limit of a socket
    counts from byte to byte, and whoever sends one now and then would hold a call for ever."""

    timeout: float | None
    sock: socket.socket | None

    def getresponse(self) -> Any:
        is_over = Event()

        def hang_up() -> None:
            is_over.set()
            with suppress(OSError, AttributeError):  # it has ended by itself
                self.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]

        watch = Timer(self.timeout or _LONGEST_PAUSE, hang_up)
        watch.daemon = True
        watch.start()
        try:
            return super().getresponse()  # type: ignore[misc]
        finally:
            watch.cancel()
            if is_over.is_set():
                raise TimeoutError


class _PlainLine(_InBlocks, _Watched, HTTPConnection): ...


class _SecureLine(_InBlocks, _Watched, HTTPSConnection): ...


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainLine


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureLine


_POOLS: Final = {"http": _PlainPool, "https": _SecurePool}


class WholeAnswers(HTTPAdapter):
    """Sends a call again, too, when its answer breaks off halfway: urllib3 itself looks at how an answer begins. Raises
    EndlessAnswer, and ReadTimeout for an answer that trickles."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **options)
        if not proxy.lower().startswith("socks"):  # whose connections are of another kind
            manager.pool_classes_by_scheme = _POOLS
        return manager

    def send(self, request: requests.PreparedRequest, *arguments: Any, **options: Any) -> requests.Response:
        again = self.max_retries.read or 0
        while True:
            answer = super().send(request, *arguments, **options)
            try:
                _read_whole(answer, options["timeout"][1])
            except requests.exceptions.ChunkedEncodingError:
                answer.close()
                if not again:
                    raise
                again -= 1
            except BaseException:
                answer.close()
                raise
            else:
                return answer


def _read_whole(answer: requests.Response, patience: float) -> None:
    """Reads an answer and keeps it, as `requests` would, which asks neither how much it is nor how long it takes.
    `patience`: seconds beyond those of the slowest line."""
    pieces, size, began = [], 0, time.monotonic()
    most = MOST_OF_AN_ANSWER if tells_of_every_row(answer) else MOST_OF_ANOTHER
    try:
        while piece := answer.raw.read1(_PIECE, decode_content=True):
            pieces.append(piece)
            size += len(piece)
            if size > most:
                raise EndlessAnswer
            if time.monotonic() - began > patience + size / _SLOWEST:
                raise requests.exceptions.ReadTimeout
    except ProtocolError as error:
        raise requests.exceptions.ChunkedEncodingError(error) from error
    except DecodeError as error:
        raise requests.exceptions.ContentDecodingError(error) from error
    except ReadTimeoutError as error:
        raise requests.exceptions.ReadTimeout(error) from error
    answer._content = b"".join(pieces)
    answer._content_consumed = True  # type: ignore[attr-defined]


def tells_of_every_row(answer: requests.Response) -> bool:
    """Whether the call is one whose answer grows with the rows of an upload."""
    return (answer.request.path_url or "").partition("?")[0].endswith(_OF_EVERY_ROW)


def has_too_many_parts(answer: requests.Response) -> bool:
    """Whether an answer in JSON is made of more than any of ours is, so that it would fill the memory once it is taken
    apart. Counted as bytes, texts included: none of ours comes near."""
    content = answer.content
    members = _MEMBERS[0] if tells_of_every_row(answer) else _MEMBERS[1]
    return content.count(b"{") + content.count(b"[") > _PARTS or content.count(b",") > members


class ProvenServer(WholeAnswers):
    """For a server of one's own, which shows on each connection that it has its key before anything else is said there:
    while somebody waits for it, it may end, and another user's program may listen at its address a moment later."""

    def __init__(self, patience: Retry, key: str) -> None:
        self._key = key
        super().__init__(max_retries=patience)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        key = self._key

        class Proven(_PlainPool):
            def _validate_conn(self, conn: Any) -> None:
                super()._validate_conn(conn)
                if conn.is_closed:
                    conn.connect()
                    _must_prove(conn, key)

        self.poolmanager.pool_classes_by_scheme = {"http": Proven}


def _must_prove(line: HTTPConnection, key: str) -> None:
    """Asks on a new connection what only the holder of the key can answer. Raises ClientError."""
    challenge = secrets.token_hex(16)
    line.request("GET", "/v1/health", headers={CHALLENGE: challenge})
    answer = line.getresponse()
    is_proven = is_proof(answer.headers.get(PROOF, ""), key, challenge, line.port or 80)
    _ = answer.data if is_proven else b""  # what a stranger says is not listened to
    if line.is_closed or not is_proven:
        line.close()
        raise ClientError(
            f"Your server has ended, and another program of this computer answers at its address, port {line.port}. "
            "Nothing was sent to it. Press the button again: your server is started anew, or you are told what is in "
            "its way.",
            "not-caseload",
        )


class ComputersTrust(WholeAnswers):
    """For https. REQUESTS_CA_BUNDLE, where somebody has set it, adds to what the computer trusts."""

    def __init__(self, patience: Retry) -> None:
        import truststore  # only where there is a secure connection to make

        self._context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        super().__init__(max_retries=patience)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options, ssl_context=self._context)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        return super().proxy_manager_for(proxy, **options, ssl_context=self._context)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]
        if verify is True:
            conn.ca_certs = conn.ca_cert_dir = None  # else the list that comes with requests would count, too


class Patience(Retry):
    """Retry-After is respected, within what a person in front of a spreadsheet will wait."""

    def get_retry_after(self, response: Any) -> float | None:
        pause = super().get_retry_after(response)
        return None if pause is None else min(pause, _LONGEST_PAUSE)


def reason_of(error: Exception) -> object:
    """What lies behind the error that requests raises when it has tried often enough."""
    return getattr(error.args[0], "reason", None) if error.args else None


def why_not_secure(url: str, error: Exception, platform: str) -> str:
    """What is wrong with a server's certificate, and what to do. `platform` is as `sys.platform` has it."""
    flaw = _flaw(error)
    code = getattr(flaw, "verify_code", None)
    if flaw is None:
        return (
            f"No secure connection to {url} can be made. Check the address in Settings, or ask whoever runs the server."
        )
    if code in _EXPIRED:
        return (
            f"The connection to {url} is not secure: its certificate is not valid today. If this computer's date is "
            "right, ask whoever runs the server to renew it."
        )
    if code in _OTHER_NAME:
        return (
            f"The connection to {url} is not secure: its certificate is made out for another address. Check the "
            "address in Settings, or ask whoever runs the server."
        )
    cure = (
        "install that certificate in this computer's store, or name its file in the environment variable SSL_CERT_FILE"
        if platform not in ("win32", "darwin")
        else f"install that certificate in {_STORE[platform]}"
    )
    return (
        f"The connection to {url} is not secure: nobody whom this computer trusts vouches for its certificate. If your "
        f"agency vouches for its servers itself, ask whoever manages your computer to {cure}; otherwise check the "
        "address in Settings."
    )


def _flaw(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    """The refusal of a certificate that lies behind an error of requests."""
    seen: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, ssl.SSLCertVerificationError):
            return one
        if isinstance(one, BaseException) and one not in seen:
            seen.append(one)
            waiting += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]
    return None
