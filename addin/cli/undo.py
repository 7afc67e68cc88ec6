"""Commands that test a file's first rows, and take an upload back (SPEC 9, 10)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from addin.api.client import Client
from addin.buttons.registry import TEST_ROWS, UNDO_UPLOAD
from addin.buttons.test_rows import KEEP, ROWS, USUAL_ROWS, in_words, is_waiting
from addin.buttons.undo import CHOSEN, last_if_own, own_newest, undo_by_id, which
from addin.cli.open_file import OpenFile
from addin.cli.options import (
    DATA_HAS_ERRORS,
    DONE,
    NOT_REACHED,
    JsonOption,
    UploadArgument,
    WorkbookArgument,
    client_of_user,
    consoles,
    echo,
    is_text_file,
    leave,
    print_json,
    say,
    upload_id_of,
)
from addin.cli.tables import Watch, show_log, show_report
from addin.errors import BookError, ChoiceError
from addin.outcome import NO, YES, Answers, UserQuestion
from addin.rows.hand_over import UPLOAD_ID
from addin.sentences import NO_UPLOAD
from addin.shell_words import shell_word
from workbook.files.formats import is_workbook
from workbook.text import printable
from workbook.upload import Upload
from workbook.upload_state import UploadState

undo_app = typer.Typer()
LATER: Final = "later"
"""Neither yes nor no: the decision waits."""


@undo_app.command("test", short_help="Write the first rows for real, to be kept or taken back.")
def try_rows(
    file: WorkbookArgument,
    rows: Annotated[
        int | None,
        typer.Option(
            metavar="N", help=f"How many of the first rows to write: {USUAL_ROWS} if not said.", min=1, max=1000
        ),
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep what a test wrote, without asking. With --rows at once.")
    ] = False,
    roll_back: Annotated[bool, typer.Option("--roll-back", help="Take it back, without asking. As --keep.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write the first rows of a workbook for real, look at them, and keep them or take them back, now or later."""
    out, err = consoles()
    if is_text_file(file):
        raise typer.BadParameter(f"{file.name} has no place for marks. Open it in Excel and save it as .xlsx first.")
    if keep and roll_back:
        raise typer.BadParameter("Choose --keep or --roll-back.")
    decision = {KEEP: YES if keep else NO} if keep or roll_back else {}
    with client_of_user() as client, Watch(err) as watch, OpenFile(file, err, watch, client) as opened:
        if decision and rows is None:
            _must_wait_for_a_word(opened, client, file, decision[KEEP])
        steps = opened.press(TEST_ROWS, {ROWS: str(rows or USUAL_ROWS)} | decision)
        done = steps[-1]
        log = client.log(done.upload.id) if done.upload is not None else []
        if done.upload is not None and _waits(done.upload) and not as_json and sys.stdin.isatty():
            show_log(out, done.upload, log)
            decision = _ask(in_words(log))
            if decision[KEEP] != LATER:
                done = opened.press(TEST_ROWS, decision)[-1]
                log = client.log(done.upload.id) if done.upload is not None else []
    upload, report = done.upload, next((step.checked.report for step in steps if step.checked is not None), None)
    sentence = done.sentence
    if upload is not None and _waits(upload):
        sentence = (
            f"{in_words(log)} Nothing is decided yet. Keep the rows: caseload test {shell_word(file)} --keep. "
            f"Take them back: caseload test {shell_word(file)} --roll-back."
        )
    if as_json:
        print_json(
            {
                "upload": None if upload is None else upload.model_dump(),
                "report": None if report is None else report.model_dump(exclude={"follow_up"}),
                "rows": [row.model_dump() for row in log],
                "sentence": sentence,
            }
        )
    else:
        if upload is None and report is not None:
            show_report(out, report)
        if upload is not None and decision.get(KEEP) != LATER:  # else it has been shown just now
            show_log(out, upload, log)
        say(sentence + ("" if upload is None else f" Upload {upload.name}."))
    if upload is None or upload.state in (UploadState.NEEDS_FIXES, UploadState.CANCELLED):
        leave(DATA_HAS_ERRORS)
    leave(NOT_REACHED if upload is not None and upload.state == UploadState.FAILED else DONE)


