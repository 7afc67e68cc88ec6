"""The Fix Errors sheet: laid out, chosen in, read back."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from workbook.columns import canonical_header
from workbook.lists import ListedStaff, TemplateLists
from workbook.report import Counts, Fix, FixGroup, Preview, ProblemOut, Report, Suggestion
from workbook.sheet import Cell
from workbook.sheets import fix_sheet
from workbook.sheets.acceptance import accept
from workbook.sheets.fix_sheet import (
    HEADERS,
    LINKS,
    NOTHING_TO_FIX,
    Choice,
    FixSheet,
    lay_out_fixes,
    read_choices,
    read_fixes,
    read_left_out,
    rows_left_out,
    with_choices,
)
from workbook.sheets.marked_sheet import MarkedSheet
from workbook.sheets.offers import Dropdowns

STAFF = ("Caseworker Name", "Dna", "unknown-staff")
PERSON = ("Participant ID", "Jon Roe 1990-02-03", "unknown-participant")
OPEN = ("Update or Insert", "Insert", "already-open")


def report() -> Report:
    problems = [
        ProblemOut(row=row, column=column, code=code, severity="error", value=value, message=f"{value} is wrong.")
        for (column, value, code), rows in ((PERSON, [5]), (STAFF, [4, 9, 7]))
        for row in rows
    ]
    problems += [
        ProblemOut(
            row=row,
            column="Update or Insert",
            code="already-open",
            severity="error",
            value="Insert",
            message=f"Person {row} already has one.",
        )
        for row in (6, 8)
    ]
    problems.append(
        ProblemOut(row=5, column="Start Date", code="future-date", severity="warning", value="2099", message="Later.")
    )
    people = [
        Suggestion(value="00042", label="Jon Roe · born 1990-02-03", score=90),
        Suggestion(value="00043", label="John Rowe", score=80),
    ]
    staff = [Suggestion(value="Dana Whitfield", label="Dana Whitfield", score=90, remembered=True)]
    return Report(
        counts=Counts(rows=12, valid=6, errors=6, warnings=1),
        problems=problems,
        fixes=[
            FixGroup(column=PERSON[0], value=PERSON[1], code=PERSON[2], count=1, rows=[5], suggestions=people),
            FixGroup(column=STAFF[0], value=STAFF[1], code=STAFF[2], count=3, rows=[4, 7, 9], suggestions=staff),
            FixGroup(column="Start Date", value="2099", code="future-date", count=1, rows=[5], suggestions=[]),
        ],
        preview=Preview(inserts=0, updates=0, enrollments_begun=0, enrollments_ended=0, caseloads=[]),
    )


def grid(sheet: FixSheet, **answers: Sequence[str]) -> list[list[Cell]]:
    """The sheet as it is read back, after a person filled in lines: choice=[…], leave=[…], remember=[…]."""
    lines: list[list[Cell]] = [list(line) for line in sheet.lines]
    headers = {"choice": fix_sheet.CHOICE, "leave": fix_sheet.LEAVE_OUT, "remember": fix_sheet.REMEMBER}
    for name, said in answers.items():
        for line, answer in zip(lines, said, strict=False):
            line[HEADERS.index(headers[name])] = answer or None
    return [["Fix Errors"], [sheet.summary], [], list(HEADERS), *lines]


def test_lines_are_distinct_wrong_values_with_the_most_frequent_first() -> None:
    lines = lay_out_fixes(report()).lines
    assert [line[:5] for line in lines] == [
        ["Caseworker Name", "Dna", "Dna is wrong.", 3, "4, 7, 9"],
        [
            "Update or Insert",
            "Insert",
            "The same participant, program, caseworker and relationship is open already. "
            "2 rows, each for itself. See What to Do beside each row.",
            2,
            "6, 8",
        ],
        ["Participant ID", "Jon Roe 1990-02-03", "Jon Roe 1990-02-03 is wrong.", 1, "5"],
    ]
    assert {len(line) for line in lines} == {len(HEADERS)}


def test_the_summary_says_how_much_there_is_and_what_to_do() -> None:
    said = lay_out_fixes(report()).summary
    assert said.startswith(
        "3 different mistakes in 6 rows. Accept Suggestions fills in the 1 that is sure. Choose from"
    )
    clean = report().model_copy(update={"problems": [], "fixes": []})
    assert lay_out_fixes(clean) == FixSheet(NOTHING_TO_FIX, [])


def test_participants_can_be_told_apart_and_what_is_chosen_is_the_bare_id() -> None:
    sheet = lay_out_fixes(report())
    offered = sheet.lines[2][HEADERS.index("_offer1")]
    assert offered == "00042 — Jon Roe · born 1990-02-03"
    read = read_fixes(grid(sheet, choice=["", "", str(offered)]))
    assert read == [Fix(column=PERSON[0], value=PERSON[1], code=PERSON[2], replacement="00042", remember=False)]


def test_a_remembered_suggestion_is_marked_and_chosen_bare() -> None:
    sheet = lay_out_fixes(report())
    offered = str(sheet.lines[0][HEADERS.index("_offer1")])
    assert offered == "Dana Whitfield (remembered)"
    [fix] = read_fixes(grid(sheet, choice=[offered], remember=["Yes"]))
    assert (fix.replacement, fix.remember) == ("Dana Whitfield", True)


def test_anything_may_be_typed_and_an_empty_line_is_not_decided_yet() -> None:
    [fix] = read_fixes(grid(lay_out_fixes(report()), choice=["  Omar   Haddad ", "", ""]))
    assert (fix.column, fix.replacement) == ("Caseworker Name", "Omar Haddad")


def test_rows_are_left_out_only_by_an_explicit_word_which_overrules_a_choice() -> None:
    sheet = lay_out_fixes(report())
    read = grid(sheet, leave=["", "Yes", "yes"], choice=["", "", "00042"], remember=["Yes"])
    assert read_left_out(read) == [OPEN, PERSON]
    assert read_fixes(read) == []
    assert rows_left_out(report(), read_left_out(read)) == [5, 6, 8]


def test_no_is_no() -> None:
    assert read_left_out(grid(lay_out_fixes(report()), leave=["No", "", "later"])) == []


def test_choices_survive_another_validation_and_the_sorting_of_lines() -> None:
    before = grid(lay_out_fixes(report()), choice=["", "", "00043"], leave=["", "Yes", ""], remember=["", "", "Yes"])
    before[4:] = reversed(before[4:])
    chosen = read_choices(before)
    assert chosen == {PERSON: Choice("00043", False, True), OPEN: Choice("", True, False)}
    again = grid(with_choices(lay_out_fixes(report()), chosen))
    assert read_choices(again) == chosen
    assert again[6][HEADERS.index(fix_sheet.CHOICE)] == "00043 — John Rowe"


def test_an_empty_value_is_shown_as_such_and_read_back_as_empty() -> None:
    told = ProblemOut(
        row=3, column="End Date", code="required", severity="error", value="", message="End Date is empty."
    )
    sheet = lay_out_fixes(report().model_copy(update={"problems": [told], "fixes": []}))
    assert sheet.lines[0][:2] == ["End Date", "(empty)"]
    [fix] = read_fixes(grid(sheet, choice=["2026-02-28"]))
    assert (fix.column, fix.value, fix.replacement) == ("End Date", "", "2026-02-28")


def test_a_value_is_read_back_exactly_as_the_sheet_has_it() -> None:
    told = ProblemOut(
        row=3, column="Caseworker Name", code="unknown-staff", severity="error", value="Dna  W ", message="?"
    )
    sheet = lay_out_fixes(report().model_copy(update={"problems": [told], "fixes": []}))
    assert [fix.value for fix in read_fixes(grid(sheet, choice=["Dana"]))] == ["Dna  W "]


def test_long_lists_of_rows_are_cut_short() -> None:
    rows = list(range(2, 50))
    told = [
        ProblemOut(row=row, column="End Date", code="required", severity="error", value="", message="Empty.")
        for row in rows
    ]
    sheet = lay_out_fixes(report().model_copy(update={"problems": told, "fixes": []}))
    assert sheet.lines[0][3:5] == [48, "2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 and 36 more"]


def test_links_lead_to_the_wrong_cells_of_the_first_rows_whatever_the_sheet_is_called() -> None:
    headers = ["Notes", *["x"] * 25, "Caseworker", "Insert/Update"]
    sheet = lay_out_fixes(report(), MarkedSheet(headers, name="""Bob's "own" cases"""))
    first = HEADERS.index(LINKS[0])
    place = """#'Bob''s ""own"" cases'"""
    assert [line[first : first + 3] for line in sheet.lines] == [
        [f'=HYPERLINK("{place}!AA{row}",{row})' for row in (4, 7, 9)],
        [*(f'=HYPERLINK("{place}!AB{row}",{row})' for row in (6, 8)), None],
        [f'=HYPERLINK("{place}!AB5",5)', None, None],  # that sheet has no Participant ID
    ]


