"""The lists of the dropdowns: what was meant, then what the column allows, each distinct list once (SPEC 5)."""

from __future__ import annotations

import pytest

from workbook.layout import EMPTY_THE_CELL, OFFER_COLUMN
from workbook.lists import ListedStaff, TemplateLists
from workbook.sheets import offers as offers_module
from workbook.sheets.offers import NOWHERE, ListPlace, Offers, allowed_values, may_be_emptied

STATUS, STAFF = "Caseload Status", "Caseworker Name"


def entries(offers: Offers, place: ListPlace) -> list[str]:
    return offers.entries[place.above - 1 : place.above - 1 + place.entries]


def test_a_list_has_what_was_meant_then_what_is_allowed_and_last_that_the_cell_be_emptied() -> None:
    offers = Offers()
    place = offers.place(STATUS, ["On Hold"], ["Active", "On Hold", "Closed"], may_empty=True)
    assert entries(offers, place) == ["On Hold", "Active", "Closed", EMPTY_THE_CELL]
    assert entries(offers, offers.place(STATUS, [], ["Active"], may_empty=False)) == ["Active"]


def test_the_same_list_is_written_once_and_nothing_to_offer_is_no_list() -> None:
    offers = Offers()
    first = offers.place(STATUS, [], ["Active"], may_empty=True)
    assert offers.place("Caseworker Relationship", [], ["Active"], may_empty=True) == first
    assert offers.place("Start Date", [], [], may_empty=False) == NOWHERE
    assert len(offers.entries) == 2


def test_lists_stand_below_the_empty_cell_in_row_1_beside_the_lines_whatever_is_longer() -> None:
    offers = Offers()
    offers.place(STATUS, ["a"], ["b"], may_empty=False)
    width = OFFER_COLUMN + 2
    few = offers.beside([["head", *[None] * (width - 1)]])
    many = offers.beside([[number, *[None] * (width - 1)] for number in range(5)])
    assert [line[OFFER_COLUMN - 1] for line in few] == [None, "a", "b"]
    assert [line[OFFER_COLUMN - 1] for line in many] == [None, "a", "b", None, None]
    assert {len(line) for line in few + many} == {width}


def test_more_than_can_be_written_is_cut_to_what_was_meant_and_never_to_a_list_that_lacks_good_values(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(offers_module, "MOST_ENTRIES", 4)
    monkeypatch.setattr(offers_module, "_MOST_AT_ALL", 6)
    offers = Offers()
    offers.place(STAFF, ["A"], ["B", "C"], may_empty=False)
    cut = offers.place(STAFF, ["X"], ["B", "C"], may_empty=True)
    assert entries(offers, cut) == ["X", EMPTY_THE_CELL]
    assert offers.place(STATUS, ["X"], ["Active", "Closed"], may_empty=True) == NOWHERE
    assert offers.place(STAFF, ["Y"], ["B", "C"], may_empty=True) == NOWHERE


def test_where_first_and_last_name_stand_apart_an_answer_is_both() -> None:
    lists = TemplateLists("Site", staff=[ListedStaff("S1", "Dana", "Whitfield"), ListedStaff("S2", "", "Solo")])
    assert allowed_values(lists)["Caseworker Last Name"] == ["Whitfield, Dana"]


def test_what_a_row_cannot_do_without_is_not_to_be_emptied() -> None:
    assert may_be_emptied("End Date", "2026-01-01", "end-on-insert")
    assert not may_be_emptied("End Date", "", "required")
    assert not may_be_emptied("Update or Insert", "Insert", "already-open")
    assert not may_be_emptied("Program/Service", "Program/Service", "header-unclear")
