"""The arrows between packages and wings, read from the code's own imports."""

from __future__ import annotations

import ast
import collections
import functools
import graphlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("workbook", "server", "addin", "tests", "benchmarks")

WHO_PRESSES = ("addin.hosts", "addin.cli", "addin.install", "addin.press", "addin.ribbon", "addin.ask", "xlwings")
"""What knows a spreadsheet or its user: a button knows neither, and runs the same wherever it is pressed."""

NEVER = {
    "workbook": ("server", "addin", "tests", "benchmarks"),
    "workbook/files": ("workbook.sheets", "workbook.vba"),
    "server": ("addin", "tests", "benchmarks"),
    "addin": ("server", "tests", "benchmarks"),
    "server/judge": ("server.http", "server.records", "server.suggest"),
    "server/records": ("server.http",),
    "addin/buttons": WHO_PRESSES,
    "addin/rows": (*WHO_PRESSES, "addin.buttons"),
    "addin/foreign": (*WHO_PRESSES, "addin.buttons"),
    "addin/api": (*WHO_PRESSES, "addin.buttons", "addin.rows"),
    "tests": ("benchmarks",),
}
"""Folder → what nothing in it may import. A benchmark may measure with what the tests are made of (hostile files, a
screen, a PostgreSQL), for what is promised about them is tested; no test waits for what is only measured."""

ALONE = {
    "server/judge": ("workbook", "server.judge"),
    "server/suggest": ("workbook", "server.judge", "server.suggest"),
    "addin/book.py": ("workbook",),
    "addin/outcome.py": ("workbook",),
}
"""Folder or file → all of ours that it may import."""


@functools.cache
def imports(path: Path) -> set[str]:
    """Every module that a file names in an import, wherever in the file it stands."""
    return names(parsed(path))


@functools.cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def names(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{node.module}: imports are written in full"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def imported(path: Path) -> set[str]:
    """The modules of ours that a file imports."""
    return {module for name in imports(path) if (module := module_of(name))}


@functools.cache
def module_of(name: str) -> str:
    """The module of ours that an imported name is, or is in; "" for all else."""
    parts = name.split(".")
    while parts:
        path = ROOT.joinpath(*parts)
        if path.with_suffix(".py").is_file() or (path / "__init__.py").is_file():
            return ".".join(parts)
        parts.pop()
    return ""


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def files(place: str) -> list[Path]:
    """A file, or all that are in a folder."""
    path = ROOT / place
    return [path] if path.is_file() else sorted(path.rglob("*.py"))


@pytest.mark.parametrize("folder", NEVER)
def test_no_import_goes_against_the_arrows(folder):
    wrong = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in files(folder)
        for module in imports(path)
        if any(within(module, package) for package in NEVER[folder])
    ]
    assert files(folder)
    assert wrong == []


@pytest.mark.parametrize("folder", ALONE)
def test_what_is_pure_knows_the_contract_and_itself_only(folder):
    assert files(folder)
    wrong = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in files(folder)
        for module in imports(path)
        if module.split(".")[0] in OURS and not any(within(module, package) for package in ALONE[folder])
    ]
    assert wrong == []


def test_the_spreadsheet_side_speaks_of_no_database_and_no_http_server():
    wrong = [
        f"{path.relative_to(ROOT)} imports {module}"
        for folder in ("addin", "workbook")
        for path in files(folder)
        for module in imports(path)
        if module.split(".")[0] in ("sqlalchemy", "alembic", "fastapi", "starlette", "uvicorn", "flask")
    ]
    assert wrong == []


@pytest.mark.parametrize("package", ["workbook", "server", "addin"])
def test_no_modules_import_each_other_in_a_circle(package):
    """Neither at their heads nor within a function, where a circle would only show as it runs, nor for types alone."""
    graph = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): imported(path)
        for path in files(package)
    }
    assert len(graph) > 10
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


def test_one_module_speaks_to_excel_through_xlwings():
    found = [
        str(path.relative_to(ROOT))
        for package in ("workbook", "server", "addin")
        for path in files(package)
        if any(within(module, "xlwings") for module in imports(path))
    ]
    assert len(found) == 1, found
    assert found[0].startswith("addin/hosts/excel")


def test_no_two_classes_bear_one_name():
    """A name, read in any folder, says which thing is meant. A Protocol and what fulfils it are two things."""
    found = collections.defaultdict(list)
    for path in (path for folder in (*OURS, "docs", ".ci") for path in files(folder)):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ClassDef):
                found[node.name].append(str(path.relative_to(ROOT)))
    assert len(found) > 500
    assert {name: places for name, places in found.items() if len(places) > 1} == {}


def test_nothing_of_another_licence_is_imported():
    wrong = [path for folder in OURS for path in files(folder) if any(within(m, "xlwings.pro") for m in imports(path))]
    assert wrong == []


def test_no_module_is_longer_than_one_sitting():
    """About 400 lines, as agreed; tests may tell longer stories."""
    long = {
        str(path.relative_to(ROOT)): lines
        for folder in ("workbook", "server", "addin", "benchmarks")
        for path in files(folder)
        if (lines := len(path.read_text("utf-8").splitlines())) > 440
    }
    assert long == {}
