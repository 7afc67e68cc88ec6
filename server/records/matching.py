"""Ask for many values at once, straight through the driver: the rows come back as plain tuples."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from typing import Any, Final

from sqlalchemy import Connection

from server.records.bulk import driver_cursor

_AT_A_TIME: Final = 20_000
"""Keys in one question: few enough that the question itself stays small."""


def matching(
    connection: Connection, columns: str, join: str, site_id: int | None, values: Collection[Any]
) -> Iterator[tuple[Any, ...]]:
    """The rows of `join` for every one of `values`: a key (joined as v.a) or a pair of keys (v.a, v.b).

    All values travel as one parameter, so that a question has the same shape however many they are.
    """
    # Neighbours in an index are neighbours on disk.
    storable = sorted(values if _can_all_be_stored(values) else filter(can_be_stored, values))
    pairs = bool(storable) and isinstance(storable[0], tuple)
    for start in range(0, len(storable), _AT_A_TIME):
        part = storable[start : start + _AT_A_TIME]
        parameters: list[Any]
        if connection.dialect.name == "postgresql":
            kind = "int" if isinstance(part[0], int) else "text"
            source = "unnest(?::text[], ?::text[]) AS v(a, b)" if pairs else f"unnest(?::{kind}[]) AS v(a)"
            parameters = [list(column) for column in zip(*part, strict=True)] if pairs else [part]
            joined = "JOIN"
        else:
            pair = "json_extract(value, '$[0]') AS a, json_extract(value, '$[1]') AS b"
            source = f"(SELECT {pair if pairs else 'value AS a'} FROM json_each(?)) AS v"  # noqa: S608
            parameters = [json.dumps(part)]
            joined = "CROSS JOIN"  # SQLite's way to say: the values first, then the index
        if site_id is not None:
            parameters.append(site_id)
        question = f"SELECT {columns} FROM {source} {joined} {join}"  # noqa: S608 - our own words
        yield from ask(connection, question, parameters)


def _can_all_be_stored(values: Collection[Any]) -> bool:
    """The same of many texts, or pairs of texts, at a glance."""
    first = next(iter(values), 0)
    return isinstance(first, int) or can_be_stored(
        "".join(chain.from_iterable(values) if isinstance(first, tuple) else values)
    )


def can_be_stored(value: Any) -> bool:
    """Whether a database can hold a text at all; what it cannot hold it need not be asked for."""
    if isinstance(value, tuple):
        return all(map(can_be_stored, value))
    if not isinstance(value, str):
        return True
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a pair of surrogates, which only a broken file holds
        return False
    return "\0" not in value


def ask(connection: Connection, question: str, parameters: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    """The rows of one question, its values marked by `?`."""
    with driver_cursor(connection) as cursor:
        if connection.dialect.name == "postgresql":
            question = question.replace("?", "%s")
        cursor.execute(question, parameters)
        yield from cursor
