"""Cache the prepared names of programs and staff between checks of sheets (SPEC 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from server.judge.reference import Reference

if TYPE_CHECKING:
    from server.suggest.lookalikes import SiteNames

_MOST: Final = 50
"""Sites whose names are kept; of 2,000 staff they take about a megabyte."""


class KeptNames:
    """Starts empty; each process that checks sheets keeps one. Threads may share it."""

    def __init__(self) -> None:
        self._kept: dict[int, SiteNames] = {}

    def of(self, site_id: int, reference: Reference) -> SiteNames:
        """The names of a site, prepared anew when its programs or staff are no longer the same."""
        known = self._kept.get(site_id)
        if known is not None and known.are_of(reference):
            return known
        from server.suggest.lookalikes import SiteNames  # takes numpy, which a worker does without

        made = SiteNames(reference.programs, reference.staff)
        if len(self._kept) >= _MOST:
            self._kept = {}
        self._kept[site_id] = made
        return made
