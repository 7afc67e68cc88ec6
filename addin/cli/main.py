"""`caseload`: the add-in's commands over files, for computers without Excel and for scripts (SPEC 10)."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer

from addin import commands
from addin.api import local_server as local
from addin.api.connection import server_address
from addin.api.settings import config_folder
from addin.cli.csv_submit import submit_csv
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
    is_csv,
    known_token,
    leave,
    print_json,
    say,
)
from addin.cli.remembered import remembered_app
from addin.cli.rows import rows_app
from addin.cli.tables import Watch, show_changes, show_log, show_report, show_uploads
from addin.cli.undo import undo_app
from addin.errors import ChoiceError, ClientError, Stopped
from addin.failure_log import keep_details
from addin.sentences import judged, outcome
from workbook.columns import TemplateChoice
from workbook.problems import PROBLEM_KINDS
from workbook.report import Report, Upload

app = typer.Typer(
    help="Check, fix and upload caseload changes from a spreadsheet.",
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
)
app.add_typer(rows_app)
app.add_typer(undo_app)
app.add_typer(remembered_app)


class ProgramBy(StrEnum):
    id = "id"
    name = "name"


class CaseworkerBy(StrEnum):
    staff_id = "staff_id"
    name = "name"
    first_last = "first_last"


class Format(StrEnum):
    xlsm = "xlsm"
    xlsx = "xlsx"
    csv = "csv"


@app.command()
def template(
    file: Annotated[Path | None, typer.Argument(help="Where to save it.", show_default="Caseload.xlsx")] = None,
    program: Annotated[ProgramBy, typer.Option(help="Name programs by their ID or their name.")] = ProgramBy.name,
    caseworker: Annotated[
        CaseworkerBy, typer.Option(help="Name caseworkers by Staff ID, by full name, or by first and last name apart.")
    ] = CaseworkerBy.name,
    enrollment: Annotated[bool, typer.Option("--enrollment", help="With Program Start and End Date.")] = False,
    file_format: Annotated[
        Format | None,
        typer.Option("--format", help="xlsm (with the ribbon), xlsx or csv; else by the ending.", show_default=False),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Save a fresh template with your site's lists."""
    path = file or Path(f"Caseload.{file_format or Format.xlsx}")
    if not path.suffix:
        path = path.with_name(f"{path.name}.{file_format or Format.xlsx}")
    ending = path.suffix.lower().lstrip(".")
    if ending not in tuple(Format) or (file_format and ending != file_format):
        raise typer.BadParameter(f"{path.name} does not end in .{file_format or 'xlsm, .xlsx or .csv'}.")
    choice = TemplateChoice(program.value, caseworker.value, enrollment)
    with client_of_user() as client:
        commands.save_template(client, choice, path)
    say(f"The template is {path}. Fill it in, then run: caseload validate {path.name}", as_json, {"file": str(path)})


@app.command()
def validate(file: FileArgument, as_json: JsonOption = False) -> None:
    """Check a file and mark it; a .csv file is only reported on."""
    out, err = consoles()
    with client_of_user() as client:
        if is_csv(file):
            report, left_out, saved = client.validate_file(file), list[int](), None
            sentence = judged(report)
        else:
            with Watch(err) as watch, OpenFile(file, err, watch) as opened:
                checked = commands.validate(opened.book, client)
                saved = opened.save()
            report, left_out, sentence = checked.report, checked.left_out, checked.sentence
    if as_json:
        beside = {"left_out": left_out, "file": None if saved is None else str(saved)}
        print_json(report.model_dump(exclude={"follow_up"}) | beside)
    else:
        show_report(out, report, left_out)
        say(sentence + ("" if saved is None else f" The marks are in {saved.name}."))
    leave(DATA_HAS_ERRORS if report.counts.errors else DONE)


