"""Store fixes that a site remembers: offered first next time, never applied unasked (SPEC 5).

One wrong value in one column has one answer, and a newer answer replaces an older one. An answer that involves an SSN
is never remembered (SPEC 7): two people may differ in the SSN alone, so the answer would be offered for the wrong one.
"""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, delete, func, or_, select, true, update
from sqlalchemy.dialects import postgresql, sqlite

from server.records.matching import can_be_stored
from server.records.tables import remembered_fixes, staff
from workbook.columns import KINDS, PARTICIPANT_ID, SSN, header_key
from workbook.files.header import LEAVE_OUT, answered
from workbook.identity import SSN_GIVEN
from workbook.matching import exact_key
from workbook.problems import HEADER_UNCLEAR, VALUE_CODES

LONGEST: Final = 500
"""Characters of a value or an answer that can be remembered. The identifying cells of a participant together may be
longer than a cell."""
_MOST_BYTES: Final = 2500
"""Bytes of a column and what a value is found by, together: an index of PostgreSQL has room for 2,704."""
_AT_ONCE: Final = 500
_MOST_WORDS: Final = 1000
"""Remembered values of lists that new ones are compared with, the newest first."""
_LIKE_AN_SSN: Final = re.compile(r"(?<!\d)\d{3}[- ]\d{2}[- ]\d{4}(?!\d)")


class FixAnswer(NamedTuple):
    """What a wrong value under a column means. `code`: the problem that it answers."""

    column: str
    value: str
    code: str
    replacement: str


class ListedFix(NamedTuple):
    """One remembered fix as a list shows it. `code` is "" where it was not kept, `by` where nobody is known."""

    id: str
    column: str
    value: str
    code: str
    replacement: str
    by: str
    at: datetime
    corrected: datetime | None = None
    """When rows were last written in which the value had become something else than the replacement."""


def why_not(answer: FixAnswer) -> str:
    """Why an answer cannot be remembered, as one plain sentence; "" when it can."""
    column, value, code, replacement = answer
    if code == HEADER_UNCLEAR:
        return _why_not_header(column, value, replacement)
    if column not in KINDS:
        return f"There is no column {column:.60}. Use a header of the template."
    if column == SSN or SSN_GIVEN in value or any(map(_LIKE_AN_SSN.search, (value, replacement))):
        return "What goes with a Social Security number is never remembered. Choose the answer each time."
    if code not in VALUE_CODES:
        return (
            f"{column} is not wrong by itself here but in its row ({code:.60}), so another row may need another "
            "answer. Choose it each time."
        )
    if not exact_key(value) or not replacement.strip():
        return "An empty value or an empty answer cannot be remembered."
    if max(len(value), len(replacement)) > LONGEST:
        return f"A value or answer of more than {LONGEST} characters cannot be remembered."
    if not can_be_stored((value, replacement)):
        return "The value or the answer holds a character that cannot be kept. Type it again."
    if not _fits_index(column, value):
        return "This value is too long to be remembered. Choose the answer each time."
    if exact_key(value) == exact_key(replacement):
        return "The answer is the value itself. Choose another answer."
    return ""


def _why_not_header(column: str, value: str, replacement: str) -> str:
    if answered(replacement) is None or not replacement.strip():
        return f"An unknown header is one of the template's columns, or {LEAVE_OUT}. Choose one of these."
    if header_key(column) != header_key(value):
        return f"An unknown header stands under itself: send it as the column, too, in place of {column:.60}."
    if _LIKE_AN_SSN.search(value) or _LIKE_AN_SSN.search(column):  # a row that was taken for the header
        return "What goes with a Social Security number is never remembered. Choose the answer each time."
    is_short = max(len(value), len(column)) <= LONGEST and can_be_stored((value, column)) and _fits_index(column, value)
    if not header_key(value) or not is_short:
        return "This header cannot be remembered. Choose the answer each time."
    return ""


def _fits_index(column: str, value: str) -> bool:
    return len(f"{column}{exact_key(value)}".encode()) <= _MOST_BYTES


class WordOfAnother(Exception):
    """Another user had an answer remembered, which this user may not replace; one plain sentence."""


