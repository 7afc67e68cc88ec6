"""Say at a terminal which command to run, where a sentence names a button."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import Final

from addin.shell_words import shell_word
from workbook.files.formats import is_workbook
from workbook.ribbon import BUTTONS

COMMANDS: Final = {
    "generate_template": "template",
    "paste_data": "paste FILE",
    "download_caseload": "download FILE",
    "transfer_caseload": "transfer FILE",
    "find_participant": "find",
    "validate": "validate FILE",
    "accept_suggestions": "fix FILE --accept-suggestions",
    "apply_fixes": "fix FILE",
    "remembered_fixes": "remembered",
    "test_rows": "test FILE",
    "submit": "submit FILE",
    "uploads": "uploads",
    "refresh_status": "status",
    "log": "log FILE",
    "keep_test": "test FILE --keep",
    "take_back_test": "test FILE --roll-back",
    "undo_upload": "undo",
    "export_for_eto": "export FILE",
    "settings": "connect",
}
"""A button → what does the same at a terminal. To go from cell to cell there is nothing to type."""
_LABELS: Final = {one.label: COMMANDS[one.command] for one in BUTTONS if one.command in COMMANDS}
_LABEL: Final = "|".join(sorted(map(re.escape, _LABELS), key=len, reverse=True))
_PRESSED: Final = re.compile(
    rf"(?P<verb>\b[Pp]ress |\bwith |, then |; )(?P<label>{_LABEL})(?P<further> again)?\b(?! IDs?\b)"
)
_AGAIN: Final = re.compile(r"\b([Pp])ress the button again\b")


def at_terminal(sentence: str, words: Sequence[str] | None = None, upload: int | None = None) -> str:
    """The sentence with commands in place of buttons: “Press Validate” becomes “Run: caseload validate Caseload.xlsx”.

    `words`: what the command was called with, where the workbook is named; those of this program when not given.
    `upload`: the number of the upload that the sentence is about, where that is anybody's: its file is not named then.
    """
    given = sys.argv[1:] if words is None else words
    file = next((shell_word(word) for word in given if is_workbook(word)), "FILE")

    def run(found: re.Match[str]) -> str:
        told = _LABELS[found["label"]]
        named = file if upload is None else str(upload) if told == COMMANDS["log"] else "FILE"
        verb, command = found["verb"], f"“caseload {told.replace('FILE', named)}”"
        said = {"P": "Run ", "p": "run "}.get(verb[0], verb)
        return f"{said}{command}{found['further'] or ''}"

    return _AGAIN.sub(
        lambda found: f"{'R' if found[1] == 'P' else 'r'}un the command again", _PRESSED.sub(run, sentence)
    )
