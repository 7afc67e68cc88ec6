"""Answer, once, what a .csv file's unclear headers mean (SPEC 2, `header-unclear`).

The file is not changed: the answer is remembered, and the server reads every later file with such a header by it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from addin.api.client import Client
from addin.errors import ChoiceError
from workbook.columns import header_key
from workbook.problems import HEADER_UNCLEAR
from workbook.report import Answer, FixGroup, Report

_TO_WRITE: Final = "Write it as “Program=Program Name”, or “Notes=leave it out”."


class HeadersAnswered(NamedTuple):
    """What is remembered now, as header → answer, and the report of the file as it is read by that."""

    answers: dict[str, str]
    report: Report


def answer_headers(path: Path, client: Client, given: Sequence[str], ask: Callable[[FixGroup], str]) -> HeadersAnswered:
    """Has the answers to a file's unclear headers remembered: those `given` as `Header=Answer`, and of the others what
    `ask` says, "" for none. An answer is one of our columns or `leave it out`. Raises ChoiceError for one that is
    neither, and for a header that is not unclear in this file."""
    report = client.validate_file(path)
    unclear = {header_key(group.value): group for group in report.fixes if group.code == HEADER_UNCLEAR}
    said = [_pair(text) for text in given]
    for header, _answer in said:
        if header_key(header) not in unclear:
            names = ", ".join(group.value for group in unclear.values()) or "none"
            raise ChoiceError(f"“{header}” is no unclear header of {path.name}. Those that are: {names}.")
    answers = {unclear[header_key(header)].value: answer for header, answer in said}
    for group in unclear.values():
        if group.value not in answers and (answer := ask(group)):
            answers[group.value] = answer
    if not answers:
        return HeadersAnswered({}, report)
    wanted = [
        Answer(column=header, value=header, code=HEADER_UNCLEAR, replacement=answer)
        for header, answer in answers.items()
    ]
    for refused in client.remember(wanted).refused:
        raise ChoiceError(refused.message)
    return HeadersAnswered(answers, client.validate_file(path))


def _pair(text: str) -> tuple[str, str]:
    header, sign, answer = text.rpartition("=")
    if not sign or not header.strip() or not answer.strip():
        raise ChoiceError(f"“{text}” does not say of a header what it is. {_TO_WRITE}")
    return header.strip(), answer.strip()
