"""Store a user's fixes of an upload: replaced values and left-out rows (SPEC 5, 6).

A fix is stored with the numbers of the sheet rows that it applies to. The sheet itself stays as it arrived; the fixes
are applied to it, in their order, each time it is checked.
"""

from __future__ import annotations

import json
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from sqlalchemy import Connection, delete, func, insert, literal, select

from server.records.bulk import insert_rows
from server.records.tables import upload_fix_sizes, upload_fixes, upload_left_out
from server.table import HIDDEN, Before
from workbook.columns import DEMOGRAPHICS, KINDS, PARTICIPANT_ID, SSN, STAFF_FIRST, STAFF_LAST
from workbook.conflict import CONFLICT, read_answer
from workbook.files.reader import error_of
from workbook.matching import exact_key, text_of
from workbook.problems import HEADER_UNCLEAR
from workbook.sheet import EMPTY, Cell, Column, Sheet, sheet_of

_STAFF_CODES: Final = frozenset({"unknown-staff", "ambiguous-staff", "staff-disabled", "no-caseload-access"})
"""Problems of a whole name: their fix replaces first and last name together."""
WAS_EMPTY: Final = "(empty)"
"""What a cell said that was empty."""

MOST_KEPT: Final = 20_000
"""Fixes of one upload, by however many calls: four times as many wrong values as a report names of a kind."""
_ROOM, _ROOM_PER_ROW, _ROW_NUMBER = 8 * 1024 * 1024, 400, 8
"""Bytes that the fixes of one upload may take, and more for each of its rows: enough for each cell of a row, several
times. A row number counts as so many."""
_ROW_OVERHEAD: Final = 64

Key = tuple[str, str, str]
"""(column, value, code): one distinct wrong value."""


class StoredFix(NamedTuple):
    column: str
    value: str
    code: str
    replacement: str
    """What goes into the cell; "" empties it. An SSN is hashed already."""
    remember: bool
    rows: tuple[int, ...]
    """Sheet row numbers, ascending."""

    @property
    def key(self) -> Key:
        return self.column, self.value, self.code


class FixedCell(NamedTuple):
    """One cell before and after all fixes."""

    header: str
    before: str
    after: str


class TooManyFixes(Exception):
    """More than are kept for one upload."""


def must_fit(fixes: Sequence[StoredFix], before: Sequence[StoredFix], rows: int) -> None:
    """Makes sure that an upload of so many rows may keep these fixes in place of those `before`. Fewer than before
    always may be kept. Raises TooManyFixes."""
    if len(fixes) > max(MOST_KEPT, len(before)) or _size(fixes) > max(_ROOM + _ROOM_PER_ROW * rows, _size(before)):
        raise TooManyFixes


def _size(fixes: Sequence[StoredFix]) -> int:
    return sum(len(fix.column) + len(fix.value) + len(fix.replacement) + _ROW_NUMBER * len(fix.rows) for fix in fixes)


def stored_fixes(connection: Connection, upload_id: str) -> list[StoredFix]:
    """The fixes of an upload in the order in which they apply."""
    rows = connection.execute(
        select(upload_fixes).where(upload_fixes.c.upload_id == upload_id).order_by(upload_fixes.c.position)
    )
    return [
        StoredFix(row.column_header, row.value, row.code, row.replacement, row.remember, tuple(json.loads(row.rows)))
        for row in rows
    ]


def size_of_fixes(connection: Connection, upload_id: str) -> tuple[int, int]:
    """How many fixes an upload keeps, and how many characters they take, without reading them."""
    table = upload_fixes.c
    lengths = (func.length(part) for part in (table.column_header, table.value, table.replacement, table.rows))
    query = select(func.count(), func.coalesce(func.sum(sum(lengths, start=literal(0))), 0))
    number, size = connection.execute(query.where(table.upload_id == upload_id)).one()
    return int(number), int(size)


def bytes_kept(fixes: Iterable[StoredFix]) -> int:
    """What fixes take in the database, nearly."""
    texts = ((fix.column, fix.value, fix.code, fix.replacement, json.dumps(fix.rows)) for fix in fixes)
    return sum(_ROW_OVERHEAD + sum(len(text.encode("utf-8", "surrogatepass")) for text in one) for one in texts)


