"""Find the participant of a row, by ID or by the site's duplicate check (SPEC R2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence, Set

from server.judge.question import Clue
from server.judge.reference import Mode, Participant, Reference, ReferenceKeys, SiteRules
from server.judge.values import ReadColumn
from workbook.columns import (
    BIRTH_DATE,
    CASE_NUMBER,
    DEMOGRAPHICS,
    FIRST_NAME,
    LAST_NAME,
    PARTICIPANT_ID,
    SSN,
)
from workbook.identity import who_of
from workbook.matching import exact_key, id_of, like_key, text_of
from workbook.sheet import EMPTY, Cell, CellError, Sheet
from workbook.text import repaired

_STORED: dict[str, Callable[[Participant], str]] = {
    FIRST_NAME: lambda person: person.first_name,
    LAST_NAME: lambda person: person.last_name,
    BIRTH_DATE: lambda person: person.birth_date,
    CASE_NUMBER: lambda person: person.case_number,
    SSN: lambda person: person.ssn_hash,
}


def reference_keys(sheet: Sheet, rules: SiteRules) -> ReferenceKeys:
    """The keys by which a Reference must know participants, so that every row of `sheet` can be judged."""
    columns = sheet.columns
    id_keys: set[str] = set()
    if PARTICIPANT_ID in columns:
        for value in columns[PARTICIPANT_ID].values[1:]:
            id_keys |= {exact_key(text_of(value)), exact_key(id_of(value))}
    ssns: set[str] = set()
    cases: set[str] = set()
    names: set[tuple[str, str]] = set()
    for combination in _without_id(sheet):
        first, last, _birth, case, ssn = combination
        if case is not None:
            cases.add(like_key(id_of(case)))
        if ssn is not None:
            ssns.add(text_of(ssn))
        if first is not None and last is not None:
            names.add((like_key(text_of(first)), like_key(text_of(last))))
    return ReferenceKeys(frozenset(id_keys), frozenset(ssns), frozenset(cases), frozenset(names))


def _without_id(sheet: Sheet) -> set[tuple[Cell, ...]]:
    """The distinct demographics of the rows that give no Participant ID."""
    ids = sheet.columns.get(PARTICIPANT_ID)
    columns = [sheet.columns.get(header) for header in DEMOGRAPHICS]
    codes = {
        tuple(column.codes[index] if column else EMPTY for column in columns)
        for index in range(len(sheet))
        if ids is None or ids.codes[index] == EMPTY
    }
    return {
        tuple(
            None if column is None or isinstance(column.values[code], CellError) else column.values[code]
            for column, code in zip(columns, combination, strict=True)
        )
        for combination in codes
    }


class Identifier:
    """Finds participants in a Reference. Each distinct way of naming one is looked up once."""

    def __init__(self, reference: Reference, columns: dict[str, ReadColumn]) -> None:
        self._columns = columns
        self._participants = reference.participants
        self._with_ids = [*reference.participants, *reference.strangers]
        self._by_id = {person.participant_id: person for person in self._with_ids}
        self._by_id_key: dict[str, list[Participant]] | None = None
        self._modes: dict[str, Mode] = dict(reference.rules.duplicate_check)
        self._others: dict[str, list[Participant]] = {}
        """See `know_others`, by their names."""
        self._found_by_demographics: dict[tuple[int, ...], Sequence[Participant]] = {}
        self._indexes: dict[str, dict[str, list[Participant]]] = {}

    def by_id(self, text: str) -> Sequence[Participant]:
        """Everybody with this Participant ID: spelt to the letter if anybody is, else without regard to case."""
        person = self._by_id.get(text)
        if person:
            return (person,)
        if self._by_id_key is None:
            self._by_id_key = defaultdict(list)
            for person in self._with_ids:
                self._by_id_key[exact_key(person.participant_id)].append(person)
        return self._by_id_key.get(exact_key(text), ())

    def know_others(self, others: Sequence[Participant]) -> None:
        """Those who are called as some row says beside the ID of somebody else."""
        for person in others:
            self._others.setdefault(_by_both_names(person), []).append(person)

    def names_that_differ(self, person: Participant, codes: Mapping[str, int]) -> int:
        """How many of the names that a row gives are not this person's; 0 where it does not give both."""
        names = ((FIRST_NAME, person.first_name), (LAST_NAME, person.last_name))
        if any(header not in codes for header, _ in names):
            return 0
        return sum(
            bool(stored) and like_key(str(self._columns[header].found[codes[header]])) != like_key(stored)
            for header, stored in names
        )

    def others_called(self, person: Participant, codes: Mapping[str, int]) -> list[Participant]:
        """Everybody but this person whom all these demographics match, first and last name among them."""
        given = {header: str(self._columns[header].found[code]) for header, code in codes.items()}
        names = f"{like_key(given[FIRST_NAME])} {like_key(given[LAST_NAME])}"
        called = [*self._index(LAST_NAME, _by_both_names).get(names, ()), *self._others.get(names, ())]
        return [
            other
            for key, other in {one.key: one for one in called}.items()
            if key != person.key
            and all(self._agree(header, value, _STORED[header](other)) for header, value in given.items())
        ]

    def mismatches(self, person: Participant, codes: Mapping[str, int]) -> list[tuple[str, str]]:
        """The demographics given beside an ID that do not agree with the person's: (header, stored value).

        Where nothing is stored, nothing can disagree.
        """
        wrong = []
        for header, code in codes.items():
            given = self._columns[header].found[code]
            stored = _STORED[header](person)
            if given and stored and given != stored and not self._agree(header, given, stored):
                wrong.append((header, "" if header == SSN else stored))
        return wrong

    def can_identify(self, filled: Set[str]) -> bool:
        """Whether a row without an ID fills enough: SSN, Case Number, or First and Last Name (SPEC R2)."""
        checked = filled & self._modes.keys()
        return bool(checked & {SSN, CASE_NUMBER}) or checked >= {FIRST_NAME, LAST_NAME}

    def checks(self, header: str) -> bool:
        """Whether the site's duplicate check asks for this demographic."""
        return header in self._modes

    def least(self) -> str:
        """The least that a row without an ID must fill, in words."""
        ways: list[str] = [header for header in (SSN, CASE_NUMBER) if header in self._modes]
        if {FIRST_NAME, LAST_NAME} <= self._modes.keys():
            ways.append(f"{FIRST_NAME} and {LAST_NAME}")
        return ", or ".join(ways) or "ask a site administrator for it"

    def by_demographics(self, codes: dict[str, int]) -> Sequence[Participant]:
        """Everybody whom all the filled fields of the site's duplicate check match."""
        checked = {header: code for header, code in codes.items() if header in self._modes}
        key = tuple(checked.get(header, EMPTY) for header in DEMOGRAPHICS)
        if key not in self._found_by_demographics:
            given = {header: str(self._columns[header].found[code]) for header, code in checked.items()}
            self._found_by_demographics[key] = [
                person
                for person in self._candidates(given)
                if all(self._agree(header, value, _STORED[header](person)) for header, value in given.items())
            ]
        return self._found_by_demographics[key]

    def _agree(self, header: str, given: str, stored: str) -> bool:
        if header in (BIRTH_DATE, SSN):
            return given == stored
        fold = like_key if self._modes.get(header) == "like" else exact_key
        return fold(given) == fold(stored)

    def _candidates(self, given: dict[str, str]) -> Sequence[Participant]:
        """Everybody who agrees in the most telling of the given fields, by an index made when it is first asked."""
        if SSN in given:
            return self._index(SSN, lambda person: person.ssn_hash).get(given[SSN], [])
        if CASE_NUMBER in given:
            cases = self._index(CASE_NUMBER, lambda person: like_key(person.case_number))
            return cases.get(like_key(given[CASE_NUMBER]), [])
        names = self._index(LAST_NAME, _by_both_names)
        return names.get(f"{like_key(given[FIRST_NAME])} {like_key(given[LAST_NAME])}", [])

    def _index(self, header: str, key: Callable[[Participant], str]) -> dict[str, list[Participant]]:
        if header not in self._indexes:
            index: dict[str, list[Participant]] = defaultdict(list)
            for person in self._participants:
                index[key(person)].append(person)
            self._indexes[header] = dict(index)
        return self._indexes[header]


def _by_both_names(person: Participant) -> str:
    return f"{like_key(person.first_name)} {like_key(person.last_name)}"


def describe(codes: dict[str, int], columns: dict[str, ReadColumn]) -> str:
    """The identifying cells of a row together, for a person to read: never the SSN itself (SPEC 5)."""
    return who_of({header: columns[header].texts[code] for header, code in codes.items()})


def clue(id_code: int, codes: dict[str, int], columns: dict[str, ReadColumn], probable_day: str = "") -> Clue:
    """What a row says about its participant; a name that was decoded wrongly (JosÃ©) as it was before. `probable_day`:
    the day that its date of birth probably means where it is no date."""

    def read(header: str) -> str:
        return columns[header].found[codes.get(header, EMPTY)] or ""

    def name(header: str) -> str:
        return repaired(read(header)) or read(header)

    return Clue(
        columns[PARTICIPANT_ID].found[id_code] or "",
        name(FIRST_NAME),
        name(LAST_NAME),
        read(BIRTH_DATE) or probable_day,
        read(CASE_NUMBER),
        read(SSN),
    )
