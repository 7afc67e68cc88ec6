"""What the command line shows fits 80 columns, and its questions take every answer they offer."""

from __future__ import annotations

import io

import pytest
import typer
from rich.console import Console

from addin.cli.fix_loop import MistakeAnswer, Stop, ask
from addin.cli.tables import Watch, error_groups, show_report, show_uploads
from workbook.report import Counts, FixGroup, Preview, ProblemOut, Report, Suggestion
from workbook.upload import Progress, Upload, UploadTest
from workbook.upload_state import UploadState

GROUP = FixGroup(
    column="Caseworker Name", value="Robrt [Smiht]", code="unknown-staff", count=8, rows=list(range(2, 10)),
    suggestions=[
        Suggestion(value="Robert Smith", label="Robert Smith", score=95, remembered=True),
        Suggestion(value="S2", label="Rob Smits · Youth Shelter", score=80),
    ],
)  # fmt: skip


def report() -> Report:
    problems = [
        ProblemOut(
            row=row, column=GROUP.column, code=GROUP.code, severity="error", value=GROUP.value,
            message="No staff member is known as “Robrt [Smiht]”. Choose a suggestion or correct the spelling.",
        )
        for row in GROUP.rows
    ]  # fmt: skip
    problems.append(
        ProblemOut(
            row=11, column="Update or Insert", code="repeated-row", severity="error", value="Insert",
            message="This row says the same as row 10. Delete one of the two.",
        )
    )  # fmt: skip
    problems.append(
        ProblemOut(
            row=12, column="Start Date", code="future-date", severity="warning", value="2030-01-01",
            message="Start Date 2030-01-01 is in the future.",
        )
    )  # fmt: skip
    preview = Preview(inserts=0, updates=0, enrollments_begun=0, enrollments_ended=0, caseloads=[])
    counts = Counts(rows=11, valid=2, errors=9, warnings=1)
    return Report(counts=counts, problems=problems, fixes=[GROUP], preview=preview)


def upload(state: str, done: int = 0) -> Upload:
    return Upload(
        id="u1", number=1, filename="a.xlsx", state=UploadState(state), received=5, accepted=0, left_out=0,
        progress=Progress(done=done, total=5), submitted_by="ADM", submitted_at="2026-01-01T00:00:00Z",
        finished_at=None, reason=None,
    )  # fmt: skip


def test_the_grouped_problems_fit_80_columns_and_show_values_as_they_are() -> None:
    out = io.StringIO()
    show_report(Console(file=out, width=80), report())
    shown = out.getvalue()
    assert max(map(len, shown.splitlines())) <= 80
    for expected in ("2, 3, 4, 5, 6,", "+2", "Robrt [Smiht]", "→ Robert Smith (remembered)", "Rob Smits"):
        assert expected in shown
    assert "Warning, row 12, Start Date: Start Date 2030-01-01 is in the future." in " ".join(shown.split())


def test_an_upload_that_waits_says_below_the_table_what_to_type() -> None:
    out = io.StringIO()
    waiting = upload("complete").model_copy(update={"filename": "$(x).xlsx", "test": UploadTest(rows=2, kept=None)})
    show_uploads(Console(file=out, width=80), [waiting, upload("needs-fixes"), upload("complete")])
    shown = " ".join(out.getvalue().split())
    assert "complete (test)" in shown
    assert shown.endswith(
        "No. 1: Look at its log, then run “caseload test FILE --keep” to keep the rows, or run “caseload test "
        "FILE --roll-back”. "
        "No. 1: Correct the rows in its workbook and submit again, or leave them out."
    )


def test_errors_are_grouped_with_the_most_frequent_first_and_warnings_are_none() -> None:
    assert [(group.code, group.rows) for group in error_groups(report())] == [
        ("unknown-staff", [2, 3, 4, 5, 6, 7, 8, 9]),
        ("repeated-row", [11]),
    ]


def test_progress_is_a_line_per_state_where_there_is_no_terminal() -> None:
    out = io.StringIO()
    with Watch(Console(file=out, width=80)) as watch:
        for text in ("Checking the rows …", "", "Upload writing 1 of 5 rows …"):
            watch.status(text)
        for state, done in (("validating", 0), ("writing", 1), ("writing", 3), ("complete", 5)):
            watch.upload(upload(state, done))
    assert out.getvalue().splitlines() == [
        "Checking the rows …",
        "Upload No. 1: validating",
        "Upload No. 1: writing",
        "Upload No. 1: complete",
    ]


def test_progress_is_a_bar_on_a_terminal_and_leaves_nothing_running() -> None:
    out = io.StringIO()
    console = Console(file=out, width=80, force_terminal=True)
    with Watch(console) as watch:
        watch.status("Checking the rows …")
        watch.status("")
        for done in (0, 3, 5):
            watch.upload(upload("writing", done))
    assert "Checking the rows" in out.getvalue()
    assert "writing" in out.getvalue()
    with console.status("the display is free again"):
        pass


def test_the_bar_makes_room_before_a_question() -> None:
    console = Console(file=io.StringIO(), width=80, force_terminal=True)
    with Watch(console) as watch:
        watch.upload(upload("writing", 3))
        watch.status("")
        with console.status("the display is free for the question"):
            pass
        watch.upload(upload("writing", 4))


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("1", MistakeAnswer("Robert Smith")),
        ("2", MistakeAnswer("S2")),
        ("=1", MistakeAnswer("1")),
        ("Rob Roy", MistakeAnswer("Rob Roy")),
        ("", MistakeAnswer()),
        ("X", MistakeAnswer(leave_out=True)),
        ("e", MistakeAnswer("(empty the cell)")),
        ("=e", MistakeAnswer("e")),
    ],
)
def test_a_question_takes_a_number_a_value_nothing_x_or_e(
    monkeypatch: pytest.MonkeyPatch, typed: str, answer: MistakeAnswer
) -> None:
    monkeypatch.setattr(typer, "prompt", lambda *_, **__: typed)
    out = io.StringIO()
    assert ask(Console(file=out, width=80), GROUP, "No staff member is known as that.", "MDY") == answer
    assert "1  Robert Smith (remembered)" in out.getvalue()


@pytest.mark.parametrize(
    ("typed_then", "answer"),
    [("1", MistakeAnswer("Robert Smith")), ("=30", MistakeAnswer("30"))],
    ids=["number", "itself"],
)
@pytest.mark.parametrize("column", ["Caseworker Name", "Caseworker Staff ID"])
def test_a_number_that_no_suggestion_has_is_asked_again_in_every_kind_of_question(
    monkeypatch: pytest.MonkeyPatch, column: str, typed_then: str, answer: MistakeAnswer
) -> None:
    typed = iter(["30", typed_then])
    monkeypatch.setattr(typer, "prompt", lambda *_, **__: next(typed))
    out = io.StringIO()
    group = GROUP.model_copy(update={"column": column})
    assert ask(Console(file=out, width=80), group, "No staff member is known as that.", "MDY") == answer
    assert "No suggestion has the number 30. To put 30 itself into the cell, type =30." in out.getvalue()
    assert next(typed, None) is None


def test_q_stops_the_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typer, "prompt", lambda *_, **__: "q")
    with pytest.raises(Stop):
        ask(Console(file=io.StringIO()), GROUP, "No staff member is known as that.", "MDY")
