"""The steps of docs/extending.md as data, and the places where a rule, a column or a format was forgotten."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from server.judge.rules import RULES
from workbook import columns
from workbook.columns import INSERT, KINDS, OWN_HEADERS, UPDATE
from workbook.files.formats import FORMATS
from workbook.files.reader import _READERS
from workbook.problems import PROBLEM_KINDS

ROOT = Path(__file__).parents[2]
_STEP = re.compile(
    r"^In `([^`]+)`, (?:(below|above) `([^`]+)`|at its end):\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL
)

_CSV_ALONE = re.compile(r"""(?:[!=]= *|endswith\()["']\.csv["']""")
"""A door that would go on turning away the next text format."""


class Step(NamedTuple):
    """A text that goes into a file: `where` (below, above, or "" for its end) the line that begins with `line`."""

    file: str
    where: str
    line: str
    text: str

    def take(self, root: Path) -> None:
        path = root / self.file
        lines = path.read_text("utf-8").splitlines(keepends=True)
        places = [number for number, line in enumerate(lines) if self.where and line.lstrip().startswith(self.line)]
        assert len(places) == bool(self.where), f"{self.file}: {len(places)} lines begin with {self.line}"
        place = places[0] + (self.where == "below") if places else len(lines)
        path.write_text("".join([*lines[:place], self.text, *lines[place:]]), "utf-8")


def steps(section: str) -> list[Step]:
    """The steps under a heading of the page."""
    page = (ROOT / "docs/extending.md").read_text("utf-8")
    text = page.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return [Step(*found) for found in _STEP.findall(text)]


def forgotten() -> list[str]:
    """Every place that a rule, a column or a file format should stand in and does not."""
    return [*_of_rules(), *_of_columns(), *_of_formats()]


def _of_rules() -> list[str]:
    spec, page = _text("docs/spec.md"), _text("docs/problems.md")
    tests = _code("tests/server", "tests/workbook")
    code = _code("server", "workbook")
    found = [f"{rule.code}: no sentence in workbook/problems.py" for rule in RULES if rule.code not in PROBLEM_KINDS]
    for name in PROBLEM_KINDS:
        places = {
            "nothing in server/judge/rules.py or elsewhere finds it": code.count(f'"{name}"') > 1,
            "not in docs/spec.md": f"`{name}`" in spec,
            "not in docs/problems.md: run `make docs`": f"`{name}`" in page,
            "no test below tests/server or tests/workbook": f'"{name}"' in tests,
        }
        found += [f"{name}: {place}" for place, there in places.items() if not there]
    return found


def _of_columns() -> list[str]:
    section = _text("docs/spec.md").partition("\n## 2.")[2].partition("\n## ")[0]
    names = {value for name, value in vars(columns).items() if name.isupper() and isinstance(value, str)}
    without = names - set(KINDS) - set(OWN_HEADERS) - {INSERT, UPDATE}
    found = [f"{header}: no entry in COLUMNS of workbook/columns.py" for header in sorted(without)]
    return found + [f"{header}: not in docs/spec.md, section 2" for header in KINDS if header not in section]


def _of_formats() -> list[str]:
    endings = {one.ending for one in FORMATS}
    found = [f"{ending}: a reader, but no line in workbook/files/formats.py" for ending in set(_READERS) - endings]
    section = _text("docs/spec.md").partition("\n## 3.")[2].partition("\n## ")[0]
    places = {
        "no reader in workbook/files/reader.py": " ".join(_READERS),
        "not in docs/spec.md, section 3": section,
        "not in docs/using.md": _text("docs/using.md"),
    }
    found += [f"{ending}: {place}" for ending in endings for place, text in places.items() if ending not in text]
    return found + [
        f"{path.relative_to(ROOT)} knows .csv alone: ask is_text of workbook/files/formats.py"
        for folder in ("workbook", "addin", "server/http", "server/uploads", "server/processes")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if _CSV_ALONE.search(path.read_text("utf-8"))
    ]


def _code(*folders: str) -> str:
    return "".join(path.read_text("utf-8") for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))


def _text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")
