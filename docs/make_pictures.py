"""`make pictures`: the pictures in the README and in docs/using.md, taken from a real Calc with an invented agency.

Needs, on Debian: apt install libreoffice-calc python3-uno xvfb fonts-crosextra-carlito
(the last are letters as wide as Calibri's). The server runs on one and the same day, so that a picture changes only
when the product does. Everything happens in a folder that is thrown away.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from PIL import Image, ImageGrab

from addin.api.client import Client
from addin.book import DATA, HIDDEN, Book
from addin.buttons.fix import apply_these
from addin.buttons.registry import ACCEPT_SUGGESTIONS, APPLY_FIXES, SUBMIT, UPLOADS, VALIDATE, Handler
from addin.buttons.template import template_content
from addin.errors import BookError
from addin.hosts.calc.book import CalcBook, properties
from addin.hosts.calc.office import Office
from addin.hosts.calc.program import CalcWindow
from addin.hosts.calc.sheet import CalcSheet
from addin.hosts.desk import take_picture
from addin.install.calc import Setup, install
from addin.install.libreoffice import System, find_libreoffice
from addin.outcome import YES, Answers, Outcome, UserQuestion
from addin.rows.data_sheet import read_data
from tests.support.pressing import press
from tests.support.screen import screen
from workbook import layout
from workbook.columns import TemplateChoice
from workbook.report import Report
from workbook.sheets import fix_sheet
from workbook.sheets.uploads_sheet import UPLOADS_SHEET

AnyOutcome = TypeVar("AnyOutcome", bound=Outcome)
ROOT: Final = Path(__file__).parent.parent
PICTURES: Final = ROOT / "docs" / "pictures"
NAMES: Final = ("template.png", "validated.png", "fix-errors.png", "preview.png", "log.png", "uploads.png")
MOST_BYTES: Final = 120_000
_SIZE: Final = (1200, 640)
_CLOCK: Final = """import datetime, time_machine
began = datetime.datetime.fromtimestamp(%r, datetime.UTC)
day = datetime.datetime(2026, 3, 2, 9, 30, tzinfo=datetime.UTC)
time_machine.travel(day + (datetime.datetime.now(datetime.UTC) - began)).start()
"""
"""What every Python of the server runs first: the clock goes on, from one and the same morning."""
_OUT_OF_SIGHT: Final = (90, 1)
_COLOURS: Final = 128
_NEEDED: Final = "apt install libreoffice-calc python3-uno xvfb fonts-crosextra-carlito"
_SERVER: Final = Path(sys.executable).with_name("caseload-server")
_EARLIER: Final = (11, 12, 13, 14)
"""Seeds of the uploads that the log's chart shows beside the last one."""
_HIDDEN_BARS: Final = ("standardbar", "formatobjectbar")
_SETTLE_SECONDS: Final = 2.0


def main() -> None:
    """Takes all pictures, and says where they are."""
    missing = [name for name in ("Xvfb", "soffice") if shutil.which(name) is None]
    if missing:
        sys.exit(f"{', '.join(missing)} not found. On Debian: {_NEEDED}")
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="caseload-pictures-") as name:
        folder = Path(name)
        with _agency(folder) as (url, token), screen(*_SIZE) as shown, Client(url, token) as client:
            setup = Setup(find_libreoffice(System()), folder / "data", folder / "profile")
            install(setup, print)
            with Office(folder, headless=False, environment=setup.environment() | shown) as office:
                _Calc(office, shown["DISPLAY"], folder, client).take_all()
    for picture in NAMES:
        print(f"{PICTURES / picture}: {(PICTURES / picture).stat().st_size // 1000} kB")


class _Agreeing(CalcWindow):
    """Calc with a user who says yes to whatever is asked, such as whether to submit."""

    def ask(self, question: UserQuestion) -> Answers:
        return {question.confirms: YES}


