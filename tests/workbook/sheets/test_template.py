"""The template: the same for the same input, and everything in it that people and Excel rely on (SPEC 2, 3, 9)."""

from __future__ import annotations

import csv
import io
import pickle
import re
import zipfile
from datetime import date, datetime
from functools import cache
from itertools import product
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from workbook import layout
from workbook.columns import (
    DEMOGRAPHICS,
    FEEDER_TABLES,
    KINDS,
    REASON,
    RELATIONSHIP,
    ROW_POINTER,
    STATUS,
    TemplateChoice,
    template_headers,
)
from workbook.files.limits import Limits
from workbook.files.reader import read_sheet
from workbook.lists import ListedProgram, ListedStaff, TemplateLists, list_values, lists_block
from workbook.sheets.marks import AS_DOWNLOADED, LEFT_OUT, OK, WRITTEN
from workbook.sheets.sample_row import what_is_left
from workbook.sheets.template import build_csv, build_template, build_workbook, defined_names, fill

LISTS = TemplateLists(
    site="Harbor House",
    programs=[ListedProgram("007", "Youth Shelter"), ListedProgram("P2", "Family Support")],
    staff=[ListedStaff("S1", "Dana", "Whitfield"), ListedStaff("S2", "Lucía", "Ortega"), ListedStaff("S3", "", "")],
    feeder={RELATIONSHIP: ["Primary", "=Backup"], STATUS: ["Active", "#N/A", "On Hold"], REASON: []},
    demographics=["First Name", "Date of Birth", "SSN"],
)
PLAIN = TemplateChoice()
CHOICES = [
    TemplateChoice(program, caseworker, enrollment)  # type: ignore[arg-type]
    for program, caseworker, enrollment in product(("id", "name"), ("staff_id", "name", "first_last"), (False, True))
]


def loaded(choice: TemplateChoice = PLAIN, lists: TemplateLists = LISTS) -> Workbook:
    if lists is LISTS:
        book: Workbook = pickle.loads(_pickled(choice))
        return book
    return load_workbook(io.BytesIO(build_template(choice, lists)))


@cache
def _pickled(choice: TemplateChoice) -> bytes:
    """What `loaded` gives each test anew, built and read once."""
    return pickle.dumps(load_workbook(io.BytesIO(build_template(choice, LISTS))))


def header_row(sheet: Worksheet) -> list[object]:
    return [str(cell.value) for cell in sheet[1]]


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_every_choice_gives_its_own_exact_headers_and_opens_again(choice: TemplateChoice) -> None:
    sheet = loaded(choice)[layout.DATA_SHEET]
    assert header_row(sheet) == [*template_headers(choice, LISTS.demographics), *layout.TEMPLATE_OWN_HEADERS]


