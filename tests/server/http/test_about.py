"""Health, me, reference, template, assignments, and what every answer carries."""

from __future__ import annotations

import io
from pathlib import Path

import requests
from openpyxl import load_workbook
from pydantic import SecretStr

from server.http.security import security_headers
from server.records.database import writing
from server.records.sites import bump
from tests.support.served import Agency, Api, Call, found_agency, insert, table, update, web
from workbook.files.limits import Limits
from workbook.proof import CHALLENGE, PROOF, is_proof


def test_health_needs_no_token(address: str) -> None:
    answer = requests.get(f"{address}/v1/health", timeout=30)
    assert answer.status_code == 200
    assert answer.json()["status"] == answer.json()["database"] == "ok"
    assert answer.json()["version"]


def test_a_server_that_was_started_with_a_key_shows_that_it_has_it(agency: Agency, tmp_path: Path) -> None:
    heads = {CHALLENGE: "7"}
    with web(agency.settings(tmp_path, proof_key=SecretStr("k")), agency.engine) as address:
        answer = requests.get(f"{address}/v1/health", headers=heads, timeout=30)
        port = int(address.rpartition(":")[2])
        assert is_proof(answer.headers[PROOF], "k", "7", port)
        assert not is_proof(answer.headers[PROOF], "k", "8", port)
        assert not is_proof(answer.headers[PROOF], "k", "7", port + 1)
        elsewhere = requests.get(f"{address}/v1/health", headers={**heads, "Host": "127.0.0.1:1"}, timeout=30)
        assert is_proof(elsewhere.headers[PROOF], "k", "7", port), (
            "what a caller says of the address counts for nothing"
        )
        assert PROOF not in requests.get(f"{address}/v1/health", timeout=30).headers
    with web(agency.settings(tmp_path), agency.engine) as address:
        assert PROOF not in requests.get(f"{address}/v1/health", headers=heads, timeout=30).headers


def test_me_says_who_i_am_and_what_i_may_do(call: Call) -> None:
    assert call("S2").get("/v1/me").json() == {
        "staff_id": "S2",
        "name": "Carla Ruiz",
        "email": "carla@agency.test",
        "site": "Agency",
        "administrator": False,
        "access": [{"program_id": "YES", "program": "Youth Employment", "own": True, "others": True}],
        "most_bytes": Limits().packed,
    }
    assert call("ADM").get("/v1/me").json()["administrator"] is True


def test_reference_holds_what_the_user_may_choose_and_is_not_sent_twice(call: Call, agency: Agency) -> None:
    api = call("ADM")
    answer = api.get("/v1/reference")
    known = answer.json()
    assert {program["program_id"] for program in known["programs"]} == {"SH", "FS", "X1", "X2", "0012", "YES"}
    assert {one["staff_id"] for one in known["staff"]} == {"ADM", "S1", "S2", "S3", "S6", "S7"}
    assert known["feeder"]["Reason for Dismissal"] == ["Completed", "Moved"]
    assert (known["site"], known["date_order"], known["one_primary"]) == ("Agency", "MDY", False)
    assert known["duplicate_check"][0] == {"column": "First Name", "mode": "like"}
    etag = answer.headers["ETag"]
    for sent in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = api.get("/v1/reference", headers={"If-None-Match": sent})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    assert [one["staff_id"] for one in call("S1").get("/v1/reference").json()["staff"]] == ["S1"]
    assert call("S1").get("/v1/reference", headers={"If-None-Match": etag}).status_code == 200
    with writing(agency.engine) as connection:
        bump(connection, agency.site_id)
    assert api.get("/v1/reference", headers={"If-None-Match": etag}).status_code == 200


def test_a_template_has_the_chosen_columns(call: Call) -> None:
    params = {"program": "id", "caseworker": "first_last", "enrollment": "true", "format": "xlsx"}
    answer = call("ADM").get("/v1/template", params=params)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Caseload.xlsx"'
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    headers = [cell.value for cell in next(sheet.iter_rows(max_row=1))]
    assert {"Program ID", "Program Start Date", "Caseworker First Name"} <= set(headers)
    assert "Program Name" not in headers
    plain = call("ADM").get("/v1/template", params={"format": "csv"})
    assert plain.headers["Content-Type"].startswith("text/csv")
    assert "Update or Insert" in plain.content.decode("utf-8-sig")


