"""How long Validate takes as its user feels it: from the click until the marks are painted.

    python -m benchmarks.validate [--participants 100000] [--assignments 250000] [--runs 3] [--in HOST] [ROWS …]

A real `caseload-server` on SQLite serves a sample agency on loopback. For each number of rows a template is filled,
every twentieth row with a mistake, and Validate is run on it by the two hosts that need no Excel: on the closed file
(opening and saving it belongs to that), and over a pipe in a live LibreOffice Calc that has the file open in a window
(on a screen of its own where Xvfb is found, headless otherwise). Reading is all that comes before the rows are sent,
HTTP is the round trip until the report is understood, and writing all that comes after, in Calc until it has nothing
left to paint. What is printed is the median of the runs, each on a fresh copy of the file.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console

from addin.api.client import Client
from addin.buttons.registry import VALIDATE
from addin.cli.open_file import OpenFile
from addin.cli.tables import Watch
from addin.errors import BookError
from addin.hosts.calc.office import Office
from addin.hosts.calc.program import CalcWindow
from benchmarks.upload import Served, make_agency, served
from server.records.database import open_database, reading
from server.records.reference_data import reference_lists
from server.records.sample.rows import CHOICE, upload_rows
from server.records.sites import find_site
from tests.support.pressing import press
from tests.support.screen import has_screen, screen
from workbook.report import Report
from workbook.sheets.template import build_filled

FILE, CALC = "closed file", "Calc"
ONE_IN = 20
"""One row in so many carries a mistake."""
SCREEN = 1600, 900


class Validated(NamedTuple):
    """Seconds."""

    read: float
    http: float
    write: float

    @property
    def whole(self) -> float:
        return sum(self)


class Timed(Client):
    """A client that keeps when the rows went out and when the report was there."""

    sent = answered = 0.0

    def validate(self, *arguments: Any, **options: Any) -> Report:
        self.sent = time.perf_counter()
        report = super().validate(*arguments, **options)
        self.answered = time.perf_counter()
        return report

    def split(self, began: float) -> Validated:
        return Validated(self.sent - began, self.answered - self.sent, time.perf_counter() - self.answered)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", type=int, default=[600, 10_000, 100_000])
    parser.add_argument("--participants", type=int, default=100_000)
    parser.add_argument("--assignments", type=int, default=250_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--in", dest="host", choices=(FILE, CALC), help="Only in one of the two.")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="caseload-benchmark-") as place:
        folder = Path(place)
        agency = folder / "agency.db"
        make_agency(agency, asked.participants, asked.assignments)
        books = {rows: make_book(agency, folder / f"{rows}.xlsx", rows) for rows in asked.rows}
        print(f"{asked.participants:,} participants, {asked.assignments:,} assignments, SQLite, {os.cpu_count()} cores")
        print(f"{'rows':>8}  {'in':11} {'read':>8} {'HTTP':>8} {'write':>8} {'click to painted':>18}")
        with served(agency) as server, connected(server) as client:
            if asked.host != CALC:
                for path in books.values():
                    show(path, FILE, [in_file(path, client) for _ in range(asked.runs)])
            if asked.host != FILE:
                with office(folder) as calc:
                    for path in books.values():
                        show(path, CALC, [in_calc(path, client, calc) for _ in range(asked.runs)])


def show(path: Path, host: str, runs: list[Validated]) -> None:
    read, http, write = (statistics.median(part) for part in zip(*runs, strict=True))
    whole = statistics.median(run.whole for run in runs)
    print(f"{int(path.stem):>8,}  {host:11} {read:>6.2f} s {http:>6.2f} s {write:>6.2f} s {whole:>16.2f} s", flush=True)


def make_book(agency: Path, path: Path, rows: int) -> Path:
    """A filled template of the sample agency."""
    engine = open_database(f"sqlite:///{agency}")
    try:
        with reading(engine) as connection:
            site = find_site(connection).site_id
            _header, cells = upload_rows(connection, site, rows, rows // ONE_IN, 1, date.today().isoformat())
            lists = reference_lists(connection, site).for_template()
    finally:
        engine.dispose()
    path.write_bytes(build_filled(CHOICE, lists, cells))
    return path


@contextlib.contextmanager
def connected(server: Served) -> Iterator[Timed]:
    token = server.headers["Authorization"].removeprefix("Bearer ")
    with Timed(server.url, token, answer_seconds=600) as client:
        client.reference()  # the connection stands, as it does after Settings
        yield client


@contextlib.contextmanager
def fresh(path: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        yield Path(shutil.copy(path, folder))


def in_file(path: Path, client: Timed) -> Validated:
    """As the command line does it."""
    console = Console(file=io.StringIO())
    with fresh(path) as copy:
        began = time.perf_counter()
        with OpenFile(copy, console, Watch(console), client) as opened:
            opened.press(VALIDATE)
            return client.split(began)


def in_calc(path: Path, client: Timed, calc: Office) -> Validated:
    """As the button does it, in a window that shows the rows."""
    toolkit = calc.context.ServiceManager.createInstanceWithContext("com.sun.star.awt.Toolkit", calc.context)
    with fresh(path) as copy:
        book = CalcWindow(calc.context).open_book(copy)
        window = CalcWindow(calc.context, book.model.getCurrentController().getFrame())
        toolkit.processEventsToIdle()
        began = time.perf_counter()
        press(window, VALIDATE, client)
        window.say("")
        toolkit.processEventsToIdle()
        split = client.split(began)
        book.model.close(True)
        return split


@contextlib.contextmanager
def office(folder: Path) -> Iterator[Office]:
    """A Calc of its own, with a window where there can be one."""
    with contextlib.ExitStack() as stack:
        shown = os.environ | stack.enter_context(screen(*SCREEN)) if has_screen() else None
        try:
            yield stack.enter_context(Office(folder, headless=shown is None, environment=shown))
        except BookError as error:
            raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main()
