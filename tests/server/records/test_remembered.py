"""Remembered fixes belong to one site, and the newest word counts."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, insert, select

from server.records.database import writing
from server.records.remembered import (
    LONGEST,
    FixAnswer,
    find_remembered,
    forget,
    list_remembered,
    remember,
    remembered,
    stamp,
    why_not,
)
from server.records.tables import remembered_fixes, sites, staff
from workbook.columns import ACTION, CASE_NUMBER, END, PARTICIPANT_ID, SSN, STAFF_NAME, STATUS


@pytest.fixture
def connection(database: Engine):
    with writing(database) as connection:
        for site_id in (1, 2):
            connection.execute(
                insert(sites).values(id=site_id, name=f"Site {site_id}", duplicate_check="[]", one_primary=False)
            )
            connection.execute(
                insert(staff).values(
                    key=site_id,
                    site_id=site_id,
                    staff_id=f"S{site_id}",
                    first_name="Bob",
                    last_name="Smith",
                    email="",
                    active=True,
                    caseload_access=True,
                    administrator=True,
                )
            )
        yield connection


def keep(connection, site_id, column, value, replacement, code="unknown-staff"):
    return remember(connection, site_id, site_id, FixAnswer(column, value, code, replacement))


def meant(connection, site_id, keys):
    """What is remembered of some keys, for the staff member of that site."""
    return {key: alias.replacement for key, alias in remembered(connection, site_id, keys, site_id).items()}


def test_a_fix_is_found_again_without_regard_to_case_and_spaces(connection):
    keep(connection, 1, STAFF_NAME, "  Bob  OKONKWO ", "Robert Okonkwo")
    asked = [(STAFF_NAME, "bob okonkwo"), (STATUS, "bob okonkwo"), (STAFF_NAME, "somebody else")]
    assert meant(connection, 1, asked) == {(STAFF_NAME, "bob okonkwo"): "Robert Okonkwo"}


def test_a_newer_word_replaces_an_older_one(connection):
    keep(connection, 1, STATUS, "live", "Pending")
    keep(connection, 1, STATUS, "Live", "Active")
    assert meant(connection, 1, [(STATUS, "live")]) == {(STATUS, "live"): "Active"}
    [listed] = list_remembered(connection, 1, None, None, 10)
    assert listed[1:6] == (STATUS, "Live", "unknown-staff", "Active", "Bob Smith")


def test_what_one_site_remembers_no_other_site_finds_lists_or_forgets(connection):
    kept = keep(connection, 1, STATUS, "live", "Active")
    assert meant(connection, 2, [(STATUS, "live")]) == {}
    assert list_remembered(connection, 2, None, None, 10) == []
    assert find_remembered(connection, 2, kept.id) is None
    forget(connection, 2, kept.id)
    assert find_remembered(connection, 1, kept.id) == kept


def test_the_list_goes_on_where_the_page_before_ended(connection):
    for column, value in ((STATUS, "b"), (STAFF_NAME, "Z"), (STATUS, "A"), (STATUS, "c")):
        keep(connection, 1, column, value, "Right")
    page = list_remembered(connection, 1, None, None, 2)
    rest = list_remembered(connection, 1, None, (page[-1].column, page[-1].value.casefold()), 5)
    assert [fix.value for fix in (*page, *rest)] == ["A", "b", "c", "Z"]
    assert list_remembered(connection, 1, 2, None, 5) == []


def test_the_stamp_moves_with_everything_that_is_remembered_or_forgotten(connection):
    stamps = [stamp(connection, 1)]
    first = keep(connection, 1, STATUS, "live", "Active")
    stamps.append(stamp(connection, 1))
    keep(connection, 1, STATUS, "live", "Pending")
    stamps.append(stamp(connection, 1))
    keep(connection, 2, STATUS, "live", "Pending")
    assert stamp(connection, 1) == stamps[-1]
    forget(connection, 1, first.id)  # that one was replaced, so nothing is forgotten
    assert stamp(connection, 1) == stamps[-1]
    [fix] = list_remembered(connection, 1, None, None, 5)
    forget(connection, 1, fix.id)
    assert (stamp(connection, 1), len(set(stamps))) == (stamps[0], 3)


NEVER = [
    (SSN, "(hidden)", "unknown-value", "987-65-4321", "Social Security"),
    (PARTICIPANT_ID, "Ann Lee · SSN given", "unknown-participant", "P3", "Social Security"),
    (CASE_NUMBER, "823-11-0001", "unknown-value", "C1", "Social Security"),
    (PARTICIPANT_ID, "P 9", "unknown-participant", "823 11 0001", "Social Security"),
    (STATUS, "  ", "unknown-value", "Active", "empty"),
    (STATUS, "live", "unknown-value", " ", "empty"),
    (STATUS, "li\0ve", "unknown-value", "Active", "character"),
    (STATUS, "live", "unknown-value", "\ud800", "character"),
    (STATUS, "x" * (LONGEST + 1), "unknown-value", "Active", "500 characters"),
    (STATUS, "Active", "value-inactive", "ACTIVE ", "the value itself"),
    (ACTION, "Insert", "already-open", "Update", "in its row"),
    (END, "2026-01-01", "end-before-start", "2026-02-01", "in its row"),
    ("Colour", "red", "unknown-value", "blue", "no column Colour"),
]
"""(column, value, code, replacement) of what is never remembered, and what is said of it."""


@pytest.mark.parametrize(("column", "value", "code", "replacement", "why"), NEVER)
def test_what_carries_an_ssn_or_is_no_answer_for_good_is_refused_in_one_sentence(column, value, code, replacement, why):
    assert why in why_not(FixAnswer(column, value, code, replacement))


def test_nothing_is_kept_of_what_is_refused(connection):
    for column, value, code, replacement, _why in NEVER:
        assert keep(connection, 1, column, value, replacement, code) is None
    assert connection.execute(select(remembered_fixes)).all() == []


def test_the_identifying_cells_of_a_participant_are_a_value_like_another(connection):
    keep(connection, 1, PARTICIPANT_ID, "Ann Lee · born 2001-07-08", "P3", "ambiguous-participant")
    key = (PARTICIPANT_ID, "ann lee · born 2001-07-08")
    assert meant(connection, 1, [key]) == {key: "P3"}


def test_thousands_are_asked_for_at_once(connection):
    for number in (3, 2500):
        keep(connection, 1, STATUS, f"value {number}", "Active")
    found = meant(connection, 1, ((STATUS, f"value {number}") for number in range(3000)))
    assert sorted(found) == [(STATUS, "value 2500"), (STATUS, "value 3")]
    assert meant(connection, 1, [(STATUS, "li\0ve"), (STATUS, "\ud800")]) == {}
