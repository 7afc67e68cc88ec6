"""One distinct wrong value to suggest for, with the clues its rows give (SPEC 5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from workbook.files.excel_damage import Ruin
from workbook.left_out import LEAVE_ROW_OUT

NOTHING_NEW: Final = "nothing new"
"""What is said of rows that may be left out unread."""
_EMPTY: Final = "(empty)"
_FITS: Final = "fits "


class Clue(NamedTuple):
    """What a row says about its participant, as read: "" where it says nothing. `ssn_hash` is the keyed hash;
    `birth_date` is `YYYY-MM-DD`, and of an impossible date what is written there (1990-02-31)."""

    participant_id: str
    first_name: str
    last_name: str
    birth_date: str
    case_number: str
    ssn_hash: str


class Detail(NamedTuple):
    """A detail beside an ID that is not its owner's: what is `written` and what is `stored`, "" where that is not told.
    `certain`: whether it is theirs all the same, as a first name in the place of the last."""

    column: str
    written: str
    stored: str
    certain: bool = False


@dataclass(slots=True)
class Question:
    """One distinct (column, value, code) of a report."""

    column: str
    value: str
    code: str
    rows: list[int] = field(default_factory=list)
    """Sheet row numbers, in sheet order."""
    clue: Clue | None = None
    """For a participant, and for an unreadable date of birth: what the first of the rows says about the person."""
    program_key: int = 0
    """The program that the first of the rows names, 0 where none is known: context for ranking."""
    staff_key: int = 0
    answers: tuple[str, ...] = ()
    """What the rules know already: the Staff IDs behind an ambiguous name, the stored birth date, …, best first."""
    ruin: Ruin | None = None
    """What Excel has done to the value, where that shows: the IDs that would look so are to be suggested."""
    certain: bool = False
    """Whether the rows leave but one answer possible, and it is the one in `answers`."""
    ends_of: frozenset[int] | None = None
    """For an unknown caseworker: the keys of those whose open assignments each of the rows may end; None where that was
    not looked into."""
    owner: str = ""
    """Where it is whom rows mean that give an ID and somebody else's details: whose the ID is, as stored."""
    details: tuple[Detail, ...] = ()
    """The details of these rows that are not the owner's: one answer is for the ID and for all of them."""
    among_others: bool = False
    """Whether it is a detail beside an ID, and a question on whom the ID and the details mean is about one of its rows,
    too: it is sure where that is."""
    people: set[Clue | str] = field(default_factory=set)
    """For an unreadable date of birth: whom the rows mean, by Participant ID or by their clue."""


def what_fits(answers: tuple[str, ...], *, certain: bool = False) -> str:
    """What the rows with these answers are told by from others with the same wrong value, which need other answers.

    It is the answers themselves and no row number: an answer that was given before the rows were sorted or corrected
    never goes to rows that it does not fit.
    """
    if answers == (LEAVE_ROW_OUT,):
        return NOTHING_NEW if certain else ""
    return f"{_FITS}{' or '.join(answers)}" if answers else ""


def told_apart(value: str, fits: str) -> str:
    """A wrong value as its question has it: with what fits its rows."""
    return f"{value or _EMPTY}, {fits}" if fits else value


def without_what_fits(asked: str) -> str:
    """The wrong value of which a question is one of several, as the cells have it."""
    return asked.partition(f", {_FITS}")[0]
