"""Commands that check a file, correct it and submit it (SPEC 10)."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import typer

from addin.buttons.registry import SUBMIT, VALIDATE, Press
from addin.buttons.submit import Submitted
from addin.cli.csv_headers import answer_headers
from addin.cli.csv_submit import submit_csv
from addin.cli.fix_loop import Fixing, Stop, ask
from addin.cli.open_file import OpenFile
from addin.cli.options import (
    DATA_HAS_ERRORS,
    DONE,
    NOT_REACHED,
    WRONG_USE,
    FileArgument,
    JsonOption,
    client_of_user,
    consoles,
    is_text_file,
    leave,
    print_json,
    say,
)
from addin.cli.tables import Watch, show_changes, show_report
from addin.errors import Cancelled, ChoiceError, UnmarkableError
from addin.outcome import NO, YES, Answers, UserQuestion
from addin.rows.check import Checked
from addin.sentences import ROWS_NAMED, counted, judged, what_is_left
from addin.shell_words import shell_word
from workbook.files.header import LEAVE_OUT
from workbook.layout import EMPTY_THE_CELL
from workbook.problems import HEADER_UNCLEAR
from workbook.report import FixGroup, Report
from workbook.text import printable
from workbook.upload import Upload
from workbook.upload_state import UploadState

check_app = typer.Typer()
_NOT_MARKED: Final = (
    "Nothing could be marked, for the file is written in a way that only Excel can change: open it there, save it, and "
    "validate it again."
)


@check_app.command()
def validate(file: FileArgument, as_json: JsonOption = False) -> None:
    """Check a file and mark it; a .csv file is only reported on."""
    out, err = consoles()
    with client_of_user() as client:
        if is_text_file(file):
            report, left_out, saved = client.validate_file(file), list[int](), None
            sentence = judged(report, in_file=True)
        else:
            try:
                with Watch(err) as watch, OpenFile(file, err, watch, client) as opened:
                    checked = opened.press(VALIDATE)[-1]
                report, left_out, sentence, saved = checked.report, checked.left_out, checked.sentence, opened.saved
            except UnmarkableError:  # what cannot be marked is reported all the same, as a .csv file is (SPEC 3)
                report, left_out, saved = client.validate_file(file), [], None
                sentence = f"{judged(report)} {_NOT_MARKED}"
    if as_json:
        beside = {"left_out": left_out, "file": None if saved is None else str(saved)}
        print_json(report.model_dump(exclude={"follow_up"}) | beside)
    else:
        show_report(out, report, left_out)
        say(sentence + ("" if saved is None else f" The marks are in {saved.name}."))
    leave(DATA_HAS_ERRORS if report.counts.errors else DONE)


@check_app.command(short_help="Correct mistakes, each once for all its rows.")
def fix(
    file: FileArgument,
    accept_suggestions: Annotated[
        bool, typer.Option("--accept-suggestions", help="Take every suggestion that is sure, and leave the others.")
    ] = False,
    leave_out_rest: Annotated[
        bool, typer.Option("--leave-out-rest", help="Leave out the rows that still have errors.")
    ] = False,
    remember: Annotated[
        bool, typer.Option("--remember", help="Remember for everybody what Fix Errors says so of, without asking.")
    ] = False,
    header: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEXT",
            help='Of a .csv file, what a header is: "Program=Program Name" or "Notes=leave it out".',
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Correct mistakes, each once for all its rows: by your answers here, or by those in the sheet Fix Errors.

    Of a .csv file the rows are corrected in the file; what its unclear headers are is answered here, and remembered.
    """
    out, err = consoles()
    by_hand = not (accept_suggestions or leave_out_rest or as_json) and sys.stdin.isatty() and out.is_terminal
    if is_text_file(file):
        _fix_headers(file, header or [], by_hand, as_json)
        return
    if header:
        raise typer.BadParameter(f"--header is for .csv files. In {file.name} answer in the sheet Fix Errors, or here.")
    asks = not as_json and sys.stdin.isatty()

    def agree(question: UserQuestion) -> Answers:
        """To what the sheet says is to be remembered. The rows are corrected and saved by then, whatever is said."""
        if remember and not as_json:
            err.print(question.text, markup=False)
        if remember or not asks:
            return {question.confirms: YES if remember else NO}
        try:
            agreed = typer.confirm(printable(question.text))
        except typer.Abort:
            agreed = False
        return {question.confirms: YES if agreed else NO}

    with client_of_user() as client, Watch(err) as watch, OpenFile(file, err, watch, client, agree) as opened:
        fixing = Fixing(opened)
        fixing.from_sheet()
        if accept_suggestions:
            fixing.accept_suggestions()
        if by_hand:
            fixing.by_answers(lambda group, message: ask(out, group, message, fixing.checked.report.date_order))
        if leave_out_rest:
            fixing.leave_out_rest()
    saved = opened.saved
    checked = fixing.checked
    if as_json:
        print_json(
            {
                "accepted": fixing.accepted,
                "changes": [change._asdict() for change in fixing.made],
                "left_out": checked.left_out,
                "counts": checked.report.counts.model_dump(),
                "remembered": fixing.remembered,
                "file": str(saved),
            }
        )
    else:
        show_changes(out, fixing.made, checked.report.date_order)
        show_report(out, checked.report, checked.left_out)
        taken = f"{counted(fixing.accepted, 'suggestion')} taken. " if accept_suggestions else ""
        left = f" {what_is_left(*fixing.left)}" if accept_suggestions and checked.errors else ""
        not_known = f"{fixing.not_known} " if fixing.not_known else ""
        remembered = f" {fixing.remembered}" if fixing.remembered else ""
        if remembered and not (remember or asks):
            remembered += " To have what Fix Errors says so of remembered for everybody, add --remember."
        say(f"{taken}{not_known}{checked.sentence}{left}{remembered} The file is {saved.name}.")
    leave(DATA_HAS_ERRORS if checked.errors else DONE)


