"""Many rows about one participant: each is judged as ever, and none goes through what all the others have done."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

import server.judge
from server.judge import judge as judge_module
from server.judge import ledger, stays
from server.judge.judge import Judging
from server.judge.reference import Access, Assignment, Enrollment, Reference, SiteRules, User
from server.judge.verdict import Verdict
from tests.support.judged import PERSON_KEYS, PROGRAM_KEYS, STAFF_KEYS, insert, reference, sheet, update
from tests.support.plain_ledger import PlainLedger
from tests.support.steps import steps_in
from workbook.sheet import Cell

JUDGE = Path(server.judge.__file__).parent
SHELTER, P1 = PROGRAM_KEYS["SH"], PERSON_KEYS["P1"]
DAYS = [f"2025-{month:02}-{day:02}" for month in (1, 2, 3) for day in (1, 2, 15, 28)]


def day(number: int) -> str:
    return (date(1950, 1, 2) + timedelta(number)).isoformat()


def cycles(rows: int) -> list[list[Cell]]:
    """Two assignments of one participant begin on a day and end on it, and so on."""
    kinds = ("Primary", "Secondary")
    found: list[list[Cell]] = []
    for number in range(rows // 4):
        on = day(number)
        found += [
            insert(id="P1", staff="Robert Smith", relationship=kind, start=on, program_start="1950-01-01")
            for kind in kinds
        ]
        found += [update(program="Youth Shelter", relationship=kind, end=on) for kind in kinds]
    return found


def visits(rows: int) -> list[list[Cell]]:
    """The participant enters the program with an assignment, and leaves it the same day."""
    found: list[list[Cell]] = []
    for number in range(rows // 2):
        on = day(number)
        found += [
            insert(id="P7", staff="Robert Smith", start=on, program_start=on),
            update(id="P7", program="Youth Shelter", end=on, program_end=on),
        ]
    return found


def repeats(rows: int) -> list[list[Cell]]:
    """What is closed long since is ended again, each row by another start."""
    return [update(program="Youth Shelter", start=day(number % 700), end=day(number % 700)) for number in range(rows)]


def strays(rows: int) -> list[list[Cell]]:
    """A caseworker that nobody is, and none, where many others have something open."""
    return [update(staff=f"Robbert Smyth{number}" if number % 2 else None, start=day(number)) for number in range(rows)]


def closed(count: int) -> dict[int, list[Assignment]]:
    staff = STAFF_KEYS["S1"]
    return {P1: [Assignment(900 + n, P1, SHELTER, staff, 11, 21, day(n), day(n), 2) for n in range(count)]}


def opened(count: int) -> dict[int, list[Assignment]]:
    staff = STAFF_KEYS["S3"]
    return {P1: [Assignment(900 + n, P1, SHELTER, staff, 12, 21, day(n), "", 1) for n in range(count)]}


@pytest.mark.parametrize("rows_of", [cycles, visits, repeats, strays])
def test_twice_as_many_rows_about_one_participant_take_about_twice_as_many_steps(rows_of) -> None:
    def steps(count: int) -> int:
        known = reference(assignments=opened(count) if rows_of is strays else {}, closed=closed(count), enrollments={})
        given = sheet(*rows_of(count))
        return steps_in(JUDGE, lambda: Judging(given, known).verdict())

    few, many = steps(400), steps(800)
    assert many < 2.3 * few


def test_of_a_hundred_enrollments_a_message_names_some_and_counts_the_others() -> None:
    history = {(P1, SHELTER): [Enrollment(900 + n, day(n), day(n)) for n in range(100)]}
    [problem] = Judging(sheet(insert(id="P1")), reference(enrollments=history)).verdict().problems
    assert "1/2/1950 to 1/2/1950; 1/3/1950" in problem.message
    assert problem.message.count(" to ") == 20
    assert "1/21/1950 and 80 more" in problem.message


def stored(chance: random.Random, *, are_open: bool) -> dict[int, list[Assignment]]:
    """Assignments of two participants, some of them twice, as an import may leave them."""
    found = {}
    for base, person in ((1000, "P1"), (2000, "P2")):
        key = PERSON_KEYS[person]
        found[key] = [
            Assignment(
                base + number + 500 * are_open, key, chance.choice((SHELTER, PROGRAM_KEYS["FS"], 0)),
                STAFF_KEYS[chance.choice(("S1", "S3", "S4"))], chance.choice((11, 12, 13)), 21,
                chance.choice(DAYS), "" if are_open else chance.choice(DAYS), 1,
            )
            for number in range(chance.randrange(12))
        ]  # fmt: skip
    return found


def enrolled(chance: random.Random) -> dict[tuple[int, int], list[Enrollment]]:
    found: dict[tuple[int, int], list[Enrollment]] = {}
    for base, person in ((3000, "P1"), (4000, "P2")):
        spans = sorted((chance.choice(["", *DAYS[:4]]), chance.choice(["", *DAYS])) for _ in range(chance.randrange(9)))
        found[PERSON_KEYS[person], SHELTER] = [Enrollment(base + n, *span) for n, span in enumerate(spans)]
    return found


def any_row(chance: random.Random) -> list[Cell]:
    def some(*values: str | None) -> str | None:
        return chance.choice(values)

    cells: dict[str, Cell] = {
        "id": some("P1", "P1", "P1", "P2"),
        "program": some(*["Youth Shelter"] * 4, "Family Support", None),
        "staff": some(*["Robert Smith", "Ana de la Cruz"] * 3, "Eva Twin", f"Ann Smyth{chance.randrange(99)}", None),
        "relationship": some(*["Primary", "Secondary"] * 4, "Backup", None),
        "start": some(*DAYS[:8], *[None] * 4, "not a day"),
    }
    if chance.random() < 0.2:
        cells |= {"program_start": some(None, *DAYS[:6]), "program_end": some(None, *DAYS[6:])}
    if chance.random() < 0.5:
        return insert(**{**cells, "start": cells["start"] or some(*DAYS)})
    return update(**cells, end=some(*DAYS[4:]))


def known(chance: random.Random) -> Reference:
    access = {SHELTER: Access(own=True, others=True), PROGRAM_KEYS["FS"]: Access(own=True, others=False)}
    users = User(STAFF_KEYS["ADM"], True), User(STAFF_KEYS["S1"], False, access)
    return reference(
        assignments=stored(chance, are_open=True),
        closed=stored(chance, are_open=False),
        enrollments=enrolled(chance),
        rules=SiteRules("Agency", one_primary=chance.random() < 0.5),
        user=chance.choice(users),
    )


def judged(rows: Sequence[Sequence[Cell]], chance: random.Random) -> Verdict:
    return Judging(sheet(*rows), known(chance)).verdict()


@pytest.mark.parametrize("few", [0, 4, 16])
def test_of_any_sheet_the_same_is_found_as_where_each_row_goes_through_all(few, monkeypatch) -> None:
    monkeypatch.setattr(ledger, "FEW", few)
    monkeypatch.setattr(stays, "FEW", few)
    for seed in range(60):
        chance = random.Random(seed)
        rows = [any_row(chance) for _ in range(chance.choice((5, 40, 120)))]
        found = judged(rows, random.Random(seed))
        with monkeypatch.context() as plainly:
            plainly.setattr(judge_module, "Ledger", PlainLedger)
            assert judged(rows, random.Random(seed)) == found, seed
