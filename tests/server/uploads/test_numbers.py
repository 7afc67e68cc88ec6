"""Beside its long id an upload has a short number, which a person can say and every call takes (SPEC 6, 8)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from alembic import command
from alembic.config import Config
from sqlalchemy import insert as insert_into
from sqlalchemy import select, text

from server.records.database import open_database, writing
from server.records.migrate import FOLDER, migrate
from server.records.sites import set_rules
from server.records.tables import outbox, sites, staff, upload_numbers, uploads
from server.records.uploads import database_now
from tests.support.served import Agency, Call, insert, table


def test_uploads_are_counted_through_and_every_call_takes_the_number(call: Call, agency: Agency) -> None:
    api, colleague = call("ADM"), call("S1")
    first = api.wait(api.submit(table(insert("P2"))).json()["id"])
    second = api.submit(table(insert("P3", caseworker="Carla Ruis")), "key-2").json()
    assert [first["number"], second["number"]] == [1, 2]
    assert api.get("/v1/uploads/1").json()["id"] == first["id"]
    assert api.get("/v1/uploads/1/log").json()["rows"][0]["result"] == "begun"
    api.wait(second["id"])
    assert api.get("/v1/uploads/2/problems").json()["counts"]["errors"] == 1
    assert api("POST", "/v1/uploads/2/cancel").json()["state"] == "cancelled"
    assert api("POST", "/v1/uploads/1/undo").json()["state"] == "undone"
    assert [api.get(f"/v1/uploads/{one}").status_code for one in ("3", "0", "٣", "9" * 40)] == [404] * 4
    assert colleague.get("/v1/uploads/1").status_code == 404


def test_the_number_of_another_s_upload_leads_nowhere_by_whatever_call(call: Call, agency: Agency) -> None:
    """Not even to the id that it stands for: the answer is that to a number which nobody has."""
    api, colleague = call("ADM"), call("S1")
    upload_id = api.wait(api.submit(table(insert("P2"))).json()["id"])["id"]
    calls = [("GET", ""), *(("GET", f"/{name}") for name in ("problems", "log", "log?format=csv"))]
    calls += [("POST", f"/{name}") for name in ("continue", "cancel", "keep", "roll-back", "undo", "undo?preview=true")]
    calls += [("PUT", "/fixes")]
    for method, name in calls:
        theirs, nobodys = (
            colleague(method, f"/v1/uploads/{number}{name}", json={"fixes": []} if method == "PUT" else None)
            for number in (1, 9)
        )
        assert (theirs.status_code, theirs.text.replace("upload 1,", "upload 9,")) == (404, nobodys.text), name
        assert upload_id not in theirs.text
    assert api.get("/v1/uploads/1").json()["state"] == "complete"


def test_uploads_sent_at_once_have_numbers_of_their_own(call: Call, agency: Agency) -> None:
    api = call("ADM")
    with ThreadPoolExecutor(4) as pool:
        sent = list(pool.map(lambda number: api.submit(table(insert("P2")), f"key-{number}").json(), range(8)))
    assert sorted(one["number"] for one in sent) == list(range(1, 9))


def test_the_mail_names_the_number(call: Call, agency: Agency) -> None:
    api = call("ADM")
    api.wait(api.submit(table(insert("P2"))).json()["id"])
    with agency.engine.connect() as connection:
        body = connection.execute(select(outbox.c.body)).scalar_one()
    assert ["No. 1 (" in body, "caseload log 1\n" in body] == [True, True]


def test_the_limit_of_a_caseload_goes_along_with_the_preview(call: Call, agency: Agency) -> None:
    api = call("ADM")
    assert api("POST", "/v1/validations", json=table(insert("P2"))).json()["preview"]["load_limit"] is None
    with writing(agency.engine) as connection:
        set_rules(connection, agency.site_id, load_limit=1)
    assert api("POST", "/v1/validations", json=table(insert("P2"))).json()["preview"]["load_limit"] == 1


def test_uploads_of_an_earlier_version_are_numbered_in_the_order_in_which_they_came(bare_database_url: str) -> None:
    engine = open_database(bare_database_url)
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0008")
        ids = []
        for name in ("One", "Two"):
            site = connection.execute(
                insert_into(sites).values(name=name, duplicate_check="[]", one_primary=False).returning(sites.c.id)
            ).scalar_one()
            person = {"site_id": site, "staff_id": "S1", "active": True, "caseload_access": True, "administrator": True}
            owner = connection.execute(insert_into(staff).values(person).returning(staff.c.key)).scalar_one()
            for key in ("b", "a"):
                ids.append(f"{key}{site}")
                values = {"site_id": site, "staff_key": owner, "id": ids[-1], "idempotency_key": key, "received": 1}
                values |= {"content_hash": "", "filename": "", "state": "complete"}
                connection.execute(insert_into(uploads).values(**values, submitted_at=database_now(connection)))
    migrate(engine)
    with writing(engine) as connection:
        query = select(upload_numbers.c.number).order_by(upload_numbers.c.site_id, upload_numbers.c.number)
        assert list(connection.execute(query).scalars()) == [1, 2, 1, 2]
        named = {one.upload_id: one.number for one in connection.execute(select(upload_numbers))}
        assert [named[one] for one in ids] == [1, 2, 1, 2]
        assert connection.execute(text("SELECT last FROM upload_counters")).scalars().all() == [2, 2]
    engine.dispose()
