"""Write the operator's log: one line an event, text or JSON, no personal data (SPEC 7).

The message of an exception may quote a cell, a row or a name: a database's "Key (…)=(…) already exists" does. So the
log has only the kind of an exception, the places it went through, and the database's error code; never its message.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, Literal, TextIO

LogFormat = Literal["text", "json"]
FIELDS: Final = ("request_id", "upload_id", "method", "call", "status", "milliseconds")
"""What an event may carry beside its words; nothing else becomes part of a line."""
_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def log_to_stderr(form: LogFormat = "text", stream: TextIO | None = None) -> None:
    """Sends what happens to standard error; of the libraries only their warnings. Also what nobody caught."""
    root = logging.getLogger()
    if root.handlers:
        return  # part of another program, which has decided already
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("caseload").setLevel(logging.INFO)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # A warning of a library may quote a cell.
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").setLevel(logging.ERROR)
    sys.excepthook = _uncaught
    threading.excepthook = lambda args: _uncaught(args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback)


class TextLines(logging.Formatter):
    """For people: the time, where it comes from, the words, and the fields that the event carries."""

    def format(self, record: logging.LogRecord) -> str:
        fields = " ".join(f"{name}={value}" for name, value in _fields(record).items())
        line = f"{_moment(record)} {record.levelname.lower()} {record.name}: {_words(record)} {fields}".rstrip()
        return f"{line}\n{failure_of(record.exc_info)}" if record.exc_info else line


class JsonLines(logging.Formatter):
    """For programs: one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        event: dict[str, Any] = {
            "time": _moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _words(record),
            **_fields(record),
        }
        if record.exc_info:
            event["failure"] = failure_of(record.exc_info)
        return json.dumps(event, ensure_ascii=False)


def failure_of(raised: _ExcInfo | BaseException) -> str:
    """An exception as it may be logged: the places it came through, its kind and its causes, without its words."""
    error = raised if isinstance(raised, BaseException) else raised[1]
    errors: list[str] = []
    while error is not None and len(errors) < 10:
        places = traceback.format_list(traceback.extract_tb(error.__traceback__))
        errors.append("".join(places) + kind_of(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\nwhile handling:\n".join(errors)


def kind_of(error: BaseException) -> str:
    """What kind of failure it is. Of a database also its own name for it, and the constraint that was hurt."""
    name = type(error).__name__
    own = getattr(error, "orig", None) or error  # SQLAlchemy wraps what the database's driver raised
    details = [getattr(own, "sqlite_errorname", None), getattr(own, "sqlstate", None)]
    details.append(getattr(getattr(own, "diag", None), "constraint_name", None))
    known = ", ".join(str(detail) for detail in details if detail)
    return f"{name} ({known})" if known else name


def _uncaught(_kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if isinstance(error, KeyboardInterrupt):
        return
    logging.getLogger("caseload").critical("Stopped by a failure.", exc_info=(type(error), error, trace))


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _words(record: logging.LogRecord) -> str:
    """The words of an event, on one line. A library may hand over an exception in place of a word."""
    arguments = record.args
    if isinstance(arguments, tuple):
        arguments = tuple(kind_of(part) if isinstance(part, BaseException) else part for part in arguments)
    words = str(record.msg) % arguments if arguments else str(record.msg)
    return words.replace("\r", "\\r").replace("\n", "\\n")


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    return {name: record.__dict__[name] for name in FIELDS if name in record.__dict__}
