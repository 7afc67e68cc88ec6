"""Describe a record to a person who must choose one, never with an SSN (SPEC 5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from server.judge.reference import Participant, Program, Reference, Staff
from workbook.local_time import said_day

_MOST_PROGRAMS: Final = 3


def staff_label(member: Staff, *, with_id: bool, facts: Sequence[str] = ()) -> str:
    """`Mary Jones · S-12 · mary@agency.example · in Youth Shelter · 12 open cases · no longer active`.

    `with_id`: whether the ID is needed to identify the person; `facts`: what distinguishes namesakes (`staff_facts`).
    """
    known = (
        member.full_name or member.staff_id,
        with_id and member.full_name and member.staff_id,
        *facts,
        not member.active and "no longer active",
        member.active and not member.caseload_access and "may not receive a caseload",
    )
    return " · ".join(fact for fact in known if fact)


def staff_facts(member: Staff, programs: Sequence[str], open_cases: int) -> list[str]:
    """What a person knows of a caseworker who shares a name (SPEC 5): e-mail, programs, open cases."""
    more = f" and {len(programs) - _MOST_PROGRAMS} more" if len(programs) > _MOST_PROGRAMS else ""
    where = f"in {', '.join(programs[:_MOST_PROGRAMS])}{more}" if programs else ""
    cases = f"{open_cases:,} open case{'' if open_cases == 1 else 's'}" if open_cases else "no open cases"
    return [fact for fact in (member.email, where, cases) if fact]


def program_label(program: Program, *, with_id: bool) -> str:
    """`Youth Shelter · P-3 · no longer active`. `with_id`: whether the ID is needed to identify it."""
    facts = (
        program.name or program.program_id,
        with_id and program.name and program.program_id,
        not program.active and "no longer active",
    )
    return " · ".join(fact for fact in facts if fact)


def participant_label(person: Participant, reference: Reference) -> str:
    """`Mary Jones · born 2/3/1990 · case 4471 · in Youth Shelter`, without what is unknown."""
    programs = [
        program.name or program.program_id
        for program in reference.programs
        if is_enrolled(reference, person.key, program.key)
    ]
    facts = (
        person.full_name,
        person.birth_date and f"born {said_day(person.birth_date, reference.rules.date_order)}",
        person.case_number and f"case {person.case_number}",
        programs and f"in {', '.join(programs)}",
    )
    return " · ".join(str(fact) for fact in facts if fact) or person.participant_id


def is_enrolled(reference: Reference, participant_key: int, program_key: int) -> bool:
    """Whether an open enrollment of that participant in that program is known."""
    stays = reference.enrollments.get((participant_key, program_key))
    return stays is not None and any(not stay.end_date for stay in stays)
