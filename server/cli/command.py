"""What all commands of `caseload-server` share: options, exit codes, the database, output and errors."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import typer

from server.settings import Settings
from workbook.text import in_one_line, printable_json

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from server.records.sites import Site

DATA_HAS_ERRORS = 1
WRONG_USE = 2
OUT_OF_REACH = 3
_KINDS: Final = {DATA_HAS_ERRORS: "data-has-errors", WRONG_USE: "wrong-use", OUT_OF_REACH: "out-of-reach"}

SiteOption = Annotated[str | None, typer.Option("--site", metavar="NAME", help="Which site, if there are several.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON, for scripts.")]


@contextmanager
def migrated(settings: Settings) -> Iterator[Engine]:
    """An engine over the database of `settings`, brought up to date."""
    from server.records.database import open_database
    from server.records.migrate import NewerDatabase
    from server.records.migrate import migrate as run

    engine = open_database(settings.database_url)
    try:
        run(engine, settings.ssn_key, lambda sentence: echo(sentence, err=True))
        yield engine
    except NewerDatabase as error:
        fail(OUT_OF_REACH, str(error))
    finally:
        engine.dispose()


def found_site(connection: Connection, name: str | None) -> Site:
    from server.records.sites import SiteFlaw, find_site

    try:
        return find_site(connection, name)
    except SiteFlaw as flaw:
        fail(WRONG_USE, str(flaw))


def say(answer: dict[str, Any], as_json: bool, *lines: str) -> None:
    """Prints an answer: as JSON, or as these lines."""
    if as_json:
        typer.echo(printable_json(json.dumps(answer, ensure_ascii=False)))
    else:
        echo(*lines)


def echo(*lines: str, err: bool = False) -> None:
    """Prints lines, each of which stays one, whatever signs the records have brought into it."""
    for line in lines:
        typer.echo(in_one_line(line), err=err)


def wants_json() -> bool:
    return "--json" in sys.argv[1:]


def fail(code: int, sentence: str, answer: Mapping[str, Any] = MappingProxyType({})) -> NoReturn:
    """Ends with a sentence on standard error. A script that asked for JSON gets `{"error": {"code", "sentence"}}` as
    well, beside the keys of `answer` where the command had found something to say (SPEC 10)."""
    if wants_json():
        error = {"error": {"code": _KINDS[code], "sentence": sentence}}
        typer.echo(printable_json(json.dumps({**answer, **error}, ensure_ascii=False)))
    echo(sentence, err=True)
    sys.exit(code)
