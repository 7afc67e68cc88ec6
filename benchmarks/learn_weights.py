"""Counts, in FEBRL 1 to 3, how often two records of one person and of two strangers stand to each other in each way.

    python -m benchmarks.learn_weights [--records 1000]

What it prints is what stands in server/suggest/weights.py. Every corrupted record is held against its original (one
person); one of each person's is held against everybody else's original (strangers; counted by distinct values, so
that it takes but a minute or two). `--records`: only so many of the corrupted ones, to see that it runs.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from itertools import product

from benchmarks.people_sets import Person, febrl_sets
from server.judge.days import is_real
from server.suggest.birth_dates import day_level
from server.suggest.name_index import NameIndex, name_of
from server.suggest.names import standard_nicknames
from server.suggest.weights import Day, Level

Pair = tuple[Person, Person]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, help="of so many corrupted records only")
    asked = parser.parse_args()
    together = febrl_sets()[-1]
    by_id = {person.participant_id: person for person in together.clean}
    pairs = [(written, by_id[written.participant_id]) for written in together.written[: asked.records]]
    names = NameIndex((), 0, standard_nicknames())

    def name_level(one: str, other: str) -> Level:
        return names.level(name_of(one), name_of(other))

    exchanged = [pair for pair in pairs if is_exchanged(pair, name_level)]
    print(f"names exchanged: {len(exchanged) / len(pairs):.4f}, as they belong: {1 - len(exchanged) / len(pairs):.4f}")
    straight = [pair for pair in pairs if pair not in set(exchanged)]
    for field, title, levels, level in (
        ("first_name", "First Name", Level, name_level),
        ("last_name", "Last Name", Level, name_level),
        ("birth_date", "Date of Birth", Day, day_level),
    ):
        some = pairs if levels is Day else straight
        one_each = {stored.participant_id: (written, stored) for written, stored in some}
        show(title, levels, values(some, field), values(one_each.values(), field), level)
    impossible = [(one, other) for one, other in values(pairs, "birth_date") if not is_real(one)]
    show("Date of Birth that no calendar has", Day, impossible, impossible, day_level)
    same = [one == other for one, other in values(pairs, "ssn")]
    print(f"SSN\n  same: ({sum(same) / len(same):.4f}, …)")


def is_exchanged(pair: Pair, level: Callable[[str, str], Level]) -> bool:
    """Whether first and last name agree crosswise, and not as they stand."""
    written, stored = pair
    if not all((written.first_name, written.last_name, stored.first_name, stored.last_name)):
        return False
    crossed = level(written.first_name, stored.last_name), level(written.last_name, stored.first_name)
    straight = level(written.first_name, stored.first_name), level(written.last_name, stored.last_name)
    return max(crossed) <= Level.NEAR and min(straight) > Level.NEAR


def values(pairs: Iterable[Pair], field: str) -> list[tuple[str, str]]:
    """What both records of a pair say in one field, where both say something."""
    both = ((getattr(written, field), getattr(stored, field)) for written, stored in pairs)
    return [(one, other) for one, other in both if one and other]


def show(
    field: str,
    levels: type[IntEnum],
    pairs: Sequence[tuple[str, str]],
    one_each: Sequence[tuple[str, str]],
    level: Callable[[str, str], IntEnum],
) -> None:
    same_person = Counter(level(one, other) for one, other in pairs)
    strangers: Counter[IntEnum] = Counter()
    written, stored = (Counter(pair[side] for pair in one_each) for side in (0, 1))
    for (one, ones), (other, others) in product(written.items(), stored.items()):
        strangers[level(one, other)] += ones * others
    strangers.subtract(level(one, other) for one, other in one_each)
    print(field)
    for one_level in levels:
        chances = same_person[one_level] / len(pairs), strangers[one_level] / strangers.total()
        print(f"  {one_level.name}: ({chances[0]:.4f}, {chances[1]:.6f})")


if __name__ == "__main__":
    main()
