"""Every button on the stand-in for Excel, in our template and in a workbook that knows nothing of us."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from addin import press as press_module
from addin.buttons.registry import HANDLERS
from tests.support.excel.grid import ErrorCell, Formula, OpenWorkbook
from tests.support.excel.world import NOTHING, RIGHT, WRONG, World, cells
from tests.support.sheets import begun, insert, plain_workbook
from workbook import layout
from workbook.columns import ROW_STATUS
from workbook.sheets import fix_sheet

CALLS = {
    "settings": (1, 1),
    "validate": (22, 17),
    "next_error": (7, 7),
    "previous_error": (7, 7),
    "accept_suggestions": (6, 6),
    "apply_fixes": (20, 19),
    "test_rows": (12, 12),
    "submit": (11, 11),
    "refresh_status": (9, 7),
    "log": (10, 8),
    "keep_test": (12, 12),
    "take_back_test": (12, 12),
    "undo_upload": (10, 10),
    "remembered_fixes": (5, 7),
    "export_for_eto": (4, 4),
    "download_caseload": (7, 7),
    "transfer_caseload": (8, 8),
    "find_participant": (6, 6),
    "paste_data": (6, 6),
    "uploads": (6, 6),
    "generate_template": (2, 2),
}
"""Button → the calls into Excel of its dearest step in a day of work, in our template and in a workbook of others. A
button that asks is pressed again with the answer, and each press is a step.

Twelve is what a press shall take (issue “One picture, one decision, one guarded write”). Validate takes thirteen where
mistakes come or go, one of them to see that the sheet Preview is ours before it is written over. More than that take:
- Validate where it dresses rows that were pasted over, which is eight more here, or fits a row: the one in which the
  template's instructions stood, or lines of Fix Errors with very much text; and where it adds a sheet to a workbook of
  others, the first time two, with five columns;
- Apply Fixes: the rows, the answers and the last check are read, the first two twice for the guard; corrected cells
  with their format, Fixes Made, the marks and all else that a check leaves are written, and of each of four visible
  sheets it is asked whether a filter hides rows;
- whatever is written behind a filter, which is taken off and set again, and Validate and Apply Fixes where rows are
  hidden, for they are run again to tell which."""
MOST = 12
MOST_OF_VALIDATE = 13
TAKES_MORE = {"validate", "apply_fixes"}


def test_no_other_button_takes_more_than_twelve_calls() -> None:
    assert {button for button, calls in CALLS.items() if max(calls) > MOST} == TAKES_MORE


def steps(calls: list[str]) -> list[int]:
    """How many calls each step of a press took."""
    return [len(one.split()) for one in " ".join(calls).split("step")[1:]]


def count_steps(world: World) -> None:
    """Makes the stand-in's list of calls say where a step of a press begins."""
    known = press_module.decide

    def decide(*arguments: Any) -> Any:
        world.user.excel.calls.append("step")
        return known(*arguments)

    world.monkeypatch.setattr(press_module, "decide", decide)


def opened(world: World, kind: str, *rows: dict[str, Any]) -> OpenWorkbook:
    return world.template(*rows) if kind == "template" else world.foreign(*rows)


def spoil(world: World, book: OpenWorkbook) -> None:
    """A filter is on, errors stand in a column of the user's own, a row is hidden by hand, the file is in the cloud."""
    sheet = book.shown
    last = max(column for _, column in sheet.values) + 1
    sheet.values |= {(1, last): "Sum", (2, last): ErrorCell("#N/A"), (3, last): ErrorCell("#SPILL!")}
    world.filter(sheet, "Caseworker Name", operator="values", first=(f"={WRONG}", f"={RIGHT}"))
    sheet.hidden_by_hand = {3}
    book.fullname = "https://agency.sharepoint.com/sites/a/Cases.xlsx"


