"""How a command says that it cannot go on: an exception that is one plain sentence, ready to be shown."""

from __future__ import annotations


class Stopped(Exception):
    """The command stopped. Its text says what is the matter, where, and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class BookError(Stopped):
    """The workbook or file cannot be opened, read or saved."""


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
