"""Fixes that a site remembers, and what was fixed before the rows were sent, over the API (SPEC 5, 6, 8)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from server.records import room_to_remember
from server.records.database import open_database, reading
from server.records.remembered import stamp
from server.records.tables import audit
from server.uploads.recheck import today
from tests.support.copies import copied
from tests.support.served import Agency, Api, found_agency, insert, table, web, worker

BOSS = {"column": "Caseworker Name", "value": "The Boss", "code": "unknown-staff", "replacement": "Carla Ruiz"}
WHO = "Anna Lee · born 2001-07-08"


@pytest.fixture
def site(database_url: str, database: Engine, tmp_path: Path) -> Iterator[tuple[str, Agency, Agency]]:
    """A server with two agencies."""
    agencies = [found_agency(database_url, database, tmp_path, name) for name in ("Agency", "Another")]
    with web(agencies[0].settings(tmp_path), database) as address, worker(agencies[0].settings(tmp_path), database):
        yield address, agencies[0], agencies[1]


def remember(api: Api, *fixes: dict[str, str]) -> dict[str, Any]:
    answer = api("POST", "/v1/remembered", json={"fixes": list(fixes)})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def listed(api: Api, **params: Any) -> list[str]:
    return [fix["value"] for fix in api.get("/v1/remembered", params=params).json()["remembered"]]


def suggested(api: Api) -> list[tuple[str, bool, str]]:
    [group] = api.validate(table(insert("P3", caseworker="the boss"))).json()["fixes"]
    return [(one["value"], one["remembered"], one["label"]) for one in group["suggestions"]]


def test_a_remembered_fix_is_offered_to_the_whole_site_until_it_is_forgotten(
    site: tuple[str, Agency, Agency],
) -> None:
    """To others as a guess that is told to be somebody else's, and to nobody who may not choose the answer."""
    address, agency, other = site
    bob, carla, admin, stranger = (
        Api(address, token)
        for token in (agency.tokens["S1"], agency.tokens["S2"], agency.tokens["ADM"], other.tokens["ADM"])
    )
    [fix] = remember(carla, BOSS)["remembered"]
    assert {**fix, "id": "", "at": ""} == {**BOSS, "id": "", "by": "Carla Ruiz", "at": "", "corrected": ""}
    assert [suggested(api) for api in (carla, admin, bob)] == [
        [("Carla Ruiz", True, "Carla Ruiz")],
        [("Carla Ruiz", False, "Carla Ruiz · remembered by somebody else · only a guess")],
        [],
    ]
    [group] = stranger.validate(table(insert("P3", caseworker="the boss"))).json()["fixes"]
    assert group["suggestions"] == []
    gone = stranger("DELETE", f"/v1/remembered/{fix['id']}")
    assert (gone.status_code, gone.json()["code"], listed(stranger)) == (404, "fix-not-found", [])
    assert carla("DELETE", f"/v1/remembered/{fix['id']}").status_code == 204
    assert carla("DELETE", f"/v1/remembered/{fix['id']}").status_code == 404
    assert listed(admin) == []
    with reading(agency.engine) as connection:
        trail = connection.execute(select(audit.c.who, audit.c.what, audit.c.detail).order_by(audit.c.key)).all()
    told = f"Caseworker Name, {fix['id']}"
    assert [tuple(line) for line in trail if line.what.startswith("fix ")] == [
        ("S2", "fix remembered", told),
        ("S2", "fix forgotten", told),
    ]


def test_a_fix_of_somebody_else_is_replaced_by_an_administrator_only(
    site: tuple[str, Agency, Agency],
) -> None:
    address, agency, _other = site
    bob, carla, admin = (Api(address, agency.tokens[staff_id]) for staff_id in ("S1", "S2", "ADM"))
    remember(carla, BOSS)
    answer = remember(bob, BOSS | {"replacement": "Robert Smith"})
    assert (answer["remembered"], [one["value"] for one in answer["refused"]]) == ([], ["The Boss"])
    assert "Somebody else" in answer["refused"][0]["message"]
    upload_id = bob.submit(table(insert("P3", caseworker="The Boss"))).json()["id"]
    bob.wait(upload_id)
    bob.fix(upload_id, ("Caseworker Name", "The Boss", "unknown-staff", "Robert Smith"), remember=True)
    assert [fix["replacement"] for fix in admin.get("/v1/remembered").json()["remembered"]] == ["Carla Ruiz"]
    remember(admin, BOSS | {"replacement": "Alice Admin"})
    assert suggested(carla) == [("Alice Admin", True, "Alice Admin")]


