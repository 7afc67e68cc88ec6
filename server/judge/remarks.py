"""Problems of a sheet as a whole: headers that are unknown, unclear or missing, and what is hidden (SPEC 2, 3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from server.judge.question import Question
from server.judge.reference import Program
from server.judge.values import quoted
from server.judge.wording import spans_of
from workbook.columns import ACTION, PROGRAM_ID, PROGRAM_NAME, SSN
from workbook.files.header import LEAVE_OUT
from workbook.matching import exact_key, text_of
from workbook.problems import HEADER_UNCLEAR, PROBLEM_KINDS, Problem
from workbook.sheet import Sheet, Unclear, is_filled

_MOST_LIKELY = 4
"""So many columns are offered for an unclear header."""
_MOST_NAMED = 20
"""So many columns are named in one sentence."""
_PROGRAMS = (PROGRAM_ID, PROGRAM_NAME)
_AS_SSN = " Its values are hidden as SSNs are: if it is another column, give it that column's header in the sheet."


def likeliest(unclear: Unclear, programs: Sequence[Program]) -> tuple[str, ...]:
    """The columns that an unclear header may be, the likeliest first. Whether a program's column holds IDs or names,
    its cells tell: what is an ID of the site's, and what has no letter, against what is a name there."""
    if not {*_PROGRAMS} <= {*unclear.likely}:
        return unclear.likely
    ids, names = {exact_key(one.program_id) for one in programs}, {exact_key(one.name) for one in programs}
    texts = [exact_key(text_of(value)) for value in unclear.column.values if is_filled(value)]
    like_ids = sum(text in ids or not any(map(str.isalpha, text)) for text in texts)
    ordered = _PROGRAMS if like_ids > sum(text in names for text in texts) else _PROGRAMS[::-1]
    either = iter(ordered)
    return tuple(next(either) if header in _PROGRAMS else header for header in unclear.likely)


def remarks(sheet: Sheet, programs: Sequence[Program]) -> Iterator[Problem]:
    """What is ignored, what somebody must answer first, and what is hidden. All of it stands in the header row."""
    for name in sheet.unknown_headers:
        yield _remark(sheet, "header-unknown", name, PROBLEM_KINDS["header-unknown"].says(value=quoted(name)))
    for name, column in sheet.answered.items():
        if column:
            message = f"{quoted(name)} is read as {column}, as your site has answered before."
            yield _remark(sheet, "header-unknown", name, message)
    where = f"row {sheet.header_row}" + (f" of the sheet “{sheet.title}”" if sheet.title else "")
    for name, unclear in sheet.unclear.items():
        facts = {"value": quoted(name), "where": where, "column": " or ".join(likeliest(unclear, programs)[:2])}
        message = PROBLEM_KINDS[HEADER_UNCLEAR].says(**facts) + (_AS_SSN if SSN in unclear.likely else "")
        yield _remark(sheet, HEADER_UNCLEAR, name, message)
    if sheet.nameless:
        named = _listed(sheet.nameless)
        has, them = ("Column {} has", "it") if len(sheet.nameless) == 1 else ("Columns {} have", "them")
        columns = has.format(named)
        yield _of_all(sheet, "column-without-header", named, columns=columns, row=sheet.header_row, them=them)
    yield from _hidden(sheet)


def _hidden(sheet: Sheet) -> Iterator[Problem]:
    if sheet.header_hidden:
        yield _of_all(sheet, "header-hidden", str(sheet.header_row), row=sheet.header_row)
    read = {column.header: (header, column) for header, column in sheet.columns.items()}
    read |= {name: (quoted(name), one.column) for name, one in sheet.unclear.items()}
    # A column that is empty says nothing, and many hide those that they do not need.
    columns = {
        at: read[name][0] for at, name in sheet.hidden_columns.items() if name in read and any(read[name][1].codes)
    }
    if columns:
        named = _listed([f"{at} ({name})" for at, name in columns.items()])
        facts = {"columns": f"Columns {named} are", "are": "are", "them": "them"}
        if len(columns) == 1:
            ((at, name),) = columns.items()
            facts = {"columns": f"Column {at}, {name}, is", "are": "is", "them": "it"}
        yield _of_all(sheet, "columns-hidden", _listed(list(columns)), **facts)
    if sheet.hidden_rows:
        spans = spans_of(sheet.hidden_rows)
        rows = f"Row {spans} is" if len(sheet.hidden_rows) == 1 else f"Rows {spans} are"
        yield _of_all(sheet, "rows-hidden", spans, rows=rows)


def questions(sheet: Sheet, programs: Sequence[Program]) -> Iterator[Question]:
    """What is to be answered of its headers: one of our columns, or to leave it out."""
    for name, unclear in sheet.unclear.items():
        answers = (*likeliest(unclear, programs)[:_MOST_LIKELY], LEAVE_OUT)
        yield Question(name, name, HEADER_UNCLEAR, [sheet.header_row], answers=answers)


def _listed(columns: Sequence[str]) -> str:
    named = list(columns[:_MOST_NAMED])
    if len(columns) > _MOST_NAMED:
        return f"{', '.join(named)} and {len(columns) - _MOST_NAMED:,} more"
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


def _of_all(sheet: Sheet, code: str, value: str, **facts: object) -> Problem:
    """A remark that is about no one header: it stands under the one that every sheet has."""
    kind = PROBLEM_KINDS[code]
    return Problem(sheet.header_row, ACTION, code, kind.severity, value, kind.says(**facts))


def _remark(sheet: Sheet, code: str, header: str, message: str) -> Problem:
    return Problem(sheet.header_row, header, code, PROBLEM_KINDS[code].severity, header, message)
