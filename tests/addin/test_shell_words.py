"""A name from outside is one word of the commands that we say to run, and starts none (SPEC 10)."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from addin.cli.main import app
from addin.cli.terminal_words import at_terminal
from addin.shell_words import shell_word

ROOT = Path(__file__).parents[2]
WORDS = {
    # name: as it is told on a Mac or on Linux, and on Windows
    "Caseload.xlsx": ("Caseload.xlsx", "Caseload.xlsx"),
    "Müller_2.Ünit-x.xlsx": ("Müller_2.Ünit-x.xlsx", "Müller_2.Ünit-x.xlsx"),
    "My cases.xlsx": ("'My cases.xlsx'", '"My cases.xlsx"'),
    "a & b; c | d.xlsx": ("'a & b; c | d.xlsx'", '"a & b; c | d.xlsx"'),
    "(1) [x] {y}.xlsx": ("'(1) [x] {y}.xlsx'", '"(1) [x] {y}.xlsx"'),
    "C:\\data\\x.xlsx": ("'C:\\data\\x.xlsx'", "C:\\data\\x.xlsx"),
    "my data\\": ("'my data\\'", "FILE"),
    "$(touch PWNED).xlsx": ("'$(touch PWNED).xlsx'", "FILE"),
    "%COMSPEC% x!.xlsx": ("'%COMSPEC% x!.xlsx'", "FILE"),
    "`touch PWNED`.xlsx": ("FILE", "FILE"),
    "O'Brien.xlsx": ("FILE", "FILE"),
    'a" & calc & ".xlsx': ("FILE", "FILE"),
    "a’; calc; ’.xlsx": ("FILE", "FILE"),
    "a\ntouch PWNED\n.xlsx": ("FILE", "FILE"),
    "a\u202exslx.xlsx": ("FILE", "FILE"),
    "--keep.xlsx": ("FILE", "FILE"),
    "": ("FILE", "FILE"),
}


@pytest.mark.parametrize("name", WORDS)
def test_a_name_is_one_word_or_is_not_told(name: str) -> None:
    told = shell_word(name, windows=False), shell_word(name, windows=True)
    assert told == WORDS[name]


def test_a_shell_takes_what_is_told_for_the_name_and_runs_nothing(tmp_path: Path) -> None:
    names = [name for name, (told, _windows) in WORDS.items() if told != "FILE"]
    line = "printf '%s\\n' " + " ".join(shell_word(name, windows=False) for name in names)
    told = subprocess.run(["/bin/sh", "-c", line], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert [told.stdout.splitlines(), list(tmp_path.iterdir())] == [names, []]


def test_the_command_for_an_upload_of_anybody_names_no_file() -> None:
    said = "Look at its log with Log, then press Keep Test."
    assert at_terminal(said, upload=3) == (
        "Look at its log with “caseload log 3”, then run “caseload test FILE --keep”."
    )


OURS = "|".join(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
COMMAND = re.compile(rf"\b(?:caseload (?:{OURS})\b|caseload-server [a-z]+\b|uv tool |pip install )[^.,;”\n]*")
BEGUN = re.compile(rf"caseload (?:{OURS})\b|caseload[- \"]+$|caseload-server |uv tool |pip install ", re.MULTILINE)
PLACE = re.compile("\0(\\d+)\0")


def told_commands(tree: ast.AST) -> Iterator[tuple[str, list[ast.expr]]]:
    """Every command in an f-string, and what is put into it."""
    for told in ast.walk(tree):
        if isinstance(told, ast.JoinedStr):
            values = [one.value for one in told.values if isinstance(one, ast.FormattedValue)]
            places = iter(range(len(values)))
            text = "".join(
                str(one.value) if isinstance(one, ast.Constant) else f"\0{next(places)}\0" for one in told.values
            )
            for command in COMMAND.findall(text):
                yield command, [values[int(place)] for place in PLACE.findall(command)]


OUR_OWN = {
    "option",  # --keep or --roll-back
    "address",  # of a server, judged letter by letter
}


def is_no_name(value: ast.expr) -> bool:
    """Whether it is made harmless, a number, or a word of our own."""
    said = ast.unparse(value)
    return said.startswith("shell_word(") or said.endswith(".number") or said.isupper() or said in OUR_OWN


def test_every_command_that_we_say_to_run_names_what_comes_from_outside_as_one_word() -> None:
    found = 0
    for package in ("addin", "server", "workbook"):
        for module in (ROOT / package).rglob("*.py"):
            source = module.read_text("utf-8")
            if not BEGUN.search(source):
                continue
            for command, values in told_commands(ast.parse(source)):
                found += bool(values)
                bare = [ast.unparse(value) for value in values if not is_no_name(value)]
                assert not bare, f"{module.relative_to(ROOT)}: {command}"
    assert found > 6