@app.command()
def fix(
    file: FileArgument,
    accept_suggestions: Annotated[
        bool, typer.Option("--accept-suggestions", help="Take the first suggestion for every mistake that has one.")
    ] = False,
    leave_out_rest: Annotated[
        bool, typer.Option("--leave-out-rest", help="Leave out the rows that still have errors.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Correct mistakes, each once for all its rows: by your answers here, or by those in the sheet Fix Errors."""
    from addin.cli.fix_loop import Fixing, ask

    if is_csv(file):
        raise typer.BadParameter(f"{file.name} has no place for marks. Open it in Excel and save it as .xlsx first.")
    out, err = consoles()
    by_hand = not (accept_suggestions or leave_out_rest or as_json) and sys.stdin.isatty() and out.is_terminal
    with client_of_user() as client, Watch(err) as watch, OpenFile(file, err, watch) as opened:
        fixing = Fixing(opened.book, client, opened.save)
        fixing.from_sheet()
        if accept_suggestions:
            fixing.accept_suggestions()
        if by_hand:
            fixing.by_answers(lambda group, message: ask(out, group, message))
        if leave_out_rest:
            fixing.leave_out_rest()
        saved = opened.save()
    checked = fixing.checked
    if as_json:
        print_json(
            {
                "changes": [change._asdict() for change in fixing.made],
                "left_out": checked.left_out,
                "counts": checked.report.counts.model_dump(),
                "file": str(saved),
            }
        )
    else:
        show_changes(out, fixing.made)
        show_report(out, checked.report, checked.left_out)
        say(f"{checked.sentence} The file is {saved.name}.")
    leave(DATA_HAS_ERRORS if checked.errors else DONE)


@app.command()
def submit(file: FileArgument, as_json: JsonOption = False) -> None:
    """Check a file and, when nothing is wrong with it, upload it and wait for the outcome."""
    out, err = consoles()
    report: Report | None = None
    left_out: list[int] = []
    with client_of_user() as client, Watch(err) as watch:
        if is_csv(file):
            submitted, report = submit_csv(file, client, watch.upload, config_folder())
        else:
            with OpenFile(file, err, watch) as opened:
                submitted = commands.submit(opened.book, client, watch.upload, opened.save)
                opened.save()
            if submitted.checked is not None:
                report, left_out = submitted.checked.report, submitted.checked.left_out
    upload, sentence = submitted.upload, submitted.sentence
    if as_json:
        found = None if report is None else report.model_dump(exclude={"follow_up"})
        print_json({"upload": None if upload is None else upload.model_dump(), "report": found, "sentence": sentence})
    else:
        if report is not None:
            show_report(out, report, left_out)
        say(sentence + ("" if upload is None else f" Upload {upload.id}."))
    leave(_code_of(upload))


@app.command()
def status(
    upload: Annotated[
        str | None, typer.Argument(metavar="[ID or FILE]", help="An upload, or the workbook that was uploaded.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """How an upload stands; without an ID, the newest ones."""
    out, err = consoles()
    with client_of_user() as client:
        if upload is None:
            uploads = client.uploads()
            if as_json:
                print_json({"uploads": [entry.model_dump() for entry in uploads]})
            elif uploads:
                show_uploads(out, uploads)
            else:
                say("There is no upload yet.")
            return
        if Path(upload).suffix.lower() in (".xlsx", ".xlsm"):
            with Watch(err) as watch, OpenFile(Path(upload), err, watch) as opened:
                submitted = commands.refresh_status(opened.book, client)
                if submitted.upload is not None and submitted.upload.state == "complete":
                    opened.save()
            found, sentence = submitted.upload, submitted.sentence
        else:
            found = client.upload(upload)
            sentence = outcome(found)
    if as_json:
        print_json(None if found is None else found.model_dump())
    else:
        say(sentence)


@app.command()
def log(
    upload: Annotated[str | None, typer.Argument(metavar="[ID]", help="An upload.", show_default="the newest")] = None,
    to: Annotated[Path | None, typer.Option(help="Save it as a .csv or .xlsx file.", show_default=False)] = None,
    as_json: JsonOption = False,
) -> None:
    """What became of every row of an upload."""
    out, _err = consoles()
    if to is not None and to.suffix.lower() not in (".csv", ".xlsx"):
        raise typer.BadParameter(f"{to} does not end in .csv or .xlsx.")
    with client_of_user() as client:
        found = commands.newest(client) if upload is None else client.upload(upload)
        if to is not None:
            commands.save_new(to, client.log_file(found.id, to.suffix.lower().lstrip(".")))
            say(f"The log of upload {found.id} is {to}.", as_json, {"upload": found.id, "file": str(to)})
            return
        rows = client.log(found.id)
    if as_json:
        print_json({"upload": found.model_dump(), "rows": [row.model_dump() for row in rows]})
    else:
        show_log(out, found, rows)
        say(f"Upload {found.id}, {found.filename}. {outcome(found)}")


@app.command()
def connect(
    url: Annotated[str | None, typer.Argument(help="The server's address.", show_default=False)] = None,
    on_this_computer: Annotated[
        bool, typer.Option("--local", help="Run a server of your own on this computer.")
    ] = False,
    data: Annotated[
        Path | None, typer.Option("--import", help="With --local: your agency's data, a folder of .csv files.")
    ] = None,
    hmis: Annotated[
        bool, typer.Option("--hmis", help="With --import: it is a HUD HMIS CSV export, or its .zip.")
    ] = False,
    sample: Annotated[
        bool, typer.Option("--sample", help="With --local: an invented agency, to try things out.")
    ] = False,
    staff: Annotated[
        str | None, typer.Option(help="With --local: your Staff ID, where it cannot be told.", show_default=False)
    ] = None,
    stop: Annotated[bool, typer.Option("--stop", help="Stop the server on this computer.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Say which server to use, or run one on this computer. Your token is asked for, or taken from CASELOAD_TOKEN."""
    if sum((url is not None, on_this_computer, stop)) != 1:
        raise typer.BadParameter("Give the server's address, or --local, or --stop.")
    if (data or sample or staff) and not on_this_computer:
        raise typer.BadParameter("--import, --sample and --staff go with --local.")
    if hmis and not data:
        raise typer.BadParameter("--hmis goes with --import.")
    if data and sample:
        raise typer.BadParameter("Choose --import or --sample.")
    if stop:
        was = local.stop(local.data_folder())
        say("The server on this computer is stopped." if was else "No server of yours runs on this computer.", as_json)
        return
    if on_this_computer:
        own = local.set_up(
            local.data_folder(), os.environ, known_token, data=data, hmis=hmis, sample=sample, staff=staff
        )
        sentence = commands.settings(config_folder(), own.url, own.token)
        say(f"{own.sentence}\n{sentence}".strip(), as_json, {"url": own.url})
        return
    assert url is not None
    address = server_address(url)
    token = os.environ.get("CASELOAD_TOKEN") or _asked_token(address)
    say(commands.settings(config_folder(), address, token), as_json, {"url": address})


@app.command()
def install(
    check: Annotated[bool, typer.Option("--check", help="Say what is right and wrong, and change nothing.")] = False,
    calc: Annotated[bool, typer.Option("--calc", help="For LibreOffice Calc instead of Excel.")] = False,
    libreoffice: Annotated[
        Path | None,
        typer.Option("--libreoffice", help="With --calc: LibreOffice's folder, where it is not found by itself.",
                     show_default=False),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Set up this computer so that the buttons in Excel, or in Calc, work."""
    from addin.install import calc as calc_setup
    from addin.install import excel as setup

    if libreoffice is not None and not calc:
        raise typer.BadParameter("--libreoffice goes with --calc.")
    if calc:
        findings, written, advice = calc_setup.set_up(
            local.data_folder(), libreoffice, only_check=check, say=partial(typer.echo, err=True)
        )
    else:
        computer = setup.this_computer()
        written = [] if check or not computer.has_excel_kind else setup.install(computer)
        findings, advice = setup.check(computer), setup.advice(computer)
    if as_json:
        checks = [asdict(finding) for finding in findings]
        print_json({"checks": checks, "written": [str(path) for path in written], "advice": advice})
    else:
        for finding in findings:
            say(f"{finding.state.upper():8}{finding.what}: {finding.sentence}")
        for path in written:
            say(f"Written: {path}")
        for sentence in advice:
            say(f"\n{sentence}")
    leave(NOT_REACHED if any(finding.state == "wrong" for finding in findings) else DONE)


_INTERRUPTED: Final = 130
"""How Typer ends when the user presses Ctrl+C."""


def main() -> None:
    """The program. Ends with one sentence and an exit code, whatever happens; never with a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a sign that a console cannot show must not stop the command
    try:
        app()
    except SystemExit as end:
        if end.code != _INTERRUPTED:
            raise
        _fail(
            "Stopped. What had reached the server goes on there: look with `caseload status`. Submitting the same rows "
            "again writes none of them twice.",
            _INTERRUPTED,
        )
    except Stopped as stopped:
        _fail(stopped.sentence, _exit_code(stopped))
    except Exception:  # the last resort: the user gets a sentence, the file the details
        place = keep_details()
        _fail(
            f"Something went wrong that should not have. Your file is as it was. The details are in {place}.",
            NOT_REACHED,
        )


def _asked_token(address: str) -> str | None:
    """The user's token: asked for without showing it; the one that is kept already when nothing is typed."""
    known = known_token(address)
    if sys.stdin.isatty():
        hint = " (Enter keeps the one you have)" if known else ""
        return typer.prompt(f"Your token{hint}", hide_input=True, default="", show_default=False).strip() or known
    return known or sys.stdin.readline().strip() or None


def _code_of(upload: Upload | None) -> int:
    if upload is None or upload.state in ("needs-fixes", "cancelled"):
        return DATA_HAS_ERRORS
    return NOT_REACHED if upload.state == "failed" else DONE


def _exit_code(stopped: Stopped) -> int:
    if isinstance(stopped, ChoiceError):
        return WRONG_USE
    if isinstance(stopped, ClientError):
        if stopped.code in PROBLEM_KINDS:
            return NOT_REACHED if stopped.code.startswith("file-") else DATA_HAS_ERRORS
        asked_wrongly = 400 <= stopped.status < 500 and stopped.status not in (401, 403, 408, 429)
        if asked_wrongly or stopped.code == "no-address":
            return WRONG_USE
    return NOT_REACHED


def _fail(sentence: str, code: int) -> NoReturn:
    typer.echo(sentence, err=True)
    sys.exit(code)