@pytest.mark.parametrize("odds", ["plain", "odd"])
@pytest.mark.parametrize("kind", ["template", "foreign"])
def test_a_day_of_work_with_every_button(world: World, kind: str, odds: str) -> None:
    user = world.user
    documents = world.folder / "home" / "Documents"
    documents.mkdir(parents=True)
    world.monkeypatch.setenv("HOME", str(documents.parent))
    names = ["Carla Ruiz", WRONG, "Carla Ruiz", WRONG]
    book = opened(world, kind, *(world.row(Caseworker_Name=name) for name in names))
    if odds == "odd":
        spoil(world, book)
    said: dict[str, str] = {}
    most: dict[str, int] = {}
    count_steps(world)

    def press(command: str, *, answers: dict[str, str] | None = None, **numbers: int) -> str:
        user.answers = answers or {}
        said[command] = user.press(command, **numbers)  # type: ignore[arg-type]
        most[command] = max(most.get(command, 0), *steps(user.excel.calls))
        assert user.windows == []
        if command not in ("next_error", "previous_error"):  # theirs is what the bar is to say
            assert user.excel.statuses[-1] is False
        return said[command]

    assert press("settings", answers={"url": world.agency.url, "token": world.agency.token}).startswith("Connected to")
    assert press("validate").startswith("2 errors in 2 of 4 rows.")
    assert "Checking the rows …" in user.excel.statuses
    assert user.excel.screen_updating
    assert user.column(ROW_STATUS) == ["✔ ok", "✖ 1 error", "✔ ok", "✖ 1 error"]
    if kind == "foreign":
        hidden = {user.place(header) for header in layout.HIDDEN_OWN_HEADERS}
        fixes = book.sheet(layout.FIX_SHEET)
        assert book.shown.hidden_columns == hidden
        assert {fixes.value(4, column)[0] for column in fixes.hidden_columns} == {"_"}
        assert layout.PREVIEW_SHEET not in {one.name for one in book.sheets}  # it comes once the rows are right
    place = user.place("Caseworker Name")
    for command, row in (("next_error", 3), ("next_error", 5), ("previous_error", 3)):
        told = press(command)
        assert (book.active, book.selection) == (book.shown, (row, place))
        meant = f"Did you mean {RIGHT}?"
        assert f"Row {row}: {meant} Caseworker Name: No staff member is known as “{WRONG}”." in told
    assert ("is hidden" in said["previous_error"]) == (odds == "odd")
    said_once = "1 suggestion that is sure is filled in. Press Apply Fixes to put the answers into the rows."
    assert press("accept_suggestions") == said_once
    assert book.active.name == layout.FIX_SHEET
    assert press("apply_fixes").startswith("1 mistake corrected in 2 rows. All 4 rows are ready to submit.")
    assert world.caseworkers() == ["Carla Ruiz", RIGHT, "Carla Ruiz", RIGHT]
    assert press("test_rows", answers={"rows": "2"}).startswith("Rows 2, 3 were written as a test: ")
    assert press("keep_test").startswith("The test is kept: 2 rows written")
    book.active, book.selection = book.shown, (2, 1)
    assert press("test_rows").startswith("Rows 4, 5 were written as a test: ")
    assert press("take_back_test").startswith("The test was taken back.")
    assert press("submit", answers={"submit": "yes"}).startswith("The upload is complete: 2 of 2 rows written.")
    assert user.column(ROW_STATUS)[:2] == ["✔ written", "✔ written"]
    assert "complete" in press("refresh_status")
    press("log")
    assert {"Row", "Action"} <= {value for (_, column), value in book.sheet(layout.LOG_SHEET).values.items()
                                 if column < 3}  # fmt: skip
    assert press("undo_upload", answers={"agreed": "yes"}) == "The upload is undone. 2 assignments removed."
    press("remembered_fixes")
    assert press("export_for_eto", answers={"format": "csv"})
    folder = documents if odds == "odd" else Path(book.fullname).parent
    assert len(list(folder.glob("Caseload for ETO*"))) == 1
    before = len(user.column("Participant ID"))
    begun(world.client, world.agency, Caseworker_Name="Ana de la Cruz")
    press("download_caseload", answers={"caseworker": "S3", "program": "", "participant": ""})
    assert len(user.column("Participant ID")) > before
    before = len(user.column("Participant ID"))
    press(
        "transfer_caseload",
        answers={
            "from_caseworker": "S3",
            "to_caseworker": "S2",
            "on": "2026-03-01",
            "reason": "Completed",
            "program": "",
        },
    )
    assert len(user.column("Participant ID")) > before
    book.selection, book.active = (last_row(book) + 3, 2), book.shown
    told = press("find_participant", answers={"name": "Bond", "born": "", "number": "", "chosen": "007"})
    assert told.startswith("James Bond (007) · ")
    assert book.shown.value(book.selection[0], user.place("Participant ID")) == "007"
    before = len(user.column("Participant ID"))
    other = plain_workbook(world.folder / "other.xlsx", [insert(world.agency.person())])
    press("paste_data", answers={"file": str(other)} | columns_of(other))
    assert len(user.column("Participant ID")) == before + 1
    book.active, book.selection = book.shown, (2, 1)
    press("find_participant")  # closed without an answer
    assert " complete." in press("uploads")
    press("generate_template", program=1, caseworker=1, enrollment=1)
    assert Path(user.excel.opened[-1]).parent == folder
    assert said.keys() == HANDLERS.keys()
    assert not [one for one in said.values() if "should not have" in one or "refused" in one], said
    if odds == "plain":
        allowed = {command: calls[kind == "foreign"] for command, calls in CALLS.items()}
        assert most.keys() == allowed.keys()
        assert {command: count for command, count in most.items() if count > allowed[command]} == {}
    if odds == "odd":
        (over,) = book.shown.filters
        assert [one.first for one in over.criteria.values()] == [(f"={WRONG}", f"={RIGHT}")]
        assert book.shown.hidden_by_hand == {3}


