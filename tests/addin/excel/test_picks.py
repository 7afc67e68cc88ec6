"""In Excel, too, an ID counts as picked from a cell's list where the server offers it, whatever the workbook says."""

from __future__ import annotations

from tests.addin.test_picks_of_others import misspelt, prepared
from tests.support.desk import Desk
from tests.support.excel.world import World
from workbook.columns import LAST_NAME, PARTICIPANT_ID


def test_an_id_that_the_server_offers_for_the_row_was_picked(world: World) -> None:
    person = world.agency.person()
    book = world.template(misspelt(person))
    world.user.press("validate")
    book.shown.put(2, world.user.place(PARTICIPANT_ID), person)
    assert f"→ {person}, " in world.user.press("validate")
    assert world.user.column(LAST_NAME) == [None]


def test_an_id_that_it_does_not_offer_was_not(world: World) -> None:
    path, said = prepared(
        lambda path, by=None: Desk(path, by or world.client), world.client, world.agency, world.folder / "v.xlsx"
    )
    world.user.open(path)
    world.user.answers = {"submit": "yes"}
    for button in ("validate", "submit"):
        told = world.user.press(button)
        assert "replaces" not in told
        assert "3 errors in 1 of 2 rows." in told
    assert world.user.column(LAST_NAME)[0] == said
    assert world.user.column(PARTICIPANT_ID)[0] == "007"