def test_a_sheet_that_is_not_ours_holds_no_choices() -> None:
    assert read_choices([["Fix Errors"], ["Something else", 3]]) == {}
    assert read_choices([]) == {}
    half = [name for name in HEADERS if name != "Column"]
    assert read_choices([half, ["Activ"] * len(half)]) == {}


def test_the_best_suggestion_stands_in_words_beside_the_empty_answer_with_how_sure_it_is() -> None:
    lines = lay_out_fixes(report()).lines
    place = HEADERS.index(fix_sheet.SUGGESTION)
    assert HEADERS[place + 1] == fix_sheet.CHOICE
    assert [line[place] for line in lines] == [
        "Remembered: Dana Whitfield",
        None,
        "Likely: 00042 — Jon Roe · born 1990-02-03",
    ]
    assert [line[place + 1] for line in lines] == [None, None, None]


def test_the_list_of_an_answer_has_the_suggestions_and_then_every_value_of_the_column() -> None:
    lists = TemplateLists("Site", staff=[ListedStaff("S1", "Dana", "Whitfield"), ListedStaff("S2", "Omar", "Haddad")])
    dropdowns = Dropdowns(lists, [PERSON])
    lines = lay_out_fixes(report(), dropdowns=dropdowns).lines
    first, count = HEADERS.index(fix_sheet.ABOVE), HEADERS.index(fix_sheet.ENTRIES)
    offered = [dropdowns.offers.entries[int(line[first]) - 1 :][: int(line[count])] for line in lines]  # type: ignore[arg-type]
    assert offered == [
        ["Dana Whitfield (remembered)", "Omar Haddad", "(empty the cell)"],
        ["Insert", "Update"],
        ["00042 — Jon Roe · born 1990-02-03", "00043 — John Rowe"],
    ]


