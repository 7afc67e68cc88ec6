"""The workbook does the work: LibreOffice Calc follows the marks to painted cells and suggestions."""

from __future__ import annotations

import copy
import csv
import json
import shutil
import subprocess
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from addin.hosts.closed.losses import losses
from workbook import layout
from workbook.columns import REASON, RELATIONSHIP, STATUS, TemplateChoice, template_headers
from workbook.lists import ListedProgram, ListedStaff, TemplateLists
from workbook.report import Counts, FixGroup, Preview, ProblemOut, Report, Suggestion
from workbook.sheets import fix_sheet
from workbook.sheets.fix_sheet import lay_out_fixes
from workbook.sheets.marked_sheet import MarkedSheet
from workbook.sheets.marks import lay_out_marks
from workbook.sheets.offers import Block, Dropdowns
from workbook.sheets.sample_row import what_is_left
from workbook.sheets.template import build_template, build_workbook, fill

LISTS = TemplateLists(
    site="Harbor House",
    programs=[ListedProgram("P1", "Youth Shelter"), ListedProgram("P2", "Family Support")],
    staff=[ListedStaff("S1", "Dana", "Whitfield"), ListedStaff("S2", "Omar", "Haddad")],
    feeder={RELATIONSHIP: ["Primary", "Backup"], STATUS: ["Active", "On Hold"], REASON: []},
)
HEADERS = template_headers(TemplateChoice(), LISTS.demographics)
PLACE = {header: number for number, header in enumerate(HEADERS, start=1)}
ROWS = range(2, 12)
STAFF, ID, START = PLACE["Caseworker Name"], PLACE["Participant ID"], PLACE["Start Date"]
PAINTED = {f"4,{STAFF}": 2, f"7,{STAFF}": 2, f"7,{START}": 1, f"9,{ID}": 2}
EMPTY = layout.EMPTY_THE_CELL
NAMES = f"Dana Whitfield|Omar Haddad|{EMPTY}"
OFFERED = {f"4,{STAFF}": NAMES, f"7,{STAFF}": NAMES, f"7,{START}": EMPTY, f"9,{ID}": f"00042|{EMPTY}"}
"""What was meant, then what the column allows; of a date that is only looked at, that it may go."""


def problem(row: int, column: str, code: str, value: str, severity: str = "error") -> ProblemOut:
    return ProblemOut(row=row, column=column, code=code, severity=severity, value=value, message="Wrong.")  # type: ignore[arg-type]


def group(column: str, code: str, rows: list[int], *values: str) -> FixGroup:
    suggestions = [Suggestion(value=value, label=value, score=90) for value in values]
    return FixGroup(column=column, value="x", code=code, count=len(rows), rows=rows, suggestions=suggestions)


def write(sheet: Worksheet, top: int, left: int, block: Block | Sequence[Sequence[Any]]) -> None:
    """Writes values as they would be typed: a new cell takes its column's style."""
    for row, line in enumerate(block, start=top):
        for column, value in enumerate(line, start=left):
            cell = sheet.cell(row, column)
            if not cell.has_style:
                cell._style = copy.copy(sheet.column_dimensions[cell.column_letter]._style)  # type: ignore[attr-defined]
            cell.value = value


def marked() -> Workbook:
    """A template with ten rows, checked: a wrong name in two of them, an unknown person, a warning."""
    book = build_workbook(TemplateChoice(), LISTS)
    rows: list[list[str | date | None]] = []
    for row in ROWS:
        line: dict[str, str | date] = {
            "Update or Insert": "Insert",
            "Participant ID": f"{row:05}",
            "Caseworker Name": "Dana Withfield",
            RELATIONSHIP: "Primary",
            STATUS: "Active",
            "Start Date": date(2026, 1, row),
        }
        rows.append([line.get(header) for header in HEADERS])
    fill(book, rows)
    report = Report(
        counts=Counts(rows=10, valid=7, errors=3, warnings=1),
        problems=[
            problem(4, "Caseworker Name", "unknown-staff", "x"),
            problem(7, "Caseworker Name", "unknown-staff", "x"),
            problem(7, "Start Date", "future-date", "x", "warning"),
            problem(9, "Participant ID", "unknown-participant", "x"),
        ],
        fixes=[
            group("Caseworker Name", "unknown-staff", [4, 7], "Dana Whitfield"),
            group("Participant ID", "unknown-participant", [9], "00042"),
        ],
        preview=Preview(inserts=0, updates=0, enrollments_begun=0, enrollments_ended=0, caseloads=[]),
    )
    dropdowns = Dropdowns(LISTS)
    fixes = lay_out_fixes(report, dropdowns=dropdowns)
    marks = lay_out_marks(report, MarkedSheet([*HEADERS, *layout.TEMPLATE_OWN_HEADERS], ROWS), dropdowns)
    write(book[layout.FIX_SHEET], fix_sheet.FIRST_ROW, 1, fixes.lines)
    data = book[layout.DATA_SHEET]
    write(data, marks.first_row, marks.columns.pointer, marks.pointers)
    write(data, marks.first_row, marks.columns.status, marks.statuses)
    write(data, marks.first_row, marks.columns.message, marks.messages)
    write(book[layout.SUGGESTIONS_SHEET], 1, 1, dropdowns.offers.beside(marks.suggestions))
    return book


def python_with_uno() -> str | None:
    for python in ("/usr/bin/python3", shutil.which("python3"), "/opt/libreoffice/program/python"):
        if python and Path(python).exists():
            asked = subprocess.run([python, "-c", "import uno"], capture_output=True, check=False)
            if asked.returncode == 0:
                return python
    return None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("calc")


