"""Say in SQL of whom a user may know, so that nobody else is even looked at (SPEC R10, 7).

The rule is that of `server.judge.reach`, which holds for what was fetched. A search needs it earlier: whoever is found
decides what is looked for next, so that an answer would show by what is missing in it that somebody unseen was found.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, Subquery, literal_column, or_, select, true, union

from server.judge.reference import User
from server.records.assignments import open_and_theirs, open_to
from server.records.tables import assignments, enrollments


def may_know(user: User, participant_key: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether this user may know the participant with that key."""
    if user.administrator:
        return true()
    return or_(
        select(enrollments.c.record_id)
        .where(enrollments.c.participant_key == participant_key, enrollments.c.program_key.in_(known_programs(user)))
        .exists(),
        open_to(user, participant_key),
    )


def everybody_known(user: User, site_id: int) -> Subquery:
    """The keys (`participant_key`) of all of whom this user, who is no administrator, may know."""
    programs = enrollments.c.program_key.in_(known_programs(user))
    return union(
        select(enrollments.c.participant_key).where(enrollments.c.site_id == site_id, programs),
        select(assignments.c.participant_key).where(assignments.c.site_id == site_id, open_and_theirs(user)),
    ).subquery()


def known_programs(user: User) -> list[int]:
    """The keys of the programs of which a user may know who is in them; no administrator is asked about."""
    return [key for key in user.access if user.knows(key)]


def only_those_known(connection: Connection, user: User, table: str = "p") -> str:
    """The same for a join of `server.records.matching`: ` AND …` about participants called `table`, "" for an
    administrator. It holds keys of ours alone, and no text."""
    if user.administrator:
        return ""
    condition = may_know(user, literal_column(f"{table}.key"))
    return f" AND ({condition.compile(dialect=connection.dialect, compile_kwargs={'literal_binds': True})})"
