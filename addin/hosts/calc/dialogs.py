"""Show questions and messages in LibreOffice's own windows.

They stand in front of the window that was clicked in. Everything here is given a UNO component context and a frame
(com.sun.star.frame.XFrame), and runs inside LibreOffice.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from addin.errors import Cancelled
from addin.hosts.calc.office import load_uno
from addin.outcome import NO, YES, Answers, Field, UserQuestion
from addin.ribbon import TITLE
from workbook.files.formats import PATTERNS

# UNO's constants, from com.sun.star.awt: MessageBoxType, MessageBoxButtons, MessageBoxResults, PushButtonType, PosSize.
_ERROR_BOX, _INFO_BOX, _QUERY_BOX = "ERRORBOX", "INFOBOX", "QUERYBOX"
_OK, _YES_NO, _NO_FIRST = 1, 3, 0x50000
_PRESSED_YES, _PRESSED_NO = 2, 3
_PRESSES_OK, _PRESSES_CANCEL = 1, 2
_POSITION: Final = 3
_DONE: Final = 1
_DOT: Final = ord("•")

# In units of LibreOffice's dialogs: a quarter of a letter's width, an eighth of its height.
_WIDTH, _EDGE, _GAP, _LINE, _FIELD, _BUTTON = 270, 8, 6, 9, 14, 52
_LETTERS: Final = 66
"""How many letters a line of a question holds, with room to spare."""
_MOST_LINES: Final = 24
"""A longer question is scrolled: it shall stand whole on a screen of 768 points, with its fields."""
_A_PAGE: Final = 9
"""Fields that stand below each other. Where there are more, such as the columns of another sheet, pages are turned: a
dialog of LibreOffice's cannot scroll."""
_LABEL_LINES: Final = 2
_BACK, _MORE, _PAGE = "back", "more", "page"
_LIST_LINES: Final = 16


@dataclass(frozen=True, slots=True)
class Dialogs:
    """Questions, and what the user says to them."""

    context: Any
    frame: Any

    def tell(self, sentence: str, *, failed: bool) -> None:
        """A sentence in a message box."""
        self._box(_ERROR_BOX if failed else _INFO_BOX, _OK, sentence)

    def ask(self, question: UserQuestion, title: str) -> Answers:
        """All that the question asks for, without the spaces around what was typed. Raises Cancelled."""
        if question.confirms:
            return {question.confirms: self._confirm(question.text)}
        if [field.kind for field in question.fields] == ["file"]:
            return {question.fields[0].name: str(self._choose_file(question.text))}
        form = Form(self, title, len(question.fields))
        form.text(question.words)
        for field in question.fields:
            form.field(field)
        return form.answers()

    def create(self, service: str) -> Any:
        """One of LibreOffice's own objects."""
        return self.context.ServiceManager.createInstanceWithContext(f"com.sun.star.{service}", self.context)

    def window(self) -> Any:
        """The window that questions stand in front of."""
        return None if self.frame is None else self.frame.getContainerWindow()

    def _confirm(self, text: str) -> str:
        """Enter presses No. It must do no harm, because the user may press it for the cell that they were typing in."""
        pressed = self._box(_QUERY_BOX, _YES_NO | _NO_FIRST, text)
        if pressed not in (_PRESSED_YES, _PRESSED_NO):
            raise Cancelled
        return YES if pressed == _PRESSED_YES else NO

    def _choose_file(self, text: str) -> Path:
        """The workbook or .csv file that the user picks."""
        picker = self.create("ui.dialogs.FilePicker")
        picker.setTitle(text)
        picker.appendFilter("Workbooks and CSV files", ";".join(PATTERNS))
        picker.appendFilter("All files", "*.*")
        location = self.frame.getController().getModel().getURL()
        if location:
            picker.setDisplayDirectory(location.rpartition("/")[0])
        if picker.execute() != _DONE:
            raise Cancelled
        return Path(load_uno().fileUrlToSystemPath(picker.getFiles()[0]))

    def _box(self, kind: str, buttons: int, text: str) -> int:
        kinds = load_uno().Enum("com.sun.star.awt.MessageBoxType", kind)
        box = self.create("awt.Toolkit").createMessageBox(self.window(), kinds, buttons, TITLE, text)
        try:
            return int(box.execute())
        finally:
            box.dispose()


