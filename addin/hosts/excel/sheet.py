"""One worksheet that is open in Excel: read and write blocks of values."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, Final

from addin.book import Cells, Redress, Value
from addin.errors import BookError
from addin.hosts.document import MAX_ROWS, Block, blocks_down, runs_of, whole
from addin.hosts.excel.refusal import call, is_too_large
from addin.hosts.excel.values import incoming, outgoing, rows_of, with_errors
from workbook.layout import HIDDEN_SHEETS, TEXT_FORMAT, column_letters

_VISIBLE: Final = -1
"""Of Excel's XlSheetVisibility; 0 is hidden and 2 very hidden, which is true in a condition (EXCEL-TRUTH 8)."""
_SOME_HIDDEN: Final = (0, 0)
"""In the place of rows that are known to be shown."""
Prepare = Callable[[Value, Any], Any]
_EMPTIED: Final = 100_000
"""Cells that are rather emptied in one write with what takes their place than by a call of their own."""
_LONGEST_ADDRESS: Final = 255
"""Characters that `Range` takes."""
_MOST_ON_MAC: Final = 500_000
"""Cells of one answer. An Apple event that is too long fails, and how long it is hangs on the texts; such a read is
made again in two halves."""


class ExcelSheet:
    """A Grid. `sheet`: the library's own. `lift` shows the rows that a filter hides; `prepare` makes of a value what
    the system's own Excel takes."""

    def __init__(
        self,
        sheet: Any,
        name: str,
        visible: object,
        *,
        on_mac: bool,
        lift: Callable[[ExcelSheet], None],
        prepare: Prepare,
    ) -> None:
        self.sheet = sheet
        self._prepare = prepare
        self.name = name
        self.visible = visible is True or (visible == _VISIBLE and not isinstance(visible, bool))
        self._on_mac = on_mac
        self._lift = lift
        self._last = 1
        """The last row that was read."""
        self._shown: tuple[int, int] | None = None
        """First and last of the rows of which this commit knows that no filter hides them; None before it asked."""

    def used(self) -> Block:
        # Cells that are only formatted count as well here (EXCEL-TRUTH 9): who reads them finds them empty.
        used = call(lambda: self.sheet.used_range)
        rows, columns = call(lambda: used.shape)
        return Block(call(lambda: used.row), call(lambda: used.column), rows, columns)

    def read(self, block: Block) -> Cells:
        rows = max(_MOST_ON_MAC // block.columns, 1) if self._on_mac else block.rows
        return [row for part in _in_pieces(block, rows) for row in self._read(part)]

    def contents(self) -> Cells:
        cells = whole(self)
        self._last = max(len(cells), 1)
        return cells

    def is_as_read(self) -> bool:
        return False  # Excel does not say

    def hidden_rows(self, last: int) -> frozenset[int]:
        return frozenset(self._hidden(1, last)) if last else frozenset()

    def hidden_columns(self, last: int) -> frozenset[int]:
        return frozenset()  # Excel tells either of rows or of columns, and for these it would be asked once more

    def shows_all(self, last: int) -> bool:
        is_so = self._are_hidden(1, last) is False
        if is_so:
            self._shown = 1, last
        return is_so

    def formats(self, places: Collection[tuple[int, int]]) -> dict[tuple[int, int], str]:
        found: dict[tuple[int, int], str] = {}
        for block in _columns(places):
            self._formats(block, found)
        return {place: found[place] for place in places}

    def write(self, block: Block, cells: Sequence[Sequence[Value]], number_format: str | None) -> None:
        self._show_rows(block)
        self._put(block, cells, number_format)

    def _put(self, block: Block, cells: Sequence[Sequence[Value]], number_format: str | None) -> None:
        target = self._range(block)
        if number_format is not None:  # before the values: a text cell makes a text of a date (EXCEL-TRUTH 6)
            call(lambda: setattr(target, "number_format", number_format))
        values = [
            [self._prepare(outgoing(value, as_text=self.name in HIDDEN_SHEETS), {}) for value in row] for row in cells
        ]
        call(lambda: setattr(target, "raw_value", values))

    def write_each(self, places: Collection[tuple[int, int]], value: Value) -> None:
        rows = [row for row, _column in places]
        self._show_rows(Block(min(rows), 1, max(rows) - min(rows) + 1, 1))
        word = self._prepare(outgoing(value, as_text=self.name in HIDDEN_SHEETS), {})
        for part in _addresses(blocks_down(places)):
            target = call(lambda part=part: self.sheet.range(part))  # type: ignore[misc]
            call(lambda target=target: setattr(target, "raw_value", word))  # type: ignore[misc]

    def clear(self) -> None:
        used = self.used()
        self._show_rows(Block(1, 1, used.row + used.rows - 1, 1))
        call(self.sheet.clear_contents)

    def replace(self, cells: Sequence[Sequence[Value]]) -> None:
        used = self.used()
        rows, columns = max(used.row + used.rows - 1, len(cells)), used.column + used.columns - 1
        width = max(columns, len(cells[0]) if cells else 0)
        self._show_rows(Block(1, 1, rows, 1))
        if rows * width > _EMPTIED:
            call(self.sheet.clear_contents)
            rows, width = len(cells), len(cells[0]) if cells else 0
        if rows and width:  # in one write, the rest of what was there emptied by it
            even = [[*line, *[None] * (width - len(line))] for line in cells]
            self._put(Block(1, 1, rows, width), even + [[None] * width] * (rows - len(even)), None)

    def set_number_format(self, block: Block, number_format: str, more: Sequence[Block] = ()) -> None:
        if self.name in HIDDEN_SHEETS and number_format == TEXT_FORMAT:
            return  # each text is written as one there, which is a call less, and nobody types into them
        every = (block, *more)
        rows = [one for one in every if one.rows != MAX_ROWS]
        if rows:
            first = min(one.row for one in rows)
            self._show_rows(Block(first, 1, max(one.row + one.rows for one in rows) - first, 1))
        for part in _addresses(every):
            target = call(lambda part=part: self.sheet.range(part))  # type: ignore[misc]
            call(lambda target=target: setattr(target, "number_format", number_format))  # type: ignore[misc]

    def redress(self, wanted: Redress) -> int:
        """The cells of the last row are copied, their formats with the conditional ones, and their validation."""
        first, last = wanted.row, wanted.row + wanted.rows - 1
        if self._has_texts(wanted, first, last) or not self._has_texts(wanted, MAX_ROWS, MAX_ROWS):
            return 0
        robbed = self._robbed(wanted, first, last)
        runs = runs_of(robbed)
        source = self._range(Block(MAX_ROWS, 1, 1, wanted.columns))
        for top, bottom in runs:
            block = Block(top, 1, bottom - top + 1, wanted.columns)
            self._show_rows(block)
            target = self._range(block)
            call(source.copy)
            call(lambda target=target: target.paste(paste="formats"))  # type: ignore[misc]
            try:  # one copy is good for several pastes, unless something has ended it meanwhile
                call(lambda target=target: target.paste(paste="validation"))  # type: ignore[misc]
            except BookError:
                call(source.copy)
                call(lambda target=target: target.paste(paste="validation"))  # type: ignore[misc]
        with suppress(Exception):  # a frame goes on running round the last row then
            self.sheet.book.app.cut_copy_mode = False
        for top, bottom in runs:
            for (row, column), number_format in wanted.keep.items():
                if top <= row <= bottom:
                    self.set_number_format(Block(row, column, 1, 1), number_format)
        return sum(bottom - top + 1 for top, bottom in runs)

    def _robbed(self, wanted: Redress, first: int, last: int) -> set[int]:
        """Those of some rows that lack the format of texts somewhere."""
        robbed: set[int] = set()
        left = [(first, last)]
        for place in (column + more for column, count in wanted.texts for more in range(count)):
            robbed.update(row for top, bottom in left for row in self._without_text(place, top, bottom))
            rest = runs_of(set(range(first, last + 1)) - robbed)
            left = [(top, bottom) for top, bottom in rest if not self._has_texts(wanted, top, bottom)]
            if not left:
                break
        return robbed

    def _without_text(self, column: int, first: int, last: int) -> Iterable[int]:
        """Those of some rows whose cell is not formatted as text. All are read at once, and in halves where they
        differ. What is pasted is most often alike."""
        target = self._range(Block(first, column, last - first + 1, 1))
        number_format = call(lambda: target.number_format)
        if number_format is None and first < last:
            middle = (first + last) // 2
            return (*self._without_text(column, first, middle), *self._without_text(column, middle + 1, last))
        return () if number_format == TEXT_FORMAT else range(first, last + 1)

    def _has_texts(self, wanted: Redress, first: int, last: int) -> bool:
        """Whether all cells of the text columns have the format of texts."""
        parts = [address(Block(first, column, last - first + 1, count)) for column, count in wanted.texts]
        target = call(lambda: self.sheet.range(",".join(parts)))
        return bool(call(lambda: target.number_format) == TEXT_FORMAT)

    def hide(self) -> None:
        call(lambda: setattr(self.sheet, "visible", False))
        self.visible = False

    def hide_columns(self, column: int, count: int) -> None:
        target = self._range(Block(1, column, 1, count))
        # Its public sister has no such property, and takes the word without one.
        call(lambda: setattr(target.impl, "column_hidden", True))

    def fit_heights(self, rows: Collection[int]) -> None:
        # One block, whatever stands in between: of several areas `Range.Rows` means the first alone.
        target = self._range(Block(min(rows), 1, max(rows) - min(rows) + 1, 1))
        call(lambda: target.rows.autofit())

    def _show_rows(self, block: Block) -> None:
        """Before a block is written over rows that a filter hides: it would land in the wrong ones (EXCEL-TRUTH 1). A
        single row lands where it should, and a sheet that nobody sees has no filter. Of all rows it is asked once a
        commit, however many blocks are written; where some are hidden, of each block."""
        first, last = block.row, block.row + block.rows - 1
        if not self.visible or first == last:
            return
        if self._shown is not None and self._shown[0] <= first and last <= self._shown[1]:
            return
        if self._shown != _SOME_HIDDEN:
            every = min(first, 2), max(last, self._last)
            self._shown = every if self._are_hidden(*every) is False else _SOME_HIDDEN
        if self._shown == _SOME_HIDDEN and self._are_hidden(first, last) is not False:
            self._lift(self)
            self._shown = 1, MAX_ROWS

    def is_new(self) -> None:
        """The sheet was added just now: no filter hides anything."""
        self._shown = 1, MAX_ROWS

    def forget_shown(self) -> None:
        """The commit has ended, and from now on the user filters as they like."""
        self._shown = None

    def _range(self, block: Block) -> Any:
        return call(lambda: self.sheet.range(address(block)))

    def _read(self, block: Block) -> Cells:
        try:
            raw = call(lambda: self._range(block).raw_value)
        except BookError as refused:
            if block.rows > 1 and isinstance(refused.__cause__, Exception) and is_too_large(refused.__cause__):
                return [row for part in _in_pieces(block, (block.rows + 1) // 2) for row in self._read(part)]
            raise
        rows = rows_of(raw)
        if self._on_mac and len(rows) != block.rows:  # it is not known to which rows the values belong
            if block.rows > 1:
                return [row for part in _in_pieces(block, (block.rows + 1) // 2) for row in self._read(part)]
            rows = [[]]
        return [
            list(map(incoming, row)) if len(row) == block.columns else self._read_texts(block.row + number, block, row)
            for number, row in enumerate(rows)
        ]

    def _read_texts(self, row: int, block: Block, values: Sequence[Any]) -> list[Value]:
        """A row in which a Mac left error cells out."""
        native = self._range(Block(row, block.column, 1, block.columns)).api
        return with_errors(values, rows_of(call(native.string_value.get))[0])

    def _hidden(self, first: int, last: int) -> Iterable[int]:
        """The hidden ones of some rows. All are read at once, and in halves where they differ."""
        hidden = self._are_hidden(first, last)
        if hidden is not None:
            return range(first, last + 1) if hidden else ()
        middle = (first + last) // 2
        return (*self._hidden(first, middle), *self._hidden(middle + 1, last))

    def _are_hidden(self, first: int, last: int) -> bool | None:
        """Whether all of some rows are hidden, or none; None where they are not alike."""
        native = self._range(Block(first, 1, last - first + 1, 1)).api
        hidden = call(lambda: native.entire_row.hidden.get() if self._on_mac else native.EntireRow.Hidden)
        return hidden if isinstance(hidden, bool) else None

    def _formats(self, block: Block, found: dict[tuple[int, int], str]) -> None:
        """Likewise: Excel gives the one format of a block, or none where its cells have several."""
        target = self._range(block)
        number_format = call(lambda: target.number_format)
        if number_format is None and block.rows > 1:
            for part in _in_pieces(block, (block.rows + 1) // 2):
                self._formats(part, found)
            return
        for row in range(block.row, block.row + block.rows):
            found[row, block.column] = str(number_format or "General")


def address(block: Block) -> str:
    """`B2:C9`."""
    last = f"{column_letters(block.column + block.columns - 1)}{block.row + block.rows - 1}"
    return f"{column_letters(block.column)}{block.row}:{last}"


def _addresses(blocks: Iterable[Block]) -> Iterator[str]:
    """Several blocks in one address, `A:A,C2:C9`, as many as Excel takes. Whole columns have no rows in theirs: else
    UsedRange takes the last row for used."""
    found = ""
    for block in blocks:
        one = address(block)
        if block.rows == MAX_ROWS:
            one = re.sub("[0-9]", "", one)
        if found and len(found) + len(one) >= _LONGEST_ADDRESS:
            yield found
            found = ""
        found = f"{found},{one}" if found else one
    if found:
        yield found


def _in_pieces(block: Block, rows: int) -> list[Block]:
    last = block.row + block.rows
    return [Block(row, block.column, min(rows, last - row), block.columns) for row in range(block.row, last, rows)]


def _columns(places: Collection[tuple[int, int]]) -> list[Block]:
    """For each column one block from the first of its places to the last: the rows between have most often the same
    format, and a block costs what a cell does."""
    rows: dict[int, list[int]] = {}
    for row, column in places:
        rows.setdefault(column, []).append(row)
    return [Block(min(known), column, max(known) - min(known) + 1, 1) for column, known in sorted(rows.items())]
