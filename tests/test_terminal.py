"""What is told of a cell, a file's name or a record is text at a terminal, whatever signs are in it."""

from __future__ import annotations

import ast
import io
import json
import unicodedata
from pathlib import Path

from addin.cli.options import PlainConsole
from addin.cli.tables import show_report, show_uploads
from workbook.report import Counts, Preview, ProblemOut, Report
from workbook.text import in_one_line, printable, printable_json
from workbook.upload import Progress, Upload
from workbook.upload_state import UploadState

ROOT = Path(__file__).parent.parent
ORDERS = "\x1b]52;c;c3lz\x07\x1b[2J\x9b31m\x1b[1A\r\u202e\u2028\u2029"
"""Write into the clipboard, clear the screen, turn red, go up a line, begin it anew, turn the letters round, begin a
line and a paragraph."""


def unprintable(text: str) -> set[str]:
    return {char for char in text if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp")} - set("\n\t")


def test_a_text_is_shown_with_its_signs_to_be_seen_and_its_lines_kept() -> None:
    assert unprintable(printable(f"a\n\tb{ORDERS}c")) == set()
    assert printable(f"a\n\tb{ORDERS}c").startswith("a\n\tb␛]52;c;c3lz␇␛[2J\ufffd31m")
    assert printable("Zoë\nNúñez\t→ “ok”") == "Zoë\nNúñez\t→ “ok”"


def test_a_line_of_a_listing_stays_one() -> None:
    assert in_one_line(f"a\n\tb{ORDERS}c").startswith("a\u240a\u2409b␛]52;c;c3lz␇␛[2J\ufffd31m")
    assert len(in_one_line(f"a\n\v\f\x85b{ORDERS}c").splitlines()) == 1
    assert in_one_line("Zoë Núñez → “ok”") == "Zoë Núñez → “ok”"


def test_json_says_the_same_and_orders_nothing() -> None:
    content = {"name": f"Ann{ORDERS}", "é": "“ok”"}
    text = printable_json(json.dumps(content, ensure_ascii=False, indent=1))
    assert unprintable(text) == set()
    assert json.loads(text) == content


def test_what_cells_and_files_are_called_orders_no_terminal_anything() -> None:
    """In a table, a warning and a list, on what is a terminal for all that the console knows."""
    named = f"Mary{ORDERS}Jones"
    problem = {"column": "Case Number", "value": named, "message": f"“{named}” is odd."}
    report = Report(
        counts=Counts(rows=2, valid=0, errors=1, warnings=1),
        problems=[
            ProblemOut(row=2, code="cell-error", severity="error", **problem),
            ProblemOut(row=3, code="ssn-unusable", severity="warning", **problem),
        ],
        fixes=[],
        preview=Preview(inserts=0, updates=0, enrollments_begun=0, enrollments_ended=0, caseloads=[]),
        date_order="MDY",
    )
    upload = Upload(
        id="0" * 32, number=1, type="Caseload", filename=named, state=UploadState.COMPLETE, received=1, accepted=1,
        left_out=0, progress=Progress(done=1, total=1), submitted_by=named, submitted_at="2026-01-02T03:04:05Z",
        finished_at=None, reason=named,
    )  # fmt: skip
    console = PlainConsole(file=io.StringIO(), width=200, highlight=False, color_system=None)
    show_report(console, report)
    show_uploads(console, [upload])
    console.print(named, markup=False)
    said = console.file.getvalue()  # type: ignore[attr-defined]
    assert said.count("Mary␛]52;") >= 6
    assert unprintable(said) == set()


def test_every_command_prints_through_what_makes_text_of_it() -> None:
    """typer.echo, confirm and prompt are given a constant, or what `printable` made, for a server's command
    `in_one_line`; no other console is made."""
    wrong = []
    for path in [*ROOT.glob("addin/cli/*.py"), *ROOT.glob("server/cli/*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            if called in ("typer.echo", "typer.confirm", "typer.prompt"):
                said = node.args[0]
                makers = ("in_one_line" if "server" in path.parts else "printable", "printable_json")
                made = isinstance(said, ast.Call) and ast.unparse(said.func) in makers
                is_wrong = not (made or isinstance(said, ast.Constant))
            else:
                # what is wrong with a call is shown into a text, never by itself
                shows = called.endswith(".show") and not node.args
                is_wrong = (
                    shows
                    or (called in ("print", "Console", "app") and not node.keywords)
                    or any(ast.unparse(one) == "typer.echo" for one in node.args)
                )
            if is_wrong:
                wrong.append(f"{path.name}:{node.lineno} {called}")
    assert wrong == []