@pytest.fixture(scope="module")
def told(folder: Path, soffice: str) -> dict[str, Any]:
    """What Calc says of the marked workbook; it also saves it, and a fresh template as text."""
    python = python_with_uno()
    if python is None:
        pytest.skip("LibreOffice's bridge to Python is missing: install it (Debian: apt install python3-uno)")
    workbook, template = folder / "marked.xlsx", folder / "template.xlsx"
    marked().save(workbook)
    template.write_bytes(build_template(TemplateChoice(), LISTS))
    probe = Path(__file__).with_name("calc_probe.py")
    done = subprocess.run(
        [python, probe, soffice, workbook, template, folder],
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_calc_paints_the_flagged_cells_and_offers_their_suggestions(told: dict[str, Any]) -> None:
    assert told["as_written"] == {"severity": PAINTED, "listed": OFFERED}


def test_the_marks_follow_their_rows_when_people_sort(told: dict[str, Any]) -> None:
    assert told["order"] == [f"{row:05}" for row in reversed(ROWS)]
    moved = {f"{row},{column}": f"{13 - row},{column}" for row in ROWS for column in range(1, len(HEADERS) + 1)}
    assert told["sorted"] == {
        "severity": {moved[cell]: severity for cell, severity in PAINTED.items()},
        "listed": {moved[cell]: offered for cell, offered in OFFERED.items()},
    }


def test_the_marks_follow_their_columns_when_one_is_put_between(told: dict[str, Any]) -> None:
    """The new column stands before the third."""

    def moved(cell: str) -> str:
        row, column = map(int, cell.split(","))
        return f"{row},{column + (column > 2)}"

    assert told["column_inserted"] == {
        "severity": {moved(cell): severity for cell, severity in PAINTED.items()},
        "listed": {moved(cell): offered for cell, offered in OFFERED.items()},
    }


def test_an_answer_in_fix_errors_has_a_list_of_its_own_and_an_empty_line_no_zero(told: dict[str, Any]) -> None:
    assert told["answers"] == [NAMES, f"00042|{EMPTY}", "", ""]


def test_no_list_is_empty_for_calc_would_offer_a_zero_of_it(told: dict[str, Any]) -> None:
    assert told["lists"]["list_none"] == EMPTY
    assert "" not in told["lists"].values()


def test_far_below_the_data_every_column_still_has_its_list(told: dict[str, Any]) -> None:
    plain = [layout.LIST_NAMES.get(header, layout.NO_LIST_NAME) for header in HEADERS]
    assert told["validation"] == [f"IF(v_count>0;v_list;{name})" for name in plain]


def test_lists_hold_the_sites_values_and_grow_with_what_is_written(told: dict[str, Any]) -> None:
    assert told["lists"]["list_status"] == "Active|On Hold"
    assert told["lists"]["list_reason"] == EMPTY
    assert told["lists"]["list_staff_name"] == "Dana Whitfield|Omar Haddad"
    assert told["lists"]["list_program_id"] == "P1|P2"
    assert told["refreshed"] == "One|Two|Three|Four"


def test_what_calc_saves_still_paints_and_offers(told: dict[str, Any], folder: Path) -> None:
    again = load_workbook(folder / "saved.xlsx")
    sheet = again[layout.DATA_SHEET]
    before = build_workbook(TemplateChoice(), LISTS)
    kept = {name: again.defined_names[name].attr_text for name in before.defined_names}
    assert kept == {name: known.attr_text for name, known in before.defined_names.items()}
    assert [rule.formula1 for rule in sheet.data_validations.dataValidation] == [
        rule.formula1 for rule in before[layout.DATA_SHEET].data_validations.dataValidation
    ]
    formulas = [rule.formula[0] for area in sheet.conditional_formatting for rule in area.rules]
    assert "v_severity=2" in formulas
    assert "v_severity=1" in formulas
    assert again.sheetnames == list(layout.CODE_NAMES)
    assert [one.title for one in again if one.sheet_state != "visible"] == list(layout.HIDDEN_SHEETS)
    assert sheet.cell(2, ID).value == "00002"
    fixes = again[layout.FIX_SHEET]
    assert [cell.value for cell in fixes[fix_sheet.HEADER_ROW]][: len(fix_sheet.HEADERS)] == list(fix_sheet.HEADERS)
    assert len(fixes.data_validations.dataValidation) == 3
    assert losses(folder / "saved.xlsx") == []  # Calc writes the chart of the uploads its own way
    (chart,) = again[layout.LOG_SHEET]._charts  # type: ignore[attr-defined]
    assert [series.val.numRef.f for series in chart.series] == ["Log!$M$2:$M$11", "Log!$N$2:$N$11"]


def test_a_template_that_calc_saved_as_text_is_still_known_by_every_cell_that_tells(
    told: dict[str, Any], folder: Path
) -> None:
    with (folder / "template.csv").open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    assert header[: len(HEADERS)] == HEADERS
    left = [[what_is_left(name, text) for name, text in zip(HEADERS, row, strict=False) if text] for row in rows]
    assert left[0] == ["instruction row"] * len(HEADERS)
    real = {"Update or Insert", "Date of Birth", RELATIONSHIP, STATUS, "Start Date", "End Date", REASON}
    assert left[1].count("sample row") == len(HEADERS) - len(real)
    assert rows[1][PLACE["Date of Birth"] - 1] == "1990-05-17"
