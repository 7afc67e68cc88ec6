"""The documentation is held to what it describes: every code, button, command and setting, and every path it names."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from addin.cli.main import app as caseload
from server.cli.main import app as caseload_server
from server.settings import Settings
from workbook.ribbon import BUTTONS

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
PROGRAMS = {"caseload": typer.main.get_command(caseload), "caseload-server": typer.main.get_command(caseload_server)}


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def shown_commands(page: Path) -> list[list[str]]:
    """The commands in a page's code blocks, and those in the text that begin with one of our programs."""
    content = page.read_text("utf-8")
    blocks = re.findall(r"^ *```(\w*)\n(.*?)^ *```", content, re.MULTILINE | re.DOTALL)
    lines = [line.strip() for kind, block in blocks for line in block.splitlines() if line.strip() and not kind]
    lines += [code for code in re.findall(r"`([^`\n]+)`", content) if code.split()[0] in PROGRAMS]
    return [shlex.split(line) for line in lines]


def commands_of(command: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every command below this one, as the words that call it."""
    if not hasattr(command, "commands"):
        return [path]
    return [found for name, below in command.commands.items() for found in commands_of(below, (*path, name))]


def test_the_page_of_problems_is_made_from_the_tables():
    made = subprocess.run([sys.executable, ROOT / "docs/make_problems.py"], capture_output=True, check=True, cwd=ROOT)
    assert made.stdout.decode() == text("docs/problems.md"), "run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_a_page_shows_exists_with_its_options(page):
    for words in shown_commands(page):
        if words[0] == "make":
            assert all(re.search(rf"^{target}:", text("Makefile"), re.MULTILINE) for target in words[1:]), words
        if words[0] not in PROGRAMS:
            continue
        command = PROGRAMS[words.pop(0)]
        while hasattr(command, "commands") and words:
            assert words[0] in command.commands, f"{page.name}: there is no command {words[0]}"
            command = command.commands[words.pop(0)]
        known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        assert {word for word in words if word.startswith("--")} <= known | {"--help"}, f"{page.name}: {words}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_and_link_that_a_page_names_exists(page):
    content = page.read_text("utf-8")
    linked = [page.parent / link for link in re.findall(r"\]\(([^)#:]+)\)", content)]
    named = re.findall(r"`((?:workbook|server|addin|tests|docs|benchmarks)/[\w/.]*)`", content)
    assert [str(path) for path in [*linked, *(ROOT / name for name in named)] if not path.exists()] == []


def test_every_button_is_explained():
    page = text("docs/using.md")
    assert [button.label for button in BUTTONS if f"**{button.label}**" not in page] == []


@pytest.mark.parametrize(("program", "page"), [("caseload", "docs/using.md"), ("caseload-server", "docs/operate.md")])
def test_every_command_is_documented(program, page):
    missing = []
    for words in commands_of(PROGRAMS[program]):
        told = f"{program} {' '.join(words)}"
        if told not in text(page) and f"`{' '.join(words)}`" not in text(page):
            missing.append(told)
    assert missing == []


def test_every_setting_is_documented():
    page = text("docs/operate.md")
    names = [f"CASELOAD_{name.upper()}" for name in Settings.model_fields]
    assert [name for name in names if name not in page and f"`_{name.rpartition('_')[2]}`" not in page] == []


def promises() -> list[list[str]]:
    """The tests that each line of a table in docs/security.md names, as file::function."""
    rows = [line.split("|")[1:-1] for line in text("docs/security.md").splitlines() if line.startswith("|")]
    lines = [cells for cells in rows if cells[0].strip() not in ("promise", "---")]
    return [re.findall(r"`(tests/[\w/]+\.py::\w+)`", cells[-1]) for cells in lines]


def test_every_promise_about_security_names_tests_that_exist():
    named = promises()
    missing = [
        test
        for test in {test for tests in named for test in tests}
        if not re.search(rf"^ *(?:async )?def {test.partition('::')[2]}\(", text(test.partition("::")[0]), re.MULTILINE)
    ]
    assert missing == []
    assert named, "the page has tables"
    assert all(named), "every promise names a test that holds it"


def test_the_two_commands_come_first():
    assert re.search(r"```\nmake run\nmake test\n```", text("README.md"))
    assert text("README.md").index("make run") < text("README.md").index("caseload")


def pictures(page: Path) -> list[Path]:
    return [page.parent / link for link in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", page.read_text("utf-8"))]


def test_the_pictures_are_small_are_shown_and_are_made_by_a_command():
    kept = sorted((ROOT / "docs" / "pictures").iterdir())
    shown = {picture.resolve() for page in PAGES for picture in pictures(page)}
    assert pictures(ROOT / "README.md")
    assert {path.resolve() for path in kept} == shown
    maker = text("docs/make_pictures.py")
    target = text("Makefile").partition("\npictures:")
    for path in kept:
        assert path.read_bytes().startswith(b"\x89PNG")
        assert path.stat().st_size < 120_000
        assert f'"{path.name}"' in maker
        assert path.name in target[0].rpartition("\n#")[2]
    assert "-m docs.make_pictures" in target[2].partition("\n\n")[0]


def test_every_reference_to_the_specification_leads_somewhere():
    page = text("docs/spec.md")
    known = set(re.findall(r"^## (\d+)\.", page, re.MULTILINE)) | set(re.findall(r"^- (R\d+)", page, re.MULTILINE))
    files = [path for folder in ("addin", "server", "workbook", "tests", "docs") for path in (ROOT / folder).rglob("*")]
    wrong = {
        f"{path.relative_to(ROOT)}: SPEC {name}"
        for path in [*files, ROOT / "README.md"]
        if path.suffix in (".py", ".md")
        for names in re.findall(r"SPEC ((?:R?\d+(?:, )?)+)", path.read_text("utf-8"))
        for name in names.split(", ")
        if name and name not in known
    }
    assert len(known) > 20
    assert wrong == set()
