"""Undo Upload in a workbook: says what it would do, asks, does it, and the rows can be sent again."""

from __future__ import annotations

from pathlib import Path

import pytest

from addin.api.client import Client
from addin.buttons.registry import REFRESH_STATUS, SUBMIT, TEST_ROWS, UNDO_UPLOAD
from addin.buttons.undo import AGREED, undo_by_id
from addin.errors import ClientError
from tests.addin.test_test_rows import log_lines, open_of
from tests.support.command import Run
from tests.support.desk import Desk, Open
from tests.support.own_server import Server
from tests.support.sheets import HEADERS, filled_template, insert
from workbook.columns import ROW_STATUS
from workbook.local_time import local_moment


def ending(person: str, end: str = "2026-02-01") -> dict[str, str]:
    """A row that ends what `insert` begins."""
    row = {"Update or Insert": "Update", "Participant ID": person, "Caseworker Name": "Robert Smith"}
    return row | {"End Date": end, "Reason for Dismissal": "Completed"}


@pytest.fixture
def people(agency: Server) -> list[str]:
    return [agency.person() for _ in range(3)]


@pytest.fixture
def path(client: Client, people: list[str], tmp_path: Path) -> Path:
    return filled_template(client, tmp_path / "Caseload.xlsx", [insert(person) for person in people])


@pytest.fixture
def book(desk: Open, path: Path) -> Desk:
    return desk(path)


def named(client: Client, upload_id: str) -> str:
    """How an upload is named before and after it is taken back."""
    upload = client.upload(upload_id)
    when = local_moment(upload.submitted_at, upload.date_order)
    return f"{upload.name}, {upload.filename}, submitted by {upload.submitted_by} on {when}"


def end_elsewhere(desk: Open, client: Client, person: str, folder: Path) -> None:
    """Somebody else ends this person's assignment."""
    other = desk(filled_template(client, folder / f"Other {person}.xlsx", [ending(person)]))
    assert other.press(SUBMIT).upload is not None
    other.close()


def test_undo_asks_first_and_takes_the_last_upload_back(book: Desk, client: Client, people: list[str]) -> None:
    upload = book.press(SUBMIT).upload
    assert upload is not None
    book.asked.clear()
    book.answers["agreed"] = "yes"
    done = book.press(UNDO_UPLOAD)
    assert [question.text for question in book.asked] == [
        f"Undo would take this upload back: {upload.name}, Caseload.xlsx, submitted by Alice Admin on "
        f"{local_moment(upload.submitted_at)}. 3 assignments would be removed.\n\nTake it back?"
    ]
    assert done.sentence == "The upload is undone. 3 assignments removed."
    assert open_of(client, people) == [0, 0, 0]
    assert log_lines(book)[3:] == [(row, "Undo", "removed") for row in (2, 3, 4)]
    status = book.press(REFRESH_STATUS).sentence
    assert status == "The upload was undone. Alice Admin took back all that it wrote (3 changes)."


def test_whoever_says_no_changes_nothing(book: Desk, client: Client, people: list[str]) -> None:
    book.press(SUBMIT)
    book.answers["agreed"] = "no"
    done = book.press(UNDO_UPLOAD)
    assert done.sentence.startswith("Nothing was changed. Undo would take this upload back: No. ")
    assert done.sentence.endswith(". 3 assignments would be removed.")
    assert open_of(client, people) == [1, 1, 1]


def test_what_was_changed_since_is_named_before_and_after(
    book: Desk, desk: Open, client: Client, people: list[str], tmp_path: Path
) -> None:
    book.press(SUBMIT)
    book.asked.clear()
    end_elsewhere(desk, client, people[1], tmp_path)
    book.answers["agreed"] = "yes"
    done = book.press(UNDO_UPLOAD)
    why = "It was ended on 2/1/2026 by another upload since, so it stays."
    assert "2 assignments would be removed. 1 change stays:\nRow 3, assignment " in book.asked[0].text
    assert why in book.asked[0].text
    assert done.sentence.startswith("The upload is undone. 2 assignments removed. 1 change stays:\nRow 3, assignment ")
    assert open_of(client, people) == [0, 0, 0]


