"""Limit a site's records to what one user may know of them (SPEC R10, 7).

An administrator may know everybody. Others may know each participant who is, or was, in a program in which they may
change a caseload, or who has an assignment that they may change; of these people, the enrollments in such programs and
those assignments. Of anybody else they may know the ID alone, because a person can be enrolled in a program by their ID
(R6). What is not in the Reference cannot appear in an answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from server.judge.reference import Assignment, Participant, Reference, User


def within_reach(reference: Reference) -> Reference:
    """The Reference without what its user may not know."""
    user = reference.user
    if user.administrator:
        return reference
    enrollments = {key: stays for key, stays in reference.enrollments.items() if user.knows(key[1])}
    known = {participant for participant, _program in enrollments}
    assignments = {}
    for participant, stored in reference.assignments.items():
        theirs = [other for other in stored if user.may_change(other.staff_key, other.program_key)]
        if theirs:
            known.add(participant)
        visible = [*theirs, *_taken(reference, stored)]
        if visible:
            assignments[participant] = visible
    people, strangers = [], list(reference.strangers)
    for person in reference.participants:
        if person.key in known:
            people.append(person)
        else:
            strangers.append(Participant(person.key, person.participant_id, "", "", "", "", ""))
    return replace(
        reference,
        participants=people,
        strangers=strangers,
        enrollments=enrollments,
        assignments=assignments,
        closed=None if reference.closed is None else may_change_only(user, reference.closed),
    )


def may_change_only(user: User, stored: Mapping[int, Sequence[Assignment]]) -> Mapping[int, Sequence[Assignment]]:
    """Assignments by participant key: those that are this user's to change."""
    if user.administrator:
        return stored
    theirs = {
        participant: [other for other in several if user.may_change(other.staff_key, other.program_key)]
        for participant, several in stored.items()
    }
    return {participant: several for participant, several in theirs.items() if several}


def _taken(reference: Reference, stored: Iterable[Assignment]) -> list[Assignment]:
    """Where a site has one Primary a program (R8), a user who would begin a second must learn that there is one, but
    not who it is, nor since when."""
    user = reference.user
    if not reference.rules.one_primary:
        return []
    return [
        Assignment(
            other.record_id,
            other.participant_key,
            other.program_key,
            staff_key=0,
            relationship_key=other.relationship_key,
            status_key=0,
            start_date="",
            end_date=other.end_date,
            version=0,
        )
        for other in stored
        if other.program_key
        and user.knows(other.program_key)
        and not user.may_change(other.staff_key, other.program_key)
    ]
