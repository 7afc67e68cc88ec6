"""The arrows between packages and wings, read from the code's own imports."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("workbook", "server", "addin", "tests", "benchmarks")

NEVER = {
    "workbook": ("server", "addin", "tests", "benchmarks"),
    "server": ("addin", "tests", "benchmarks"),
    "addin": ("server", "tests", "benchmarks"),
    "server/judge": ("server.http", "server.records"),
    "server/records": ("server.http",),
    "tests": ("benchmarks",),
}
"""Folder → what nothing in it may import. A benchmark may measure with what the tests are made of (hostile files, a
screen, a PostgreSQL), for what is promised about them is tested; no test waits for what is only measured."""

ALONE = {"server/judge": ("workbook", "server.judge")}
"""Folder → all of ours that it may import."""


def imports(path: Path) -> set[str]:
    """Every module that a file names in an import, wherever in the file it stands."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written in full"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


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
def test_the_judging_wing_knows_the_contract_and_itself_only(folder):
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
