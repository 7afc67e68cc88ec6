"""Keep each site's names counted and indexed for fuzzy search (`server.suggest.name_index`).

The index is stored beside the participants and updated by each import: to search a million names for the few that
resemble a wrong one would take longer than a check of a sheet may.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Select, func, select

from server.judge.reference import User
from server.records.bulk import execute_many, insert_rows
from server.records.known_people import everybody_known, known_programs, only_those_known
from server.records.matching import can_be_stored, matching
from server.records.tables import enrollments, name_forms, names, participants
from server.suggest.name_index import CountedName, Name, NameIndex, forms_of, name_of
from server.suggest.names import Nicknames

_ALL_WHEN: Final = 40
"""All names of a site are read when there are fewer than this many for each one that is sought."""
_OR: Final = "|"
"""Between the words of a name in one way and in the next."""
_FEW: Final = 60
"""Names whose people are asked about one by one. For more it takes less time to count everybody."""


def recount_names(connection: Connection, site_id: int) -> None:
    """Counts the names of the site afresh; to be called, in the same transaction, when its participants changed."""
    stored: Iterable[Any] = connection.execute(_names_of(site_id))
    known = {key: (words, [firsts, lasts]) for key, words, firsts, lasts in stored}
    counts, ways = _counted(connection, site_id)
    gone, new = [key for key in known if key not in counts], sorted(key for key in counts if key not in known)
    parted = [key for key, (words, _counts) in known.items() if words != ways.get(key, words)]
    before = {(form, key) for key in (*gone, *parted) for form in _forms(key, known[key][0])}
    after = {(form, key) for key in (*new, *parted) for form in _forms(key, ways[key])}
    execute_many(
        connection, 'DELETE FROM name_forms WHERE site_id = ? AND form = ? AND "key" = ?',
        sorted((site_id, form, key) for form, key in before - after),
    )  # fmt: skip
    execute_many(connection, 'DELETE FROM names WHERE site_id = ? AND "key" = ?', [(site_id, key) for key in gone])
    insert_rows(
        connection, names, ("site_id", "key", "words", "firsts", "lasts"),
        ((site_id, key, ways[key], *counts[key]) for key in new),
    )  # fmt: skip
    forms = sorted(after - before)
    insert_rows(connection, name_forms, ("site_id", "form", "key"), ((site_id, *form) for form in forms))
    execute_many(
        connection, 'UPDATE names SET words = ?, firsts = ?, lasts = ? WHERE site_id = ? AND "key" = ?',
        [
            (ways[key], *counts[key], site_id, key)
            for key, stored_as in known.items()
            if key in counts and stored_as != (ways[key], counts[key])
        ],
    )  # fmt: skip


def _counted(connection: Connection, site_id: int) -> tuple[dict[str, list[int]], dict[str, str]]:
    """Of each name of the site how many people have it as their first and as their last name; and its words, in every
    way in which it is written there: Vander Dyk and Vanderdyk are one name."""
    counts: dict[str, list[int]] = {}
    parted: dict[str, set[str]] = {}
    in_parts = Counter[str]()
    columns = participants.c
    for role, (key, text) in enumerate(
        ((columns.first_key, columns.first_name), (columns.last_key, columns.last_name))
    ):
        theirs = select(key, func.count()).where(columns.site_id == site_id, key > "").group_by(key)
        for name, people in connection.execute(theirs):
            counts.setdefault(name, [0, 0])[role] += people
        # Nearly all names are letters and nothing else, and so one word.
        odd = text.op("GLOB")("*[^a-zA-Z0-9]*") if connection.dialect.name == "sqlite" else text.op("~")("[^a-zA-Z0-9]")
        written = select(key, text, func.count()).where(columns.site_id == site_id, key > "", odd).group_by(key, text)
        for name, spelling, people in connection.execute(written):
            in_parts[name] += people
            parted.setdefault(name, set()).add(" ".join(name_of(spelling).words))
    for name, several in parted.items():
        if sum(counts[name]) > in_parts[name]:
            several.add(name)
    return counts, {key: _OR.join(sorted(parted.get(key, (key,)))) for key in counts}


def _read(words: str) -> list[tuple[str, ...]]:
    return [tuple(way.split()) for way in words.split(_OR)]


def _forms(key: str, words: str) -> set[str]:
    return {form for way in _read(words) for form in forms_of(Name(key, way))}


def _most_words(ways: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Of the ways in which a name is written, the one that tells most."""
    return max(ways, key=lambda way: (len(way), way))


