"""Judging finds the same where a sheet is about so many people that closed assignments are fetched for those alone who
need them, and changes nothing of what is stored."""

from __future__ import annotations

import random
from copy import deepcopy
from dataclasses import replace

from server.judge.judge import Judging
from tests.server.judge.test_many_of_one import any_row, known
from tests.support.judged import HEADER, sheet
from workbook.columns import ACTION
from workbook.sheet import Cell, Sheet


def any_sheet(chance: random.Random) -> Sheet:
    """Some of its rows say neither Insert nor Update."""
    rows: list[list[Cell]] = [any_row(chance) for _ in range(chance.choice((1, 5, 40)))]
    for row in rows:
        if chance.random() < 0.1:
            row[HEADER.index(ACTION)] = chance.choice((None, "Upd8"))
    return sheet(*rows)


def test_of_any_sheet_the_same_is_found_whether_all_closed_ones_are_known_or_those_it_asks_for() -> None:
    for seed in range(150):
        chance = random.Random(seed)
        rows, stored = any_sheet(chance), known(chance)
        large = Judging(rows, replace(stored, closed=None))
        closed = stored.closed or {}
        asked = {key: closed.get(key, ()) for key in large.without_open()}
        assert large.verdict(asked) == Judging(rows, stored).verdict(), seed


def test_what_rows_begin_and_end_changes_nothing_of_what_is_stored() -> None:
    for seed in range(40):
        chance = random.Random(seed)
        rows, stored = any_sheet(chance), known(chance)
        before = deepcopy(stored)
        Judging(rows, stored).verdict()
        assert stored == before, seed
