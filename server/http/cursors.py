"""Where a page of a list ended, as a text that only this server reads."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime

from server.http.refusals import ApiRefusal


def cursor_of(*place: int | str) -> str:
    """The cursor of a place in a list."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def place_of(cursor: str, *kinds: type) -> list[int | str]:
    """The place of a cursor. Raises ApiRefusal when it is none, or belongs to another list."""
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error) as flaw:
        raise ApiRefusal("cursor-invalid") from flaw
    if not isinstance(place, list) or [type(part) for part in place] != list(kinds):
        raise ApiRefusal("cursor-invalid")
    return place


def moment_of(text: int | str) -> datetime:
    """A moment in a cursor."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError as flaw:
        raise ApiRefusal("cursor-invalid") from flaw
    if moment.tzinfo is None:
        raise ApiRefusal("cursor-invalid")
    return moment