def test_whom_somebody_else_had_remembered_for_a_person_is_not_found_out_by_trying(
    site: tuple[str, Agency, Agency],
) -> None:
    """Neither the ID nor who said so: right and wrong ones get the same answer, and an administrator may still say."""
    address, agency, _other = site
    bob, carla, admin = (Api(address, agency.tokens[staff_id]) for staff_id in ("S1", "S2", "ADM"))
    said = {"column": "Participant ID", "value": "Mery Jones · born 1990-02-03", "code": "unknown-participant"}
    remember(carla, said | {"replacement": "P2"})
    answers = [remember(bob, said | {"replacement": guess}) for guess in ("P1", "P2", "p2", "Q0007")]
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["remembered"] == []
    assert not [word for word in ("P1", "P2", "Carla") if word in str(answers)]
    assert remember(carla, said | {"replacement": "P2"})["remembered"][0]["replacement"] == "P2"
    assert remember(admin, said | {"replacement": "P1"})["remembered"][0]["by"] == "Alice Admin"


def test_one_lists_and_forgets_ones_own_and_an_administrator_everything(
    site: tuple[str, Agency, Agency],
) -> None:
    address, agency, _other = site
    bob, carla, admin = (Api(address, agency.tokens[staff_id]) for staff_id in ("S1", "S2", "ADM"))
    who = {"column": "Participant ID", "value": WHO, "code": "unknown-participant", "replacement": "P3"}
    remember(bob, BOSS)
    [fix] = remember(carla, who)["remembered"]
    assert [listed(bob), listed(carla), listed(admin)] == [["The Boss"], [WHO], ["The Boss", WHO]]
    assert bob("DELETE", f"/v1/remembered/{fix['id']}").status_code == 404
    page = admin.get("/v1/remembered", params={"limit": 1}).json()
    assert listed(admin, cursor=page["next"]) == [WHO]
    assert admin("DELETE", f"/v1/remembered/{fix['id']}").status_code == 204
    assert listed(admin) == ["The Boss"]


def test_every_page_leads_to_the_next_whatever_its_last_value_is(site: tuple[str, Agency, Agency]) -> None:
    """Else one person's strange values would keep an administrator from seeing what the site remembers."""
    address, agency, _other = site
    strange = ["a" * 500, "b" + "\U00010400" * 499, "c\u00add", "e \ue000", 'f "\\/', "g\u2028h", "i\x01j" * 166]
    one = {"column": "Caseload Status", "code": "unknown-value", "replacement": "Active"}
    given = remember(Api(address, agency.tokens["S1"]), *({**one, "value": value} for value in strange))
    assert given["refused"] == []
    admin, found, cursor = Api(address, agency.tokens["ADM"]), [], None
    while True:
        page = admin.get("/v1/remembered", params={"limit": 1, **({"cursor": cursor} if cursor else {})}).json()
        found += [fix["id"] for fix in page["remembered"]]
        cursor = page["next"]
        if not cursor:
            break
    assert sorted(found) == sorted(fix["id"] for fix in given["remembered"])


def test_a_remembered_participant_is_shown_as_any_other(site: tuple[str, Agency, Agency]) -> None:
    address, agency, _other = site
    admin = Api(address, agency.tokens["ADM"])
    nick = "the lady in red"  # like nobody's name or number
    remember(admin, {"column": "Participant ID", "value": nick, "code": "unknown-participant", "replacement": "P3"})
    [group] = admin.validate(table(insert(nick))).json()["fixes"]
    assert [one["label"] for one in group["suggestions"]] == [
        "Ann Lee · born 7/8/2001 · case C3 · in Youth Shelter, Youth Employment"
    ]


def test_what_cannot_be_remembered_is_told_and_the_rest_is_kept(
    site: tuple[str, Agency, Agency],
) -> None:
    address, agency, _other = site
    api = Api(address, agency.tokens["ADM"])
    secret = {"column": "SSN", "value": "823-11-0009", "code": "unknown-value", "replacement": "823-11-0003"}
    answer = remember(api, secret, BOSS, BOSS)
    assert [fix["value"] for fix in answer["remembered"]][-1:] == ["The Boss"]
    assert [(fix["column"], "Social Security" in fix["message"]) for fix in answer["refused"]] == [("SSN", True)]
    assert "replacement" not in answer["refused"][0]
    assert listed(api) == ["The Boss"]
    for body, code in (("{", "body-unreadable"), ('{"fixes": [{"column": "SSN"}]}', "request-invalid")):
        headers = {"Content-Type": "application/json"}
        assert api("POST", "/v1/remembered", data=body, headers=headers).json()["code"] == code
    assert api.get("/v1/remembered", params={"cursor": "WyJcdTAwMDAiLCAiYSJd"}).json()["code"] == "cursor-invalid"
    assert api("DELETE", "/v1/remembered/%00").json()["code"] == "fix-not-found"


