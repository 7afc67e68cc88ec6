"""A server that gives scripted answers, such as no server of ours would ever give."""

from __future__ import annotations

import http.server
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.loopback import listening

UPLOAD = {
    "id": "u1", "number": 1, "type": "Caseload", "filename": "a.xlsx", "state": "complete", "received": 1,
    "accepted": 1, "left_out": 0, "progress": {"done": 1, "total": 1}, "submitted_by": "ADM",
    "submitted_at": "2026-01-01T00:00:00Z", "finished_at": None, "reason": None,
}  # fmt: skip


class ScriptedAnswers:
    """What a stand-in for a network's odd corners answers, one after the other, and what it was asked."""

    def __init__(self, *answers: tuple[int, dict[str, str], bytes]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.bodies: list[bytes] = []


def broken_off(status: int, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
    """An answer of whose body only the first half arrives."""
    return status, {**headers, "Content-Length": str(len(body))}, body[: len(body) // 2]


@contextmanager
def answering(*answers: tuple[int, dict[str, str], bytes]) -> Iterator[tuple[str, ScriptedAnswers]]:
    kept = ScriptedAnswers(*answers)

    class ScriptedServer(http.server.BaseHTTPRequestHandler):
        def answer(self) -> None:
            kept.bodies.append(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
            kept.asked.append((self.command, self.path, dict(self.headers)))
            status, headers, body = kept.answers.pop(0) if len(kept.answers) > 1 else kept.answers[0]
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815

        def log_message(self, *_: Any) -> None:
            return None

    with listening(ScriptedServer) as url:
        yield url, kept


def as_json(content: Any, status: int = 200, **headers: str) -> tuple[int, dict[str, str], bytes]:
    return status, {"Content-Type": "application/json", **headers}, json.dumps(content).encode()


def problem(status: int, code: str, detail: str) -> tuple[int, dict[str, str], bytes]:
    body = json.dumps({"type": "about:blank", "title": code, "status": status, "detail": detail, "code": code})
    return status, {"Content-Type": "application/problem+json"}, body.encode()


HTML = (200, {"Content-Type": "text/html"}, b"<html><h1>Welcome to the hotel's network</h1></html>")
