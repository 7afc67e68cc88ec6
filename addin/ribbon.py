"""From a press on the ribbon to its command: `RunPython` lands here.

`press` finds the function of that name in `addin/commands.py`, gives it what its parameters ask for by name, and
tells the user in one message box what came of it. Nothing that goes wrong reaches Excel as a traceback.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final

import xlwings as xw

from addin import commands
from addin.api import local_server as local
from addin.api.client import Client
from addin.api.connection import server_address
from addin.api.settings import config_folder, load_settings
from addin.ask import TITLE, Cancelled, ask, choose_file
from addin.errors import Stopped
from addin.failure_log import keep_details
from addin.sentences import outcome
from addin.surroundings import Surroundings
from workbook.report import Upload
from workbook.ribbon import template_choice

_IN_THE_STATUS_BAR: Final = frozenset({"next_error", "previous_error"})
"""Commands that end with a sentence in the status bar, because a message box at every step would be in the way."""
_QUESTIONS: Final = {
    "from_caseworker": "Whose caseload is handed over? Enter the full name or the Staff ID.",
    "to_caseworker": "Who receives it? Enter the full name or the Staff ID.",
    "on": "On which date? It is the last day of the old assignments and the first of the new ones.",
    "reason": "Which Reason for Dismissal do the old assignments get? Leave it empty if your agency has none.",
}
"""What a command needs from its user before it can begin: parameter → the question."""
_ADDRESS: Final = "The server's address. Leave it empty to run a server of your own on this computer."
FAILED: Final = "Something went wrong that should not have. Your rows are as they were."
_NO_BOOK: Final = (
    "Excel did not say which workbook the button belongs to. Close other Excel windows with a workbook of the same "
    "name, and make sure that there is no = in its name."
)


def press(
    command: str, book: xw.Book | None = None, around: Surroundings | None = None, **chosen: int
) -> None:
    """Carries out a button. `command`: its function in `addin.commands`; `book`: the workbook whose ribbon it is,
    found by itself in Excel; `around`: the program, Excel when it is not given; `chosen`: the places of the choices
    on the ribbon.

    Ends in a message box whatever happens, and leaves the status bar free.
    """
    if book is None:
        book = _calling_book()
    keep_bar = False
    try:
        with closing(_Supplies(book, chosen, around)) as supplies:
            function: Callable[..., object] = getattr(commands, command)
            result = function(**supplies.for_parameters(function))
        keep_bar = command in _IN_THE_STATUS_BAR
        if sentence := told(result):
            book.app.alert(sentence, TITLE, mode="info")
    except Cancelled:
        pass
    except Stopped as stopped:
        book.app.alert(f"{stopped.sentence}\n\nThe details are in {keep_details()}", TITLE, mode="critical")
    except Exception:  # the last resort: the user gets a sentence, the file the details
        book.app.alert(f"{FAILED} The details are in {keep_details()}", TITLE, mode="critical")
    finally:
        if not keep_bar:
            book.app.status_bar = False


def told(result: object) -> str:
    """What a command's answer says to the user; "" where the workbook shows it already."""
    if isinstance(result, str):
        return result
    if isinstance(result, Upload):
        return outcome(result)
    sentence = getattr(result, "sentence", None)
    if not isinstance(sentence, str):
        return ""
    notes = [note for one in (result, getattr(result, "checked", None)) for note in getattr(one, "notes", ())]
    return " ".join([sentence, *notes])


def free_path(folder: Path, taken: Iterable[str], name: str = "Caseload.xlsm") -> Path:
    """A file of this name that is not there yet, numbered where need be. `taken`: names of open workbooks, of which
    Excel opens no second."""
    wanted = Path(name)
    busy = {one.casefold() for one in taken}
    number = 1
    while True:
        path = folder / (name if number == 1 else f"{wanted.stem} {number}{wanted.suffix}")
        if not path.exists() and path.name.casefold() not in busy:
            return path
        number += 1


class _Supplies:
    """What commands can ask for, by the name of the parameter. Only what is asked for is made."""

    def __init__(self, book: xw.Book, chosen: dict[str, int], around: Surroundings | None = None) -> None:
        self._book = book
        self._around = around or Surroundings(ask, choose_file, os.environ)
        self._chosen = chosen
        self._client: Client | None = None
        self._own_token: str | None = None
        self._url = ""

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    def for_parameters(self, function: Callable[..., object]) -> dict[str, Any]:
        """One argument for each parameter that has no default, and `ask` for those that have one."""
        makers: dict[str, Callable[[], object]] = {
            "book": lambda: self._book,
            "client": self.client,
            "choice": lambda: template_choice(**self._chosen),
            "path": self.path,
            "to": lambda: free_path(self.beside(), (), "Caseload for ETO"),
            "folder": config_folder,
            "url": self.url,
            "token": self.token,
            "ask": lambda: self._around.ask,
            "choose_file": lambda: self._around.choose_file,
            "confirm": lambda: self.confirm,
            **{name: partial(self._around.ask, question) for name, question in _QUESTIONS.items()},
        }
        wanted = inspect.signature(function).parameters.values()
        needed = [one.name for one in wanted if one.default is inspect.Parameter.empty or one.name == "ask"]
        return {name: makers[name]() for name in needed}

    def client(self) -> Client:
        settings = load_settings(config_folder(), self._around.environment)
        if settings.url:
            local.wake(
                local.data_folder(), settings.url, self._around.environment, program=self._around.server_program
            )
        self._client = settings.client()
        return self._client

    def confirm(self, question: str) -> bool:
        """Whether the user says yes."""
        return bool(self._book.app.alert(question, TITLE, buttons="yes_no") == "yes")

    def path(self) -> Path:
        """Where a new workbook goes."""
        return free_path(self.beside(), [one.name for one in self._book.app.books], self._around.template)

    def beside(self) -> Path:
        """The folder of this workbook, or the user's documents when it is not on disk."""
        try:
            folder = Path(self._book.fullname).parent
        except xw.XlwingsError:  # a workbook in the cloud that has no place on this computer
            folder = Path()
        if folder.is_absolute() and folder.is_dir():
            return folder
        documents = Path.home() / "Documents"
        return documents if documents.is_dir() else Path.home()

    def url(self) -> str:
        known = load_settings(config_folder(), self._around.environment).url or ""
        self._url = self._around.ask(_ADDRESS, known)
        if self._url:
            self._url = server_address(self._url)  # as it will be kept
        else:
            own = local.set_up(
                local.data_folder(), self._around.environment, _known_token, program=self._around.server_program
            )
            self._url, self._own_token = own.url, own.token
        return self._url

    def token(self) -> str | None:
        if self._own_token is not None:
            return self._own_token
        known = _known_token(self._url)
        hint = " Leave it empty to keep the one you have." if known else ""
        return self._around.ask(f"Your own token for {self._url}.{hint}", hidden=True) or known


def _known_token(url: str) -> str | None:
    return load_settings(config_folder(), {"CASELOAD_URL": url}).token


def _calling_book() -> xw.Book:
    """The workbook that RunPython was called from. Without one there is no Excel to show a box in: what is printed
    on the way out, xlwings' own macro shows."""
    try:
        return xw.Book.caller()
    except Exception:
        raise SystemExit(f"{_NO_BOOK} The details are in {keep_details()}") from None
