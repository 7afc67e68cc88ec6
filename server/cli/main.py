"""The command line `caseload-server`: set up, run and look after the server and its database (SPEC 10).

Exit codes: 0 done, 1 the data has errors, 2 wrong use, 3 the server, file or database cannot be reached.
"""

from __future__ import annotations

import csv
import io
import sys
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import typer
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError, NoSuchModuleError

from server.cli.accounts import site_app, token_app
from server.cli.audit import audit_app, key_app
from server.cli.command import (
    DATA_HAS_ERRORS,
    OUT_OF_REACH,
    WRONG_USE,
    JsonOption,
    SiteOption,
    echo,
    fail,
    found_site,
    migrated,
    say,
    wants_json,
)
from server.cli.database_failures import in_a_sentence
from server.cli.ending import ended_in_order, swept_files
from server.cli.ssn import ssn_app
from server.core_dumps import leave_no_core_dump
from server.records.ssn import WrongKey, check_key
from server.settings import DamagedKey, Settings
from workbook.files.garbage import without_garbage_collection

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from server.records.imports.incoming import Incoming
    from server.records.sites import Site

_MOST_PROBLEMS = 50
"""How many problems of an import are printed; with --json all of them are."""
_WRONG_CALL: Final[Any] = typer.BadParameter.__mro__[1]
"""What Typer raises for a call that it does not understand: the class above the one that it gives out by name."""

