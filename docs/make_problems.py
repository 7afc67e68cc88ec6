"""Prints docs/problems.md from the table of problems: `make docs` writes it, a test holds it."""

from __future__ import annotations

import re

from server.http.refusals import REFUSAL_KINDS
from workbook.problems import PROBLEM_KINDS, ProblemKind, Scope

GROUPS: tuple[tuple[Scope, str], ...] = (
    ("file", "The whole file is refused. Nothing of it was kept; correct the file and send it again."),
    ("report", "A remark about the sheet. The upload goes on."),
    ("cell", "A cell is marked. Correct it, in the cell or in the Fix Errors sheet."),
    ("record", "The record as a whole: the cell under Update or Insert is marked, though the word in it is right."),
)
TITLES = {"file": "The file", "report": "The sheet", "cell": "A cell", "record": "A record"}


def page() -> str:
    """The page as Markdown: every code, what it means, and what the sheet says."""
    lines = [
        "# Problems, and what to do about them",
        "",
        "Every problem has a code that never changes, and a sentence that says what to do. In the sentences below,",
        "words in ‹angle quotes› stand for what your sheet says.",
    ]
    for scope, about in GROUPS:
        lines += ["", f"## {TITLES[scope]}", "", about, ""]
        lines += ["| code | what it means | what you read |", "| --- | --- | --- |"]
        lines += [_line(kind) for kind in PROBLEM_KINDS.values() if kind.scope == scope]
    lines += ["", "## The server says no", ""]
    lines += ["For whoever writes to the HTTP API: the code of each refusal, and its status.", ""]
    lines += ["| code | status | what you read |", "| --- | --- | --- |"]
    lines += [f"| `{kind.code}` | {kind.status} | {_said(kind.detail)} |" for kind in REFUSAL_KINDS.values()]
    return "\n".join(lines) + "\n"


def _said(template: str) -> str:
    return re.sub(r"\{(\w+)\}", r"‹\1›", template)


def _line(kind: ProblemKind) -> str:
    said = _said(kind.message)
    meaning = kind.meaning if kind.severity == "error" else f"{kind.meaning} A warning: the row is not held back."
    return f"| `{kind.code}` | {meaning} | {said} |"


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 - printing is what this file is for
