"""Apply a user's answers about unclear headers to a sheet (SPEC 2, `header-unclear`). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from workbook.columns import SSN, header_key
from workbook.files.header import answered, lacking
from workbook.sheet import Sheet, Unclear


def named(headers: Iterable[str], answers: Mapping[str, str]) -> dict[str, str]:
    """Those of the answers that are of these headers, as these are spelled: headers match without case and signs."""
    by_key = {header_key(name): answer for name, answer in answers.items()}
    return {name: by_key[key] for name in headers if (key := header_key(name)) in by_key}


def with_answers(sheet: Sheet, answers: Mapping[str, str], *, by_the_site: bool = False) -> Sheet:
    """The sheet with answers to some of its unclear headers: header as the sheet spells it → a canonical header, or
    `workbook.files.header.LEAVE_OUT`.

    An answer that is neither, or that names a column which the sheet has, changes nothing: the header stays unclear.
    `by_the_site`: the answers are remembered ones, which the report must mention.
    """
    columns, unknown, site_answers = dict(sheet.columns), list(sheet.unknown_headers), dict(sheet.answered)
    unclear: dict[str, Unclear] = {}
    for name, one in sheet.unclear.items():
        answer = answered(answers[name]) if name in answers else None
        # SSNs were hidden on arrival, and nothing else was: what may be one is one or is left out.
        if answer is None or answer in columns or (answer != "" and (answer == SSN) != (SSN in one.likely)):
            unclear[name] = one
            continue
        if answer:
            columns[answer] = one.column
        elif by_the_site:
            unknown.append(name)
        if by_the_site:
            site_answers[name] = answer
    if len(unclear) == len(sheet.unclear):
        return sheet
    missing = lacking(columns)
    for name, one in list(unclear.items()):
        likely = tuple(header for header in one.likely if header in missing)
        if likely:
            unclear[name] = one._replace(likely=likely)
        else:  # another column is what it looked like
            del unclear[name]
            unknown.append(name)
    return replace(sheet, columns=columns, unknown_headers=unknown, answered=site_answers, unclear=unclear)
