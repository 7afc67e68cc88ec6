"""Did you mean: how often the right one is suggested, how often somebody wrong, and in what time.

    python -m benchmarks.suggestions                  # everything
    python -m benchmarks.suggestions people --quick   # people only, without the slow comparisons
    python -m benchmarks.suggestions people --clean A.csv --corrupted B.csv
    python -m benchmarks.suggestions --quick --small  # a few hundred people only, to see that it runs

The third is for data of one's own; both files are as `benchmarks/people_sets.py` describes them. Peers stand beside
our own figures: difflib, RapidFuzz's WRatio and token-sort ratio, and for people Splink. FEBRL's sets of people and
Splink come with the extra `benchmarks` (`make benchmarks` installs it).
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from benchmarks import (
    suggestions_headers,
    suggestions_people,
    suggestions_staff,
    suggestions_titles,
    suggestions_words,
)
from benchmarks.people_sets import Person, sample_set
from workbook.columns import DEMOGRAPHICS, PARTICIPANT_ID

PARTS: Final[dict[str, Callable[[argparse.Namespace], None]]] = {
    "people": suggestions_people.show, "staff": suggestions_staff.show, "titles": suggestions_titles.show,
    "headers": suggestions_headers.show, "words": suggestions_words.show,
}  # fmt: skip
"""What is measured, in the order in which it is shown."""
SMALL: Final = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="|".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="leave out difflib and Splink, which take minutes")
    parser.add_argument("--clean", type=Path, help="participants.csv: the people who are in the data")
    parser.add_argument("--corrupted", type=Path, help="the same people as somebody else wrote them")
    parser.add_argument("--small", action="store_true", help=f"{SMALL} people of the sample agency instead of all sets")
    asked = parser.parse_args()
    if (asked.clean is None) != (asked.corrupted is None):
        parser.error("--clean and --corrupted go together.")
    with tempfile.TemporaryDirectory(prefix="caseload-benchmark-") as folder:
        if asked.small:
            some = sample_set(SMALL)
            asked.clean = _write(some.clean, Path(folder) / "clean.csv")
            asked.corrupted = _write(some.written, Path(folder) / "corrupted.csv")
        for part in asked.parts or PARTS:
            PARTS[part](asked)


def _write(people: Sequence[Person], path: Path) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([(PARTICIPANT_ID, *DEMOGRAPHICS), *people])
    return path


if __name__ == "__main__":
    main()