def test_the_log_tells_what_was_fixed_in_the_spreadsheet_and_here(
    site: tuple[str, Agency, Agency],
) -> None:
    address, agency, _other = site
    api = Api(address, agency.tokens["ADM"])
    fixed = {
        "2": {"Caseworker Name": "Karla Ruis"},
        "3": {"Caseworker Name": "Karla", "Start Date": "", "Case Number": "C-3", "SSN": "823-11-0003"},
        "4": {"Caseworker Name": "Carla Ruiz"},
    }
    rows = [insert("P2"), insert("P3", caseworker="Carla Ruis"), insert("P4")]
    upload_id = api.submit(table(*rows, fixed=fixed)).json()["id"]
    api.wait(upload_id, "needs-fixes")
    api.fix(upload_id, ("Caseworker Name", "Carla Ruis", "unknown-staff", "Carla Ruiz"))
    waiting = api.get(f"/v1/uploads/{upload_id}/log").json()["rows"]
    api("POST", f"/v1/uploads/{upload_id}/continue")
    api.wait(upload_id, "complete")
    log = api.get(f"/v1/uploads/{upload_id}/log").json()["rows"]
    told = [
        (2, "Caseworker Name: Karla Ruis", "Caseworker Name: Carla Ruiz"),
        (
            3,
            "Case Number: C-3; SSN: •••; Caseworker Name: Karla; Start Date: (empty)",
            "Case Number: (empty); SSN: (empty); Caseworker Name: Carla Ruiz; Start Date: 5/1/2024",
        ),
        (4, "", ""),
    ]
    assert [[(row["row"], row["before"], row["after"]) for row in rows] for rows in (waiting, log)] == [told, told]
    again = api.submit(table(*rows))
    assert (again.status_code, again.json()["id"]) == (202, upload_id)


@pytest.mark.parametrize(
    ("fixed", "said"),
    [
        ([], "send an object"),
        ({"9": {"Start Date": "x"}}, "no row 9"),
        ({"2": "x"}, "row 2: send an object"),
        ({"2": {"Colour": "x"}}, "no column Colour"),
        ({"2": {"Start Date": 3}}, "a text of at most 255"),
        ({"2": {"Start Date": "x" * 256}}, "a text of at most 255"),
    ],
)
def test_what_cannot_be_read_of_earlier_fixes_is_refused_in_one_sentence(shared: Api, fixed: Any, said: str) -> None:
    answer = shared.validate(table(insert("P2"), fixed=fixed))
    assert (answer.status_code, answer.json()["code"]) == (422, "table-invalid")
    assert said in answer.json()["detail"]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, sqlite_agency: Agency) -> Iterator[Api]:
    """A server whose agency nobody changes."""
    folder = tmp_path_factory.mktemp("shared")
    with copied(sqlite_agency.url, folder) as url:
        engine = open_database(url)
        with web(sqlite_agency.settings(folder), engine) as address:
            yield Api(address, sqlite_agency.tokens["ADM"])
        engine.dispose()


def test_what_the_moment_of_a_follow_up_is_called_does_not_let_anybody_count(
    shared: Api, sqlite_agency: Agency
) -> None:
    body = table(insert("P3"))
    as_of = shared("POST", "/v1/validations?follow_up=true", json=body).json()["follow_up"]["as_of"]
    with reading(sqlite_agency.engine) as connection:
        fixes = stamp(connection, sqlite_agency.site_id)
    tried = {
        hashlib.sha256(repr([site, revision, person, today(), fixes]).encode()).hexdigest()[:16]
        for site in range(4)
        for revision in range(40)
        for person in range(20)
    }
    assert as_of not in tried


def test_a_follow_up_names_whoever_two_rows_have_in_common(shared: Api) -> None:
    def follow_up(*rows: list[Any]) -> dict[str, Any]:
        body = table(*rows)
        found: dict[str, Any] = shared("POST", "/v1/validations?follow_up=true", json=body).json()["follow_up"]
        return found

    by_name = insert("", others={"First Name": "josé", "Last Name": "O’BRIEN SMITH"})
    answer = follow_up(insert("P2"), insert("P3"), by_name, insert("nobody"), insert("p2"))
    jose, ann, *others = answer["participants"]
    assert others == [jose, 0, jose]
    assert ann not in (0, jose)
    assert follow_up(insert("P3")) == {"as_of": answer["as_of"], "participants": [ann]}
    remember(shared, BOSS)
    assert follow_up(insert("P3"))["as_of"] != answer["as_of"]
    for body in (table(insert("P3")), table(insert("P3"), leave_out=[2])):
        assert set(shared.validate(body).json()) == {"counts", "problems", "fixes", "preview", "date_order"}