def remember(
    connection: Connection,
    site_id: int,
    staff_key: int,
    answer: FixAnswer,
    *,
    any_of_site: bool = False,
) -> ListedFix | None:
    """Remembers an answer. It replaces an older one of the same user; with `any_of_site`, of any user. The same answer
    of another user stays theirs, and is only told where it is no participant.

    None, and nothing stored, where `why_not` says why. Raises WordOfAnother.
    """
    if why_not(answer):
        return None
    column, value, code, replacement = answer
    table = remembered_fixes.c
    columns = {
        "id": uuid.uuid4().hex, "value": value, "code": code, "replacement": replacement.strip(),
        "staff_key": staff_key, "created_at": datetime.now(UTC), "corrected_at": None,
    }  # fmt: skip
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    kept = connection.execute(
        insert(remembered_fixes)
        .values(site_id=site_id, column_header=column, value_key=exact_key(value), **columns)
        .on_conflict_do_update(
            index_elements=["site_id", "column_header", "value_key"],
            set_=columns,
            where=true() if any_of_site else table.staff_key == staff_key,
        )
        .returning(table.id)
    ).scalar_one_or_none()
    if kept is None:
        theirs = connection.execute(
            select(table.id, table.replacement).where(
                table.site_id == site_id, table.column_header == column, table.value_key == exact_key(value)
            )
        ).one_or_none()
        if column == PARTICIPANT_ID:
            # Whether it is the same: else whoever knows what a row says of somebody finds out their ID by trying.
            raise WordOfAnother(
                "Somebody else had an answer remembered for this person. Where it may be yours to know, it is offered "
                "to you; otherwise choose the answer each time, or ask a site administrator."
            )
        if theirs is None or theirs.replacement != replacement.strip():
            raise WordOfAnother(
                "Somebody else had another answer remembered for this value. Ask a site administrator to forget it, "
                "or choose the answer each time."
            )
        kept = theirs.id
    return find_remembered(connection, site_id, kept)


def list_remembered(
    connection: Connection, site_id: int, staff_key: int | None, after: tuple[str, str] | None, limit: int
) -> list[ListedFix]:
    """What is remembered, by column and value. `staff_key`: only what this person asked for; None: all of the site's.

    `after`: (column, `exact_key` of the value) of the last one of the page before.
    """
    table = remembered_fixes.c
    query = _lines(site_id).order_by(table.column_header, table.value_key).limit(limit)
    if staff_key is not None:
        query = query.where(table.staff_key == staff_key)
    if after is not None:
        column, key = after
        query = query.where(
            (table.column_header > column) | ((table.column_header == column) & (table.value_key > key))
        )
    return [_fix(row) for row in connection.execute(query)]


def find_remembered(
    connection: Connection, site_id: int, fix_id: str, staff_key: int | None = None
) -> ListedFix | None:
    """One of the site's remembered fixes. `staff_key`: only if this person asked for it."""
    query = _lines(site_id).where(remembered_fixes.c.id == fix_id)
    if staff_key is not None:
        query = query.where(remembered_fixes.c.staff_key == staff_key)
    row = connection.execute(query).one_or_none()
    return None if row is None else _fix(row)


def forget(connection: Connection, site_id: int, fix_id: str) -> None:
    """Forgets one of the site's remembered fixes; one that is not there is forgotten already."""
    table = remembered_fixes.c
    connection.execute(delete(remembered_fixes).where(table.site_id == site_id, table.id == fix_id))


class Alias(NamedTuple):
    """What a value was said to mean. `trusted`: by the one who asks now, or by a site administrator. `corrected`:
    whether it was corrected again since."""

    replacement: str
    trusted: bool
    corrected: bool = False


def remembered(
    connection: Connection, site_id: int, keys: Iterable[tuple[str, str]], staff_key: int
) -> dict[tuple[str, str], Alias]:
    """What is remembered of these: (column, `exact_key` of the value) → its meaning. `staff_key`: who asks."""
    by_column: dict[str, set[str]] = defaultdict(set)
    for column, key in keys:
        if can_be_stored(key):
            by_column[column].add(key)
    table = remembered_fixes.c
    trusted = _trusted_by(staff_key)
    found: dict[tuple[str, str], Alias] = {}
    for column, values in by_column.items():
        for some in _batches(sorted(values)):
            statement = (
                select(table.value_key, table.replacement, trusted, table.corrected_at)
                .outerjoin(staff, staff.c.key == table.staff_key)
                .where(table.site_id == site_id, table.column_header == column, table.value_key.in_(some))
            )
            for key, replacement, is_trusted, corrected_at in connection.execute(statement):
                found[column, key] = Alias(replacement, bool(is_trusted), corrected_at is not None)
    return found