def test_the_same_input_gives_the_same_bytes_and_another_gives_others() -> None:
    first = build_template(TemplateChoice(), LISTS)
    assert build_template(TemplateChoice(), LISTS) == first
    assert build_template(TemplateChoice(enrollment=True), LISTS) != first
    with zipfile.ZipFile(io.BytesIO(first)) as package:
        assert {part.date_time for part in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_data_sheet_is_leftmost_and_the_machinery_is_hidden() -> None:
    book = loaded()
    assert book.sheetnames == list(layout.CODE_NAMES)
    assert [sheet.title for sheet in book if sheet.sheet_state != "visible"] == list(layout.HIDDEN_SHEETS)
    assert book.active is not None
    assert book.active.title == layout.DATA_SHEET


def test_workbook_and_sheets_have_the_names_that_macros_need() -> None:
    book = loaded()
    assert book.code_name == layout.WORKBOOK_CODE_NAME
    assert {sheet.title: sheet.sheet_properties.codeName for sheet in book} == layout.CODE_NAMES


def test_the_header_is_frozen_and_the_whole_column_can_be_filtered_with_our_own_columns() -> None:
    sheet = loaded()[layout.DATA_SHEET]
    assert sheet.freeze_panes == "C2"
    last = sheet.cell(1, sheet.max_column).column_letter
    assert sheet.auto_filter.ref == f"A1:{last}1048576"


def test_whole_columns_are_text_or_dates_and_only_what_the_program_keeps_is_out_of_sight() -> None:
    sheet = loaded()[layout.DATA_SHEET]
    for cell in sheet[1]:
        column = sheet.column_dimensions[cell.column_letter]
        kind = KINDS.get(str(cell.value))
        expected = "yyyy-mm-dd" if kind == "date" else "@"
        assert [cell.value, column.number_format] == [cell.value, expected]
        assert bool(column.hidden) == (cell.value in layout.HIDDEN_OWN_HEADERS)


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_every_data_column_has_a_message_and_a_list_down_to_the_last_row(choice: TemplateChoice) -> None:
    sheet = loaded(choice)[layout.DATA_SHEET]
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    headers = template_headers(choice, LISTS.demographics)
    assert len(rules) == len(headers)
    for number, header in enumerate(headers, start=1):
        letter = sheet.cell(1, number).column_letter
        rule = rules[f"{letter}2:{letter}1048576"]
        plain = layout.LIST_NAMES.get(header, layout.NO_LIST_NAME)
        assert (rule.type, rule.formula1) == ("list", f"IF(v_count>0,v_list,{plain})")
        assert rule.showInputMessage
        assert rule.promptTitle == header
        assert 0 < len(rule.prompt) <= 255
        assert len(rule.promptTitle) <= 32
        assert rule.allow_blank


def test_only_a_feeder_table_complains_and_only_as_a_warning() -> None:
    sheet = loaded()[layout.DATA_SHEET]
    complaining = {rule.promptTitle for rule in sheet.data_validations.dataValidation if rule.showErrorMessage}
    assert complaining == set(FEEDER_TABLES)
    assert {rule.errorStyle for rule in sheet.data_validations.dataValidation} == {"warning"}


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_formats_and_lists_name_no_other_sheet_and_stay_within_what_excel_keeps(choice: TemplateChoice) -> None:
    book = loaded(choice)
    names = set(book.defined_names)
    for sheet in book:
        rules = [rule for _range in sheet.conditional_formatting for rule in _range.rules]
        formulas = [formula for rule in rules for formula in rule.formula]
        formulas += [rule.formula1 for rule in sheet.data_validations.dataValidation]
        for formula in formulas:
            assert "!" not in formula
            assert len(formula) <= 255
            assert set(re.findall(r"\b(?:v|list)_\w+", formula)) <= names
    with zipfile.ZipFile(io.BytesIO(build_template(choice, LISTS))) as package:
        assert not any(b"x14" in package.read(part) for part in package.namelist() if "worksheets/" in part)


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_names_lean_on_the_pointer_column_and_use_nothing_that_a_program_stumbles_over(choice: TemplateChoice) -> None:
    headers = template_headers(choice, LISTS.demographics)
    names = defined_names(headers)
    sheet = loaded(choice)[layout.DATA_SHEET]
    pointer = sheet.cell(1, layout.own_columns([str(name) for name in header_row(sheet)]).pointer)
    assert f"Caseload!${pointer.column_letter}1" in names[layout.CELL_NAME]
    assert pointer.value == ROW_POINTER
    for formula in names.values():
        assert not re.search(r"\b(ROW|COLUMN|INDIRECT)\(", formula)
        assert not re.search(r"\):INDEX", formula)


def test_marks_are_painted_over_all_data_columns_to_the_last_row() -> None:
    sheet = loaded()[layout.DATA_SHEET]
    last = sheet.cell(1, len(template_headers(TemplateChoice(), LISTS.demographics))).column_letter
    painted = {
        rule.formula[0]: (str(area.sqref), rule.dxf.fill.bgColor.rgb[-6:])
        for area in sheet.conditional_formatting
        for rule in area.rules
        if rule.dxf.fill
    }
    assert painted["v_severity=2"][0] == painted["v_severity=1"][0] == f"A2:{last}1048576"
    assert painted["v_severity=2"][1] != painted["v_severity=1"][1]


def test_lists_hold_what_the_site_offers_as_text_whatever_it_looks_like() -> None:
    sheet = loaded()[layout.LISTS_SHEET]
    filled = [[cell.value for cell in column if cell.value is not None] for column in sheet.columns]
    columns = {values[0]: values[1:] for values in filled if values}
    assert columns.pop(layout.EMPTY_THE_CELL) == []
    assert columns == list_values(LISTS)
    assert columns["Program ID"] == ["007", "P2"]
    assert columns[RELATIONSHIP] == ["Primary", "=Backup"]
    assert columns["Caseworker Name"] == ["Dana Whitfield", "Lucía Ortega"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} == {"s"}


def test_the_block_of_lists_is_a_full_rectangle_even_for_a_site_without_anything() -> None:
    for lists in (LISTS, TemplateLists("New")):
        block = lists_block(lists)
        assert {len(line) for line in block} == {len(layout.LIST_NAMES) + 2}
        assert block[0] == [*layout.LIST_NAMES, None, layout.EMPTY_THE_CELL]


def test_the_two_rows_below_the_header_are_known_to_be_the_templates_own() -> None:
    sheet = loaded()[layout.DATA_SHEET]
    headers = template_headers(TemplateChoice(), LISTS.demographics)
    told = [
        {what_is_left(header, str(sheet.cell(row, number).value)) for number, header in enumerate(headers, start=1)}
        for row in (2, 3)
    ]
    assert told == [{"instruction row"}, {"sample row", None}]
    assert isinstance(sheet.cell(3, headers.index("Date of Birth") + 1).value, datetime)
    assert sheet.max_row == 3


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_fresh_template_reads_as_its_two_rows_and_no_unknown_header(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"template.{kind}"
    path.write_bytes(build_template(PLAIN, LISTS) if kind == "xlsx" else build_csv(PLAIN, LISTS))
    sheet = read_sheet(path, path.name, Limits())
    assert (list(sheet.row_numbers), sheet.unknown_headers) == ([2, 3], [])
    assert list(sheet.columns) == template_headers(PLAIN, LISTS.demographics)


def test_the_workbook_remembers_how_it_was_made() -> None:
    sheet = loaded(TemplateChoice("id", "first_last", True))[layout.META_SHEET]
    facts = {row[0].value: row[1].value for row in sheet.iter_rows()}
    assert facts["program"] == "id"
    assert facts["caseworker"] == "first_last"
    assert facts["enrollment"] == "true"
    assert facts["site"] == "Harbor House"


def test_filling_takes_the_place_of_the_sample_and_keeps_text_text() -> None:
    book = build_workbook(TemplateChoice(), LISTS)
    headers = template_headers(TemplateChoice(), LISTS.demographics)
    row: list[str | date | None] = [None] * len(headers)
    row[headers.index("Participant ID")] = "007"
    row[headers.index("Start Date")] = date(2026, 1, 31)
    row[headers.index("First Name")] = "=1+1"
    fill(book, [row])
    sheet = book[layout.DATA_SHEET]
    cells = {header: sheet.cell(2, number) for number, header in enumerate(headers, start=1)}
    assert {header: (cell.value, cell.data_type) for header, cell in cells.items() if cell.value is not None} == {
        "Participant ID": ("007", "s"),
        "Start Date": (date(2026, 1, 31), "d"),
        "First Name": ("=1+1", "s"),
    }
    assert [cell.value for cell in sheet[3]] == [None] * sheet.max_column
    assert sheet.row_dimensions[2].height is None


def test_the_csv_template_has_the_same_header_and_rows_in_utf_8_with_a_bom() -> None:
    data = build_csv(TemplateChoice(enrollment=True), LISTS)
    assert data.startswith(b"\xef\xbb\xbf")
    header, instructions, sample = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert header == template_headers(TemplateChoice(enrollment=True), LISTS.demographics)
    assert len(instructions) == len(sample) == len(header)
    assert sample[header.index("Date of Birth")] == "1990-05-17"
    assert what_is_left("Participant ID", sample[1]) == "sample row"


def test_the_help_explains_exactly_the_columns_of_the_template_and_every_problem() -> None:
    from workbook.problems import PROBLEM_KINDS

    sheet = loaded()[layout.HELP_SHEET]
    left = [row[1].value for row in sheet.iter_rows() if row[1].value]
    start, middle = left.index("What each column holds"), left.index("What each problem means")
    assert left[start + 1 : middle] == template_headers(TemplateChoice(), LISTS.demographics)
    assert left[middle + 1 :] == list(PROBLEM_KINDS)


def test_a_site_may_use_any_duplicate_check() -> None:
    for demographics in ([], ["SSN"], list(DEMOGRAPHICS)):
        lists = TemplateLists("Site", demographics=demographics)
        headers = header_row(loaded(TemplateChoice(), lists)[layout.DATA_SHEET])
        assert [header for header in headers if header in DEMOGRAPHICS] == demographics


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("✖ 1 error", "✖ 1 · Insert"), ("✖ 3 errors", "✖ 3 · Insert"), ("✖ 4 errors", "✖ 4+ · Insert"),
        ("✖ 12 errors", "✖ 4+ · Insert"), ("▲ 2 warnings", "▲ Insert"), (OK, "✔ Insert"),
        (WRITTEN, "✔ written · Insert"), (LEFT_OUT, "– left out · Insert"), (AS_DOWNLOADED, "– Insert"), ("", "Insert"),
    ],
)  # fmt: skip
def test_a_row_says_at_its_beginning_how_it_stands(status: str, shown: str) -> None:
    sheet = build_workbook(TemplateChoice(), LISTS)[layout.DATA_SHEET]
    own = layout.own_columns([str(cell.value) for cell in sheet[1]])
    rules = sorted(
        (rule for place in sheet.conditional_formatting if str(place.sqref).startswith("A2:A") for rule in place.rules),
        key=lambda rule: rule.priority,
    )
    for rule in rules:
        if rule.dxf.numFmt is None:  # the looks of what is wrong
            continue
        place, length, says = re.fullmatch(r'LEFT\(\$([A-Z]+)2,(\d+)\)="(.*)"', rule.formula[0]).groups()
        assert place == layout.column_letters(own.status)
        if status[: int(length)] == says:
            assert rule.dxf.numFmt.formatCode.replace('"', "").replace("@", "Insert") == shown
            return
    assert shown == "Insert"


def test_each_sign_has_a_number_format_of_its_own() -> None:
    sheet = build_workbook(TemplateChoice(), LISTS)[layout.DATA_SHEET]
    formats = [rule.dxf.numFmt for one in sheet.conditional_formatting for rule in one.rules if rule.dxf.numFmt]
    assert len({one.numFmtId for one in formats}) == len(formats) == 9
