"""Did you mean: for each distinct wrong value of a checked sheet, what may have been meant (SPEC 5).

The judging wing guesses, over what the records know of near names. That takes numpy and a list of nicknames, which
whoever only writes does without: so this module is imported where a mistake is met, and by a server that gets ready.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import Connection

from server.judge.kept_names import KeptNames
from server.judge.names import standard_nicknames
from server.judge.question import Question
from server.judge.reference import Reference
from server.judge.suggest import suggest
from server.records.loading import caseworkers, with_histories
from server.records.people import find_near
from server.records.remembered import remembered
from workbook.columns import PARTICIPANT_ID
from workbook.garbage import without_garbage_collection
from workbook.matching import exact_key

MOST_PARTICIPANTS_SOUGHT = 5000
"""How many distinct unknown participants are looked for at once, the most frequent first: those of a whole wrong
column, in about the time that checking it takes. The others get no suggestion until some of these are fixed."""


def get_ready() -> None:
    """Reads what is read once, so that the first who makes a mistake does not wait for it."""
    standard_nicknames()


def fixes(
    connection: Connection, site_id: int, asked: Iterable[Question], reference: Reference, names: KeptNames,
    named: Collection[int] = (),
) -> list[dict[str, object]]:
    """The `fixes` of a report (SPEC 8), those of the most rows first.

    `reference`: what the sheet was judged by; `names`: the sites' names as they were prepared for earlier reports;
    `named`: keys of the participants whom the sheet names rightly without an ID.
    """
    questions = sorted(asked, key=lambda question: -len(question.rows))
    told = dict.fromkeys(question.clue for question in questions if question.clue)
    clues = list(told)[:MOST_PARTICIPANTS_SOUGHT]
    with without_garbage_collection():
        keys = ((question.column, exact_key(question.value)) for question in questions)
        aliases = remembered(connection, site_id, keys)
        ids = {replacement for (column, _), replacement in aliases.items() if column == PARTICIPANT_ID}
        near = find_near(connection, site_id, clues, standard_nicknames(), ids)
        answers = suggest(
            questions,
            reference,
            near.people,
            aliases,
            people_names=near.names,
            names=names.of(site_id, reference),
            caseworkers=lambda staff_keys: caseworkers(connection, site_id, staff_keys),
            histories=lambda known, people: with_histories(connection, known, people),
            taken=named,
        )
    return [
        {
            "column": question.column,
            "value": question.value,
            "code": question.code,
            "count": len(question.rows),
            "rows": question.rows,
            "suggestions": suggestions,
        }
        for question, suggestions in zip(questions, answers, strict=True)
    ]
