"""Whether a cell of Calc is being edited is asked of few objects of its window, and the second time of none anew."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from addin.hosts.calc.cell_editor import CellEditor

PANE, TABLE, TEXT, SCROLL_BAR = 84, 58, 61, 50


@dataclass
class Context:
    """An object as Calc gives it to screen readers. `fetched`: how often one was asked for."""

    role: int
    name: str = ""
    children: list[Any] = field(default_factory=list)
    fetched: list[int] = field(default_factory=list)

    def getAccessibleRole(self) -> int:  # noqa: N802
        return self.role

    def getAccessibleName(self) -> str:  # noqa: N802
        return self.name

    def getAccessibleContext(self) -> Context:  # noqa: N802
        return self

    def getAccessibleChildCount(self) -> int:  # noqa: N802
        return len(self.children)

    def getAccessibleChild(self, number: int) -> Any:  # noqa: N802
        self.fetched.append(number)
        return self.children[number]


@dataclass
class Widget:
    """A window within the window: it has a context, and tells nothing itself."""

    context: Context

    def getAccessibleContext(self) -> Context:  # noqa: N802
        return self.context


def pane() -> Context:
    return Context(PANE, "a.xlsx", [Context(TABLE, "Sheet Caseload")])


def window(*panes: Context) -> Any:
    bars = [Widget(Context(SCROLL_BAR)) for _ in range(6)]
    return Widget(Context(40, children=[Widget(Context(51, children=[*bars, *panes])), Widget(Context(63))]))


def test_the_text_that_is_typed_stands_last_in_its_pane() -> None:
    left, right = pane(), pane()
    editor = CellEditor(window(left, right))
    assert not editor.is_open()
    right.children.append(Context(TEXT, "Cell B3"))
    assert editor.is_open()
    right.children.pop()
    assert not editor.is_open()
    right.children.append(Context(TEXT, "A text box"))  # a shape stands there too
    assert not editor.is_open()


def test_no_object_is_fetched_again_while_the_window_has_the_same_panes() -> None:
    left = pane()
    shown = window(left)
    editor = CellEditor(shown)
    editor.is_open()
    part = shown.context.children[0].context
    before = len(part.fetched)
    assert not editor.is_open()
    assert (before, len(part.fetched), left.fetched) == (7, 7, [])


def test_a_pane_that_comes_when_the_user_splits_the_window_is_looked_into() -> None:
    shown = window(pane())
    editor = CellEditor(shown)
    assert not editor.is_open()
    new = pane()
    new.children.append(Context(TEXT, "Cell C7"))
    shown.context.children[0].context.children.append(new)
    assert editor.is_open()
