"""Guess which column a foreign header means, from its words (SPEC 2, 9).

A header is read as a set of notions ("Case Mgr #" is staff and id), in any order, form and spelling, and matches the
column that has exactly those. A word that is not in the table ("Worker e-mail") makes it another column: no guess is
better than a wrong one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from typing import Final, Literal, NamedTuple

from workbook.columns import (
    ACTION,
    BIRTH_DATE,
    CASE_NUMBER,
    END,
    FIRST_NAME,
    LAST_NAME,
    PARTICIPANT_ID,
    PROGRAM_END,
    PROGRAM_ID,
    PROGRAM_NAME,
    PROGRAM_START,
    REASON,
    RELATIONSHIP,
    SSN,
    STAFF_FIRST,
    STAFF_ID,
    STAFF_LAST,
    STAFF_NAME,
    START,
    STATUS,
)

_NOTIONS: Final = {
    "person": "participant client customer consumer patient student resident member person individual beneficiary "
    "recipient applicant entity personal clnt clt cust ptcpt partcpt partic indiv pt",
    "staff": "caseworker worker staff counselor counsellor employee advocate clinician therapist navigator assignee "
    "casemanager cw cm wkr wrkr emp caseowner",
    "program": "program programme project prog pgm prgm",
    "enrollment": "enrollment enrolment enrolled enroll enrol enr admission admitted admit entry intake",
    "exit": "exit exited discharge discharged",
    "caseload": "caseload",
    "assigned": "assignment assigned assign asgn assgn assignmt allocated allocation",
    "id": "id identifier identification number no nr num nbr code ident",
    "name": "name nm",
    "first": "first fname firstname forename fst",
    "last": "last surname lname lastname lst",
    "birth": "dob birth birthdate birthday born bday bdate",
    "ssn": "ssn",
    "date": "date dt",
    "start": "start begin beginning from effective eff opened open since commenced commence started strt beg began",
    "end": "end ended ending stop stopped through thru until till close closed closing closure terminated termination "
    "term dismissal dismissed dismiss finish finished unassigned concluded leaving removed removal",
    "to": "to",
    "reason": "reason rsn why cause",
    "status": "status stat",
    "role": "relationship relation rel role reltn",
    "type": "type kind",
    "title": "title",
    "site": "site",
    "action": "action operation transaction insert update insertion upsert ins upd add change iu",
    "case": "case file",
    "primary": "primary main lead",
    "": "the of for in a an and or s our agency system hmis unique record current new full complete on at as row "
    "upload field column please enter valid was is which",
}  # fmt: skip
"""Notion → the words for it. The last are words that make no difference."""
_PHRASES: Final = (
    ("case (?:worker|work|wkr|wrkr|manager|mgr|mngr|mgmt|coordinator|coord|officer|owner|carrier)|staff member"
     "|social worker|care (?:manager|mgr|coordinator)|caseload (?:holder|carrier)", "caseworker"),
    ("social (?:security|sec|insurance)|soc sec|ss (?=number|no|num|#)|ss$|sss", "ssn"),
    ("(?:date|day) of birth|birth (?:date|day)|d o b", "dob"),
    ("case load", "caseload"),
    ("(?:given|f) names?|fore name", "firstname"),
    ("(?:family|l|sur) names?", "surname"),
    ("i u", "iu"),
    ("last (?:4|four|digits)", "last4"),
    ("(?:number|no|num|nbr|#) of", "count"),
)  # fmt: skip
"""Words that mean something else together."""
_OF_OTHERS: Final = frozenset(
    (
        *("email", "mail", "phone", "telephone", "tel", "fax", "address", "street", "city", "zip", "supervisor"),
        *("previous", "prior", "former", "old", "last4", "secondary", "backup", "alternate", "emergency", "employer"),
        *("insurance", "middle", "initial", "suffix", "maiden"),
    )
)
"""What in brackets, too, makes it another column: Worker (e-mail)."""
_CIRCUMSTANCES: Final = frozenset({"assigned", "primary", "site", "caseload"})
"""Notions that a loose reading passes over."""

Cells = Literal["", "dates", "ids"]


_WHOLE: Final = frozenset({"full", "whole", "legal", "complete"})


class Meaning(NamedTuple):
    """What a header says: one of our columns, and how surely."""

    column: str
    surely: float
    """0 to 1, less where words had to be read with good will."""
    only: Cells = ""
    """The header means this only where the column holds dates, or IDs."""


class _Pattern(NamedTuple):
    column: str
    must: frozenset[str]
    may: frozenset[str]
    only: Cells


def _pattern(column: str, must: str, may: str = "", *, only: Cells = "") -> _Pattern:
    return _Pattern(column, frozenset(must.split()), frozenset(may.split()), only)


_PATTERNS: Final = (
    _pattern(ACTION, "action", "type"),
    _pattern(PARTICIPANT_ID, "person id", "site"),
    _pattern(PARTICIPANT_ID, "person", only="ids"),
    _pattern(FIRST_NAME, "first", "name person"),
    _pattern(LAST_NAME, "last", "name person"),
    _pattern(BIRTH_DATE, "birth", "date person"),
    _pattern(CASE_NUMBER, "case id", "person"),
    _pattern(SSN, "ssn", "id person"),
    _pattern(PROGRAM_ID, "program id", "enrollment"),
    _pattern(PROGRAM_NAME, "program", "name title enrollment"),
    _pattern(PROGRAM_ID, "program", "enrollment", only="ids"),
    _pattern(PROGRAM_START, "program start", "date enrollment"),
    _pattern(PROGRAM_START, "enrollment date", "program start person"),
    _pattern(PROGRAM_START, "enrollment start", "program date person"),
    _pattern(PROGRAM_END, "program end", "date enrollment"),
    _pattern(PROGRAM_END, "exit date", "program person end"),
    _pattern(PROGRAM_END, "enrollment end", "program date person"),
    _pattern(PROGRAM_END, "program exit", "date"),
    _pattern(STAFF_ID, "staff id", "assigned primary"),
    _pattern(STAFF_NAME, "staff", "name assigned primary"),
    _pattern(STAFF_NAME, "assigned to", "staff name"),
    _pattern(STAFF_FIRST, "staff first", "name"),
    _pattern(STAFF_LAST, "staff last", "name"),
    _pattern(RELATIONSHIP, "role", "staff type caseload assigned to person"),
    _pattern(RELATIONSHIP, "staff type", "assigned"),
    _pattern(RELATIONSHIP, "assigned type"),
    _pattern(STATUS, "status", "caseload assigned case staff"),
    _pattern(START, "start", "date caseload assigned staff"),
    _pattern(START, "assigned date", "staff"),
    _pattern(START, "assigned", "staff", only="dates"),
    _pattern(END, "end", "date caseload assigned staff to"),
    _pattern(END, "to", "date caseload"),
    _pattern(END, "assigned to", "date staff", only="dates"),
    _pattern(END, "assigned to date", "staff"),
    _pattern(REASON, "reason", "end caseload assigned exit to case"),
)  # fmt: skip

_BRACKETS = re.compile(r"[(\[{<](.*?)(?:[)\]}>]|$)")
_PIECES = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|#")
_MISSPELT: Final = 0.8
"""How alike (difflib, 0 to 1) a misspelt word must be to a word we know, of five letters or more."""
_SHORTEST: Final = 5
_LONGEST: Final = 30
"""Letters of words that may have been written together: caseworkerrelationshiptype."""


def meanings(header: str) -> list[Meaning]:
    """Our columns that a foreign header may mean, the surest first; none for one that says nothing clear."""
    plain = unicodedata.normalize("NFKD", header)
    outside, inside = _BRACKETS.sub(" ", plain), " ".join(_BRACKETS.findall(plain))
    if _OF_OTHERS.intersection(_words(inside)):
        return []
    return _columns_for(_words(outside)) or (_columns_for(_words(f"{inside} {outside}")) if inside else [])


def loose_meanings(header: str) -> list[Meaning]:
    """Our columns that a foreign header may mean when the words that say nothing to us are passed over:
    `Program/Service`. Good for a question, never for an answer."""
    plain = unicodedata.normalize("NFKD", header)
    words = _words(plain)
    if _OF_OTHERS.intersection(words):
        return []
    known = [(word, notion.name) for word in words if (notion := _notion(word)) is not None]
    known_words = [word for word, _ in known]
    bare = [word for word, notion in known if notion not in _CIRCUMSTANCES]
    found = _columns_for(known_words) or _columns_for(bare)
    # Which of the two a program is can only its cells tell, and whoever asks looks at them.
    return [meaning for meaning in found if not meaning.only or meaning.column == PROGRAM_ID]


def says_ssn(header: str) -> bool:
    """Whether a header speaks of SSNs, beside whatever else it says: Client ID (SSN)."""
    notions = (_notion(word) for word in _words(unicodedata.normalize("NFKD", header)))
    return any(notion is not None and notion.name == "ssn" for notion in notions)


def means_whole_name(header: str) -> bool:
    """Whether a header may stand above whole names of participants: Name, Client, Full Name of Participant."""
    words = [word for word in _words(unicodedata.normalize("NFKD", header)) if word not in _WHOLE]
    notions = {notion.name for word in words if (notion := _notion(word)) is not None} - {""}
    known = all(_notion(word) is not None for word in words)
    return known and bool(notions) and notions <= {"person", "name"}


def _columns_for(words: list[str]) -> list[Meaning]:
    notions, surely = set[str](), 1.0
    for word in words:
        notion = _notion(word)
        if notion is None:
            return []
        notions |= {notion.name} - {""}
        surely = min(surely, notion.surely)
    found = [
        Meaning(pattern.column, surely - 0.02 * len(notions - pattern.must), pattern.only)
        for pattern in _PATTERNS
        if pattern.must <= notions <= pattern.must | pattern.may
    ]
    found.sort(key=lambda meaning: -meaning.surely)
    return found


def _words(text: str) -> list[str]:
    """client, id of ClientID, client_id, CLIENT-ID and clientid."""
    spaced = " ".join(piece.lower() for piece in _PIECES.findall(text.replace("'", "").replace("’", "")))
    for phrase, word in _PHRASES:
        spaced = re.sub(rf"\b(?:{phrase})(?!\w)", word, spaced)
    return [word for piece in spaced.replace("#", "number").split() for word in _taken_apart(piece)]


class _Notion(NamedTuple):
    name: str
    surely: float


@cache
def _vocabulary() -> dict[str, str]:
    return {word: notion for notion, words in _NOTIONS.items() for word in words.split()}


def _notion(word: str) -> _Notion | None:
    known = _vocabulary()
    for form in (word, word.removesuffix("s")):
        if form in known:
            return _Notion(known[form], 0.9)
    if len(word) < _SHORTEST - 1 or word in _OF_OTHERS:
        return None
    # The first letter is seldom wrong, and a season is no reason.
    likely = [other for other in known if other[0] == word[0] and abs(len(other) - len(word)) < 3]
    close = [other for other in likely if sorted(other) == sorted(word)]
    if not close and len(word) >= _SHORTEST:
        close = get_close_matches(word, likely, 1, _MISSPELT)
    return _Notion(known[close[0]], 0.7) if close else None


def _taken_apart(piece: str) -> list[str]:
    """The words of a compound such as startdate; the piece itself where it is no compound."""
    known = _vocabulary()
    if piece in known or piece.removesuffix("s") in known or len(piece) > _LONGEST:
        return [piece]
    for parts in (2, 3):
        for split in _splits(piece, parts):
            if all(part in known and (len(part) > 2 or part in ("id", "no", "dt")) for part in split):
                return split
    return [piece]


def _splits(piece: str, parts: int) -> Iterator[list[str]]:
    if parts == 1:
        yield [piece]
        return
    for place in range(2, len(piece) - 1):
        yield from ([piece[:place], *rest] for rest in _splits(piece[place:], parts - 1))