app = typer.Typer(
    help="The Caseload Upload server: its agency's records, its access tokens, and the service itself.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(token_app, name="token")
app.add_typer(site_app, name="site")
app.add_typer(audit_app, name="audit")
app.add_typer(key_app, name="key")
app.add_typer(ssn_app, name="ssn")


def _print_version(wanted: bool) -> None:
    if wanted:
        echo(f"caseload-server {version('caseload-upload')}")
        raise typer.Exit


@app.callback()
def _caseload_server(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """The Caseload Upload server: its agency's records, its access tokens, and the service itself."""


def main() -> None:
    """Runs the command line; a failure is a sentence on standard error, JSON for scripts, and an exit code."""
    leave_no_core_dump()
    with ended_in_order():
        _run()


def _run() -> None:
    try:
        sys.exit(app(standalone_mode=False))
    except _WRONG_CALL as wrong:
        if wants_json():
            fail(WRONG_USE, wrong.format_message())
        shown = io.StringIO()
        wrong.show(shown)
        echo(*shown.getvalue().rstrip().split("\n"), err=True)
        sys.exit(WRONG_USE)
    except ValidationError as error:
        flaw = error.errors()[0]
        name = f"CASELOAD_{'_'.join(str(part) for part in flaw['loc']).upper()}"
        fail(WRONG_USE, f"{name} cannot be used: {flaw['msg'].removeprefix('Value error, ')}.")
    except (DBAPIError, NoSuchModuleError, ModuleNotFoundError) as error:
        if isinstance(error, ModuleNotFoundError) and error.name != "psycopg":
            raise
        if isinstance(error, DBAPIError):
            fail(OUT_OF_REACH, in_a_sentence(error))
        fail(OUT_OF_REACH, "PostgreSQL needs one more package: pip install 'caseload-upload[server,postgresql]'.")
    except (WrongKey, DamagedKey) as error:
        fail(WRONG_USE, str(error))
    except OSError as error:
        fail(
            OUT_OF_REACH,
            f"{error.filename or 'A file'} cannot be used: {error.strerror or error}. "
            "Check that it is there and that you may read and write it, or choose another place.",
        )


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes any free one.")] = 8741,
    worker: Annotated[bool, typer.Option("--worker/--no-worker", help="Also work on the uploads.")] = True,
) -> None:
    """Serve the web address that the spreadsheets talk to, and work on what they upload."""
    with without_garbage_collection():
        from server.serve import CannotServe
        from server.serve import serve as run

    settings = Settings()
    with migrated(settings) as engine:
        check_key(engine, settings.ssn_key())
    try:
        run(settings, host, port, worker)
    except CannotServe as error:
        fail(OUT_OF_REACH, str(error))


@app.command()
def worker() -> None:
    """Work on uploads, beside a server that was started with --no-worker."""
    from server.worker import work

    settings = Settings()
    with migrated(settings) as engine:
        check_key(engine, settings.ssn_key())
    work(settings)


@app.command()
def migrate(as_json: JsonOption = False) -> None:
    """Bring the database up to date. Every other command does so by itself."""
    from server.records.database import open_database
    from server.records.migrate import NewerDatabase
    from server.records.migrate import migrate as run

    settings, notes = Settings(), list[str]()
    engine = open_database(settings.database_url)
    try:
        changed = run(engine, settings.ssn_key, notes.append)
    except NewerDatabase as error:
        fail(OUT_OF_REACH, str(error))
    finally:
        engine.dispose()
    done = "The database is up to date now." if changed else "It was up to date."
    say({"migrated": changed, "notes": notes}, as_json, done, *notes)


@app.command("import")
def import_(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The folder with the .csv files, or a .zip of it.")],
    hmis: Annotated[bool, typer.Option("--hmis", help="It is a HUD HMIS CSV export.")] = False,
    administrator: Annotated[
        str | None, typer.Option(metavar="STAFF_ID", help="Who is an administrator, where staff.csv does not say.")
    ] = None,
    site: SiteOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring in an agency's records: participants, programs, staff, enrollments, feeder, access, assignments.

    All of it or nothing: what is wrong is listed with file, line and column. Importing again adds what is new and
    changes what has changed.
    """
    from server.records.imports.files import read_directory
    from server.records.imports.folder import import_folder
    from server.records.imports.hmis import read_hmis
    from server.records.imports.incoming import ImportRefused
    from server.records.imports.known_ids import stored_staff

    settings = Settings()
    with migrated(settings) as engine:
        from server.records.database import reading, writing
        from server.records.sites import date_order_of

        check_key(engine, settings.ssn_key())
        with reading(engine) as connection:
            order = date_order_of(connection, site)
        try:
            with import_folder(directory) as folder:
                while True:
                    # Outside of any transaction: it takes as long as it takes, and others want to write meanwhile.
                    incoming = read_hmis(folder, date.today().isoformat()) if hmis else read_directory(folder, order)
                    with writing(engine) as connection:
                        chosen = _site_to_fill(connection, site)
                        if hmis or order == chosen.rules.date_order:
                            if administrator:
                                incoming.make_administrator(administrator, stored_staff(connection, chosen.site_id))
                            _import_into(connection, settings, chosen, incoming, as_json)
                            return
                        order = chosen.rules.date_order  # changed since the files were read by it
        except ImportRefused as refused:
            _refuse(refused)


@app.command()
def sample(
    participants: Annotated[int, typer.Option(min=0, help="How many participants.")] = 5_000,
    staff: Annotated[int, typer.Option(min=1, help="How many staff; S1 is the administrator.")] = 60,
    programs: Annotated[int, typer.Option(min=0, help="How many programs.")] = 12,
    assignments: Annotated[
        int | None, typer.Option(min=0, help="How many assignments, open and closed. [default: 2.5 per participant]")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same agency.")] = 1,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="DIR", help="Write import files there instead of the database.")
    ] = None,
    site: SiteOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a believable agency to try things with. Nobody in it is real."""
    from server.records.sample.agency import AgencySize, make_agency, write_directory

    count = participants * 5 // 2 if assignments is None else assignments
    agency = make_agency(AgencySize(participants, staff, programs, count), seed, date.today().isoformat())
    if to is not None:
        try:
            write_directory(agency, to)
        except FileExistsError as there:
            fail(WRONG_USE, f"{there.filename} is there already. Choose another folder, or move it away first.")
        say({"directory": str(to)}, as_json, f"The agency's files are in {to}. Bring them in: import {to}")
        return
    settings = Settings()
    with migrated(settings) as engine:
        from server.records.database import writing
        from server.records.imports.incoming import ImportRefused

        check_key(engine, settings.ssn_key())
        try:
            with writing(engine) as connection:
                _import_into(connection, settings, _site_to_fill(connection, site), agency, as_json)
        except ImportRefused as refused:
            _refuse(refused)


@app.command("sample-rows")
def sample_rows(
    to: Annotated[Path, typer.Argument(metavar="FILE", help="A .csv file, or an .xlsx to be made from the template.")],
    rows: Annotated[int, typer.Option(min=1, help="How many rows.")] = 600,
    mistakes: Annotated[int, typer.Option(min=0, help="How many of them carry a mistake.")] = 30,
    seed: Annotated[int, typer.Option(help="The same seed gives the same rows.")] = 1,
    site: SiteOption = None,
) -> None:
    """Write believable rows to upload for a site, some with the mistakes that people make."""
    from server.records.database import reading
    from server.records.reference_data import reference_lists
    from server.records.sample.rows import CHOICE, upload_rows
    from workbook.layout import no_formula
    from workbook.whole_file import write_new

    with migrated(Settings()) as engine, reading(engine) as connection:
        found = found_site(connection, site)
        header, cells = upload_rows(connection, found.site_id, rows, mistakes, seed, date.today().isoformat())
        lists = reference_lists(connection, found.site_id).for_template()

    if to.suffix.lower() == ".xlsx":
        from workbook.sheets.template import build_filled

        with swept_files():
            content = build_filled(CHOICE, lists, cells)
    else:
        text = io.StringIO()
        csv.writer(text).writerows([header, *([no_formula(cell) for cell in row] for row in cells)])
        content = text.getvalue().encode("utf-8-sig")
    try:
        if to.exists() and not to.is_file():  # a pipe, or /dev/stdout
            to.write_bytes(content)
        else:
            write_new(to, content)
    except FileExistsError:
        fail(WRONG_USE, f"There is a file {to} already. Choose another name, or move it away first.")
    echo(f"{len(cells)} rows are in {to}.")


def _site_to_fill(connection: Connection, name: str | None) -> Site:
    """The site to import into. The very first is made here, and so is one with a name that is new."""
    from server.records.sites import DEFAULT_NAME, create_site, list_sites

    known = {site.rules.name.casefold() for site in list_sites(connection)}
    new = name or (None if known else DEFAULT_NAME)
    if new and new.strip().casefold() not in known:
        create_site(connection, new)
    return found_site(connection, name)


def _import_into(connection: Connection, settings: Settings, site: Site, incoming: Incoming, as_json: bool) -> None:
    from server.records.imports.agency import import_records
    from server.records.imports.words import in_words
    from server.records.ssn import SsnHasher

    summary = import_records(connection, site.site_id, incoming, SsnHasher(settings.ssn_key()))
    counts = {kind: tally._asdict() for kind, tally in summary.counts.items()}
    skipped = [one._asdict() for one in summary.skipped]
    answer = {
        "site": site.rules.name, "counts": counts, "removed": summary.removed, "skipped": skipped,
        "notes": summary.notes, "missing": summary.missing,
    }  # fmt: skip
    say(answer, as_json, f"Imported into {site.rules.name}:", *in_words(summary))


def _refuse(refused: Any) -> NoReturn:
    if not wants_json():
        for problem in refused.problems[:_MOST_PROBLEMS]:
            echo(str(problem), err=True)
        more = len(refused.problems) - _MOST_PROBLEMS
        if more > 0:
            echo(f"… and {more:,} more; --json lists all of them.", err=True)
    problems = {"problems": [problem._asdict() for problem in refused.problems]}
    fail(DATA_HAS_ERRORS, f"Nothing was imported: {len(refused.problems):,} to correct first.", problems)
