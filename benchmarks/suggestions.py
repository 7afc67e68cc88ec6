"""Did you mean: how often the right one is suggested, how often somebody wrong, and in what time.

    python -m benchmarks.suggestions                  # everything
    python -m benchmarks.suggestions people --quick   # people only, without the slow comparisons
    python -m benchmarks.suggestions people --clean A.csv --corrupted B.csv

The last is for data of one's own; both files are as `benchmarks/people_sets.py` describes them. Peers stand beside
our own figures: difflib, RapidFuzz's WRatio and token-sort ratio, and for people Splink. FEBRL's sets of people and
Splink come with the extra `benchmarks` (`make benchmarks` installs it).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchmarks import suggestions_headers, suggestions_people, suggestions_staff

PARTS: Final[dict[str, Callable[[argparse.Namespace], None]]] = {
    "people": suggestions_people.show, "staff": suggestions_staff.show, "headers": suggestions_headers.show,
}  # fmt: skip
"""What is measured, in the order in which it is shown."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], default=list(PARTS), metavar="|".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="leave out difflib and Splink, which take minutes")
    parser.add_argument("--clean", type=Path, help="participants.csv: the people who are in the data")
    parser.add_argument("--corrupted", type=Path, help="the same people as somebody else wrote them")
    asked = parser.parse_args()
    if (asked.clean is None) != (asked.corrupted is None):
        parser.error("--clean and --corrupted go together.")
    for part in asked.parts:
        PARTS[part](asked)


if __name__ == "__main__":
    main()
