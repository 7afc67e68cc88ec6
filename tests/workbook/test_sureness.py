"""How sure the best answer is: what is sure may be taken unread (SPEC 5)."""

from __future__ import annotations

import pytest

from workbook.report import ONLY_A_GUESS, FixGroup, Suggestion
from workbook.sureness import how_sure


def group(code: str, column: str, value: str, *offered: tuple[str, float], rows: tuple[int, ...] = (2,)) -> FixGroup:
    suggestions = [Suggestion(value=one, label=one, score=score) for one, score in offered]
    return FixGroup(column=column, value=value, code=code, count=len(rows), rows=[*rows], suggestions=suggestions)


@pytest.mark.parametrize(
    ("code", "column", "value", "offered", "sure"),
    [
        ("unknown-staff", "Caseworker Name", "Robrt Smiht", [("Robert Smith", 90)], "sure"),
        ("unknown-staff", "Caseworker Name", "R Smith", [("Robert Smith", 92), ("Rita Smith", 90)], "likely"),
        ("unknown-staff", "Caseworker Name", "Smith", [("Robert Smith", 78)], "likely"),
        ("unknown-value", "Caseload Status", "Actiev", [("Active", 83.3)], "sure"),
        ("staff-disabled", "Caseworker Name", "Jon Petersen", [("John Peterson", 95)], "likely"),
        ("value-inactive", "Caseload Status", "Inactive", [("Active", 99)], "likely"),
        ("unknown-participant", "Participant ID", "Jon Roe", [("00042", 98)], "sure"),
        ("unknown-participant", "Participant ID", "Jon Roe", [("00042", 98), ("00043", 97)], "likely"),
        ("unknown-participant", "Participant ID", "Jon Roe", [("00042", 60)], "likely"),
        ("unknown-participant", "Participant ID", "183", [("000183", 44), ("000813", 30)], "sure"),
        ("unknown-participant", "Participant ID", "183", [("0183", 60), ("000183", 44)], "likely"),
        ("ambiguous-staff", "Caseworker Name", "Robert Smith", [("S1", 100), ("S2", 99)], "likely"),
        ("ambiguous-date", "Start Date", "3/4/26", [("2026-03-04", 90), ("2026-04-03", 80)], "sure"),
        ("ambiguous-date", "Start Date", "3/4/26", [("2026-03-04", 90), ("1926-03-04", 80)], "likely"),
        ("ambiguous-date", "Date of Birth", "3/4/26", [("1926-03-04", 90)], "likely"),
        ("not-a-date", "Start Date", "2026-02-31", [("2026-02-28", 90)], "likely"),
        ("end-before-start", "End Date", "2026-02-01", [], None),
    ],
)
def test_what_is_sure_hangs_on_the_problem_and_on_the_second_best(
    code: str, column: str, value: str, offered: list[tuple[str, float]], sure: str | None
) -> None:
    assert how_sure([group(code, column, value, *offered)]) == [sure]


def test_a_remembered_answer_is_taken_and_the_word_of_a_stranger_is_a_guess() -> None:
    one = group("unknown-value", "Caseload Status", "Curr", ("Active", 10))
    mine = one.model_copy(update={"suggestions": [one.suggestions[0].model_copy(update={"remembered": True})]})
    guessed = one.suggestions[0].model_copy(update={"label": f"Active{ONLY_A_GUESS}", "score": 99})
    assert how_sure([mine, one.model_copy(update={"suggestions": [guessed]})]) == ["remembered", "guess"]


def test_a_slip_in_a_name_beside_an_id_is_sure_and_another_name_may_mean_that_the_id_is_wrong() -> None:
    slip = group("demographics-mismatch", "First Name", "Dorothi", ("Dorothy", 100), rows=(2, 3))
    other = group("demographics-mismatch", "Last Name", "Brown", ("Nowak", 100), rows=(3,))
    assert how_sure([slip]) == ["sure"]
    assert how_sure([slip, other]) == ["likely", "likely"]


def test_first_and_last_name_in_each_others_place_are_sure() -> None:
    first = group("demographics-mismatch", "First Name", "Ortega", ("Teresa", 100))
    last = group("demographics-mismatch", "Last Name", "Teresa", ("Ortega", 100))
    assert how_sure([first, last]) == ["sure", "sure"]
    assert how_sure([first]) == ["likely"]


@pytest.mark.parametrize(
    ("written", "sure"), [("1990-03-02", "sure"), ("1990-02-04", "sure"), ("1984-11-30", "likely")]
)
def test_a_birth_date_beside_an_id_is_sure_when_a_digit_or_the_order_is_wrong(written: str, sure: str) -> None:
    assert how_sure([group("demographics-mismatch", "Date of Birth", written, ("1990-02-03", 100))]) == [sure]
