"""An upload whose rows repeat something is answered by leaving them out (SPEC R8, 5)."""

from __future__ import annotations

from tests.support.served import Call, insert, table
from workbook.left_out import LEAVE_ROW_OUT
from workbook.report import SURE


def test_rows_that_say_nothing_new_are_left_out_by_the_answer_that_is_offered(call: Call) -> None:
    api = call("ADM")
    upload_id = api.submit(table(insert("P3"), insert("P3"), insert("P3"))).json()["id"]
    assert api.wait(upload_id)["state"] == "needs-fixes"
    (fix,) = api.get(f"/v1/uploads/{upload_id}/problems").json()["fixes"]
    ((offered,), key) = fix["suggestions"], (fix["column"], fix["value"], fix["code"])
    assert [fix["rows"], offered["value"], offered["score"] >= SURE] == [[3, 4], LEAVE_ROW_OUT, True]
    fixed = api.fix(upload_id, (*key, LEAVE_ROW_OUT), remember=True).json()
    assert [fixed["counts"]["errors"], fixed["upload"]["left_out"], fixed["unknown"]] == [0, 2, []]
    api("POST", f"/v1/uploads/{upload_id}/continue")
    done = api.wait(upload_id)
    assert [done["state"], done["accepted"], done["left_out"]] == ["complete", 1, 2]


def test_the_words_leave_rows_out_whatever_is_wrong_with_them(call: Call) -> None:
    api = call("ADM")
    upload_id = api.submit(table(insert("P3"), insert("nobody"))).json()["id"]
    assert api.wait(upload_id)["state"] == "needs-fixes"
    fixed = api.fix(upload_id, ("Participant ID", "nobody", "unknown-participant", " (Leave the row OUT) ")).json()
    assert [fixed["counts"]["errors"], fixed["upload"]["left_out"], fixed["unknown"]] == [0, 1, []]
