"""One CSV file of an import as a table, in any column order and spelling."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from server.records.imports.incoming import ImportProblem
from workbook.columns import canonical_header, header_key
from workbook.files.csv_file import csv_rows
from workbook.files.limits import Limits
from workbook.files.reader import error_of
from workbook.problems import Refusal
from workbook.sheet import LONGEST_CELL
from workbook.text import as_typed, is_blank, plain

_ODD = ("=", "#", "E", "e", "'")
"""How a formula, a guarded text and a spreadsheet's errors begin (`Err:502` is LibreOffice's)."""
_ROUNDED = re.compile(r"\d(?:[.,]\d+)?E\+\d{2,3}", re.IGNORECASE)
"""A long number as a spreadsheet shows it: the digits that it leaves out are lost from the file."""


class CsvTable:
    """Reads `headers` of a file; a column that the file lacks reads as empty cells.

    What is wrong with the file is added to `problems`, and each cell concerned reads as empty, so that one mistake is
    reported once.
    """

    def __init__(
        self,
        path: Path,
        headers: Sequence[str],
        required: Sequence[str],
        problems: list[ImportProblem],
        secret: Sequence[str] = (),
        ids: Sequence[str] = (),
    ) -> None:
        self.name = path.name
        self.unknown: list[str] = []
        """Headers of the file that are not among `headers`."""
        self._path = path
        self._headers = headers
        self._required = required
        self._problems = problems
        self._secret = secret
        """Headers whose values no message may repeat."""
        self._ids = [index for index, header in enumerate(headers) if header in ids]
        """The columns of identifiers, none of which may be a number that was rounded."""

    def problem(self, line: int, column: str, message: str) -> None:
        self._problems.append(ImportProblem(self.name, line, column, message))

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Line number and the cells of `headers`, as a sheet's texts are read (`workbook.text.plain`)."""
        try:
            yield from self._read()
        except OSError as error:
            self.problem(0, "", f"The file cannot be opened ({error.strerror}). Close it elsewhere and try again.")
        except Refusal as refusal:
            self.problem(0, "", refusal.message)

    def _read(self) -> Iterator[tuple[int, list[str]]]:
        lines = csv_rows(self._path, self.name, Limits())
        rows = ((line, cells) for line, cells in lines if not all(map(is_blank, cells)))
        first = next(rows, None)
        if first is None:
            self.problem(0, "", f"The file is empty. Its first line must hold headers: {', '.join(self._headers)}.")
            return
        places = self._places([plain(cell) for cell in first[1]])
        if places is None:
            return
        width = len(first[1])
        required = [index for index, header in enumerate(self._headers) if header in self._required]
        for line, cells in rows:
            have = len(cells)
            if have > width and not all(map(is_blank, cells[width:])):
                self.problem(
                    line, "", f"The line has more values than there are headers ({have}, not {width}). "
                    "Put quotation marks around a value that holds a comma.",
                )  # fmt: skip
                continue
            texts = []
            for index, place in enumerate(places):
                text = plain(cells[place]) if 0 <= place < have else ""
                odd = len(text) > LONGEST_CELL or text[:1] in _ODD
                texts.append(self._plain(line, self._headers[index], text) if odd else text)
            for index in self._ids:
                if _ROUNDED.fullmatch(texts[index]):
                    self._report_rounded(line, self._headers[index], texts[index])
                    texts[index] = ""
            missing = [index for index in required if not texts[index]]
            for index in missing:
                header = self._headers[index]
                recent = self._problems[-len(texts) :]
                if not any((problem.line, problem.column) == (line, header) for problem in recent):
                    self.problem(line, header, f"{header} is empty. Fill it in.")
            if not missing:
                yield line, texts

    def _report_rounded(self, line: int, header: str, text: str) -> None:
        self.problem(
            line, header,
            f"{text} is what a spreadsheet made of a longer number, whose other digits are lost from the file. Export "
            "it anew, and do not open and save it in a spreadsheet before it is imported.",
        )  # fmt: skip

    def _plain(self, line: int, header: str, text: str) -> str:
        """The text, or "" when it is an Excel error, a formula, or too long, which is reported."""
        text = plain(as_typed(text))
        error = error_of(text)
        if error is not None:
            shown = "an error" if header in self._secret else error.text
            self.problem(line, header, f"The cell holds {shown} instead of a value. Type the value.")
            return ""
        if len(text) > LONGEST_CELL:
            self.problem(
                line, header, f"The value has {len(text)} characters; {LONGEST_CELL} are the most. Shorten it."
            )
            return ""
        return text

    def _places(self, names: list[str]) -> list[int] | None:
        """Where each header stands, -1 where it is missing; None when the file cannot be read for that."""
        by_key: dict[str, list[int]] = {}
        by_meaning: dict[str, list[int]] = {}
        for place, name in enumerate(names):
            by_key.setdefault(header_key(name), []).append(place)
            meaning = canonical_header(name)
            if meaning is not None:
                by_meaning.setdefault(meaning, []).append(place)
        places = []
        readable = True
        for header in self._headers:
            found = by_key.get(header_key(header)) or by_meaning.get(canonical_header(header) or "", [])
            if len(found) > 1:
                self.problem(1, header, f"The column {header} is there twice. Delete or rename one of the two.")
                readable = False
            if not found and header in self._required:
                listed = ", ".join(name for name in names if name) or "none"
                self.problem(1, header, f"The column {header} is missing; the headers are: {listed}. Add or rename it.")
                readable = False
            places.append(found[0] if found else -1)
        self.unknown = [name for place, name in enumerate(names) if name and place not in places]
        return places if readable else None