def names_like(
    connection: Connection, site_id: int, user: User, sought: Sequence[Name], nicknames: Nicknames
) -> NameIndex:
    """Of the site's names all that one of those `sought` may stand for (and perhaps others), counted among those of
    whom the user may know: a score must not show how many others are called so."""
    known = connection.execute(select(func.count()).select_from(names).where(names.c.site_id == site_id)).scalar_one()
    if known <= len(sought) * _ALL_WHEN:
        rows: Iterable[Any] = connection.execute(_names_of(site_id))
    else:
        none = NameIndex((), 0, nicknames)
        forms = {form for name in sought for form in none.sought_forms(name) if form and can_be_stored(form)}
        rows = _by_forms(connection, site_id, forms)
    if not user.administrator:
        rows = _counted_anew(connection, site_id, user, list(rows))
    return NameIndex(
        (CountedName(Name(key, _most_words(_read(words))), (firsts, lasts)) for key, words, firsts, lasts in rows),
        _people(connection, site_id, user), nicknames,
    )  # fmt: skip


def _people(connection: Connection, site_id: int, user: User) -> int:
    """How many people there are among whom the user looks: of those who are no administrators, everybody in their
    programs. Who is theirs by an assignment alone is not counted, which is as good and takes a moment less."""
    count = select(func.count()).select_from(participants).where(participants.c.site_id == site_id)
    if not user.administrator:
        count = select(func.count(enrollments.c.participant_key.distinct())).where(
            enrollments.c.site_id == site_id, enrollments.c.program_key.in_(known_programs(user))
        )
    return connection.execute(count).scalar_one()


def _counted_anew(
    connection: Connection, site_id: int, user: User, rows: Sequence[tuple[Any, ...]]
) -> Iterator[tuple[Any, ...]]:
    """The names with the counts and the words of those of whom the user may know; without those that none of them
    has."""
    keys = {row[0] for row in rows}
    firsts, lasts = Counter[str](), Counter[str]()
    if len(keys) <= _FEW:
        known = only_those_known(connection, user)
        for column, counts in (("first_key", firsts), ("last_key", lasts)):
            join = f"participants p ON p.site_id = ? AND p.{column} = v.a{known} GROUP BY p.{column}"
            counts.update(dict(matching(connection, f"p.{column}, count(*)", join, site_id, keys)))
    else:
        everybody, p = everybody_known(user, site_id), participants.c
        counted = select(p.first_key, p.last_key, func.count()).join(everybody, everybody.c.participant_key == p.key)
        for first, last, people in connection.execute(counted.group_by(p.first_key, p.last_key)):
            firsts[first] += people
            lasts[last] += people
    theirs = [(key, words) for key, words, *_counts in rows if firsts[key] or lasts[key]]
    parted = _parted(connection, site_id, user, {key for key, words in theirs if _OR in words})
    for key, words in theirs:
        yield key, parted.get(key, words), firsts[key], lasts[key]


def _parted(connection: Connection, site_id: int, user: User, keys: Collection[str]) -> dict[str, str]:
    """The words of these names as those write them of whom the user may know."""
    ways: dict[str, set[str]] = {}
    for column in ("first", "last"):
        join = f"participants p ON p.site_id = ? AND p.{column}_key = v.a{only_those_known(connection, user)}"
        for key, spelling in matching(connection, f"DISTINCT v.a, p.{column}_name", join, site_id, keys):
            ways.setdefault(key, set()).add(" ".join(name_of(spelling).words))
    return {key: _OR.join(sorted(several)) for key, several in ways.items()}


def _names_of(site_id: int) -> Select[tuple[str, str, int, int]]:
    columns = names.c
    return select(columns.key, columns.words, columns.firsts, columns.lasts).where(columns.site_id == site_id)


def _by_forms(connection: Connection, site_id: int, forms: set[str]) -> Iterator[tuple[Any, ...]]:
    by_form = "name_forms f ON f.site_id = ? AND f.form = v.a"
    keys = {row[0] for row in matching(connection, 'f."key"', by_form, site_id, forms)}
    by_key = 'names n ON n.site_id = ? AND n."key" = v.a'
    return matching(connection, 'n."key", n.words, n.firsts, n.lasts', by_key, site_id, keys)
