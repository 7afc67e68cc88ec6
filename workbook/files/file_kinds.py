"""Tell an Excel workbook's ZIP archive from HTML, XML and whatever else is saved as if it were Excel (SPEC 3)."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from workbook.problems import Refusal

_OLE_MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP_MAGIC: Final = (b"PK\x03\x04", b"PK\x05\x06")
_ENCRYPTED_PACKAGE: Final = "EncryptedPackage".encode("utf-16-le")
_LONGEST_BEGINNING: Final = 8192
_UTF_16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_CHUNK: Final = 1024 * 1024
_KINDS: Final = (
    (re.compile(r"mime-version:|content-type: *multipart", re.IGNORECASE), "a saved web page"),
    (re.compile(r"<\?xml.{0,2000}?(?:urn:schemas-microsoft-com:office:spreadsheet|<\?mso-application)", re.DOTALL),
     "an XML spreadsheet of 2003"),
    (re.compile(r"(?:<!--.{0,5000}?-->\s*)*<(?:!doctype html|(?:html|head|body|table|meta|style|div|center|tr|td|br|p|"
                r"h\d|font|span|script|title)\b)", re.DOTALL | re.IGNORECASE), "a web page (HTML)"),
    (re.compile(r"<\?xml|<!doctype|<[A-Za-z][\w.:-]*(?:\s+[\w.:-]+=|>\s*<)", re.IGNORECASE), "an XML file"),
    (re.compile(r"ID;P[A-Z]*"), "a SYLK file"),
    (re.compile(r"TABLE\r?\n0,1\r?\n"), "a DIF file"),
    (re.compile(r'[\[{]\s*(?:[\[{]|"[^"]*"\s*[:,])'), "a JSON file"),
    (re.compile(r"%PDF-"), "a PDF document"),
    (re.compile(r"\{\\rtf"), "a Word document"),
    (re.compile(r"From \S+@|Return-Path:|Received: from", re.IGNORECASE), "an e-mail"),
)  # fmt: skip


def other_kind(beginning: str) -> str:
    """What a text is that begins so, as `a web page (HTML)`; "" for what may be a table."""
    text = beginning.lstrip("\ufeff \t\r\n\x0b\x0c\xa0")
    return next((kind for pattern, kind in _KINDS if pattern.match(text)), "")


def must_be_a_zip(path: Path, name: str) -> None:
    """Raises Refusal `file-encrypted` or `file-unreadable` where it is something else. `name`: what the user calls
    it."""
    with path.open("rb") as stream:
        head = stream.read(_LONGEST_BEGINNING)
        if head.startswith(ZIP_MAGIC):
            return
        if head.startswith(_OLE_MAGIC):
            stream.seek(0)
            if _holds(stream.read, _ENCRYPTED_PACKAGE):
                raise Refusal.of("file-encrypted", name=name)
            why = "it is an older Excel file (.xls), or another Office file, though its name says otherwise"
        elif not head:
            why = "it is empty"
        else:
            kind = other_kind(head.decode("utf-16" if head[:2] in _UTF_16_MARKS else "utf-8", "ignore"))
            why = f"it is {kind or 'not an Excel workbook'}, though its name says {'otherwise' if kind else 'so'}"
    raise Refusal.of("file-unreadable", name=name, why=why)


def _holds(read: Callable[[int], bytes], text: bytes) -> bool:
    tail = b""
    while chunk := read(_CHUNK):
        if text in tail + chunk:
            return True
        tail = chunk[-len(text) :]
    return False
