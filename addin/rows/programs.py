"""Find programs by what a person types: a Program ID or a name."""

from __future__ import annotations

from typing import Final

from addin.api.client import Client
from addin.errors import ChoiceError
from workbook.columns import ACTION, INSERT, KINDS, PROGRAM_NAME
from workbook.matching import exact_key
from workbook.site import SiteReference

_MOST_NAMED: Final = 12
_MOST_MEANT: Final = 3


def find_program(text: str, reference: SiteReference, client: Client) -> str:
    """The Program ID; "" for all programs. Raises ChoiceError, with the suggestions that the name gets in a row."""
    if not text.strip():
        return ""
    programs = reference.programs
    matches = [one.program_id for one in programs if exact_key(one.program_id) == exact_key(text)]
    matches = matches or [one.program_id for one in programs if exact_key(one.name) == exact_key(text)]
    if len(matches) == 1:
        return matches[0]
    if near := _near_programs(text, client):
        raise ChoiceError(f"{text} is no program of the site. Did you mean {near}?")
    every = [one.name for one in programs]
    more = f" and {len(every) - _MOST_NAMED} more" if len(every) > _MOST_NAMED else ""
    raise ChoiceError(f"{text} is no program of the site. Choose one of: {', '.join(every[:_MOST_NAMED])}{more}.")


def _near_programs(text: str, client: Client) -> str:
    """Up to three programs like a text, in words; "" where none is."""
    row = [INSERT if header == ACTION else text if header == PROGRAM_NAME else None for header in KINDS]
    report = client.validate({"header": list(KINDS), "rows": [row]})
    offered = [one.value for group in report.fixes if group.column == PROGRAM_NAME for one in group.suggestions]
    return " or ".join(value for value in offered[:_MOST_MEANT] if value)
