"""Commands that show uploads and their logs (SPEC 6, 10)."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from addin.api.client import Client
from addin.buttons.registry import REFRESH_STATUS
from addin.buttons.template import save_new
from addin.buttons.uploads import in_words
from addin.cli.open_file import OpenFile
from addin.cli.options import JsonOption, UploadArgument, client_of_user, consoles, print_json, say, upload_id_of
from addin.cli.tables import Watch, show_log, show_uploads, to_type
from addin.errors import BookError
from addin.rows.hand_over import UPLOAD_ID
from addin.sentences import NO_UPLOAD, outcome
from workbook.files.formats import is_text, is_workbook
from workbook.sheets.log_sheet import log_csv, log_xlsx
from workbook.sheets.uploads_sheet import COMPLETE, IN_PROGRESS, WAITING, part_of
from workbook.upload import Upload

uploads_app = typer.Typer()


class Part(StrEnum):
    waiting = "waiting"
    in_progress = "in-progress"
    complete = "complete"


_PARTS: Final = {Part.waiting: WAITING, Part.in_progress: IN_PROGRESS, Part.complete: COMPLETE}


@uploads_app.command("uploads", short_help="List the uploads: what waits, what runs, what is complete.")
def list_uploads(
    only: Annotated[
        Part | None, typer.Option("--only", help="Those that wait for a decision, or in-progress, or complete.")
    ] = None,
    limit: Annotated[int, typer.Option(metavar="N", help="How many at most, the newest first.", min=1, max=200)] = 50,
    as_json: JsonOption = False,
) -> None:
    """The uploads: what waits for a decision first, then those in progress, then those complete."""
    out, _err = consoles()
    with client_of_user() as client:
        found = client.uploads(limit=limit)
    parts = {part: [one for one in found if part_of(one) == name] for part, name in _PARTS.items()}
    shown = parts if only is None else {only: parts[only]}
    if as_json:
        listed = [one for part in shown.values() for one in part]
        print_json(
            {
                "uploads": [one.model_dump() | {"what_to_do": to_type(one)} for one in listed],
                "sentence": in_words(found),
            }
        )
        return
    for part, some in shown.items():
        if some:
            out.print(f"{_PARTS[part]}:", style="bold", markup=False)
            show_uploads(out, some)
    say(in_words(found))


@uploads_app.command()
def status(
    upload: Annotated[
        str | None, typer.Argument(metavar="NUMBER or FILE", help="An upload, or the workbook that was uploaded.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """How an upload stands; without a number, the newest ones."""
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
        if is_workbook(upload):
            with Watch(err) as watch, OpenFile(Path(upload), err, watch, client) as opened:
                refreshed = opened.press(REFRESH_STATUS)[-1]
            found, sentence = refreshed.upload, refreshed.sentence
        else:
            found = client.upload(upload_id_of(upload))
            sentence = outcome(found)
    if as_json:
        print_json(None if found is None else found.model_dump())
    else:
        say(sentence)


@uploads_app.command()
def log(
    upload: UploadArgument = None,
    to: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Save it as a .csv or .xlsx file.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """What became of every row of an upload."""
    out, err = consoles()
    if to is not None and to.suffix.lower() not in (".csv", ".xlsx"):
        raise typer.BadParameter(f"{to} does not end in .csv or .xlsx.")
    with client_of_user() as client:
        found = _own_newest(client) if upload is None else client.upload(_id_of(upload, err))
        if to is not None:
            rows = client.log(found.id)
            save_new(to, lambda: log_csv(found, rows, summary=True) if is_text(to) else log_xlsx(found, rows))
            facts = {"upload": found.id, "number": found.number, "file": str(to)}
            say(f"The log of upload {found.name} is {to}.", as_json, facts)
            return
        rows = client.log(found.id)
    if as_json:
        print_json({"upload": found.model_dump(), "rows": [row.model_dump() for row in rows]})
    else:
        show_log(out, found, rows)
        say(f"Upload {found.name}, {found.filename}. {outcome(found)}")


def _own_newest(client: Client) -> Upload:
    """Raises BookError where the user has no upload."""
    for upload in client.uploads(limit=1, mine=True):
        return upload
    raise BookError("You have no upload yet. Submit a file first.")


def _id_of(upload: str, err: Console) -> str:
    """The upload's id: the given one, or that of the named workbook's last upload. Raises BookError."""
    if not is_workbook(upload):
        return upload_id_of(upload)
    with Watch(err) as watch, OpenFile(Path(upload), err, watch) as opened:
        found = opened.meta().get(UPLOAD_ID)
    if not found:
        raise BookError(NO_UPLOAD)
    return found