class Form:
    """A window with a text, fields one below the other, in pages where they are many, and OK and Cancel.

    Enter presses OK only where one thing is asked for: a form is sent by going to OK.
    """

    def __init__(self, dialogs: Dialogs, title: str, fields: int = 1) -> None:
        """`fields`: how many there will be."""
        self._dialogs = dialogs
        self._model = dialogs.create("awt.UnoControlDialogModel")
        self._model.Title = title
        self._model.Width = _WIDTH
        self._bottom = _EDGE
        self._many = fields > _A_PAGE
        self._pages, self._top, self._lowest = 0, 0, 0
        self._tallest = 0
        self._fields: list[Field] = []

    def text(self, words: str) -> None:
        """A question. Of a long one the beginning is scrolled; the last paragraph, which asks, stands below it."""
        if not words:
            return
        most = _MOST_LINES // 2 if self._many else _MOST_LINES
        before, _, asks = words.rpartition("\n\n")
        if before and _lines(words) > most:
            height = _LINE * max(most - _lines(asks), 2)
            self._add("Edit", "before", height, Text=before, MultiLine=True, ReadOnly=True, VScroll=True, TabIndex=99)
            words = asks
        height = _LINE * min(_lines(words), most) + 2
        self._add("FixedText", "question", height, Label=words, MultiLine=True)

    def field(self, field: Field) -> None:
        """A list has its label beside it, a box behind it, and what is typed above it, where there is room for more
        words."""
        self._turn_page()
        items = tuple(field.choices.values())
        match field.kind:
            case "box":
                ticked = list(field.choices).index(field.default) if field.default in field.choices else 0
                self._add("CheckBox", field.name, _FIELD, Label=field.label, State=ticked)
            case "choice":
                beside = self._label(field)
                self._add("ComboBox", field.name, _FIELD, Dropdown=True, StringItemList=items, Autocomplete=True,
                          LineCount=min(len(items), _LIST_LINES), Text=field.shown, **beside)  # fmt: skip
            case "list":
                beside = self._label(field)
                self._add("ListBox", field.name, _FIELD, Dropdown=True, StringItemList=items,
                          LineCount=min(len(items), _LIST_LINES), **beside)  # fmt: skip
            case _:
                if field.label:
                    height = _LINE * _lines(field.label)
                    self._add("FixedText", f"{field.name} label", height, Label=field.label, MultiLine=True, gap=1)
                kind = "FileControl" if field.kind == "file" else "Edit"
                control = self._add(kind, field.name, _FIELD, Text=field.default)
                if field.kind == "hidden":
                    control.EchoChar = _DOT
        self._fields.append(field)
        self._lowest = max(self._lowest, self._bottom)

    def _label(self, field: Field) -> dict[str, Any]:
        """Puts a list's label where it stands, and gives the list's own place and width beside it. A label that does
        not fit in a third gets half, on two lines."""
        half = _lines(field.label, _WIDTH // 3) > 1
        wide = _WIDTH // 2 if half else _WIDTH // 3
        height = _LINE * _LABEL_LINES if half and _lines(field.label, wide) > 1 else _FIELD
        self._add("FixedText", f"{field.name} label", height, advance=False, Label=field.label, Width=wide - _GAP,
                  VerticalAlign=1, MultiLine=height > _FIELD)  # fmt: skip
        return {"PositionX": _EDGE + wide, "Width": _WIDTH - 2 * _EDGE - wide}

    def _turn_page(self) -> None:
        """Begins the next page where the one before is full."""
        if not self._many:
            return
        if not self._fields:
            self._top = self._bottom
        if len(self._fields) % _A_PAGE == 0:
            self._pages += 1
            self._bottom = self._top

    def answers(self) -> Answers:
        """Shows the window and waits. Raises Cancelled."""
        window = self._opened()
        try:
            if window.execute() != _DONE:
                raise Cancelled
            return {field.name: _answer(field, window.getControl(field.name)) for field in self._fields}
        finally:
            window.dispose()

    def _opened(self) -> Any:
        pages, self._pages = self._pages, 0  # from here on it stands on all of them
        self._bottom = max(self._bottom, self._lowest)
        alone = len(self._fields) == 1
        at = _WIDTH - _EDGE - _BUTTON
        if pages > 1:
            self._add("Button", _BACK, _FIELD, advance=False, Label="Back", Width=_BUTTON, Enabled=False)
            self._add("Button", _MORE, _FIELD, advance=False, Label="More", PositionX=_EDGE + _BUTTON + _GAP,
                      Width=_BUTTON)  # fmt: skip
            self._add("FixedText", _PAGE, _FIELD, advance=False, Label=f"1 of {pages}", VerticalAlign=1,
                      PositionX=_EDGE + 2 * (_BUTTON + _GAP), Width=_BUTTON // 2)  # fmt: skip
        self._add("Button", "cancel", _FIELD, advance=False, Label="Cancel", PushButtonType=_PRESSES_CANCEL,
                  PositionX=at, Width=_BUTTON)  # fmt: skip
        self._add("Button", "ok", _FIELD, Label="OK", PushButtonType=_PRESSES_OK, DefaultButton=alone,
                  PositionX=at - _GAP - _BUTTON, Width=_BUTTON)  # fmt: skip
        self._model.Height = self._bottom - _GAP + _EDGE
        self._model.Step = min(pages, 1)
        window = self._dialogs.create("awt.UnoControlDialog")
        window.setModel(self._model)
        if pages > 1:
            for name, step in ((_BACK, -1), (_MORE, 1)):
                window.getControl(name).addActionListener(_PageTurner(self._model, pages, step))
        window.createPeer(self._dialogs.create("awt.Toolkit"), self._dialogs.window())
        for field in self._fields:
            if field.kind == "list":
                places = list(field.choices)
                chosen = places.index(field.default) if field.default in places else 0
                window.getControl(field.name).selectItemPos(chosen, True)
        self._to_the_middle(window)
        first = window.getControl(self._fields[0].name)
        first.setFocus()
        if self._fields[0].kind in ("text", "hidden"):  # so that typing replaces what stands there
            whole = load_uno().createUnoStruct("com.sun.star.awt.Selection", 0, len(first.getText()))
            first.setSelection(whole)
        return window

    def _add(self, kind: str, name: str, height: int, *, advance: bool = True, gap: int = _GAP, **more: Any) -> Any:
        control = self._model.createInstance(f"com.sun.star.awt.UnoControl{kind}Model")
        place = {"PositionX": _EDGE, "PositionY": self._bottom, "Width": _WIDTH - 2 * _EDGE, "Height": height,
                 "Step": self._pages}  # fmt: skip
        for key, value in (place | more).items():
            setattr(control, key, value)
        self._model.insertByName(name, control)
        if advance:
            self._bottom += max(height, self._tallest) + gap
            self._tallest = 0
        else:
            self._tallest = max(self._tallest, height)
        return control

    def _to_the_middle(self, window: Any) -> None:
        around = self._dialogs.window()
        if around is not None:
            size, room = window.getPosSize(), around.getPosSize()
            window.setPosSize((room.Width - size.Width) // 2, (room.Height - size.Height) // 3, 0, 0, _POSITION)


def _answer(field: Field, control: Any) -> str:
    """What stands in a field, as Field describes it."""
    if field.kind == "box":
        ticked = int(control.getState())
        return list(field.choices)[ticked] if field.choices else (NO, YES)[ticked]
    if field.kind == "list":
        return list(field.choices)[int(control.getSelectedItemPos())]
    text = str(control.getText()).strip()
    return field.answer_for(text) if field.kind == "choice" else text


def _lines(words: str, wide: int = _WIDTH) -> int:
    """How many lines a text takes in a given width."""
    letters = _LETTERS * wide // _WIDTH
    return sum(max(1, math.ceil(len(line) / letters)) for line in words.split("\n"))


class _PageTurner:
    """What LibreOffice calls when Back or More is pressed: an XActionListener. It only lists its types, because the
    module that would make one does not come with every bridge."""

    def __init__(self, model: Any, pages: int, step: int) -> None:
        self._model, self._pages, self._step = model, pages, step

    def getTypes(self) -> tuple[Any, ...]:  # noqa: N802 - LibreOffice's names
        return (load_uno().getTypeByName("com.sun.star.awt.XActionListener"),)

    def getImplementationId(self) -> Any:  # noqa: N802
        return load_uno().ByteSequence(b"")

    def actionPerformed(self, _event: Any) -> None:  # noqa: N802
        self._model.Step = min(max(self._model.Step + self._step, 1), self._pages)
        self._model.getByName(_PAGE).Label = f"{self._model.Step} of {self._pages}"
        self._model.getByName(_BACK).Enabled = self._model.Step > 1
        self._model.getByName(_MORE).Enabled = self._model.Step < self._pages

    def disposing(self, _source: Any) -> None:
        """Nothing is kept."""
