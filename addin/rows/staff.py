"""Caseworkers as a person names them in a form: by Staff ID, by full name, or nearly so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from addin.errors import ChoiceError
from workbook.matching import exact_key, like_key
from workbook.report import Assignment
from workbook.site import SiteReference

_MOST_NAMED = 12


@dataclass(frozen=True, slots=True)
class Caseworker:
    staff_id: str
    first: str
    last: str

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}".strip() or self.staff_id

    def in_a_list(self) -> str:
        """`Robert Smith (S1)`."""
        return f"{self.name} ({self.staff_id})"


def known_staff(reference: SiteReference) -> list[Caseworker]:
    """Those whom the user may give a caseload, by last name."""
    staff = [Caseworker(one.staff_id, one.first_name, one.last_name) for one in reference.staff]
    return sorted(staff, key=lambda one: (one.last.casefold(), one.first.casefold()))


def find_receiver(wanted: str, reference: SiteReference) -> Caseworker:
    """The one whom a text means. Raises ChoiceError, with who may be meant, where it is none or several."""
    staff = known_staff(reference)
    matches = _named(wanted, staff)
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise ChoiceError(f"{wanted} is the name of several: {_ids(matches)}. Enter the Staff ID.")
    near = near_names(wanted, reference)
    if near:
        raise ChoiceError(f"{wanted} is not one whom you may give a caseload. Did you mean {near}?")
    offered = ", ".join(one.in_a_list() for one in staff[:_MOST_NAMED]) or "nobody"
    more = f" and {len(staff) - _MOST_NAMED} more" if len(staff) > _MOST_NAMED else ""
    raise ChoiceError(f"{wanted or 'Nobody'} is not one whom you may give a caseload. Those are: {offered}{more}.")


def find_caseworker(wanted: str, found: Sequence[Assignment], reference: SiteReference) -> Caseworker:
    """The one whose open assignments were `found` by a text. Raises ChoiceError where it is none or several."""
    people = {
        one.staff_id: Caseworker(one.staff_id, one.caseworker_first_name, one.caseworker_last_name) for one in found
    }
    if len(people) > 1:
        raise ChoiceError(f"{wanted} is the name of several: {_ids(list(people.values()))}. Enter the Staff ID.")
    if not people:
        near = near_names(wanted, reference)
        ask = f"Did you mean {near}?" if near else "Check the name, or enter the Staff ID."
        raise ChoiceError(f"{wanted} has no open assignment that you may end. {ask}")
    return next(iter(people.values()))


def _named(wanted: str, staff: Sequence[Caseworker]) -> list[Caseworker]:
    key = exact_key(wanted)
    last, _, first = key.partition(",")
    names = {key, exact_key(f"{first} {last}")} - {""}
    by_id = [one for one in staff if exact_key(one.staff_id) == key]
    return by_id or [one for one in staff if exact_key(f"{one.first} {one.last}") in names]


def near_names(wanted: str, reference: SiteReference) -> str:
    """Up to three caseworkers whose names look like it, in words; "" where none does."""
    staff = known_staff(reference)
    names = {like_key(one.name): one.in_a_list() for one in staff} | {
        like_key(f"{one.last} {one.first}"): one.in_a_list() for one in staff
    }
    close = get_close_matches(like_key(wanted), list(names), n=6, cutoff=0.7)
    return " or ".join(list(dict.fromkeys(names[one] for one in close))[:3])


def _ids(people: Sequence[Caseworker]) -> str:
    return ", ".join(one.staff_id for one in people)
