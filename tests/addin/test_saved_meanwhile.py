"""A command never saves over what somebody else saved into the workbook while it was at work."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import typer

from addin.api.client import Client
from addin.buttons.registry import PASTE_DATA, VALIDATE
from addin.errors import BookError
from addin.hosts.closed.file import ClosedBook
from addin.hosts.document import Block
from addin.outcome import UserQuestion
from tests.support.command import Run, Terminal
from tests.support.desk import Open
from tests.support.own_server import Server
from tests.support.sheets import filled_template, insert
from workbook.columns import ROW_STATUS


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is agreed on is remembered in a folder of the test's own."""
    for name in ("XDG_CONFIG_HOME", "HOME", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))


def saved_by_somebody(file: Path, *people: str) -> None:
    """Somebody else opens the workbook, types a row for each of these people and a sheet of their own, and saves."""
    book = openpyxl.load_workbook(file)
    for person in people:
        book.worksheets[0].append([cell.value for cell in book.worksheets[0][2]])
        book.worksheets[0].cell(book.worksheets[0].max_row, 2).value = person
    book.create_sheet("My week of work")
    book.save(file)


def sheets(file: Path) -> list[str]:
    return openpyxl.load_workbook(file).sheetnames


def statuses(file: Path) -> list[object]:
    """Row Status, from the second row on."""
    column = next(one for one in openpyxl.load_workbook(file)["Caseload"].iter_cols() if one[0].value == ROW_STATUS)
    return [cell.value for cell in column[1:] if cell.value]


