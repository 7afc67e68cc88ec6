"""Find caseworkers by what a person types: a Staff ID or a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from addin.api.client import Client
from addin.errors import ChoiceError
from workbook.columns import ACTION, INSERT, KINDS, STAFF_NAME, UPDATE
from workbook.matching import accent_key, exact_key
from workbook.report import ListedAssignment, Suggestion
from workbook.site import SiteReference

_MOST_NAMED: Final = 12
_MOST_MEANT: Final = 3


@dataclass(frozen=True, slots=True)
class Caseworker:
    staff_id: str
    first: str
    last: str
    about: str = ""
    """What distinguishes them from others of the same name; "" where the name is unique."""

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}".strip() or self.staff_id

    def in_a_list(self) -> str:
        """`Robert Smith (S1)`, and of those who share a name what tells them apart."""
        return f"{self.name} ({self.staff_id})" + (f" · {self.about}" if self.about else "")


def known_staff(reference: SiteReference) -> list[Caseworker]:
    """Those whom the user may give a caseload, by last name."""
    staff = [Caseworker(one.staff_id, one.first_name, one.last_name, one.about) for one in reference.staff]
    return sorted(staff, key=lambda one: (one.last.casefold(), one.first.casefold()))


def find_receiver(text: str, client: Client) -> Caseworker:
    """The caseworker that a text names. Raises ChoiceError, with suggestions, where it is none or several."""
    staff = known_staff(client.reference())
    matches = _named(text, staff)
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise ChoiceError(f"{text} is the name of several: {_listed(matches)}. Enter the Staff ID.")
    near = near_names(text, client, INSERT)
    if near:
        raise ChoiceError(f"{text} is not one whom you may give a caseload. Did you mean {near}?")
    offered = ", ".join(one.in_a_list() for one in staff[:_MOST_NAMED]) or "nobody"
    more = f" and {len(staff) - _MOST_NAMED} more" if len(staff) > _MOST_NAMED else ""
    raise ChoiceError(f"{text or 'Nobody'} is not one whom you may give a caseload. Those are: {offered}{more}.")


def find_caseworker(text: str, found: Sequence[ListedAssignment], client: Client) -> Caseworker:
    """The one whose open assignments were `found` by a text. Raises ChoiceError where it is none or several."""
    about = {one.staff_id: one.about for one in known_staff(client.reference())}
    people = {
        one.staff_id: Caseworker(
            one.staff_id, one.caseworker_first_name, one.caseworker_last_name, about.get(one.staff_id, "")
        )
        for one in found
    }
    if len(people) > 1:
        raise ChoiceError(f"{text} is the name of several: {_listed(list(people.values()))}. Enter the Staff ID.")
    if not people:
        near = near_names(text, client, UPDATE)
        ask = f"Did you mean {near}?" if near else "Check the name, or enter the Staff ID."
        raise ChoiceError(f"{text} has no open assignment that you may end. {ask}")
    return next(iter(people.values()))


def _named(text: str, staff: Sequence[Caseworker]) -> list[Caseworker]:
    """By Staff ID, else by name to the letter, else but for accents."""
    key = exact_key(text)
    if by_id := [one for one in staff if exact_key(one.staff_id) == key]:
        return by_id
    last, _, first = key.partition(",")
    names = {key, exact_key(f"{first} {last}")} - {""}
    if by_name := [one for one in staff if exact_key(f"{one.first} {one.last}") in names]:
        return by_name
    folded = {accent_key(name) for name in names}
    return [one for one in staff if accent_key(f"{one.first} {one.last}") in folded]


def near_names(text: str, client: Client, action: str) -> str:
    """Up to three caseworkers like a text, in words; "" where none is. The server suggests them, as for a name in a row
    of an Insert or an Update."""
    if not text.strip():
        return ""
    row = [action if header == ACTION else text if header == STAFF_NAME else None for header in KINDS]
    report = client.validate({"header": list(KINDS), "rows": [row]})
    known = {exact_key(one.name): one for one in known_staff(client.reference())}
    offered = [one for group in report.fixes if group.column == STAFF_NAME for one in group.suggestions]
    return " or ".join(_in_words(one, known) for one in offered[:_MOST_MEANT])


def _in_words(suggestion: Suggestion, known: Mapping[str, Caseworker]) -> str:
    named = known.get(exact_key(suggestion.value))
    return named.in_a_list() if named else suggestion.label


def _listed(people: Sequence[Caseworker]) -> str:
    return "; ".join(one.in_a_list() for one in people)
