"""Describe the result of an import as lines for a terminal."""

from __future__ import annotations

from collections import Counter

from server.records.imports.summary import ImportSummary, Tally


def in_words(summary: ImportSummary) -> list[str]:
    """The table, kind by kind, then a sentence for whatever was left out, should be known, or is missing still."""
    left_out = Counter[str]()
    for one in summary.skipped:
        left_out[one.kind] += 0 if one.column else len(one.lines)
    kinds = list(dict.fromkeys([*summary.counts, *left_out, *summary.removed]))
    nothing = Tally(0, 0, 0)
    lines = [
        f"{kind:<13}{tally.new:>9,} new {tally.changed:>9,} changed {tally.unchanged:>9,} as they were "
        + (f"{summary.removed.get(kind, 0):>9,} removed " if summary.removed else "")
        + f"{left_out[kind]:>9,} left out"
        for kind, tally in ((kind, summary.counts.get(kind, nothing)) for kind in kinds)
    ]
    return [*lines, *map(str, summary.skipped), *summary.notes, *summary.missing]
