"""Recognise HTML, XML and other text that programs save as if it were Excel (SPEC 3)."""

from __future__ import annotations

import re
from typing import Final

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
