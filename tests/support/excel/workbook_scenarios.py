"""Which workbook is meant where several are open, or none is: one function each."""

from __future__ import annotations

from addin.hosts import excel as host
from tests.support.excel.grid import OpenWorkbook
from tests.support.excel.standin import StandInExcel
from tests.support.excel.world import NOTHING, World, cells
from tests.support.sheets import filled_template, insert
from workbook.columns import ROW_STATUS


def two_of_one_name(world: World) -> tuple[OpenWorkbook, OpenWorkbook, StandInExcel]:
    """A workbook with a good row, another of its name with a bad one, and the Excel that has the other."""
    first = world.template(world.row())
    other = StandInExcel(world.user.excel.kind)
    world.excels.append(other)
    second = other.open(filled_template(world.client, world.folder / "b.xlsx", [insert("nobody")]))
    second.name = "Caseload.xlsx"
    return first, second, other


def of_two_workbooks_of_one_name_the_one_in_the_window_that_was_pressed_is_meant(world: World) -> None:
    first, _, other = two_of_one_name(world)
    before = cells(first)
    host.press_called(["validate", "workbook=Caseload.xlsx", f"window={other.window}"])
    assert (cells(first), other.told[-1][1][:8]) == (before, "1 error ")


def a_window_that_is_no_longer_in_front_still_tells_which_excel_is_meant(world: World) -> None:
    first, _, other = two_of_one_name(world)
    before = cells(first)
    host.press_called(["validate", "workbook=Caseload.xlsx", f"window={other.window + 1}"])
    assert (cells(first), other.told[-1][1][:8]) == (before, "1 error ")


def of_two_workbooks_of_one_name_none_is_guessed_at(world: World) -> None:
    first, second, _ = two_of_one_name(world)
    before = cells(first), cells(second)
    host.press_called(["validate", "workbook=Caseload.xlsx"])
    assert (cells(first), cells(second)) == before
    (said,) = world.user.windows
    assert said.startswith("Two Excels have a workbook Caseload.xlsx open, and it cannot be told which one is meant.")


def another_excel_that_does_not_answer_is_in_nobodys_way(world: World) -> None:
    world.template(world.row())
    other = StandInExcel(world.user.excel.kind)
    world.excels.insert(0, other)
    other.open(world.folder / "Caseload.xlsx")
    other.books[0].name = "Other.xlsx"
    other.edits = -1
    window = world.user.excel.window if world.user.excel.kind.has_window else 0
    said = world.user.press("validate", workbook="Caseload.xlsx", window=window)
    assert (said, other.told, sum(world.slept)) == ("The row is ready to submit.", [], 0)


def a_workbook_is_found_whatever_its_name(world: World) -> None:
    book = world.template(world.row())
    world.template(world.row(), name="front.xlsx")
    book.name = "Robe\u0301rt's caseload = 2.xlsx"
    said = world.user.press("validate", workbook="ROB\u00c9RT'S CASELOAD = 2.XLSX")
    assert said == "The row is ready to submit."
    assert book.shown.value(2, next(at for (row, at), v in book.shown.values.items() if v == ROW_STATUS)) == "✔ ok"


def a_workbook_that_is_closed_meanwhile_is_one_sentence(world: World) -> None:
    book = world.template(world.row())
    world.meanwhile("validate", lambda: world.user.excel.books.remove(book))
    before = cells(book)
    assert world.user.press("validate") == (
        "Excel was closed, or the workbook in it, before the work was done. Open the workbook again and press the "
        f"button again: what was sent to the server is not sent twice. {NOTHING}"
    )
    assert cells(book) == before


def where_no_workbook_is_found_a_window_of_our_own_says_so(world: World) -> None:
    world.template(world.row())
    host.press_called(["validate", "workbook=Other.xlsx"])
    world.excels.clear()
    host.press_called(["validate", "workbook=Other.xlsx"])
    host.press_called(["validate", "window=none"])
    assert [said.partition(". ")[0] for said in world.user.windows] == [
        "Excel has no workbook Other.xlsx open",
        "Excel is not open, or does not answer",
        "Excel did not say which button was pressed",
    ]
