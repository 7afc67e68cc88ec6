"""The changelog: its newest heading is the version in pyproject.toml, and every older one has its date."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parents[1]


def headings() -> list[tuple[str, str]]:
    """Version and date, or `unreleased`, newest first."""
    return re.findall(r"^## (\S+) – (\S+)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)


def test_the_newest_heading_is_the_version_that_is_built() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert headings()[0][0] == project["version"]


def test_only_the_newest_heading_may_lack_its_date() -> None:
    dates = [when for _, when in headings()]
    dated = [date.fromisoformat(when) for when in dates if when != "unreleased"]
    assert (dates.count("unreleased"), dated) == (int(dates[0] == "unreleased"), sorted(dated, reverse=True))
