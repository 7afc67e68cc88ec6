"""A small site, and what is suggested to it for one wrong value."""

from __future__ import annotations

from server.judge.question import Question
from server.judge.reference import Assignment, Enrollment, Participant, Staff
from server.suggest.sources import SiteMemory
from server.suggest.suggest import suggest
from tests.support import judged, many_names

STAFF = [
    Staff(1, "S-001", "Robert", "Okonkwo", True, True),
    Staff(2, "S-014", "María José", "Núñez-Ortega", True, True),
    Staff(3, "S-207", "Nguyễn", "Thanh", True, True),
    Staff(4, "S-315", "Catherine", "O'Brien", False, True),
    Staff(5, "S-316", "Cathrine", "O'Brien", True, True),
    Staff(6, "S-420", "Lee", "Park", True, True),
    Staff(7, "S-533", "Lee", "Park", True, True),
    Staff(8, "S-648", "Deepika", "Reddy", True, False),
    Staff(9, "S-759", "Martin", "King, Jr.", True, True),
    Staff(10, "S-860", "", "", True, True),
]
PROGRAMS = many_names.program_list()
PEOPLE = [
    Participant(1, "P-0101", "Mary", "Jones", "1990-02-03", "4471", "a" * 64),
    Participant(2, "P-0202", "Mary", "Jones", "1962-10-30", "", ""),
    Participant(3, "P-0303", "Tuan", "Phạm", "", "", ""),
    Participant(4, "P-0404", "", "", "", "", ""),
]


def site(**more):
    return judged.reference(
        staff=STAFF, programs=PROGRAMS, feeder=many_names.feeder_tables(), participants=PEOPLE,
        enrollments={(1, 4): [Enrollment(1, "2026-01-01", "")], (2, 2): [Enrollment(2, "2025-01-01", "2025-06-30")]},
        assignments={2: [Assignment(1, 2, 4, 1, 1, 1, "2026-01-01", "", 1)]},
        **more,
    )  # fmt: skip


def answer(column, value, code, *, clue=None, remembered=None, **more):
    question = Question(column, value, code, [2], clue, **more)
    return suggest([question], site(), PEOPLE, SiteMemory(remembered or {}))[0]


def values(*args, **more):
    return [suggestion.value for suggestion in answer(*args, **more)]
