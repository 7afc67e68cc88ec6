"""Decide which column of a foreign sheet goes to which of ours (SPEC 9).

Columns are found by their headers. The user corrects that, and corrections are remembered.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from addin.errors import BookError, ChoiceError
from addin.foreign.evidence import are_dates, are_ids, column_by_cells, fits
from addin.foreign.names import HALVES, WHOLE_NAME, WHOLE_STAFF_NAME, are_turned_names, are_whole_names
from workbook.columns import FIRST_NAME, LAST_NAME, STAFF_NAME, canonical_header, header_key, is_own_header
from workbook.files.likely_headers import Meaning, meanings, means_whole_name
from workbook.matching import text_of
from workbook.whole_file import write_whole

_FILE: Final = "pasted-columns.json"
_SAID: Final = 3.0
_SPELLED: Final = 2.0
KNOWN: Final = 1.0
_BY_CELLS: Final = 0.5
"""How sure it is that a header is one of our columns: the user chose it, it is spelled the same, it is a known alias,
or only its cells show it. Guesses by likeness are between the last two."""
_REMEMBERED: Final = 200
"""Kinds of foreign sheets whose corrections are kept; the oldest go first."""
NOT_USED: Final = "not used"
_NOTHING: Final = frozenset({"", "none", "nothing", "-", header_key(NOT_USED)})


class ColumnMapping:
    """Foreign header → the canonical header it goes to, None where it is not used.

    `headers`: the foreign ones, in order; `ours`: the canonical headers that the sheet has, in order; `cells`: some
    cells of each foreign column, by its header.
    """

    def __init__(
        self,
        headers: Sequence[str],
        ours: Sequence[str],
        corrections: Mapping[str, str | None],
        cells: Mapping[str, Sequence[Any]] | None = None,
    ) -> None:
        self.headers = [header for header in dict.fromkeys(headers) if header and not is_own_header(header)]
        self.ours = list(ours)
        self.choices = [*self.ours, *(whole for whole, halves in HALVES.items() if set(halves) <= set(ours))]
        """What a foreign column may go to: one of our columns, or two where it holds whole names."""
        self.corrections = {
            header_key(header): target
            for header, target in corrections.items()
            if target is None or target in self.choices
        }
        """Header key → the user's choice, now or earlier."""
        found = {header: _read(header, (cells or {}).get(header, ()), self.choices) for header in self.headers}
        self._meanings = {header: [one for one in some if one.column in self.choices] for header, some in found.items()}
        self._homeless = {header for header, some in found.items() if some and not self._meanings[header]}

    @property
    def targets(self) -> dict[str, str | None]:
        """Every foreign header with its target. One target is given once: to the user's choice, else to the column that
        is spelled as ours is, else to the surest one, else to the first."""
        meanings = {header: self._meanings_for(header) for header in self.headers}
        taken: dict[str, str] = {}
        for header in sorted(self.headers, key=lambda header: -meanings[header][0].surely if meanings[header] else 0.0):
            _find_place(header, meanings, taken, set())
        self._part_halves(taken, meanings)
        placed = {header: target for target, header in taken.items()}
        return {header: placed.get(header) for header in self.headers}

    @staticmethod
    def _part_halves(taken: dict[str, str], meanings: Mapping[str, Sequence[Meaning]]) -> None:
        """A whole name and its halves do not both go in: the user's choice stays, else the halves."""
        for whole, halves in HALVES.items():
            if whole not in taken or not taken.keys() & set(halves):
                continue
            is_choice = any(one.column == whole and one.surely == _SAID for one in meanings[taken[whole]])
            for target in halves if is_choice else (whole,):
                taken.pop(target, None)

    def guessed(self) -> dict[str, str]:
        """The targets that are guesses: by likeness, or by the column's cells."""
        return {
            header: target
            for header, target in self.targets.items()
            if target and any(one.column == target and one.surely < KNOWN for one in self._meanings_for(header))
        }

    def agreed(self) -> dict[str, str | None]:
        """The user's corrections, and the guesses that they have let stand: what is to be remembered."""
        return {**{header_key(header): target for header, target in self.guessed().items()}, **self.corrections}

    def not_used(self) -> list[str]:
        return [header for header, target in self.targets.items() if target is None]

    def without_a_place(self) -> list[str]:
        """Known columns among the foreign ones for which our sheet has no place, such as a Program ID where it has
        Program Name."""
        return [header for header in self.not_used() if header in self._homeless]

    def empty(self) -> list[str]:
        """Our columns that nothing goes to."""
        used = {half for target in self.targets.values() if target for half in HALVES.get(target, (target,))}
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
                    f"and one of: {', '.join(self.choices)}, or {NOT_USED}."
                )
            if target is not None:  # the column that had it gives it up
                parts = {target, *HALVES.get(target, ())}
                for other, had in self.targets.items():
                    if other != header and parts & {had, *HALVES.get(had or "", ())}:
                        corrected[header_key(other)] = None
            corrected[header_key(header)] = target
        self.corrections = corrected

    def settle(self, wanted: Mapping[str, str | None]) -> None:
        """Takes a whole form: foreign header → where the user has it go. What they left as it was is not a correction,
        unless it would change with what they corrected.

        Raises ChoiceError where one column of ours is chosen for two; then nothing is changed.
        """
        for target in self.ours:
            rivals = [header for header, chosen in wanted.items() if chosen and target in HALVES.get(chosen, (chosen,))]
            if len(rivals) > 1:
                raise ChoiceError(f"{target} is chosen for {' and for '.join(rivals)}. Choose it for one of them.")
        while changed := _differing(wanted, self.targets):
            self.corrections |= {header_key(header): target for header, target in changed.items()}

    def _meanings_for(self, header: str) -> list[Meaning]:
        """The user's choice for a header, else what it may mean by itself: the surest first."""
        if header_key(header) not in self.corrections:
            return self._meanings[header]
        target = self.corrections[header_key(header)]
        return [Meaning(target, _SAID)] if target else []

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
        by_key = {header_key(header): header for header in self.choices}
        named = by_key.get(header_key(words)) or canonical_header(words) or ""
        return named if named in self.choices else ""