def _must_wait_for_a_word(opened: OpenFile, client: Client, file: Path, word: str) -> None:
    """A word on a test that nobody has made, or that has its word already, must not write the next rows.

    Whoever repeats --keep has looked at no others. Raises ChoiceError, with what there was to decide.
    """
    meta = opened.meta()
    if is_waiting(client, meta):
        return
    last = client.upload(meta[UPLOAD_ID]) if UPLOAD_ID in meta else None
    decided = ""
    if last is not None and last.test is not None and last.test.kept is not None:
        decided = f" Its last one, {last.name}, is {'kept' if last.test.kept else 'taken back'} already."
    does, option = ("keep", "--keep") if word == YES else ("take back", "--roll-back")
    raise ChoiceError(
        f"No test of {file.name} waits for a word, so there is nothing to {does}, and nothing was sent.{decided} "
        f"Test the next rows: caseload test {shell_word(file)}. "
        f"Test and {does} so many at once: caseload test {shell_word(file)} --rows {USUAL_ROWS} {option}."
    )


def _waits(upload: Upload) -> bool:
    """Whether a test is written and waits for a decision."""
    return upload.is_open_test


def _ask(what: str) -> dict[str, str]:
    """Asks on the terminal whether a test stays. Enter, and Ctrl+C, decide nothing."""
    echo(what)
    words = {"k": YES, "keep": YES, "t": NO, "take back": NO, "l": LATER, "later": LATER, "": LATER}
    while True:
        try:
            answer: str = typer.prompt("Keep the rows (k), take them back (t), or decide later (l)", default="l")
        except typer.Abort:
            return {KEEP: LATER}
        if (word := answer.strip().casefold()) in words:
            return {KEEP: words[word]}


@undo_app.command(short_help="Take back what an upload wrote.")
def undo(
    upload: UploadArgument = None,
    yes: Annotated[bool, typer.Option("--yes", help="Take it back without asking.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Take back what an upload wrote, wherever nobody changed it since. Without --yes, you are asked first."""
    _out, err = consoles()
    asks = not as_json and sys.stdin.isatty()

    def confirm(question: UserQuestion) -> Answers:
        return {question.confirms: YES if yes or (asks and typer.confirm(printable(question.text))) else NO}

    with client_of_user() as client:
        if upload is not None and is_workbook(upload):
            with Watch(err) as watch, OpenFile(Path(upload), err, watch, client, confirm) as opened:
                last = opened.meta().get(UPLOAD_ID)
                if not last:  # whoever names a workbook means no other's upload
                    raise BookError(NO_UPLOAD)
                if yes and not last_if_own(last, client):  # a workbook may name whatever upload it likes
                    raise ChoiceError(_not_yours(client.upload(last), upload))
                done = opened.press(UNDO_UPLOAD, {CHOSEN: last})[-1]
        else:
            upload_id = upload_id_of(upload) if upload else own_newest(client)
            if upload_id is None:
                raise BookError("You have no upload that wrote anything, so there is nothing to take back.")
            done = undo_by_id(client, upload_id, {})
            if done.question is not None:
                done = undo_by_id(client, upload_id, confirm(done.question))
        taken_back = f" It was {which(client.upload(done.upload_id))}." if yes and done.done and done.upload_id else ""
    report = done.undo
    add_yes = report is not None and report.state == UploadState.COMPLETE and report.reversed and not (yes or asks)
    sentence = f"{done.sentence}{taken_back}{' Add --yes to take it back.' if add_yes else ''}"
    say(sentence, as_json, {"upload": done.upload_id, "undo": None if report is None else report.model_dump()})
    leave(DATA_HAS_ERRORS if yes and (report is None or not report.reversed) else DONE)


def _not_yours(upload: Upload, file: str) -> str:
    return (
        f"{file} says that its last upload is one that you have not sent: {which(upload)}. Nothing was changed. "
        "Without --yes you are shown what would be taken back; to take back just that one: "
        f"caseload undo {upload.number} --yes."
    )
