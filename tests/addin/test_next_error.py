"""Next Error and Previous Error go from one marked cell to the next, wherever sorting has taken it (SPEC 9)."""

from __future__ import annotations

from addin.api.client import Client
from addin.buttons.next_error import Walked
from addin.buttons.registry import NEXT_ERROR, PREVIOUS_ERROR, VALIDATE, Handler
from tests.support.desk import Desk, Open


def selected(book: Desk, handler: Handler[Walked]) -> tuple[int, int]:
    """Presses the button, and gives the cell of the data sheet that is selected then."""
    book.press(handler)
    place = book.book.selection()
    assert place is not None
    return place[1:]


def test_next_and_previous_error_walk_the_marked_cells_in_a_circle(client: Client, desk: Open, book: Desk) -> None:
    book.press(VALIDATE)
    assert [selected(book, NEXT_ERROR) for _ in range(4)] == [(3, 9), (5, 9), (6, 2), (3, 9)]
    walked = book.press(NEXT_ERROR)
    said = "Row 5: Did you mean Robert Smith? Caseworker Name: No staff member is known as “Robrt Smiht”."
    assert walked.message.startswith(said)
    assert walked.in_status_bar
    assert [selected(book, PREVIOUS_ERROR) for _ in range(2)] == [(3, 9), (6, 2)]


def test_next_error_finds_the_marks_where_sorting_has_taken_them(client: Client, book: Desk) -> None:
    book.press(VALIDATE)
    for row, line in enumerate(book.cells("Caseload")[1:6][::-1], start=2):
        for column, cell in enumerate(line, start=1):
            book.put(row, column, cell)
    assert [selected(book, NEXT_ERROR) for _ in range(3)] == [(2, 2), (3, 9), (5, 9)]


def test_it_says_when_it_begins_again(book: Desk) -> None:
    book.press(VALIDATE)
    begins = [book.press(NEXT_ERROR).message.split(".")[0] for _ in range(4)]
    assert [one.split(":")[0] for one in begins] == ["Row 3", "Row 5", "Row 6", "Again from the top"]
    assert book.press(PREVIOUS_ERROR).message.startswith("Again from the end. Row 6: ")


def test_next_error_says_when_there_is_none_and_leaves_the_status_bar_empty(book: Desk) -> None:
    walked = book.press(NEXT_ERROR)
    said = "No cell is marked. Press Validate to check the rows."
    assert [walked.flag, walked.sentence, walked.in_status_bar] == [None, said, False]
