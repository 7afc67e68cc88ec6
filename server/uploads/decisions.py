"""Decide what the fixes that a user sends for an upload change in it (SPEC 5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection

from server.records.fix_list import FixList
from server.records.fixes import Key, StoredFix
from server.records.ssn import SsnHasher
from server.table import HIDDEN
from server.uploads.recheck import CheckedUpload, check_upload
from server.uploads.unknown_answers import without_record
from workbook.columns import DEMOGRAPHICS, KINDS, PARTICIPANT_ID, SSN
from workbook.conflict import CONFLICT, KEEP_MINE, TAKE_THEIRS, read_answer
from workbook.left_out import leaves_out
from workbook.matching import exact_key
from workbook.problems import HEADER_UNCLEAR
from workbook.report import Fix

_LONGEST_CHAIN = 10
"""How many fixes of one call may each answer what the one before brought about: for each the upload is judged anew."""
_ID_OR_DETAILS: Final = frozenset({"demographics-mismatch", "id-of-another"})
"""Problems of an ID that stands beside somebody else's details, where they are asked about as one."""


class UnmatchedPart(NamedTuple):
    """A part of what was asked for that fits no row, and why. `row` is 0 for a fix."""

    row: int
    column: str
    value: str
    code: str
    message: str


def decide(
    connection: Connection, before: CheckedUpload, left_out: set[int], fixes: Sequence[Fix], hasher: SsnHasher
) -> tuple[CheckedUpload, list[UnmatchedPart]]:
    """The upload judged with the new fixes, and those that fit no row. Rows that answers leave out join `left_out`."""
    pending = list({(fix.column, fix.value, fix.code): fix for fix in fixes}.values())
    decided, unmatched = FixList(before.fixes), list[UnmatchedPart]()
    judged = before
    turns = 0
    while True:
        turns += 1
        rows = judged.problem_rows()
        rest: list[Fix] = []
        again: list[Fix] = []
        for fix in pending:
            key = (fix.column, fix.value, fix.code)
            known = key in decided
            somewhere = fix.column in KINDS or fix.code == HEADER_UNCLEAR
            if not somewhere or not (known or (fix.replacement is not None and key in rows)):
                rest.append(fix)
            elif fix.replacement is None:
                _take_back(decided, key)
            elif fix.code == CONFLICT and _is_no_answer(fix.replacement):
                unmatched.append(_no_answer(fix))
            elif _gives_rows_up(fix):
                left_out.update(rows.get(key, ()), *(kept.rows for kept in decided.of(key)))
                _take_back(decided, key)
            elif _asks_who(key) and not fix.replacement.strip():
                unmatched.append(_says_nobody(fix))
            elif _asks_who(key) and any(kept.replacement != fix.replacement for kept in decided.of(key)):
                _take_back(decided, key)
                again.append(fix)  # what its answer means is known once it is asked again
            else:
                new = fix.replacement
                if fix.column == SSN:
                    new = str(hasher.hidden(new) or "")
                stored = StoredFix(*key, new, fix.remember, tuple(rows.get(key, ())))
                decided.add(stored)
                for detail in _details_of(judged, stored):
                    decided.add(detail)
        judged = check_upload(connection, before.upload, before.asks, list(decided), left_out)
        waiting, pending = pending, again + rest
        if not pending or len(rest) == len(waiting) or turns == _LONGEST_CHAIN:
            break
    unmatched += [_no_such_value(fix) for fix in pending]
    as_before = frozenset(before.fixes)
    unknown = without_record([kept for kept in decided if kept not in as_before], before, judged)
    if unknown:
        for stored in unknown:
            decided.take_back(stored.key)
        judged = check_upload(connection, before.upload, before.asks, list(decided), left_out)
        unmatched += [_no_such_record(fix) for fix in unknown]
    return judged, unmatched


def _asks_who(key: Key) -> bool:
    """Whether it is asked whom rows mean that give an ID and somebody else's details (SPEC R2, 5)."""
    return key[0] == PARTICIPANT_ID and key[2] in _ID_OR_DETAILS


def _details_of(judged: CheckedUpload, answer: StoredFix) -> list[StoredFix]:
    """What becomes of the details beside an ID, where the answer is that the ID is right: each is what is stored."""
    question = None if judged.checked is None else judged.checked.verdict.questions.get(answer.key)
    if question is None or not question.details or exact_key(answer.replacement) != exact_key(question.owner):
        return []
    return [answer._replace(column=detail.column, replacement=detail.stored) for detail in question.details]


def _take_back(decided: FixList, key: Key) -> None:
    """Takes out what was said of a wrong value; of an ID beside somebody else's details, what became of these, too."""
    for column in (key[0], *(DEMOGRAPHICS if _asks_who(key) else ())):
        decided.take_back((column, *key[1:]))


def _is_no_answer(text: str) -> bool:
    """Whether a text says nothing of an assignment that somebody changed."""
    return read_answer(text) is None and not leaves_out(text)


def _gives_rows_up(fix: Fix) -> bool:
    """Whether an answer leaves its rows out: by its words, or because what is stored stays (SPEC R12)."""
    said = fix.replacement or ""
    answer = read_answer(said) if fix.code == CONFLICT else None
    return (leaves_out(said) and fix.code != HEADER_UNCLEAR) or (answer is not None and not answer.keeps)


def _no_such_record(fix: StoredFix) -> UnmatchedPart:
    message = f"No {fix.column} is {fix.replacement}, so the rows stay as they are. Choose a suggestion, or correct it."
    return UnmatchedPart(0, fix.column, fix.value, fix.code, message)


def _no_such_value(fix: Fix) -> UnmatchedPart:
    value = HIDDEN if fix.column == SSN and fix.value else fix.value
    if fix.replacement is None:
        message = f"There is no fix of {fix.column} {value} to take back."
    else:
        what = f"{fix.column} {value or '(empty)'}"
        message = f"No row has the problem {fix.code} with {what}. Look at the problems again."
    return UnmatchedPart(0, fix.column, value, fix.code, message)


def _no_answer(fix: Fix) -> UnmatchedPart:
    message = f"Of an assignment that somebody changed the answer is “{KEEP_MINE}” or “{TAKE_THEIRS}”."
    return UnmatchedPart(0, fix.column, fix.value, fix.code, message)


def _says_nobody(fix: Fix) -> UnmatchedPart:
    message = f"To empty the cell does not say who is meant by {fix.value}. Give their Participant ID."
    return UnmatchedPart(0, fix.column, fix.value, fix.code, message)


def no_such_row(row: int) -> UnmatchedPart:
    return UnmatchedPart(row, "", "", "", f"The upload has no row {row}, so it cannot be left out.")
