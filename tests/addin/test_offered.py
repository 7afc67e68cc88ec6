"""What a workbook says that the server has offered is no word of the server's: a picked number replaces who a row is
about only where the server offers it (SPEC 5)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from addin.api.client import Client
from addin.buttons.registry import VALIDATE
from tests.support.desk import Desk, Open
from tests.support.own_server import Server
from tests.support.prepared import with_kept_check
from tests.support.sheets import filled_template, insert
from workbook import layout
from workbook.columns import PARTICIPANT_ID


@pytest.fixture
def other(agency: Server) -> str:
    """Somebody whom no row says anything of."""
    return agency.person()


@pytest.fixture
def book(desk: Open, client: Client, agency: Server, tmp_path: Path) -> Desk:
    """A checked workbook with a row of somebody whose last name has a slip."""
    number = int(agency.person()[1:])
    row = insert("", First_Name=f"Pat{number}", Last_Name=f"Persson{number}", Date_of_Birth="1980-01-01")
    opened = desk(filled_template(client, tmp_path / "a.xlsx", [row]))
    opened.press(VALIDATE)
    return opened


def prepared(book: Desk, desk: Open, offered: str) -> Desk:
    """The workbook after somebody has written into its hidden sheet whom the server had offered."""

    def change(facts: dict[str, Any]) -> None:
        for group in facts["report"]["fixes"]:
            if group["column"] == PARTICIPANT_ID:
                group["suggestions"] = [{"value": offered, "label": offered, "score": 99.0, "remembered": False}]

    return desk(with_kept_check(book.path, change))


def said(book: Desk) -> dict[str, Any]:
    return {header: book.column(header)[0] for header in (PARTICIPANT_ID, "Last Name")}


def test_an_id_that_only_the_workbook_offers_is_no_pick(book: Desk, desk: Open, other: str) -> None:
    opened = prepared(book, desk, other)
    name = said(opened)["Last Name"]
    opened.enter(2, PARTICIPANT_ID, other)
    checked = opened.press(VALIDATE)
    assert said(opened) == {PARTICIPANT_ID: other, "Last Name": name}
    assert {one.code for one in checked.report.problems} == {"demographics-mismatch"}


@pytest.mark.parametrize("touched", [False, True], ids=["as it was checked", "changed since"])
def test_nor_is_it_an_answer_in_fix_errors(book: Desk, desk: Open, other: str, touched: bool) -> None:
    opened = prepared(book, desk, other)
    before = said(opened)
    value = next(str(line[1]) for line in opened.cells(layout.FIX_SHEET) if line[0] == PARTICIPANT_ID)
    opened.choose(value, choice=other)
    if touched:
        opened.enter(2, "Caseload Status", "Pending")
    fixed = opened.apply_fixes()
    assert said(opened) == before
    assert f"The server does not offer {other} for " in fixed.sentence
