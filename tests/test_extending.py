"""docs/extending.md is followed word for word, for one rule and one column, in a copy of all the code."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.extending import ROOT, Step, forgotten, steps

FORGOTTEN = "from tests.support.extending import forgotten; print(*forgotten(), sep='\\n')"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """All of the code, tests and pages; what is run there imports it from there."""
    if forgotten():
        pytest.skip("A place is forgotten already, and would be named here again.")
    for folder in ("workbook", "server", "addin", "tests", "docs"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def run(copy: Path, *arguments: str) -> str:
    """What a Python says that is started there."""
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def make_docs(copy: Path) -> None:
    (copy / "docs/problems.md").write_text(run(copy, "docs/make_problems.py"), "utf-8")


def followed(copy: Path, taken: list[Step]) -> None:
    for step in taken:
        step.take(copy)


def test_no_place_of_a_rule_a_column_or_a_format_was_forgotten() -> None:
    assert forgotten() == []


def test_whoever_follows_the_page_has_a_rule_with_its_sentence_its_test_and_its_documentation(copy: Path) -> None:
    followed(copy, steps("A rule"))
    make_docs(copy)
    assert run(copy, "-c", FORGOTTEN).strip() == ""
    assert "start-long-ago" in (copy / "docs/problems.md").read_text("utf-8")
    tested = run(
        copy, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "tests/server/judge/test_rules_of_dates.py"
    )
    assert " passed" in tested


@pytest.mark.parametrize(
    ("left_out", "named"),
    [
        ("workbook/problems.py", "start-long-ago: no sentence in workbook/problems.py"),
        ("server/judge/rules.py", "start-long-ago: nothing in server/judge/rules.py or elsewhere finds it"),
        ("docs/spec.md", "start-long-ago: not in docs/spec.md"),
        ("tests/server/judge/test_rules_of_dates.py", "start-long-ago: no test below tests/server or tests/workbook"),
        ("docs/problems.md", "start-long-ago: not in docs/problems.md: run `make docs`"),
    ],
)
def test_what_was_forgotten_of_a_rule_is_named(copy: Path, left_out: str, named: str) -> None:
    followed(copy, [step for step in steps("A rule") if step.file != left_out])
    if left_out not in ("docs/problems.md", "workbook/problems.py"):
        make_docs(copy)
    assert run(copy, "-c", FORGOTTEN).splitlines() == [named]


def test_whoever_follows_the_page_has_a_column_in_template_readers_and_rules(copy: Path) -> None:
    followed(copy, steps("A column"))
    assert run(copy, "-c", FORGOTTEN).strip() == ""
    said = run(copy, "-c", A_SHEET_WITH_IT)
    assert said.splitlines() == ["Referral Source", "Who referred the person. May stay empty.", "County Court", "[]"]
    run(
        copy, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "-k", "referred or sample_row or test_rules",
        "tests/workbook/test_columns.py", "tests/workbook/sheets", "tests/server/judge/test_rules.py",
    )  # fmt: skip


A_SHEET_WITH_IT = """
from pathlib import Path
from workbook.columns import REFERRAL, TemplateChoice
from workbook.files.reader import read_sheet
from workbook.lists import TemplateLists
from workbook.sheets.template import build_csv
header, instruction = build_csv(TemplateChoice(), TemplateLists("Site")).decode("utf-8-sig").splitlines()[:2]
place = header.split(",").index(REFERRAL)
print(header.split(",")[place], instruction.split(",")[place], sep="\\n")
Path("a.csv").write_text("Update or Insert,Participant ID,Referred By\\nInsert,P1,County Court\\n")
sheet = read_sheet(Path("a.csv"), "a.csv")
print(sheet.columns[REFERRAL].values[1])
print([*sheet.unknown_headers])
"""


@pytest.mark.parametrize(
    ("left_out", "named"),
    [
        (")  # fmt: skip", "Referral Source: no entry in COLUMNS of workbook/columns.py"),
        ("| Reason for Dismissal * |", "Referral Source: not in docs/spec.md, section 2"),
    ],
)
def test_what_was_forgotten_of_a_column_is_named(copy: Path, left_out: str, named: str) -> None:
    followed(copy, [step for step in steps("A column") if step.line != left_out])
    assert run(copy, "-c", FORGOTTEN).splitlines() == [named]