class _Calc:
    """A Calc on the screen, and the pictures of it."""

    def __init__(self, office: Office, display: str, folder: Path, client: Client) -> None:
        self._office = office
        self._display = display
        self._folder = folder
        self._client = client
        self._opened: list[CalcBook] = []
        self._without_spelling()

    def take_all(self) -> None:
        try:
            self._take_all()
        finally:
            for book in self._opened:  # else Calc would ask whether to save them, and nobody would answer
                book.model.close(True)

    def _take_all(self) -> None:
        fresh = self._folder / "Caseload.xlsx"
        fresh.write_bytes(template_content(self._client, TemplateChoice()))
        book = self._open(fresh)
        self._take("template.png")
        self._opened.remove(book)
        book.model.close(True)

        book = self._open(self._folder / "rows.xlsx")
        checked = self._press(book, VALIDATE)
        self._show(book, layout.DATA_SHEET, 80)
        self._at_a_mistake(book, checked.report)
        self._take("validated.png")
        self._send(book, ".uno:Cancel")

        answers, leave_out = self._answers(book)
        self._press(book, ACCEPT_SUGGESTIONS)
        self._show(book, layout.FIX_SHEET, 70)
        self._take("fix-errors.png")

        self._press(book, _applying(answers, leave_out))
        left = self._answers(book)  # what spoke only now
        self._press(book, _applying({}, [*left[0], *left[1]]))
        self._press(book, VALIDATE)
        self._show(book, layout.PREVIEW_SHEET)
        self._take("preview.png")

        self._press(book, SUBMIT)
        self._show(book, layout.LOG_SHEET)
        self._take("log.png")
        self._press(book, UPLOADS)
        self._show(book, UPLOADS_SHEET)
        self._take("uploads.png")

    def _press(self, book: CalcBook, handler: Handler[AnyOutcome]) -> AnyOutcome:
        window = _Agreeing(self._office.context, self._controller(book).getFrame())
        outcome = press(window, handler, self._client)
        window.say("")
        return outcome

    def _open(self, path: Path) -> CalcBook:
        book = CalcWindow(self._office.context).open_book(path)
        self._opened.append(book)
        frame = self._controller(book).getFrame()
        window = frame.getContainerWindow()
        window.setPosSize(0, 0, *_SIZE, 15)
        for bar in _HIDDEN_BARS:  # the picture is of the rows, and of our own bar
            frame.LayoutManager.hideElement(f"private:resource/toolbar/{bar}")
        frame.LayoutManager.hideElement("private:resource/statusbar/statusbar")
        self._send(book, ".uno:Sidebar", Sidebar=False)
        self._show(book, layout.DATA_SHEET)
        return book

    def _show(self, book: CalcBook, name: str, zoom: int = 90) -> None:
        """Brings a sheet to the front, from its beginning, with the cursor out of sight."""
        book.show(_grid(book, name), 0, 0)
        controller = self._controller(book)
        controller.setPropertyValue("ShowPageBreaks", False)
        controller.setPropertyValue("ZoomType", 3)
        controller.setPropertyValue("ZoomValue", zoom)
        panes = [controller.getByIndex(number) for number in range(controller.getCount())]
        begins = [(pane, pane.getFirstVisibleRow(), pane.getFirstVisibleColumn()) for pane in panes]
        book.show(_grid(book, name), *_OUT_OF_SIGHT)
        for pane, row, column in begins:
            pane.setFirstVisibleRow(row)
            pane.setFirstVisibleColumn(column)

    def _at_a_mistake(self, book: CalcBook, report: Report) -> None:
        """Goes to a misspelt caseworker, and opens the list of those who were probably meant."""
        group = max(report.fixes, key=lambda one: (one.column == "Caseworker Name") * len(one.suggestions))
        data = read_data(_pictured(book, DATA))
        row, column = group.rows[0], data.headers.index(group.column) + 1
        controller = self._controller(book)
        pane = controller.getByIndex(controller.getCount() - 1)  # the one that scrolls
        book.show(_grid(book, data.sheet.name), row, column)
        pane.setFirstVisibleColumn(data.headers.index("Caseworker Name"))
        pane.setFirstVisibleRow(max(row - 9, 1))
        time.sleep(_SETTLE_SECONDS)
        self._send(book, ".uno:DataSelect")

    def _answers(self, book: CalcBook) -> tuple[dict[fix_sheet.Key, str], list[fix_sheet.Key]]:
        """The first suggestion for each mistake, and those that have none."""
        data = read_data(_pictured(book, DATA, HIDDEN))
        report = self._client.validate(data.table(without=data.left_out()))
        taken, none = {}, []
        for group in report.fixes:
            key = (group.column, group.value, group.code)
            if group.suggestions:
                taken[key] = group.suggestions[0].value
            else:
                none.append(key)
        return taken, none

    def _take(self, name: str) -> None:
        time.sleep(_SETTLE_SECONDS)
        whole: Image.Image = ImageGrab.grab(xdisplay=self._display)
        whole.crop((0, 0, *_SIZE)).quantize(_COLOURS, dither=Image.Dither.NONE).save(PICTURES / name, optimize=True)
        size = (PICTURES / name).stat().st_size
        if size > MOST_BYTES:
            sys.exit(f"{PICTURES / name} has {size} bytes; {MOST_BYTES} is the most that it may have.")

    def _without_spelling(self) -> None:
        """No red lines below people's names."""
        services = self._office.context.ServiceManager
        settings = services.createInstanceWithContext(
            "com.sun.star.configuration.ConfigurationProvider", self._office.context
        ).createInstanceWithArguments(
            "com.sun.star.configuration.ConfigurationUpdateAccess",
            properties(nodepath="/org.openoffice.Office.Linguistic/SpellChecking"),
        )
        settings.setPropertyValue("IsSpellAuto", False)
        settings.commitChanges()

    def _send(self, book: CalcBook, command: str, **values: Any) -> None:
        """A command of Calc's own, as its menu sends it."""
        services = self._office.context.ServiceManager
        helper = services.createInstanceWithContext("com.sun.star.frame.DispatchHelper", self._office.context)
        helper.executeDispatch(self._controller(book).getFrame(), command, "", 0, properties(**values))

    @staticmethod
    def _controller(book: CalcBook) -> Any:
        return book.model.getCurrentController()


