"""Fixing at one glance: what Fix Errors shows of itself, and how much of a sheet is done by hand.

    python -m benchmarks.fixing [--sheets 5] [--rows 600] [--mistakes 30] [--participants 5000] [--seed 31337] [--kinds]

First the 38 mistakes of a walk (`benchmarks/fixing_mistakes.py`), each in a row of its own: of those whose right answer
is in the site, how many have it as the first suggestion, which stands beside the empty answer, and how many of the
first are sure. Then whole sheets with a few of these mistakes each: everything that is sure is taken at one press,
what is left is answered by hand (a line of Fix Errors is one choice; where its rows need different values, each is),
and Apply Fixes is the second press; and so on until the sheet is clean. Of the choices by hand those are counted apart
of which nothing in the site and the sheet tells what is right. What was sure and wrong is counted, too.

The same is asked of a set of further mistakes (`benchmarks/fixing_further.py`), which all have a right answer.

A real `caseload-server` on SQLite serves the sample agency on loopback; answers go through Apply Fixes on the closed
file. A hand answers what the user knows: what the row said before it was spoiled.
"""

from __future__ import annotations

import argparse
import io
import random
import statistics
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from rich.console import Console

from addin.api.client import Client
from addin.book import Book
from addin.buttons.fix import FixOutcome, apply_these
from addin.buttons.registry import APPLY_FIXES, VALIDATE, Handler
from addin.cli.open_file import OpenFile
from addin.cli.tables import Watch, error_groups
from addin.outcome import Outcome
from addin.rows.cells import write_cells
from addin.rows.data_sheet import read_data
from benchmarks.fixing_further import FURTHER
from benchmarks.fixing_mistakes import WALK, Cells, Mistake, SiteKnown, Spoiled
from benchmarks.fixing_site import prepare
from benchmarks.upload import make_agency, served
from benchmarks.validate import connected
from server.records.database import open_database, reading
from server.records.reference_data import reference_lists
from server.records.sample.rows import CHOICE, upload_rows
from server.records.sites import find_site
from workbook.columns import (
    ACTION,
    DEMOGRAPHICS,
    END,
    FIRST_NAME,
    INSERT,
    LAST_NAME,
    PARTICIPANT_ID,
    STAFF_NAME,
    START,
    UPDATE,
)
from workbook.layout import EMPTY_THE_CELL
from workbook.left_out import leaves_out
from workbook.matching import exact_key
from workbook.report import FixGroup, Key, Report
from workbook.sheets.fix_sheet import TAKEN_UNREAD
from workbook.sheets.template import build_filled
from workbook.sureness import how_sure

OF_THE_WALK: Final = "of the walk"
FURTHER_ONES: Final = "of a further kind"
KINDS: Final = {OF_THE_WALK: WALK, FURTHER_ONES: FURTHER}
OF_THE_SAMPLE: Final = "as `caseload-server sample-rows` makes them, a quarter of which nothing in the site answers"
LEFT_OUT: Final = frozenset({"repeated-row", "historic-assignment", "already-open", "no-open-assignment"})
"""Problems of the record, where the hand leaves the rows out."""
MOST_ROUNDS: Final = 6
BY_HAND: Final = 5
PRESSES: Final = 2


