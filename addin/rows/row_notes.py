"""Keep in a row's hidden cell where it was downloaded from, or which upload wrote it.

The cell is sorted along with its row. An Origin says which record and version the row shows (SPEC R12), who it is
about, and what its cells were. By that, an untouched row is recognized, and a row that is now about another person no
longer counts as downloaded. A Written says which upload wrote the row, and what the row was then: a row that was
changed since is new, and is sent. It replaces the Origin, which is not needed any more. The cell may hold one for each
site that has the row: only that of the site which was asked last counts, and the others wait.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

from addin.rows.hidden_json import json_in
from workbook.columns import (
    ACTION,
    DEMOGRAPHICS,
    KINDS,
    PARTICIPANT_ID,
    PROGRAM_END,
    PROGRAM_START,
    STAFF_FIRST,
    STAFF_ID,
    STAFF_LAST,
    STAFF_NAME,
)
from workbook.matching import exact_key

_WRITTEN: Final = "written"
_ELSEWHERE: Final = "elsewhere"
"""What the mark of another site's upload begins with."""
_BETWEEN: Final = " | "
_MOST_DIGITS: Final = 18
_THEN: Final = "⇥"
"""Stands before the cells' texts. It is no space, because a cell's text keeps only single ones."""
_SITE: Final = "_site"
"""Stands in place of a header before the site that a row was downloaded at."""
_WHOSE: Final = (ACTION, PARTICIPANT_ID, *DEMOGRAPHICS, STAFF_ID, STAFF_NAME, STAFF_FIRST, STAFF_LAST)
KEPT_CELLS: Final = tuple(header for header in KINDS if header not in (*_WHOSE, PROGRAM_START, PROGRAM_END))
"""The cells of a downloaded row that somebody else may change meanwhile."""


class Origin(NamedTuple):
    """Where a downloaded row comes from."""

    record_id: int
    version: int
    digest: str
    """A digest of the row when it was downloaded."""
    participant: str
    """The Participant ID it had."""
    cells: tuple[tuple[str, str], ...] = ()
    """Its cells' texts then, by canonical header; () in a workbook of an earlier version."""
    site_tag: str = ""
    """Which site's record it is; "" in a workbook of an earlier version, and where the site had no upload yet."""

    def text(self) -> str:
        """An earlier version reads this, too: it passes over a header that it does not know."""
        said = [*self.cells, (_SITE, self.site_tag)] if self.site_tag else [*self.cells]
        cells = f"{_THEN}{json.dumps(said, ensure_ascii=False, separators=(',', ':'))}" if said else ""
        return f"{self.record_id} {self.version} {self.digest} {self.participant}{cells}"

    def is_elsewhere(self, site_tag: str) -> bool:
        """Whether it is surely of another site than this one. Numbers of records are the same at many."""
        return bool(self.site_tag and site_tag and self.site_tag != site_tag)

    def is_of(self, texts: Mapping[str, str]) -> bool:
        """Whether a row is still about the same participant. `texts`: canonical header → the cell's text."""
        return exact_key(texts.get(PARTICIPANT_ID, "")) == exact_key(self.participant)

    def is_untouched(self, texts: Mapping[str, str]) -> bool:
        return self.digest == digest_of_row(texts)


def origin(record_id: int, version: int, texts: Mapping[str, str], site_tag: str = "") -> Origin:
    """The origin of a row that is downloaded now. `texts`: canonical header → the cell's text."""
    cells = tuple((header, text) for header, text in texts.items() if header in KEPT_CELLS)
    return Origin(record_id, version, digest_of_row(texts), texts.get(PARTICIPANT_ID, ""), cells, site_tag)


def is_another_but_for_the_site(before: str, now: str) -> bool:
    """Whether two hidden cells tell of two origins, whatever they say of the site: earlier versions said nothing."""
    was, now_is = read_origin(before), read_origin(now)
    return was is None or now_is is None or was._replace(site_tag=now_is.site_tag) != now_is


