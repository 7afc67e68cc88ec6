"""A press carried through: what was done before a question does not happen twice, and what holds is always said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from addin.api.client import Client
from addin.book import DATA
from addin.buttons.registry import (
    KEEP_TEST,
    PASTE_DATA,
    REFRESH_STATUS,
    SUBMIT,
    TAKE_BACK_TEST,
    TEST_ROWS,
    UNDO_UPLOAD,
    VALIDATE,
    Around,
    Handler,
    Press,
)
from addin.errors import BookError, Broken, ClientError
from addin.hosts.closed.sheet import ClosedSheet
from addin.hosts.desk import MovedError
from addin.outcome import Answers, Outcome, UserQuestion
from addin.press import carry_through
from addin.rows.data_sheet import read_data
from addin.rows.own_sheets import read_meta
from tests.support.desk import Desk, Open
from tests.support.own_server import Server
from tests.support.paper import Paper, PaperSheet
from tests.support.sheets import filled_template, fresh_template, insert
from workbook import layout
from workbook.upload import Upload

Counted = Counter[str]


class PaperProgram:
    """Shows a Paper to nobody; answers each question from `answers`."""

    def __init__(self, paper: Paper, **answers: str) -> None:
        self.paper = paper
        self.answers = answers
        self.asked: list[UserQuestion] = []
        self.statuses: list[str] = []
        self.kept = 0
        self.refuses = ""

    def document(self) -> Paper:
        return self.paper

    def ask(self, question: UserQuestion) -> Answers:
        self.asked.append(question)
        return {question.confirms: self.answers[question.confirms]}

    def say(self, status: str) -> None:
        self.statuses.append(status)

    def watch(self, upload: Upload) -> None:
        raise AssertionError("nothing is uploaded here")

    def keep(self) -> None:
        if self.refuses == "keep":
            raise BookError("Paper.xlsx cannot be saved.")
        self.kept += 1

    def open(self, path: Path) -> None:
        raise BookError(f"{path.name} cannot be opened.")


@pytest.fixture
def paper() -> Paper:
    return Paper(PaperSheet("Mine", [["Participant ID"], ["1"], ["2"]]))


AROUND: Any = None
"""These buttons look at nothing around them."""


def pressed(program: PaperProgram, run: Callable[[Press], Outcome]) -> list[Outcome]:
    around: Around = AROUND
    return carry_through(program, Handler(run, (DATA,), "Working …"), around)


def write(it: Press, value: str) -> None:
    read_data(it.book).sheet.put(2, 1, [[value]])


def test_a_button_that_asks_is_pressed_again_with_the_answer_and_a_new_picture(paper: Paper) -> None:
    seen: list[object] = []

    def run(it: Press) -> Outcome:
        seen.append((dict(it.answers), it.book.sheets[0].cell(2, 1)))
        if "sure" in it.answers:
            return Outcome(sentence="Done.")
        write(it, "written")
        return Outcome(question=UserQuestion("Sure?", confirms="sure"), carries={"mark": "kept"})

    program = PaperProgram(paper, sure="yes")
    assert [one.sentence for one in pressed(program, run)] == ["", "Done."]
    assert seen == [({}, "1"), ({"mark": "kept", "sure": "yes"}, "written")]
    assert [program.kept, program.statuses] == [1, ["Working …", "", "Working …"]]


def test_what_was_to_be_noted_at_any_step_is_told_once_at_the_end(paper: Paper) -> None:
    def run(it: Press) -> Outcome:
        notes = ["A column is unknown."] if len(it.answers) < 2 else ["A row is hidden."]
        return Outcome(notes=notes, goes_on=len(it.answers) < 2, carries={str(len(it.answers)): "x"})

    assert pressed(PaperProgram(paper), run)[-1].message == "A column is unknown. A row is hidden."


def test_rows_are_as_they_were_only_where_they_are(paper: Paper) -> None:
    def breaks_at_once(it: Press) -> Outcome:
        write(it, "never")
        raise ZeroDivisionError

    def breaks_later(it: Press) -> Outcome:
        if it.answers:
            raise ZeroDivisionError
        write(it, "written")
        return Outcome(goes_on=True, carries={"second": "yes"})

    def shows_and_breaks(it: Press) -> Outcome:
        if it.answers:
            raise ZeroDivisionError
        read_data(it.book).sheet.show(2, 1)
        return Outcome(goes_on=True, carries={"second": "yes"})

    told = []
    for run in (breaks_at_once, shows_and_breaks, breaks_later):
        with pytest.raises(Broken) as broken:
            pressed(PaperProgram(paper), run)
        told.append((broken.value.sentence.partition(". ")[2], paper.sheets[0].cells[2, 1]))
    assert told == [
        ("Your rows are as they were.", "1"),
        ("Your rows are as they were.", "1"),
        ("What was done before is in the workbook.", "written"),
    ]


def test_a_program_that_breaks_in_the_middle_of_writing_is_not_said_to_have_left_the_rows(
    paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = PaperSheet.write

    def breaks(sheet: PaperSheet, *what: Any) -> None:
        really(sheet, *what)
        raise OSError("the program is gone")

    monkeypatch.setattr(PaperSheet, "write", breaks)

    def run(it: Press) -> Outcome:
        write(it, "written")
        return Outcome(sentence="Done.")

    with pytest.raises(Broken) as broken:
        pressed(PaperProgram(paper), run)
    assert paper.sheets[0].cells[2, 1] == "written"
    assert "as they were" not in broken.value.sentence


@pytest.mark.parametrize("refusal", ["write", "keep"])
def test_what_was_done_elsewhere_is_said_before_the_refusal_of_the_workbook(paper: Paper, refusal: str) -> None:
    def run(it: Press) -> Outcome:
        write(it, "written")
        return Outcome(sentence="The upload is undone, and here are its rows.", done="The upload is undone.")

    program = PaperProgram(paper)
    program.refuses = paper.sheets[0].refuses = refusal
    with pytest.raises(BookError) as refused:
        pressed(program, run)
    assert refused.value.sentence in (
        "The upload is undone. The sheet Mine is protected. Nothing in the workbook was changed.",
        "The upload is undone. Paper.xlsx cannot be saved.",
    )


def test_a_template_that_cannot_be_opened_is_said_to_be_there(paper: Paper) -> None:
    saved = Outcome(opens=Path("Caseload.xlsx"), done="The template is saved as Caseload.xlsx.")
    with pytest.raises(BookError) as refused:
        pressed(PaperProgram(paper), lambda _: saved)
    assert refused.value.sentence == "The template is saved as Caseload.xlsx. Caseload.xlsx cannot be opened."


# With a real server: what each button did before its question does not happen twice


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counted:
    """How often each call was sent to the server."""
    counted = Counted()
    for name in ("validate", "submit", "keep", "roll_back", "undo"):
        really = getattr(Client, name)

        def counting(client: Client, *given: Any, really: Any = really, name: str = name, **more: Any) -> Any:
            counted[name] += 1
            return really(client, *given, **more)

        monkeypatch.setattr(Client, name, counting)
    return counted


@pytest.fixture
def book(desk: Open, client: Client, agency: Server, tmp_path: Path) -> Desk:
    rows = [insert(agency.person()) for _ in range(3)]
    return desk(filled_template(client, tmp_path / "Caseload.xlsx", rows))


def test_test_rows_checks_and_sends_and_keep_test_decides_once_each(book: Desk, calls: Counted) -> None:
    steps = book.steps(TEST_ROWS)
    assert dict(calls) == {"validate": 1, "submit": 1}
    steps += book.steps(KEEP_TEST)
    assert [len(book.asked), dict(calls)] == [0, {"validate": 1, "submit": 1, "keep": 1}]
    assert [step.question for step in steps] == [None] * 4


def test_test_rows_sends_nothing_again_while_its_rows_wait(book: Desk, calls: Counted) -> None:
    book.press(TEST_ROWS)
    book.press(TEST_ROWS)
    assert dict(calls) == {"validate": 1, "submit": 1}
    book.press(TAKE_BACK_TEST)
    assert dict(calls) == {"validate": 1, "submit": 1, "roll_back": 1}


def test_submit_checks_asks_and_sends_once_each(book: Desk, calls: Counted) -> None:
    book.press(SUBMIT)
    assert [[one.confirms for one in book.asked], dict(calls)] == [["submit"], {"validate": 1, "submit": 1}]


@pytest.mark.parametrize("button", [SUBMIT, TEST_ROWS])
def test_a_workbook_that_keeps_no_note_is_not_checked_again_and_again(
    book: Desk, calls: Counted, monkeypatch: pytest.MonkeyPatch, button: Handler[Any]
) -> None:
    for module in ("submit", "test_rows"):
        monkeypatch.setattr(f"addin.buttons.{module}.write_meta", lambda *_, **__: None)
    book.answers["keep"] = "no"
    assert book.press(button).upload is not None
    assert [calls["validate"], calls["submit"]] == [1, 1]


def test_undo_looks_once_and_takes_back_once(book: Desk, calls: Counted) -> None:
    book.press(SUBMIT)
    book.asked.clear()
    calls.clear()
    book.answers["agreed"] = "yes"
    book.press(UNDO_UPLOAD)
    assert [len(book.asked), dict(calls)] == [1, {"undo": 2}]  # the first is but a look


def test_paste_adds_its_rows_once_however_often_it_asks(
    desk: Open, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    book = desk(fresh_template(client, tmp_path / "Caseload.xlsx"))
    theirs = tmp_path / "their.csv"
    theirs.write_text("PSID,Ref\nA1,C-1\n", encoding="utf-8")
    typed = iter(["", "Ref = Shoe Size", "Ref = Case Number", "1 = not used; 1 = Participant ID", ""])
    book.while_asked = lambda _: book.answers.update(file=str(theirs), typed=next(typed))
    steps = book.steps(PASTE_DATA)
    assert [len(book.asked), [len(step.added) for step in steps]] == [5, [0, 0, 0, 0, 0, 1]]
    assert [book.cell(2, 2), list(book.data().rows)] == ["A1", [2]]


# An upload that was handed over is reported, whatever becomes of the workbook


def refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on nothing can be written into the workbook."""

    def refused(sheet: ClosedSheet, *_: Any) -> None:
        raise BookError(f"The sheet {sheet.name} is protected.")

    monkeypatch.setattr(ClosedSheet, "write", refused)
    monkeypatch.setattr(ClosedSheet, "clear", refused)


