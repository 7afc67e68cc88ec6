"""A visible Calc on a screen of its own, worked as its user does: keys, and what a screen reader would say."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from addin.errors import BookError
from addin.hosts.calc.office import Office, find_office, load_uno
from tests.support.screen import HOW_TO_GET_IT, has_screen, screen
from tests.support.waiting import wait_for

TIP_COLOR = bytes((0xC0, 0xFF, 0xFF))
"""Of a tip, as X writes it: blue, green, red."""
LIST, LIST_ITEM, SPREADSHEET = 32, 33, 84
"""Of com.sun.star.accessibility.AccessibleRole."""
WORKBOOK_TITLE = " LibreOffice Calc$"
NO_KEYBOARD = "xdotool, a keyboard that nobody presses, is missing: install it (Debian: apt install xdotool)"


@contextmanager
def visible_office(folder: Path) -> Iterator[tuple[Office, Keyboard]]:
    """Skips the test, with the way to get it, where something is missing."""
    try:
        load_uno()
        find_office()
    except BookError as missing:
        pytest.skip(missing.sentence)
    if not has_screen():
        pytest.skip(HOW_TO_GET_IT)
    if shutil.which("xdotool") is None:
        pytest.skip(NO_KEYBOARD)
    with screen(2400, 900, shown_in=folder) as shown:
        environment = os.environ | shown
        with Office(folder, headless=False, environment=environment) as office:
            yield office, Keyboard(office, environment, folder / "Xvfb_screen0")


class Keyboard:
    """The user's hands and eyes."""

    def __init__(self, office: Office, environment: dict[str, str], picture: Path) -> None:
        self._office = office
        self._environment = environment
        self._picture = picture

    def press(self, *keys: str) -> None:
        self._type("key", "--clearmodifiers", "--delay", "40", *keys)

    def type(self, text: str) -> None:
        self._type("type", "--delay", "15", text)

    def focus(self) -> None:
        """The window in front takes the keys: there is no window manager who would see to that."""
        self._frame().getContainerWindow().setFocus()
        time.sleep(0.2)

    def _frame(self) -> Any:
        """The window in front, or the one that was opened last where none was ever given the keys."""
        frames = self._office.desktop.getFrames()
        return self._office.desktop.getCurrentFrame() or frames.getByIndex(frames.getCount() - 1)

    def open_list(self) -> list[str] | None:
        """The entries of the list that is open on the screen; None when none is."""
        toolkit = self._office.context.ServiceManager.createInstanceWithContext(
            "com.sun.star.awt.Toolkit", self._office.context
        )
        for number in range(toolkit.getTopWindowCount()):
            found = _list_in(toolkit.getTopWindow(number).getAccessibleContext(), 4)
            if found is not None:
                return found
        return None

    def answer(self, title: str, key: str) -> None:
        """Waits for a dialog of this title, presses a key in it that closes it, and gives the workbook the keys again.

        All that without a word to Calc: whoever asked goes on in a thread of their own, and what two threads of one
        process look at for the first time at once, one of them may find without its methods (LibreOffice's
        introspection remembers what it looks at before it has looked).
        """
        self.press_in(title, key)
        self._type("windowfocus", "--sync", self._windows(WORKBOOK_TITLE)[-1])

    def press_in(self, title: str, key: str) -> None:
        """Waits for a dialog of this title and presses a key in it."""
        self.await_window(title)
        self._type("windowfocus", "--sync", self._windows(title)[0])
        self.press(key)

    def await_window(self, title: str) -> None:
        assert wait_for(lambda: self._windows(title)), f"{title} did not open"

    def _windows(self, title: str) -> list[str]:
        command = ["xdotool", "search", "--onlyvisible", "--name", title]
        found = subprocess.run(command, env=self._environment, check=False, timeout=30, capture_output=True, text=True)
        return found.stdout.split()

    def color(self, row: int, column: int) -> tuple[int, int, int] | None:
        """What a cell (1-based) shows in its upper left corner, where no help hangs over it that Calc shows for another
        cell; None when it is not on the screen."""
        place = self._place(row, column)
        return None if place is None else self._pixel(*place)

    def double_click(self, row: int, column: int) -> None:
        """On a cell (1-based) that is on the screen."""
        self.click(row, column, 2)

    def click(self, row: int, column: int, times: int = 1) -> None:
        """The same, or on what lies over the cell there."""
        place = self._place(row, column)
        assert place is not None, f"Row {row}, column {column} is not on the screen."
        self._type("mousemove", *map(str, place))
        self._type("click", "--repeat", str(times), "--delay", "60", "1")

    def _place(self, row: int, column: int) -> tuple[int, int] | None:
        """Where on the screen a cell's upper left corner is, in pixels; None when it is not on it."""
        view = self._frame().getComponentWindow().getAccessibleContext()
        for part in _children(view):
            for pane in _children(part):
                if pane.getAccessibleRole() != SPREADSHEET:
                    continue
                table = _children(pane)[0]
                cell = table.getAccessibleCellAt(row - 1, column - 1).getAccessibleContext()
                place, room = cell.getLocation(), pane.getSize()
                x, y = place.X + 4, place.Y + 4
                if min(place.X, place.Y) >= 0 and x < room.Width and y < room.Height:
                    corner = pane.getLocationOnScreen()
                    return corner.X + x, corner.Y + y
        return None

    def tip(self) -> tuple[int, int] | None:
        """Where on the screen the upper left corner of a cell's yellow tip is, in pixels; None when none is shown."""
        for y, line in enumerate(self._lines()):
            for x in range(0, len(line), 4):
                if line[x : x + 3] == TIP_COLOR:
                    return x // 4, y
        return None

    def status_bar(self) -> bytes:
        """What the left end of the status bar looks like, at the foot of the screen."""
        return b"".join(line[: 4 * 600] for line in self._lines()[-16:])

    def _pixel(self, x: int, y: int) -> tuple[int, int, int]:
        blue, green, red = self._lines()[y][4 * x : 4 * x + 3]
        return red, green, blue

    def _lines(self) -> list[bytes]:
        """The screen as X writes it: a header of big-endian numbers, a table of colours, then four bytes a pixel."""
        picture = self._picture.read_bytes()
        header = struct.unpack(">25I", picture[:100])
        first, height, length = header[0] + header[19] * 12, header[5], header[12]
        return [picture[start : start + length] for start in range(first, first + height * length, length)]

    def _type(self, *arguments: str) -> None:
        subprocess.run(["xdotool", *arguments], env=self._environment, check=True, timeout=30)
        time.sleep(0.1)


def _list_in(context: Any, depth: int) -> list[str] | None:
    children = _children(context)
    roles = {child.getAccessibleRole() for child in children}
    if children and context.getAccessibleRole() == LIST and roles == {LIST_ITEM}:
        return [child.getAccessibleName() for child in children]
    for child in children if depth else ():
        found = _list_in(child, depth - 1)
        if found is not None:
            return found
    return None


def _children(context: Any) -> list[Any]:
    """The accessible objects within one, but for the cells of a table."""
    count = 0 if context is None else context.getAccessibleChildCount()
    if count > 200:
        return []
    children = [context.getAccessibleChild(number) for number in range(count)]
    return [child.getAccessibleContext() for child in children if child is not None]
