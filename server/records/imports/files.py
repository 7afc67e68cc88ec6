"""Read a folder of import files: participants, programs, staff, enrollments and more (SPEC 10)."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

from server.records.imports.csv_table import CsvTable
from server.records.imports.incoming import (
    ImportProblem,
    ImportRefused,
    Incoming,
    IncomingAccess,
    IncomingAssignment,
    IncomingEnrollment,
    IncomingFeeder,
    IncomingParticipant,
    IncomingProgram,
    IncomingStaff,
)
from workbook.columns import FEEDER_TABLES, canonical_header
from workbook.dates import DateFlaw, read_date
from workbook.local_time import Order
from workbook.matching import id_of

HEADERS: Final[dict[str, tuple[str, ...]]] = {
    "participants": ("Participant ID", "First Name", "Last Name", "Date of Birth", "Case Number", "SSN"),
    "programs": ("Program ID", "Program Name", "Active"),
    "staff": ("Staff ID", "First Name", "Last Name", "Email", "Active", "Caseload Access", "Administrator"),
    "enrollments": ("Participant ID", "Program ID", "Program Start Date", "Program End Date"),
    "feeder": ("Table", "Value", "Order", "Active"),
    "access": ("Staff ID", "Program ID", "Own", "Others"),
    "assignments": (
        "Participant ID", "Program ID", "Staff ID", "Caseworker Relationship", "Caseload Status",
        "Start Date", "End Date", "Reason for Dismissal",
    ),
}  # fmt: skip
"""Kind of record → the headers of its file, `<kind>.csv`, in the order they are written."""

REQUIRED: Final[dict[str, tuple[str, ...]]] = {
    "participants": ("Participant ID",),
    "programs": ("Program ID",),
    "staff": ("Staff ID",),
    "enrollments": ("Participant ID", "Program ID"),
    "feeder": ("Table", "Value"),
    "access": ("Staff ID", "Program ID"),
    "assignments": ("Participant ID", "Staff ID"),
}

IDS: Final = ("Participant ID", "Case Number", "Program ID", "Staff ID")

NO_ORDINARY_FILE: Final = (
    "It is no ordinary file but a link, a folder, a pipe or a device, so it is not read. Put the file itself there."
)

_YES: Final = frozenset({"yes", "y", "true", "t", "1", "active", "enabled", "on", "x"})
_NO: Final = frozenset({"no", "n", "false", "f", "0", "inactive", "disabled", "off"})


def read_directory(directory: Path, date_order: Order) -> Incoming:
    """Reads every import file in `directory`; each is optional, but one must be there.

    What is wrong with a cell joins `Incoming.problems`. Raises ImportRefused when there is nothing to read at all.
    """
    incoming = Incoming()
    found = csv_files(directory)
    for kind in HEADERS:
        path = found.pop(f"{kind}.csv", None)
        if path is not None:
            incoming.files[kind] = path.name
            _Reader(incoming, path, kind, date_order).read()
    if not incoming.files:
        hint = " It looks like a HUD HMIS export: say --hmis." if "client.csv" in found else ""
        raise ImportRefused([
            ImportProblem(
                str(directory), 0, "",
                f"There is none of the files to import here: {', '.join(f'{kind}.csv' for kind in HEADERS)}.{hint}",
            )
        ])  # fmt: skip
    for path in found.values():
        incoming.notes.append(f"{path.name} is none of the files to import, so it is ignored.")
    return incoming


def csv_files(directory: Path) -> dict[str, Path]:
    """The .csv files of a folder by name in lower case. Raises OSError when the folder cannot be read, ImportRefused
    where one of them is no ordinary file: a pipe or a device may have no end, and a link may lead anywhere."""
    found = {path.name.casefold(): path for path in sorted(directory.iterdir()) if path.suffix.casefold() == ".csv"}
    odd = [path.name for path in found.values() if not stat.S_ISREG(path.lstat().st_mode)]
    if odd:
        raise ImportRefused([ImportProblem(name, 0, "", NO_ORDINARY_FILE) for name in odd])
    return found


class DateReader:
    """Reads dates for one file, each distinct text once."""

    def __init__(self, table: CsvTable, order: Order) -> None:
        self._table = table
        self._order: Order = order
        self._read: dict[str, str | DateFlaw] = {"": ""}

    def __call__(self, line: int, column: str, text: str) -> str:
        """The ISO date, or "" where there is none; a bad one is reported."""
        found = self._read.get(text)
        if found is None:
            found = self._read[text] = read_date(text, self._order)
        if isinstance(found, str):
            return found
        ordered = "month/day/year" if self._order == "MDY" else "day/month/year"
        if found is DateFlaw.TWO_DIGIT_YEAR:
            self._table.problem(line, column, f"{text} has a year of two digits. Write all four.")
        else:
            self._table.problem(line, column, f"{text} is not a date. Write it as 2026-01-31, or as {ordered}.")
        return ""


class _Reader:
    """Reads one file into the list of its kind."""

    def __init__(self, incoming: Incoming, path: Path, kind: str, date_order: Order) -> None:
        self._incoming = incoming
        self._kind = kind
        self._table = CsvTable(path, HEADERS[kind], REQUIRED[kind], incoming.problems, secret=("SSN",), ids=IDS)
        self._date = DateReader(self._table, date_order)

    def read(self) -> None:
        take: Callable[[int, list[str]], None] = getattr(self, f"_{self._kind}")
        for line, cells in self._table:
            take(line, cells)
        for name in self._table.unknown:
            self._incoming.notes.append(f"{self._table.name}: no column is called {name}, so it is ignored.")

    def _yes(self, line: int, column: str, text: str) -> bool | None:
        if not text:
            return None
        folded = text.casefold()
        if folded in _YES:
            return True
        if folded not in _NO:
            self._table.problem(line, column, f"{text} is neither Yes nor No. Write one of the two.")
        return False

    def _participants(self, line: int, cells: list[str]) -> None:
        number, first, last, born, case, ssn = cells
        number = id_of(number)
        self._incoming.participants.append(
            IncomingParticipant(
                line, number, first, last, self._date(line, "Date of Birth", born), id_of(case),
                self._incoming.usable_ssn(line, number, ssn),
            )
        )  # fmt: skip

    def _programs(self, line: int, cells: list[str]) -> None:
        number, name, active = cells
        self._incoming.programs.append(IncomingProgram(line, id_of(number), name, self._yes(line, "Active", active)))

    def _staff(self, line: int, cells: list[str]) -> None:
        number, first, last, email, active, caseload, administrator = cells
        self._incoming.staff.append(
            IncomingStaff(
                line,
                id_of(number),
                first,
                last,
                email,
                self._yes(line, "Active", active),
                self._yes(line, "Caseload Access", caseload),
                self._yes(line, "Administrator", administrator),
            )
        )

    def _enrollments(self, line: int, cells: list[str]) -> None:
        participant, program, start, end = cells
        self._incoming.enrollments.append(
            IncomingEnrollment(
                line,
                id_of(participant),
                id_of(program),
                self._date(line, "Program Start Date", start),
                self._date(line, "Program End Date", end),
            )
        )

    def _feeder(self, line: int, cells: list[str]) -> None:
        named, value, order, active = cells
        feeder = canonical_header(named)
        if feeder not in FEEDER_TABLES:
            self._table.problem(
                line, "Table", f"There is no feeder table called {named}. Write one of: {', '.join(FEEDER_TABLES)}."
            )
            return
        # Without an order the values stand as the file lists them.
        position = sum(1 for known in self._incoming.feeder if known.feeder == feeder) + 1
        if order:
            number = id_of(order)
            if number.removeprefix("-").isdecimal() and len(number) <= 9:
                position = int(number)
            else:
                self._table.problem(line, "Order", f"{order} is not a whole number. Write 1, 2, 3 or leave it empty.")
        self._incoming.feeder.append(IncomingFeeder(line, feeder, value, position, self._yes(line, "Active", active)))

    def _access(self, line: int, cells: list[str]) -> None:
        person, program, own, others = cells
        self._incoming.access.append(
            IncomingAccess(
                line, id_of(person), id_of(program), self._yes(line, "Own", own), self._yes(line, "Others", others)
            )
        )

    def _assignments(self, line: int, cells: list[str]) -> None:
        participant, program, person, relationship, status, start, end, reason = cells
        self._incoming.assignments.append(
            IncomingAssignment(
                line,
                id_of(participant),
                id_of(program),
                id_of(person),
                relationship,
                status,
                self._date(line, "Start Date", start),
                self._date(line, "End Date", end),
                reason,
            )
        )
