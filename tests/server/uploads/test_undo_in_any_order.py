"""Uploads that are undone in another order than they were made leave what the rules allow (SPEC 6, R6, R8)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, select, text

from server.records.database import reading, writing
from server.records.migrate import migrate
from server.records.sites import set_rules
from server.records.tables import assignments, enrollments, reopened
from tests.support.kept_records import kept_records
from tests.support.served import Agency, Call, insert, update
from tests.support.undoing import counts, enrolling, take_back, write


def open_ones(agency: Agency) -> list[int]:
    """The numbers of the open assignments."""
    with reading(agency.engine) as connection:
        query = select(assignments.c.record_id).where(assignments.c.end_date == "")
        return list(connection.execute(query.order_by(assignments.c.record_id)).scalars())


def why(told: dict[str, Any]) -> list[str]:
    return [kept["why"].partition(" (record")[0] for kept in told["kept"]]


def test_a_second_primary_is_not_reopened_beside_one_that_an_undo_reopened(call: Call, agency: Agency) -> None:
    with writing(agency.engine) as connection:
        set_rules(connection, agency.site_id, one_primary=True)
    api, before = call("ADM"), open_ones(agency)
    first = write(api, update("P1", others={"Program ID": "YES"}), key="1")
    write(api, insert("P1", relationship="Primary", start="2024-06-02"), key="2")
    last = write(api, update("P1", "Carla Ruiz", "2024-07-01", {"Program ID": "YES"}), key="3")
    assert counts(take_back(api, first)) == [0, 1, 0, 0]
    told = take_back(api, last)
    assert (counts(told), why(told)) == ([0, 0, 0, 0], ["Another caseworker is Primary since 2/1/2024"])
    assert open_ones(agency) == before


def test_the_same_assignment_is_not_reopened_twice(call: Call, agency: Agency) -> None:
    api, before = call("ADM"), open_ones(agency)
    first = write(api, update("P2", "Carla Ruiz", "2024-06-10", {"Program ID": "YES"}), key="1")
    again = insert("P2", caseworker="Carla Ruiz", relationship="Primary", start="2024-06-01")
    write(api, again, key="2")
    last = write(api, update("P2", "Carla Ruiz", "2024-07-01", {"Program ID": "YES"}), key="3")
    take_back(api, first)
    told = take_back(api, last)
    assert (counts(told), why(told)) == ([0, 0, 0, 0], ["The same assignment was reopened since"])
    assert open_ones(agency) == before


def test_what_was_open_beside_a_reopened_one_when_an_upload_ended_it_is_open_beside_it_again(
    call: Call, agency: Agency
) -> None:
    """The upload came after the reopening, and begins nothing by which its time could be told."""
    api = call("ADM")
    write(api, insert("P1", relationship="Primary", start="2024-06-02"), key="1")
    before = open_ones(agency)
    first = write(api, update("P1", others={"Program ID": "YES"}), key="2")
    take_back(api, first)
    last = write(api, update("P1", "Carla Ruiz", "2024-07-01", {"Program ID": "YES"}), key="3")
    with writing(agency.engine) as connection:
        set_rules(connection, agency.site_id, one_primary=True)
    assert counts(take_back(api, last)) == [0, 1, 0, 0]
    assert open_ones(agency) == before


def test_a_second_enrollment_is_not_reopened_beside_one_that_an_undo_reopened(call: Call, agency: Agency) -> None:
    api = call("ADM")
    mine: dict[str, Any] = {"program": "SH", "start": "2024-02-01"}
    write(api, enrolling(insert("Q0001", caseworker="Robert Smith", **mine), "2024-01-01"), key="0")
    first = write(api, enrolling(insert("Q0001", caseworker="Carla Ruiz", **mine), "", "2024-03-01"), key="1")
    earlier: dict[str, Any] = mine | {"relationship": "Primary", "start": "2023-02-01"}
    write(api, enrolling(insert("Q0001", caseworker="Carla Ruiz", **earlier), "2023-01-01"), key="2")
    last = write(api, enrolling(insert("Q0001", caseworker="Robert Smith", **earlier), "", "2023-06-01"), key="3")
    assert counts(take_back(api, first)) == [1, 0, 0, 1]
    told = take_back(api, last)
    assert (counts(told), why(told)) == ([1, 0, 0, 0], ["Another enrollment in the program was reopened since"])
    with reading(agency.engine) as connection:
        in_shelter = select(enrollments.c.end_date).where(enrollments.c.start_date.in_(("2024-01-01", "2023-01-01")))
        assert "2023-06-01" in connection.execute(in_shelter).scalars().all()


@pytest.mark.parametrize("reverse", [False, True], ids=["the first one first", "the last one first"])
def test_of_two_enrollments_that_hold_an_assignment_one_is_left_whichever_is_undone_first(
    call: Call, agency: Agency, reverse: bool
) -> None:
    api, before = call("ADM"), kept_records(agency)["enrollments"]
    mine: dict[str, Any] = {"program": "SH", "start": "2024-01-06"}
    one = write(api, enrolling(insert("Q0001", caseworker="Robert Smith", **mine), "2024-01-01", "2024-01-08"), key="1")
    write(api, insert("Q0001", **mine), key="2")
    row = insert("Q0001", program="SH", caseworker="Ana de la Cruz", start="2023-12-02")
    other = write(api, enrolling(row, "2023-12-01"), key="3")
    first, second = (other, one) if reverse else (one, other)
    assert counts(take_back(api, first)) == [1, 0, 1, 0]
    told = take_back(api, second)
    assert (counts(told), why(told)) == ([1, 0, 0, 0], ["An assignment that stays depends on this enrollment"])
    assert len(kept_records(agency)["enrollments"]) == len(before) + 1


def test_so_it_is_with_what_was_reopened_before_it_was_kept_that_it_was(call: Call, agency: Agency) -> None:
    """A database of an earlier version, with an undo, that is brought up to date."""
    with writing(agency.engine) as connection:
        set_rules(connection, agency.site_id, one_primary=True)
    api, before = call("ADM"), open_ones(agency)
    first = write(api, update("P1", others={"Program ID": "YES"}), key="1")
    write(api, insert("P1", relationship="Primary", start="2024-06-02"), key="2")
    last = write(api, update("P1", "Carla Ruiz", "2024-07-01", {"Program ID": "YES"}), key="3")
    ended = write(api, update("P2", "Carla Ruiz", "2024-06-10", {"Program ID": "YES"}), key="4")
    for upload in (first, ended):
        assert counts(take_back(api, upload)) == [0, 1, 0, 0]
    write(api, update("P2", "Carla Ruiz", "2024-06-11", {"Program ID": "YES"}), key="5")
    with writing(agency.engine) as connection:
        connection.execute(delete(reopened))
        connection.execute(text("UPDATE alembic_version SET version_num = '0017'"))
    assert migrate(agency.engine)
    with reading(agency.engine) as connection:
        kept = connection.execute(select(reopened.c.record_id)).scalars().all()
        assert [one in before for one in kept] == [True], "the other one is ended again"
    told = take_back(api, last)
    assert (counts(told), why(told)) == ([0, 0, 0, 0], ["Another caseworker is Primary since 2/1/2024"])
    after = write(api, update("P1", others={"Program ID": "YES"}), key="6")
    assert counts(take_back(api, after)) == [0, 1, 0, 0], "which came after the reopening"


def test_what_is_known_of_a_reopening_stays_when_a_database_is_brought_up_to_date(call: Call, agency: Agency) -> None:
    api = call("ADM")
    take_back(api, write(api, update("P1", others={"Program ID": "YES"}), key="1"))
    write(api, insert("P2"), key="2")
    with writing(agency.engine) as connection:
        before = connection.execute(select(reopened)).all()
        connection.execute(text("UPDATE alembic_version SET version_num = '0017'"))
    assert migrate(agency.engine)
    with reading(agency.engine) as connection:
        assert connection.execute(select(reopened)).all() == before != []