def when_sent(book: Desk, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None]) -> None:
    """Lets something happen while the upload is watched."""
    seen = book.upload

    def watched(upload: Upload) -> None:
        seen(upload)
        if len(book.seen) == 1:
            happens()

    monkeypatch.setattr(book, "upload", watched)


def test_a_complete_upload_is_told_where_its_log_cannot_be_written(book: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    when_sent(book, monkeypatch, lambda: refuse(monkeypatch))
    with pytest.raises(BookError) as refused:
        book.press(SUBMIT)
    told = refused.value.sentence
    assert told.startswith("The upload is complete: 3 of 3 rows written. The sheet ")
    assert told.endswith(" is protected. Nothing in the workbook was changed.")


def test_a_complete_upload_is_told_where_the_rows_are_no_longer_the_leftmost_sheet(
    book: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hide() -> None:
        book.book.grids()[0].hide()

    when_sent(book, monkeypatch, hide)
    with pytest.raises(BookError) as refused:
        book.press(SUBMIT)
    told = refused.value.sentence
    assert told.startswith("The upload is complete: 3 of 3 rows written. The leftmost sheet of Caseload.xlsx is ")


def test_a_complete_upload_is_told_where_the_server_is_away_then(book: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise ClientError("The server does not answer.", "server-away")

    when_sent(book, monkeypatch, lambda: monkeypatch.setattr(Client, "log", away))
    with pytest.raises(ClientError) as refused:
        book.press(SUBMIT)
    told = "The upload is complete: 3 of 3 rows written. The server does not answer."
    assert [refused.value.sentence, str(refused.value), refused.value.code] == [told, told, "server-away"]


def test_a_complete_upload_is_told_where_something_breaks_then(book: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    when_sent(book, monkeypatch, lambda: monkeypatch.setattr(Client, "log", lambda *_: 1 / 0))
    with pytest.raises(Broken) as broken:
        book.press(SUBMIT)
    assert broken.value.sentence == (
        "The upload is complete: 3 of 3 rows written. Something went wrong that should not have. "
        "What was done before is in the workbook."
    )


@pytest.mark.parametrize("button", [SUBMIT, TEST_ROWS])
def test_an_upload_that_could_not_be_noted_when_it_was_sent_is_watched_and_noted_when_it_has_ended(
    book: Desk, monkeypatch: pytest.MonkeyPatch, button: Handler[Any]
) -> None:
    really = Client.submit

    def moved(*_: object, **__: object) -> None:
        raise MovedError("The rows moved.")

    def sent(client: Client, *given: Any, **more: Any) -> Upload:
        with_upload = really(client, *given, **more)
        patched.setattr("addin.press.commit", moved)
        return with_upload

    with monkeypatch.context() as patched:
        patched.setattr(Client, "submit", sent)
        when_sent(book, monkeypatch, patched.undo)
        book.answers["keep"] = "yes"
        upload = book.press(button).upload
    meta = read_meta(book.read(layout.META_SHEET))
    assert [upload.state, meta.get("upload_id")] == ["complete", upload.id]
    assert book.press(REFRESH_STATUS).upload == book.opened._connect().upload(upload.id)


def test_a_refused_check_changes_nothing_and_says_so(book: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    before = book.path.read_bytes()
    refuse(monkeypatch)
    with pytest.raises(BookError, match=r"is protected\. Nothing in the workbook was changed\.$"):
        book.press(VALIDATE)
    assert book.path.read_bytes() == before