@pytest.fixture
def said_yes(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Sees to it that something is done while “Submit now?” stands at the terminal, and is answered with yes then."""

    def do(what: Callable[[], object]) -> None:
        monkeypatch.setattr(sys, "stdin", Terminal())
        monkeypatch.setattr(typer, "confirm", lambda _: [what(), True][-1])

    return do


def test_what_somebody_saves_while_the_question_stands_stays_and_the_commands_work_is_in_a_copy(
    run: Run,
    client: Client,
    agency: Server,
    tmp_path: Path,
    said_yes: Callable[[Callable[[], object]], None],
) -> None:
    file = filled_template(client, tmp_path / "shared.xlsx", [insert(agency.person())])
    said_yes(lambda: saved_by_somebody(file, agency.person()))
    ran = run("submit", file)
    assert "The upload is complete: 1 of 1 row written." in ran.out
    assert (
        "shared.xlsx was changed by another program meanwhile. It stays as it is; what was done here is in the copy "
        "beside it, shared – checked.xlsx."
    ) in " ".join(ran.err.split())
    assert ["My week of work" in sheets(file), openpyxl.load_workbook(file).worksheets[0].max_row >= 3] == [True, True]
    copy = tmp_path / "shared – checked.xlsx"
    assert [str(status)[:9] for status in statuses(copy)] == ["✔ written"]
    assert "Log" in sheets(copy)


@pytest.mark.parametrize(("mark", "program"), [("~$shared.xlsx", "Excel"), (".~lock.shared.xlsx#", "LibreOffice")])
def test_a_workbook_that_somebody_has_opened_meanwhile_is_left_to_them(
    desk: Open, client: Client, agency: Server, tmp_path: Path, mark: str, program: str
) -> None:
    file = filled_template(client, tmp_path / "shared.xlsx", [insert(agency.person())])
    before, book = file.read_bytes(), desk(file)
    file.with_name(mark).touch()
    book.press(VALIDATE)
    assert [file.read_bytes() == before, book.path.name] == [True, "shared – checked.xlsx"]
    assert f"shared.xlsx was opened in {program} meanwhile. It stays as it is; what was done" in book.told
    assert statuses(book.path) == ["✔ ok"]


def marked(book: ClosedBook, text: str) -> Path:
    """Writes into the workbook as a button does, and saves it: the file that holds the work."""
    book.grids()[0].write(Block(9, 1, 1, 1), [[text]], None)
    return book.save()


def test_each_save_looks_again_and_a_copy_that_somebody_works_in_is_left_to_them_too(tmp_path: Path) -> None:
    file, told = tmp_path / "shared.xlsx", list[str]()
    openpyxl.Workbook().save(file)
    book = ClosedBook(file, told.append)
    assert [marked(book, "first").name, marked(book, "second").name, told] == ["shared.xlsx", "shared.xlsx", []]
    saved_by_somebody(file)
    copy = marked(book, "third")
    assert [copy.name, marked(book, "fourth").name, len(told)] == ["shared – checked.xlsx", copy.name, 1]
    saved_by_somebody(copy)
    assert marked(book, "fifth").name == "shared – checked 2.xlsx"
    assert told[1].startswith("shared – checked.xlsx was changed by another program meanwhile.")
    assert ["My week of work" in sheets(one) for one in (file, copy, book.path)] == [True, True, False]
    assert [openpyxl.load_workbook(one).worksheets[0]["A9"].value for one in (file, copy, book.path)] == [
        "second",
        "fourth",
        "fifth",
    ]


def test_a_workbook_that_is_saved_anew_while_it_is_read_is_not_taken_half_from_each(tmp_path: Path) -> None:
    file = tmp_path / "shared.xlsx"
    openpyxl.Workbook().save(file)
    book = ClosedBook(file)
    saved_by_somebody(file)
    with pytest.raises(BookError, match=r"shared\.xlsx was changed by another program while it was read\. .*again"):
        book.grids()[0].contents()


def test_where_columns_go_is_asked_again_if_they_were_changed_in_the_other_file_meanwhile(
    desk: Open, client: Client, tmp_path: Path
) -> None:
    """An answer names a column by its number."""
    theirs = tmp_path / "theirs.csv"
    book = desk(filled_template(client, tmp_path / "mine.xlsx", [insert("1")]))
    said = iter([("PSID,Worker\n7,Robert Smith\n", ""), ("Worker,PSID\nAnn Lee,8\n", "1 = not used"), ("", "")])

    def answer(question: UserQuestion) -> None:
        content, typed = next(said)
        theirs.write_text(content or theirs.read_text("utf-8"), "utf-8")
        book.answers |= {"file": str(theirs), "typed": typed}

    book.while_asked = answer
    done = book.press(PASTE_DATA)
    changed = "The columns of theirs.csv were changed meanwhile. Look again at where they go."
    assert [question.wrong for question in book.asked] == ["", "", changed]
    assert done.columns == {"Worker": "Caseworker Name", "PSID": "Participant ID"}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets hardly anybody make links")
def test_a_link_that_takes_the_workbook_s_place_meanwhile_is_not_followed(tmp_path: Path) -> None:
    file, other, told = tmp_path / "shared.xlsx", tmp_path / "private.xlsx", list[str]()
    openpyxl.Workbook().save(file)
    other.write_bytes(file.read_bytes())  # by what it holds nobody could tell
    before = other.read_bytes()
    book = ClosedBook(file, told.append)
    file.unlink()
    file.symlink_to(other)
    assert marked(book, "mine").name == "shared – checked.xlsx"
    assert told[0].startswith("shared.xlsx was changed by another program meanwhile.")
    assert other.read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets hardly anybody make links")
def test_a_link_leads_where_it_led_at_the_beginning(tmp_path: Path) -> None:
    link, file, other = tmp_path / "link.xlsx", tmp_path / "shared.xlsx", tmp_path / "private.xlsx"
    openpyxl.Workbook().save(file)
    other.write_bytes(file.read_bytes())
    before = other.read_bytes()
    link.symlink_to(file)
    book = ClosedBook(link)
    link.unlink()
    link.symlink_to(other)
    assert [marked(book, "mine"), marked(book, "again")] == [link, link]
    assert [openpyxl.load_workbook(file).worksheets[0]["A9"].value, other.read_bytes() == before] == ["again", True]


def test_a_workbook_that_one_may_not_write_to_stays_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder may be written to, so that it could be replaced all the same."""
    file, told = tmp_path / "theirs.xlsx", list[str]()
    openpyxl.Workbook().save(file)
    before = file.read_bytes()
    file.chmod(0o444)
    if sys.platform != "win32" and os.geteuid() == 0:  # who may write to everything
        really = os.access
        monkeypatch.setattr(os, "access", lambda path, how: path != file and really(path, how))
    book = ClosedBook(file, told.append)
    copy = tmp_path / "theirs – checked.xlsx"
    assert [marked(book, "first"), marked(book, "second"), file.read_bytes() == before] == [copy, copy, True]
    assert told == [
        "theirs.xlsx may not be written to by you. It stays as it is; go on with the copy beside it, "
        "theirs – checked.xlsx."
    ]
    assert os.access(copy, os.W_OK)


def test_a_workbook_with_the_longest_name_that_a_disk_takes_is_saved_and_copied_like_others(tmp_path: Path) -> None:
    """The name of a lock beside it would be too long, and that of its copy is cut off."""
    file, told = tmp_path / ("ж" * 125 + ".xlsx"), list[str]()
    openpyxl.Workbook().save(file)
    book = ClosedBook(file, told.append)
    assert marked(book, "first") == file
    file.write_bytes(b"another's")
    copy = marked(book, "second")
    assert [file.read_bytes(), copy.name.startswith("ж" * 100), copy.stem.endswith(" – checked")] == [
        b"another's", True, True,
    ]  # fmt: skip
