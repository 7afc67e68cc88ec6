"""The command `caseload template`: save a fresh template as a file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from addin.buttons.template import save_template
from addin.cli.options import JsonOption, client_of_user, say
from addin.shell_words import shell_word
from workbook.columns import TemplateChoice

template_app = typer.Typer()


class ProgramBy(StrEnum):
    id = "id"
    name = "name"


class CaseworkerBy(StrEnum):
    staff_id = "staff_id"
    name = "name"
    first_last = "first_last"


class TemplateFormat(StrEnum):
    xlsm = "xlsm"
    xlsx = "xlsx"
    csv = "csv"


@template_app.command()
def template(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="Where to save it.", show_default="Caseload.xlsx")
    ] = None,
    program: Annotated[ProgramBy, typer.Option(help="Name programs by their ID or their name.")] = ProgramBy.name,
    caseworker: Annotated[
        CaseworkerBy, typer.Option(help="Name caseworkers by Staff ID, by full name, or by first and last name apart.")
    ] = CaseworkerBy.name,
    enrollment: Annotated[bool, typer.Option("--enrollment", help="With Program Start and End Date.")] = False,
    file_format: Annotated[
        TemplateFormat | None,
        typer.Option("--format", help="xlsm (with the ribbon), xlsx or csv; else by the ending.", show_default=False),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Save a fresh template with your site's lists."""
    path = file or Path(f"Caseload.{file_format or TemplateFormat.xlsx}")
    if not path.suffix:
        path = path.with_name(f"{path.name}.{file_format or TemplateFormat.xlsx}")
    ending = path.suffix.lower().lstrip(".")
    if ending not in tuple(TemplateFormat) or (file_format and ending != file_format):
        raise typer.BadParameter(f"{path.name} does not end in .{file_format or 'xlsm, .xlsx or .csv'}.")
    choice = TemplateChoice(program.value, caseworker.value, enrollment)
    with client_of_user() as client:
        save_template(client, choice, path)
    told = f"The template is {path}. Fill it in, then run: caseload validate {shell_word(path.name)}"
    say(told, as_json, {"file": str(path)})
