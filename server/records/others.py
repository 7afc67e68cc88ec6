"""Fetch whom a sheet may mean by names that stand beside the ID of somebody else (SPEC R2)."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace

from sqlalchemy import Connection

from server.judge.reference import Reference, ReferenceKeys
from server.records.reference_data import participants_of, with_histories


def with_others(connection: Connection, site_id: int, reference: Reference, names: Set[tuple[str, str]]) -> Reference:
    """The Reference with everybody of these names among its `others`, with their enrollments and open assignments, as
    far as its user may know of them. `names`: (`like_key` of First Name, of Last Name)."""
    keys = ReferenceKeys(frozenset(), frozenset(), frozenset(), frozenset(names))
    known = participants_of(connection, site_id, reference.user, keys)
    return replace(with_histories(connection, reference, known), others=known)