def read_origin(text: str) -> Origin | None:
    """The origin that a hidden cell holds; None for anything that is none."""
    row, _then, cells = text.partition(_THEN)
    parts = row.split(" ", 3)
    if len(parts) != 4:
        return None
    record_id, version = _number(parts[0]), _number(parts[1])
    if record_id is None or version is None:
        return None
    said = _said(cells)
    site_tag = next((text for header, text in said if header == _SITE), "")
    kept = tuple((header, text) for header, text in said if header in KEPT_CELLS)
    return Origin(record_id, version, parts[2], parts[3], kept, site_tag)


def _said(cells: str) -> list[tuple[str, str]]:
    """The cells' texts and the site; none where somebody wrote into the hidden cell."""
    try:
        return [(str(header), str(text)) for header, text in (json_in(cells) if cells else [])]
    except (ValueError, TypeError):
        return []


def _number(text: str) -> int | None:
    """A number as a database has them; None for more digits, which somebody wrote into the hidden cell."""
    return int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else None


class Written(NamedTuple):
    """The mark of a row that an upload wrote."""

    upload_id: str
    digest: str
    number: int = 0
    """The upload's short number; 0 in a workbook of an earlier version."""
    site_tag: str = ""
    """Which site's upload it is; "" in a workbook of an earlier version, whose mark counts at every site."""

    def facts(self) -> str:
        return f"{self.upload_id} {self.digest} {self.number} {self.site_tag}".rstrip()

    def in_words(self) -> str:
        """What stands beside the row."""
        return f"Written by upload {f'No. {self.number}' if self.number else self.upload_id}."

    def is_same(self, texts: Mapping[str, str]) -> bool:
        """Whether the row is still as it was written. `texts`: canonical header → the cell's text."""
        return self.digest == digest_of_row(texts)


def read_written(text: str) -> Written | None:
    """The mark that counts of those in a hidden cell; None where there is none."""
    return next((mark for counts, mark in _marks(text) if counts), None)


def waits_elsewhere(text: str) -> bool:
    """Whether a hidden cell holds the mark of another site than the one that was asked last."""
    return _ELSEWHERE in text and any(not counts for counts, _mark in _marks(text))


def marks_in(text: str) -> list[Written]:
    """The marks that a hidden cell holds, whether they count or not."""
    return [mark for _counts, mark in _marks(text)]


def marks_of(text: str, upload_ids: Collection[str]) -> str:
    """A hidden cell with the marks of these uploads counting, and all others waiting: for the server of another site,
    or for somebody whom it shows theirs."""
    marks = _marks(text)
    turned = [(mark.upload_id in upload_ids, mark) for _counts, mark in marks]
    return _joined(turned) if turned != marks else text


def with_mark(text: str, new: Written) -> str:
    """A hidden cell with a new mark, which takes the place of its site's earlier one and of all that is no mark."""
    others = [(False, mark) for _counts, mark in _marks(text) if mark.site_tag not in ("", new.site_tag)]
    return _joined([(True, new), *others])


def without_mark(text: str) -> str:
    """A hidden cell without the mark that counts; those of other sites stay."""
    return _joined([(counts, mark) for counts, mark in _marks(text) if not counts])


def _marks(text: str) -> list[tuple[bool, Written]]:
    """Each mark in a hidden cell, and whether it counts."""
    found = []
    for one in text.split(_BETWEEN):
        kind, *facts = one.split(" ")
        if kind in (_WRITTEN, _ELSEWHERE) and 2 <= len(facts) <= 4:
            number, site_tag = [*facts[2:], "", ""][:2]
            mark = Written(facts[0], facts[1], _number(number) or 0, site_tag)
            found.append((kind == _WRITTEN, mark))
    return found


def _joined(marks: Sequence[tuple[bool, Written]]) -> str:
    return _BETWEEN.join(f"{_WRITTEN if counts else _ELSEWHERE} {mark.facts()}" for counts, mark in marks)


def digest_of_row(texts: Mapping[str, str]) -> str:
    """A digest of a row's texts, the same for any order of its columns. `texts`: canonical header → the cell's text."""
    filled = sorted((header, exact_key(text)) for header, text in texts.items() if text)
    return hashlib.sha256(json.dumps(filled).encode()).hexdigest()[:12]
