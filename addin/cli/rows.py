"""Commands that add rows to a workbook, or export them for ETO (SPEC 9, 10)."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from addin.buttons import download, export, paste, transfer
from addin.buttons.registry import DOWNLOAD_CASELOAD, EXPORT_FOR_ETO, PASTE_DATA, TRANSFER_CASELOAD
from addin.cli.open_file import OpenFile
from addin.cli.options import FileArgument, JsonOption, client_of_user, consoles, is_text_file, say
from addin.cli.tables import Watch
from addin.errors import no_file
from addin.outcome import NO, YES, Answers, UserQuestion
from workbook.text import printable

rows_app = typer.Typer()
BookArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="The workbook that gets the rows.", show_default=False)
]
_HOW_TO_CORRECT: Final = (
    "Press Enter if this is right. To change it, write the number of a column, = and where it goes, such as "
    "3 = Case Number or 3 = not used; several with ; between them."
)


class ExportFormat(StrEnum):
    csv = "csv"
    xlsx = "xlsx"


def _need_file(file: Path) -> None:
    """Raises BookError where there is no workbook yet that rows could go into."""
    if not file.is_file():
        raise no_file(file, to_fill=True)


@rows_app.command("export")
def export_rows(
    file: FileArgument,
    to: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="The folder to write to.", show_default="a new one beside FILE"),
    ] = None,
    file_format: Annotated[ExportFormat, typer.Option("--format", help="What ETO is to get.")] = ExportFormat.csv,
    written: Annotated[bool, typer.Option("--written", help="Also the rows that were written before.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Save clean files for ETO, at most 600 rows each. Needs no server."""
    _out, err = consoles()
    if is_text_file(file):
        done = export.export_csv_file(file, to or export.new_folder(file.parent), file_format)
    else:
        given = {} if to is None else {export.TO: str(to)}
        given |= {export.FORMAT: file_format, export.WRITTEN: YES if written else NO}
        with Watch(err) as watch, OpenFile(file, err, watch) as opened:
            done = opened.press(EXPORT_FOR_ETO, given)[-1]
    changed = [cell._asdict() for cell in done.changed]
    say(done.sentence, as_json, {"files": [str(path) for path in done.files], "rows": done.rows, "changed": changed})


@rows_app.command("paste", short_help="Add the rows of another file.")
def paste_rows(
    file: BookArgument,
    source: Annotated[
        Path, typer.Option("--from", metavar="FILE", help="The file that the rows come from.", show_default=False)
    ],
    corrections: Annotated[
        str,
        typer.Option(
            "--map", metavar="TEXT", help='Where columns go: "Notes = Case Number; 4 = not used".', show_default=False
        ),
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Add the rows of another workbook or text file, its columns found by their headers."""
    out, err = consoles()
    by_hand = not (corrections or as_json) and sys.stdin.isatty() and out.is_terminal

    def ask(question: UserQuestion) -> Answers:
        if not by_hand:
            return {paste.TYPED: ""}
        form = "\n".join([question.words, "", *paste.as_lines(question), "", _HOW_TO_CORRECT])
        return {paste.TYPED: str(typer.prompt(printable(f"{form}\n"), default="", show_default=False))}

    _need_file(file)
    with Watch(err) as watch, OpenFile(file, err, watch, ask=ask) as opened:
        done = opened.press(PASTE_DATA, {paste.FILE: str(source), paste.CORRECTIONS: corrections})[-1]
    saved = opened.saved
    say(
        done.sentence,
        as_json,
        {
            "rows": done.added,
            "columns": done.columns,
            "not_used": done.not_used,
            "empty": done.empty,
            "file": str(saved),
        },
    )


@rows_app.command("download", short_help="Add the open assignments as Update rows.")
def download_rows(
    file: BookArgument,
    program: Annotated[
        str | None, typer.Option(metavar="PROGRAM", help="Only this program, by ID or name.", show_default=False)
    ] = None,
    caseworker: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only this caseworker's, by Staff ID or name.", show_default=False),
    ] = None,
    participant: Annotated[
        str | None, typer.Option(metavar="ID", help="Only this Participant ID.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Add the open assignments as Update rows, ready for an End Date and a reason."""
    _out, err = consoles()
    answers = {
        download.PROGRAM: program or "",
        download.CASEWORKER: caseworker or "",
        download.PARTICIPANT: participant or "",
    }
    _need_file(file)
    with client_of_user() as client, Watch(err) as watch, OpenFile(file, err, watch, client) as opened:
        done = opened.press(DOWNLOAD_CASELOAD, answers)[-1]
    saved = opened.saved
    say(done.sentence, as_json, {"rows": done.added, "refreshed": done.refreshed, "file": str(saved)})


@rows_app.command("transfer", short_help="Add the pairs of rows that hand a caseload over.")
def transfer_rows(
    file: BookArgument,
    giver: Annotated[
        str, typer.Option("--from", metavar="NAME", help="Whose caseload, by Staff ID or name.", show_default=False)
    ],
    receivers: Annotated[
        list[str],
        typer.Option(
            "--to",
            metavar="NAME",
            help="Who receives it, by Staff ID or name; given several times, it is shared.",
            show_default=False,
        ),
    ],
    on: Annotated[str, typer.Option(metavar="DATE", help="The date, such as 1/31/2026.", show_default=False)],
    reason: Annotated[str, typer.Option(metavar="REASON", help="The Reason for Dismissal.", show_default="none")] = "",
    program: Annotated[
        str, typer.Option(metavar="PROGRAM", help="Only this program, by ID or name.", show_default="all")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Add the pairs of rows that hand a caseload over: one ends the old assignment, one begins the new one."""
    _out, err = consoles()
    form = {
        transfer.FROM: giver,
        transfer.TO: "; ".join(receivers),
        transfer.PROGRAM: program,
        transfer.ON: on,
        transfer.WHY: reason,
    }
    _need_file(file)
    with client_of_user() as client, Watch(err) as watch, OpenFile(file, err, watch, client) as opened:
        done = opened.press(TRANSFER_CASELOAD, form)[-1]
    saved = opened.saved
    say(done.sentence, as_json, {"pairs": done.pairs, "rows": done.added, "file": str(saved)})