def _fix_headers(file: Path, given: list[str], by_hand: bool, as_json: bool) -> None:
    """What can be answered of a .csv file, which has no place for anything else."""
    out, _err = consoles()

    def answer(group: FixGroup) -> str:
        if not by_hand:
            return ""
        said = ask(out, group, f"“{group.value}” looks like a column that the sheet lacks.", "MDY")
        return LEAVE_OUT if said.leave_out or said.replacement == EMPTY_THE_CELL else said.replacement

    with client_of_user() as client:
        try:
            answers, report = answer_headers(file, client, given, answer)
        except Stop:
            raise Cancelled from None
    if not answers and not by_hand:
        raise ChoiceError(_how_to_fix(file, report))
    told = [
        f"From now on “{header}” is {'left out' if meant == LEAVE_OUT else f'read as {meant}'}."
        for header, meant in answers.items()
    ]
    sentence = " ".join([*told, judged(report, in_file=True)])
    if as_json:
        print_json({"answers": answers, "counts": report.counts.model_dump(), "sentence": sentence})
    else:
        show_report(out, report)
        say(sentence)
    leave(DATA_HAS_ERRORS if report.counts.errors else DONE)


def _how_to_fix(file: Path, report: Report) -> str:
    unclear = [group for group in report.fixes if group.code == HEADER_UNCLEAR]
    if not unclear:
        return (
            f"{file.name} has no place for answers to its rows. Correct them in the file, or open it in Excel, save it "
            "as .xlsx and fix that."
        )
    likely = next((one.value for one in unclear[0].suggestions), LEAVE_OUT)
    return (
        f"Say what the unclear headers are, such as: caseload fix {shell_word(file.name)} --header "
        f"{shell_word(f'{unclear[0].value}={likely}', 'HEADER=COLUMN')}. It is remembered."
    )


@check_app.command(short_help="Check a file, ask, upload it, and wait for the outcome.")
def submit(
    file: FileArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Upload without asking, for scripts.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Check a file, say what it would do and ask; then upload it and wait for the outcome."""
    out, err = consoles()
    asks = not as_json and sys.stdin.isatty()

    shown: Report | None = None

    checks: list[Checked] = []

    def noted(press: Press) -> Submitted:
        step = SUBMIT.run(press)
        checks.extend([step.checked] if step.checked is not None else [])
        return step

    def confirm(question: UserQuestion, found: Report | None = None) -> Answers:
        nonlocal shown
        shown = found or checks[-1].report
        text = question.text.removesuffix("Submit now?")
        if not as_json:  # whoever is asked sees first what there is to look at, once
            show_report(out, shown, checks[-1].left_out if checks else ())
            for problem in shown.problems[:ROWS_NAMED]:
                text = text.replace(f" {problem.message}", "", 1)
        err.print(text, markup=False)
        agreed = yes or (asks and typer.confirm("Submit now?"))
        return {question.confirms: YES if agreed else NO}

    report: Report | None = None
    left_out: list[int] = []
    with client_of_user() as client, Watch(err) as watch:
        if is_text_file(file):
            submitted, report = submit_csv(file, client, watch.upload, confirm)
        else:
            with OpenFile(file, err, watch, client, confirm) as opened:
                submitted = opened.press(replace(SUBMIT, run=noted))[-1]
            for checked in checks:
                report, left_out = checked.report, checked.left_out
    upload, sentence = submitted.upload, submitted.sentence
    was_ready = upload is None and report is not None and report.counts.rows > 0 and not report.counts.errors
    if was_ready and not (yes or asks):
        sentence += " Add --yes to submit."
    if as_json:
        found = None if report is None else report.model_dump(exclude={"follow_up"})
        print_json({"upload": None if upload is None else upload.model_dump(), "report": found, "sentence": sentence})
    else:
        if report is not None and report is not shown:
            show_report(out, report, left_out)
        say(sentence + ("" if upload is None else f" Upload {upload.name}."))
    if was_ready:
        leave(DONE if asks else WRONG_USE)
        return
    is_nothing_left = upload is None and report is not None and not report.counts.errors
    leave(DONE if is_nothing_left else _code_of(upload))


def _code_of(upload: Upload | None) -> int:
    if upload is None or upload.state in (UploadState.NEEDS_FIXES, UploadState.CANCELLED):
        return DATA_HAS_ERRORS
    return NOT_REACHED if upload.state == UploadState.FAILED else DONE
