"""An ID beside the details of somebody else is answered by theirs, whoever of the site it is (SPEC R2, 5)."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.served import Api, insert, table, update
from workbook.report import SURE

Call = Callable[[str], Api]
MARY = {"First Name": "Mary", "Last Name": "Jones"}
PAT = {"First Name": "Pat7", "Last Name": "Person7"}


def test_the_answer_that_is_offered_makes_the_row_right(call: Call) -> None:
    """No row but this one names Mary Jones: she is looked up by her names."""
    api = call("ADM")
    upload_id = api.submit(table(update("P2", others=MARY))).json()["id"]
    assert api.wait(upload_id)["state"] == "needs-fixes"
    (fix,) = api.get(f"/v1/uploads/{upload_id}/problems").json()["fixes"]
    (offered,) = fix["suggestions"]
    assert [fix["code"], offered["value"], offered["score"] >= SURE] == ["id-of-another", "P1", True]
    assert offered["label"] == "Mary Jones · born 2/3/1990 · case C1 · in Youth Shelter, Youth Employment"
    fixed = api.fix(upload_id, (fix["column"], fix["value"], fix["code"], "P1")).json()
    assert fixed["problems"] == []


def test_whoever_is_out_of_the_user_s_reach_is_not_named(call: Call) -> None:
    """Pat7 Person7 is in no program of Robert Smith's, who knows P1."""
    found = call("S1").validate(table(insert("P1", caseworker="Robert Smith", others=PAT))).json()
    assert {problem["code"] for problem in found["problems"]} == {"demographics-mismatch"}
    assert "Q0007" not in str(found)
