"""The command that finds participants and puts one into a workbook's row (SPEC 9, 10)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from addin.buttons import find
from addin.buttons.registry import FIND_PARTICIPANT
from addin.cli.open_file import OpenFile
from addin.cli.options import DATA_HAS_ERRORS, DONE, JsonOption, client_of_user, consoles, echo, leave, print_json, say
from addin.cli.tables import Watch
from addin.errors import BookError, ChoiceError
from addin.outcome import Answers
from workbook.local_time import Order
from workbook.report import ListedParticipant

find_app = typer.Typer()


@find_app.command("find", short_help="Find participants by what you know of them.")
def find_participants(
    name: Annotated[str, typer.Argument(help="A name or its beginning.", show_default=False)] = "",
    born: Annotated[str, typer.Option(metavar="DATE", help="The date of birth.", show_default=False)] = "",
    number: Annotated[
        str, typer.Option(metavar="NUMBER", help="A Participant ID or Case Number.", show_default=False)
    ] = "",
    into: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The workbook that gets the ID.", show_default=False)
    ] = None,
    row: Annotated[
        int, typer.Option(metavar="ROW", help="The row of it that gets the ID.", min=0, show_default=False)
    ] = 0,
    take: Annotated[str, typer.Option(metavar="ID", help="Whom to take, of several.", show_default=False)] = "",
    as_json: JsonOption = False,
) -> None:
    """Find participants by what you know of them; with --into and --row put the ID of one into a row."""
    _out, err = consoles()
    answers = {find.NAME: name, find.BORN: born, find.NUMBER: number or ("" if name or born else take)}
    if not any(text.strip() for text in answers.values()):
        raise typer.BadParameter("Give a name, --born or --number.")
    if (into is None) != (row == 0):
        raise typer.BadParameter("Give --into FILE and --row together.")
    with client_of_user() as client:
        people, order = find.search(client, answers), client.reference().date_order
        if into is None:
            _show(people, answers, order, as_json)
            leave(DONE if people else DATA_HAS_ERRORS)
            return
        if not people and not take:
            raise BookError(f"{find.NOBODY} Nothing was changed. {find.what_to_try(answers, order)}")
        chosen = _chosen(people, take, order, asks=not as_json and sys.stdin.isatty())
        with Watch(err) as watch, OpenFile(into, err, watch, client) as opened:
            done = opened.press(FIND_PARTICIPANT, {find.ROW: str(row), find.CHOSEN: chosen})[-1]
    say(done.sentence, as_json, {"participant_id": chosen, "row": done.row, "file": str(opened.saved)})


def _show(people: list[ListedParticipant], answers: Answers, order: Order, as_json: bool) -> None:
    sentence = find.LIKELIEST if len(people) == find.MOST else ""
    if not people:
        sentence = f"{find.NOBODY} {find.what_to_try(answers, order)}"
    if as_json:
        print_json({"participants": [one.model_dump() for one in people], "sentence": sentence})
        return
    for one in people:
        say(find.in_words(one, order))
    if sentence:
        say(sentence)


def _chosen(people: list[ListedParticipant], take: str, order: Order, *, asks: bool) -> str:
    """The ID of the one to take. Raises ChoiceError where it is not clear who."""
    known = {one.participant_id.casefold(): one.participant_id for one in people}
    if take:
        if take.casefold() in known:
            return known[take.casefold()]
        raise ChoiceError(f"{take} is not among those who were found. Look with `caseload find` first.")
    if len(people) == 1:
        return people[0].participant_id
    if not asks:
        raise ChoiceError(f"{len(people)} may be meant. Look with `caseload find`, and say which with --take ID.")
    for place, one in enumerate(people, start=1):
        echo(f"  {place}  {find.in_words(one, order)}")
    if len(people) == find.MOST:
        echo(find.LIKELIEST)
    while True:
        text = str(typer.prompt("Who is it? The number"))
        if text.isdecimal() and 1 <= int(text) <= len(people):
            return people[int(text) - 1].participant_id
