"""To empty the cell is an answer wherever its message says to clear it, first where a placeholder stands in it."""

from __future__ import annotations

import pytest

from server.judge.question import Question
from server.suggest.emptied import is_placeholder, with_emptied
from workbook.report import Suggestion

FOUND = [Suggestion(value=value, label="", score=80.0) for value in "abcde"]


@pytest.mark.parametrize(
    ("column", "value", "code", "offered"),
    [
        ("End Date", "NULL", "end-on-insert", ["", "a", "b", "c", "d"]),
        ("End Date", "2026-01-01", "end-on-insert", ["a", "b", "c", "d", ""]),
        ("First Name", "Bob", "demographics-mismatch", ["a", "b", "c", "d", ""]),
        ("First Name", "(blank)", "demographics-mismatch", ["", "a", "b", "c", "d"]),
        ("Date of Birth", "0000-00-00", "not-a-date", ["", "a", "b", "c", "d"]),
        ("Program Name", "N/A", "unknown-program", ["", "a", "b", "c", "d"]),
        ("End Date", "#N/A", "cell-error", ["", "a", "b", "c", "d"]),
        ("Start Date", "N/A", "not-a-date", list("abcde")),
        ("Caseworker Name", "none", "unknown-staff", list("abcde")),
        ("Program Name", "Nil Street", "unknown-program", list("abcde")),
        ("SSN", "(hidden) row 2", "demographics-mismatch", list("abcde")),
    ],
)
def test_it_is_offered_where_a_row_can_do_without(column: str, value: str, code: str, offered: list[str]) -> None:
    given = with_emptied(Question(column, value, code, [2]), FOUND, 5)
    assert [one.value for one in given] == offered


def test_it_is_sure_where_a_placeholder_stands_in_a_cell_that_must_be_empty() -> None:
    sure = [with_emptied(Question("End Date", value, "end-on-insert", [2]), [], 5)[0].is_sure for value in ("n/a", "1")]
    assert sure == [True, False]


def test_placeholders_are_known_in_any_case_and_in_brackets() -> None:
    known = ["NULL", "n/a", " None ", "(Blank)", "<null>", "\\N", "-", "—", "0000-00-00", "''"]
    assert [text for text in known if not is_placeholder(text)] == []
    assert [text for text in ("", "0", "X", "Nora", "N/A Street", "NA1") if is_placeholder(text)] == []
