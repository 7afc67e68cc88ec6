"""Problems of a sheet as a whole: unknown or unclear headers, hidden rows (SPEC 2, 3)."""

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
    if sheet.hidden_rows:
        spans = spans_of(sheet.hidden_rows)
        rows = f"Row {spans} is" if len(sheet.hidden_rows) == 1 else f"Rows {spans} are"
        message = PROBLEM_KINDS["rows-hidden"].says(rows=rows)
        yield Problem(sheet.header_row, ACTION, "rows-hidden", "warning", spans, message)


def questions(sheet: Sheet, programs: Sequence[Program]) -> Iterator[Question]:
    """What is to be answered of its headers: one of our columns, or to leave it out."""
    for name, unclear in sheet.unclear.items():
        answers = (*likeliest(unclear, programs)[:_MOST_LIKELY], LEAVE_OUT)
        yield Question(name, name, HEADER_UNCLEAR, [sheet.header_row], answers=answers)


def _remark(sheet: Sheet, code: str, header: str, message: str) -> Problem:
    return Problem(sheet.header_row, header, code, PROBLEM_KINDS[code].severity, header, message)