def vocabulary(
    connection: Connection, site_id: int, columns: Collection[str], staff_key: int
) -> dict[str, list[tuple[str, str]]]:
    """What the site says in these columns for what its lists say: column → (wrong value, what it means), the newest
    first. Only what is trusted, as in `remembered`, and was not corrected since."""
    table = remembered_fixes.c
    query = (
        select(table.column_header, table.value, table.replacement)
        .outerjoin(staff, staff.c.key == table.staff_key)
        .where(
            table.site_id == site_id,
            table.column_header.in_(sorted(columns)),
            table.corrected_at.is_(None),
            _trusted_by(staff_key),
        )
        .order_by(table.created_at.desc(), table.value_key)
        .limit(_MOST_WORDS)
    )
    words: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for column, value, replacement in connection.execute(query):
        words[column].append((value, replacement))
    return dict(words)


def note_corrections(
    connection: Connection, site_id: int, became: Mapping[tuple[str, str], Collection[str]], at: datetime
) -> int:
    """Notes which remembered fixes were corrected again, and gives how many were and had not been. `became`: (column,
    `exact_key` of a wrong value) → all that stood in its place when its rows were written. A fix that was good for
    every row stands again."""
    by_column: dict[str, set[str]] = defaultdict(set)
    for column, key in became:
        if can_be_stored(key):
            by_column[column].add(key)
    table, count = remembered_fixes.c, 0
    for column, keys in sorted(by_column.items()):  # in the order in which they are remembered (`remember_fixes`)
        for some in _batches(sorted(keys)):
            query = select(table.id, table.value_key, table.replacement, table.corrected_at).where(
                table.site_id == site_id, table.column_header == column, table.value_key.in_(some)
            )
            for row in sorted(connection.execute(query).all(), key=lambda row: row.value_key):
                replacement_words = _words(row.replacement)
                good = [_words(text) == replacement_words for text in became[column, row.value_key]]
                if not any(good):
                    corrected = at
                elif all(good):
                    corrected = None
                else:
                    continue
                if corrected != row.corrected_at:
                    connection.execute(
                        update(remembered_fixes).where(table.id == row.id).values(corrected_at=corrected)
                    )
                count += corrected is not None and row.corrected_at is None
    return count


def _trusted_by(staff_key: int) -> ColumnElement[bool]:
    """Whether a fix is this person's own word or an administrator's; of remembered fixes joined with staff."""
    return or_(remembered_fixes.c.staff_key == staff_key, and_(staff.c.administrator, staff.c.active))


def _words(text: str) -> list[str]:
    """What two ways to write one answer have in common: `Ruiz, Carla` is Carla Ruiz."""
    return sorted(exact_key(text.replace(",", " ")).split())


def remembered_headers(connection: Connection, site_id: int, headers: Iterable[str], staff_key: int) -> dict[str, str]:
    """The answers about unknown headers (`header-unclear`): header → what it is. The newest counts of those that are
    trusted as in `remembered`: they are applied to a sheet without a question, so nobody else's may be."""
    by_key = {exact_key(header): header for header in headers if can_be_stored(header)}
    table = remembered_fixes.c
    query = (
        select(table.value_key, table.replacement)
        .outerjoin(staff, staff.c.key == table.staff_key)
        .where(
            table.site_id == site_id,
            table.code == HEADER_UNCLEAR,
            table.value_key.in_(sorted(by_key)),
            _trusted_by(staff_key),
        )
        .order_by(table.created_at)
    )
    return {by_key[key]: replacement for key, replacement in connection.execute(query)}


def stamp(connection: Connection, site_id: int) -> str:
    """A text that is another one as soon as something else is remembered."""
    table = remembered_fixes.c
    figures = connection.execute(
        select(
            func.count(), func.max(table.created_at), func.count(table.corrected_at), func.max(table.corrected_at)
        ).where(table.site_id == site_id)
    ).one()
    return " ".join(map(str, figures))


def _lines(site_id: int) -> Select[tuple[object, ...]]:
    table = remembered_fixes.c
    return (
        select(
            table.id, table.column_header, table.value, table.value_key, table.code, table.replacement,
            table.created_at, table.corrected_at, staff.c.staff_id, staff.c.first_name, staff.c.last_name,
        )
        .outerjoin(staff, staff.c.key == table.staff_key)
        .where(table.site_id == site_id)
    )  # fmt: skip


def _fix(row: Row[tuple[object, ...]]) -> ListedFix:
    name = f"{row.first_name or ''} {row.last_name or ''}".strip() or row.staff_id or ""
    return ListedFix(
        row.id,
        row.column_header,
        row.value or row.value_key,
        row.code,
        row.replacement,
        name,
        row.created_at,
        row.corrected_at,
    )


def _batches(values: list[str]) -> Iterable[list[str]]:
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))
