"""The result of an import, counted by kind of record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from server.records.imports.incoming import Skipped


class Tally(NamedTuple):
    """How many records of one kind were new, changed and unchanged."""

    new: int
    changed: int
    unchanged: int


@dataclass(slots=True)
class ImportSummary:
    """The result of an import: counts by kind of record, and notes for a person."""

    counts: dict[str, Tally] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)
    """Kind → how many were removed, because they were deleted at their source."""
    skipped: list[Skipped] = field(default_factory=list)
    """Records of the files that were left out, and why."""
    notes: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    """What the site still lacks before anybody can upload, and how to add it."""

    @property
    def changed(self) -> bool:
        return bool(self.removed) or any(tally.new or tally.changed for tally in self.counts.values())
