"""An ID and somebody else's details beside it are one question, whose answer settles all the cells (SPEC R2, 5)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from addin.api.client import Client
from addin.buttons.registry import VALIDATE
from addin.cli.fix_loop import Fixing, MistakeAnswer
from tests.support.desk import Desk, Open
from tests.support.own_server import Server
from tests.support.sheets import filled_template, insert
from workbook import layout
from workbook.report import FixGroup, asked
from workbook.sheets import fix_sheet

NAMES = ("First Name", "Last Name")


def names_of(person: str) -> dict[str, str]:
    number = int(person[1:])
    return {"First_Name": f"Pat{number}", "Last_Name": f"Person{number}"}


def lines(book: Desk) -> list[list[Any]]:
    return [line for line in book.cells(layout.FIX_SHEET)[fix_sheet.FIRST_ROW - 1 :] if line[0]]


@pytest.fixture
def people(agency: Server) -> tuple[str, str]:
    """One whose ID stands in two rows, and one whose names stand beside it."""
    return agency.person(), agency.person()


@pytest.fixture
def book(desk: Open, client: Client, people: tuple[str, str], tmp_path: Path) -> Desk:
    """Two rows of one disagreement. Each begins something else."""
    owner, other = people
    rows = [insert(owner, **names_of(other)), insert(owner, **names_of(other), Caseworker_Relationship="Secondary")]
    opened = desk(filled_template(client, tmp_path / "a.xlsx", rows))
    opened.press(VALIDATE)
    return opened


def test_it_is_one_line_of_fix_errors_and_every_wrong_cell_is_marked(book: Desk, people: tuple[str, str]) -> None:
    owner = people[0]
    [line] = lines(book)
    whose, named = (" ".join(names_of(person).values()) for person in people)
    assert line[:4] == [
        "Participant ID",
        f"{owner}, of {named}",
        f"The Participant ID is that of {whose}, but First Name and Last Name do not agree with it. "
        "Choose who is meant: the ID, or the details, will follow.",
        2,
    ]
    offered = line[fix_sheet.HEADERS.index("_means1") : fix_sheet.HEADERS.index("_means3")]
    assert sorted(offered) == sorted(people)
    assert line[fix_sheet.HEADERS.index(fix_sheet.SURE)] == "likely"
    report = book.press(VALIDATE).report
    assert {(one.row, one.column) for one in report.problems} == {(row, name) for row in (2, 3) for name in NAMES}


def test_where_the_id_is_right_the_details_become_those_of_its_owner(book: Desk, people: tuple[str, str]) -> None:
    owner, other = people
    book.choose(lines(book)[0][1], choice=owner.lower())
    fixed = book.apply_fixes()
    assert fixed.checked.errors == 0
    assert [book.column(name) for name in ("Participant ID", *NAMES)] == [
        [owner] * 2, *([text] * 2 for text in names_of(owner).values())
    ]  # fmt: skip
    assert [change[1:] for change in fixed.made if change.row == 2] == [
        (name, before, after)
        for name, before, after in zip(NAMES, names_of(other).values(), names_of(owner).values(), strict=True)
    ]
    assert fixed.sentence.startswith("1 mistake corrected in 2 rows.")


def test_where_the_details_are_right_the_id_alone_changes(book: Desk, people: tuple[str, str]) -> None:
    other = people[1]
    book.choose(lines(book)[0][1], choice=other)
    fixed = book.apply_fixes()
    assert fixed.checked.errors == 0
    assert [book.column("Participant ID"), book.column("Last Name")] == [
        [other] * 2,
        [names_of(other)["Last_Name"]] * 2,
    ]
    assert {change.column for change in fixed.made} == {"Participant ID"}


def test_the_id_of_a_third_is_asked_about_again_and_the_details_stay(
    book: Desk, people: tuple[str, str], agency: Server
) -> None:
    third, other = agency.person(), people[1]
    book.choose(lines(book)[0][1], choice=third)
    fixed = book.apply_fixes()
    assert book.column("Last Name") == [names_of(other)["Last_Name"]] * 2
    assert [group.value.partition(",")[0] for group in asked(fixed.checked.report)] == [third]


@pytest.mark.parametrize(
    ("answer", "said"),
    [(layout.EMPTY_THE_CELL, "To empty the cell does not say who is meant by "), ("Q9999", "Nobody has the ")],
)
def test_what_names_nobody_is_no_answer(book: Desk, people: tuple[str, str], answer: str, said: str) -> None:
    offered = [line[layout.OFFER_COLUMN - 1] for line in book.cells(layout.SUGGESTIONS_SHEET)]
    [line] = lines(book)
    above, entries = line[fix_sheet.HEADERS.index(fix_sheet.ABOVE) :]
    assert layout.EMPTY_THE_CELL not in offered[above : above + entries]
    book.choose(line[1], choice=answer)
    fixed = book.apply_fixes()
    assert (fixed.made, book.column("Participant ID")) == ([], [people[0]] * 2)
    assert fixed.sentence.startswith(said)


def test_one_of_the_cells_can_be_corrected_alone_and_the_other_is_asked_about_as_any(
    book: Desk, people: tuple[str, str]
) -> None:
    said = next(str(line[1]) for line in book.cells(layout.SUGGESTIONS_SHEET) if "First Name" in str(line[1]))
    first = names_of(people[0])["First_Name"]
    assert said.startswith(f"Did you mean {first} or (empty the cell)? First Name ")
    for row in (2, 3):
        book.enter(row, "First Name", first)
    [group] = book.press(VALIDATE).report.fixes
    assert (group.column, group.suggestions[0].value) == ("Last Name", names_of(people[0])["Last_Name"])


def test_on_the_command_line_it_is_one_question_too(book: Desk, people: tuple[str, str]) -> None:
    asked: list[str] = []

    def ask(group: FixGroup, message: str) -> MistakeAnswer:
        asked.append(message)
        return MistakeAnswer(people[0])

    fixing = Fixing(book.opened)
    fixing.by_answers(ask)
    [message] = asked
    assert message.endswith("Choose who is meant: the ID, or the details, will follow.")
    assert (fixing.checked.errors, len(fixing.made)) == (0, 4)
