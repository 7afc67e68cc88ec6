"""The sheet `Help`: the steps, the columns and the problems, in plain words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from workbook.columns import ACTION, ROW_MESSAGE, ROW_STATUS
from workbook.layout import DATA_SHEET, FIX_SHEET, LOG_SHEET
from workbook.problems import PROBLEM_KINDS
from workbook.sheets.sample_row import INSTRUCTIONS
from workbook.wrapping import height_of

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

TITLE: Final = "How to upload a caseload"
STEPS: Final = (
    (
        "1  Fill in",
        f"Write one row per change in the sheet {DATA_SHEET}, below its headers. Insert begins an "
        "assignment, Update ends one that is open. Cells with a list show an arrow: choose from it, or type.",
    ),
    (
        "2  Delete the sample",
        "Delete the instruction row and the sample row of a fresh template, the whole rows. "
        "An upload that still holds them is stopped.",
    ),
    (
        "3  Validate",
        f"Every row is checked and nothing is written yet. A red cell in a frame is an error, an amber one "
        f"in a broken frame a warning. {ROW_STATUS} and the row's beginning count them, {ROW_MESSAGE} "
        "says what is wrong and how to put it right.",
    ),
    (
        "4  Fix",
        f"The sheet {FIX_SHEET} shows each wrong value once, with the best suggestion and how sure it is. Accept "
        "Suggestions fills in all that are sure; choose or type the others. Apply Fixes then corrects all the rows. "
        "Each list, and that of the red cell, has the suggestions first, then every allowed value. A row that you do "
        "not want to upload can be left out there.",
    ),
    (
        "5  Submit",
        "Errors stop the whole upload: until each is fixed or its row left out, nothing is written. "
        "After that all rows are written together. Submitting twice never writes twice.",
    ),
    ("6  Read the log", f"The sheet {LOG_SHEET} shows for every row what was written, and what was left out and why."),
)
NOTES: Final = (
    (
        "Buttons or commands",
        "Each step is a button on the Caseload tab. In a terminal they are caseload validate, caseload fix and "
        "caseload submit, each with the name of this file, and caseload log.",
    ),
    (
        "Trying it first",
        f"Test Rows writes the first two rows for real and shows them in the sheet {LOG_SHEET}. Look at them; then "
        "Keep Test keeps them, and Take Back Test takes them back.",
    ),
    (
        "Earlier uploads",
        "Uploads lists them. A double click on a line shows its log: in Excel if macros may run, in Calc once a button "
        "was pressed. Selecting the line and pressing Log does the same; in a terminal, caseload log and its number.",
    ),
    (
        "Headers",
        "Keep the header row. Columns may stand in any order, and columns of your own are ignored with a warning.",
    ),
    ("Sheets", "Only the leftmost sheet is uploaded. The others are written by the buttons."),
    ("History", "Closed assignments are history and are never changed."),
)
_LEFT: Final = 27
_RIGHT: Final = 96
"""Widths of the two columns, in characters."""
_RULE: Final = re.compile(r" \(R\d+\)")
_ACTION_SAYS: Final = "Write Insert to begin an assignment, or Update to end one that is open."


class HelpLine(NamedTuple):
    """One line of the page: two cells. A heading has nothing on the right."""

    left: str
    right: str = ""


def help_page(headers: Sequence[str]) -> list[tuple[str, list[HelpLine]]]:
    """The page as (heading, lines) for a template with these canonical headers."""
    says = INSTRUCTIONS | {ACTION: _ACTION_SAYS}
    columns = [HelpLine(header, says[header]) for header in headers]
    problems = [
        HelpLine(kind.code, _RULE.sub("", kind.meaning) + (" A warning." if kind.severity == "warning" else ""))
        for kind in PROBLEM_KINDS.values()
    ]
    return [
        ("The steps", [HelpLine(*step) for step in STEPS]),
        ("Good to know", [HelpLine(*note) for note in NOTES]),
        ("What each column holds", columns),
        ("What each problem means", problems),
    ]


def build_help_sheet(sheet: Worksheet, headers: Sequence[str]) -> None:
    """Writes the page into an empty sheet."""
    from workbook.sheets import style

    sheet.sheet_view.showGridLines = False
    sheet.column_dimensions["A"].width = 2
    sheet.column_dimensions["B"].width = _LEFT
    sheet.column_dimensions["C"].width = _RIGHT
    style.put(sheet, 1, 2, TITLE, style.TITLE_FONT).alignment = style.LEFT
    sheet.row_dimensions[1].height = style.TITLE_HEIGHT
    row = 2
    for heading, lines in help_page(headers):
        row += 1
        for column, text in ((2, heading), (3, "")):
            cell = style.put(sheet, row, column, text, style.HEADING_FONT)
            cell.alignment, cell.border = style.LEFT, style.BOTTOM_RULE
        sheet.row_dimensions[row].height = style.ROW_HEIGHT
        for line in lines:
            row += 1
            style.put(sheet, row, 2, line.left, style.BOLD_FONT).alignment = style.WRAPPED
            style.put(sheet, row, 3, line.right).alignment = style.WRAPPED
            sheet.row_dimensions[row].height = height_of([(line.left, _LEFT), (line.right, _RIGHT)])
        row += 1
    style.dress_page(sheet)
