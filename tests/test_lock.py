"""What `make setup` installs is locked: each requirement has a release for each Python."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / ".ci/lock.txt").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PYTHONS = ("3.11", "3.12", "3.13")


def locked(python: str) -> dict[NormalizedName, str]:
    """Package → the release that is locked for a Python on Linux."""
    system = {"sys_platform": "linux", "python_version": python, "python_full_version": f"{python}.1"}
    lines = [Requirement(line) for line in LOCK.splitlines() if line and not line.startswith("#")]
    applying = [line for line in lines if line.marker is None or line.marker.evaluate(system)]
    releases = {canonicalize_name(line.name): str(line.specifier).removeprefix("==") for line in applying}
    assert len(releases) == len(applying), "a package is locked twice"
    return releases


def asked_for() -> list[Requirement]:
    """Every requirement of pyproject.toml, but its own extras."""
    extras = PROJECT["optional-dependencies"].values()
    every = [Requirement(line) for line in [*PROJECT["dependencies"], *(line for extra in extras for line in extra)]]
    return [requirement for requirement in every if requirement.name != PROJECT["name"]]


@pytest.mark.parametrize("python", PYTHONS)
def test_every_requirement_is_locked_to_a_release_that_it_allows(python: str) -> None:
    releases = locked(python)
    missing = [
        str(requirement)
        for requirement in asked_for()
        if not SpecifierSet(str(requirement.specifier)).contains(releases.get(canonicalize_name(requirement.name), "0"))
    ]
    assert missing == [], "run `make lock`"


def test_the_lock_names_releases_and_no_place_to_get_them() -> None:
    lines = [line for line in LOCK.splitlines() if not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.]+( ; .*)?", line)] == []
    assert "://" not in LOCK
