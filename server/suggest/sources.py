"""What suggestions draw on beside a Reference: the site's memory, and its records."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from server.judge.reference import Participant, Reference
from server.suggest.lookalikes import Caseworkers, SiteNames, Vocabulary
from server.suggest.name_index import NameIndex
from server.suggest.names import Nicknames

Histories = Callable[[Reference, Sequence[Participant]], Reference]
"""(a Reference, more participants) → the same with the enrollments and open assignments of these too."""


@dataclass(frozen=True, slots=True)
class SiteMemory:
    """The fixes that a site remembers. A key is (column, `exact_key` of a wrong value)."""

    answers: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Key → the replacement."""
    of_others: Collection[tuple[str, str]] = ()
    """Those of `answers` given by somebody whom the user need not trust: only a guess, where nothing else supports
    them."""
    corrected: Collection[tuple[str, str]] = ()
    """Those of `answers` that were corrected again since: no longer offered first."""
    vocabulary: Vocabulary | None = None
    """What the site remembers for other values of a list."""


@dataclass(frozen=True, slots=True)
class SiteRecords:
    """What is known of a site's records beyond the Reference; None where the Reference holds all of it."""

    names: SiteNames | None = None
    """The names of staff and programs, where they are prepared already."""
    people_names: NameIndex | None = None
    """The names of all participants, where only some participants are candidates."""
    caseworkers: Caseworkers | None = None
    """Who has open assignments in which program."""
    histories: Histories | None = None
    """Fetches enrollments and assignments of candidates who are likely, to distinguish them."""
    nicknames: Nicknames | None = None
    """The standard list where None."""
