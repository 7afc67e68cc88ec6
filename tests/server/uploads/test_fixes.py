"""Fixes of an upload: what they change, what they are refused for, and how they are taken back."""

from __future__ import annotations

from itertools import pairwise

import pytest

from server.records import fixes
from server.records.database import writing
from server.uploads import lifecycle
from tests.support.served import HEADER, Agency, Call, codes, insert, table


def test_fixes_and_rows_that_fit_nothing_are_told_and_the_others_kept(call: Call) -> None:
    api = call("ADM")
    upload_id = api.submit(table(insert("P9"), insert("P8"))).json()["id"]
    api.wait(upload_id, "needs-fixes")
    answer = api.fix(
        upload_id,
        ("Participant ID", "P9", "unknown-participant", "P2"),
        ("Participant ID", "nobody", "unknown-participant", "P2"),
        ("Participant ID", "P8", "unknown-participant", None),
        ("No Such Column", "x", "unknown-value", "y"),
        leave_out=[2000],
    ).json()
    assert [(part["row"], part["column"], part["value"]) for part in answer["unknown"]] == [
        (None, "Participant ID", "nobody"),
        (None, "Participant ID", "P8"),
        (None, "No Such Column", "x"),
        (2000, "", ""),
    ]
    assert all(part["message"] for part in answer["unknown"])
    assert codes(answer) == [[3, "Participant ID", "unknown-participant"]]


