"""Remembered Fixes: show the fixes that the site remembers, and forget some (SPEC 5, 9).

Apply Fixes has them remembered (`remember_answers`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from addin.api.client import Client
from addin.book import Book
from addin.errors import ClientError
from addin.outcome import Outcome
from addin.rows.own_sheets import read_to_forget, write_remembered
from addin.sentences import counted
from workbook.left_out import leaves_out
from workbook.matching import exact_key
from workbook.report import Answer, RememberedFix, Report
from workbook.sheets.fix_sheet import Key, empties

_AT_ONCE: Final = 1000
_REFUSALS_SHOWN: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RememberedShown(Outcome):
    """What the site remembers now. `forgotten`: how many were forgotten just before."""

    fixes: list[RememberedFix]
    forgotten: int


def remembered_fixes(book: Book, client: Client) -> RememberedShown:
    """Shows in the sheet `Remembered` what the site remembers; first forgets what its user marked there with Yes."""
    forgotten = sum(client.forget(fix_id) for fix_id in read_to_forget(book))
    fixes = client.remembered()
    write_remembered(book, fixes, client.reference().date_order)
    done = f"{_forgotten(forgotten)}." if forgotten else ""
    return RememberedShown(fixes=fixes, forgotten=forgotten, sentence=in_words(fixes, forgotten), done=done)


def in_words(fixes: Collection[RememberedFix], forgotten: int, how: str = "") -> str:
    """The result in words. `how`: how to forget a fix; the sheet's way when not given."""
    before = f"{_forgotten(forgotten)}. " if forgotten else ""
    if not fixes:
        advice = "To have one remembered, choose Yes under Remember in Fix Errors, and press Apply Fixes."
        return f"{before}No fix is remembered. {advice}"
    how = how or "To forget one, write Yes beside it and press Remembered Fixes again."
    are = "fix is" if len(fixes) == 1 else "fixes are"
    return f"{before}{len(fixes)} {are} remembered and offered first when the value turns up again. {how}"


def _forgotten(number: int) -> str:
    return f"{counted(number, 'fix', 'fixes')} forgotten"


def remember_answers(client: Client, answers: Mapping[Key, str], remember: Collection[Key], report: Report) -> str:
    """Has the site remember answers that were applied and made the value right, and says so. `report`: on the sheet
    afterwards. A wrong answer is not remembered, because it would only be offered again. The fixes themselves are made
    already, so a failure here becomes a part of the sentence and raises nothing."""
    wrong = {(one.column, exact_key(one.value)) for one in report.problems if one.severity == "error"}
    right = [
        Answer(column=key[0], value=key[1], code=key[2], replacement=answers[key])
        for key in remember
        if not (empties(answers.get(key, "")) or leaves_out(answers[key]))
        and (key[0], exact_key(answers[key])) not in wrong
    ]
    if not right:
        return ""
    kept, refused = 0, []
    try:
        for start in range(0, len(right), _AT_ONCE):
            answer = client.remember(right[start : start + _AT_ONCE])
            kept += len(answer.remembered)
            refused += answer.refused
    except ClientError as error:
        return f" {counted(len(right) - kept, 'answer')} could not be remembered: {error.sentence}"
    done = f" {counted(kept, 'answer')} remembered." if kept else ""
    return done + "".join(f" Not remembered, {one.column}: {one.message}" for one in refused[:_REFUSALS_SHOWN])