def _read(header: str, cells: Sequence[Any], choices: Sequence[str]) -> list[Meaning]:
    """What a header may mean, given the cells of its column: the surest first. A header that is ours is believed, but
    where whole names stand below it."""
    texts = [text_of(cell) if isinstance(cell, str) else "" for cell in cells]
    found = _meanings_of(header, cells)
    first = found[0].column if found else ""
    if WHOLE_NAME in choices and are_whole_names(texts):
        turned = first in (FIRST_NAME, LAST_NAME) and are_turned_names(texts)
        if turned or (means_whole_name(header) and first not in HALVES[WHOLE_NAME]):
            return [Meaning(WHOLE_NAME, KNOWN - 0.1), *(one for one in found if one.column not in HALVES[WHOLE_NAME])]
    if WHOLE_STAFF_NAME in choices and STAFF_NAME not in choices and first == STAFF_NAME and are_whole_names(texts):
        return [Meaning(WHOLE_STAFF_NAME, found[0].surely), *found]
    return found


def _differing(wanted: Mapping[str, str | None], targets: Mapping[str, str | None]) -> dict[str, str | None]:
    return {header: target for header, target in wanted.items() if targets[header] != target}


def _meanings_of(header: str, cells: Sequence[Any]) -> list[Meaning]:
    numbered = "#" in header.strip().lstrip("#")  # Program # is no Program
    known = canonical_header(header)
    if known and not (numbered and meanings(header)):
        return [Meaning(known, _SPELLED if header_key(header) == header_key(known) else KNOWN)]
    sure = column_by_cells(cells)
    guesses = [
        one
        for one in meanings(header)
        if fits(one.column, cells) and (not one.only or (are_dates if one.only == "dates" else are_ids)(cells))
    ]
    # Some meanings of a header count only where the column holds dates or IDs.
    guesses.sort(key=lambda one: (not one.only, -one.surely))
    return guesses or ([Meaning(sure, _BY_CELLS)] if sure else [])


def _find_place(header: str, meanings: Mapping[str, Sequence[Meaning]], taken: dict[str, str], tried: set[str]) -> bool:
    """Gives a header the best target that is free, or that its holder can leave for another (Kuhn's augmenting path):
    so no header loses its place where there is one for all."""
    for target in (one.column for one in meanings[header]):
        if target not in tried:
            tried.add(target)
            if target not in taken or _find_place(taken[target], meanings, taken, tried):
                taken[target] = header
                return True
    return False


def known_corrections(folder: Path, fingerprint: str) -> dict[str, str | None]:
    """The user's choices for an earlier sheet with these headers. `folder`: the settings'."""
    found = _kept(folder).get(fingerprint)
    if not isinstance(found, dict):
        return {}
    return {str(key): target for key, target in found.items() if target is None or isinstance(target, str)}


def remember(folder: Path, fingerprint: str, corrections: Mapping[str, str | None]) -> None:
    """Keeps corrections for the next sheet with these headers. Raises BookError when the folder cannot be written."""
    known = _kept(folder)
    if known.get(fingerprint, {}) == corrections:
        return
    known.pop(fingerprint, None)
    kept = dict(list((known | {fingerprint: dict(corrections)}).items())[-_REMEMBERED:])
    try:
        write_whole(folder / _FILE, json.dumps(kept, ensure_ascii=False, indent=1).encode())
    except OSError as error:
        raise BookError(
            f"Your choice of columns cannot be kept in {folder} ({error.strerror}). Make that folder writable and try "
            "again."
        ) from error


def listed(headers: Iterable[str]) -> str:
    return ", ".join(headers)


def _kept(folder: Path) -> dict[str, object]:
    try:
        content = json.loads((folder / _FILE).read_text("utf-8"))
    except (OSError, ValueError):  # without the file, the user is simply asked again
        return {}
    return content if isinstance(content, dict) else {}
