"""Correct mistakes on the command line, round after round, until none is left to answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

import typer
from rich.console import Console

from addin.buttons.fix import FixOutcome, apply_these
from addin.buttons.registry import APPLY_FIXES, VALIDATE, Handler
from addin.cli.open_file import OpenFile
from addin.cli.tables import error_groups
from addin.rows.answers import CellChange
from addin.sentences import counted, rows_named
from workbook.columns import PARTICIPANT_ID
from workbook.group_words import GroupWords
from workbook.identity import said_value
from workbook.layout import EMPTY_THE_CELL
from workbook.local_time import Order
from workbook.report import FixGroup, Key, key_of
from workbook.sheets.fix_sheet import TAKEN_UNREAD, offer
from workbook.sureness import how_sure
from workbook.text import printable

_ROUNDS = 6
"""A corrected value may bring up problems that were hidden before, so that one pass may not be enough."""


_NOT_KNOWN = {PARTICIPANT_ID: "Nobody has the Participant ID {}; look it up with: caseload find NAME. "}
"""Why a mistake is asked about again, by its column."""


class MistakeAnswer(NamedTuple):
    """The user's answer to one mistake: a value, or to leave its rows out; neither to skip it."""

    replacement: str = ""
    leave_out: bool = False


class Stop(Exception):
    """The user wants to stop here. What was answered so far is kept."""


Ask = Callable[[FixGroup, str], MistakeAnswer]


class Fixing:
    """One run of `caseload fix` over an open workbook. `made` is every change; `checked` how the sheet stands.

    The workbook is saved after each round, so that no answer is lost when the server fails later. Where it cannot be
    saved, the user learns that before answering anything.
    """

    def __init__(self, opened: OpenFile) -> None:
        self._opened = opened
        self.made: list[CellChange] = []
        self.accepted = 0
        """Suggestions that were taken without asking."""
        self.not_known = ""
        """In words, the answers that were not used because no record has them, and were not given anew."""
        self.remembered = ""
        """What came of answers in the sheet that are to be remembered, in words."""
        self.checked = opened.press(VALIDATE)[-1]

    def from_sheet(self) -> None:
        """Applies what the user chose in the sheet Fix Errors."""
        if self.checked.errors:
            fixed, *remembered = self._opened.press(APPLY_FIXES)
            assert isinstance(fixed, FixOutcome)
            self._take(fixed)
            self.remembered = " ".join(one.sentence for one in remembered)

    def accept_suggestions(self) -> None:
        """Takes the first suggestion of every mistake where it is sure or remembered, and of those that show then;
        never the same one twice. The others are left for a person to decide."""
        seen: set[Key] = set()
        for _ in range(_ROUNDS):
            answers = {
                key_of(group): group.suggestions[0].value or EMPTY_THE_CELL
                for group in error_groups(self.checked.report)
                if how_sure(group) in TAKEN_UNREAD and key_of(group) not in seen
            }
            if not answers:
                return
            seen.update(answers)
            self.accepted += len(answers)
            self._apply(answers, ())

    @property
    def left(self) -> tuple[int, int]:
        """The mistakes that nobody has answered: how many have a suggestion, and how many have none."""
        groups = error_groups(self.checked.report)
        with_one = sum(bool(group.suggestions) for group in groups)
        return with_one, len(groups) - with_one

    def by_answers(self, ask: Ask) -> None:
        """Asks for each mistake once, round after round, and applies the answers of a round together."""
        seen: set[Key] = set()
        again: dict[Key, str] = {}
        stopped = False
        while not stopped:
            words = GroupWords(self.checked.report)
            answers: dict[Key, str] = {}
            leave_out: list[Key] = []
            groups = [group for group in error_groups(self.checked.report) if key_of(group) not in seen]
            for group in groups:
                seen.add(key_of(group))
                try:
                    message = words.sentence(group) or group.code
                    answer = ask(group, again.pop(key_of(group), "") + message)
                except Stop:
                    stopped = True
                    break
                if answer.leave_out:
                    leave_out.append(key_of(group))
                elif answer.replacement:
                    answers[key_of(group)] = answer.replacement
            if not (answers or leave_out):
                return
            for unknown in self._apply(answers, leave_out).unknown:
                seen.discard(unknown)
                again[unknown] = _NOT_KNOWN.get(unknown[0], "{} is not known. ").format(answers[unknown])

    def leave_out_rest(self) -> None:
        """Leaves out every row that still has an error."""
        for _ in range(_ROUNDS):
            rest = [key_of(group) for group in error_groups(self.checked.report)]
            if not rest:
                return
            self._apply({}, rest)

    def _apply(self, answers: Mapping[Key, str], leave_out: Collection[Key]) -> FixOutcome:
        handler = Handler(
            lambda it: apply_these(it.book, it.client, answers, leave_out), APPLY_FIXES.reads, APPLY_FIXES.busy
        )
        fixed: FixOutcome = self._opened.press(handler)[-1]
        self._take(fixed)
        return fixed

    def _take(self, fixed: FixOutcome) -> None:
        self.made += fixed.made
        self.checked = fixed.checked
        self.not_known = fixed.not_known


def ask(console: Console, group: FixGroup, message: str, order: Order) -> MistakeAnswer:
    """Asks on the terminal. Raises Stop when the user has had enough."""
    value = said_value(group.column, group.value, order) or "(empty)"
    console.print(f"\n{group.column}: {value}", style="bold", markup=False)
    console.print(f"{message} ({counted(group.count, 'row')}: {rows_named(group.rows)})", markup=False)
    for number, suggestion in enumerate(group.suggestions, start=1):
        console.print(f"  {number}  {offer(suggestion, group.column)}", markup=False)
    choose = "A number, or the right value" if group.suggestions else "The right value"
    question = f"{choose}; Enter to skip, e to empty the cell, x to leave out, q to stop"
    while True:
        try:
            text: str = typer.prompt(printable(question), default="", show_default=False).strip()
        except typer.Abort:
            raise Stop from None
        if not _is_slip(text, group):
            break
        console.print(
            f"No suggestion has the number {text}. To put {text} itself into the cell, type ={text}.", markup=False
        )
    if text.casefold() == "q":
        raise Stop
    if text.casefold() == "x":
        return MistakeAnswer(leave_out=True)
    if text.casefold() == "e":
        return MistakeAnswer(EMPTY_THE_CELL)
    if text.isdecimal() and 1 <= int(text) <= len(group.suggestions):
        return MistakeAnswer(group.suggestions[int(text) - 1].value or EMPTY_THE_CELL)
    return MistakeAnswer(text.removeprefix("="))


def _is_slip(text: str, group: FixGroup) -> bool:
    """Whether a number was typed that no suggestion has; an ID that is one is typed with = before it."""
    return bool(text.isdecimal() and group.suggestions and not 1 <= int(text) <= len(group.suggestions))