def forget_fixes(connection: Connection, upload_id: str) -> None:
    """Keeps none of the fixes of an upload."""
    for table in (upload_fixes, upload_fix_sizes):
        connection.execute(delete(table).where(table.c.upload_id == upload_id))


def keep_fixes(connection: Connection, upload_id: str, fixes: Sequence[StoredFix]) -> None:
    """Keeps these fixes, in this order, in place of those that were kept."""
    forget_fixes(connection, upload_id)
    if fixes:
        connection.execute(insert(upload_fix_sizes).values(upload_id=upload_id, bytes=bytes_kept(fixes)))
        connection.execute(
            insert(upload_fixes),
            [
                {
                    "upload_id": upload_id,
                    "position": position,
                    "column_header": fix.column,
                    "value": fix.value,
                    "code": fix.code,
                    "replacement": fix.replacement,
                    "remember": fix.remember,
                    "rows": json.dumps(fix.rows),
                }
                for position, fix in enumerate(fixes)
            ],
        )


def left_out_rows(connection: Connection, upload_id: str) -> set[int]:
    """The sheet rows that the user leaves out."""
    query = select(upload_left_out.c.sheet_row).where(upload_left_out.c.upload_id == upload_id)
    return set(connection.execute(query).scalars())


def leave_out(connection: Connection, upload_id: str, rows: Iterable[int]) -> None:
    """Adds rows to those left out; none of them may be among those already."""
    # There may be a million, and on SQLite others wait meanwhile.
    insert_rows(connection, upload_left_out, ("upload_id", "sheet_row"), [(upload_id, row) for row in sorted(rows)])


def answers_to_headers(fixes: Iterable[StoredFix]) -> dict[str, str]:
    """Unclear headers that were answered: header as the sheet spells it → answer (`workbook.files.header_answers`)."""
    return {fix.value: fix.replacement for fix in fixes if fix.code == HEADER_UNCLEAR}


def apply_fixes(sheet: Sheet, fixes: Sequence[StoredFix]) -> dict[int, list[FixedCell]]:
    """Lays the fixes over a sheet, in place, and gives what changed: sheet row number → its cells, before and after."""
    before: dict[tuple[int, str], Cell] = {}
    codes: dict[str, dict[tuple[type, Cell], int]] = {}
    for fix in fixes:
        if fix.code == HEADER_UNCLEAR:
            continue
        if fix.code == CONFLICT:
            _keep_mine(sheet, fix)
            continue
        for row in fix.rows:
            index = _index(sheet, row)
            if index is None:
                continue
            for header, cell in _replacements(sheet, index, fix):
                column = sheet.columns.get(header)
                if column is None:
                    column = Column(header, codes=array("I", [EMPTY]) * len(sheet))
                    sheet.columns[header] = column
                before.setdefault((row, header), column.cell(index))
                known = codes.get(header)
                if known is None:
                    known = codes[header] = {(type(value), value): code for code, value in enumerate(column.values)}
                code = known.setdefault((type(cell), cell), len(column.values))
                if code == len(column.values):
                    column.values.append(cell)
                column.codes[index] = code
    changes: dict[int, list[FixedCell]] = {}
    for (row, header), old in before.items():
        index = _index(sheet, row)
        assert index is not None
        new = sheet.cell(header, index)
        if (type(old), old) != (type(new), new):
            changes.setdefault(row, []).append(FixedCell(header, _shown(header, old), _shown(header, new)))
    return changes


def _keep_mine(sheet: Sheet, fix: StoredFix) -> None:
    """The rows are held to the version that their user has seen by now (SPEC R12)."""
    answer = read_answer(fix.replacement)
    for row in fix.rows:
        if answer is not None and answer.version is not None:
            sheet.versions[row] = answer.version
        else:
            sheet.versions.pop(row, None)


