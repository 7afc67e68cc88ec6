"""Turns of the queue while a worker finishes one upload after the other, and how many one person may have in it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select, update

from server.records import uploads
from server.records.database import reading, writing
from server.records.tables import uploads as upload_table
from server.records.upload_queue import MOST_WAITING, has_place
from server.uploads.lifecycle import TooManyWaiting
from server.worker import take_up_next
from tests.server.uploads.test_overtaking import FEW, MANY, claimed, person, send
from tests.server.uploads.test_worker import state
from tests.support.served import Agency, Api, found_agency, insert, table, web
from workbook.files.packing import pack
from workbook.upload_state import RUNNING, UploadState


def carried_out(agency: Agency, folder: Path) -> Iterator[str]:
    """The uploads in the order in which a worker finishes them, each before it takes up the next."""
    settings = agency.settings(folder)
    while True:
        waited = waiting(agency)
        if take_up_next(agency.engine, settings) is None:
            return
        [finished] = waited - waiting(agency)
        yield finished


def waiting(agency: Agency) -> set[str]:
    with reading(agency.engine) as connection:
        return {*connection.execute(select(upload_table.c.id).where(upload_table.c.state.in_(RUNNING))).scalars()}


def fill(agency: Agency, staff_id: str, count: int) -> None:
    """So many uploads of one person wait from now on."""
    who, packed = person(agency, staff_id), pack(FEW)
    with writing(agency.engine) as connection:
        for number in range(count):
            key = f"{staff_id} {number}"
            uploads.store_upload(connection, who, uploads.NewUpload(key, "", "june.csv", len(FEW), packed))


def test_who_has_just_been_served_comes_after_everybody_else_who_waits_whenever_they_came(
    agency: Agency, tmp_path: Path
) -> None:
    other = found_agency(agency.url, agency.engine, tmp_path, "Other")
    many = [send(agency, "S1", f"many {number}", FEW) for number in range(6)]
    colleague, stranger = send(agency, "S2", "1", FEW), send(other, "S1", "1", FEW)
    order = carried_out(agency, tmp_path)
    assert [next(order) for _ in range(4)] == [many[0], stranger, colleague, many[1]]
    again, newcomer = send(agency, "S2", "2", FEW), send(agency, "ADM", "1", FEW)
    assert [*order] == [again, newcomer, *many[2:]]


def test_while_all_are_finished_one_by_one_the_people_of_two_sites_take_turns(agency: Agency, tmp_path: Path) -> None:
    other = found_agency(agency.url, agency.engine, tmp_path, "Other")
    here = [send(agency, staff_id, "1", FEW) for staff_id in ("ADM", "S1", "S2")]
    there = [send(other, staff_id, "1", FEW) for staff_id in ("ADM", "S1")]
    assert [*carried_out(agency, tmp_path)] == [here[0], there[0], here[1], there[1], here[2]]


def test_small_ones_that_overtake_take_nobody_s_turn_with_a_large_one_away(agency: Agency) -> None:
    """While each large upload is in hand, two small ones of a third person go by: a round and more."""
    many = [send(agency, "S1", f"many {number}", MANY) for number in range(3)]
    other = send(agency, "S2", "1", MANY)
    order = []
    for step in range(4):
        large = claimed(agency)
        for number in range(2):
            small = send(agency, "ADM", f"small {step} {number}", FEW)
            assert claimed(agency, small_only=True) == small
            done(agency, small)
        order.append(large)
        done(agency, large)
    assert order == [many[0], other, *many[1:]]


def done(agency: Agency, upload_id: str | None) -> None:
    """It waits for its user from now on."""
    assert upload_id is not None
    with writing(agency.engine) as connection:
        connection.execute(
            update(upload_table).where(upload_table.c.id == upload_id).values(state=UploadState.NEEDS_FIXES)
        )


def test_one_person_may_have_so_many_uploads_waiting_and_is_told_what_to_do(agency: Agency, tmp_path: Path) -> None:
    wrong = send(agency, "S1", "wrong", FEW)
    assert take_up_next(agency.engine, agency.settings(tmp_path)) is not None
    fill(agency, "S1", MOST_WAITING - 1)
    with web(agency.settings(tmp_path), agency.engine) as address:
        api, colleague = Api(address, agency.tokens["S1"]), Api(address, agency.tokens["S2"])
        leave_out = api.fix(wrong, leave_out=[2])
        last = api.submit(table(insert("P2")), "last")
        refused = [api.submit(table(insert("P2")), "one more"), api("POST", f"/v1/uploads/{wrong}/continue")]
        again, others = api.submit(table(insert("P2")), "last"), colleague.submit(table(insert("P2")), "first")
        finished = carried_out(agency, tmp_path)
        assert next(finished) == others.json()["id"]
        next(finished)
        later = [api.submit(table(insert("P2")), "one more"), api("POST", f"/v1/uploads/{wrong}/continue")]
    assert [one.status_code for one in (leave_out, last, again, others)] == [200, 202, 202, 202]
    assert again.json()["id"] == last.json()["id"]
    assert [(one.status_code, one.json()["code"], one.headers["Retry-After"]) for one in refused] == [
        (429, "too-many-waiting", "10")
    ] * 2
    assert refused[0].json()["detail"] == (
        f"{MOST_WAITING} uploads of one person wait to be carried out, and no more may. Nothing was done; try again in "
        "a few minutes, when some of them are done."
    )
    assert [one.status_code for one in later] == [202, 429], "a place was free for one"
    assert state(agency, wrong) == "needs-fixes"


def test_of_many_that_are_sent_at_once_no_more_are_taken_than_there_are_places(agency: Agency) -> None:
    fill(agency, "S1", MOST_WAITING - 2)
    refused = []

    def hand_in(number: int) -> None:
        try:
            send(agency, "S1", f"at once {number}", FEW)
        except TooManyWaiting as full:
            refused.append(full.most)

    threads = [threading.Thread(target=hand_in, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == [MOST_WAITING] * 4
    with reading(agency.engine) as connection:
        assert [has_place(connection, person(agency, one).staff_key) for one in ("S1", "S2")] == [False, True]
