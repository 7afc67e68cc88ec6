"""One worksheet of a live Calc: read and write blocks of values in few calls."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, Protocol

from addin.book import Redress
from addin.errors import BookError
from addin.hosts.calc.dress import give_back, robbed_rows
from addin.hosts.calc.failure import plainly
from addin.hosts.calc.values import (
    DATE,
    LOGICAL,
    TEXT,
    TIME,
    Epoch,
    Run,
    calc_link,
    error_text,
    outgoing,
    whole_number,
)
from addin.hosts.document import WIDEST, Block, Cells, Value, blocks_down, overlap, whole

_NUMBERS, _DATES, _TEXTS, _FORMULAS = 1, 2, 4, 16
"""Bits of com.sun.star.sheet.CellFlags: what stands in cells."""
_CONTENTS: Final = _NUMBERS | _DATES | _TEXTS | _FORMULAS
_AT_ONCE: Final = 10_000
"""Rows that are put in by one call."""
_FEW: Final = 65_536
"""Cells that are rather read, though they be empty, than that it is asked at each edge whether they are."""
_FORMULA_ERRORS, _ANY_FORMULA = 4, 7
"""Bits of com.sun.star.sheet.FormulaResult."""


class SheetsOwner(Protocol):
    """What a sheet asks of its workbook, `addin.hosts.calc.book.CalcBook`."""

    epoch: Epoch

    def check_writable(self) -> None: ...
    def give_texts_back(self) -> None: ...
    def measuring(self) -> AbstractContextManager[None]: ...
    def why(self) -> str | None: ...
    def format_key(self, number_format: str) -> int: ...
    def format_kind(self, key: int) -> int: ...
    def format_text(self, key: int) -> str: ...
    def formula_tokens(self, text: str, sheet: int, row: int, column: int) -> Any: ...


@plainly
class CalcSheet:
    """One worksheet; a Grid. `sheet` is Calc's own object for it."""

    def __init__(self, book: SheetsOwner, sheet: Any, name: str) -> None:
        self.book = book
        self.sheet = sheet
        self.name = name
        self._blocks: list[tuple[Block, Any]] = []
        """What was read last: each block, and Calc's own array of what stood in it."""
        self._outer = self._area = Block(1, 1, 1, 1)
        """What Calc takes for used, and what of it is filled."""
        self._chart: bool | None = None
        self._witness: tuple[Block, Block, list[tuple[Block, Any]]] | None = None

    @property
    def visible(self) -> bool:
        return bool(self.sheet.IsVisible) and not self._is_chart()

    def _is_chart(self) -> bool:
        """Whether it is what Calc makes of a sheet of Excel's that holds a chart alone: no worksheet (SPEC 3). Asked
        once: it stays one."""
        if self._chart is None:
            charts = self.sheet.getCharts().getCount()
            self._chart = bool(charts) and not self.sheet.queryContentCells(_CONTENTS).getCount()
        return self._chart

    def hide(self) -> None:
        self.book.check_writable()
        self.sheet.IsVisible = False

    def used(self) -> Block:
        self._outer = self._used_or_formatted()
        self._area = self._outer if _are_few(self._outer) else self._filled(self._outer)
        return self._area

    def read(self, block: Block) -> Cells:
        inside = overlap(block, self._whole())
        if inside is None:
            return [[None] * block.columns for _ in range(block.rows)]
        data = self._cells(inside).getDataArray()
        self._blocks.append((inside, data))
        columns = [list(column) for column in zip(*data, strict=True)]
        for number, column in enumerate(columns):
            kinds = set(map(type, column))
            if str in kinds:
                columns[number] = [None if cell == "" else cell for cell in column]
            if float in kinds:
                self._put_dates_and_truths(columns[number], inside, number)
                columns[number] = [whole_number(cell) if type(cell) is float else cell for cell in columns[number]]
            if type(None) in kinds:
                self._put_errors(columns[number], inside, number)
        rows: Cells = [list(row) for row in zip(*columns, strict=True)]
        if inside != block:  # an older Calc has fewer columns than Excel
            rows = [[*row, *[None] * (block.columns - inside.columns)] for row in rows]
            rows += [[None] * block.columns for _ in range(block.rows - inside.rows)]
        return rows

    def put_texts(self, rows: Sequence[Sequence[str]]) -> None:
        """Puts these texts in the place of all that stands on the sheet, each as it is: Calc makes nothing of them."""
        self.clear()
        width = max((max((n for n, cell in enumerate(row, 1) if cell), default=0) for row in rows), default=0)
        width = min(width, self._whole().columns)
        if not width:
            return
        self.set_number_format(Block(1, 1, len(rows), width), "@")
        for first in range(0, len(rows), _AT_ONCE):
            part = [(*row[:width], *[""] * (width - len(row))) for row in rows[first : first + _AT_ONCE]]
            self._cells(Block(first + 1, 1, len(part), width)).setDataArray(tuple(part))

    def contents(self) -> Cells:
        self.book.give_texts_back()
        self._blocks.clear()
        cells = whole(self)
        self._witness = self._outer, self._area, list(self._blocks)
        self._blocks.clear()
        if _are_few(self._outer):
            filled = (place for line in cells for place, cell in enumerate(line, start=1) if cell is not None)
            width = max(filled, default=0)
            cells = [line[:width] for line in cells]
        return cells

    def is_as_read(self) -> bool:
        """Calc's own arrays are compared, which takes a small part of the time that making values of them does."""
        if self._witness is None:
            return False
        outer, area, blocks = self._witness
        now = self._used_or_formatted()
        if now != outer or (area != outer and self._filled(now) != area):
            return False
        return all(self._cells(block).getDataArray() == data for block, data in blocks)

    def redress(self, wanted: Redress) -> int:
        rows = robbed_rows(self.sheet, wanted)
        if rows:
            self.book.check_writable()
            give_back(self.sheet, wanted, rows, self.book.format_key)
        return len(rows)

    def hidden_rows(self, last: int) -> frozenset[int]:
        seen: set[int] = set()
        for address in self._cells(Block(1, 1, last, WIDEST)).queryVisibleCells().getRangeAddresses():
            seen.update(range(address.StartRow + 1, address.EndRow + 2))
        return frozenset(range(1, last + 1)) - seen

    def hidden_columns(self, last: int) -> frozenset[int]:
        for rows in (1, self._whole().rows):  # where the first row is hidden, no column is seen in it
            visible = self._cells(Block(1, 1, rows, last)).queryVisibleCells().getRangeAddresses()
            if visible:
                break
        seen = {column for at in visible for column in range(at.StartColumn + 1, at.EndColumn + 2)}
        return frozenset(range(1, last + 1)) - seen

    def shows_all(self, last: int) -> bool:
        return not self.hidden_rows(last)

    def formats(self, places: Collection[tuple[int, int]]) -> dict[tuple[int, int], str]:
        return {
            (row, column): self.book.format_text(self.sheet.getCellByPosition(column - 1, row - 1).NumberFormat)
            for row, column in places
        }

    def write(self, block: Block, cells: Sequence[Sequence[Value]], number_format: str | None) -> None:
        self.book.check_writable()
        if number_format is not None:
            self.set_number_format(block, number_format)
        self._write(block, cells)

    def _write(self, block: Block, rows: Sequence[Sequence[Value]]) -> None:
        cells = self._cells(block)
        if cells.getIsMerged():
            rows = self._without_covered(block, rows)
        formulas = self._formulas(block, rows)
        if formulas:  # Calc would take them for text, and format them so
            rows = [
                [None if (row, column) in formulas else value for column, value in enumerate(cells, start=block.column)]
                for row, cells in enumerate(rows, start=block.row)
            ]
        data, runs = outgoing(rows, self.book.epoch)
        cells.setDataArray(data)
        for run in runs:
            self._dress(block, run)
        self._put_formulas(formulas)

    def write_each(self, places: Collection[tuple[int, int]], value: Value) -> None:
        for block in blocks_down(places):
            self.write(block, [[value]] * block.rows, None)

    def clear(self) -> None:
        self._check_format()
        self.sheet.clearContents(_CONTENTS)

    def replace(self, cells: Sequence[Sequence[Value]]) -> None:
        self.clear()
        if cells:
            self.write(Block(1, 1, len(cells), len(cells[0])), cells, None)

    def set_number_format(self, block: Block, number_format: str, more: Sequence[Block] = ()) -> None:
        self._check_format()
        key = self.book.format_key(number_format)
        for one in (block, *more):
            self._cells(one).NumberFormat = key

    def fit_heights(self, rows: Collection[int]) -> None:
        self._check_format()
        every = self.sheet.getRows()
        usual = every.getByIndex(every.getCount() - 1).Height
        with self.book.measuring():
            for row in rows:
                fitted = self._cells(Block(row, 1, 1, 1)).getRows()
                fitted.OptimalHeight = True
                if fitted.Height < usual:  # a line of text needs less than the rows have that nobody fitted
                    fitted.Height = usual

    def hide_columns(self, column: int, count: int) -> None:
        self._check_format()
        self._cells(Block(1, column, 1, count)).getColumns().IsVisible = False

    def _used_or_formatted(self) -> Block:
        cursor = self.sheet.createCursor()
        cursor.gotoStartOfUsedArea(False)
        cursor.gotoEndOfUsedArea(True)
        return _block(cursor.RangeAddress)

    def _filled(self, area: Block) -> Block:
        """The part of the used cells that is filled; Calc counts those that are only formatted, too. Where each edge
        holds something, it is all of them. Otherwise all filled ranges are asked for, which may be thousands."""
        edges = (
            area._replace(rows=1),
            area._replace(row=area.row + area.rows - 1, rows=1),
            area._replace(columns=1),
            area._replace(column=area.column + area.columns - 1, columns=1),
        )
        if all(self._cells(edge).queryContentCells(_CONTENTS).getCount() for edge in edges):
            return area
        filled = [_block(at) for at in self._cells(area).queryContentCells(_CONTENTS).getRangeAddresses()]
        if not filled:
            return Block(1, 1, 1, 1)
        top, left = min(block.row for block in filled), min(block.column for block in filled)
        bottom = max(block.row + block.rows for block in filled)
        right = max(block.column + block.columns for block in filled)
        return Block(top, left, bottom - top, right - left)

    def why(self) -> str | None:
        return self.book.why() or (self._protected() if self.sheet.isProtected() else None)

    def _protected(self) -> str:
        return (
            f"The sheet {self.sheet.getName()} is protected, so nothing can be written into it. Take the protection "
            "off (Tools > Protect Sheet) and press the button again."
        )

    def _check_format(self) -> None:
        """Calc passes over a change of format in a protected sheet without a word."""
        self.book.check_writable()
        if self.sheet.isProtected():
            raise BookError(self._protected())

    def _whole(self) -> Block:
        return _block(self.sheet.getRangeAddress())

    def _cells(self, block: Block) -> Any:
        return self.sheet.getCellRangeByPosition(
            block.column - 1, block.row - 1, block.column + block.columns - 2, block.row + block.rows - 2
        )

    def _put_dates_and_truths(self, column: list[Any], block: Block, number: int) -> None:
        """To Calc they are numbers; the formats of their cells tell. `column`: the block's, counted from 0. Only from
        the first number to the last it is asked for formats, where most often all are alike, and the header is not."""
        numbers = [row for row, value in enumerate(column) if type(value) is float]
        place = Block(block.row + numbers[0], block.column + number, numbers[-1] - numbers[0] + 1, 1)
        for part, kind in self._formats(place):
            if kind & (DATE | TIME | LOGICAL):
                for row in range(part.row - block.row, part.row - block.row + part.rows):
                    value = column[row]
                    if isinstance(value, float):
                        column[row] = bool(value) if kind & LOGICAL else self.book.epoch.moment(value)

    def _put_errors(self, column: list[Any], block: Block, number: int) -> None:
        place = Block(block.row, block.column + number, block.rows, 1)
        for address in self._cells(place).queryFormulaCells(_FORMULA_ERRORS).getRangeAddresses():
            for row in range(address.StartRow, address.EndRow + 1):
                code = self.sheet.getCellByPosition(place.column - 1, row).getError()
                column[row + 1 - block.row] = error_text(code)

    def _formats(self, block: Block) -> Iterator[tuple[Block, int]]:
        """The parts of a block that have one number format each, and its kind."""
        cells = self._cells(block)
        if cells.getPropertyState("NumberFormat").value != "AMBIGUOUS_VALUE":
            yield block, self.book.format_kind(cells.NumberFormat)
            return
        alike = cells.getUniqueCellFormatRanges()
        for number in range(alike.getCount()):
            ranges = alike.getByIndex(number)
            kind = self.book.format_kind(ranges.NumberFormat)
            for address in ranges.getRangeAddresses():
                yield _block(address), kind

    def _dress(self, block: Block, run: Run) -> None:
        """Gives dates and truths a format that shows them, where they have none."""
        place = Block(block.row + run.row, block.column + run.column, run.rows, 1)
        wanted = self.book.format_key(run.number_format)
        kinds = self.book.format_kind(wanted)
        for part, kind in self._formats(place):
            if not kind & (kinds | (DATE if kinds & TIME else 0)):
                self._cells(part).NumberFormat = wanted

    def _formulas(self, block: Block, rows: Sequence[Sequence[Value]]) -> dict[tuple[int, int], str]:
        """The cells that get a formula. Where the format says text it stays text, as in Excel."""
        found = {
            (row, column): value
            for row, cells in enumerate(rows, start=block.row)
            for column, value in enumerate(cells, start=block.column)
            if isinstance(value, str) and value[:1] == "=" and len(value) > 1
        }
        for column in {column for _row, column in found}:
            for part, kind in self._formats(Block(block.row, column, block.rows, 1)):
                if kind & TEXT:
                    for row in range(part.row, part.row + part.rows):
                        found.pop((row, column), None)
        return found

    def _put_formulas(self, formulas: dict[tuple[int, int], str]) -> None:
        """Links go in whole columns, of which Calc takes thousands in the time of a few others."""
        others: dict[tuple[int, int], str] = {}
        links: list[tuple[int, int, list[tuple[str]]]] = []
        for row, column in sorted(formulas, key=lambda place: (place[1], place[0])):
            link = calc_link(formulas[row, column])
            if link is None:
                others[row, column] = formulas[row, column]
            elif links and links[-1][1] == column and links[-1][0] + len(links[-1][2]) == row:
                links[-1][2].append((link,))
            else:
                links.append((row, column, [(link,)]))
        for row, column, run in links:
            self._cells(Block(row, column, len(run), 1)).setFormulaArray(tuple(run))
        number = self.sheet.getRangeAddress().Sheet if others else 0
        for (row, column), text in others.items():
            tokens = self.book.formula_tokens(text[1:], number, row, column)
            self.sheet.getCellByPosition(column - 1, row - 1).setTokens(tokens)

    def _without_covered(self, block: Block, rows: Sequence[Sequence[Value]]) -> Cells:
        """Nothing is written under a merged cell, where nobody would see it."""
        kept = [list(row) for row in rows]
        for row, column in _places(block):
            if kept[row - block.row][column - block.column] in (None, ""):
                continue
            cursor = self.sheet.createCursorByRange(self.sheet.getCellByPosition(column - 1, row - 1))
            cursor.collapseToMergedArea()
            first = cursor.RangeAddress
            if (first.StartRow, first.StartColumn) != (row - 1, column - 1):
                kept[row - block.row][column - block.column] = None
        return kept


def _are_few(block: Block) -> bool:
    return block.rows * block.columns <= _FEW


def _block(address: Any) -> Block:
    return Block(
        address.StartRow + 1,
        address.StartColumn + 1,
        address.EndRow - address.StartRow + 1,
        address.EndColumn - address.StartColumn + 1,
    )


def _places(block: Block) -> Iterator[tuple[int, int]]:
    for row in range(block.row, block.row + block.rows):
        for column in range(block.column, block.column + block.columns):
            yield row, column
