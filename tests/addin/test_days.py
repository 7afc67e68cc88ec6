"""Days stand in the site's order and moments in local time, wherever a person reads them (SPEC 6)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from addin.api.client import Client
from addin.buttons.registry import ACCEPT_SUGGESTIONS, SUBMIT, VALIDATE
from addin.rows.own_sheets import FIXES_SHEET
from tests.support.desk import Open
from tests.support.own_server import Server
from tests.support.sheets import filled_template, insert
from workbook import layout
from workbook.sheets import fix_sheet


def test_a_day_that_is_suggested_taken_noted_and_logged_is_said_in_the_sites_order(
    desk: Open, client: Client, agency: Server, tmp_path: Path, new_york: None
) -> None:
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(agency.person(), Start_Date="2/3/26")]))
    book.press(VALIDATE)
    grid = book.cells(layout.FIX_SHEET)
    line = dict(zip(grid[fix_sheet.HEADER_ROW - 1], grid[fix_sheet.FIRST_ROW - 1], strict=True))
    assert [line[fix_sheet.SUGGESTION], line["_offer1"], line["_means1"]] == [
        "Sure: February 3, 2026",
        "February 3, 2026",
        "2026-02-03",
    ]
    offered = [cell for cells in book.cells(layout.SUGGESTIONS_SHEET) for cell in cells]
    assert "February 3, 2026" in offered
    assert "2026-02-03" not in offered
    told = book.column("What to Do")[0]
    assert told.startswith(
        "Did you mean February 3, 2026 or March 2, 2026? Start Date: “2/3/26” has a year of two digits."
    )
    book.press(ACCEPT_SUGGESTIONS)
    book.apply_fixes()
    assert book.column("Start Date")[0].date() == dt.date(2026, 2, 3)
    [_, [when, *made]] = book.cells(FIXES_SHEET)
    assert made == [2, "Start Date", "2/3/26", "2/3/2026"]
    now = dt.datetime.now()  # the reader's
    assert when.startswith(f"{now.month}/{now.day}/{now.year} ")
    assert when[-4:] in (" EST", " EDT")
    book.answers["submit"] = "yes"
    done = book.press(SUBMIT)
    [row] = client.log(done.upload.id)
    assert [row.before, row.after] == ["Start Date: 2/3/26", "Start Date: 2/3/2026"]


def test_a_day_picked_from_the_cells_own_list_is_read_as_that_day(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    rows = [insert(agency.person(), Start_Date="2/3/26")]
    book = desk(filled_template(client, tmp_path / "a.xlsx", rows))
    book.press(VALIDATE)
    book.put(2, book.data().headers.index("Start Date") + 1, "February 3, 2026")
    assert book.press(VALIDATE).report.counts.errors == 0