def test_of_rows_that_an_upload_has_not_a_hundred_are_named_and_the_others_counted(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thousands to leave out are gone through beside the web process, however short the upload is."""
    api = call("ADM")
    upload_id = api.submit(table(insert("P9"))).json()["id"]
    api.wait(upload_id, "needs-fixes")

    def not_here(*_: object, **__: object) -> None:
        raise AssertionError("it was done in the web process")

    monkeypatch.setattr(lifecycle, "check_upload", not_here)
    answer = api.fix(upload_id, leave_out=[2, *range(1000, 21_000)])
    told = answer.json()
    assert [part["row"] for part in told["unknown"]] == [*range(1000, 1000 + lifecycle.MOST_NAMED)]
    assert (told["more_unknown"], len(answer.content) < 50_000) == (20_000 - lifecycle.MOST_NAMED, True)
    assert told["upload"]["left_out"] == 1, "what fits is kept"


def test_a_fix_can_be_changed_and_taken_back(call: Call) -> None:
    api = call("ADM")
    upload_id = api.submit(table(insert("P9"))).json()["id"]
    api.wait(upload_id, "needs-fixes")
    wrong = ("Participant ID", "P9", "unknown-participant")
    assert codes(api.fix(upload_id, (*wrong, "P8")).json()) == [[2, "Participant ID", "unknown-participant"]]
    assert api.fix(upload_id, ("Participant ID", "P8", "unknown-participant", "P2")).json()["problems"] == []
    changed = api.fix(upload_id, (*wrong, "P66")).json()
    assert [problem["value"] for problem in changed["problems"]] == ["P66"]
    back = api.fix(upload_id, (*wrong, None)).json()
    assert [problem["value"] for problem in back["problems"]] == ["P9"]
    assert back["unknown"] == []


def test_a_number_that_no_record_has_takes_the_place_of_nobodys_details(call: Call) -> None:
    """It is told, and the mistakes stay open as they were."""
    api = call("ADM")
    details = {"Participant ID": None, "First Name": "Anna", "Last Name": "Leigh", "Date of Birth": "2001-07-08"}
    upload_id = api.submit(table(insert(caseworker="Robert Smyth", others=details))).json()["id"]
    api.wait(upload_id, "needs-fixes")
    before = api.get(f"/v1/uploads/{upload_id}/problems").json()
    who = next(one["value"] for one in before["fixes"] if one["column"] == "Participant ID")
    answer = api.fix(
        upload_id,
        ("Participant ID", who, "unknown-participant", "999"),
        ("Caseworker Name", "Robert Smyth", "unknown-staff", "4"),
    ).json()
    assert [(part["column"], part["message"].partition(",")[0]) for part in answer["unknown"]] == [
        ("Participant ID", "No Participant ID is 999"),
        ("Caseworker Name", "No Caseworker Name is 4"),
    ]
    assert answer["problems"] == before["problems"]


@pytest.mark.parametrize("column", ["Program ID", "Program Name"])
def test_a_number_that_no_program_has_is_no_answer_to_an_enrollment_that_is_missing(call: Call, column: str) -> None:
    api = call("ADM")
    header = [column if one == "Program ID" else one for one in HEADER]
    upload_id = api.submit({"header": header, "rows": [insert("Q0009")]}).json()["id"]
    api.wait(upload_id, "needs-fixes")
    before = api.get(f"/v1/uploads/{upload_id}/problems").json()
    assert codes(before) == [[2, column, "not-enrolled"]]
    answer = api.fix(upload_id, (column, "YES", "not-enrolled", "1")).json()
    assert [part["message"].partition(",")[0] for part in answer["unknown"]] == [f"No {column} is 1"]
    assert answer["problems"] == before["problems"]


def test_fixes_of_one_call_may_answer_each_other(call: Call) -> None:
    api = call("ADM")
    upload_id = api.submit(table(insert("P9"))).json()["id"]
    api.wait(upload_id, "needs-fixes")
    answer = api.fix(
        upload_id,
        ("Participant ID", "P8", "unknown-participant", "P2"),
        ("Participant ID", "P9", "unknown-participant", "P8"),
    ).json()
    assert (answer["problems"], answer["unknown"]) == ([], [])


def test_a_participant_found_by_no_demographics_is_fixed_with_an_id(call: Call, agency: Agency) -> None:
    api = call("ADM")
    row = insert("", others={"First Name": "Mery", "Last Name": "Jones"})
    upload_id = api.submit(table(row)).json()["id"]
    api.wait(upload_id, "needs-fixes")
    (group,) = api.get(f"/v1/uploads/{upload_id}/problems").json()["fixes"]
    answer = api.fix(upload_id, (group["column"], group["value"], group["code"], "P2")).json()
    assert (answer["problems"], answer["unknown"]) == ([], [])
    api("POST", f"/v1/uploads/{upload_id}/continue")
    assert api.wait(upload_id)["state"] == "complete"
    (logged,) = api.get(f"/v1/uploads/{upload_id}/log").json()["rows"]
    assert (logged["before"], logged["after"]) == (
        "First Name: Mery; Last Name: Jones; Participant ID: (empty)",
        "First Name: (empty); Last Name: (empty); Participant ID: P2",
    )


def test_an_empty_replacement_empties_the_cell(call: Call) -> None:
    api = call("ADM")
    row = insert("P2", others={"End Date": "N/A"})
    upload_id = api.submit(table(row)).json()["id"]
    api.wait(upload_id, "needs-fixes")
    answer = api.fix(upload_id, ("End Date", "N/A", "end-on-insert", "")).json()
    assert (answer["problems"], answer["unknown"]) == ([], [])


def test_a_caseworker_in_two_columns_is_fixed_as_one_name(call: Call) -> None:
    api = call("ADM")
    header = [*HEADER, "Caseworker First Name", "Caseworker Last Name"]
    rows = [[*insert("P2", caseworker=""), "Karla", "Ruiz"], [*insert("P3", caseworker=""), "Carl", "Ruiz"]]
    upload_id = api.submit({"header": header, "rows": rows}).json()["id"]
    api.wait(upload_id, "needs-fixes")
    answer = api.fix(
        upload_id,
        ("Caseworker Last Name", "Karla Ruiz", "unknown-staff", "Ruiz, Carla"),
        ("Caseworker Last Name", "Carl Ruiz", "unknown-staff", "S2"),
    ).json()
    assert (answer["problems"], answer["unknown"]) == ([], [])


def test_a_fix_that_is_to_be_remembered_is_offered_first_the_next_time(call: Call) -> None:
    api = call("ADM")
    upload_id = api.submit(table(insert("P2", caseworker="The Boss"))).json()["id"]
    api.wait(upload_id, "needs-fixes")
    fix = {"column": "Caseworker Name", "value": "The Boss", "code": "unknown-staff", "replacement": "Carla Ruiz"}
    api("PUT", f"/v1/uploads/{upload_id}/fixes", json={"fixes": [{**fix, "remember": True}]})
    (group,) = api.validate(table(insert("P3", caseworker="the boss"))).json()["fixes"]
    first = group["suggestions"][0]
    assert (first["value"], first["remembered"]) == ("Carla Ruiz", True)


@pytest.mark.parametrize("bound", ["number", "size"])
def test_the_fixes_of_one_upload_are_bounded_over_all_calls_and_fewer_may_always_be_kept(
    call: Call, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    monkeypatch.setattr(*{"number": (fixes, "MOST_KEPT", 3), "size": (fixes, "_ROOM", 0)}[bound])
    api = call("ADM")
    upload_id = api.submit(table(insert("P9"), insert("P8"))).json()["id"]
    api.wait(upload_id, "needs-fixes")

    def fixed(wrong: str, by: str | None) -> tuple[int, str]:
        answer = api.fix(upload_id, ("Participant ID", wrong, "unknown-participant", by))
        return answer.status_code, answer.json().get("code", "")

    chain = ["P9", *(f"X{number}" * 60 for number in range(9))]
    told = [fixed(wrong, by) for wrong, by in pairwise(chain)]
    kept = told.index((413, "fixes-too-many"))
    assert kept in (2, 3)
    assert told[:kept] == [(200, "")] * kept
    assert fixed("P9", "P2") == (200, "")
    assert fixed("P8", "P3") == (200, "")


@pytest.mark.parametrize("kept", ["many", "long"])
def test_a_short_upload_that_keeps_many_fixes_is_checked_beside_the_web_process(
    call: Call, agency: Agency, monkeypatch: pytest.MonkeyPatch, kept: str
) -> None:
    api = call("ADM")
    upload_id = api.submit(table(insert("P9"))).json()["id"]
    api.wait(upload_id, "needs-fixes")
    number, length = {"many": (1200, 1), "long": (600, 800)}[kept]
    with writing(agency.engine) as connection:
        given = [
            fixes.StoredFix("Participant ID", f"X{one}" + "x" * length, "unknown-participant", "P2", False, (2,))
            for one in range(number)
        ]
        fixes.keep_fixes(connection, upload_id, given)

    def not_here(*_: object, **__: object) -> None:
        raise AssertionError("it was done in the web process")

    monkeypatch.setattr(lifecycle, "check_upload", not_here)
    assert api.get(f"/v1/uploads/{upload_id}/problems").json()["counts"]["rows"] == 1
