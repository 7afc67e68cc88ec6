"""Generate a believable agency of any size, reproducible from seed, day and sizes (SPEC 10)."""

from __future__ import annotations

import csv
import errno
import os
import random
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from server.records.imports.files import HEADERS
from server.records.imports.incoming import (
    Incoming,
    IncomingAccess,
    IncomingAssignment,
    IncomingEnrollment,
    IncomingFeeder,
    IncomingParticipant,
    IncomingProgram,
    IncomingStaff,
)
from server.records.sample import names
from workbook.columns import REASON, RELATIONSHIP, STATUS

_NO_LINE = 0


@dataclass(frozen=True, slots=True)
class AgencySize:
    """How large an agency is. `assignments`: open and closed ones together."""

    participants: int = 5_000
    staff: int = 60
    programs: int = 12
    assignments: int = 12_500


def make_agency(size: AgencySize, seed: int, today: str) -> Incoming:
    """The agency's records, ready to be imported. `today`: ISO date; the agency's past ends there.

    SSNs are of areas from 773 upwards: they could be anybody's, and nobody was given one before June 2011.
    """
    return _Agency(size, random.Random(seed), date.fromisoformat(today)).make()  # noqa: S311 - no secret


class _Agency:
    def __init__(self, size: AgencySize, chance: random.Random, today: date) -> None:
        self._size = size
        self._chance = chance
        self._today = today
        self._cultures = list(names.SHARES)
        self._shares = list(accumulate(names.SHARES.values()))
        self._given = {culture: text.split() for culture, text in names.GIVEN.items()}
        self._family = {culture: text.split() for culture, text in names.FAMILY.items()}
        self._made = Incoming()

    def make(self) -> Incoming:
        made = self._made
        made.programs = [self._program(number) for number in range(self._size.programs)]
        for number in range(self._size.staff):
            made.staff.append(self._worker(number))
        for feeder, values in (
            (RELATIONSHIP, names.RELATIONSHIPS), (STATUS, names.STATUSES), (REASON, names.REASONS),
        ):  # fmt: skip
            made.feeder += [
                IncomingFeeder(_NO_LINE, feeder, value, position, active)
                for position, (value, active) in enumerate(values, 1)
            ]
        made.access = self._access()
        for number in range(self._size.participants):
            made.participants.append(self._participant(number))
        self._history()
        return made

    def _name(self) -> tuple[str, str]:
        """A first and a last name; families of mixed origin are as common as they are."""
        chance = self._chance
        given = family = chance.choices(self._cultures, cum_weights=self._shares)[0]
        if chance.random() < 0.12:
            given = "english"
        return _often(self._given[given], chance), _often(self._family[family], chance)

    def _program(self, number: int) -> IncomingProgram:
        name = names.PROGRAMS[number % len(names.PROGRAMS)]
        if number >= len(names.PROGRAMS):
            name = f"{name} {number // len(names.PROGRAMS) + 1}"
        # In an agency with several, one has ended.
        return IncomingProgram(
            _NO_LINE, f"PRG-{number + 1:02d}", name, not (self._size.programs > 3 and number == self._size.programs - 1)
        )

    def _worker(self, number: int) -> IncomingStaff:
        first, last = self._name()
        if self._size.staff > 20 and number == 7:  # two people of one name, as every larger agency has
            first, last = self._made.staff[3][2:4]
        plain = f"{_plain(first)}.{_plain(last)}{number + 1}"
        few = self._size.staff < 4
        return IncomingStaff(
            _NO_LINE,
            f"S{number + 1}",
            first,
            last,
            f"{plain}@agency.example",
            active=few or number % 15 != 11,
            caseload_access=few or number % 20 != 17,
            administrator=number == 0,
        )

    def _access(self) -> list[IncomingAccess]:
        """Most may change their own caseload in a few programs; every eighth supervises a program."""
        rights = []
        for number, person in enumerate(self._made.staff):
            if person.administrator:
                continue
            count = min(self._chance.randint(1, 4), len(self._made.programs))
            for program in self._chance.sample(self._made.programs, count):
                rights.append(
                    IncomingAccess(_NO_LINE, person.staff_id, program.program_id, own=True, others=number % 8 == 1)
                )
        return rights

    def _participant(self, number: int) -> IncomingParticipant:
        chance = self._chance
        first, last = self._name()
        age = chance.triangular(0, 95, 28)
        born = (self._today - timedelta(days=int(age * 365.25) + 1)).isoformat()
        case = f"C-{number * 7 % 900_000 + 100_000}-{number % 97:02d}"
        ssn = f"{773 + number // 9_999 % 115}{(number * 37) % 90 + 10:02d}{number % 9_999 + 1:04d}"
        if number and chance.random() < 0.01:  # a namesake: the same name, another person
            first, last = chance.choice(self._made.participants)[2:4]
        missing = chance.random()
        if missing < 0.03:
            born = ""
        elif missing < 0.035:
            first = ""
        elif missing < 0.04:
            first = last = ""
        if chance.random() < 0.10:
            case = ""
        if chance.random() < 0.35:
            ssn = ""
        return IncomingParticipant(_NO_LINE, f"{number + 1:06d}", first, last, born, case, ssn)

    def _history(self) -> None:
        """Enrollments, and assignments that lie within them: what the rules would have let in (SPEC R6, R8)."""
        chance, made = self._chance, self._made
        earliest = (self._today - timedelta(days=6 * 365)).toordinal()
        taken: dict[str, list[_Stay]] = {}
        for person in made.participants:
            born = date.fromisoformat(person.birth_date).toordinal() if person.birth_date else 0
            count = chance.choices((0, 1, 2, 3), cum_weights=(8, 68, 93, 100))[0]
            stays = []
            for program in chance.sample(made.programs, min(count, len(made.programs))):
                start = chance.randint(max(born, earliest), self._today.toordinal() - 1)
                ended = not program.active or chance.random() < 0.3
                stays.append(_Stay(program.program_id, start, chance.randint(start, self._yesterday) if ended else 0))
            taken[person.participant_id] = stays
            made.enrollments += [
                IncomingEnrollment(_NO_LINE, person.participant_id, stay.program_id, _iso(stay.start), _iso(stay.end))
                for stay in stays
            ]
        everybody = _Workers(made)
        drawn: set[tuple[str, ...]] = set()
        count = self._size.assignments if made.participants and made.staff else 0
        for _draw in range(count * 20):  # a tiny agency has no room for any number of them
            if len(made.assignments) == count:
                break
            # Everybody gets one first, the rest fall where they may.
            number = len(made.assignments)
            within = number if number < len(made.participants) else chance.randrange(len(made.participants))
            person = made.participants[within]
            assignment = self._assignment(person.participant_id, taken[person.participant_id], everybody, earliest)
            # One of a kind may be open, and one Primary; a closed one needs a start of its own.
            kind = (assignment.participant_id, assignment.program_id)
            keys: set[tuple[str, ...]] = {(*kind, assignment.staff_id, assignment.relationship, assignment.start_date)}
            if not assignment.end_date:
                keys.add((*kind, assignment.staff_id, assignment.relationship, "open"))
                if assignment.relationship == names.RELATIONSHIPS[0][0]:
                    keys.add((*kind, "primary", "open"))
            if drawn.isdisjoint(keys):
                drawn |= keys
                made.assignments.append(assignment)
        made.assignments.sort(key=lambda record: record.start_date)

    def _assignment(
        self, participant_id: str, stays: list[_Stay], everybody: _Workers, earliest: int
    ) -> IncomingAssignment:
        chance = self._chance
        stay = chance.choice(stays) if stays and chance.random() > 0.06 else _Stay("", earliest, 0)
        start = chance.randint(stay.start, stay.end or self._yesterday)
        closed = bool(stay.end) or chance.random() < 0.45
        end = chance.randint(start, stay.end or self._yesterday) if closed else 0
        workers = everybody.once if closed else everybody.now
        old = closed and chance.random() < 0.02  # a value that was allowed then
        return IncomingAssignment(
            _NO_LINE,
            participant_id,
            stay.program_id,
            chance.choice(workers.get(stay.program_id) or workers[""]),
            _value(names.RELATIONSHIPS, chance, old),
            _value(names.STATUSES, chance, old),
            _iso(start),
            _iso(end),
            _value(names.REASONS, chance, old) if closed else "",
        )

    @property
    def _yesterday(self) -> int:
        return self._today.toordinal() - 1


