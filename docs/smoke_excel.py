"""Real Excel on Windows opens Caseload.xlsm, compiles its macros and presses every button. See windows-smoke.md.

It needs nobody's server: it starts one of its own with an invented agency, in a folder that it throws away, and puts
your settings back as they were.
"""

# ruff: noqa: T201, S603, S607 - it reports on the terminal, and starts our own program by its name
from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import xlwings as xw

from addin.api.client import Client
from addin.api.settings import config_folder, save_settings
from addin.errors import Stopped
from workbook.columns import TemplateChoice
from workbook.ribbon import BUTTONS, CHOICES

COMPILE_PROJECT = 578
"""The editor's own number for Debug > Compile."""


def main() -> int:
    if sys.platform != "win32":
        print("This drives Excel for Windows. On a Mac, press the buttons by hand: docs/windows-smoke.md lists them.")
        return 3
    failures: list[str] = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name, server(Path(name)) as (url, token):
        path = Path(name) / "Caseload.xlsm"
        with Client(url, token) as client:
            path.write_bytes(client.template(TemplateChoice(), "xlsm"))
        with settings(url, token):
            press_everything(path, failures)
    for failure in failures:
        print(f"FAILED  {failure}")
    print("Something failed." if failures else "Excel opened the workbook, and every button reached Python.")
    print("Look yourself: open a fresh Caseload.xlsm. No repair prompt, a tab Caseload, three choices with a value.")
    return 1 if failures else 0


def press_everything(path: Path, failures: list[str]) -> None:
    app = xw.App(visible=True, add_book=False)
    try:
        with Boxes() as boxes:
            book = app.books.open(str(path))
            if "epaired" in str(book.api.Windows(1).Caption):
                failures.append("Excel repaired the file on opening.")
            if not book.api.HasVBProject:
                failures.append("Excel sees no macros in the file.")
            compile_project(app, book, failures)
            for choice in CHOICES:
                app.api.Run(f"'{book.name}'!{choice.id}", app.api, *([True] if choice.is_box else ["", 1]))
            for button in BUTTONS:
                boxes.seen.clear()
                try:
                    app.api.Run(f"'{book.name}'!{button.id}", app.api)
                except Exception as error:  # Excel's own, whatever it is
                    failures.append(f"{button.label}: {error}")
                said = " | ".join(boxes.seen)
                if "Traceback" in said or "went wrong" in said or "Could not find Interpreter" in said:
                    failures.append(f"{button.label}: {said}")
                print(f"{button.label:20} {said or '(nothing to say)'}")
                if app.api.StatusBar is not False and button.command not in ("next_error", "previous_error"):
                    failures.append(f"{button.label} left the status bar in use.")
            if not any("Caseload 2" in one.name or "Caseload 3" in one.name for one in app.books):
                failures.append("Generate Template opened no new workbook.")
    finally:
        for book in list(app.books):
            book.api.Close(False)
        app.quit()


def compile_project(app: xw.App, book: xw.Book, failures: list[str]) -> None:
    """Debug > Compile in the editor, where Excel lets a program get at it."""
    try:
        command = app.api.VBE.CommandBars.FindControl(Id=COMPILE_PROJECT)
        app.api.VBE.ActiveVBProject = book.api.VBProject
    except Exception:
        print("Compiling at once needs Trust Center > Macro Settings > Trust access to the VBA project object model.")
        print("Without it each module is compiled as its first macro runs, which happens now.")
        return
    command.Execute()
    if command.Enabled:  # it is greyed once all is compiled
        failures.append("The macros do not compile. Open the editor (Alt+F11) and choose Debug > Compile.")


class Boxes:
    """Reads and closes every message box and question of ours while the macros run."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Boxes:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join(5)

    def _watch(self) -> None:
        import win32con
        import win32gui

        def texts(window: int) -> list[str]:
            found: list[str] = []
            win32gui.EnumChildWindows(window, lambda child, _: found.append(win32gui.GetWindowText(child)), None)
            return [text for text in found if text]

        def visit(window: int, _: Any) -> None:
            if not win32gui.IsWindowVisible(window) or win32gui.GetWindowText(window) not in ("Caseload", "Error"):
                return
            self.seen.append(" ".join(texts(window)) or "(a question)")
            win32gui.PostMessage(window, win32con.WM_CLOSE, 0, 0)

        while not self._done.wait(0.3):
            win32gui.EnumWindows(visit, None)


@contextmanager
def settings(url: str, token: str) -> Iterator[None]:
    """The user's settings name this server until the block ends. Files are put back byte for byte."""
    folder = config_folder()
    before = {path: path.read_bytes() for path in folder.glob("*.json")}
    save_settings(folder, url, token)
    try:
        yield
    finally:
        for path in folder.glob("*.json"):
            if path not in before:
                path.unlink()
        for path, content in before.items():
            path.write_bytes(content)


@contextmanager
def server(folder: Path) -> Iterator[tuple[str, str]]:
    """A server with an invented agency: its address, and a token for its administrator."""
    environment = os.environ | {"CASELOAD_DATABASE_URL": f"sqlite:///{(folder / 'caseload.db').as_posix()}"}

    def run(*arguments: str) -> str:
        return subprocess.run(
            ["caseload-server", *arguments], env=environment, capture_output=True, text=True, check=True
        ).stdout

    run("sample")
    token = json.loads(run("token", "create", "S1", "--json"))["token"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(["caseload-server", "serve", "--port", str(port)], env=environment)
    try:
        while True:
            try:
                with Client(url, None, retries=0) as client:
                    client.health()
                break
            except Stopped:
                if process.poll() is not None:
                    raise
                time.sleep(0.2)
        yield url, token
    finally:
        process.terminate()
        process.wait(30)


if __name__ == "__main__":
    sys.exit(main())