def columns_of(other: Path) -> dict[str, str]:
    """The answers to Paste Data's form for a file whose headers are ours."""
    headers = next(openpyxl.load_workbook(other).worksheets[0].iter_rows(values_only=True))
    return {f"column {place}": str(header) for place, header in enumerate(headers, start=1)}


def last_row(book: OpenWorkbook) -> int:
    return max(row for row, _ in book.shown.values)


WRITING = ["validate", "apply_fixes", "test_rows", "submit", "download_caseload", "transfer_caseload", "paste_data"]


@pytest.mark.parametrize("command", WRITING)
def test_a_button_writes_nothing_into_rows_that_were_sorted_meanwhile(world: World, command: str) -> None:
    book = ready(world)
    sheet = book.shown
    kept: list[str] = []

    def sort() -> None:
        last = max(row for row, _ in sheet.values)
        sheet.values = {
            (last + 2 - row if row > 1 else 1, column): value for (row, column), value in sheet.values.items()
        }
        kept.append(cells(book))

    world.meanwhile(command, sort)
    said = world.user.press(command)
    assert said.endswith(
        "The sheet Caseload was changed while the button was at work, so nothing was written into Caseload.xlsx. Press "
        "the button again."
    ), said
    assert cells(book) == kept[-1]


@pytest.mark.parametrize("command", WRITING)
def test_a_button_says_why_a_protected_workbook_was_not_changed(world: World, command: str) -> None:
    book = ready(world)
    for sheet in book.sheets:
        sheet.is_protected = True
    before = cells(book)
    said = world.user.press(command)
    assert "is on a protected sheet" in said, said
    assert said.endswith(NOTHING), said
    assert cells(book) == before


def ready(world: World) -> OpenWorkbook:
    """Rows that were checked, with an answer chosen, and an answer to every question."""
    book = world.template(world.row(Caseworker_Name="Carla Ruiz"), world.row(Caseworker_Name=WRONG))
    world.user.press("validate")
    world.choose(RIGHT)
    begun(world.client, world.agency, Caseworker_Name="Ana de la Cruz")
    other = plain_workbook(world.folder / "other.xlsx", [insert(world.agency.person())])
    world.user.answers = {
        "caseworker": "S3", "from_caseworker": "S3", "to_caseworker": "S2", "on": "2026-03-01", "reason": "Completed",
        "program": "", "participant": "", "file": str(other), "rows": "1", "keep": "yes", "submit": "yes",
    } | columns_of(other)  # fmt: skip
    return book


def test_validate_is_at_most_thirteen_calls_into_excel(world: World) -> None:
    rows = [world.row(Caseworker_Name=WRONG if n % 10 == 0 else RIGHT) for n in range(60)]
    world.template(*rows)
    world.user.press("validate")
    world.choose(RIGHT)
    world.user.press("apply_fixes")
    assert world.user.press("validate").startswith("All 60 rows are ready")
    assert Counter(world.user.excel.calls) == {"list": 1, "read": 4, "hidden": 2, "formats": 1, "write": 2}


