"""From a click in Calc's menu or toolbar to the press of a button, in Calc's own process."""

from __future__ import annotations

import inspect
import os
from typing import Any

import xlwings as xw

from addin import commands, ribbon
from addin.engine.host import Book
from addin.errors import Cancelled, Stopped
from addin.failure_log import keep_details
from addin.hosts.calc.book import CalcBook
from addin.hosts.calc.dialogs import Dialogs
from addin.hosts.calc.program import NAME, calc_engine
from addin.install.libreoffice import bare_environment
from addin.surroundings import Surroundings
from workbook.ribbon import BUTTONS, CHOICES


def press(context: Any, frame: Any, command: str, server: str | None) -> None:
    """Carries out a button on the workbook that it is pressed in. `context`: Calc's component context; `frame`: the
    window that was clicked in; `command`: the button's; `server`: the program caseload-server, where there is one.

    Ends with a message box whatever happens.
    """
    dialogs = Dialogs(context, frame)
    try:
        book = _book(_engine(context), frame)
        chosen = dialogs.choose(_label(command), CHOICES) if _takes_choice(command) else {}
    except Cancelled:
        return
    except Stopped as stopped:
        dialogs.tell(stopped.sentence)
        return
    except Exception:  # the last resort, as on the ribbon
        dialogs.tell(f"{ribbon.FAILED} The details are in {keep_details()}")
        return
    around = Surroundings(
        dialogs.ask, dialogs.choose_file, bare_environment(os.environ), template="Caseload.xlsx", server_program=server
    )
    ribbon.press(command, book, around, **chosen)


def _engine(context: Any) -> xw.Engine:
    """The one engine of this Calc, however often its buttons are pressed."""
    known = next((engine for engine in xw.engines if engine.name == NAME), None)
    if known is None:
        return calc_engine(context)
    known.activate()
    return known


def _book(engine: xw.Engine, frame: Any) -> xw.Book:
    """The workbook in the window that was clicked in, which need not be the one that Calc takes for the current one.
    Raises BookError when it is no spreadsheet."""
    app = engine.apps.add(add_book=False)
    return xw.Book(impl=Book(app.impl, CalcBook(frame.getController().getModel())))


def _takes_choice(command: str) -> bool:
    """Whether the choices that stand on the ribbon go along with this button."""
    return "choice" in inspect.signature(getattr(commands, command)).parameters


def _label(command: str) -> str:
    return next(button.label for button in BUTTONS if button.command == command)