def wrong(number: int) -> dict[str, str]:
    return {**BOSS, "value": f"Boss {number}"}


def test_what_is_remembered_is_told_in_the_audit_trail_by_its_id_and_column_and_never_in_its_own_words(
    site: tuple[str, Agency, Agency],
) -> None:
    """What was taken for an unknown header may be anybody's row."""
    address, agency, _other = site
    api = Api(address, agency.tokens["S1"])
    header = "Mary Jones\n     7  2026-12-01 08:00:00  operator  token revoked"
    unclear = {"column": header, "value": header, "code": "header-unclear", "replacement": "leave it out"}
    kept = remember(api, unclear, BOSS)["remembered"]
    ids = {fix["code"]: fix["id"] for fix in kept}
    for fix_id in ids.values():
        assert api("DELETE", f"/v1/remembered/{fix_id}").status_code == 204
    with reading(agency.engine) as connection:
        query = select(audit.c.detail).where(audit.c.who == "S1", audit.c.what.in_(["fix remembered", "fix forgotten"]))
        told = connection.execute(query.order_by(audit.c.key)).scalars().all()
    lines = [f"an unknown header, {ids['header-unclear']}", f"Caseworker Name, {ids['unknown-staff']}"]
    assert sorted(told) == sorted(lines * 2)


@pytest.mark.parametrize("bound", ["MOST_OF_ONE", "MOST_OF_SITE"])
def test_so_many_fixes_are_remembered_and_who_has_some_forgotten_has_room_again(
    site: tuple[str, Agency, Agency], monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    address, agency, _other = site
    api, admin = Api(address, agency.tokens["S1"]), Api(address, agency.tokens["ADM"])
    monkeypatch.setattr(room_to_remember, bound, 3)
    told = remember(api, *map(wrong, range(5)))
    assert [len(told["remembered"]), [one["value"] for one in told["refused"]]] == [3, ["Boss 3", "Boss 4"]]
    assert {"Forget some" in one["message"] for one in told["refused"]} == {True}
    full = api("POST", "/v1/remembered", json={"fixes": [wrong(3)]})
    assert [full.status_code, full.json()["code"], "Forget some" in full.json()["detail"]] == [
        409, "remembered-full", True,
    ]  # fmt: skip
    assert len(remember(api, {**wrong(1), "replacement": "S2"})["remembered"]) == 1, "another answer needs no room"
    theirs = admin("POST", "/v1/remembered", json={"fixes": [wrong(7)]})
    assert theirs.status_code == {"MOST_OF_ONE": 200, "MOST_OF_SITE": 409}[bound]
    first = admin.get("/v1/remembered").json()["remembered"][0]
    assert admin("DELETE", f"/v1/remembered/{first['id']}").status_code == 204
    assert len(remember(api, wrong(3))["remembered"]) == 1


def test_where_no_more_are_remembered_a_fix_is_good_for_its_upload_all_the_same(
    site: tuple[str, Agency, Agency], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, agency, _other = site
    api = Api(address, agency.tokens["ADM"])
    monkeypatch.setattr(room_to_remember, "MOST_OF_ONE", 0)
    upload_id = api.submit(table(insert("P2", caseworker="The Boss"))).json()["id"]
    api.wait(upload_id, "needs-fixes")
    fixed = api.fix(upload_id, ("Caseworker Name", "The Boss", "unknown-staff", "Carla Ruiz"), remember=True)
    assert [fixed.status_code, fixed.json()["problems"], listed(api)] == [200, [], []]


def test_people_who_remember_the_same_in_another_order_do_not_wait_for_each_other(
    site: tuple[str, Agency, Agency],
) -> None:
    """An administrator, who may replace everybody's, and a colleague."""
    address, agency, _other = site
    answers = [wrong(number) for number in range(40)]

    def ask(who: str, again: bool) -> list[int]:
        api = Api(address, agency.tokens[who])
        told = []
        for meaning in ("Active", "On Hold") * 3:
            fixes = [{**one, "replacement": meaning} for one in (answers[::-1] if again else answers)]
            answer = api("POST", "/v1/remembered", json={"fixes": fixes})
            told.append(answer.status_code)
            found = answer.json()
            values = [one["value"] for one in found["remembered"]]
            assert values == [one["value"] for one in fixes if one["value"] in values], "in the order that was asked in"
        return told

    with ThreadPoolExecutor(3) as threads:
        asked = [threads.submit(ask, who, again) for who, again in (("ADM", False), ("ADM", True), ("S2", True))]
        assert {status for one in asked for status in one.result()} == {200}
