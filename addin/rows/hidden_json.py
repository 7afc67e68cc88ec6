"""Read the JSON that a hidden cell of a row holds, whoever wrote it."""

from __future__ import annotations

import json
from typing import Any


def json_in(cell: str) -> Any:
    """What a hidden cell says. Raises ValueError where it is no JSON, or such as we do not write: a workbook may come
    from a stranger, and deep nesting or half a character would break what goes on with it."""
    try:
        found = json.loads(cell)
        if "\\u" in cell:
            json.dumps(found, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("It is nested too deep.") from None
    return found