class _Stay(NamedTuple):
    """A participant's time in a program, in day numbers; `end` 0 while it lasts."""

    program_id: str
    start: int
    end: int


class _Workers:
    """Who may have whom: Staff IDs by Program ID, and under "" everybody."""

    def __init__(self, made: Incoming) -> None:
        able = {person.staff_id for person in made.staff if person.active and person.caseload_access}
        self.once: dict[str, list[str]] = {"": [person.staff_id for person in made.staff]}
        self.now: dict[str, list[str]] = {"": [person.staff_id for person in made.staff if person.staff_id in able]}
        for right in made.access:
            self.once.setdefault(right.program_id, []).append(right.staff_id)
            if right.staff_id in able:
                self.now.setdefault(right.program_id, []).append(right.staff_id)


def write_directory(agency: Incoming, directory: Path) -> None:
    """Writes the agency as import files (SPEC 10), as a spreadsheet program reads them. Raises FileExistsError
    before anything is written where one of them is there, and OSError for all else."""
    directory.mkdir(parents=True, exist_ok=True)
    places = {kind: directory / f"{kind}.csv" for kind in HEADERS}
    for path in places.values():
        if path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    for kind, headers in HEADERS.items():
        with places[kind].open("x", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(headers)
            writer.writerows(_cells(record[1:]) for record in getattr(agency, kind))


def _cells(values: Iterable[object]) -> list[object]:
    return [("Yes" if value else "No") if isinstance(value, bool) else value for value in values]


def _value(values: Sequence[tuple[str, bool]], chance: random.Random, old: bool) -> str:
    """An active value, the first ones more often; `old`: an inactive one."""
    listed = [value for value, active in values if active is not old]
    return _often(listed, chance)


def _iso(day: int) -> str:
    return date.fromordinal(day).isoformat() if day else ""


def _often(choices: Sequence[str], chance: random.Random) -> str:
    """One of `choices`, the earlier ones more often, as names are."""
    return choices[int(len(choices) * chance.random() ** 1.7)]


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(char for char in letters if char.isascii() and char.isalpha()) or "x"