def test_accept_fills_in_what_is_sure_leaves_what_was_answered_and_says_what_is_left() -> None:
    sheet = lay_out_fixes(report())
    found = accept(grid(sheet))
    assert found is not None
    assert found.answers == ["Dana Whitfield (remembered)", None, None]
    assert (found.taken, found.not_sure, found.without, found.first_left) == (1, 1, 1, fix_sheet.FIRST_ROW + 1)
    own = accept(grid(sheet, choice=["Omar Haddad"], leave=["", "Yes", "Yes"]))
    assert own is not None
    assert (own.answers, own.taken, own.first_left) == (["Omar Haddad", None, None], 0, None)
    assert accept([["Fix Errors"], ["Something else"], [], ["a"]]) is None


def test_no_header_of_the_sheet_is_one_of_caseload_rows() -> None:
    assert [header for header in HEADERS if canonical_header(header)] == []


@pytest.mark.parametrize(
    ("suggestion", "told"),
    [
        (Suggestion(value="Active", label="Active", score=96), "Sure: Active"),
        (Suggestion(value="Active", label="Active", score=94), "Likely: Active"),
        (Suggestion(value="P1", label="Jon Roe · only a guess", score=99), "Only a guess: P1 — Jon Roe"),
        (Suggestion(value="Active", label="Active", score=10, remembered=True), "Remembered: Active"),
        (Suggestion(value="", label="", score=94), "Likely: (empty the cell)"),
    ],
)
def test_how_sure_a_suggestion_is_stands_in_a_word_before_it(suggestion: Suggestion, told: str) -> None:
    group = report().fixes[1].model_copy(update={"suggestions": [suggestion]})
    [line, *_others] = lay_out_fixes(report().model_copy(update={"fixes": [group]})).lines
    assert line[HEADERS.index(fix_sheet.SUGGESTION)] == told
