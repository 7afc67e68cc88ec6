"""Define the errors that stop a command, each one sentence for the user."""

from __future__ import annotations

from pathlib import Path

from addin.shell_words import shell_word


class Stopped(Exception):
    """The command stopped. Its text says what is the matter, where, and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    def begin_with(self, done: str) -> None:
        """Says first what was done before it stopped; "" for nothing."""
        self.sentence = f"{done} {self.sentence}".strip()
        self.args = (self.sentence,)


class BookError(Stopped):
    """The workbook or file cannot be opened, read or saved."""


class UnmarkableError(BookError):
    """A workbook that cannot be opened for writing; whether it can be read is another question."""


class MergedError(BookError):
    """Merged cells hide what rows say."""


class Broken(Stopped):
    """Something went wrong that should not have. The cause has the details. `anything_changed`: whether something may
    have been written by then; None where that is not known."""

    def __init__(self, *, anything_changed: bool | None = None) -> None:
        rows = {True: " What was done before is in the workbook.", False: " Your rows are as they were.", None: ""}[
            anything_changed
        ]
        super().__init__(f"Something went wrong that should not have.{rows}")


class Cancelled(Stopped):
    """The user closed a question without an answer. Nothing went wrong, so no message is shown."""

    def __init__(self) -> None:
        super().__init__("Cancelled. Nothing was changed.")


def no_file(path: Path, *, to_fill: bool = False) -> BookError:
    """The error for a path where there is no file. `to_fill`: rows were to go into it, which a new template takes."""
    if path.is_dir():
        return BookError(f"{path} is a folder, not a file. Name the file that lies in it.")
    template = f", or make it first: caseload template {shell_word(path)}" if to_fill else "."
    return BookError(f"There is no file {path}. Check the name and the folder{template}")


class ChoiceError(Stopped):
    """What the user chose or typed does not fit, such as a date that is none."""


class ClientError(Stopped):
    """The server cannot be reached, or did not do what was asked.

    `code` is the server's stable code for it, or one of ours: `server-away`, `token-missing`, `not-caseload`,
    `version-mismatch`. `status` is the HTTP status, 0 where there was no answer.
    """

    def __init__(self, sentence: str, code: str, status: int = 0) -> None:
        super().__init__(sentence)
        self.code = code
        self.status = status
