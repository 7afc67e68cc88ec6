"""The windows that a button in Calc opens: LibreOffice's own, in front of the window that was clicked in.

Everything here is given a UNO component context and a frame (com.sun.star.frame.XFrame), and runs inside LibreOffice.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from addin.ask import TITLE
from addin.errors import Cancelled
from workbook.ribbon import Choice

# UNO's constants, from com.sun.star.awt: MessageBoxType, MessageBoxButtons, MessageBoxResults, PushButtonType, PosSize.
_ERROR_BOX, _OK_BUTTON = 3, 1
_PRESSES_OK, _PRESSES_CANCEL = 1, 2
_POSITION: Final = 3
_DONE: Final = 1
_DOT: Final = ord("•")

# In units of LibreOffice's dialogs: a quarter of a letter's width, an eighth of its height.
_WIDTH, _EDGE, _GAP, _LINE, _FIELD, _BUTTON = 270, 8, 6, 9, 14, 52
_LETTERS: Final = 66
"""How many letters a line of a question holds, with room to spare."""
_MOST_LINES: Final = 24
"""A longer question, such as where each of thirty columns goes, is scrolled."""


@dataclass(frozen=True, slots=True)
class Dialogs:
    """Questions, and what the user says to them."""

    context: Any
    frame: Any

    def tell(self, sentence: str) -> None:
        """A failure, in a message box."""
        toolkit = self._create("awt.Toolkit")
        toolkit.createMessageBox(self._window(), _ERROR_BOX, _OK_BUTTON, TITLE, sentence).execute()

    def ask(self, question: str, default: str = "", *, hidden: bool = False) -> str:
        """What the user types, without the spaces around it. `hidden` shows dots instead. Raises Cancelled."""
        form = _Form(self, TITLE)
        form.text(question)
        form.field("answer", Text=default, **({"EchoChar": _DOT} if hidden else {}))
        with form as window:
            return str(window.getControl("answer").getText()).strip()

    def choose(self, title: str, choices: Sequence[Choice]) -> dict[str, int]:
        """What stands beside a button on the ribbon: choice → the place in its list, from 0. Raises Cancelled."""
        form = _Form(self, title)
        for choice in choices:
            if choice.is_box:
                form.box(choice.name, choice.label)
            else:
                form.list(choice.name, choice.label, list(choice.items.values()))
        with form as window:
            controls = {choice.name: window.getControl(choice.name) for choice in choices}
            return {
                choice.name: int(
                    controls[choice.name].getState() if choice.is_box else controls[choice.name].getSelectedItemPos()
                )
                for choice in choices
            }

    def choose_file(self, question: str) -> Path:
        """The workbook or .csv file that the user picks. Raises Cancelled."""
        import uno

        picker = self._create("ui.dialogs.FilePicker")
        picker.setTitle(question)
        picker.appendFilter("Workbooks and CSV files", "*.xlsx;*.xlsm;*.csv")
        picker.appendFilter("All files", "*.*")
        location = self.frame.getController().getModel().getURL()
        if location:
            picker.setDisplayDirectory(location.rpartition("/")[0])
        if picker.execute() != _DONE:
            raise Cancelled
        return Path(uno.fileUrlToSystemPath(picker.getFiles()[0]))

    def _create(self, service: str) -> Any:
        return self.context.ServiceManager.createInstanceWithContext(f"com.sun.star.{service}", self.context)

    def _window(self) -> Any:
        return self.frame.getContainerWindow()


class _Form:
    """A window with controls one below the other, and OK and Cancel. `with` shows it and waits; raises Cancelled."""

    def __init__(self, dialogs: Dialogs, title: str) -> None:
        self._dialogs = dialogs
        self._model = dialogs._create("awt.UnoControlDialogModel")
        self._model.Title = title
        self._model.Width = _WIDTH
        self._bottom = _EDGE
        self._window: Any = None
        self._first = ""

    def text(self, words: str) -> None:
        """A question. Of a long one the beginning is scrolled; the last paragraph, which asks, stands below it."""
        before, _, asks = words.rpartition("\n\n")
        if before and _lines(words) > _MOST_LINES:
            height = _LINE * (_MOST_LINES - _lines(asks))
            self._add("Edit", "before", height, Text=before, MultiLine=True, ReadOnly=True, VScroll=True, TabIndex=9)
            words = asks
        height = _LINE * min(_lines(words), _MOST_LINES) + 2
        self._add("FixedText", "question", height, Label=words, MultiLine=True)

    def field(self, name: str, **properties: Any) -> None:
        self._add("Edit", name, _FIELD, **properties)
        self._first = self._first or name

    def list(self, name: str, label: str, items: Sequence[str]) -> None:
        middle = _WIDTH // 3
        self._add("FixedText", f"{name}_label", _FIELD, advance=False, Label=label, Width=middle, VerticalAlign=1)
        self._add(
            "ListBox", name, _FIELD, Dropdown=True, StringItemList=tuple(items), LineCount=len(items),
            PositionX=_EDGE + middle, Width=_WIDTH - 2 * _EDGE - middle,
        )  # fmt: skip
        self._first = self._first or name

    def box(self, name: str, label: str) -> None:
        self._add("CheckBox", name, _FIELD, Label=label, State=0)

    def __enter__(self) -> Any:
        import uno

        at = _WIDTH - _EDGE - _BUTTON
        self._add("Button", "cancel", _FIELD, advance=False, Label="Cancel", PushButtonType=_PRESSES_CANCEL,
                  PositionX=at, Width=_BUTTON)  # fmt: skip
        self._add("Button", "ok", _FIELD, Label="OK", PushButtonType=_PRESSES_OK, DefaultButton=True,
                  PositionX=at - _GAP - _BUTTON, Width=_BUTTON)  # fmt: skip
        self._model.Height = self._bottom - _GAP + _EDGE
        self._window = window = self._dialogs._create("awt.UnoControlDialog")
        window.setModel(self._model)
        window.createPeer(self._dialogs._create("awt.Toolkit"), self._dialogs._window())
        for control in window.getControls():
            if hasattr(control, "selectItemPos"):
                control.selectItemPos(0, True)
        self._to_the_middle(window)
        first = window.getControl(self._first)
        first.setFocus()
        if hasattr(first, "setSelection"):  # so that typing replaces what stands there
            first.setSelection(uno.createUnoStruct("com.sun.star.awt.Selection", 0, len(first.getText())))
        if window.execute() != _DONE:
            window.dispose()
            raise Cancelled
        return window

    def __exit__(self, *_failure: object) -> None:
        self._window.dispose()

    def _add(self, kind: str, name: str, height: int, *, advance: bool = True, **properties: Any) -> None:
        control = self._model.createInstance(f"com.sun.star.awt.UnoControl{kind}Model")
        place = {"PositionX": _EDGE, "PositionY": self._bottom, "Width": _WIDTH - 2 * _EDGE, "Height": height}
        for key, value in (place | properties).items():
            setattr(control, key, value)
        self._model.insertByName(name, control)
        if advance:
            self._bottom += height + _GAP

    def _to_the_middle(self, window: Any) -> None:
        size, around = window.getPosSize(), self._dialogs._window().getPosSize()
        window.setPosSize((around.Width - size.Width) // 2, (around.Height - size.Height) // 3, 0, 0, _POSITION)


def _lines(words: str) -> int:
    return sum(max(1, math.ceil(len(line) / _LETTERS)) for line in words.split("\n"))
