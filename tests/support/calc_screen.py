"""Calc's windows as a screen reader knows them: menus to click, questions to answer, boxes to read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from addin.hosts.calc.office import load_uno
from tests.support.waiting import wait_for

SECONDS = 60
TITLE = "Caseload"


class Screen:
    """`context`: Calc's component context, over a pipe."""

    def __init__(self, context: Any) -> None:
        self._toolkit = context.ServiceManager.createInstanceWithContext("com.sun.star.awt.Toolkit", context)

    def menu(self, name: str = TITLE) -> dict[str, Any]:
        """The entries of a menu in the menu bar, by what they are called; soon, if Calc is just changing it."""
        menu = wait_for(lambda: self._menu(name), SECONDS)
        assert menu is not None, f"There is no menu {name}."
        return menu

    def _menu(self, name: str) -> dict[str, Any] | None:
        with suppress(_disposed()):  # a window that is just closing
            for window in self._windows():
                for bar in _children(window, "MENU_BAR"):
                    for menu in _children(bar, "MENU"):
                        if menu.getAccessibleName() == name:
                            return {item.getAccessibleName(): item for item in _children(menu, "MENU_ITEM")}
        return None

    def click(self, entry: str, menu: str = TITLE) -> None:
        """As the mouse would: Calc does what follows by itself, after this has returned."""
        self.menu(menu)[entry].doAccessibleAction(0)

    def box(self, title: str = TITLE) -> Box:
        """The message box or question that is open, or opens soon."""
        box = wait_for(lambda: self._box(title), SECONDS)
        assert box is not None, f"No window {title} opened."
        return box

    def shows(self, title: str, seconds: float) -> bool:
        """Whether a message box or a question is open, or opens soon enough."""
        return wait_for(lambda: self._box(title), seconds) is not None

    def _box(self, title: str) -> Box | None:
        for window in self._windows():
            with suppress(_disposed()):
                kind = window.getAccessibleRole()
                named = window.getAccessibleName() == title
                if named and kind in (_role("DIALOG"), _role("ALERT")) and _shows(window):
                    return Box(window, self._toolkit)
        return None

    def _windows(self) -> list[Any]:
        tops = [self._toolkit.getTopWindow(number) for number in range(self._toolkit.getTopWindowCount())]
        found = [top.getAccessibleContext() for top in tops if top is not None]
        return [one for one in found if one is not None]  # a window that is just closing has none


class Box:
    """A message box or a question."""

    def __init__(self, window: Any, toolkit: Any) -> None:
        self._window = window
        self._toolkit = toolkit

    @property
    def text(self) -> str:
        """What it says or asks."""
        return str(next(one for one in _children(self._window, "LABEL", "STATIC")).getAccessibleName())

    @property
    def field(self) -> str:
        """What stands in its field."""
        return str(self._fields()[0].getText())

    @property
    def labels(self) -> list[str]:
        """All the words that stand in it, from the top down."""
        return [str(one.getAccessibleName()) for one in _children(self._window, "LABEL", "STATIC")]

    def write(self, text: str, place: int = 0) -> None:
        """Fills one of its fields, the first unless its place is given."""
        self._fields()[place].setText(text)

    @property
    def height(self) -> int:
        """In points of the screen."""
        return int(self._window.getSize().Height)

    def shows(self, words: str) -> bool:
        """Whether these words stand in it; no while it is changing."""
        try:
            return words in self.labels
        except Exception:  # a part of it has gone between two looks
            return False

    def turn(self, button: str) -> None:
        """Presses a button that leaves the box open."""
        found = {one.getAccessibleName(): one for one in _children(self._window, "PUSH_BUTTON")}
        found[button].doAccessibleAction(0)

    def press(self, button: str) -> None:
        """Presses a button, and waits until the box is gone.

        A window that is just closing is not looked at, as LibreOffice 7.4 crashes now and then when it is: this waits
        for one window less, or for a while where the next has come.
        """
        before = self._toolkit.getTopWindowCount()
        self.turn(button)
        wait_for(lambda: self._toolkit.getTopWindowCount() < before, 2)
        wait_for(lambda: not _shows(self._window), SECONDS)

    def _fields(self) -> list[Any]:
        return [one for one in _children(self._window) if hasattr(one, "setText")]


def _shows(window: Any) -> bool:
    """Whether a window is still on the screen; Calc keeps one for a while after it was closed."""
    state = load_uno().getConstantByName("com.sun.star.accessibility.AccessibleStateType.SHOWING")
    try:
        states = window.getAccessibleStateSet()
        return bool(states.contains(state) if hasattr(states, "contains") else states & state)
    except Exception:  # disposed
        return False


def _disposed() -> type[Exception]:
    """What is raised by a window that has closed meanwhile."""
    kind: type[Exception] = load_uno().getClass("com.sun.star.lang.DisposedException")
    return kind


def _children(part: Any, *roles: str) -> Iterator[Any]:
    wanted = [_role(role) for role in roles]
    for number in range(part.getAccessibleChildCount()):
        child = part.getAccessibleChild(number).getAccessibleContext()
        if not wanted or child.getAccessibleRole() in wanted:
            yield child


def _role(name: str) -> int:
    return int(load_uno().getConstantByName(f"com.sun.star.accessibility.AccessibleRole.{name}"))
