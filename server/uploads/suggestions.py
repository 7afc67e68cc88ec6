"""Suggest answers to the distinct wrong values of a checked sheet (SPEC 5).

This needs numpy and a list of nicknames, which a clean upload does not. So the module is imported only where an error
is met, and by a server that warms up.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from server.judge.question import Question
from server.judge.reference import Reference
from server.judge.verdict import Verdict
from server.records.lost_ids import lost_participants
from server.records.people import find_near
from server.records.reference_data import caseworkers, only_known, with_histories
from server.records.remembered import remembered, vocabulary
from server.suggest.dictionary import is_english
from server.suggest.kept_names import KeptNames
from server.suggest.names import standard_nicknames
from server.suggest.sources import SiteMemory, SiteRecords
from server.suggest.suggest import STAFF_COLUMNS, suggest
from workbook.columns import FEEDER_TABLES, PARTICIPANT_ID
from workbook.files.garbage import without_garbage_collection
from workbook.matching import exact_key

if TYPE_CHECKING:
    from server.suggest.lookalikes import SiteNames

MOST_PARTICIPANTS_SOUGHT = 5000
"""How many distinct unknown participants are looked for at once, the most frequent first: those of a whole wrong
column, in about the time that checking it takes. The others get no suggestion until some of these are fixed."""


def get_ready() -> None:
    """Loads what is loaded once, so that the first user with an error does not wait for it."""
    standard_nicknames()
    is_english("")  # which reads its list of words at the first call


def fixes(
    connection: Connection,
    site_id: int,
    reference: Reference,
    verdict: Verdict,
    names: KeptNames,
) -> list[dict[str, object]]:
    """The `fixes` of a report (SPEC 8), those of the most rows first.

    `reference`: what the sheet was judged by, with this `verdict`; `names`: the sites' names as they were prepared for
    earlier reports.
    """
    asked = (_answerable(one, reference) for one in verdict.questions.values())
    questions = sorted(asked, key=lambda question: -len(question.rows))
    ruined = [question for question in questions if question.ruin and question.column == PARTICIPANT_ID]
    ruins = (question.ruin for question in ruined if question.ruin)
    lost = lost_participants(connection, site_id, reference.user, ruins)
    for question in ruined:
        question.answers = question.answers or (lost.get(question.ruin, ()) if question.ruin else ())
    distinct = dict.fromkeys(question.clue for question in questions if question.clue)
    clues = list(distinct)[:MOST_PARTICIPANTS_SOUGHT]
    with without_garbage_collection():
        keys = ((question.column, exact_key(question.value)) for question in questions)
        aliases = remembered(connection, site_id, keys, reference.user.staff_key)
        ids = {alias.replacement for (column, _), alias in aliases.items() if column == PARTICIPANT_ID}
        ids.update(one for question in ruined for one in question.answers)
        near = find_near(connection, site_id, reference.user, clues, standard_nicknames(), ids)
        people = only_known(connection, reference, near.people)
        for question in ruined:
            known = {person.participant_id for person in people}
            question.answers = tuple(one for one in question.answers if one in known)
        lists = {question.column for question in questions if question.column in FEEDER_TABLES}
        memory = SiteMemory(
            answers={key: alias.replacement for key, alias in aliases.items()},
            of_others={key for key, alias in aliases.items() if not alias.trusted},
            corrected={key for key, alias in aliases.items() if alias.corrected},
            vocabulary=vocabulary(connection, site_id, lists, reference.user.staff_key) if lists else None,
        )
        records = SiteRecords(
            names=_names(site_id, reference, names),
            people_names=near.names,
            caseworkers=lambda staff_keys: caseworkers(connection, site_id, staff_keys),
            histories=lambda known, people: with_histories(connection, known, people),
        )
        answers = suggest(questions, reference, people, memory, records, taken=verdict.named)
    return [
        {
            "column": question.column,
            "value": question.value,
            "code": question.code,
            "count": len(question.rows),
            "rows": question.rows,
            "suggestions": suggestions,
            "details": {detail.column: detail.stored for detail in question.details},
        }
        for question, suggestions in zip(questions, answers, strict=True)
        # Whom an ID and details mean is no question where these are slips, each of which is one by itself.
        if suggestions or not (question.details and question.code == "demographics-mismatch")
    ]


def _answerable(question: Question, reference: Reference) -> Question:
    """The question with the answers of which its user may know. A user who may change only their own caseload is
    offered no other staff."""
    user = reference.user
    if user.may_write_others or question.column not in STAFF_COLUMNS or not question.answers:
        return question
    own = {member.staff_id for member in reference.staff if member.key == user.staff_key}
    return replace(question, answers=tuple(answer for answer in question.answers if answer in own))


def _names(site_id: int, reference: Reference, names: KeptNames) -> SiteNames:
    """The site's names, as far as the user may choose from them."""
    if reference.user.may_write_others:
        return names.of(site_id, reference)
    from server.suggest.lookalikes import SiteNames

    own = [member for member in reference.staff if member.key == reference.user.staff_key]
    return SiteNames(reference.programs, own)
