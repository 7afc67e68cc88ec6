"""How many wrong SSNs are answered in a day, and that the right one is told no sooner than they are (SPEC 7)."""

from __future__ import annotations

from server.judge.reference import TriedSsns
from server.judge.ssns import MOST_ALONE, MOST_OF_ONE, RowSsn, tries, unanswered

NOTHING = TriedSsns({}, frozenset())


def beside(*ssns: str, person: int = 1) -> list[RowSsn]:
    """Rows that give these beside somebody's ID; "right" is theirs."""
    return [RowSsn(index, person, ssn, ssn == "right") for index, ssn in enumerate(ssns)]


def alone(right: int, wrong: int) -> list[RowSsn]:
    """Rows without an ID: so many whose SSN leads to somebody, then so many whose does not."""
    return [RowSsn(index, 0, f"hash {index}", index < right) for index in range(right + wrong)]


def test_only_wrong_ones_count_and_each_once():
    assert tries(beside("right", "a", "a", "b"), NOTHING).new == [(1, "a"), (1, "b")]
    assert tries(beside("a", "b"), TriedSsns({1: frozenset("a")}, frozenset())).new == [(1, "b")]


def test_the_right_one_is_answered_until_as_many_wrong_ones_were_as_may_be():
    few, all_of_them = frozenset("abcd"), frozenset("abcde")
    assert len(all_of_them) == MOST_OF_ONE
    rows = beside("right", "a", "z")
    assert unanswered(rows, TriedSsns({1: few}, frozenset())) == {2}
    assert unanswered(rows, TriedSsns({1: all_of_them}, frozenset())) == {0, 2}
    assert unanswered(rows, TriedSsns({2: all_of_them}, frozenset())) == {1, 2}, "another participant's are not theirs"


def test_no_more_are_counted_than_there_is_room_for():
    assert len(tries(beside(*"abcdefgh"), NOTHING).new) == MOST_OF_ONE
    assert tries(beside("z"), TriedSsns({1: frozenset("abcde")}, frozenset())).new == []
    assert len(tries(alone(right=2, wrong=MOST_ALONE + 5), NOTHING).new) == MOST_ALONE


def test_a_sheet_most_of_which_is_right_may_have_more_that_are_wrong():
    rows = alone(right=500, wrong=400)
    found = tries(rows, NOTHING)
    assert (len(found.new), found.most_alone) == (400, MOST_ALONE + 500)
    assert unanswered(rows, TriedSsns({}, frozenset(ssn for _, ssn in found.new), frozenset(found.held))) == frozenset()


def test_what_was_right_earlier_that_day_counts_as_in_one_sheet():
    """A sheet of five hundred people sent in ten parts, and one person's SSN in ten wrong."""
    asked, said = NOTHING, []
    for part in range(10):
        rows = [RowSsn(index, 0, f"hash {part} {index}", index >= 5) for index in range(50)]
        found = tries(rows, asked)
        wrong = asked.alone | {ssn for _, ssn in found.new}
        asked = TriedSsns({}, wrong, asked.held | frozenset(found.held))
        said.append(len(unanswered(rows, asked)))
    assert (said, len(asked.alone), len(asked.held)) == ([0] * 10, 50, 450)


def test_a_right_guess_by_itself_is_answered_no_more_than_a_wrong_one_when_there_is_no_room():
    full = TriedSsns({}, frozenset(f"wrong {number}" for number in range(MOST_ALONE)))
    assert unanswered([RowSsn(0, 0, "right", True)], full) == unanswered([RowSsn(0, 0, "another", False)], full) == {0}


def test_how_many_guesses_are_answered_does_not_tell_how_many_hit():
    found = {len(tries(alone(right, 1000 - right), NOTHING).new) for right in (0, 1, 10, 100)}
    assert found == {MOST_ALONE}
