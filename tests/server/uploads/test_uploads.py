"""The life of an upload, through HTTP, with a real worker, on both databases."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from server.records.database import reading, writing
from server.records.tables import audit, enrollments, outbox, sites, upload_fixes, upload_sheets, uploads
from server.suggest.lookalikes import SiteNames
from tests.support.served import HEADER, Agency, Api, Call, codes, insert, table, update, web, worker
from workbook.files.packing import unpack


def rows_of_log(api: Api, upload_id: str) -> list[tuple[Any, ...]]:
    rows = api.get(f"/v1/uploads/{upload_id}/log").json()["rows"]
    return [(row["row"], row["action"], row["result"], row["record_id"]) for row in rows]


def test_an_upload_without_errors_is_written_whole_and_logged(call: Call, agency: Agency) -> None:
    api = call("ADM")
    sent = api.submit(table(insert("P2"), update("P1"), row_numbers=[4, 9], filename="C:\\lists\\june.xlsx"))
    assert sent.status_code == 202
    assert sent.headers["Location"] == f"/v1/uploads/{sent.json()['id']}"
    done = api.wait(sent.json()["id"])
    assert (done["state"], done["received"], done["accepted"], done["left_out"]) == ("complete", 2, 2, 0)
    assert (done["type"], done["filename"], done["submitted_by"]) == ("Caseload", "june.xlsx", "Alice Admin")
    assert done["progress"] == {"done": 2, "total": 2}
    assert done["finished_at"] > done["submitted_at"]
    before = [row for row in agency.assignments() if not row[5]]
    assert [row[1:] for row in agency.assignments()] == [
        ("S1", "2024-02-01", "2024-06-01", 2, False, True),
        ("S2", "2024-02-01", "", 1, False, False),
        ("S1", "2024-02-01", "2024-03-01", 1, False, False),
        ("S2", "2024-05-01", "", 1, True, False),
    ]
    log = rows_of_log(api, done["id"])
    assert [entry[:3] for entry in log] == [(4, "Insert", "begun"), (9, "Update", "ended")]
    assert len(before) == 3
    assert log[0][3] != log[1][3]


def test_errors_stop_the_whole_upload_until_they_are_fixed(agency: Agency, tmp_path: Path, database_kind: str) -> None:
    """The whole loop: errors, half the fixes, a restart of everything, the other half, continue, complete, log."""
    settings = agency.settings(tmp_path)
    rows = [
        insert("P2"),
        insert("P3", caseworker="Carla Ruis"),
        insert("P4", caseworker="Carla Ruis"),
        insert("P1", relationship="Secundary"),
        insert("P9"),
        update("P3", caseworker="Dan Gone"),
    ]
    unchanged = agency.assignments()
    with web(settings, agency.engine) as address, worker(settings, agency.engine):
        api = Api(address, agency.tokens["ADM"])
        upload_id = api.submit(table(*rows)).json()["id"]
        stopped = api.wait(upload_id)
        assert (stopped["state"], stopped["accepted"], stopped["finished_at"]) == ("needs-fixes", 0, None)
        report = api.get(f"/v1/uploads/{upload_id}/problems").json()
        assert codes(report) == [
            [3, "Caseworker Name", "unknown-staff"],
            [4, "Caseworker Name", "unknown-staff"],
            [5, "Caseworker Relationship", "unknown-value"],
            [6, "Participant ID", "unknown-participant"],
            [7, "Update or Insert", "no-open-assignment"],
        ]
        assert agency.assignments() == unchanged
        fixed = api.fix(upload_id, ("Caseworker Name", "Carla Ruis", "unknown-staff", "Carla Ruiz"))
        assert fixed.status_code == 200
        assert fixed.json()["unknown"] == []
        assert [row for row, _column, _code in codes(fixed.json())] == [5, 6, 7]
        assert fixed.json()["upload"]["state"] == "needs-fixes"
    with web(settings, agency.engine) as address, worker(settings, agency.engine):
        api = Api(address, agency.tokens["ADM"])
        report = api.get(f"/v1/uploads/{upload_id}/problems").json()
        assert [row for row, _column, _code in codes(report)] == [5, 6, 7]
        assert api("POST", f"/v1/uploads/{upload_id}/continue").status_code == 409
        rest = api.fix(
            upload_id,
            ("Caseworker Relationship", "Secundary", "unknown-value", "Secondary"),
            ("Participant ID", "P9", "unknown-participant", "Q0009"),
            leave_out=[7],
        )
        assert codes(rest.json()) == [[6, "Program ID", "not-enrolled"]]
        again = api.fix(upload_id, ("Participant ID", "P9", "unknown-participant", "P1"), leave_out=[6])
        assert again.json()["counts"] == {"rows": 4, "valid": 4, "errors": 0, "warnings": 0}
        assert api("POST", f"/v1/uploads/{upload_id}/continue").status_code == 202
        done = api.wait(upload_id, "complete")
        assert (done["received"], done["accepted"], done["left_out"]) == (6, 4, 2)
        log = api.get(f"/v1/uploads/{upload_id}/log").json()["rows"]
        assert [(row["row"], row["result"], row["before"], row["after"]) for row in log] == [
            (2, "begun", "", ""),
            (3, "begun", "Caseworker Name: Carla Ruis", "Caseworker Name: Carla Ruiz"),
            (4, "begun", "Caseworker Name: Carla Ruis", "Caseworker Name: Carla Ruiz"),
            (5, "begun", "Caseworker Relationship: Secundary", "Caseworker Relationship: Secondary"),
            (6, "left out", "Participant ID: P9", "Participant ID: P1"),
            (7, "left out", "", ""),
        ]
        assert api.get(f"/v1/uploads/{upload_id}/problems").json()["problems"] == []
    assert agency.assignments()[:3] == unchanged
    assert [row[1:] for row in agency.assignments()[3:]] == [("S2", "2024-05-01", "", 1, True, False)] * 4


def test_rows_left_out_from_the_start_are_never_written_right_or_wrong(call: Call, agency: Agency) -> None:
    api = call("ADM")
    rows = table(insert("P2"), insert("P3"), insert("P2", caseworker="Nobody"), leave_out=[3, 4])
    assert api("POST", "/v1/validations", json=rows).json()["counts"] == {
        "rows": 1, "valid": 1, "errors": 0, "warnings": 0,
    }  # fmt: skip
    before = len(agency.assignments())
    done = api.wait(api.submit(rows).json()["id"])
    assert [done["state"], done["received"], done["accepted"], done["left_out"]] == ["complete", 3, 1, 2]
    assert len(agency.assignments()) == before + 1
    log = api.get(f"/v1/uploads/{done['id']}/log").json()["rows"]
    assert [[line["row"], line["result"]] for line in log] == [[2, "begun"], [3, "left out"], [4, "left out"]]


def test_a_cancelled_upload_writes_nothing_and_says_so(call: Call, agency: Agency) -> None:
    api = call("ADM")
    upload_id = api.submit(table(insert("P2"), insert("P9"))).json()["id"]
    api.wait(upload_id, "needs-fixes")
    for _ in range(2):
        cancelled = api("POST", f"/v1/uploads/{upload_id}/cancel")
        assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert [entry[2] for entry in rows_of_log(api, upload_id)] == ["not written", "not written"]
    for method, path, body in (
        ("POST", "continue", None),
        ("PUT", "fixes", {"fixes": [], "leave_out": [3]}),
    ):
        refused = api(method, f"/v1/uploads/{upload_id}/{path}", json=body)
        assert (refused.status_code, refused.json()["code"]) == (409, "upload-state")
    assert len(agency.assignments()) == 3
    with reading(agency.engine) as connection:
        assert connection.execute(select(func.count()).select_from(outbox)).scalar_one() == 1


def test_a_complete_upload_can_neither_be_cancelled_nor_fixed_and_continue_changes_nothing(call: Call) -> None:
    api = call("ADM")
    upload_id = api.submit(table(insert("P2"))).json()["id"]
    api.wait(upload_id, "complete")
    assert api("POST", f"/v1/uploads/{upload_id}/cancel").json()["code"] == "upload-state"
    assert api.fix(upload_id, leave_out=[2]).json()["code"] == "upload-state"
    again = api("POST", f"/v1/uploads/{upload_id}/continue")
    assert (again.status_code, again.json()["state"]) == (202, "complete")


def test_continue_with_open_errors_names_them(call: Call) -> None:
    api = call("ADM")
    upload_id = api.submit(table(insert("P9"), insert("P2"))).json()["id"]
    api.wait(upload_id, "needs-fixes")
    refused = api("POST", f"/v1/uploads/{upload_id}/continue")
    assert (refused.status_code, refused.json()["code"]) == (409, "errors-open")
    assert codes(refused.json()) == [[2, "Participant ID", "unknown-participant"]]
    assert refused.json()["counts"] == {"rows": 2, "valid": 1, "errors": 1, "warnings": 0}
    assert api.upload(upload_id)["state"] == "needs-fixes"


def test_an_upload_of_which_every_row_is_left_out_completes_with_nothing_accepted(call: Call, agency: Agency) -> None:
    api = call("ADM")
    upload_id = api.submit(table(insert("P9"), insert("P8"))).json()["id"]
    api.wait(upload_id, "needs-fixes")
    left = api.fix(upload_id, leave_out=[2, 3])
    assert left.json()["counts"]["rows"] == 0
    api("POST", f"/v1/uploads/{upload_id}/continue")
    done = api.wait(upload_id)
    assert (done["state"], done["accepted"], done["left_out"]) == ("complete", 0, 2)
    assert len(agency.assignments()) == 3


def test_a_sites_names_are_prepared_once_for_checks_and_uploads_alike(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = call("ADM")
    wrong = table(insert("P2", caseworker="The Boss"))
    upload_id = api.submit(wrong).json()["id"]
    api.wait(upload_id, "needs-fixes")
    prepared = []
    prepare = SiteNames.__init__

    def counted(names: SiteNames, *given: Any) -> None:
        prepared.append(names)
        prepare(names, *given)

    monkeypatch.setattr(SiteNames, "__init__", counted)
    for _ in range(2):
        api.get(f"/v1/uploads/{upload_id}/problems")
        api.validate(wrong)
        api.fix(upload_id, ("Caseworker Name", "The Boss", "unknown-staff", "The Chief"))
    assert len(prepared) == 1


def test_no_ssn_is_kept_or_shown_anywhere(call: Call, agency: Agency) -> None:
    api = call("ADM")
    rows = [insert("P2", others={"SSN": "823-11-0001"}), insert("P3", others={"SSN": "823-11-0003"})]
    upload_id = api.submit(table(*rows)).json()["id"]
    api.wait(upload_id, "needs-fixes")
    report = api.get(f"/v1/uploads/{upload_id}/problems")
    (problem,) = report.json()["problems"]
    assert (problem["row"], problem["column"], problem["code"]) == (2, "SSN", "demographics-mismatch")
    answer = api.fix(upload_id, ("SSN", problem["value"], problem["code"], "823-11-0002"))
    assert answer.json()["problems"] == []
    api("POST", f"/v1/uploads/{upload_id}/continue")
    api.wait(upload_id, "complete")
    log = api.get(f"/v1/uploads/{upload_id}/log")
    with reading(agency.engine) as connection:
        kept = [str(row) for row in connection.execute(select(upload_fixes))]
        sheets = [unpack(packed) for packed in connection.execute(select(upload_sheets.c.packed)).scalars()]
    texts = [report.text, answer.text, log.text, *kept]
    texts += [str(value) for sheet in sheets for column in sheet.columns.values() for value in column.values]
    assert not [text for text in texts if re.search(r"823-?11-?000", text)]


def test_what_changed_since_the_check_is_judged_again_at_the_write(call: Call, agency: Agency) -> None:
    """Two uploads begin the same assignment: the second finds it open, whichever way the two were checked."""
    api = call("ADM")
    ids = [api.submit(table(insert("P2")), key).json()["id"] for key in ("one", "two")]
    states = sorted(api.wait(upload_id)["state"] for upload_id in ids)
    assert states == ["complete", "needs-fixes"]
    assert len(agency.assignments()) == 4


def test_an_insert_and_its_update_in_one_file_begin_and_end_one_record(call: Call, agency: Agency) -> None:
    api = call("ADM")
    start = {"Start Date": "2024-05-01"}
    rows = [insert("P2"), update("P2", caseworker="Carla Ruiz", others=start)]
    upload_id = api.submit(table(*rows)).json()["id"]
    assert api.wait(upload_id)["state"] == "complete"
    assert agency.assignments()[-1][1:] == ("S2", "2024-05-01", "2024-06-01", 1, True, True)
    log = rows_of_log(api, upload_id)
    assert [entry[2] for entry in log] == ["begun", "ended"]
    assert log[0][3] == log[1][3]


def test_enrollments_are_begun_and_ended_with_their_rows(call: Call, agency: Agency) -> None:
    api = call("ADM")
    header = [*HEADER, "Program Start Date", "Program End Date"]
    rows = [
        [*insert("Q0001", program="SH"), "2024-04-01", ""],
        [*update("P1", others={"Program ID": "YES"}), "", "2024-06-30"],
    ]
    upload_id = api.submit({"header": header, "rows": rows}).json()["id"]
    assert api.wait(upload_id)["state"] == "complete", api.get(f"/v1/uploads/{upload_id}/problems").text
    with reading(agency.engine) as connection:
        stored = connection.execute(
            select(enrollments.c.start_date, enrollments.c.end_date, enrollments.c.version)
            .where((enrollments.c.version > 1) | (enrollments.c.start_date == "2024-04-01"))
            .order_by(enrollments.c.record_id)
        ).all()
        numbers = connection.execute(select(sites.c.next_record)).scalar_one()
    assert ("2024-01-01", "2024-06-30", 2) in [tuple(row) for row in stored]
    messages = [row["message"] for row in api.get(f"/v1/uploads/{upload_id}/log").json()["rows"]]
    assert re.fullmatch(r"Enrollment \d+ begun\.", messages[0])
    assert re.fullmatch(r"Enrollment \d+ ended\.", messages[1])
    assert numbers > 9


def test_only_the_submitter_and_administrators_see_an_upload(call: Call) -> None:
    upload_id = call("S2").submit(table(insert("P2"))).json()["id"]
    assert call("ADM").get(f"/v1/uploads/{upload_id}").status_code == 200
    for method, path in (
        ("GET", ""), ("GET", "/problems"), ("GET", "/log"), ("POST", "/continue"), ("POST", "/cancel"),
    ):  # fmt: skip
        refused = call("S1")(method, f"/v1/uploads/{upload_id}{path}")
        assert (refused.status_code, refused.json()["code"]) == (404, "upload-not-found")
    seen = call("S1").get("/v1/uploads").json()
    assert seen == {"uploads": [], "next": None, "site_tag": call("ADM").get("/v1/uploads").json()["site_tag"]}


def test_the_list_is_paged_newest_first_and_filtered_by_state(call: Call) -> None:
    api = call("ADM")
    ids = [api.submit(table(insert("P9")), f"key-{number}").json()["id"] for number in range(5)]
    for upload_id in ids:
        api.wait(upload_id)
    api("POST", f"/v1/uploads/{ids[2]}/cancel")
    seen: list[str] = []
    cursor = None
    while True:
        page = api.get("/v1/uploads", params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        seen += [upload["id"] for upload in page["uploads"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == ids[::-1]
    cancelled = api.get("/v1/uploads", params={"state": "cancelled"}).json()["uploads"]
    assert [upload["id"] for upload in cancelled] == [ids[2]]
    both = api.get("/v1/uploads", params={"state": ["cancelled", "needs-fixes"]}).json()["uploads"]
    assert len(both) == 5


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_the_log_comes_as_a_file_too(call: Call, format: str, tmp_path: Path) -> None:
    api = call("ADM")
    upload_id = api.submit(table(insert("P2"))).json()["id"]
    api.wait(upload_id)
    answer = api.get(f"/v1/uploads/{upload_id}/log", params={"format": format})
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].endswith(f'.{format}"')
    if format == "csv":
        assert "Insert,P2,YES,Carla Ruiz,begun" in answer.content.decode("utf-8-sig")
    else:
        assert answer.content[:2] == b"PK"


def test_every_step_leaves_a_line_in_the_audit_trail(call: Call, agency: Agency) -> None:
    api = call("S2")
    upload_id = api.submit(table(insert("P2", caseworker="Nobody"))).json()["id"]
    api.wait(upload_id)
    api.fix(upload_id, ("Caseworker Name", "Nobody", "unknown-staff", "Carla Ruiz"))
    api("POST", f"/v1/uploads/{upload_id}/continue")
    api.wait(upload_id, "complete")
    with reading(agency.engine) as connection:
        lines = connection.execute(
            select(audit.c.who, audit.c.what).where(audit.c.upload_id == upload_id).order_by(audit.c.key)
        )
        assert [tuple(line) for line in lines] == [
            ("S2", "upload received"),
            ("server", "upload needs fixes"),
            ("S2", "upload fixed"),
            ("S2", "upload continued"),
            ("S2", "upload complete"),
        ]


def test_permission_is_asked_for_again_when_the_upload_is_written(call: Call) -> None:
    upload_id = call("S1").submit(table(insert("P2", caseworker="Carla Ruiz"))).json()["id"]
    assert call("S1").wait(upload_id)["state"] == "needs-fixes"
    report = call("S1").get(f"/v1/uploads/{upload_id}/problems").json()
    assert codes(report) == [[2, "Update or Insert", "not-permitted"]]


def test_a_failed_upload_can_be_continued(call: Call, agency: Agency) -> None:
    api = call("ADM")
    upload_id = api.submit(table(insert("P9"))).json()["id"]
    api.wait(upload_id)
    with writing(agency.engine) as connection:
        connection.execute(uploads.update().values(state="failed", reason="The server met an error.", attempts=5))
    assert api("POST", f"/v1/uploads/{upload_id}/continue").json()["state"] in ("received", "validating", "needs-fixes")
    assert api.wait(upload_id, "needs-fixes")["reason"] is None
