"""So much is kept for one person of uploads that came to little, and no more (SPEC 6)."""

from __future__ import annotations

import pytest

from server.records import room_to_keep
from tests.server.uploads.test_purge import age, forget_all
from tests.support.served import Agency, Call, insert, table
from workbook.files.packing import pack
from workbook.sheet import sheet_of

WRONG = [insert(f"P{number}-unknown") for number in range(100, 140)]


def test_one_person_fills_no_disk_with_what_is_never_written_and_is_told_what_to_do(
    call: Call, agency: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = table(*WRONG)
    monkeypatch.setattr(room_to_keep, "MOST_BYTES", 2 * len(pack(sheet_of(sheet["header"], sheet["rows"]))))
    api = call("ADM")
    kept = [api.submit(sheet, key).json()["id"] for key in ("first", "second")]
    for upload_id in kept:
        api.wait(upload_id, "needs-fixes")
    refused = api.submit(sheet, "third")
    assert (refused.status_code, refused.json()["code"]) == (409, "uploads-full")
    assert "cancel the others, whose rows are removed a day later." in refused.json()["detail"]
    assert api.submit(sheet, "second").json()["id"] == kept[1], "what is there needs no more room"
    assert call("S2").submit(sheet, "theirs").status_code == 202, "others have room of their own"
    api("POST", f"/v1/uploads/{kept[0]}/cancel")
    assert api.submit(sheet, "third").status_code == 409
    age(agency.engine, 2, kept[0])
    assert forget_all(agency) == 1
    assert api.submit(sheet, "third").status_code == 202


def test_what_was_written_takes_no_room_and_what_was_mostly_left_out_does(
    call: Call, agency: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = call("ADM")
    rows = [insert("P2"), insert("P3"), insert("P9-unknown")]
    size = len(pack(sheet_of(table()["header"], rows)))
    monkeypatch.setattr(room_to_keep, "MOST_BYTES", size * 3 // 2)

    def send(key: str, participants: tuple[str, str], leave_out: list[int]) -> int:
        sent = api.submit(table(*map(insert, participants), rows[2]), key)
        if sent.ok:
            upload_id = sent.json()["id"]
            api.wait(upload_id, "needs-fixes")
            assert api.fix(upload_id, leave_out=leave_out).ok
            assert api("POST", f"/v1/uploads/{upload_id}/continue").ok
            api.wait(upload_id, "complete")
        return sent.status_code

    assert send("one of three left out", ("P2", "P3"), [4]) == 202
    assert send("two of three left out", ("P4", "P8"), [3, 4]) == 202
    assert send("no room left", ("P4", "P8"), [4]) == 409


def test_fixes_that_are_kept_with_an_upload_take_room_too(
    call: Call, agency: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = call("ADM")
    rows = [insert("P2", others={"Caseload Status": f"Actv{number}"}) for number in range(40)]
    upload_id = api.submit(table(*rows), "first").json()["id"]
    api.wait(upload_id, "needs-fixes")
    size = len(pack(sheet_of(table(*rows)["header"], table(*rows)["rows"])))
    monkeypatch.setattr(room_to_keep, "MOST_BYTES", size + 1800)

    def fix(replacement: str, *numbers: int) -> int:
        given = [("Caseload Status", f"Actv{number}", "unknown-value", replacement) for number in numbers]
        answer = api.fix(upload_id, *given)
        assert answer.ok or answer.json()["code"] == "uploads-full"
        return answer.status_code

    assert fix("x" * 200, *range(5)) == 200
    assert fix("x" * 200, *range(5, 20)) == 409
    assert api.submit(table(*rows), "second").status_code == 409
    assert fix("Active", *range(5)) == 200, "what takes less may always be kept"
    assert fix("x" * 200, *range(5, 8)) == 200
    assert api("POST", f"/v1/uploads/{upload_id}/cancel").ok
    age(agency.engine, 2, upload_id)
    assert forget_all(agency) == 1
    assert api.submit(table(*rows), "second").status_code == 202
