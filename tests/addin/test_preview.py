"""The sheet Preview says what Submit would do, and warns of a load that the site does not want (SPEC 6)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from addin.api.client import Client
from addin.buttons.registry import SUBMIT, VALIDATE
from addin.sentences import previewed
from tests.support.desk import Desk, Open
from tests.support.own_server import Server, program
from tests.support.sheets import filled_template, insert, plain_workbook
from workbook.layout import PREVIEW_SHEET
from workbook.report import CaseloadChange, Preview
from workbook.sheets.preview_sheet import CHANGED, HEADER_ROW, bar, lay_out_preview

WRONG = "Robrt Smiht"


def facts(book: Desk) -> dict[Any, Any]:
    return {line[0]: line[1] for line in book.cells(PREVIEW_SHEET)[2 : HEADER_ROW - 2] if line[1]}


def loads(book: Desk) -> list[list[Any]]:
    """Caseworker and change."""
    return [[line[0], line[5]] for line in book.cells(PREVIEW_SHEET)[HEADER_ROW:]]


def test_validate_writes_what_submit_would_do_with_the_largest_change_first(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    rows = [insert(agency.person(), Caseworker_Name=name) for name in ("Carla Ruiz", *["Robert Smith"] * 3, WRONG)]
    book = desk(filled_template(client, tmp_path / "a.xlsx", rows))
    book.press(VALIDATE)
    assert book.cells(PREVIEW_SHEET)[1][0].startswith("1 error is left: this counts the rows without one.")
    assert [facts(book), loads(book)] == [{"Assignments begun": 4}, [["Robert Smith", "+3"], ["Carla Ruiz", "+1"]]]
    book.choose(WRONG, leave_out="Yes")
    book.apply_fixes()
    book.press(VALIDATE)
    assert facts(book) == {"Assignments begun": 4, "Rows left out": 1}
    assert book.press(SUBMIT).upload is not None
    assert [line[0] for line in book.cells(PREVIEW_SHEET) if line[0]][1].startswith(
        "Your rows are sent: once they are uploaded, "
    )


def test_where_only_a_part_was_checked_again_the_preview_says_that_it_does_not_know(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    rows = [insert(agency.person()) for _ in range(6)]
    book = desk(filled_template(client, tmp_path / "a.xlsx", [*rows, insert(agency.person(), Caseworker_Name=WRONG)]))
    book.press(VALIDATE)
    book.choose(WRONG, choice="Robert Smith")
    book.apply_fixes()
    assert [line[0] for line in book.cells(PREVIEW_SHEET) if line[0]] == [PREVIEW_SHEET, CHANGED]


def test_a_load_above_what_the_site_wants_is_warned_of_in_the_sheet_and_before_the_write(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    program(agency.environment, "site", "set", "--load-limit", "2")
    try:
        rows = [insert(agency.person(), Caseworker_Name="Ana de la Cruz") for _ in range(3)]
        book = desk(plain_workbook(tmp_path / "a.xlsx", rows))
        book.answers = {}
        preview = book.press(VALIDATE).report.preview
        assert preview is not None
        assert preview.load_limit == 2
        large = [line for line in book.cells(PREVIEW_SHEET) if line[0] == "Ana de la Cruz"]
        assert large[0][6] == "▲ above 2 open cases"
        book.answers = {"submit": "no"}
        book.press(SUBMIT)
        assert "▲ More than 2 open cases, the most that your agency wants: Ana de la Cruz (" in book.asked[-1].text
    finally:
        program(agency.environment, "site", "set", "--load-limit", "0")
    assert "not warned of" in program(agency.environment, "site", "show")


def test_a_load_that_shrinks_is_not_warned_of_and_bars_share_one_scale() -> None:
    some = [CaseloadChange(caseworker="A", before=9, after=6), CaseloadChange(caseworker="B", before=4, after=8)]
    preview = Preview(
        inserts=4, updates=3, enrollments_begun=0, enrollments_ended=0, caseloads=some, load_limit=5
    )  # fmt: skip
    assert [one.caseworker for one in preview.too_large()] == ["B"]
    lines = lay_out_preview(preview, 0, 0)[HEADER_ROW:]
    assert [[line[0], len(str(line[2])), len(str(line[4])), line[5]] for line in lines] == [
        ["B", 6, 12, "+4"],
        ["A", 13, 9, "-3"],
    ]
    assert [bar(0, 9), bar(1, 10_000), bar(9, 9)] == ["", "▏", "█" * 13]


def test_a_question_about_a_csv_file_speaks_of_no_sheet_preview() -> None:
    some = [CaseloadChange(caseworker=f"W{number}", before=1, after=2) for number in range(10)]
    preview = Preview(inserts=10, updates=0, enrollments_begun=0, enrollments_ended=0, caseloads=some)
    told = [previewed(preview, (), 0, in_file=in_file).splitlines()[-1] for in_file in (False, True)]
    assert told == ["… and 2 more caseworkers; the sheet Preview has all.", "… and 2 more caseworkers."]
