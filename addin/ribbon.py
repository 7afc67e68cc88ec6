"""Carry out a button of the ribbon or of Calc's menu, and show one message."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol

from addin.api import local_server
from addin.api.client import Client
from addin.api.connection import OwnAddress
from addin.api.settings import config_folder, load_settings
from addin.buttons.connect import KnownServer, ServerHere
from addin.buttons.registry import HANDLERS, Around
from addin.errors import Broken, Cancelled, ClientError, Stopped
from addin.failure_log import keep_details
from addin.foreign.table import ReadRows
from addin.outcome import Answers
from addin.press import SpreadsheetProgram, carry_through

TITLE: Final = "Caseload"


class Window(SpreadsheetProgram, Protocol):
    """A spreadsheet program with its user in front of it."""

    template_name: str
    """What a fresh template is called; the ending says whether it brings the ribbon."""
    environment: Mapping[str, str]
    """For the settings, and for programs that are started."""
    server_program: str | None
    """caseload-server, where it is not to be looked for beside the Python that runs."""

    asks_outside: Path | None
    """The folder whose files it opens without asking its user each time; None where it asks for no file."""

    def tell(self, sentence: str, *, failed: bool) -> None:
        """A message box."""


def press(window: Window, command: str, answers: Answers, read_rows: ReadRows) -> None:
    """Carries out a button. `command`: its name in the table of buttons; `answers`: what is chosen on the ribbon;
    `read_rows` reads another, closed workbook.

    Always ends in one message: in a box, or in the status bar where a box would be in the way.
    """
    computer = _Computer(window)
    try:
        last = carry_through(window, HANDLERS[command], computer.around(read_rows), answers)[-1]
        if last.in_status_bar:
            window.say(last.message)
            return
        window.say("")
        if last.message:
            window.tell(last.message, failed=False)
    except Cancelled:
        window.say("")
    except Stopped as stopped:
        window.say("")
        window.tell(f"{stopped.sentence}{_details(stopped)}", failed=True)
    except Exception as error:  # the last resort: the user gets a sentence, the file the details
        window.tell(f"{Broken().sentence} The details are in {keep_details(error)}", failed=True)
    finally:
        computer.close()


def _details(stopped: Stopped) -> str:
    """Where the details of a failure are, for those that only an administrator can fix; "" for others."""
    if isinstance(stopped, Broken):
        return f" The details are in {keep_details(stopped)}"
    if isinstance(stopped, ClientError) and stopped.__cause__ is not None and stopped.code != "no-address":
        return f"\n\nThe details are in {keep_details(stopped)}"
    return ""


class _Computer:
    """The user's settings and server for a press. Each is loaded only when the button needs it."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._client: Client | None = None

    def around(self, read_rows: ReadRows) -> Around:
        return Around(
            connect=self._connect,
            folder=config_folder(),
            documents=_documents(),
            template_name=self._window.template_name,
            read_rows=read_rows,
            known=KnownServer(
                load_settings(config_folder(), self._window.environment).url or "", _known_token, self._wake
            ),
            server_here=ServerHere(self._run_own, self._own_here),
            say=self._window.say,
            asks_outside=self._window.asks_outside,
        )

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    def _connect(self) -> Client:
        if self._client is None:
            settings = load_settings(config_folder(), self._window.environment)
            self._client = settings.client(self._wake(settings.url) if settings.url else None)
        return self._client

    def _wake(self, url: str) -> OwnAddress | None:
        return local_server.wake(
            local_server.data_folder(), url, self._window.environment, program=self._window.server_program
        )

    def _run_own(self, choice: local_server.AgencyChoice) -> local_server.OwnServer:
        return local_server.set_up(
            local_server.data_folder(),
            self._window.environment,
            _known_token,
            choice,
            program=self._window.server_program,
        )

    def _own_here(self) -> list[str]:
        return local_server.own_agencies(
            local_server.data_folder(), self._window.environment, program=self._window.server_program
        )


def _documents() -> Path:
    """Where the user keeps documents, as the system has it: it may be in OneDrive (EXCEL-TRUTH 28)."""
    from platformdirs import user_documents_path

    documents = user_documents_path()
    return documents if documents.is_dir() else Path.home()


def _known_token(url: str) -> str | None:
    return load_settings(config_folder(), {"CASELOAD_URL": url}).token
