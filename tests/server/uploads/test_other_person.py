"""An ID beside the details of somebody else is answered by theirs, whoever of the site it is (SPEC R2, 5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
    offered, other = fix["suggestions"]
    assert [fix["code"], offered["value"], offered["score"] >= SURE] == ["id-of-another", "P1", True]
    who = "Mary Jones · born 2/3/1990 · case C1 · in Youth Shelter, Youth Employment"
    assert offered["label"] == f"{who} · the details are right"
    assert [other["value"], other["score"] >= SURE] == ["P2", False]
    assert other["label"].endswith(" · the ID is right")
    fixed = api.fix(upload_id, (fix["column"], fix["value"], fix["code"], "P1")).json()
    assert fixed["problems"] == []


def test_whoever_is_out_of_the_user_s_reach_is_not_named(call: Call) -> None:
    """Pat7 Person7 is in no program of Robert Smith's, who knows P1."""
    found = call("S1").validate(table(insert("P1", caseworker="Robert Smith", others=PAT))).json()
    assert {problem["code"] for problem in found["problems"]} == {"demographics-mismatch"}
    assert "Q0007" not in str(found)


def asked(api: Api, row: list[Any]) -> tuple[str, dict[str, Any]]:
    """An upload of this row, and the question about whom it means. Each detail can be corrected alone, too."""
    upload_id = api.submit(table(row)).json()["id"]
    assert api.wait(upload_id)["state"] == "needs-fixes"
    fix, *others = sorted(
        api.get(f"/v1/uploads/{upload_id}/problems").json()["fixes"], key=lambda one: not one["details"]
    )
    assert {one["column"] for one in others} == {*fix["details"]}
    return upload_id, fix


def fixed(api: Api, upload_id: str, fix: dict[str, Any], answer: str | None) -> tuple[list[str], list[str]]:
    """The columns that are wrong after an answer, and what is said of an answer that is none."""
    found = api.fix(upload_id, (fix["column"], fix["value"], fix["code"], answer)).json()
    return [one["column"] for one in found["problems"]], [one["message"] for one in found["unknown"]]


def changed(api: Api, upload_id: str) -> str:
    """What the fixes changed, as the log of the upload has it once it is written."""
    assert api("POST", f"/v1/uploads/{upload_id}/continue").status_code == 202
    assert api.wait(upload_id)["state"] == "complete"
    (row,) = api.get(f"/v1/uploads/{upload_id}/log").json()["rows"]
    return f"{row['before']} → {row['after']}"


def test_one_answer_settles_the_id_and_all_the_details_beside_it(call: Call) -> None:
    """P1 is Mary Jones, of whom nothing is open in no program; nobody is called Zoe Zed."""
    api = call("ADM")
    others = {"First Name": "Zoe", "Last Name": "Zed", "SSN": "823-11-0009"}
    upload_id, fix = asked(api, insert("P1", "", others=others))
    assert fix["details"] == {"First Name": "Mary", "Last Name": "Jones", "SSN": ""}
    assert fixed(api, upload_id, fix, "p1") == ([], [])
    assert changed(api, upload_id) == (
        "First Name: Zoe; Last Name: Zed; SSN: ••• → First Name: Mary; Last Name: Jones; SSN: (empty)"
    )


def test_who_is_meant_can_be_answered_anew_and_taken_back(call: Call) -> None:
    """What an answer made of the details is gone with it, so that the next one finds the row as it was sent."""
    api = call("ADM")
    upload_id, fix = asked(api, insert("P7", "", others=MARY))
    details = ["First Name", "Last Name"]
    assert [one["value"] for one in fix["suggestions"]] == ["P7", "P1"]
    assert fixed(api, upload_id, fix, "P7") == ([], [])
    assert fixed(api, upload_id, fix, "P1") == ([], [])
    assert fixed(api, upload_id, fix, "P1") == ([], [])
    assert fixed(api, upload_id, fix, "P7") == ([], [])
    assert fixed(api, upload_id, fix, None) == (details, [])
    nobody = ["To empty the cell does not say who is meant by P7, of Mary Jones. Give their Participant ID."]
    assert fixed(api, upload_id, fix, "") == (details, nobody)
    assert fixed(api, upload_id, fix, "P999")[0] == details
    assert fixed(api, upload_id, fix, "P1") == ([], [])
    assert changed(api, upload_id) == "Participant ID: P7 → Participant ID: P1"