def test_when_nothing_can_be_taken_back_nobody_is_asked(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    person = agency.person()
    book = desk(filled_template(client, tmp_path / "Caseload.xlsx", [insert(person)]))
    book.press(SUBMIT)
    book.asked.clear()
    end_elsewhere(desk, client, person, tmp_path)
    book.answers["agreed"] = "yes"
    done = book.press(UNDO_UPLOAD)
    assert book.asked == []
    assert done.sentence.startswith("Nothing was changed. 1 change stays:\nRow 2")


def test_where_everything_was_changed_after_the_question_no_undo_is_told(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    person = agency.person()
    upload = desk(filled_template(client, tmp_path / "Caseload.xlsx", [insert(person)])).press(SUBMIT).upload
    assert upload is not None
    assert undo_by_id(client, upload.id, {}).question is not None
    end_elsewhere(desk, client, person, tmp_path)
    done = undo_by_id(client, upload.id, {AGREED: "yes"})
    assert done.sentence.startswith("Nothing was changed. 1 change stays:\nRow 2")
    assert (done.done, client.upload(upload.id).state) == ("", "complete")


def test_undoing_twice_says_that_it_was_done(book: Desk, client: Client, people: list[str]) -> None:
    book.press(SUBMIT)
    book.press(UNDO_UPLOAD, agreed="yes")
    book.asked.clear()
    done = book.press(UNDO_UPLOAD)
    assert (book.asked, done.sentence) == ([], "This upload was undone before. 3 assignments removed.")


def test_an_undone_sheet_can_be_submitted_again(book: Desk, client: Client, people: list[str]) -> None:
    book.press(SUBMIT)
    book.press(UNDO_UPLOAD, agreed="yes")
    submitted = book.press(SUBMIT)
    assert submitted.upload is not None
    assert (submitted.upload.state, submitted.upload.accepted) == ("complete", 3)
    assert open_of(client, people) == [1, 1, 1]


def test_a_kept_test_that_is_undone_sends_its_rows_again(book: Desk, client: Client, people: list[str]) -> None:
    book.press(TEST_ROWS, keep="yes")
    book.press(UNDO_UPLOAD, agreed="yes")
    assert book.data().written == {}
    assert book.column(ROW_STATUS) == [None, None, "✔ ok"]
    book.press(SUBMIT)
    assert open_of(client, people) == [1, 1, 1]


def test_a_test_that_waits_is_undone_and_the_sheet_submitted(book: Desk, client: Client, people: list[str]) -> None:
    book.press(TEST_ROWS)
    book.press(UNDO_UPLOAD, agreed="yes")
    assert open_of(client, people) == [0, 0, 0]
    assert book.press(SUBMIT).upload is not None
    assert open_of(client, people) == [1, 1, 1]


def test_whoever_has_no_upload_is_told_so(desk: Open, agency: Server, path: Path) -> None:
    with agency.client(agency.token_for("S3")) as newcomer:
        book = desk(path, newcomer)
        done = book.press(UNDO_UPLOAD, agreed="yes")
    assert (done.undo, done.sentence.partition(".")[0]) == (None, "Nothing was uploaded from this workbook yet")


def test_an_upload_that_wrote_nothing_cannot_be_undone(client: Client) -> None:
    upload = client.submit(
        {
            "header": HEADERS,
            "rows": [["Insert", "nobody"]],
        },
        "undo-nothing",
    )
    client.wait(upload.id)
    with pytest.raises(ClientError) as refused:
        client.undo(upload.id, preview=True)
    assert (refused.value.status, refused.value.code) == (409, "upload-state")
    client.cancel(upload.id)


# On the command line


def test_the_command_line_shows_first_and_takes_back_with_yes(
    run: Run, client: Client, people: list[str], path: Path
) -> None:
    upload_id = run("submit", path, "--yes", "--json").json()["upload"]["id"]
    shown = run("undo", upload_id)
    assert (shown.code, shown.out.strip()) == (
        0,
        f"Nothing was changed. Undo would take this upload back: {named(client, upload_id)}. 3 assignments would be "
        "removed. Add --yes to take it back.",
    )
    told = run("undo", upload_id, "--json").json()
    assert (told["upload"], told["undo"]["preview"], told["undo"]["reversed"]) == (upload_id, True, 3)
    assert open_of(client, people) == [1, 1, 1]
    done = run("undo", upload_id, "--yes", "--json")
    assert (done.code, done.json()["undo"]["state"]) == (0, "undone")
    assert open_of(client, people) == [0, 0, 0]


def test_the_command_line_undoes_a_workbooks_upload_or_the_newest(
    run: Run, client: Client, people: list[str], path: Path
) -> None:
    for argument in ([path], []):
        assert run("submit", path, "--yes").code == 0
        assert open_of(client, people) == [1, 1, 1]
        told = run("undo", *argument, "--yes").out.strip()
        last = client.uploads(limit=1, mine=True)[0]
        assert told == f"The upload is undone. 3 assignments removed. It was {named(client, last.id)}."
        assert open_of(client, people) == [0, 0, 0]


def test_a_workbook_that_sent_nothing_undoes_nothing_where_it_is_named(
    run: Run, client: Client, people: list[str], path: Path, tmp_path: Path
) -> None:
    assert run("submit", path, "--yes").code == 0
    ran = run("undo", filled_template(client, tmp_path / "Other.xlsx", [insert(people[0])]), "--yes")
    assert (ran.code, ran.err.partition(".")[0]) == (3, "Nothing was uploaded from this workbook yet")
    assert open_of(client, people) == [1, 1, 1]


def test_in_a_colleagues_workbook_undo_means_ones_own_newest_unless_a_line_or_the_workbook_is_chosen(
    run: Run, desk: Open, client: Client, agency: Server, path: Path, tmp_path: Path
) -> None:
    with agency.client(agency.token_for("S1")) as colleague:
        theirs = desk(filled_template(client, tmp_path / "theirs.xlsx", [insert(agency.person())]), colleague)
        sent = theirs.press(SUBMIT).upload
        theirs.close()
    assert sent is not None
    mine = desk(path).press(SUBMIT).upload
    assert mine is not None
    book = desk(tmp_path / "theirs.xlsx")
    book.answers = {"agreed": "no"}
    book.press(UNDO_UPLOAD)
    assert named(client, mine.id) in book.asked[-1].text
    book.close()
    assert named(client, sent.id) in run("undo", tmp_path / "theirs.xlsx").out
    unasked = run("undo", tmp_path / "theirs.xlsx", "--yes")  # a workbook may come from anybody, and name any upload
    assert (unasked.code, named(client, sent.id) in unasked.err) == (2, True)
    assert client.upload(sent.id).state == "complete"


def test_an_upload_that_is_not_there_is_wrong_use(run: Run) -> None:
    ran = run("undo", "nonsense", "--yes")
    assert ran.code == 2
    assert "There is no upload nonsense" in ran.err
