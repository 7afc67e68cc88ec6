"""Remembered Fixes: show the fixes that the site remembers, and forget some (SPEC 5, 9).

Apply Fixes has them remembered, once its user has agreed to each: `question_on`, `remember_carried`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from addin.api.client import Client
from addin.book import Book
from addin.errors import ClientError
from addin.outcome import YES, Answers, Outcome, UserQuestion
from addin.rows.own_sheets import read_to_forget, write_remembered
from addin.sentences import counted
from workbook.left_out import leaves_out
from workbook.matching import exact_key
from workbook.report import Answer, RememberedFix, Report
from workbook.sheets.fix_sheet import Key, empties

REMEMBER: Final = "remember"
FORGET: Final = "forget"
"""Under which the user's word on each of the questions stands."""
_CARRIED: Final = "asked about"
_FORGOTTEN: Final = "forgotten so far"
_ASKED_TO_FORGET: Final = "Are these to be forgotten, for everybody who is offered them?"
_ASKED: Final = (
    "Is this to be remembered for everybody at your agency? From then on, whoever has such a value is offered your "
    "answer first."
)
_MOST_ASKED: Final = 12
"""Answers of a question, which is to fit on a small screen."""
_AT_ONCE: Final = 1000
_REFUSALS_SHOWN: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RememberedShown(Outcome):
    """What the site remembers now. `forgotten`: how many were forgotten just before."""

    fixes: list[RememberedFix]
    forgotten: int


def remembered_fixes(book: Book, client: Client, given: Answers) -> RememberedShown:
    """Shows in the sheet `Remembered` what the site remembers; first forgets what its user marked there with Yes, and
    agrees to: it concerns everybody, and the sheet may say of a line what the server does not, or be somebody else's.
    """
    forgotten, wanted = int(given.get(_FORGOTTEN, 0)), read_to_forget(book)
    if FORGET in given:
        asked = json.loads(given[_CARRIED])
        wanted = asked[_MOST_ASKED:] if given[FORGET] == YES else []
        forgotten += sum(client.forget(fix_id) for fix_id in asked[:_MOST_ASKED]) if given[FORGET] == YES else 0
    fixes = client.remembered()
    known = {fix.id: fix for fix in fixes}
    if left := [known[fix_id] for fix_id in wanted if fix_id in known]:
        done = f"{_forgotten(forgotten)}." if forgotten else ""
        lines = [f"{_line(one)} ({one.by})" if one.by else _line(one) for one in left[:_MOST_ASKED]]
        question = UserQuestion("\n\n".join((_ASKED_TO_FORGET, "\n".join(lines))), confirms=FORGET)
        carries = {_CARRIED: json.dumps([one.id for one in left]), _FORGOTTEN: str(forgotten)}
        return RememberedShown(fixes=fixes, forgotten=forgotten, done=done, question=question, carries=carries)
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


def to_be_remembered(answers: Mapping[Key, str], keys: Collection[Key], report: Report) -> list[Answer]:
    """Those of some answers that were applied and made the value right. `report`: on the sheet afterwards. A wrong
    answer is not remembered, because it would only be offered again."""
    wrong = {(one.column, exact_key(one.value)) for one in report.problems if one.severity == "error"}
    return [
        Answer(column=key[0], value=key[1], code=key[2], replacement=answer)
        for key, answer in answers.items()
        if key in keys and not (empties(answer) or leaves_out(answer)) and (key[0], exact_key(answer)) not in wrong
    ]


def question_on(sentence: str, answers: Sequence[Answer]) -> UserQuestion:
    """Asks whether these are to be remembered; where they are many, the first of them, and then the next ones: nobody
    agrees to what they have not read. `sentence`: what was done just now, which stands above."""
    named = "\n".join(map(_line, answers[:_MOST_ASKED]))
    return UserQuestion("\n\n".join((sentence, _ASKED, named)), confirms=REMEMBER)


def _line(one: Answer | RememberedFix) -> str:
    return f"{one.column}: “{one.value}” → {one.replacement}"


def carried(answers: Sequence[Answer]) -> Answers:
    """What goes along with the question, for `remember_carried`."""
    return {_CARRIED: json.dumps([one.model_dump() for one in answers])}


def remember_carried(client: Client, given: Answers) -> Outcome:
    """Has the site remember what the user was asked about, where they agreed, and says what came of it. The fixes
    themselves are made already, so a failure becomes the sentence and raises nothing."""
    answers = [Answer.model_validate(one) for one in json.loads(given[_CARRIED])]
    if given[REMEMBER] != YES:
        return Outcome(
            sentence=f"{counted(len(answers), 'answer')} not remembered; the rows are corrected all the same."
        )
    sentence = _remember(client, answers[:_MOST_ASKED])
    rest = answers[_MOST_ASKED:]
    if not rest:
        return Outcome(sentence=sentence, done=sentence)
    return Outcome(sentence=sentence, done=sentence, question=question_on(sentence, rest), carries=carried(rest))


def _remember(client: Client, right: Sequence[Answer]) -> str:
    kept, refused = 0, []
    try:
        for start in range(0, len(right), _AT_ONCE):
            answer = client.remember(right[start : start + _AT_ONCE])
            kept += len(answer.remembered)
            refused += answer.refused
    except ClientError as error:
        return f"{counted(len(right) - kept, 'answer')} could not be remembered: {error.sentence}"
    told = [f"{counted(kept, 'answer')} remembered for everybody."] if kept else []
    told += [f"Not remembered, {one.column}: {one.message}" for one in refused[:_REFUSALS_SHOWN]]
    return " ".join(told)