def test_assignments_are_filtered_and_only_those_that_the_user_may_change(call: Call) -> None:
    cases: list[tuple[str, dict[str, str], list[str]]] = [
        ("ADM", {}, ["P1", "P2", "P3"]),
        ("ADM", {"open": "true"}, ["P1", "P2"]),
        ("ADM", {"open": "false"}, ["P3"]),
        ("ADM", {"caseworker": "s1"}, ["P1", "P3"]),
        ("ADM", {"caseworker": "robert  smith"}, ["P1", "P3"]),
        ("ADM", {"caseworker": "Smith, Robert"}, ["P1", "P3"]),
        ("ADM", {"caseworker": "smith"}, []),
        ("ADM", {"caseworker": ""}, ["P1", "P2", "P3"]),
        ("ADM", {"program": "youth  employment", "open": "true"}, ["P1", "P2"]),
        ("ADM", {"program": "SH"}, []),
        ("ADM", {"participant": "p2"}, ["P2"]),
        ("ADM", {"participant": "nobody"}, []),
        ("S1", {}, ["P1", "P3"]),
        ("S2", {}, ["P1", "P2", "P3"]),
    ]
    for who, params, expected in cases:
        answer = call(who).get("/v1/assignments", params=params).json()
        assert [line["participant_id"] for line in answer["assignments"]] == expected, (who, params)
        assert answer["next"] is None


def test_an_empty_parameter_is_as_good_as_none(call: Call) -> None:
    api = call("ADM")
    for path, empty in (("/v1/uploads", "?state=&limit=&cursor="), ("/v1/assignments", "?open=&program=&participant=")):
        assert api.get(path + empty).json() == api.get(path).json()


def test_assignments_come_in_pages_with_names_and_versions(call: Call) -> None:
    api = call("ADM")
    upload = api.submit(table(update("P1"))).json()
    api.wait(upload["id"], "complete")
    first = api.get("/v1/assignments", params={"limit": 1}).json()
    (line,) = first["assignments"]
    assert line == {
        "id": line["id"],
        "version": 2,
        "participant_id": "P1",
        "first_name": "Mary",
        "last_name": "Jones",
        "program_id": "YES",
        "program_name": "Youth Employment",
        "staff_id": "S1",
        "caseworker": "Robert Smith",
        "caseworker_first_name": "Robert",
        "caseworker_last_name": "Smith",
        "relationship": "Primary",
        "status": "Active",
        "start_date": "2024-02-01",
        "end_date": "2024-06-01",
        "reason": "Completed",
    }
    rest = api.get("/v1/assignments", params={"limit": 2, "cursor": first["next"]}).json()
    assert [line["participant_id"] for line in rest["assignments"]] == ["P2", "P3"]
    assert rest["next"] is None


def test_nothing_of_another_site_is_visible(call: Call, address: str, tmp_path: Path, agency: Agency) -> None:
    other = found_agency(agency.url, agency.engine, tmp_path, "Other Agency")
    stranger = Api(address, other.tokens["ADM"])
    upload_id = call("ADM").submit(table(insert("P2"))).json()["id"]
    call("ADM").wait(upload_id)
    assert stranger.get(f"/v1/uploads/{upload_id}").status_code == 404
    assert stranger.get("/v1/uploads").json()["uploads"] == []
    assert len(stranger.get("/v1/assignments").json()["assignments"]) == 3
    assert stranger.get("/v1/me").json()["site"] == "Other Agency"
    mine = stranger.submit(table(insert("P2"))).json()["id"]
    assert mine != upload_id
    assert stranger.wait(mine)["state"] == "complete"
    assert len(agency.assignments()) == len(other.assignments()) == 4


def test_every_answer_forbids_keeping_guessing_and_embedding(call: Call) -> None:
    for path in ("/v1/health", "/v1/me", "/v1/reference", "/v1/uploads", "/v1/nowhere", "/openapi.json"):
        headers = call("ADM").get(path).headers
        assert {name: headers[name] for name in security_headers(path)} == security_headers(path)
    assert security_headers("/v1/me")["Cache-Control"] == "no-store"
