"""No button writes over a sheet of the user's own that is called as one of ours, nor sends what it could not show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from addin.buttons.registry import HANDLERS
from tests.support.excel.grid import Cells, OpenWorkbook
from tests.support.excel.world import World
from tests.support.sheets import insert, plain_workbook
from workbook import layout
from workbook.sheets import ours

NOTES = ("Whom I called", "Mrs. K., wants another worker", "called back")


def own_sheet(book: OpenWorkbook, name: str) -> None:
    """The user's own sheet in place of what the workbook has under that name."""
    sheet = next((one for one in book.sheets if one.name == name), None)
    if sheet is None:
        sheet = Cells(name)
        book.sheets.append(sheet)
    sheet.values = {(row, 1): text for row, text in enumerate(NOTES, start=1)}


def own_texts(book: OpenWorkbook) -> dict[str, list[Any]]:
    return {one.name: [*one.values.values()] for one in book.sheets if one.name in ours.SHEETS}


def answers(world: World) -> dict[str, str]:
    other = plain_workbook(world.folder / "other.xlsx", [insert(world.agency.person())])
    return {
        "url": world.agency.url, "token": world.agency.token,
        "caseworker": "S3", "from_caseworker": "S3", "to_caseworker": "S2", "on": "2026-03-01", "reason": "Completed",
        "program": "", "participant": "", "file": str(other), "rows": "1", "keep": "yes", "submit": "yes",
        "agreed": "yes", "remember": "yes", "forget": "yes", "format": "csv",
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["template", "foreign"])
def test_no_button_writes_over_any_of_them_and_nothing_is_sent(world: World, kind: str) -> None:
    world.monkeypatch.setenv("HOME", str(world.folder))
    (world.folder / "Documents").mkdir()
    book = world.template(world.row()) if kind == "template" else world.foreign(world.row())
    for name in ours.SHEETS:
        own_sheet(book, name)
    world.user.answers = answers(world)
    sent = len(world.client.uploads())
    said = {command: world.user.press(command) for command in HANDLERS}
    assert own_texts(book) == {name: [*NOTES] for name in ours.SHEETS}
    assert [one.name for one in book.sheets if one.name.startswith("Sheet")] == []
    assert len(world.client.uploads()) == sent
    refused = {command for command, sentence in said.items() if "is none that Caseload Upload made" in sentence}
    assert refused >= {"validate", "submit", "test_rows", "uploads", "remembered_fixes", "undo_upload", "keep_test"}
    assert not [sentence for sentence in said.values() if "should not have" in sentence], said


@pytest.mark.parametrize("name", [layout.LOG_SHEET, "log", layout.PREVIEW_SHEET, layout.FIX_SHEET, layout.META_SHEET])
def test_rows_are_not_sent_where_their_log_could_not_be_shown_and_are_once_the_sheet_has_another_name(
    world: World, name: str
) -> None:
    book = world.foreign(world.row())
    own_sheet(book, name)
    if name == layout.META_SHEET:
        book.sheet(name).values[1, 3] = "a third column"
    sent = len(world.client.uploads())
    world.user.answers = {"submit": "yes"}
    said = world.user.press("submit")
    assert said.startswith(f"The sheet {name} of Cases.xlsx is none that Caseload Upload made"), said
    assert said.endswith("Nothing in the workbook was changed.")
    assert len(world.client.uploads()) == sent
    kept = [*book.sheet(name).values.values()]
    assert kept[:2] == list(NOTES[:2])
    book.sheet(name).name = "My own"
    assert world.user.press("submit").startswith("The upload is complete: 1 of 1 row written.")
    assert [*book.sheet("My own").values.values()] == kept


def test_only_the_buttons_that_write_into_a_sheet_ask_for_another_name(world: World) -> None:
    book = world.foreign(world.row())
    for name in (layout.UPLOADS_SHEET, layout.REMEMBERED_SHEET, layout.FIXES_MADE_SHEET):
        own_sheet(book, name)
    world.user.answers = {"submit": "yes"}
    assert world.user.press("validate").startswith("The row is ready to submit.")
    assert world.user.press("submit").startswith("The upload is complete: 1 of 1 row written.")
    assert world.user.press("uploads").startswith("The sheet Uploads of Cases.xlsx is none")
    assert {*map(tuple, own_texts(book).values())} >= {NOTES}
    assert [*book.sheet(layout.UPLOADS_SHEET).values.values()] == [*NOTES]


def test_notes_that_a_user_adds_to_a_sheet_of_ours_stop_nothing(world: World, tmp_path: Path) -> None:
    book = world.template(world.row())
    for name in (layout.LOG_SHEET, layout.PREVIEW_SHEET, layout.FIX_SHEET, layout.UPLOADS_SHEET):
        book.sheet(name).put(2, 18, "Ask Ann")
        book.sheet(name).put(60, 1, "Ask Ann about row 7")
    world.user.answers = {"submit": "yes"}
    assert world.user.press("submit").startswith("The upload is complete: 1 of 1 row written.")
    assert "complete" in world.user.press("uploads")


def test_where_a_chart_has_the_name_no_empty_sheet_is_left_and_the_sentence_says_which(world: World) -> None:
    book = world.foreign(world.row())
    book.charts.append("PREVIEW")
    names = [one.name for one in book.sheets]
    said = world.user.press("validate")
    assert said.startswith("Cases.xlsx takes no sheet that is called Preview. ")
    assert "That name is already taken." in said
    assert [one.name for one in book.sheets][: len(names)] == names
    assert not [one.name for one in book.sheets if one.name.startswith("Sheet")]
