"""Generate believable rows to upload, most correct, some with common mistakes (SPEC 4)."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from server.records.reference_data import reference_lists
from server.records.sites import site_rules
from server.records.tables import assignments, enrollments, feeder_values, participants, programs, staff
from workbook import columns
from workbook.columns import TemplateChoice, template_headers

CHOICE = TemplateChoice(program="name", caseworker="name", enrollment=True)
"""The template that the rows are for."""

Cells = dict[str, str]


class _Person(NamedTuple):
    key: int
    participant_id: str
    first_name: str
    last_name: str
    birth_date: str
    case_number: str


class _Open(NamedTuple):
    """An open assignment, in the words of a row."""

    participant_key: int
    program_key: int | None
    staff_key: int
    relationship: str
    start_date: str


def upload_rows(
    connection: Connection, site_id: int, rows: int, mistakes: int, seed: int, today: str
) -> tuple[list[str], list[list[str]]]:
    """A header and `rows` rows of text, for an administrator of the site; `mistakes` of them are wrong on purpose.

    The same database, seed and day give the same rows. Fewer come back when the site has no room for so many.
    """
    return _SampleRows(connection, site_id, random.Random(seed), date.fromisoformat(today)).make(rows, mistakes)  # noqa: S311


class _SampleRows:
    def __init__(self, connection: Connection, site_id: int, chance: random.Random, today: date) -> None:
        self._chance = chance
        self._today = today
        self._header = template_headers(CHOICE, site_rules(connection, site_id).demographics)
        self._read(connection, site_id)
        self._wrong: set[int] = set()

    def _read(self, connection: Connection, site_id: int) -> None:
        table = participants.c
        self._people = {
            row[0]: _Person(*row)
            for row in connection.execute(
                select(
                    table.key, table.participant_id, table.first_name, table.last_name, table.birth_date,
                    table.case_number,
                ).where(table.site_id == site_id).order_by(table.key)
            )
        }  # fmt: skip
        self._by_id = {person.participant_id: person for person in self._people.values()}
        self._programs = {
            row[0]: (row[1], row[2])
            for row in connection.execute(
                select(programs.c.key, programs.c.name, programs.c.active).where(programs.c.site_id == site_id)
            )
        }
        self._offered = [key for key, (name, active) in self._programs.items() if active and name]
        everybody = [
            (row[0], f"{row[1]} {row[2]}".strip(), row[3] and row[4])
            for row in connection.execute(
                select(
                    staff.c.key, staff.c.first_name, staff.c.last_name, staff.c.active, staff.c.caseload_access
                ).where(staff.c.site_id == site_id).order_by(staff.c.key)
            )
        ]  # fmt: skip
        names = [name.casefold() for _key, name, _able in everybody]
        # A name that two people share says nothing, so a careful user would not have typed it.
        self._staff = {key: name for key, name, _able in everybody if names.count(name.casefold()) == 1 and name}
        self._able = [key for key, name, able in everybody if able and key in self._staff]
        lists = reference_lists(connection, site_id, everybody[0][0] if everybody else 0)
        self._feeder = {header: [value.value for value in values] for header, values in lists.feeder.items()}
        self._taken: set[tuple[int, int | None, int, str]] = set()
        self._primary: set[tuple[int, int | None]] = set()
        self._open: list[_Open] = []
        self._closed: list[_Open] = []
        words = feeder_values.alias("words")
        table_a = assignments.c
        for row in connection.execute(
            select(
                table_a.participant_key, table_a.program_key, table_a.staff_key, words.c.value, table_a.start_date,
                table_a.end_date,
            )
            .join(words, words.c.key == table_a.relationship_key)
            .where(table_a.site_id == site_id)
            .order_by(table_a.record_id)
        ):  # fmt: skip
            if not row[5]:
                self._taken.add((row[0], row[1], row[2], row[3]))
                if row[3] == "Primary":
                    self._primary.add((row[0], row[1]))
            if row[2] in self._staff and row[4] and (not row[1] or self._programs[row[1]][0]):
                (self._closed if row[5] else self._open).append(_Open(*row[:5]))
        self._enrolled: set[tuple[int, int]] = set()
        self._stays: list[tuple[int, int, str]] = []
        for participant, program, start, end in connection.execute(
            select(
                enrollments.c.participant_key, enrollments.c.program_key, enrollments.c.start_date,
                enrollments.c.end_date,
            ).where(enrollments.c.site_id == site_id).order_by(enrollments.c.record_id)
        ):  # fmt: skip
            self._enrolled.add((participant, program))
            if start and not end and program in self._offered:
                self._stays.append((participant, program, start))
        self._chance.shuffle(self._open)
        self._chance.shuffle(self._closed)
        self._chance.shuffle(self._stays)

    def make(self, rows: int, mistakes: int) -> tuple[list[str], list[list[str]]]:
        made: list[Cells] = []
        while len(made) < rows:
            row = self._update() if self._open and self._chance.random() < 0.4 else self._insert()
            if row is None:
                row = self._update()
            if row is None:
                break
            made.append(row)
        self._wrong = set(self._chance.sample(range(len(made)), min(mistakes, len(made))))
        ways = self._ways()
        for number, index in enumerate(sorted(self._wrong)):
            # Every way once before any comes again; one that does not fit this row gives way to the next.
            for turn in range(len(ways)):
                if ways[(number + turn) % len(ways)](made, index):
                    break
        return self._header, [[row.get(header, "") for header in self._header] for row in made]

    def _about(self, person: _Person, row: Cells) -> Cells:
        row[columns.PARTICIPANT_ID] = person.participant_id
        if self._chance.random() < 0.8:  # some sheets name the person beside the ID, some do not
            row[columns.FIRST_NAME] = person.first_name
            row[columns.LAST_NAME] = person.last_name
        return row

    def _insert(self) -> Cells | None:
        """A new assignment within an open enrollment; now and then one that enrolls them with it."""
        while self._stays and self._able:
            participant, program, enrolled = self._stays.pop()
            enrolls = self._offered and self._chance.random() < 0.08
            if enrolls:
                program = self._chance.choice(self._offered)
                if (participant, program) in self._enrolled:
                    continue
                self._enrolled.add((participant, program))
            worker = self._chance.choice(self._able)
            values = [value for value in self._feeder[columns.RELATIONSHIP] if value != "Primary"]
            if (participant, program) not in self._primary or not values:
                values = self._feeder[columns.RELATIONSHIP][:1]
            relationship = self._chance.choice(values)
            if (participant, program, worker, relationship) in self._taken:
                continue
            self._taken.add((participant, program, worker, relationship))
            if relationship == "Primary":
                self._primary.add((participant, program))
            start = self._lately(date.fromisoformat(enrolled), 60)
            row = {
                columns.ACTION: "Insert",
                columns.PROGRAM_NAME: self._programs[program][0],
                columns.PROGRAM_START: start if enrolls else "",
                columns.STAFF_NAME: self._staff[worker],
                columns.RELATIONSHIP: relationship,
                columns.STATUS: self._chance.choice(self._feeder[columns.STATUS]),
                columns.START: start,
            }
            return self._about(self._people[participant], row)
        return None

    def _update(self) -> Cells | None:
        """The end of an open assignment, said so that only one can be meant."""
        return self._ending(self._open.pop()) if self._open else None

    def _lately(self, earliest: date, days: int) -> str:
        """A day of the last `days`, not before `earliest`."""
        first = max(earliest, self._today - timedelta(days=days))
        return (first + timedelta(days=self._chance.randint(0, max(0, (self._today - first).days)))).isoformat()

    def _ending(self, assignment: _Open) -> Cells:
        row = {
            columns.ACTION: "Update",
            columns.PROGRAM_NAME: self._programs[assignment.program_key][0] if assignment.program_key else "",
            columns.STAFF_NAME: self._staff[assignment.staff_key],
            columns.RELATIONSHIP: assignment.relationship,
            columns.START: assignment.start_date,
            columns.END: self._lately(date.fromisoformat(assignment.start_date), 30),
            columns.REASON: self._chance.choice(self._feeder[columns.REASON] or [""]),
        }
        return self._about(self._people[assignment.participant_key], row)

    def _ways(self) -> list[Callable[[list[Cells], int], bool]]:
        """The mistakes, each a function that spoils one row, or says that it cannot."""
        return [
            self._typo(columns.STAFF_NAME),
            self._typo(columns.RELATIONSHIP),
            self._swapped_names,
            self._wrong_date,
            self._typo(columns.PROGRAM_NAME),
            self._lost_zeros,
            self._missing(columns.STAFF_NAME),
            self._already_closed,
            self._person_without_id,
            self._two_digit_year,
            self._last_name_first_typo,
            self._duplicate,
            self._missing(columns.START, columns.END),
            self._typo(columns.STATUS, columns.REASON),
            self._end_before_start,
        ]

    def _typo(self, *headers: str) -> Callable[[list[Cells], int], bool]:
        def spoil(made: list[Cells], index: int) -> bool:
            for header in headers:
                text = made[index].get(header, "")
                if len(text) >= 4:
                    made[index][header] = _mistyped(text, self._chance)
                    return made[index][header] != text
            return False

        return spoil

    def _missing(self, *headers: str) -> Callable[[list[Cells], int], bool]:
        def spoil(made: list[Cells], index: int) -> bool:
            header = headers[-1] if made[index][columns.ACTION] == "Update" else headers[0]
            made[index][header] = ""
            return True

        return spoil

    def _swapped_names(self, made: list[Cells], index: int) -> bool:
        person = self._person(made[index])
        if not (person.first_name and person.last_name) or person.first_name == person.last_name:
            return False
        made[index] |= {columns.FIRST_NAME: person.last_name, columns.LAST_NAME: person.first_name}
        return True

    def _person(self, row: Cells) -> _Person:
        return self._by_id[row[columns.PARTICIPANT_ID]]

    def _person_without_id(self, made: list[Cells], index: int) -> bool:
        """Known by demographics alone, and one letter wrong."""
        person = self._person(made[index])
        if len(person.last_name) < 4 or not person.first_name or not person.birth_date:
            return False
        made[index] |= {
            columns.PARTICIPANT_ID: "",
            columns.FIRST_NAME: person.first_name,
            columns.LAST_NAME: _mistyped(person.last_name, self._chance),
            columns.BIRTH_DATE: person.birth_date,
        }
        return True

    def _wrong_date(self, made: list[Cells], index: int) -> bool:
        header = columns.END if made[index][columns.ACTION] == "Update" else columns.START
        month = self._chance.choice(("02", "04", "06", "09"))
        made[index][header] = f"{self._today.year}-{month}-31"
        return True

    def _two_digit_year(self, made: list[Cells], index: int) -> bool:
        header = columns.END if made[index][columns.ACTION] == "Update" else columns.START
        day = made[index].get(header, "")
        if len(day) != 10:
            return False
        made[index][header] = f"{int(day[5:7])}/{int(day[8:])}/{day[2:4]}"
        return True

    def _end_before_start(self, made: list[Cells], index: int) -> bool:
        row = made[index]
        if row[columns.ACTION] != "Update" or not row.get(columns.START):
            return False
        start = date.fromisoformat(row[columns.START])
        row[columns.END] = (start - timedelta(days=self._chance.randint(1, 20))).isoformat()
        return True

    def _lost_zeros(self, made: list[Cells], index: int) -> bool:
        number = made[index][columns.PARTICIPANT_ID]
        if not number.startswith("0") or not number.lstrip("0"):
            return False
        made[index][columns.PARTICIPANT_ID] = number.lstrip("0")
        return True

    def _already_closed(self, made: list[Cells], index: int) -> bool:
        while self._closed:
            assignment = self._closed.pop()
            taken = (
                assignment.participant_key, assignment.program_key, assignment.staff_key, assignment.relationship
            )  # fmt: skip
            if taken not in self._taken:
                made[index] = self._ending(assignment)
                return True
        return False

    def _last_name_first_typo(self, made: list[Cells], index: int) -> bool:
        first, _space, last = made[index].get(columns.STAFF_NAME, "").partition(" ")
        if len(last) < 4:
            return False
        made[index][columns.STAFF_NAME] = f"{_mistyped(last, self._chance)}, {first}"
        return True

    def _duplicate(self, made: list[Cells], index: int) -> bool:
        """The row says what one before it said already."""
        right = [before for before in range(max(0, index - 50), index) if before not in self._wrong]
        if not right:
            return False
        made[index] = dict(made[self._chance.choice(right)])
        return True


def _mistyped(text: str, chance: random.Random) -> str:
    """One slip of the fingers: a letter left out, doubled, or two of them swapped. The first letter stays."""
    places: Sequence[int] = [place for place in range(1, len(text) - 1) if text[place].isalpha()]
    if not places:
        return text + text[-1:]
    place = chance.choice(places)
    slips: list[Any] = [
        text[:place] + text[place + 1 :],
        text[:place] + text[place] + text[place:],
        text[:place] + text[place + 1] + text[place] + text[place + 2 :],
    ]
    chance.shuffle(slips)
    return str(next((slip for slip in slips if slip != text), text))
