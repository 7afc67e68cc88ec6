"""The row rules, as data: columns, condition and wording of each (SPEC 4).

To add a rule, add one entry here, its sentence in `workbook.problems`, and its test. The order matters in one way: an
error in a cell marks the cell as spoiled, and later rules that need a spoiled cell are skipped.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from server.judge.assignment import (
    begins_too_late,
    begun_twin,
    caseworkers_to_end,
    changed,
    ended_above,
    ends_before_start,
    historic,
    nearer_years,
    not_permitted,
    nothing_matches,
    open_already,
    possible_ends,
)
from server.judge.conflict import conflict_answers, conflict_facts, conflict_value
from server.judge.enrollment import (
    end_outside,
    ends_enrollment_otherwise,
    ends_no_enrollment,
    not_enrolled,
    program_end_before_start,
    programs_enrolled_in,
    start_outside,
)
from server.judge.repetition import leaving_out, says_nothing_new
from server.judge.row import BIT, CASEWORKER_BITS, PROGRAM_BITS, Case, Row, bits, program_key_of
from server.judge.rule import Rule
from server.judge.values import quoted
from server.judge.wording import (
    Facts,
    assignment_label,
    caseworker_label,
    day_in,
    enrollment_spans,
    narrowed,
    open_elsewhere,
    participant_label,
    permission_facts,
    program_label,
    taken_facts,
    yours,
)
from workbook.columns import (
    ACTION,
    END,
    INSERT,
    PARTICIPANT_ID,
    PROGRAM_END,
    PROGRAM_ID,
    PROGRAM_NAME,
    PROGRAM_START,
    REASON,
    RELATIONSHIP,
    STAFF_FIRST,
    STAFF_ID,
    STAFF_LAST,
    STAFF_NAME,
    START,
    STATUS,
    UPDATE,
)


def _always(row: Row) -> bool:
    return True


def _required(column: str, advice: str, action: str, wrong: Callable[[Row], bool] = _always) -> Rule:
    return Rule(
        "required",
        column,
        wrong,
        lambda row, _: {"column": column, "advice": advice},
        filled=lambda filled: not filled & BIT[column],
        needs=BIT[column],
        action=action,
    )


def _said_already(code: str, wrong: Callable[[Row], Any], facts: Callable[[Row, Any], Facts], **rest: Any) -> Rule:
    """Where what the row begins has begun, or what it ends has ended: it may be left out."""
    return Rule(code, ACTION, wrong, facts, answers=leaving_out, certain=says_nothing_new, **rest)


def _is_no_administrator(case: Case) -> bool:
    return not case.reference.user.administrator


def _outside(row: Row, column: str) -> Facts:
    program = program_label(row.case, program_key_of(row))
    value = day_in(row.case, {START: row.start, END: row.end, PROGRAM_END: row.program_end}[column])
    return {"column": column, "value": value, "program": program, "enrollment": enrollment_spans(row)}


def _in_future(row: Row, column: str, day: str, advice: str) -> Facts:
    return {"column": column, "value": day_in(row.case, day), "advice": advice}


def _before(row: Row, column: str, end: str, start: str) -> Facts:
    return {"column": column, "value": day_in(row.case, end), "start": day_in(row.case, start)}


_PERSON = BIT[PARTICIPANT_ID]
_PROGRAM_DATES = bits(PROGRAM_START, PROGRAM_END)
_SPLIT_NAME = bits(STAFF_FIRST, STAFF_LAST)
_RELATION = BIT[RELATIONSHIP]
_NEEDED_BY_INSERT = _PERSON | PROGRAM_BITS | CASEWORKER_BITS | _RELATION
_NEEDED_BY_UPDATE = _NEEDED_BY_INSERT | BIT[START]
_STAY_BITS = _PERSON | PROGRAM_BITS | bits(PROGRAM_START)

RULES = (
    _required(RELATIONSHIP, "Choose how the caseworker works with the participant.", INSERT),
    _required(STATUS, "Choose the status of the new assignment.", INSERT),
    _required(START, "Enter the date on which the assignment begins.", INSERT),
    _required(END, "Enter the date on which the assignment ended.", UPDATE),
    _required(REASON, "Choose why the assignment ended.", UPDATE, lambda row: row.case.reason_required),
    Rule(
        "required",
        lambda row: row.case.caseworker_header,
        _always,
        lambda row, _: {"column": "The caseworker", "advice": "Enter who works, or worked, with the participant."},
        filled=lambda filled: not filled & CASEWORKER_BITS,
        needs=CASEWORKER_BITS,
        answers=caseworkers_to_end,
        certain=_always,
    ),
    Rule(
        "one-of",
        lambda row: STAFF_LAST if row.has(_SPLIT_NAME) else STAFF_NAME,
        _always,
        lambda row, _: {
            "column": STAFF_ID if row.has(BIT[STAFF_ID]) else STAFF_NAME,
            "other": f"{STAFF_FIRST} and {STAFF_LAST}" if row.has(_SPLIT_NAME) else STAFF_NAME,
        },
        filled=lambda filled: sum(bool(filled & way) for way in (BIT[STAFF_ID], BIT[STAFF_NAME], _SPLIT_NAME)) > 1,
    ),
    Rule(
        "one-of",
        PROGRAM_NAME,
        _always,
        lambda row, _: {"column": PROGRAM_ID, "other": PROGRAM_NAME},
        filled=lambda filled: filled & PROGRAM_BITS == PROGRAM_BITS,
    ),
    Rule(
        "end-on-insert",
        END,
        _always,
        lambda row, _: {"column": END},
        filled=lambda filled: filled & BIT[END],
        needs=BIT[END],
        action=INSERT,
    ),
    Rule(
        "end-on-insert",
        REASON,
        _always,
        lambda row, _: {"column": REASON},
        filled=lambda filled: filled & BIT[REASON],
        needs=BIT[REASON],
        action=INSERT,
    ),
    Rule(
        "future-date",
        START,
        begins_too_late,
        lambda row, _: _in_future(row, START, row.start, "More than five years ahead is too far: correct the date."),
        possible=lambda case: case.in_future(START),
        needs=BIT[START],
        action=INSERT,
        answers=nearer_years,
    ),
    Rule(
        "future-date",
        START,
        lambda row: row.start > row.case.reference.today,
        lambda row, _: _in_future(row, START, row.start, "If that is meant, leave it so; else correct the date."),
        possible=lambda case: case.in_future(START),
        needs=BIT[START],
        severity="warning",
    ),
    Rule(
        "future-date",
        END,
        lambda row: row.end > row.case.reference.today,
        lambda row, _: _in_future(row, END, row.end, "Enter the day on which it ended, or wait until it has."),
        filled=lambda filled: filled & BIT[END],
        possible=lambda case: case.in_future(END),
        needs=BIT[END],
    ),
    Rule(
        "end-before-start",
        END,
        ends_before_start,
        lambda row, start: _before(row, END, row.end, start),
        filled=lambda filled: filled & BIT[END],
        needs=bits(START, END),
        answers=possible_ends,
    ),
    Rule(
        "program-required",
        lambda row: row.program_column,
        _always,
        lambda row, _: {},
        filled=lambda filled: filled & _PROGRAM_DATES and not filled & PROGRAM_BITS,
        needs=PROGRAM_BITS,
    ),
    Rule(
        "not-enrolled",
        lambda row: row.program_column,
        not_enrolled,
        lambda row, _: {"participant": participant_label(row), "value": quoted(row.text(row.program_column))},
        filled=lambda filled: filled & PROGRAM_BITS and not filled & _PROGRAM_DATES,
        needs=_PERSON | PROGRAM_BITS,
        action=INSERT,
        answers=programs_enrolled_in,
    ),
    Rule(
        "program-start-required",
        PROGRAM_START,
        ends_no_enrollment,
        lambda row, _: {"participant": participant_label(row), "program": quoted(row.text(row.program_column))},
        filled=lambda filled: filled & _PROGRAM_DATES == BIT[PROGRAM_END],
        needs=_PERSON | PROGRAM_BITS,
    ),
    Rule(
        "end-before-start",
        PROGRAM_END,
        program_end_before_start,
        lambda row, start: _before(row, PROGRAM_END, row.program_end, start),
        filled=lambda filled: filled & BIT[PROGRAM_END],
        needs=_PROGRAM_DATES,
    ),
    Rule(
        "outside-enrollment",
        PROGRAM_END,
        ends_enrollment_otherwise,
        lambda row, _: _outside(row, PROGRAM_END),
        filled=lambda filled: filled & BIT[PROGRAM_END],
        needs=_STAY_BITS | BIT[PROGRAM_END],
    ),
    Rule(
        "outside-enrollment",
        START,
        start_outside,
        lambda row, _: _outside(row, START),
        filled=lambda filled: filled & PROGRAM_BITS,
        needs=_STAY_BITS | bits(PROGRAM_END, START),
        action=INSERT,
    ),
    Rule(
        "outside-enrollment",
        END,
        end_outside,
        lambda row, _: _outside(row, END),
        needs=_STAY_BITS | CASEWORKER_BITS | _RELATION | bits(PROGRAM_END, START, END),
        matched=True,
        action=UPDATE,
    ),
    _said_already(
        "already-open",
        open_already,
        taken_facts,
        needs=_NEEDED_BY_INSERT,
        action=INSERT,
    ),
    _said_already(
        "repeated-row",
        begun_twin,
        lambda row, twin: {"row": twin.row_number},
        needs=_NEEDED_BY_INSERT,
        action=INSERT,
    ),
    _said_already(
        "repeated-row",
        ended_above,
        lambda row, row_number: {"row": row_number},
        needs=_NEEDED_BY_UPDATE,
        matched=False,
        action=UPDATE,
    ),
    Rule(
        "assignment-changed",
        ACTION,
        changed,
        conflict_facts,
        possible=lambda case: case.versions,
        needs=_NEEDED_BY_UPDATE,
        action=UPDATE,
        answers=conflict_answers,
        value=conflict_value,
    ),
    _said_already(
        "historic-assignment",
        lambda row: None if changed(row) else historic(row),
        lambda row, closed: {
            "participant": participant_label(row),
            "caseworker": caseworker_label(row),
            "narrowed": narrowed(row),
            "end": day_in(row.case, closed.end_date),
        },
        needs=_NEEDED_BY_UPDATE,
        matched=False,
        action=UPDATE,
    ),
    Rule(
        "no-open-assignment",
        ACTION,
        nothing_matches,
        lambda row, _: {
            "participant": participant_label(row),
            "caseworker": caseworker_label(row),
            "narrowed": narrowed(row) + yours(row),
            "advice": open_elsewhere(row),
        },
        needs=_NEEDED_BY_UPDATE,
        matched=False,
        action=UPDATE,
    ),
    Rule(
        "ambiguous-assignment",
        ACTION,
        lambda row: len(row.matches) > 1,
        lambda row, _: {
            "participant": participant_label(row),
            "count": len(row.matches),
            "caseworker": caseworker_label(row),
            "list": "; ".join(
                assignment_label(row.case, match.program_key, match.relationship_key, match.start_date or "", "")
                for match in row.matches[:5]
            ),
        },
        needs=_NEEDED_BY_UPDATE,
        matched=False,
        action=UPDATE,
    ),
    Rule(
        "not-permitted",
        ACTION,
        not_permitted,
        lambda row, _: permission_facts(row),
        possible=_is_no_administrator,
        needs=PROGRAM_BITS | CASEWORKER_BITS,
        action=INSERT,
    ),
    Rule(
        "not-permitted",
        ACTION,
        not_permitted,
        lambda row, _: permission_facts(row),
        possible=_is_no_administrator,
        needs=_NEEDED_BY_UPDATE,
        matched=True,
        action=UPDATE,
    ),
)
"""Every rule over a whole row, in the order they are asked. What one value says by itself, and who a row speaks of,
is judged before (server.judge.values, server.judge.identify)."""


def rules_for(case: Case, action: str | None, filled: int, matched: bool) -> tuple[Rule, ...]:
    """The rules that a row with this action and these filled cells (bits) can break, in this sheet. `matched`: whether
    it is an Update that found the one open assignment it ends."""
    return tuple(
        rule
        for rule in RULES
        if rule.action in (None, action)
        and rule.filled(filled)
        and rule.possible(case)
        and rule.matched in (None, matched)
    )
