"""Which column of a foreign sheet is which of ours (SPEC 9): found by header, corrected by the user, remembered."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from addin.stopped import BookError, ChoiceError
from workbook.columns import canonical_header, header_key, is_own_header

_FILE: Final = "pasted-columns.json"
_REMEMBERED: Final = 200
"""Kinds of foreign sheets whose corrections are kept; the oldest go first."""
NOT_USED: Final = "not used"
_NOTHING: Final = frozenset({"", "none", "nothing", "-", header_key(NOT_USED)})


class ColumnMapping:
    """Foreign header → the canonical header it goes to, None where it is not used.

    `headers`: the foreign ones, in order; `ours`: the canonical headers that the sheet has, in order.
    """

    def __init__(self, headers: Sequence[str], ours: Sequence[str], corrections: Mapping[str, str | None]) -> None:
        self.headers = [header for header in dict.fromkeys(headers) if header and not is_own_header(header)]
        self.ours = list(ours)
        self.corrections = {
            header_key(header): target for header, target in corrections.items() if target is None or target in ours
        }
        """Header key → what the user said, now or earlier."""

    @property
    def targets(self) -> dict[str, str | None]:
        """Every foreign header with its target. One target is given once: to the user's choice, else to the column
        that is spelled as ours is, else to the first."""
        taken: dict[str, str] = {}
        guessed = self._guessed()
        for header in sorted(self.headers, key=lambda header: self._rank(header, guessed[header])):
            target = guessed[header]
            if target is not None:
                taken.setdefault(target, header)
        return {header: target if target and taken[target] == header else None for header, target in guessed.items()}

    def not_used(self) -> list[str]:
        return [header for header, target in self.targets.items() if target is None]

    def without_a_place(self) -> list[str]:
        """Known columns among the foreign ones for which our sheet has no place, such as a Program ID where it has
        Program Name."""
        return [
            header for header in self.not_used() if (known := canonical_header(header)) and known not in self.ours
        ]

    def empty(self) -> list[str]:
        """Our columns that nothing goes to."""
        used = set(self.targets.values())
        return [header for header in self.ours if header not in used]

    def correct(self, answer: str) -> None:
        """Takes the user's words, `Notes = Case Number; 4 = not used`: a foreign header or its number, and one of ours.

        Raises ChoiceError that says what it does not understand; then nothing is changed.
        """
        corrected = dict(self.corrections)
        for part in answer.split(";"):
            if not part.strip():
                continue
            left, sign, right = part.partition("=")
            header, target = self._foreign(left.strip()), self._our(right.strip())
            if not sign or header is None or target == "":
                raise ChoiceError(
                    f"{part.strip()} is not understood. Write the number or name of a column of the other sheet, =, "
                    f"and one of: {', '.join(self.ours)}, or {NOT_USED}."
                )
            if target is not None:  # whoever had it makes way
                for other in self.headers:
                    if self.targets[other] == target and other != header:
                        corrected[header_key(other)] = None
            corrected[header_key(header)] = target
        self.corrections = corrected

    def _guessed(self) -> dict[str, str | None]:
        """What each header says by itself, or the user said of it; here is where a guess by likeness would belong."""
        guessed: dict[str, str | None] = {}
        for header in self.headers:
            known = canonical_header(header)
            guessed[header] = self.corrections.get(header_key(header), known if known in self.ours else None)
        return guessed

    def _rank(self, header: str, target: str | None) -> tuple[bool, bool, int]:
        spelled = target is not None and header_key(header) == header_key(target)
        return header_key(header) not in self.corrections, not spelled, self.headers.index(header)

    def _foreign(self, words: str) -> str | None:
        by_key = {header_key(header): header for header in self.headers}
        if found := by_key.get(header_key(words)):
            return found
        number = int(words) if words.isdecimal() else 0
        return self.headers[number - 1] if 1 <= number <= len(self.headers) else None

    def _our(self, words: str) -> str | None:
        """One of ours, None for `not used`, "" where it is neither."""
        if header_key(words) in _NOTHING:
            return None if words else ""
        by_key = {header_key(header): header for header in self.ours}
        named = by_key.get(header_key(words)) or canonical_header(words) or ""
        return named if named in self.ours else ""


def known_corrections(folder: Path, fingerprint: str) -> dict[str, str | None]:
    """What the user said of a sheet with these headers before. `folder`: the settings'."""
    found = _read(folder).get(fingerprint)
    if not isinstance(found, dict):
        return {}
    return {str(key): target for key, target in found.items() if target is None or isinstance(target, str)}


def remember(folder: Path, fingerprint: str, corrections: Mapping[str, str | None]) -> None:
    """Keeps corrections for the next sheet with these headers. Raises BookError when the folder cannot be written."""
    known = _read(folder)
    if known.get(fingerprint, {}) == corrections:
        return
    known.pop(fingerprint, None)
    kept = dict(list((known | {fingerprint: dict(corrections)}).items())[-_REMEMBERED:])
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = folder / f"{_FILE}.new"
        beside.write_text(json.dumps(kept, ensure_ascii=False, indent=1), encoding="utf-8")
        beside.replace(folder / _FILE)
    except OSError as error:
        raise BookError(
            f"Your choice of columns cannot be kept in {folder} ({error.strerror}). Make that folder writable and try "
            "again."
        ) from error


def in_words(mapping: ColumnMapping) -> list[str]:
    """One line per foreign column, numbered, as the question shows it."""
    return [
        f"{number}. {header} → {target or NOT_USED}"
        for number, (header, target) in enumerate(mapping.targets.items(), start=1)
    ]


def listed(headers: Iterable[str]) -> str:
    return ", ".join(headers)


def _read(folder: Path) -> dict[str, object]:
    try:
        content = json.loads((folder / _FILE).read_text("utf-8"))
    except (OSError, ValueError):  # a lost memory is no reason to stop: the question is asked anyway
        return {}
    return content if isinstance(content, dict) else {}
