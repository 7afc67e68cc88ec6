"""Turn the server's assignments into rows of the sheet, with their versions (SPEC 8, R12)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from addin.api.client import Client
from addin.errors import BookError
from addin.outcome import Say
from addin.rows.data_sheet import DataSheet
from addin.rows.new_rows import NewRow, Value
from addin.rows.row_notes import origin
from workbook.columns import (
    ACTION,
    FIRST_NAME,
    LAST_NAME,
    PARTICIPANT_ID,
    PROGRAM_ID,
    PROGRAM_NAME,
    RELATIONSHIP,
    ROW_ORIGIN,
    STAFF_FIRST,
    STAFF_ID,
    STAFF_LAST,
    STAFF_NAME,
    START,
    STATUS,
)
from workbook.matching import exact_key, text_of
from workbook.report import ListedAssignment
from workbook.site import SiteReference


def fetch_open(
    client: Client,
    say: Say,
    program: str | None = None,
    caseworker: str | None = None,
    participant: str | None = None,
) -> list[ListedAssignment]:
    """The open assignments that the user may change, every page of them."""
    found: list[ListedAssignment] = []
    for page in client.open_assignments(program, caseworker, participant):
        found += page
        say(f"Downloading … {len(found)} assignments")
    return found


def at_site(data: DataSheet, client: Client) -> DataSheet:
    """The rows for the server's site: of those that were downloaded at another no version is sent. The server is asked
    which site it is only where a row that was downloaded, and changed since, says of which it is."""
    if not any(kept.site_tag for kept in data.origins(untouched=False).values()):
        return data
    return replace(data, site_tag=client.site_tag())


def from_elsewhere(data: DataSheet, site_tag: str, *, untouched: bool = True) -> list[int]:
    """The rows that were downloaded at another site, those among them that nobody changed since only if asked for."""
    if not site_tag:
        return []
    return [row for row, kept in data.origins(untouched=untouched).items() if kept.is_elsewhere(site_tag)]


def rows_of_records(data: DataSheet, found: Sequence[ListedAssignment], site_tag: str) -> dict[int, int]:
    """Record id → the sheet row that was downloaded from it and still speaks of its participant, for these assignments
    of a site. The records of all sites are numbered alike: where a row, or the site, does not say which site it is, the
    row must also name the program and the caseworker of the assignment."""
    listed = {one.id: one for one in found}
    columns = data.columns()
    rows: dict[int, int] = {}
    for row, kept in data.origins().items():
        one = listed.get(kept.record_id)
        if one is None or exact_key(kept.participant) != exact_key(one.participant_id):
            continue
        is_ours = kept.site_tag == site_tag != ""
        if is_ours or not (kept.is_elsewhere(site_tag) or _says_another(data, row, columns, one)):
            rows[one.id] = row
    return rows


def _says_another(data: DataSheet, row: int, columns: Mapping[str, int], one: ListedAssignment) -> bool:
    """Whether a row names another program or caseworker than an assignment's, by ID or by name."""

    def said(*headers: str) -> str:
        texts = (data.cell_text(row, columns[header]) for header in headers if header in columns)
        return exact_key(" ".join(filter(None, texts)))

    last_first = f"{one.caseworker_last_name}, {one.caseworker_first_name}"
    programs = {exact_key(name) for name in (one.program_id, one.program_name or one.program_id)}
    staff = {exact_key(name) for name in (one.staff_id, one.caseworker, last_first)}
    caseworker = said(STAFF_ID) or said(STAFF_NAME) or said(STAFF_FIRST, STAFF_LAST)
    return (said(PROGRAM_ID) or said(PROGRAM_NAME)) not in programs or caseworker not in staff


class Naming:
    """How this sheet names programs and caseworkers: by the columns that it has (SPEC 2).

    Where a name is empty, or two bear it, the ID stands in the name's column, which the rules read as well.
    """

    def __init__(self, data: DataSheet, reference: SiteReference, found: Sequence[ListedAssignment]) -> None:
        self._columns = data.columns()
        self._programs: dict[str, set[str]] = defaultdict(set)
        self._staff: dict[str, set[str]] = defaultdict(set)
        for program in reference.programs:
            self._programs[exact_key(program.name)].add(program.program_id)
        for person in reference.staff:
            self._staff[exact_key(f"{person.first_name} {person.last_name}")].add(person.staff_id)
        for one in found:
            self._programs[exact_key(one.program_name)].add(one.program_id)
            self._staff[exact_key(one.caseworker)].add(one.staff_id)

    def program(self, program_id: str, name: str) -> dict[str, Value]:
        """The cells that name a program. Raises BookError where the sheet has no column for it."""
        if not program_id:
            return {}
        if self._has(PROGRAM_ID):
            return {PROGRAM_ID: program_id}
        if not self._has(PROGRAM_NAME):
            raise BookError(
                f"The sheet has no column for the program. Add {PROGRAM_NAME} or {PROGRAM_ID} to the header row."
            )
        return {PROGRAM_NAME: name if name and len(self._programs[exact_key(name)]) == 1 else program_id}

    def caseworker(self, staff_id: str, first: str, last: str) -> dict[str, Value]:
        """The cells that name a caseworker. Raises BookError where the sheet has no column for one."""
        name = f"{first} {last}".strip()
        # A comma in a name would be read as the sign between last and first name.
        known = bool(first and last) and "," not in name and len(self._staff[exact_key(name)]) == 1
        if self._has(STAFF_ID):
            return {STAFF_ID: staff_id}
        if self._has(STAFF_NAME):
            return {STAFF_NAME: name if known else staff_id}
        if self._has(STAFF_FIRST) and self._has(STAFF_LAST):
            return {STAFF_FIRST: first, STAFF_LAST: last} if known else {STAFF_LAST: staff_id}
        raise BookError(
            f"The sheet has no column for the caseworker. Add {STAFF_NAME} or {STAFF_ID} to the header row."
        )

    def person(self, one: ListedAssignment) -> dict[str, Value]:
        """The cells that name a participant: the ID, and the name where the sheet has a place for it."""
        row: dict[str, Value] = {PARTICIPANT_ID: one.participant_id}
        for header, name in ((FIRST_NAME, one.first_name), (LAST_NAME, one.last_name)):
            if name and self._has(header):
                row[header] = name
        return row

    def update_row(self, one: ListedAssignment) -> dict[str, Value]:
        """The row that would end an open assignment, once it has an End Date and a reason."""
        row: dict[str, Value] = {ACTION: "Update"} | self.person(one) | self.program(one.program_id, one.program_name)
        row |= self.caseworker(one.staff_id, one.caseworker_first_name, one.caseworker_last_name)
        row |= self.said(one)
        if one.start_date:
            row[START] = date.fromisoformat(one.start_date)
        return row

    def said(self, one: ListedAssignment) -> dict[str, Value]:
        """What else is stored of an assignment, and goes with it where somebody else takes it over."""
        return {RELATIONSHIP: one.relationship or None, STATUS: one.status or None}

    def _has(self, header: str) -> bool:
        return header in self._columns


def with_origin(row: NewRow, one: ListedAssignment, site_tag: str) -> dict[str, Value]:
    """The row as it is downloaded, with the record and version it shows, and whose site's they are."""
    texts = {header: text for header, value in row.items() if (text := text_of(value))}
    return {**row, ROW_ORIGIN: origin(one.id, one.version, texts, site_tag).text()}
