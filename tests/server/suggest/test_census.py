"""Names that people have, by which a right name is told from a mistyped one (SPEC 5)."""

from __future__ import annotations

import subprocess
import sys

from server.suggest.census import are_of_two_sexes, is_census_name, is_first_name, reads_like_a_name, surname_share


def test_first_names_and_surnames_are_known_and_slips_are_not():
    assert all(map(is_census_name, ("malika", "ivana", "vo", "vu", "zhou", "pham", "harford")))
    assert not any(map(is_census_name, ("danchez", "zcharles", "johm", "", "zzzz")))
    assert is_first_name("rafaela")
    assert not is_first_name("pham")


def test_a_rare_surname_is_told_from_one_that_nobody_has():
    assert surname_share("harford") == 0
    assert surname_share("danchez") is None
    assert surname_share("smith") > 1


def test_a_first_name_is_a_woman_s_or_a_man_s_where_nearly_all_are():
    assert are_of_two_sexes("sam", "samantha")
    assert are_of_two_sexes("samantha", "sam")
    assert not are_of_two_sexes("chris", "christine")
    assert not are_of_two_sexes("nobody", "samantha")


def test_letters_that_stand_together_in_no_name_make_none():
    assert not any(map(reads_like_a_name, ("zcharles", "cbampbell", "johb")))
    assert all(map(reads_like_a_name, ("charles", "campbell", "lanh")))


def test_the_lists_are_read_where_they_are_asked_and_not_when_the_server_starts():
    loaded = "import sys, server.suggest.suggest; print('names' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "False"