def _grid(book: CalcBook, name: str) -> CalcSheet:
    return next(one for one in book.grids() if one.name == name)


def _pictured(book: CalcBook, *sheets: str) -> Book:
    return Book(take_picture(book, sheets))


def _applying(answers: dict[fix_sheet.Key, str], leave_out: list[fix_sheet.Key]) -> Handler[Outcome]:
    """Apply Fixes with answers that stand in no sheet."""
    return Handler(lambda it: apply_these(it.book, it.client, answers, leave_out), APPLY_FIXES.reads, "")


@contextmanager
def _agency(folder: Path) -> Iterator[tuple[str, str]]:
    """A server with an invented agency, some uploads behind it, and rows to check: its address and a token."""
    clock = folder / "clock"
    clock.mkdir()
    (clock / "sitecustomize.py").write_text(_CLOCK % time.time())
    ours = os.pathsep.join([str(clock), str(ROOT)])
    environment = os.environ | {"CASELOAD_DATABASE_URL": f"sqlite:///{folder / 'caseload.db'}", "PYTHONPATH": ours}
    _run(environment, "sample", "--participants", "2000", "--staff", "24", "--programs", "8")
    token = str(json.loads(_run(environment, "token", "create", "S1", "--json"))["token"])
    log = folder / "server.txt"
    with log.open("w") as output:
        server = subprocess.Popen(
            [_SERVER, "serve", "--port", "0"], env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        url = _address(log, server)
        with Client(url, token) as client:
            for seed in _EARLIER:
                file = folder / f"{seed}.csv"
                _rows(environment, file, rows=5 * seed, mistakes=seed - 8, seed=seed)
                _upload(client, file)
        _rows(environment, folder / "rows.xlsx", rows=60, mistakes=14, seed=3)
        yield url, token
    finally:
        server.terminate()
        server.wait()


def _rows(environment: Mapping[str, str], file: Path, *, rows: int, mistakes: int, seed: int) -> None:
    numbers = {"--rows": rows, "--mistakes": mistakes, "--seed": seed}
    _run(environment, "sample-rows", str(file), *(str(part) for pair in numbers.items() for part in pair))


def _upload(client: Client, file: Path) -> None:
    """Uploads the rows of a file, without those that are wrong."""
    with file.open(newline="", encoding="utf-8-sig") as lines:
        header, *rows = csv.reader(lines)
    report = client.validate_file(file)
    wrong = sorted({problem.row for problem in report.problems if problem.severity == "error"})
    client.wait(client.submit({"header": header, "rows": rows, "leave_out": wrong}, file.stem).id)


def _address(log: Path, server: subprocess.Popen[bytes]) -> str:
    while server.poll() is None:
        found = [word for word in log.read_text().split() if word.startswith("http://")]
        if found:
            return found[0]
        time.sleep(0.1)
    sys.exit(f"The server did not start: {log.read_text()}")


def _run(environment: Mapping[str, str], *arguments: str) -> str:
    done = subprocess.run([_SERVER, *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"caseload-server {' '.join(arguments)}: {done.stderr or done.stdout}")
    return done.stdout


if __name__ == "__main__":
    try:
        main()
    except BookError as error:
        sys.exit(error.sentence)
