"""The guarded commit: what a button wrote goes where its rows are, or nowhere, and the user is told which."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from addin.book import DATA, SHOWN, Book, BookSheet, Cells, Show, Value
from addin.errors import BookError
from addin.hosts.desk import MovedError, SomeHiddenError, commit, take_picture
from addin.rows.data_sheet import read_data
from tests.support.paper import Paper, PaperSheet

HEADERS: list[Value] = ["Participant ID", "Caseworker Name", "Now", "What to Do"]
ROWS: Cells = [HEADERS, ["1", "Ana", 0.25, None], ["2", "Bob", 0.25, None], ["3", "Carla", 0.25, None]]


@pytest.fixture
def paper() -> Paper:
    """A data sheet with a clock in a column that nobody knows, and a hidden sheet of ours."""
    return Paper(PaperSheet("Mine", ROWS), PaperSheet("_meta", [["version", "1"]], visible=False))


def decided(paper: Paper) -> Book:
    """A button's picture of it, with Bob's name corrected and a mark beside his row."""
    book = Book(take_picture(paper, (DATA, "_meta")))
    sheet = read_data(book).sheet
    sheet.put(3, 2, [["Robert"]], "@")
    sheet.put(3, 4, [["✔ ok"]])
    return book


def swap(sheet: PaperSheet) -> None:
    sheet.fill([HEADERS, ROWS[2], ROWS[1], ROWS[3]])


def insert_row(sheet: PaperSheet) -> None:
    sheet.fill([HEADERS, ["0", "Zoë", 0.25, None], *ROWS[1:]])


def delete_row(sheet: PaperSheet) -> None:
    sheet.fill([HEADERS, *ROWS[2:]])


def type_name(sheet: PaperSheet) -> None:
    sheet.cells[2, 2] = "Anna"


def write_mark(sheet: PaperSheet) -> None:
    sheet.cells[2, 4] = "mine"


def add_row(sheet: PaperSheet) -> None:
    sheet.cells[9, 1] = "9"


def insert_column(sheet: PaperSheet) -> None:
    sheet.fill([[None, *line] for line in ROWS])


@pytest.mark.parametrize(
    "meanwhile",
    [swap, insert_row, delete_row, type_name, write_mark, add_row, insert_column],
    ids=lambda one: one.__name__,
)
def test_what_was_read_and_is_no_longer_there_means_that_nothing_is_written(
    paper: Paper, meanwhile: Callable[[PaperSheet], None]
) -> None:
    book = decided(paper)
    mine = paper.sheet("Mine")
    meanwhile(mine)
    before = mine.grid()
    with pytest.raises(MovedError) as refused:
        commit(paper, book)
    assert refused.value.sentence == (
        "The sheet Mine was changed while the button was at work, so nothing was written into Paper.xlsx. "
        "Press the button again."
    )
    assert [mine.grid(), mine.calls, paper.sheet("_meta").calls] == [before, [], []]


def test_a_data_sheet_that_was_deleted_meanwhile_is_told_likewise(paper: Paper) -> None:
    book = decided(paper)
    paper.sheets.pop(0)
    with pytest.raises(MovedError, match=r"The sheet Mine is no longer in Paper\.xlsx, so nothing was written"):
        commit(paper, book)


def test_a_sheet_of_ours_that_was_deleted_meanwhile_means_that_nothing_is_written(paper: Paper) -> None:
    book = decided(paper)
    meta = book.sheet("_meta")
    assert meta is not None
    meta.replace([["version", "2"]])
    paper.sheets.pop(1)
    with pytest.raises(MovedError, match="The sheet _meta is no longer in"):
        commit(paper, book)
    assert paper.sheet("Mine").grid() == ROWS


def test_a_clock_in_a_column_that_nobody_knows_stops_nothing(paper: Paper) -> None:
    book = decided(paper)
    mine = paper.sheet("Mine")
    for row in (2, 3, 4):
        mine.cells[row, 3] = 0.75
    commit(paper, book)
    assert [mine.cells[3, 2], mine.cells[3, 4], mine.cells[3, 3]] == ["Robert", "✔ ok", 0.75]


def test_a_hidden_sheet_of_ours_is_not_compared_for_nobody_sorts_it(paper: Paper) -> None:
    book = decided(paper)
    paper.sheet("_meta").cells[1, 2] = "2"
    commit(paper, book)
    assert paper.sheet("Mine").cells[3, 2] == "Robert"


def test_the_format_goes_with_the_values_and_other_cells_are_left_alone(paper: Paper) -> None:
    commit(paper, decided(paper))
    mine = paper.sheet("Mine")
    assert mine.grid() == [HEADERS, ROWS[1], ["2", "Robert", 0.25, "✔ ok"], ROWS[3]]
    assert mine.written_formats == {(3, 2): "@"}


def test_going_to_a_cell_is_no_write_and_asks_nothing_of_the_rows(paper: Paper) -> None:
    book = Book(take_picture(paper, (DATA,)))
    read_data(book).sheet.show(3, 2)
    swap(paper.sheet("Mine"))
    commit(paper, book)
    assert paper.shown == ("Mine", 3, 2)


def test_a_refusal_in_the_middle_says_what_was_changed_and_what_was_not(paper: Paper) -> None:
    book = decided(paper)
    book.add_sheet("Log").put(1, 1, [["Row"]])
    assert book.operations
    paper.sheets.append(PaperSheet("Others", [["x"]]))
    again = Book(take_picture(paper, (DATA, "_meta", "Others")))
    again.operations[:] = book.operations
    remembered = again.sheet("Others")
    assert remembered is not None
    remembered.put(1, 1, [["y"]])
    paper.sheet("Others").refuses = "write"
    with pytest.raises(BookError) as refused:
        commit(paper, again)
    assert refused.value.sentence == (
        "The sheet Others is protected. The sheets Mine, Log had been changed by then; Others was not."
    )
    assert paper.sheet("Mine").cells[3, 2] == "Robert"
    assert paper.sheet("Others").grid() == [["x"]]


def test_a_refusal_at_the_first_write_says_that_nothing_was_changed(paper: Paper) -> None:
    book = decided(paper)
    paper.sheet("Mine").refuses = "write"
    with pytest.raises(BookError) as refused:
        commit(paper, book)
    assert refused.value.sentence == "The sheet Mine is protected. Nothing in the workbook was changed."
    assert paper.sheet("Mine").grid() == ROWS


def test_a_sheet_that_is_replaced_keeps_nothing_of_what_was_there(paper: Paper) -> None:
    paper.sheets.append(PaperSheet("Notes", [["a", "b", "c"], ["d"], ["e"]]))
    book = Book(take_picture(paper, (DATA, "Notes")))
    log = book.sheet("Notes")
    assert log is not None
    log.replace([["new"], ["lines", "here"]])
    commit(paper, book)
    assert paper.sheet("Notes").grid() == [["new", None], ["lines", "here"]]


def test_rows_that_were_taken_for_shown_and_are_hidden_mean_that_nothing_is_written(paper: Paper) -> None:
    book = Book(take_picture(paper, (DATA, SHOWN)))
    sheet = read_data(book).sheet
    assert sheet.hidden_rows == frozenset()
    sheet.put(3, 2, [["Robert"]], "@")
    mine = paper.sheet("Mine")
    mine.hidden = [3]
    with pytest.raises(SomeHiddenError):
        commit(paper, book)
    assert [mine.grid(), mine.calls] == [ROWS, []]
    mine.hidden = []
    commit(paper, book)
    assert mine.cells[3, 2] == "Robert"


def test_what_a_sheet_holds_just_before_decides_what_is_written_and_it_need_not_have_been_read(paper: Paper) -> None:
    paper.sheets += [PaperSheet("Answers", [["old"], ["mine"]]), PaperSheet("Beside", [["x"]], visible=False)]
    book = Book(take_picture(paper, (DATA,)))
    fixes = book.sheet("Answers")
    assert fixes is not None

    def decide(now: BookSheet) -> None:
        now.put(1, 2, [[f"{now.cell(2, 1)}, kept"]])
        now.beside("Beside").replace([["y"]])

    fixes.late(decide)
    fixes.late(lambda now: now.put(3, 1, [[now.cell(1, 1)]]))
    paper.sheet("Answers").cells[2, 1] = "changed meanwhile"
    commit(paper, book)
    found = paper.sheet("Answers").grid()
    assert found == [["old", "changed meanwhile, kept"], ["changed meanwhile", None], ["old", None]]
    assert paper.sheet("Beside").grid() == [["y"]]


def test_where_the_user_is_decides_what_is_shown(paper: Paper) -> None:
    paper.sheets.append(PaperSheet("Fix Errors", [["x"]]))
    told = ("Mine", 3, 2)
    for where, shown in ((("Fix Errors", 1, 1), ("Fix Errors", 5, 2)), (("Mine", 1, 1), told), (None, told)):
        paper.shown = where
        book = Book(take_picture(paper, (DATA,)))
        read_data(book).sheet.show(3, 2, unless=Show("Fix Errors", 5, 2))
        commit(paper, book)
        assert paper.shown == shown


def test_a_picture_holds_what_a_button_reads_and_of_the_rest_the_names(paper: Paper) -> None:
    paper.sheet("Mine").fill([[], [], ["ID", None], [], ["1", "x"]])
    picture = take_picture(paper, (DATA,))
    assert [(one.name, one.visible, one.cells) for one in picture.sheets] == [
        ("Mine", True, [[], [], ["ID", None], [], ["1", "x"]]),
        ("_meta", False, None),
    ]
