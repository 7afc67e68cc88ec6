"""Say in one sentence what is wrong with all the rows of a group (SPEC 5).

Rows with the same wrong value need not be wrong in the same way: a date lies outside one person's enrollment and
another's. A message is said of a group only where it is that of all its rows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from string import Formatter
from typing import Final

from workbook.identity import said_value
from workbook.problems import PROBLEM_KINDS
from workbook.report import FixGroup, ProblemOut, Report

_RULE: Final = re.compile(r" \(R\d+\)")
_FACTS: Final = {
    "participant": "participant",
    "relationship": "relationship",
    "caseworker": "caseworker",
    "program": "program",
    "enrollment": "enrollment",
    "start": "start",
    "end": "end",
    "row": "row that says it first",
    "count": "number of those who may be meant",
}
"""What the facts of a message are called."""
_MISMATCH: Final = "demographics-mismatch"
_OWN_WORDS: Final = 3
"""So many messages are told one by one where nobody sees them beside the rows."""


class GroupWords:
    """The words for the groups of a report."""

    def __init__(self, report: Report) -> None:
        self._order = report.date_order
        self._problems = {(one.row, one.column, one.code): one for one in report.problems if one.severity == "error"}

    def value(self, group: FixGroup) -> str:
        """What stands in the cells. A group of rows that need an answer of their own is called by more than that.
        A date is said in the site's order."""
        values = {group.value} if group.details else {one.value for one in self._of(group).values()}
        return said_value(group.column, values.pop() if len(values) == 1 else group.value, self._order)

    def sentence(self, group: FixGroup, beside: str = "") -> str:
        """What is wrong with all the rows; "" where the report names none of them. `beside`: where each row's own
        message can be read, as a sentence; without it some are told here."""
        problems = self._of(group)
        if _is_of_details(group) and problems:
            return _who_is_meant(group, next(iter(problems.values())).message)
        messages = dict.fromkeys(one.message for one in problems.values())
        if len(messages) < 2:
            return next(iter(messages), "")
        kind = PROBLEM_KINDS.get(group.code)
        meaning = _RULE.sub("", kind.meaning) + " " if kind else ""
        what = _differences(group.code, list(messages))
        differ = f"which differ in the {what}" if what else "each for itself"
        said = f"{meaning}{len(problems)} rows, {differ}."
        if beside:
            return f"{said} {beside}"
        told = [f"Row {one.row}: {one.message}" for one in problems.values()][:_OWN_WORDS]
        return " ".join([said, *told, *(["And so on."] if len(problems) > _OWN_WORDS else [])])

    def _of(self, group: FixGroup) -> Mapping[int, ProblemOut]:
        return {key[0]: self._problems[key] for key in group.places() if key in self._problems}


def _is_of_details(group: FixGroup) -> bool:
    """Whether it is the details of its rows that are marked, and not the ID, which may be wrong all the same."""
    return bool(group.details) and group.code == _MISMATCH


def _who_is_meant(group: FixGroup, message: str) -> str:
    """What is wrong with all the details that disagree with the ID beside them. `message`: of one of them."""
    pattern = _pattern(group.code)
    found = pattern.fullmatch(message) if pattern else None
    whose = f"that of {found['participant']}" if found else "somebody else's"
    *others, last = group.details
    told = f"{', '.join(others)} and {last} do not agree with it" if others else f"{last} does not agree with it"
    return f"The Participant ID is {whose}, but {told}. Choose who is meant: the ID, or the details, will follow."


def _differences(code: str, messages: list[str]) -> str:
    """The facts in which messages of one kind differ, in words; "" where they cannot be told."""
    pattern = _pattern(code)
    read = [pattern.fullmatch(message) if pattern else None for message in messages]
    facts = [found.groupdict() for found in read if found is not None]
    if len(facts) < len(messages):
        return ""
    names = [word for name, word in _FACTS.items() if len({one.get(name) for one in facts}) > 1]
    return " and the ".join([", the ".join(names[:-1]), names[-1]] if names[1:] else names)


@cache
def _pattern(code: str) -> re.Pattern[str] | None:
    """What the messages of a kind look like, its facts as groups."""
    if code not in PROBLEM_KINDS:
        return None
    parts, known = [], set[str]()
    for text, fact, _, _ in Formatter().parse(PROBLEM_KINDS[code].message):
        parts.append(re.escape(text))
        if fact:
            parts.append(f"(?P={fact})" if fact in known else f"(?P<{fact}>.*?)")
            known.add(fact)
    return re.compile("".join(parts), re.DOTALL)
