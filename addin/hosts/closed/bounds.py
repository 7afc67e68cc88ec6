"""Find out, before a workbook is opened, whether opening it would fill this computer's memory.

openpyxl holds the whole workbook: all that stands in it (`weight`), and an object for each cell of a range that is
merged, has a link, a comment, or a table without columns, so that a file of 5 KB can ask for 17 billion of them; and
one for each range of a rule. It makes a formula anew for each cell that shares it, and a text when it saves. And it
takes any number for that of a row or a column, so that who goes as far as the last one comes to no end.
"""

from __future__ import annotations

import html
import re
from functools import partial
from typing import Final

from openpyxl import Workbook
from openpyxl.utils.cell import range_boundaries

from addin.hosts.closed.readings import readings
from addin.hosts.closed.shared_formulas import LONGEST_FORMULA, MOST_FORMULAS, SharedFormulas
from addin.hosts.closed.weight import MOST_MEMORY, memory_for
from workbook.files.excel_archive import ExcelArchive
from workbook.files.excel_places import Tidy
from workbook.files.excel_scan import LAST_COLUMN
from workbook.files.excel_texts import MOST_TEXT, SharedTexts, most_shared
from workbook.files.limits import LAST_ROW, MEBIBYTE, in_words
from workbook.problems import Refusal