class PlayedFixes(NamedTuple):
    """What a sheet took until it was clean."""

    presses: int
    by_hand: int
    untold: int
    """Of these, choices of which nothing in the site and the sheet tells what is right."""
    sure: int
    sure_and_wrong: int
    clean: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sheets", type=int, default=5)
    parser.add_argument("--rows", type=int, default=600)
    parser.add_argument("--mistakes", type=int, default=30)
    parser.add_argument("--participants", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=31337)
    parser.add_argument("--kinds", action="store_true", help="show what was not first, and what was done by hand")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="caseload-benchmark-") as place:
        agency = Path(place) / "agency.db"
        make_agency(agency, asked.participants, asked.participants * 5 // 2)
        site = prepare(agency)
        with served(agency) as server, connected(server) as client:
            bench = Bench(agency, site, client, Path(place), shows_kinds=asked.kinds)
            for title in (OF_THE_WALK, FURTHER_ONES):
                bench.show_walk(title, random.Random(asked.seed))
            for title in (OF_THE_WALK, FURTHER_ONES, OF_THE_SAMPLE):
                bench.show_sheets(title, asked.sheets, asked.rows, asked.mistakes, asked.seed)


class Bench:
    """One site, and a client of its server."""

    def __init__(self, agency: Path, site: SiteKnown, client: Client, folder: Path, *, shows_kinds: bool) -> None:
        self._agency = agency
        self._site = site
        self._client = client
        self._folder = folder
        self._shows_kinds = shows_kinds

    def show_walk(self, title: str, chance: random.Random) -> None:
        """Each mistake in a row of its own."""
        kinds = KINDS[title]
        header, rows = self._right_rows(len(kinds) * 8, chance.randrange(10**6))
        spoiled, places = self._spoil(rows, kinds, chance)
        report = self._client.validate({"header": header, "rows": [[row.get(name) for name in header] for row in rows]})
        told, first, sure, wrong = 0, 0, 0, 0
        by_kind: dict[str, Counter[str]] = {}
        for (kind, _), place in zip(kinds, places, strict=True):
            if place is None:
                continue
            found, groups = spoiled[place], _groups_of(report, place + 2)
            right = bool(groups) and all(_is_right(group, found, rows[place]) for group in groups)
            is_sure = bool(groups) and all(how_sure(group) in TAKEN_UNREAD for group in groups)
            tally = by_kind.setdefault(kind, Counter())
            tally.update(told=found.told, first=right and found.told, sure=is_sure)
            told += found.told
            first += right and found.told
            sure += is_sure
            wrong += is_sure and not right
            if self._shows_kinds and found.told and not (right and is_sure):
                _show("not first" if not right else "not sure", kind, groups, found)
        made = sum(place is not None for place in places)
        print(f"{made} mistakes {title}; of {told} the site knows the right answer")
        for kind, tally in by_kind.items():
            print(f"  {kind:22} shown first {tally['first']:>2} of {tally['told']:>2}   sure {tally['sure']:>2}")
        print(f"  shown without opening a list: {first} of {told}; sure: {sure}, of these wrong: {wrong}", flush=True)

    def show_sheets(self, mistaken: str, sheets: int, rows: int, mistakes: int, seed: int) -> None:
        """Sheets with so many mistakes each, fixed until they are clean."""
        done = [
            self._fix_sheet(*self._wrong_sheet(mistaken, rows, mistakes, random.Random(seed + 1 + number)))
            for number in range(sheets)
        ]
        print(f"{sheets} sheets of {rows} rows with {mistakes} mistakes {mistaken}, until they are clean")
        for number, one in enumerate(done, start=1):
            state = "" if one.clean else "   not clean"
            print(
                f"  sheet {number}: {one.presses} presses, {one.by_hand} choices by hand "
                f"({one.untold} that only the user knows); sure {one.sure}, of these wrong {one.sure_and_wrong}{state}"
            )
        middle = statistics.median(one.by_hand for one in done)
        told = statistics.median(one.by_hand - one.untold for one in done)
        reached = sum(one.clean and one.presses <= PRESSES and one.by_hand <= BY_HAND for one in done)
        print(f"  by hand: {middle:g} in the middle, {max(one.by_hand for one in done)} at most; ", end="")
        print(f"of these told by the site: {told:g} in the middle; ", end="")
        print(f"at most {PRESSES} presses and {BY_HAND} by hand: {reached} of {sheets} sheets")

    def _right_rows(self, count: int, seed: int) -> tuple[list[str], list[Cells]]:
        """Rows of which none has an error; some of them end on the last day of a month."""
        header, rows = self._sample_rows(count + count // 4, 0, seed)
        for row in rows[::7]:
            _end_with_the_month(row)
        report = self._client.validate({"header": header, "rows": [[row[name] for name in header] for row in rows]})
        wrong = {problem.row for problem in report.problems}
        return header, [row for place, row in enumerate(rows) if place + 2 not in wrong][:count]

    def _sample_rows(self, count: int, mistakes: int, seed: int) -> tuple[list[str], list[Cells]]:
        engine = open_database(f"sqlite:///{self._agency}")
        try:
            with reading(engine) as connection:
                site_id = find_site(connection).site_id
                header, table = upload_rows(connection, site_id, count, mistakes, seed, date.today().isoformat())
        finally:
            engine.dispose()
        return header, [dict(zip(header, cells, strict=True)) for cells in table]

    def _spoil(
        self, rows: list[Cells], kinds: Sequence[tuple[str, Mistake]], chance: random.Random
    ) -> tuple[dict[int, Spoiled], list[int | None]]:
        """Spoils one row for each kind, in place. Gives what was spoiled by the row's index, and each kind's row."""
        spoiled: dict[int, Spoiled] = {}
        places: list[int | None] = []
        order = chance.sample(range(len(rows)), len(rows))
        for _, mistake in kinds:
            places.append(None)
            for place in order:
                if place in spoiled:
                    continue
                row = dict(rows[place])
                found = mistake(chance, row, self._site)
                if found is not None and row != rows[place]:
                    rows[place], spoiled[place], places[-1] = row, found, place
                    break
        return spoiled, places

    def _wrong_sheet(
        self, mistaken: str, count: int, mistakes: int, chance: random.Random
    ) -> tuple[list[Cells], list[Cells], dict[int, Spoiled]]:
        """Rows with mistakes, the same rows before, and what was spoiled."""
        if mistaken in KINDS:
            _header, rows = self._right_rows(count, chance.randrange(10**6))
            before = [dict(row) for row in rows]
            # Each kind as often as any other, where there are fewer kinds than mistakes.
            kinds = KINDS[mistaken] * -(-mistakes // len(KINDS[mistaken]))
            return rows, before, self._spoil(rows, chance.sample(kinds, mistakes), chance)[0]
        seed = chance.randrange(10**6)
        rows, before = self._sample_rows(count, mistakes, seed)[1], self._sample_rows(count, 0, seed)[1]
        both = enumerate(zip(rows, before, strict=True))
        return rows, before, {place: Spoiled({}, told=False) for place, pair in both if _only_the_user_knows(*pair)}

    def _fix_sheet(self, rows: Sequence[Cells], before: Sequence[Cells], spoiled: dict[int, Spoiled]) -> PlayedFixes:
        path = self._folder / "sheet.xlsx"
        path.write_bytes(self._template(rows))
        console = Console(file=io.StringIO())
        with OpenFile(path, console, Watch(console), self._client) as opened:
            report: Report = opened.press(VALIDATE)[-1].report
            presses = by_hand = untold = sure = wrong = 0
            for _ in range(MOST_ROUNDS):
                groups = error_groups(report)
                if not groups:
                    break
                answers: dict[Key, str] = {}
                typed: dict[tuple[int, str], str] = {}
                left_out: list[Key] = []
                corrected: dict[tuple[int, str], str] = {}
                for group in groups:
                    key = (group.column, group.value, group.code)
                    if how_sure(group) in TAKEN_UNREAD:
                        answers[key] = group.suggestions[0].value or EMPTY_THE_CELL
                        sure += 1
                        wrong += not self._is_sure_rightly(group, rows, before, spoiled)
                        continue
                    if self._shows_kinds:
                        _show("by hand", "", [group], spoiled.get(group.rows[0] - 2))
                    elsewhere = _elsewhere(group, spoiled)
                    corrected |= elsewhere
                    untold_rows = {row for row in group.rows if (found := spoiled.get(row - 2)) and not found.told}
                    untold += len({self._right(before, spoiled, group, row) for row in untold_rows})
                    of_line = sorted(set(group.rows) - {row for row, _ in elsewhere})
                    rights = {self._right(before, spoiled, group, row) for row in of_line}
                    if group.code in LEFT_OUT and not elsewhere:
                        by_hand += 1
                        left_out.append(key)
                        continue
                    by_hand += len(rights)
                    if len(rights) == 1 and not elsewhere:
                        answers[key] = min(next(iter(rights)), key=len) or EMPTY_THE_CELL
                    else:
                        typed |= {
                            (row, group.column): min(self._right(before, spoiled, group, row), key=len)
                            for row in of_line
                        }
                by_hand += len(corrected)
                typed |= corrected
                presses += 2
                if typed:
                    opened.press(_typing(typed))
                report = opened.press(_answering(answers, left_out))[-1].checked.report
            return PlayedFixes(presses, by_hand, untold, sure, wrong, clean=not error_groups(report))

    def _is_sure_rightly(
        self, group: FixGroup, rows: Sequence[Cells], before: Sequence[Cells], spoiled: dict[int, Spoiled]
    ) -> bool:
        """Whether the first suggestion of a line is right in all its rows."""
        best = group.suggestions[0].value
        if leaves_out(best):
            return all(_is_another_row(rows[row - 2], before[row - 2]) for row in group.rows)
        return all(
            exact_key(best) in {exact_key(one) for one in self._right(before, spoiled, group, row)}
            for row in group.rows
        )

    def _right(self, before: Sequence[Cells], spoiled: dict[int, Spoiled], group: FixGroup, row: int) -> frozenset[str]:
        """What is right in a cell of a row: whatever stands for what it said before."""
        found = spoiled.get(row - 2)
        if found is not None and group.column in found.right:
            return frozenset(found.right[group.column])
        if group.details:  # who is meant: what else was spoiled is not the ID
            return frozenset({before[row - 2][PARTICIPANT_ID]})
        right = before[row - 2].get(group.column, "")
        if not right and group.column in DEMOGRAPHICS:  # what is stored is as right as nothing
            person = self._site.people[before[row - 2][PARTICIPANT_ID]]
            right = {FIRST_NAME: person.first_name, LAST_NAME: person.last_name}.get(group.column, "")
        return frozenset({right})

    def _template(self, rows: Sequence[Cells]) -> bytes:
        engine = open_database(f"sqlite:///{self._agency}")
        try:
            with reading(engine) as connection:
                lists = reference_lists(connection, find_site(connection).site_id).for_template()
        finally:
            engine.dispose()
        return build_filled(CHOICE, lists, [list(row.values()) for row in rows])


def _elsewhere(group: FixGroup, spoiled: Mapping[int, Spoiled]) -> dict[tuple[int, str], str]:
    """What a hand types, by (sheet row, column), where the mistake is in other cells than the one that is marked: who
    sees the name of somebody else beside an ID that is wrong corrects the ID, once, and not the name."""
    if group.details:  # its answer says which of the two is wrong
        return {}
    return {
        (row, column): min(right, key=len)
        for row in group.rows
        if (found := spoiled.get(row - 2)) and group.column not in found.right
        for column, right in found.right.items()
    }


def _only_the_user_knows(row: Cells, right: Cells) -> bool:
    """Whether a mistake of the sample took away what nothing else tells: a day, which was emptied or became another or
    an impossible one, or the caseworker of an Insert."""
    if row[PARTICIPANT_ID] and row[PARTICIPANT_ID].lstrip("0") != right[PARTICIPANT_ID].lstrip("0"):
        return False  # another row in its place
    days = [(row[column], right[column]) for column in (START, END) if right[column]]
    return (row[ACTION] == INSERT and not row[STAFF_NAME]) or any(
        mine != theirs and (not mine or len(mine) == len(theirs)) for mine, theirs in days
    )


def _answering(answers: Mapping[Key, str], left_out: Sequence[Key]) -> Handler[FixOutcome]:
    """Apply Fixes with these answers."""
    return Handler(lambda it: apply_these(it.book, it.client, answers, left_out), APPLY_FIXES.reads, "")


def _typing(typed: Mapping[tuple[int, str], str]) -> Handler[Outcome]:
    """Types into cells, where the rows of one mistake need different values."""

    def write(book: Book) -> Outcome:
        data = read_data(book)
        write_cells(data, {(row, data.columns()[header]): text or None for (row, header), text in typed.items()})
        return Outcome()

    return Handler(lambda it: write(it.book), VALIDATE.reads, "")


def _end_with_the_month(row: Cells) -> None:
    """Where an Update can end on the last day of a month of thirty days or fewer, it does."""
    if row[ACTION] != UPDATE or not row[END]:
        return
    day = date.fromisoformat(row[END])
    last = day.replace(day=1) - timedelta(days=1)
    if last.day < 31 and (not row[START] or last.isoformat() >= row[START]):
        row[END] = last.isoformat()


def _groups_of(report: Report, row: int) -> list[FixGroup]:
    return [group for group in error_groups(report) if row in group.rows]


def _is_another_row(row: Cells, before: Cells) -> bool:
    """Whether a mistake was to write another row in the place of the right one: then it may go."""
    return row[PARTICIPANT_ID].lstrip("0") not in ("", before[PARTICIPANT_ID].lstrip("0"))


def _is_right(group: FixGroup, found: Spoiled, row: Cells) -> bool:
    meant = (row[PARTICIPANT_ID],) if group.details else ()
    right = {exact_key(one) for one in found.right.get(group.column, meant)}
    return bool(group.suggestions) and exact_key(group.suggestions[0].value) in right


def _show(what: str, kind: str, groups: Sequence[FixGroup], found: Spoiled | None) -> None:
    for group in groups:
        offered = [(one.value, one.score) for one in group.suggestions[:2]]
        right = found.right.get(group.column) if found else None
        print(f"    {what}: {kind} {group.column} {group.value!r} {group.code} {offered} right {right}")


if __name__ == "__main__":
    main()
