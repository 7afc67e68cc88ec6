"""Read a HUD HMIS CSV export, FY2020 to FY2026, as an import.

The columns that are read are the same in the formats of FY2020, FY2022, FY2024 and FY2026; what these changed (race and
gender, subsidies, destinations) is not needed here. HMIS has no caseworkers' caseloads, so an export gives no
assignments, feeder values or access rights. A row with a DateDeleted was deleted at its source: it is not imported, and
what an earlier import stored of it is removed. When several exports give the same row, the newest counts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from server.records.imports.csv_table import CsvTable
from server.records.imports.files import DateReader, csv_files
from server.records.imports.hmis_table import HmisRow, newest_rows
from server.records.imports.incoming import (
    ImportProblem,
    ImportRefused,
    Incoming,
    IncomingEnrollment,
    IncomingParticipant,
    IncomingProgram,
    IncomingStaff,
)
from server.records.imports.sources import DELETED
from workbook.dates import read_date

_NEEDED: Final = ("Client.csv", "Project.csv", "Enrollment.csv")
_UNKNOWN_DATES: Final = frozenset({"1900-01-01", "1901-01-01", "9999-12-31"})
"""What systems write for a date of birth that nobody knows."""
_HASHED: Final = {"2": "SHA-1", "3": "hashed", "4": "SHA-256"}
"""HashStatus in Export.csv (HUD list 1.5), but 1, which is unhashed."""
_DIGEST: Final = re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}", re.IGNORECASE)
_NO_BIRTH_DATE: Final = "no date"
_GUESSED_DATE: Final = "known approximately or not at all, says DOBDataQuality"
_GUESSED_SSN: Final = "known in part or not at all, says SSNDataQuality"
_ORPHANS: Final = "of a client or project that was deleted at the source"


def read_hmis(directory: Path, today: str) -> Incoming:
    """Reads an export; Export.csv, Exit.csv and User.csv may be missing. `today`: ISO date, when a closed project is
    closed.

    What is wrong with a cell joins `Incoming.problems`. Raises ImportRefused when this is no HMIS export, or one in
    which names and SSNs are hashed.
    """
    return _Export(directory).read(today)


class _Export:
    def __init__(self, directory: Path) -> None:
        self._incoming = Incoming()
        self._directory = directory
        self._files = csv_files(directory)
        missing = [name for name in _NEEDED if name.casefold() not in self._files]
        if missing:
            raise ImportRefused([
                ImportProblem(
                    str(directory), 0, "",
                    f"This is no HMIS CSV export: {', '.join(missing)} is missing. Name the export's .zip file, or the "
                    "folder that holds Client.csv.",
                )
            ])  # fmt: skip

    def read(self, today: str) -> Incoming:
        self._refuse_hashed()
        deleted_people = self._clients()
        deleted_projects = self._projects(today)
        self._enrollments(deleted_people, deleted_projects)
        self._users()
        self._incoming.notes.append(
            "An HMIS export holds no caseload assignments, feeder tables or access rights. Import them as "
            "assignments.csv, feeder.csv and access.csv."
        )
        return self._incoming

    def _rows(self, kind: str, name: str, headers: Sequence[str]) -> tuple[CsvTable, list[HmisRow]]:
        """The newest row of each thing, by the first of `headers`; deleted ones too."""
        path = self._files[name.casefold()]
        self._incoming.files[kind] = path.name
        required = [header for header in headers if header.endswith("ID")]
        table = CsvTable(
            path, (*headers, "DateUpdated", "DateDeleted"), required, self._incoming.problems, secret=("SSN",),
            ids=required,
        )  # fmt: skip
        return table, newest_rows(table, self._incoming, kind)

    def _refuse_hashed(self) -> None:
        """A hashed export would put 64 hexadecimal digits in place of every name (HUD's HashStatus)."""
        if "export.csv" not in self._files:
            return
        path = self._files["export.csv"]
        for line, (status, version) in CsvTable(path, ("HashStatus", "CSVVersion"), (), self._incoming.problems):
            if status in _HASHED:
                raise self._hashed(path.name, line, f"HashStatus is {status}, {_HASHED[status]}")
            if version:
                self._incoming.notes.append(f"The export says that it is HMIS CSV {version}.")

    def _hashed(self, file: str, line: int, how: str) -> ImportRefused:
        return ImportRefused([
            ImportProblem(
                file, line, "",
                f"In this export names and SSNs are hashed ({how}), so nobody in it could be found by their name. "
                "Nothing was changed. Make the export again without hashing (HashStatus 1), and import that.",
            )
        ])  # fmt: skip

    def _clients(self) -> set[str]:
        deleted: set[str] = set()
        headers = (
            "PersonalID", "FirstName", "LastName", "NameSuffix", "SSN", "SSNDataQuality", "DOB", "DOBDataQuality",
        )  # fmt: skip
        _table, rows = self._rows("participants", "Client.csv", headers)
        hashed = [row.line for row in rows if any(map(_DIGEST.fullmatch, row.cells[1:3]))]
        if hashed and len(hashed) == sum(any(row.cells[1:3]) for row in rows):
            raise self._hashed("Client.csv", hashed[0], "every name is a row of hexadecimal digits")
        for row in rows:
            number, first, last, suffix, ssn, ssn_quality, born, born_quality = row.cells
            if row.is_deleted:
                deleted.add(number)
                self._incoming.skip("participants", row.line, DELETED)
                self._incoming.gone_participants.append((row.line, number))
                continue
            full = f"{last} {suffix}" if last and suffix else last
            birth = self._birth_date(row.line, born, born_quality)
            usable = self._ssn(row.line, number, ssn, ssn_quality)
            self._incoming.participants.append(IncomingParticipant(row.line, number, first, full, birth, "", usable))
        return deleted

    def _birth_date(self, line: int, born: str, quality: str) -> str:
        """An approximate date (quality 2) would be compared exactly, and match nobody; nobody needs to have one."""
        if not born:
            return ""
        birth = read_date(born, "MDY")
        if not isinstance(birth, str):
            self._incoming.skip("participants", line, _NO_BIRTH_DATE, "DOB")
        elif quality not in ("", "1") or birth in _UNKNOWN_DATES:
            self._incoming.skip("participants", line, _GUESSED_DATE, "DOB")
        else:
            return birth
        return ""

    def _ssn(self, line: int, number: str, text: str, quality: str) -> str:
        if text and quality not in ("", "1"):
            self._incoming.skip("participants", line, _GUESSED_SSN, "SSN")
            return ""
        return self._incoming.usable_ssn(line, number, text)

    def _projects(self, today: str) -> set[str]:
        deleted: set[str] = set()
        table, rows = self._rows("programs", "Project.csv", ("ProjectID", "ProjectName", "OperatingEndDate"))
        date = DateReader(table, "MDY")
        for row in rows:
            number, name, ended = row.cells
            if row.is_deleted:
                deleted.add(number)
                self._incoming.skip("programs", row.line, DELETED)
                self._incoming.gone_programs.append((row.line, number))
                continue
            end = date(row.line, "OperatingEndDate", ended)
            self._incoming.programs.append(IncomingProgram(row.line, number, name, not end or end >= today))
        return deleted

    def _enrollments(self, deleted_people: set[str], deleted_projects: set[str]) -> None:
        exits = self._exits()
        headers = ("EnrollmentID", "PersonalID", "ProjectID", "EntryDate")
        table, rows = self._rows("enrollments", "Enrollment.csv", headers)
        date = DateReader(table, "MDY")
        for row in rows:
            number, person, project, entry = row.cells
            is_orphan = person in deleted_people or project in deleted_projects
            if row.is_deleted or is_orphan:
                self._incoming.skip("enrollments", row.line, DELETED if row.is_deleted else _ORPHANS)
                start = read_date(entry, "MDY")
                stays = self._incoming.gone_enrollments
            else:
                start = date(row.line, "EntryDate", entry)
                stays = self._incoming.enrollments
            start_date = start if isinstance(start, str) else ""
            stays.append(IncomingEnrollment(row.line, person, project, start_date, exits.get(number, ""), number))

    def _exits(self) -> dict[str, str]:
        """EnrollmentID → ExitDate."""
        if "exit.csv" not in self._files:
            return {}
        table, rows = self._rows("exits", "Exit.csv", ("EnrollmentID", "ExitDate"))
        date = DateReader(table, "MDY")
        for row in rows:
            if row.is_deleted:
                self._incoming.skip("exits", row.line, DELETED)
        return {row.cells[0]: date(row.line, "ExitDate", row.cells[1]) for row in rows if not row.is_deleted}

    def _users(self) -> None:
        if "user.csv" not in self._files:
            return
        _table, rows = self._rows("staff", "User.csv", ("UserID", "UserFirstName", "UserLastName", "UserEmail"))
        for row in rows:
            # A deleted user may still be a caseworker of the past, so they are imported as not active.
            number, first, last, email = row.cells
            active = False if row.is_deleted else None
            self._incoming.staff.append(IncomingStaff(row.line, number, first, last, email, active, None, None))