MOST_COVERED: Final = 1_000_000
"""Cells in the ranges that become objects cell by cell, in all sheets together."""
MOST_RANGES: Final = 100_000
"""Ranges that rules of formatting and of what may be typed are for, in all sheets together. openpyxl makes an object of
each, in 0.04 ms; Excel, which breaks them up as rows are moved, comes to some thousands."""
_LONGEST_RANGE: Final = len("$XFD$1048576:$XFD$1048576")
_LONGEST_TAG: Final = 16 * MEBIBYTE
_SHARED_STRINGS: Final = "xl/sharedstrings.xml"
"""The texts of all cells, which are read one by one."""
_TEXTS: Final = re.compile(rb"<(?:[^\s<>/:\"'=]+:)?sst[\s>]")
_DOCTYPE: Final = b"<!DOCTYPE"
"""With one, a few letters may stand for a merged range that nobody sees. No spreadsheet program writes it."""
_PREFIX: Final = rb"(?:[^\s<>/:\"'=]+:)?"
_ROOT: Final = re.compile(rb"<(?![?!])(%b)" % _PREFIX)
_ENCODING: Final = re.compile(rb"<\?xml\s[^<>]*\bencoding\s*=\s*[\"']([^<>\"']*)[\"']")
_KNOWN_ENCODING: Final = re.compile(
    rb"utf-?8|utf-?16(?:le|be)?|(?:us-)?ascii|iso-8859-\d+|windows-125\d", re.IGNORECASE
)
"""In which the signs of a tag are what they are in ASCII, with zeros or without."""
_EBCDIC: Final = b"\x4c\x6f\xa7\x94"
"""`<?xm` in the one family of encodings that is recognized, unnamed, by something else than ASCII."""
_BEFORE_XML: Final = b" \t\r\n\xef\xbb\xbf\xfe\xff"
"""Blanks, and the signs that say in which encoding all else is."""
_RANGE: Final = re.compile(rb"<%b(mergeCell|hyperlink|comment|table)\s((?:[^<>\"']|\"[^<\"]*\"|'[^<']*')*)>" % _PREFIX)
_RULE: Final = re.compile(
    rb"<%b(?:conditionalFormatting|dataValidation|scenarios|protectedRange)\s((?:[^<>\"']|\"[^<\"]*\"|'[^<']*')*)>"
    % _PREFIX
)
_SQREF: Final = re.compile(rb"(?:^|[\s\"'])sqref\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_REF: Final = re.compile(rb"(?:^|[\s\"'])ref\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_TABLE_COLUMN: Final = re.compile(rb"<%btableColumn\s" % _PREFIX)
_WHOLE_TAG: Final = re.compile(rb"<[^<>\"']*(?:\"[^<\"]*\"[^<>\"']*|'[^<']*'[^<>\"']*)*>")
_COLUMN: Final = b"tableColumn"
_RULE_WORD: Final = b"sqref"
_RANGE_WORDS: Final = (b"mergeCell", b"hyperlink", b"comment", b"table")
"""What is looked for before each of these, because it is found ten times as fast, and millions of rows have none."""
_NOT_MEANT: Final = re.compile(rb"<!--|<!\[CDATA\[")
"""What stands in such is no column, whatever it looks like."""


def too_much(archive: ExcelArchive) -> str:
    """In one sentence, what of a workbook is more than fits, and what to do; "" where all fits.

    Raises Refusal for a damaged archive.
    """
    try:
        rows = archive.leftmost_visible()[0].part.casefold()
    except Refusal:
        rows = ""  # no sheet with rows, as is told when one is looked for
    sheets = archive.sheets()
    shared = _shared_texts(archive)
    memory = covered = ranges = formulas = texts = 0
    read = readings(archive)
    for part in archive.parts():
        if not _may_be_xml(archive, part):
            continue
        times = max(1, read[part])
        in_tables, has_columns, tags_of_part = 0, False, 0
        prefix: bytes | None = None
        formulas_of_part = SharedFormulas()
        rest = b""
        tidy = Tidy.rows()
        for piece in tidy.through(archive.unpacked(part)) if part in sheets else archive.unpacked(part):
            # Without its zeros, UTF-16 is for these signs what every other encoding is.
            text = rest + piece.replace(b"\0", b"")
            opened = text.rfind(b"<")
            # A sign > may stand in an attribute, and ends no tag there.
            cut = len(text) if opened < 0 or _WHOLE_TAG.match(text, opened) else opened
            text, rest = text[:cut], text[cut:]
            if _DOCTYPE in text or len(rest) > _LONGEST_TAG or _is_in_code(text):
                raise archive.unreadable("one of its parts is written as no spreadsheet program writes it")
            formulas_of_part.look(text)
            tags_of_part += text.count(b"<")
            if prefix is None and (root := _ROOT.search(text)) is not None:
                prefix = root[1]
            memory += times * memory_for(text, prefix or b"")
            if memory > MOST_MEMORY:
                return (
                    f"To open it takes more than {in_words(MOST_MEMORY)} of this computer's memory. Copy the rows into "
                    "a new template (caseload template), into several where they are too many for one, and try again."
                )
            for found in _RANGE.finditer(text) if any(word in text for word in _RANGE_WORDS) else ():
                cells = _cells_of(found[2])
                if found[1] == b"table":
                    in_tables += cells
                else:
                    covered += times * cells
            if _RULE_WORD in text:
                ranges += times * sum(_ranges_of(found[1]) for found in _RULE.finditer(text))
            if ranges > MOST_RANGES:
                return (
                    f"Its conditional formats and lists of choices name more than {MOST_RANGES:,} ranges of cells. "
                    "Copy the rows into a new template (caseload template), or take these out, and try again."
                )
            if _COLUMN in text:
                has_columns |= _TABLE_COLUMN.search(text) is not None and _NOT_MEANT.search(text) is None
        if part in sheets and not tidy.clear:
            archive.check_sheet(part)
        formulas += times * formulas_of_part.size
        if formulas > MOST_FORMULAS:
            return (
                f"Its cells share formulas of more than {in_words(MOST_FORMULAS)}, once each cell has its own. Copy "
                "the rows into a new template (caseload template), or put values in place of formulas, and try again."
            )
        if formulas_of_part.has_too_long_a_one:
            return (
                f"Its cells share a formula of more than {LONGEST_FORMULA:,} signs, which no spreadsheet program does. "
                "Put values in place of formulas, and try again."
            )
        if part not in (rows, _SHARED_STRINGS):  # those of the rows are counted where the rows are read
            texts += times * most_shared(shared, partial(archive.unpacked, part), tags_of_part, archive.size(part))
        if texts > MOST_TEXT + shared.size:
            return (
                f"Its sheets share texts of more than {in_words(MOST_TEXT)}, once each cell has its own. Copy the rows "
                "into a new template (caseload template), or take out the sheets that are not needed, and try again."
            )
        covered += 0 if has_columns else times * in_tables
        if covered > MOST_COVERED:
            return (
                f"Its merged cells, and cells with a link, cover more than {MOST_COVERED:,} cells. Copy the rows into "
                "a new template (caseload template), or take these out, and try again."
            )
    return ""


def _shared_texts(archive: ExcelArchive) -> SharedTexts:
    """The texts that cells may share, wherever the workbook keeps them."""
    found = SharedTexts()
    for part in archive.parts():
        head = next(iter(archive.unpacked(part)), b"")
        if _TEXTS.search(head.replace(b"\0", b"")):
            more = SharedTexts.of(archive.unpacked(part))
            both = found.size + more.size
            # With two such parts it is not said here which one holds.
            found = more if not found.size else SharedTexts(longest=max(found.longest, more.longest), size=both)
    return found


def _may_be_xml(archive: ExcelArchive, part: str) -> bool:
    """Whether it begins as XML does. What does not, a photograph say, may hold any signs: no parser reads on in it."""
    head = next(iter(archive.unpacked(part)), b"").replace(b"\0", b"").lstrip(_BEFORE_XML)
    return not head or head.startswith((b"<", _EBCDIC))


def _is_in_code(text: bytes) -> bool:
    """Whether a part, or what is said in it, is written in an encoding in which tags are other bytes than these here:
    UTF-7, say, which openpyxl takes where lxml is installed."""
    if text.startswith(_EBCDIC):
        return True
    return b"<?xml" in text and any(_KNOWN_ENCODING.fullmatch(name) is None for name in _ENCODING.findall(text))


def is_outside(book: Workbook) -> bool:
    """Whether a cell, or the look of a column, is said to stand where no sheet has a place."""
    return any(
        any(row > LAST_ROW or column > LAST_COLUMN for row, column in sheet._cells)
        or any((one.max or 0) > LAST_COLUMN for one in sheet.column_dimensions.values())
        for sheet in book.worksheets
    )


def _cells_of(attributes: bytes) -> int:
    """How many cells the range in `ref` has; 0 where there is none, or none that names cells."""
    ref = _REF.search(attributes)
    if ref is None:
        return 0
    try:
        left, top, right, bottom = range_boundaries(html.unescape((ref[1] or ref[2] or b"").decode("latin-1")).strip())
    except ValueError:
        return 0
    return ((right or LAST_COLUMN) - (left or 1) + 1) * ((bottom or LAST_ROW) - (top or 1) + 1)


def _ranges_of(attributes: bytes) -> int:
    """How many ranges `sqref` names."""
    named = _SQREF.search(attributes)
    if named is None:
        return 0
    words = html.unescape((named[1] or named[2] or b"").decode("utf-8", "replace")).split()
    # A longer word is no range, but may be several, with a blank between them that is none in this encoding.
    return sum(1 if len(word) <= _LONGEST_RANGE else len(word) // 3 for word in words)
