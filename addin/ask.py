"""A question to the user in a window of its own, for what a cell or the ribbon cannot take, such as a token."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from addin.errors import Cancelled, Stopped

TITLE: Final = "Caseload"
_MAC_QUESTION: Final = """on run argv
    set asked to display dialog (item 1 of argv) default answer (item 2 of argv) with title (item 3 of argv)%s
    return text returned of asked
end run"""
_MAC_FILE: Final = """on run argv
    return POSIX path of (choose file with prompt (item 1 of argv))
end run"""


Ask = Callable[[str], str]
"""What a command is given to ask with: the question → the answer."""


def ask(question: str, default: str = "", *, hidden: bool = False) -> str:
    """What the user types, without the spaces around it. `hidden` shows dots instead.

    Raises Cancelled, and Stopped with one plain sentence where no window can be opened.
    """
    answer = _ask_on_mac(question, default, hidden) if sys.platform == "darwin" else _ask(question, default, hidden)
    if answer is None:
        raise Cancelled
    return answer.strip()


def choose_file(question: str) -> Path:
    """The workbook or .csv file that the user picks in a window of their system. Raises as `ask` does."""
    chosen = _choose_on_mac(question) if sys.platform == "darwin" else _choose(question)
    if not chosen:
        raise Cancelled
    return Path(chosen)


def _choose_on_mac(question: str) -> str | None:
    done = subprocess.run(  # noqa: S603 - Apple's own program, at its own place
        ["/usr/bin/osascript", "-e", _MAC_FILE, question], capture_output=True, text=True, check=False
    )
    return done.stdout.removesuffix("\n") if done.returncode == 0 else None


def _choose(question: str) -> str | None:
    window = _window()
    try:
        from tkinter import filedialog

        kinds = [("Workbooks and CSV files", "*.xlsx *.xlsm *.csv"), ("All files", "*")]
        return filedialog.askopenfilename(parent=window, title=question, filetypes=kinds) or None
    finally:
        window.destroy()


def _ask_on_mac(question: str, default: str, hidden: bool) -> str | None:
    # The texts go in as arguments, so nothing in them is taken for script.
    script = _MAC_QUESTION % (" with hidden answer" if hidden else "")
    done = subprocess.run(  # noqa: S603 - Apple's own program, at its own place
        ["/usr/bin/osascript", "-e", script, question, default, TITLE], capture_output=True, text=True, check=False
    )
    return done.stdout.removesuffix("\n") if done.returncode == 0 else None


def _ask(question: str, default: str, hidden: bool) -> str | None:
    window = _window()
    try:
        from tkinter import simpledialog

        return simpledialog.askstring(
            TITLE, question, initialvalue=default, show="•" if hidden else "", parent=window
        )
    finally:
        window.destroy()


def _window() -> Any:
    """A window that is not seen, for a question to stand in front of Excel."""
    try:
        import tkinter

        window = tkinter.Tk()
        window.withdraw()
        window.attributes("-topmost", True)
    except Exception as error:  # a Python without Tk, or a computer without a screen
        raise Stopped(
            "No window for your answer can be opened here. Use a terminal instead: caseload --help"
        ) from error
    return window
