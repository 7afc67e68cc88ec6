"""Fixes of an upload are changed one by one, and many of them as fast as few."""

from __future__ import annotations

import random
import time

from server.records.fix_list import FixList
from server.records.fixes import StoredFix


def fix(value: str, replacement: str, *rows: int, column: str = "Caseload Status") -> StoredFix:
    return StoredFix(column, value, "unknown-value", replacement, False, rows)


def test_what_is_fixed_anew_takes_the_answers_to_its_old_answer_along() -> None:
    fixes = FixList([fix("a", "b", 1, 2), fix("b", "c", 1, 2, 3), fix("b", "d", 1, column="Program Name")])
    fixes.add(fix("a", "x"))
    assert list(fixes) == [fix("b", "c", 3), fix("b", "d", 1, column="Program Name"), fix("a", "x", 1, 2)]


def test_what_is_taken_back_leaves_the_answers_of_other_rows() -> None:
    fixes = FixList([fix("a", "b", 1), fix("b", "c", 1, 2), fix("c", "d", 1, 2), fix("d", "e", 1)])
    fixes.take_back(fix("a", "").key)
    assert list(fixes) == [fix("b", "c", 2), fix("c", "d", 2)]
    assert fix("d", "").key not in fixes


def test_rows_that_get_a_wrong_value_later_are_a_part_of_their_own() -> None:
    fixes = FixList([fix("a", "b", 1)])
    fixes.add(fix("a", "b", 1, 7))
    fixes.add(fix("a", "b"))
    assert (list(fixes), fixes.of(fix("a", "").key)) == ([fix("a", "b", 1), fix("a", "b", 7)],) * 2


def test_a_header_that_is_something_else_takes_what_was_fixed_in_it_along() -> None:
    header = StoredFix("Program/Service", "Program/Service", "header-unclear", "Program Name", False, (1,))
    fixes = FixList([fix("w", "v", 5, column="Program Name"), header, fix("x", "y", 5, column="Program Name")])
    fixes.add(header._replace(replacement="leave it out"))
    assert list(fixes) == [fix("w", "v", 5, column="Program Name"), header._replace(replacement="leave it out")]


def test_many_changes_say_the_same_as_each_looked_for_in_the_whole_list() -> None:
    chance = random.Random(5)
    for _ in range(300):
        fixes, plain = FixList(), list[StoredFix]()
        for _ in range(12):
            value, rows = chance.choice("abcd"), sorted(chance.sample(range(6), chance.randint(0, 3)))
            if chance.random() < 0.3:
                fixes.take_back(fix(value, "").key)
                plain = without(plain, value)
            else:
                new = fix(value, chance.choice("wxyz"), *rows)
                fixes.add(new)
                plain = added(plain, new)
            assert list(fixes) == plain


def added(fixes: list[StoredFix], new: StoredFix) -> list[StoredFix]:
    earlier = [known for known in fixes if known.key == new.key]
    covered = {row for known in earlier for row in known.rows}
    if any(known.replacement != new.replacement for known in earlier):
        fixes, rows = without(fixes, new.value), sorted(covered | {*new.rows})
    else:
        rows = [row for row in new.rows if row not in covered]
    return [*fixes, new._replace(rows=tuple(rows))] if rows else fixes


def without(fixes: list[StoredFix], value: str) -> list[StoredFix]:
    """The fixes but those of a value, and but the rows of later ones that these had fixed."""
    freed = set[int]()
    kept: list[StoredFix] = []
    for known in fixes:
        if known.value == value:
            freed.update(known.rows)
        else:
            kept.append(known._replace(rows=tuple(row for row in known.rows if row not in freed)))
    return [known for known in kept if known.rows]


def test_twenty_thousand_changes_do_not_go_through_twenty_thousand_fixes_each() -> None:
    many = 20_000
    answers = fix("b", "c", *range(many))
    fixes = FixList([*(fix(f"a{number}", "b", number) for number in range(many)), answers])
    began = time.process_time()
    for number in range(many):
        fixes.add(fix(f"a{number}", "x"))
    for number in range(many):
        fixes.take_back(fix(f"a{number}", "").key)
    assert time.process_time() - began < 10  # of which it takes a quarter of a second; else minutes
    assert list(fixes) == []
