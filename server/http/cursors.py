"""Encode and decode the cursor that marks where a page of a list ended."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import Final

from server.http.refusals import ApiRefusal
from server.records.matching import can_be_stored

_LONGEST: Final = 8_000
"""Characters of a cursor. Nearly all of ours have fewer than a hundred; one that names a remembered fix holds what that
is found by, which an index of the database has room for (`server.records.remembered`). The head of a call has room for
it, with nginx, too."""
_LARGEST: Final = 2**31 - 1
"""The largest number of a record that a database keeps."""


def cursor_of(*place: int | str) -> str:
    """The cursor of a place in a list."""
    return base64.urlsafe_b64encode(json.dumps(place, ensure_ascii=False).encode()).decode().rstrip("=")


def place_of(cursor: str, *kinds: type) -> list[int | str]:
    """The place of a cursor. Raises ApiRefusal when it is not valid, or belongs to another list."""
    if len(cursor) > _LONGEST:
        raise ApiRefusal("cursor-invalid")
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, RecursionError) as flaw:
        raise ApiRefusal("cursor-invalid") from flaw
    if not isinstance(place, list) or [type(part) for part in place] != list(kinds):
        raise ApiRefusal("cursor-invalid")
    if not all(can_be_stored(part) if isinstance(part, str) else abs(part) <= _LARGEST for part in place):
        raise ApiRefusal("cursor-invalid")  # half a character, or a number that no database takes
    return place


def moment_of(text: int | str) -> datetime:
    """A moment in a cursor."""
    try:
        moment = datetime.fromisoformat(str(text))
        if moment.tzinfo is None:
            raise ApiRefusal("cursor-invalid")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as flaw:  # none, or before or after all time
        raise ApiRefusal("cursor-invalid") from flaw
