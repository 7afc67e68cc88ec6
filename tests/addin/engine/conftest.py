"""The spreadsheets that the engines' tests run in: a closed file, a live Calc, and Excel where one is asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import xlwings as xw

from addin.errors import BookError
from addin.hosts.calc.office import Office
from addin.hosts.calc.program import calc_engine
from addin.hosts.closed.file import closed_file_engine

EXCEL = "CASELOAD_TEST_EXCEL"
"""Set to 1 on Windows or macOS, it has the suite run in Excel as well."""
ENGINES = ["openpyxl", "LibreOffice", *(["excel"] if os.environ.get(EXCEL) == "1" else [])]


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A LibreOffice of this test process's own, without a window."""
    try:
        running = Office(tmp_path_factory.mktemp("office"))
    except BookError as missing:
        pytest.skip(missing.sentence)
    with running:
        yield running


class Spreadsheet:
    """An engine, as the tests use it."""

    def __init__(self, engine: xw.Engine) -> None:
        self.engine = engine
        self.name = engine.name
        self.app = engine.apps.add(add_book=False) if engine.name != "excel" else xw.App(visible=False, add_book=False)

    def open(self, path: Path) -> xw.Book:
        return self.app.books.open(str(path))

    def reopened(self, book: xw.Book) -> xw.Book:
        """Saved, closed, and opened again."""
        path = book.fullname
        book.save()
        book.close()
        return self.app.books.open(path)

    def close(self) -> None:
        for book in list(self.app.books):
            book.close()
        if self.name == "excel":
            self.app.quit()
        else:
            xw.engines.engines.remove(self.engine)


@pytest.fixture(params=ENGINES)
def spreadsheet(request: pytest.FixtureRequest) -> Iterator[Spreadsheet]:
    """Each engine in turn."""
    yield from _spreadsheet(request, str(request.param))


@pytest.fixture
def calc(request: pytest.FixtureRequest) -> Iterator[Spreadsheet]:
    """The live Calc alone."""
    yield from _spreadsheet(request, "LibreOffice")


def _spreadsheet(request: pytest.FixtureRequest, name: str) -> Iterator[Spreadsheet]:
    engine: Any
    if name == "openpyxl":
        engine = closed_file_engine()
    elif name == "LibreOffice":
        engine = calc_engine(request.getfixturevalue("office").context)
    else:
        engine = xw.engines["excel"]
        engine.activate()
    spreadsheet = Spreadsheet(engine)
    yield spreadsheet
    spreadsheet.close()