def test_validate_is_at_most_thirteen_calls_while_the_same_mistakes_are_left(world: World) -> None:
    world.template(*(world.row(Caseworker_Name=WRONG if n % 10 == 0 else RIGHT) for n in range(60)))
    world.user.press("validate")
    assert world.user.press("validate").startswith("6 errors in 6 of 60 rows.")
    assert Counter(world.user.excel.calls) == {"list": 1, "read": 4, "hidden": 2, "formats": 1, "write": 2}


@pytest.mark.parametrize("kind", ["template", "foreign"])
def test_validate_is_at_most_thirteen_calls_where_mistakes_come_and_go(world: World, kind: str) -> None:
    """Then all that it writes says something else. A workbook of others has got its sheets by then: Fix Errors with the
    first mistake, Preview with the first check that finds none."""
    opened(world, kind, *(world.row(Caseworker_Name=WRONG if n == 0 else RIGHT) for n in range(60)))
    world.user.press("validate")
    place = world.user.place("Caseworker Name")
    world.user.book.shown.put(2, place, RIGHT)
    world.user.press("validate")
    for names in ((WRONG, "Nobody At All"), (RIGHT, WRONG), (RIGHT, RIGHT), (WRONG, RIGHT)):
        for row, name in enumerate(names, start=2):
            world.user.book.shown.put(row, place, name)
        errors = sum(name != RIGHT for name in names)
        said = world.user.press("validate")
        assert said.startswith(f"{errors} error" if errors else "All 60 rows are ready"), said
        assert len(world.user.excel.calls) <= MOST_OF_VALIDATE, Counter(world.user.excel.calls)
    if kind == "template":
        assert Counter(world.user.excel.calls) == {"list": 1, "read": 4, "hidden": 3, "formats": 1, "write": 4}


def test_links_in_fix_errors_lead_to_the_sheet_by_its_name_of_now(world: World) -> None:
    book = world.template(world.row(Caseworker_Name=WRONG))
    world.user.press("validate")
    book.shown.name = "July"
    world.user.press("validate")
    links = [cell.text for cell in book.sheet(layout.FIX_SHEET).values.values() if isinstance(cell, Formula)]
    assert links == ["""=HYPERLINK("#'July'!I2",2)"""]


def test_an_answer_is_written_into_all_its_rows_at_once_and_into_no_other(world: World) -> None:
    names = [WRONG if n % 3 == 0 else RIGHT for n in range(200)]
    book = world.template(*(world.row(Caseworker_Name=name) for name in names))
    world.user.press("validate")
    sum_of = Formula("=1+1")
    place = world.user.place("Caseworker Name")
    book.shown.values[3, place + 20] = sum_of
    world.choose(RIGHT)
    assert world.user.press("apply_fixes").startswith("1 mistake corrected in 67 rows.")
    assert world.caseworkers() == [RIGHT] * 200
    assert book.shown.values[3, place + 20] is sum_of
    # 67 cells in as many addresses as Excel takes characters, twice: their format and their value. Rows of Fix Errors
    # that held a long line are fitted again in one.
    assert Counter(world.user.excel.calls)["format"] == 3 + 1


def test_a_choice_made_while_validate_is_at_work_stays_and_stops_nothing(world: World) -> None:
    book = world.template(world.row(Caseworker_Name=WRONG), world.row(Caseworker_Name=RIGHT))
    world.user.press("validate")
    world.meanwhile("validate", lambda: world.choose(RIGHT))
    fixes, choice = book.sheet(layout.FIX_SHEET), (5, fix_sheet.HEADERS.index(fix_sheet.CHOICE) + 1)
    assert world.user.press("validate").startswith("1 error in 1 of 2 rows.")
    assert fixes.values.pop(choice) == RIGHT
    book.shown.put(3, world.user.place("Caseworker Name"), "Nobody At All")
    assert world.user.press("validate").startswith("2 errors in 2 of 2 rows.")
    assert WRONG in [value for (row, column), value in fixes.values.items() if (row, column) == (5, 2)]
    assert fixes.values[choice] == RIGHT
