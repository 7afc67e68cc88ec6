"""Remembered fixes belong to one site, and the newest word counts."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, insert, select

from server.records.aliases import remember, remembered
from server.records.database import writing
from server.records.tables import aliases, sites
from workbook.columns import SSN, STAFF_NAME, STATUS


@pytest.fixture
def connection(database: Engine):
    with writing(database) as connection:
        for site_id in (1, 2):
            connection.execute(
                insert(sites).values(id=site_id, name=f"Site {site_id}", duplicate_check="[]", one_primary=False)
            )
        yield connection


def test_a_fix_is_found_again_without_regard_to_case_and_spaces(connection):
    remember(connection, 1, STAFF_NAME, "  Bob  OKONKWO ", "Robert Okonkwo")
    asked = [(STAFF_NAME, "bob okonkwo"), (STATUS, "bob okonkwo"), (STAFF_NAME, "somebody else")]
    assert remembered(connection, 1, asked) == {(STAFF_NAME, "bob okonkwo"): "Robert Okonkwo"}


def test_a_newer_word_replaces_an_older_one(connection):
    remember(connection, 1, STATUS, "live", "Pending")
    remember(connection, 1, STATUS, "Live", "Active")
    assert remembered(connection, 1, [(STATUS, "live")]) == {(STATUS, "live"): "Active"}


def test_what_one_site_remembers_no_other_site_does(connection):
    remember(connection, 1, STATUS, "live", "Active")
    assert remembered(connection, 2, [(STATUS, "live")]) == {}


def test_an_ssn_an_empty_value_and_unstorable_text_are_never_remembered(connection):
    remember(connection, 1, SSN, "123-45-6789", "987-65-4321")
    remember(connection, 1, STATUS, "  ", "Active")
    remember(connection, 1, STATUS, "live", " ")
    remember(connection, 1, STATUS, "li\0ve", "Active")
    remember(connection, 1, STATUS, "live", "\ud800")
    assert connection.execute(select(aliases)).all() == []
    assert remembered(connection, 1, [(STATUS, "li\0ve"), (STATUS, "\ud800")]) == {}


def test_thousands_are_asked_for_at_once(connection):
    for number in (3, 2500):
        remember(connection, 1, STATUS, f"value {number}", "Active")
    found = remembered(connection, 1, ((STATUS, f"value {number}") for number in range(3000)))
    assert sorted(found) == [(STATUS, "value 2500"), (STATUS, "value 3")]
