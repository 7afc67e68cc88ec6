"""The fixes that the site remembers: had remembered by Apply Fixes, and shown, and forgotten, by Remembered Fixes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

import xlwings as xw

from addin.api.client import Client
from addin.errors import ClientError
from addin.rows import own_sheets as sheet
from addin.sentences import counted
from addin.status_bar import busy
from workbook.fix_sheet import Key
from workbook.matching import exact_key
from workbook.report import Answer, RememberedFix, Report

_AT_ONCE: Final = 1000
_REFUSALS_TOLD: Final = 3


@dataclass(frozen=True, slots=True)
class RememberedShown:
    """What the site remembers now. `forgotten`: how many were forgotten just before."""

    fixes: list[RememberedFix]
    forgotten: int
    sentence: str


def remembered_fixes(book: xw.Book, client: Client) -> RememberedShown:
    """Shows in the sheet `Remembered` what the site remembers; first forgets what its user marked there with Yes."""
    with busy(book, "Asking the server …"):
        forgotten = sum(client.forget(fix_id) for fix_id in sheet.read_to_forget(book))
        fixes = client.remembered()
        sheet.write_remembered(book, fixes)
    return RememberedShown(fixes, forgotten, in_words(fixes, forgotten))


def in_words(fixes: Collection[RememberedFix], forgotten: int, how: str = "") -> str:
    """What became of it. `how` one forgets a fix; the sheet's way when not given."""
    told = f"{counted(forgotten, 'fix', 'fixes')} forgotten. " if forgotten else ""
    if not fixes:
        return f"{told}No fix is remembered. To have one remembered, choose Yes under Remember in Fix Errors."
    how = how or "To forget one, write Yes beside it and press Remembered Fixes again."
    are = "fix is" if len(fixes) == 1 else "fixes are"
    return f"{told}{len(fixes)} {are} remembered and offered first when the value turns up again. {how}"


def remember_answers(
    client: Client, answers: Mapping[Key, str], remember: Collection[Key], report: Report
) -> str:
    """Has answers remembered that were applied and made the value right, by `report` on the sheet since. Says so.

    An answer that is wrong itself would only be offered again. The fixes are made, so what goes wrong here is told
    beside them instead of stopping anybody.
    """
    wrong = {(one.column, exact_key(one.value)) for one in report.problems if one.severity == "error"}
    right = [
        Answer(column=key[0], value=key[1], code=key[2], replacement=answers[key])
        for key in remember
        if answers.get(key) and (key[0], exact_key(answers[key])) not in wrong
    ]
    if not right:
        return ""
    kept, refused = 0, []
    try:
        for start in range(0, len(right), _AT_ONCE):
            told = client.remember(right[start : start + _AT_ONCE])
            kept += len(told.remembered)
            refused += told.refused
    except ClientError as error:
        return f" {counted(len(right) - kept, 'answer')} could not be remembered: {error.sentence}"
    done = f" {counted(kept, 'answer')} remembered." if kept else ""
    return done + "".join(f" Not remembered, {one.column}: {one.message}" for one in refused[:_REFUSALS_TOLD])
