"""A question to the user in a window of its own, for what a cell or the ribbon cannot take, such as a token."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

from addin.stopped import Stopped

TITLE: Final = "Caseload"
_MAC_QUESTION: Final = """on run argv
    set asked to display dialog (item 1 of argv) default answer (item 2 of argv) with title (item 3 of argv)%s
    return text returned of asked
end run"""


class Cancelled(Stopped):
    """The user closed the question without an answer: nothing went wrong, and nothing is to be said."""

    def __init__(self) -> None:
        super().__init__("Cancelled. Nothing was changed.")


def ask(question: str, default: str = "", *, hidden: bool = False) -> str:
    """What the user types, without the spaces around it. `hidden` shows dots instead.

    Raises Cancelled, and Stopped with one plain sentence where no window can be opened.
    """
    answer = _ask_on_mac(question, default, hidden) if sys.platform == "darwin" else _ask(question, default, hidden)
    if answer is None:
        raise Cancelled
    return answer.strip()


def _ask_on_mac(question: str, default: str, hidden: bool) -> str | None:
    # The texts go in as arguments, so nothing in them is taken for script.
    script = _MAC_QUESTION % (" with hidden answer" if hidden else "")
    done = subprocess.run(  # noqa: S603 - Apple's own program, at its own place
        ["/usr/bin/osascript", "-e", script, question, default, TITLE], capture_output=True, text=True, check=False
    )
    return done.stdout.removesuffix("\n") if done.returncode == 0 else None


def _ask(question: str, default: str, hidden: bool) -> str | None:
    try:
        import tkinter
        from tkinter import simpledialog

        window = tkinter.Tk()
    except Exception as error:  # a Python without Tk, or a computer without a screen
        raise Stopped(
            "No window for your answer can be opened here. Use a terminal instead: caseload connect ADDRESS"
        ) from error
    try:
        window.withdraw()
        window.attributes("-topmost", True)  # in front of Excel
        return simpledialog.askstring(
            TITLE, question, initialvalue=default, show="•" if hidden else "", parent=window
        )
    finally:
        window.destroy()
