"""What is right of each file in `tests/cases/files`, as facts (`tests.cases.doors.facts_of`), in expected.txt.

After a change that is meant, `python -m tests.cases.expected` writes it anew: read the difference, line by line.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from server.records.database import open_database
from server.records.migrate import migrate
from tests.cases.doors import FILES, HERE, agency, facts_of, sent_as_a_file

EXPECTED = HERE / "expected.txt"


def expected() -> dict[str, list[str]]:
    """File name → its facts."""
    facts: dict[str, list[str]] = {}
    for line in EXPECTED.read_text("utf-8").splitlines():
        if line.startswith("  "):
            facts[next(reversed(facts))].append(line[2:])
        elif line:
            facts[line] = []
    return facts


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/caseload.db"
        migrate(open_database(url))
        with agency(url, Path(folder)) as api:
            blocks = ["\n  ".join([file.name, *facts_of(file, api, sent_as_a_file)]) for file in FILES]
    EXPECTED.write_text("\n".join(blocks) + "\n", "utf-8")


if __name__ == "__main__":
    main()