def before_as_sheet(before: Before) -> Sheet:
    """What cells said before, as a sheet of those rows and columns alone, to be kept with the upload."""
    headers = list(dict.fromkeys(header for cells in before.values() for header in cells))
    rows = sorted(before)
    # Kept as a text, which distinguishes an empty cell that was fixed from one that was not.
    table = [
        [text_of(before[row][header]) or WAS_EMPTY if header in before[row] else None for header in headers]
        for row in rows
    ]
    return sheet_of(headers, table, rows)


def with_earlier(
    changes: Mapping[int, Sequence[FixedCell]], sheet: Sheet, before: Sheet | None
) -> dict[int, list[FixedCell]]:
    """The changes that `apply_fixes` made to `sheet`, and those that were made in the spreadsheet before it was sent.

    `before`: as `before_as_sheet` gives it. A cell that was fixed twice goes from its first value to its last.
    """
    merged = {row: list(changed) for row, changed in changes.items()}
    if before is None:
        return merged
    for place, row in enumerate(before.row_numbers):
        index = _index(sheet, row)
        if index is None:
            continue
        later = {change.header: change for change in merged.pop(row, ())}
        for header, column in before.columns.items():
            old = text_of(column.cell(place))
            if old:
                now = _shown(header, sheet.cell(header, index))
                if old != now or header == SSN:
                    later[header] = FixedCell(header, old, now)
                else:
                    later.pop(header, None)
        if later:
            merged[row] = [later[header] for header in KINDS if header in later]
    return merged


def without_rows(sheet: Sheet, rows: Collection[int]) -> Sheet:
    """The sheet without some of its rows, by their sheet row numbers. May leave it without any."""
    if not rows:
        return sheet
    keep = [index for index, number in enumerate(sheet.row_numbers) if number not in rows]
    new_index = {old: new for new, old in enumerate(keep)} if sheet.extra_fields or sheet.empty_fields else {}

    def of(column: Column) -> Column:
        return Column(column.header, column.values, array("I", [column.codes[index] for index in keep]))

    def at_new(counts: Mapping[int, int]) -> dict[int, int]:
        return {new_index[index]: count for index, count in counts.items() if index in new_index}

    return replace(
        sheet,
        columns={header: of(column) for header, column in sheet.columns.items()},
        row_numbers=array("I", [sheet.row_numbers[index] for index in keep]),
        extra_fields=at_new(sheet.extra_fields),
        versions={row: version for row, version in sheet.versions.items() if row not in rows},
        downloaded={row: cells for row, cells in sheet.downloaded.items() if row not in rows},
        records={row: record for row, record in sheet.records.items() if row not in rows},
        empty_fields=at_new(sheet.empty_fields),
        hidden_rows=[row for row in sheet.hidden_rows if row not in rows],
        unclear={name: one._replace(column=of(one.column)) for name, one in sheet.unclear.items()},
    )


def _replacements(sheet: Sheet, index: int, fix: StoredFix) -> Iterator[tuple[str, Cell]]:
    """The cells that a fix fills or empties in one row."""
    given = sheet.cell(PARTICIPANT_ID, index) if fix.column == PARTICIPANT_ID else None
    if given is not None and exact_key(text_of(given)) == exact_key(fix.replacement):
        return  # the answer is that the ID is right: what is wrong stands beside it
    if fix.column == PARTICIPANT_ID and fix.replacement and sheet.cell(PARTICIPANT_ID, index) is None:
        # The wrong value was the identifying cells together (SPEC 5): they make way for the Participant ID.
        for header in DEMOGRAPHICS:
            if sheet.cell(header, index) is not None:
                yield header, None
    if fix.column == STAFF_LAST and fix.code in _STAFF_CODES and sheet.cell(STAFF_FIRST, index) is not None:
        yield STAFF_FIRST, None
    yield fix.column, (error_of(fix.replacement) or fix.replacement) if fix.replacement.strip() else None


def _index(sheet: Sheet, row: int) -> int | None:
    """Where a sheet row stands. Row numbers ascend."""
    index = bisect_left(sheet.row_numbers, row)
    return index if index < len(sheet) and sheet.row_numbers[index] == row else None


def _shown(header: str, cell: Cell) -> str:
    if header == SSN and cell is not None:
        return HIDDEN
    return text_of(cell) or WAS_EMPTY
