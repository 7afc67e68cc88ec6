"""Sites are told apart by name, and keep their own rules and numbers."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from server.records.database import writing
from server.records.sites import (
    SiteFlaw,
    bump,
    create_site,
    find_site,
    read_duplicate_check,
    revision,
    set_rules,
    site_rules,
    take_record_numbers,
)


def test_a_name_is_needed_only_where_there_is_more_than_one(database: Engine) -> None:
    with writing(database) as connection:
        with pytest.raises(SiteFlaw, match="no site yet"):
            find_site(connection)
        first = create_site(connection, "North")
        assert find_site(connection).site_id == first
        second = create_site(connection, "South  Side")
        with pytest.raises(SiteFlaw, match="North, South Side"):
            find_site(connection)
        assert find_site(connection, "south side").site_id == second
        with pytest.raises(SiteFlaw, match="no site called West"):
            find_site(connection, "West")
        with pytest.raises(SiteFlaw, match="already"):
            create_site(connection, "NORTH")


def test_settings_are_kept_and_move_the_revision(database: Engine) -> None:
    with writing(database) as connection:
        site = create_site(connection, "Agency")
        before = revision(connection, site)
        set_rules(connection, site, date_order="DMY", duplicate_check=(("SSN", "exact"),), one_primary=True)
        rules = site_rules(connection, site)
        assert (rules.date_order, rules.duplicate_check, rules.one_primary) == ("DMY", (("SSN", "exact"),), True)
        assert revision(connection, site) == before + 1
        assert bump(connection, site) == before + 2


def test_record_numbers_are_given_once(database: Engine) -> None:
    with writing(database) as connection:
        site = create_site(connection, "Agency")
        assert [take_record_numbers(connection, site, 3), take_record_numbers(connection, site, 1)] == [1, 4]


def test_a_duplicate_check_reads_in_template_order_with_the_usual_modes() -> None:
    assert read_duplicate_check("ssn, first name:EXACT ,Last Name") == (
        ("First Name", "exact"),
        ("Last Name", "like"),
        ("SSN", "exact"),
    )


@pytest.mark.parametrize("text", ["", "Shoe Size:like", "SSN:like", "First Name:nearly", "SSN,SSN"])
def test_a_duplicate_check_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(SiteFlaw):
        read_duplicate_check(text)
