"""Define what a press of a button results in: a sentence, or a question first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

Answers = Mapping[str, str]
"""What the user answered so far: the name of a field → what was typed or chosen."""
Say = Callable[[str], None]
"""Takes a text for the status bar while a button is at work."""
YES: Final = "yes"
NO: Final = "no"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a question. `choices`: the values of a list → how each is shown; empty where one types. In a `list`
    one of them is taken; in a `choice` one may type something else, too."""

    name: str
    label: str = ""
    kind: Literal["text", "hidden", "file", "list", "choice", "box"] = "text"
    default: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """The default as it is shown."""
        return self.choices.get(self.default, self.default)

    def answer_for(self, text: str) -> str:
        """The answer for a text that was typed or chosen. A choice is answered by its value and not by its label;
        several are separated by semicolons."""
        values = {label.casefold(): value for value, label in self.choices.items()}
        parts = [part.strip() for part in text.split(";")]
        return "; ".join(values.get(part.casefold(), part) for part in parts)


@dataclass(frozen=True, slots=True)
class UserQuestion:
    """A window with a text above and fields below. Its answer is one for each field.

    Without fields it is a matter of yes or no, and the answer stands under `confirms`.
    """

    text: str
    fields: tuple[Field, ...] = ()
    confirms: str = ""
    wrong: str = ""
    """What was wrong with the earlier answers, where the question comes again."""

    @property
    def words(self) -> str:
        """All that stands above the fields."""
        return "\n\n".join(part for part in (self.wrong, self.text) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The result of a press. Buttons that report more have a class of their own."""

    sentence: str = ""
    """The message for the user; "" where the workbook shows it already, or there is more to do first."""
    notes: list[str] = field(default_factory=list)
    """Notes on the sheet as a whole for the same message, such as an unknown header."""
    done: str = ""
    """What is true even if the workbook cannot be changed, such as rows that the server has written."""
    in_status_bar: bool = False
    """Whether the sentence stands in the status bar, where a box at each step would be in the way."""
    question: UserQuestion | None = None
    waits_for: str = ""
    """An upload's id. Once it has ended, the button is pressed again, with the id as the answer UPLOAD."""
    goes_on: bool = False
    """Whether the button is pressed again at once, when what it changed is in the workbook, and kept."""
    carries: Answers = field(default_factory=dict)
    """What goes along as answers when the button is pressed again."""
    opens: Path | None = None
    """A workbook to be opened."""

    @property
    def message(self) -> str:
        """The sentence and the notes, as a message box says them."""
        return " ".join([self.sentence, *self.notes]).strip()

    @property
    def is_last(self) -> bool:
        """Whether nothing is left to do."""
        return self.question is None and not self.waits_for and not self.goes_on


UPLOAD: Final = "upload"
"""The answer under which an upload's id comes back once it has ended."""
