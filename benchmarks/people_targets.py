"""The targets for participants, measured where a user meets them: rows without an ID through `POST /v1/validations`.

A real server on loopback, into whose database the clean people were imported by `caseload-server import`; every
corrupted record is a row of one sheet, impossible dates and all. A row is right first when the duplicate check found
the right person, or when the first suggestion for its Participant ID is theirs; in five when any of them is. `sure` is
the share of all rows whose first suggestion is certain (no guess, a score of SURE and more) and wrong, or which the
duplicate check gave to somebody else without a question.
"""

from __future__ import annotations

import csv
import json
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import requests

from benchmarks.people_sets import FIELDS, PeopleSet, Person, only
from benchmarks.upload import COMMAND, environment, json_headers, served
from workbook.columns import DEMOGRAPHICS, PARTICIPANT_ID, TemplateChoice, template_headers
from workbook.matching import like_key
from workbook.ssn import ssn_of

SURE: Final = 95.0
"""The score from which a suggestion counts as certain here."""
TARGETS: Final = {"name": (0.825, 0.90), "name, birth date": (0.985, 0.99), "name, birth date, SSN": (0.998, 0.998)}
"""What a row tells → (right first, in five), for one record of each of 5,000 people against 5,000 corrupted ones."""
MOST_SURE_AND_WRONG: Final = 0.005


class Reached(NamedTuple):
    first: float
    five: float
    sure_and_wrong: float


def show(sets: Sequence[PeopleSet]) -> None:
    """Prints what is reached of the targets on these sets."""
    for one in sets:
        print(f"\n{one.name}, through POST /v1/validations: {len(one.clean):,} people, {len(one.written):,} rows")
        print(f"  {'told':22}   first  (target)  in five  (target)  sure and wrong  (at most)")
        for told, reached in measure(one).items():
            first, five = TARGETS[told]
            print(
                f"  {told:22} {reached.first:>7.2%} {first:>9.1%} {reached.five:>8.2%} {five:>9.1%} "
                f"{reached.sure_and_wrong:>14.2%} {MOST_SURE_AND_WRONG:>10.1%}",
                flush=True,
            )


def measure(one: PeopleSet) -> dict[str, Reached]:
    """What a row tells → what is reached, all on one server."""
    with tempfile.TemporaryDirectory(prefix="caseload-benchmark-") as folder:
        agency, database = Path(folder) / "agency", Path(folder) / "caseload.db"
        _write_agency(agency, one.clean)
        subprocess.run([COMMAND, "import", agency], env=environment(database), check=True, stdout=subprocess.DEVNULL)
        with served(database) as server:
            reached = {}
            for told, fields in FIELDS.items():
                shown = [only(person, fields) for person in one.written]
                answer = requests.post(
                    f"{server.url}/v1/validations", _table(shown), headers=json_headers(server), timeout=600
                )
                answer.raise_for_status()
                reached[told] = _reached(one, shown, answer.json())
            return reached


def _write_agency(folder: Path, people: Sequence[Person]) -> None:
    folder.mkdir()
    files: dict[str, list[Sequence[str]]] = {
        "participants": [(PARTICIPANT_ID, *DEMOGRAPHICS), *people],
        "staff": [("Staff ID", "First Name", "Last Name", "Administrator"), ("S1", "Ada", "Administrator", "Yes")],
        "feeder": [
            ("Table", "Value"), ("Caseworker Relationship", "Primary"), ("Caseload Status", "Active"),
            ("Reason for Dismissal", "Moved"),
        ],
    }  # fmt: skip
    for name, lines in files.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(lines)


def _table(shown: Sequence[Person]) -> bytes:
    header = template_headers(TemplateChoice(), DEMOGRAPHICS)
    rest = {
        "Update or Insert": "Insert", "Caseworker Name": "Ada Administrator", "Caseworker Relationship": "Primary",
        "Caseload Status": "Active", "Start Date": "2026-01-15",
    }  # fmt: skip
    rows = []
    for person in shown:
        cells = {**rest, **dict(zip(DEMOGRAPHICS, person[1:], strict=True))}
        rows.append([cells.get(name, "") for name in header])
    return json.dumps({"header": header, "rows": rows}).encode()


def _reached(one: PeopleSet, shown: Sequence[Person], report: dict[str, Any]) -> Reached:
    suggested: dict[int, list[dict[str, Any]]] = {}
    for fix in report["fixes"]:
        if fix["column"] == PARTICIPANT_ID:
            suggested.update(dict.fromkeys(fix["rows"], fix["suggestions"]))
    by_ssn, by_names = defaultdict(list), defaultdict(list)
    for person in one.clean:
        by_ssn[ssn_of(person.ssn)].append(person)
        by_names[_names(person)].append(person)
    first = five = wrong = 0
    for row, person in enumerate(shown, 2):
        if row in suggested:
            likely = [one["value"] for one in suggested[row]]
            sure = bool(likely) and suggested[row][0]["score"] >= SURE and "guess" not in suggested[row][0]["label"]
        else:
            number = ssn_of(person.ssn)
            found = by_ssn[number] if number else by_names[_names(person)]
            likely = [stored.participant_id for stored in found if _agrees(person, stored)]
            sure = True
        first += likely[:1] == [person.participant_id]
        five += person.participant_id in likely
        wrong += sure and likely[:1] != [person.participant_id]
    rows = len(shown)
    return Reached(first / rows, five / rows, wrong / rows)


def _names(person: Person) -> tuple[str, str]:
    return like_key(person.first_name), like_key(person.last_name)


def _agrees(written: Person, stored: Person) -> bool:
    """As the duplicate check has it (SPEC R2): everything that is written; names without case and signs."""
    pairs = zip((*_names(written), written.birth_date), (*_names(stored), stored.birth_date), strict=True)
    return all(not said or said == kept for said, kept in pairs)
