"""Reads a HUD HMIS CSV export, FY2020 to FY2026, as an import: clients, projects, enrollments, exits, users.

HMIS knows no caseworkers' caseloads, so there are no assignments, feeder values or access rights in it. A row
with a DateDeleted was deleted at its source and is passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from server.records.csv_table import CsvTable
from server.records.import_files import DateReader, csv_files
from server.records.incoming import (
    ImportProblem,
    ImportRefused,
    Incoming,
    IncomingEnrollment,
    IncomingParticipant,
    IncomingProgram,
    IncomingStaff,
)
from workbook.matching import ssn_digits

_NEEDED: Final = ("Client.csv", "Project.csv", "Enrollment.csv")
_JUNK_SSNS: Final = frozenset({"123456789", "012345678", "987654321"})
_UNKNOWN_DATES: Final = frozenset({"1900-01-01", "1901-01-01", "9999-12-31"})
"""What systems write for a date of birth that nobody knows."""


def read_hmis(directory: Path, today: str) -> Incoming:
    """Reads an export; Exit.csv and User.csv may be missing. `today`: ISO date, when a closed project is closed.

    What is wrong with a cell joins `Incoming.problems`. Raises ImportRefused when this is no HMIS export.
    """
    return _Export(directory).read(today)


class _Export:
    def __init__(self, directory: Path) -> None:
        self._incoming = Incoming()
        self._files = csv_files(directory)
        missing = [name for name in _NEEDED if name.casefold() not in self._files]
        if missing:
            raise ImportRefused([
                ImportProblem(
                    str(directory), 0, "",
                    f"This is no HMIS CSV export: {', '.join(missing)} is missing. Unpack the export's .zip file "
                    "and name the folder that holds Client.csv.",
                )
            ])  # fmt: skip

    def read(self, today: str) -> Incoming:
        incoming = self._incoming
        deleted_people = self._clients()
        deleted_projects = self._projects(today)
        exits = self._exits()
        orphans = 0
        table = self._table("enrollments", "Enrollment.csv", ("EnrollmentID", "PersonalID", "ProjectID", "EntryDate"))
        date = DateReader(table, "MDY")
        for line, cells in table:
            number, person, project, entry, gone = cells
            if gone:
                continue
            if person in deleted_people or project in deleted_projects:
                orphans += 1
                continue
            incoming.enrollments.append(
                IncomingEnrollment(line, person, project, date(line, "EntryDate", entry), exits.get(number, ""))
            )
        if orphans:
            incoming.notes.append(
                f"{table.name}: {orphans} enrollments belong to a deleted client or project, so they are left out."
            )
        self._users()
        incoming.notes.append(
            "An HMIS export holds no caseload assignments, feeder tables or access rights. Import them as "
            "assignments.csv, feeder.csv and access.csv."
        )
        return incoming

    def _table(self, kind: str, name: str, headers: Sequence[str]) -> CsvTable:
        path = self._files[name.casefold()]
        self._incoming.files[kind] = path.name
        return CsvTable(
            path, (*headers, "DateDeleted"), [header for header in headers if header.endswith("ID")],
            self._incoming.problems, secret=("SSN",),
        )  # fmt: skip

    def _clients(self) -> set[str]:
        deleted: set[str] = set()
        headers = (
            "PersonalID", "FirstName", "LastName", "NameSuffix", "SSN", "SSNDataQuality", "DOB", "DOBDataQuality",
        )  # fmt: skip
        table = self._table("participants", "Client.csv", headers)
        date = DateReader(table, "MDY")
        for line, (number, first, last, suffix, ssn, ssn_quality, born, born_quality, gone) in table:
            if gone:
                deleted.add(number)
                continue
            # An approximate date (quality 2) would be compared exactly, and match nobody.
            birth = date(line, "DOB", born) if born_quality in ("", "1") else ""
            if birth in _UNKNOWN_DATES:
                birth = ""
            full = f"{last} {suffix}" if last and suffix else last
            self._incoming.participants.append(
                IncomingParticipant(line, number, first, full, birth, "", _known_ssn(ssn, ssn_quality))
            )
        return deleted - {record.participant_id for record in self._incoming.participants}

    def _projects(self, today: str) -> set[str]:
        deleted: set[str] = set()
        table = self._table("programs", "Project.csv", ("ProjectID", "ProjectName", "OperatingEndDate"))
        date = DateReader(table, "MDY")
        for line, (number, name, ended, gone) in table:
            if gone:
                deleted.add(number)
                continue
            end = date(line, "OperatingEndDate", ended)
            self._incoming.programs.append(IncomingProgram(line, number, name, not end or end >= today))
        return deleted - {record.program_id for record in self._incoming.programs}

    def _exits(self) -> dict[str, str]:
        """EnrollmentID → ExitDate."""
        if "exit.csv" not in self._files:
            return {}
        table = self._table("exits", "Exit.csv", ("EnrollmentID", "ExitDate"))
        date = DateReader(table, "MDY")
        return {number: date(line, "ExitDate", exit_date) for line, (number, exit_date, gone) in table if not gone}

    def _users(self) -> None:
        if "user.csv" not in self._files:
            return
        headers = ("UserID", "UserFirstName", "UserLastName", "UserEmail")
        for line, (number, first, last, email, gone) in self._table("staff", "User.csv", headers):
            self._incoming.staff.append(
                IncomingStaff(line, number, first, last, email, False if gone else None, None, None)
            )


def _known_ssn(text: str, quality: str) -> str:
    """The SSN's digits, or "" for what stands there when nobody knows it: parts, x for a digit, 999999999."""
    digits = ssn_digits(text)
    if quality not in ("", "1") or len(digits) != 9 or not (digits.isascii() and digits.isdecimal()):
        return ""
    if len(set(digits)) == 1 or digits in _JUNK_SSNS:
        return ""
    never_issued = digits[:3] in ("000", "666") or digits[0] == "9" or digits[3:5] == "00" or digits[5:] == "0000"
    return "" if never_issued else digits
