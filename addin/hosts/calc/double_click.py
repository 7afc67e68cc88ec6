"""Have a double click on the line of an upload, in the sheet Uploads, press Log.

Calc tells a window's mouse clicks to whoever asks its view for them. That is asked for when a button is pressed in the
window, because Python is there then; so it is so from when Uploads has listed them. A link in the cell would have to
name the button's job, whose name no document may know.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

from addin.hosts.calc.office import load_uno
from workbook.sheets.uploads_sheet import HEADER_ROW, HEADERS, UPLOADS_SHEET, leads_to_log

_LEFT: Final = 1
"""Of com.sun.star.awt.MouseButton."""
_WIDTH: Final = 2 * len(HEADERS)
"""Columns that are looked at: the user may have put some of their own between ours."""


def listen(context: Any, frame: Any, log: str) -> None:
    """From now on a double click in this window presses Log. Asked again, it changes nothing.

    `log`: the address that Calc's entry for Log calls.
    """
    controller = frame.getController()
    if controller is None or any(known == controller for known in DoubleClick.heard):
        return
    if controller.getModel().supportsService("com.sun.star.sheet.SpreadsheetDocument"):
        controller.addEnhancedMouseClickHandler(DoubleClick(context, frame, log))
        DoubleClick.heard.append(controller)


class DoubleClick:
    """What Calc tells of clicks. A UNO object."""

    heard: Final[list[Any]] = []
    """The views of the windows that are listened to."""

    def __init__(self, context: Any, frame: Any, log: str) -> None:
        self._context, self._frame, self._log = context, frame, log
        self._cell: Any = None

    def getTypes(self) -> tuple[Any, ...]:  # noqa: N802 - UNO's names, here and below
        return (load_uno().getTypeByName("com.sun.star.awt.XEnhancedMouseClickHandler"),)

    def getImplementationId(self) -> Any:  # noqa: N802
        return load_uno().ByteSequence(b"")

    def mousePressed(self, event: Any) -> bool:  # noqa: N802
        """Whether the click is used up, so that Calc does not edit the cell."""
        if event.ClickCount != 2 or event.Buttons != _LEFT or not _is_upload(event.Target):
            return False
        self._cell = event.Target
        return True

    def mouseReleased(self, _event: Any) -> bool:  # noqa: N802
        """Presses Log as the menu's entry does, of the line that is meant: a click that is used up selects nothing. Not
        before: no box opens while the mouse is held. Nor by a DispatchHelper, in which Calc closes no box."""
        cell, self._cell = self._cell, None
        if cell is None:
            return False
        self._frame.getController().select(cell)
        address = load_uno().createUnoStruct("com.sun.star.util.URL")
        address.Complete = self._log
        _known, address = self._create("util.URLTransformer").parseStrict(address)
        self._frame.queryDispatch(address, "_self", 0).dispatch(address, ())
        return True

    def disposing(self, source: Any) -> None:
        with suppress(ValueError):
            self.heard.remove(source.Source)

    def _create(self, service: str) -> Any:
        return self._context.ServiceManager.createInstanceWithContext(f"com.sun.star.{service}", self._context)


def _is_upload(target: Any) -> bool:
    if target is None or not hasattr(target, "getCellAddress") or target.getSpreadsheet().getName() != UPLOADS_SHEET:
        return False
    place, sheet = target.getCellAddress(), target.getSpreadsheet()
    if place.Row < HEADER_ROW:
        return False
    headers, line = (
        sheet.getCellRangeByPosition(0, row, _WIDTH - 1, row).getDataArray()[0] for row in (HEADER_ROW - 1, place.Row)
    )
    return leads_to_log(headers, line, place.Column + 1)
