"""A date of birth that is none still helps to find who is meant, and is offered what is stored (SPEC R2, R7)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.served import Call, insert, table

MARY = {"First Name": "Mary", "Last Name": "Jones"}


def _suggested(report: dict[str, Any], column: str) -> list[str]:
    [fix] = [fix for fix in report["fixes"] if fix["column"] == column]
    return [one["value"] for one in fix["suggestions"]]


@pytest.mark.parametrize("born", ["1990-02-31", "1990-02-33", "2/33/1990", "19900233", "1990-20-03", "2/3/90"])
def test_who_is_meant_is_suggested_and_their_stored_date_is_the_first_answer(call: Call, born: str) -> None:
    report = call("ADM").validate(table(insert("", others=MARY | {"Date of Birth": born}))).json()
    assert sorted((one["column"], one["code"]) for one in report["problems"]) == [
        ("Date of Birth", "ambiguous-date" if born == "2/3/90" else "not-a-date"),
        ("Participant ID", "unknown-participant"),
    ]
    assert _suggested(report, "Participant ID") == ["P1"]
    assert _suggested(report, "Date of Birth")[0] == "1990-02-03"


def test_beside_an_id_the_stored_date_of_that_participant_comes_first_then_what_the_text_may_mean(call: Call) -> None:
    report = call("ADM").validate(table(insert("P2", others={"Date of Birth": "2/31/1985"}))).json()
    [fix] = report["fixes"]
    assert [(one["value"], "as it is stored" in one["label"]) for one in fix["suggestions"]] == [
        ("1985-05-06", True), ("1985-02-28", False),
    ]  # fmt: skip


def test_answering_with_the_suggested_participant_makes_the_row_right(call: Call) -> None:
    api = call("ADM")
    upload_id = api.submit(table(insert("", others=MARY | {"Date of Birth": "1990-02-31"}))).json()["id"]
    api.wait(upload_id, "needs-fixes")
    who = "Participant ID", "Mary Jones · born 1990-02-31", "unknown-participant", "P1"
    assert api.fix(upload_id, who).status_code == 200
    assert api.get(f"/v1/uploads/{upload_id}/problems").json()["problems"] == []


def test_words_in_place_of_an_ssn_find_nobody_and_are_told_without_being_shown(call: Call) -> None:
    rows = [insert("", others={"SSN": "refused"}), insert("P1", others={"SSN": "XXX-XX-6789"})]
    report = call("ADM").validate(table(*rows)).json()
    assert [(one["row"], one["column"], one["code"], one["severity"]) for one in report["problems"]] == [
        (2, "SSN", "ssn-unusable", "warning"), (2, "Participant ID", "required", "error"),
        (3, "SSN", "ssn-unusable", "warning"),
    ]  # fmt: skip
    assert not [word for word in ("refused", "6789") if word in str(report)]
