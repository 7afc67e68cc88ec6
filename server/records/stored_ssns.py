"""Find and remove stored SSNs that are not SSNs, such as placeholders (SPEC R2).

Earlier versions stored whatever an import file had in its SSN column, as a keyed hash. A hash cannot be reversed, but
what is no SSN is mostly one of few: a placeholder, a word such as “refused”, the last four digits, a number that a
spreadsheet has rounded, a number that was never issued. Each of these is hashed with the key and searched for among the
stored hashes; a match is proof. A value that several people share is reported too, but not removed: it may be a typing
mistake, or a placeholder that is not listed here.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Final, NamedTuple

from sqlalchemy import Connection, select

from server.records import audit
from server.records.bulk import execute_many
from server.records.sites import bump
from server.records.ssn import SsnHasher
from server.records.tables import participants
from workbook.ssn import DIGITS, PLACEHOLDERS, could_be_issued

PLACEHOLDER: Final = "a placeholder"
WORD: Final = "a word in place of a number"
PART: Final = "a part of a number"
ROUNDED: Final = "a number that a spreadsheet has rounded"
NEVER_ISSUED: Final = "a number that is never issued"
LOST_ZEROS: Final = "a number that has lost its zeros in front"
"""Repaired, not taken out: with its zeros it is an SSN."""

_WORDS: Final = (
    "refused", "client refused", "unknown", "none", "no", "n/a", "na", "n.a.", "null", "nil", "nan", "pending",
    "declined", "not provided", "not available", "not applicable", "not given", "not collected", "no ssn", "missing",
    "blank", "empty", "tbd", "tba", "unk", "unkn", "dk", "don't know", "dont know", "doesn't know",
    "client doesn't know", "client prefers not to answer", "prefers not to answer", "data not collected", "undisclosed",
    "confidential", "withheld", "applied for", "no number", "false", "true", "?", "??", "???", ".", "x", "xx", "xxx",
)  # fmt: skip
_MASKS: Final = ("X", "x", "*", "#", "•", "?", "0", "9")
_CHUNK: Final = 1_000_000


_MANY: Final = 500
"""Keys in one question."""

Stored = Mapping[str, Sequence[tuple[int, int, str]]]
"""Hash → the participants that have it: site, key, Participant ID."""


class WrongSsn(NamedTuple):
    """One stored value that is no SSN. `was`: its hash; `put`: the hash to store in its place, "" for none."""

    site_id: int
    key: int
    participant_id: str
    what: str
    was: str
    put: str


class Shared(NamedTuple):
    """How many values of a site several participants share, and how many participants these are."""

    values: int
    participants: int


def has_ssns(connection: Connection) -> bool:
    """Whether any SSN is stored, of whatever site."""
    any_one = select(participants.c.key).where(participants.c.ssn_hash != "").limit(1)
    return connection.execute(any_one).first() is not None


def stored_ssns(connection: Connection) -> Stored:
    """All stored values of all sites."""
    columns = participants.c
    holders: dict[str, list[tuple[int, int, str]]] = {}
    query = select(columns.ssn_hash, columns.site_id, columns.key, columns.participant_id).where(columns.ssn_hash != "")
    for digest, *holder in connection.execute(query.order_by(columns.key)):
        holders.setdefault(digest, []).append(tuple(holder))
    return holders


def find_no_ssns(
    stored: Stored, key: bytes, *, thorough: bool = False, step: Callable[[float], None] | None = None
) -> list[WrongSsn]:
    """Those of the stored values that are proven to be no SSN, by participant. Needs no database, for nobody shall wait
    meanwhile.

    `thorough`: also looks for all numbers of nine digits that are never issued and for all that have lost a zero: some
    200 million, which takes minutes. `step`: called now and then with the share (0 to 1) of them that is done.
    """
    found: list[WrongSsn] = []
    holders = dict(stored)
    if not holders:
        return found
    keyed = hmac.new(key, digestmod=hashlib.sha256)  # made once and copied: for millions of hashes, twice as fast
    for what, text in _all_tries(thorough, step):
        hashed = keyed.copy()
        hashed.update(text.encode())
        digest = hashed.hexdigest()
        if digest in holders:
            put = SsnHasher(key).hash(text.zfill(DIGITS)) if what == LOST_ZEROS else ""
            found += [WrongSsn(*holder, what, digest, put) for holder in holders.pop(digest)]
    return sorted(found, key=lambda one: one[:2])


def take_out(connection: Connection, found: Iterable[WrongSsn], who: str) -> list[WrongSsn]:
    """Takes these values out, or puts their zeros back, and gives those that it did: what was changed since they were
    found stays."""
    of_site: dict[int, list[WrongSsn]] = {}
    for one in found:
        of_site.setdefault(one.site_id, []).append(one)
    taken: list[WrongSsn] = []
    for site_id, theirs in sorted(of_site.items()):
        bump(connection, site_id)  # from here on nobody else writes here
        now = _values_of(connection, [one.key for one in theirs])
        same = [one for one in theirs if now.get(one.key) == one.was]
        changes = [(one.put, one.key) for one in same]
        execute_many(connection, 'UPDATE participants SET ssn_hash = ? WHERE "key" = ?', changes)
        if same:
            counts = Counter(one.what for one in same)
            audit.note(connection, site_id, who, "stored SSNs that are none", detail=in_words(counts))
        taken += same
    return taken


def _values_of(connection: Connection, keys: Sequence[int]) -> dict[int, str]:
    """Key of a participant → the stored value."""
    values: dict[int, str] = {}
    for first in range(0, len(keys), _MANY):
        some = participants.c.key.in_(keys[first : first + _MANY])
        query = select(participants.c.key, participants.c.ssn_hash).where(some)
        values |= {row.key: row.ssn_hash for row in connection.execute(query)}
    return values


def shared_ssns(connection: Connection, among: Collection[int] = ()) -> Shared:
    """Values that several participants of one site have. `among`: keys of participants that are left out of account."""
    columns = participants.c
    holders: Counter[tuple[int, str]] = Counter(
        (site_id, digest)
        for key, site_id, digest in connection.execute(
            select(columns.key, columns.site_id, columns.ssn_hash).where(columns.ssn_hash != "")
        )
        if key not in among
    )
    several = [count for count in holders.values() if count > 1]
    return Shared(len(several), sum(several))


def in_words(counts: Counter[str]) -> str:
    """`3 were a placeholder, 1 was a word in place of a number`."""
    return ", ".join(f"{count:,} {'was' if count == 1 else 'were'} {what}" for what, count in counts.items())


def _all_tries(thorough: bool, step: Callable[[float], None] | None) -> Iterator[tuple[str, str]]:
    yield from _few()
    if not thorough:
        return
    areas = (f"{area}{rest:06d}" for area in ("000", "666") for rest in range(1_000_000))
    groups = (f"{area:03d}00{serial:04d}" for area in range(1, 900) for serial in range(10_000))
    serials = (f"{front:05d}0000" for front in range(1, 90_000))
    rounded = (f"{mantissa // 100_000}.{mantissa % 100_000:05d}E+08" for mantissa in range(100_000, 1_000_000))
    runs: list[tuple[str, Iterable[str], int]] = [
        (ROUNDED, rounded, 900_000), (NEVER_ISSUED, areas, 2_000_000), (NEVER_ISSUED, groups, 8_990_000),
        (NEVER_ISSUED, serials, 90_000),
        (NEVER_ISSUED, map(str, range(900_000_000, 1_000_000_000)), 100_000_000),
        (LOST_ZEROS, (text for text in map(str, range(1_000_000, 100_000_000)) if _was_issued(text)), 99_000_000),
    ]  # fmt: skip
    total, done = sum(count for _, _, count in runs), 0
    for what, texts, count in runs:
        for place, text in enumerate(texts):
            if step and not place % _CHUNK:
                step((done + place) / total)
            yield what, text
        done += count


def _was_issued(text: str) -> bool:
    return could_be_issued(text.zfill(DIGITS))


def _few() -> Iterator[tuple[str, str]]:
    """What is tried at once: about a hundred and fifty thousand, in a second or less."""
    for number in sorted(PLACEHOLDERS):
        yield PLACEHOLDER, number
    for digit in "0123456789":
        for length in range(1, DIGITS + 1):
            yield PLACEHOLDER, digit * length
    for word in _WORDS:
        for text in (word, word.upper(), word.title(), word.capitalize()):
            yield WORD, text.replace("-", "").replace(" ", "")
    for mask in _MASKS:
        yield WORD, mask * DIGITS
    for last in range(10_000):
        yield PART, f"{last:04d}"
        yield PART, str(last)
        for mask in _MASKS:
            yield PART, f"{mask * 5}{last:04d}"
    for power, sign in product(("08", "07", "06"), "Ee"):
        for mantissa in range(100):
            yield ROUNDED, f"{mantissa // 10}.{mantissa % 10}{sign}+{power}"
        for mantissa in range(100, 1000):
            yield ROUNDED, f"{mantissa // 100}.{mantissa % 100:02d}{sign}+{power}"
