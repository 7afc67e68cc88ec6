"""SSNs leave a sheet before anything is kept of it."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import Engine, insert, select, update

from server.judge.ssns import Tries
from server.records.audit import lines_of
from server.records.database import reading, writing
from server.records.sites import create_site
from server.records.ssn import SsnHasher, WrongKey, check_key, replace_key
from server.records.ssn_tries import count_tries
from server.records.tables import key_fingerprints, participants, sites, staff
from server.records.tokens import Principal
from server.records.uploads import NewUpload, kept_key, store_upload
from workbook.columns import SSN
from workbook.sheet import CellError, sheet_of
from workbook.ssn import UNUSABLE

HASHER = SsnHasher(b"key")


def test_one_ssn_has_one_hash_however_it_is_written() -> None:
    sheet = sheet_of(["SSN", "Participant ID"], [["823-12-3456", 1], [823123456.0, 2], [" 823 12 3456", 3], [None, 4]])
    sheet = HASHER.without_ssns(sheet)
    assert [sheet.cell(SSN, index) for index in range(4)] == [HASHER.hash("823123456")] * 3 + [None]


def test_what_is_no_ssn_is_kept_as_no_more_than_that_and_what_nobody_sees_as_nothing() -> None:
    sheet = sheet_of(["SSN", "Participant ID"], [["refused", 1], ["XXX-XX-6789", 2], ["000-00-0000", 3], ["\u200b", 4]])
    sheet = HASHER.without_ssns(sheet)
    assert [sheet.cell(SSN, index) for index in range(4)] == [UNUSABLE] * 3 + [None]


def test_another_key_gives_another_hash_and_nothing_gives_nothing() -> None:
    assert HASHER.hash("823123456") != SsnHasher(b"other").hash("823123456")
    assert HASHER.hash("") == ""
    assert len(HASHER.hash("\ud800")) == 64


def test_errors_stay_and_a_value_too_long_is_refused_without_being_kept() -> None:
    sheet = sheet_of(["SSN", "Participant ID"], [[CellError("#N/A"), 1], ["1" * 256, 2]])
    sheet = HASHER.without_ssns(sheet)
    assert sheet.cell(SSN, 0) == CellError("#N/A")
    assert sheet.cell(SSN, 1) == "•" * 256


def test_the_sheet_that_was_given_stays_as_it_came() -> None:
    """A call that had to wait is done again, and would take a hash for an SSN that is none."""
    sheet = sheet_of(["SSN", "Participant ID"], [["823-12-3456", 1]])
    first, second = HASHER.without_ssns(sheet), HASHER.without_ssns(sheet)
    assert [one.cell(SSN, 0) for one in (sheet, first, second)] == ["823-12-3456", *[HASHER.hash("823123456")] * 2]


def test_a_sheet_without_ssns_is_left_alone() -> None:
    sheet = sheet_of(["Participant ID"], [[1]])
    sheet = HASHER.without_ssns(sheet)
    assert list(sheet.columns) == ["Participant ID"]


def _with_ssn(database: Engine) -> int:
    with writing(database) as connection:
        site = create_site(connection, "Agency")
        person = {"participant_id": "P1", "id_key": "p1", "ssn_hash": SsnHasher(b"old").hash("823123456")}
        connection.execute(insert(participants).values(site_id=site, **person))
    return site


def test_a_database_remembers_the_key_that_its_ssns_were_hashed_with_and_takes_no_other(database: Engine) -> None:
    check_key(database, b"at first")
    check_key(database, b"old")  # no SSN is stored yet, so nothing depends on the key
    _with_ssn(database)
    check_key(database, b"old")
    with pytest.raises(WrongKey, match="not the key that the stored SSNs were hashed with"):
        check_key(database, b"new")
    check_key(database, b"old")
    with reading(database) as connection:
        kept = connection.execute(select(key_fingerprints.c.fingerprint)).scalar_one()
    assert "old" not in kept
    assert kept != SsnHasher(b"old").hash("old")


@pytest.mark.parametrize("what", ["an SSN was tried", "an upload was sent"])
def test_so_it_does_where_no_participant_has_an_ssn_and_something_else_depends_on_the_key(
    database: Engine, what: str
) -> None:
    check_key(database, b"old")
    with writing(database) as connection:
        site = create_site(connection, "Agency")
        person = {"site_id": site, "staff_id": "S1", "active": True, "caseload_access": True, "administrator": False}
        key = connection.execute(insert(staff).values(person).returning(staff.c.key)).scalar_one()
        if what == "an SSN was tried":
            count_tries(connection, site, key, Tries([(0, SsnHasher(b"old").hash("823123456"))], 5, []))
        else:
            who = Principal(site, key, "S1", "", "", False, 0, None)
            store_upload(connection, who, NewUpload(kept_key(SsnHasher(b"old"), "one"), "k", "june.csv", 1, b""))
    with pytest.raises(WrongKey, match="by which an upload that is sent again is known"):
        check_key(database, b"new")
    check_key(database, b"old")
    with writing(database) as connection:
        replace_key(connection, b"new")


def test_a_database_that_knows_no_key_yet_takes_the_one_it_is_used_with_whoever_comes_first(database: Engine) -> None:
    _with_ssn(database)
    refused: list[bytes] = []

    def start(key: bytes) -> None:
        try:
            check_key(database, key)
        except WrongKey:
            refused.append(key)

    threads = [threading.Thread(target=start, args=(key,)) for key in [b"one", b"two"] * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused in ([b"one"] * 3, [b"two"] * 3)


def test_a_lost_key_is_replaced_and_the_ssns_that_it_hid_are_forgotten(database: Engine) -> None:
    site = _with_ssn(database)
    check_key(database, b"old")
    with writing(database) as connection:
        before = connection.execute(select(sites.c.revision)).scalar_one()
        assert replace_key(connection, b"new") == 1
    check_key(database, b"new")
    with reading(database) as connection:
        assert connection.execute(select(participants.c.ssn_hash)).scalars().all() == [""]
        assert connection.execute(select(sites.c.revision)).scalar_one() > before
        assert [line.what for line in lines_of(connection, site)][-1] == "SSN key replaced"
    with writing(database) as connection:
        connection.execute(update(participants).values(ssn_hash=SsnHasher(b"new").hash("823123456")))
    with pytest.raises(WrongKey):
        check_key(database, b"old")
