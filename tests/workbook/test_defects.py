"""Each known way to spoil Caseload.xlsm, seeded into a built file, and the check that catches it.

A check that has never caught anything proves nothing. Three look at a file: `ours` (`workbook_check`, the semantic
one), `schema` (the OOXML validator) and, for the source, a VBA interpreter. Each defect names the code that ours
gives; which of them the validator sees as well is asserted too, so that the claim stays true.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.support.macro_template import built, package, parts_of_package
from tests.support.workbook_check import check_callbacks, check_workbook
from tests.workbook.sheets.test_macro_book import CUSTOM_UI, VBA, validated
from tests.workbook.test_ribbon import every_action
from workbook import layout
from workbook.columns import TemplateChoice
from workbook.macros import macros

Parts = dict[str, bytes]
TYPES, BOOK, BOOK_RELATIONS, DATA = (
    "[Content_Types].xml",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    ("xl/worksheets/sheet1.xml"),
)
META = f"xl/worksheets/sheet{len(layout.CODE_NAMES)}.xml"
TABLE = "xl/tables/table1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TABLE_XML = (
    f'<table xmlns="{MAIN}" id="1" name="Facts" displayName="Facts" ref="A1:B7"><autoFilter ref="A1:B7"/>'
    '<tableColumns count="2"><tableColumn id="1" name="Key"/><tableColumn id="2" name="Value"/></tableColumns></table>'
)


def edit(parts: Parts, name: str, pattern: str, new: str, count: int = 1) -> None:
    """Replaces what must be there. `new` is taken as it stands."""
    changed, found = re.subn(pattern, lambda _: new, parts[name].decode(), count=count, flags=re.S)
    assert found, f"{name} has no {pattern}"
    assert changed.encode() != parts[name]
    parts[name] = changed.encode()


def add(parts: Parts, name: str, before: str, new: str) -> None:
    edit(parts, name, re.escape(before), new + before)


@cache
def healthy() -> bytes:
    """A built file with a table in it, which our template does without, and an ordinary formula in a cell."""
    parts = parts_of_package(built(TemplateChoice()))
    parts[TABLE] = TABLE_XML.encode()
    add(parts, META, "</worksheet>", '<tableParts count="1"><tablePart r:id="rIdTable"/></tableParts>')
    edit(parts, META, "<worksheet ", f'<worksheet xmlns:r="{RELATIONS}" ')
    parts[META.replace("sheets/", "sheets/_rels/") + ".rels"] = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
        f'Id="rIdTable" Type="{RELATIONS}/table" Target="../tables/table1.xml"/></Relationships>'
    ).encode()
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.table+xml"
    add(parts, TYPES, "</Types>", f'<Override PartName="/{TABLE}" ContentType="{kind}"/>')
    add(parts, META, "</sheetData>", '<row r="20"><c r="A20"><f>1+1</f></c></row>')
    return package(parts)


def spoil(name: str, pattern: str, new: str) -> Callable[[Parts], None]:
    return lambda parts: edit(parts, name, pattern, new)


def remove(name: str) -> Callable[[Parts], None]:
    def removed(parts: Parts) -> None:
        del parts[name]

    return removed


def swap_rules(parts: Parts) -> None:
    """Data validations before the conditional formats."""
    found = re.search(
        r"(<conditionalFormatting .*</conditionalFormatting>)(<dataValidations .*</dataValidations>)",
        parts[DATA].decode(),
        re.S,
    )
    assert found
    edit(parts, DATA, re.escape(found[0]), found[2] + found[1])


def hide_all(parts: Parts) -> None:
    edit(parts, BOOK, 'state="visible"', 'state="hidden"', count=0)


def replace_vba(parts: Parts) -> None:
    parts[VBA] = b"This is no compound file." * 100


def legacy_drawing(parts: Parts) -> None:
    add(parts, META, "<tableParts", '<legacyDrawing r:id="rId99"/>')


def twice_in_one_place(parts: Parts) -> None:
    found = re.search(r'<c r="A1".*?</c>', parts[DATA].decode(), re.S)
    assert found
    edit(parts, DATA, re.escape(found[0]), found[0] + found[0])


def a_table_without_rows(parts: Parts) -> None:
    edit(parts, TABLE, "A1:B7", "A1:B1", count=0)


LONG = "+".join(["LEN($A$1)"] * 30)
OTHER_SHEET = f"{layout.LISTS_SHEET}!$A$2:$A$9"
DEFECTS: dict[str, tuple[Callable[[Parts], None], str]] = {
    # package
    "an .xlsx's content type although there is VBA": (
        spoil(
            TYPES,
            r"application/vnd\.ms-excel\.sheet\.macroEnabled\.main\+xml",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
        ),
        "main-type",
    ),
    "no content type for .bin": (spoil(TYPES, r'<Default Extension="bin"[^>]*>', ""), "content-type-missing"),
    "a relationship to a missing vbaProject.bin": (remove(VBA), "part-missing"),
    "a relationship to a missing customUI.xml": (remove(CUSTOM_UI), "part-missing"),
    "a legacy drawing whose relationship is missing": (legacy_drawing, "relation-missing"),
    # ribbon
    "a ribbon that is not XML": (spoil(CUSTOM_UI, "</tabs>", "</tab"), "ribbon-xml"),
    "a mistyped attribute": (spoil(CUSTOM_UI, ' size="large"', ' sise="large"'), "ribbon-attribute"),
    "one id twice on the ribbon": (
        spoil(CUSTOM_UI, 'button id="caseload_submit"', 'button id="caseload_validate"'),
        "ribbon-id-twice",
    ),
    "a button without an id": (spoil(CUSTOM_UI, ' id="caseload_submit"', ""), "ribbon-id-missing"),
    # VBA
    "a vbaProject.bin that is no compound file": (replace_vba, "vba-file"),
    "two sheets with one code name": (spoil(DATA, "CaseloadSheet", "LogSheet"), "code-name-twice"),
    # workbook
    "a defined name with a space": (spoil(BOOK, 'name="v_count"', 'name="v count"'), "name"),
    "a defined name twice": (spoil(BOOK, 'name="v_count"', 'name="V_LIST"'), "name-twice"),
    "a sheet name over 31 characters": (spoil(BOOK, 'name="Help"', f'name="{"H" * 32}"'), "sheet-name"),
    "two sheet names that differ in case only": (spoil(BOOK, 'name="Help"', 'name="LOG"'), "sheet-name-twice"),
    "every sheet hidden": (hide_all, "no-sheet-visible"),
    # sheet
    "data validations before conditional formats": (swap_rules, "element-order"),
    "a validation formula over 255 characters": (
        spoil(DATA, "<formula1>[^<]*", f"<formula1>{LONG}"),
        "validation-long",
    ),
    "a validation formula that does not parse": (
        spoil(DATA, "<formula1>[^<]*", "<formula1>IF(v_count&gt;0,"),
        "validation-formula",
    ),
    "an unknown validation type": (spoil(DATA, 'type="list"', 'type="lists"'), "validation-type"),
    "a conditional format with a style out of range": (spoil(DATA, 'dxfId="0"', 'dxfId="999"'), "rule-style"),
    "a conditional format formula that does not parse": (
        spoil(DATA, "<formula>v_severity=2", "<formula>v_severity=="),
        "rule-formula",
    ),
    "a cell style out of range": (spoil(DATA, r'<c r="A1" s="\d+"', '<c r="A1" s="999"'), "cell-style"),
    "a cell formula that does not parse": (spoil(META, "<f>1.1</f>", "<f>SUM(1,</f>"), "cell-formula"),
    "two cells with one address": (twice_in_one_place, "cell-twice"),
    "a pane at an impossible cell": (spoil(DATA, 'topLeftCell="[^"]*"', 'topLeftCell="ZZZZ9"'), "pane"),
    # table
    "a table header that differs from its cell": (spoil(TABLE, 'name="Value"', 'name="Worth"'), "table-header"),
    "two table columns with one id": (spoil(TABLE, 'tableColumn id="2"', 'tableColumn id="1"'), "table-column-twice"),
    "a table without rows": (a_table_without_rows, "table-no-rows"),
    # and what Excel moves into an extension that openpyxl drops
    "a validation that names another sheet itself": (
        spoil(DATA, "<formula1>[^<]*", f"<formula1>{OTHER_SHEET}"),
        "cross-sheet",
    ),
    "a conditional format that names another sheet itself": (
        spoil(DATA, "<formula>v_severity=2", f"<formula>COUNTIF({OTHER_SHEET},A2)=0"),
        "cross-sheet",
    ),
}
SCHEMA_SEES = {
    "an .xlsx's content type although there is VBA",
    "a relationship to a missing vbaProject.bin",
    "a relationship to a missing customUI.xml",
    "a legacy drawing whose relationship is missing",
    "a vbaProject.bin that is no compound file",
    "data validations before conditional formats",
    "an unknown validation type",
}
"""Seven of them, the validator sees too."""


def seeded(defect: str) -> bytes:
    parts = parts_of_package(healthy())
    DEFECTS[defect][0](parts)
    return package(parts)


def test_before_it_is_spoilt_the_file_is_in_order(tmp_path: Path) -> None:
    path = tmp_path / "healthy.xlsm"
    path.write_bytes(healthy())
    assert (check_workbook(healthy()), validated(path)) == ([], [])


@pytest.mark.parametrize("defect", DEFECTS)
def test_our_check_catches(defect: str) -> None:
    assert DEFECTS[defect][1] in {flaw.code for flaw in check_workbook(seeded(defect))}


def test_the_validator_of_the_standard_sees_some_of_them_as_well(tmp_path: Path) -> None:
    seen = set()
    for number, defect in enumerate(DEFECTS):
        path = tmp_path / f"{number}.xlsm"
        path.write_bytes(seeded(defect))
        if validated(path):
            seen.add(defect)
    assert seen >= SCHEMA_SEES


PRESS = "Public Sub caseload_press(control As Object)\n"
VBA_DEFECTS: dict[str, tuple[str, str, str]] = {
    "a missing End Sub": ("End Sub\n", "", "expected"),
    "an unclosed string": ('" workbook="', '" workbook=', "string literal is not closed"),
    "a syntax error in a signature": ("caseload_press(control As Object)", "caseload_press(control As )", "expected"),
    "an undeclared variable under Option Explicit": (PRESS, f"{PRESS}    rows = 1\n", "Variable not defined: rows"),
    "a call to a procedure that does not exist": (
        "Then Walk ",
        "Then Walc ",
        "Sub or Function not defined: Walc",
    ),
    "the same Sub twice": (PRESS, f"{PRESS}End Sub\n\n{PRESS}", "Ambiguous name detected: caseload_press"),
    "a ribbon action without its Sub": (
        "Sub caseload_press(",
        "Sub caseload_pressed(",
        "Sub or Function not defined: caseload_press",
    ),
    "a call within the start to what does not exist": ("Plain(ActiveWorkbook", "Plane(ActiveWorkbook", "Plane"),
}


@pytest.mark.parametrize("defect", VBA_DEFECTS)
def test_the_vba_check_catches(defect: str) -> None:
    old, new, words = VBA_DEFECTS[defect]
    source = macros()
    assert check_callbacks(source, every_action())[1] == []
    assert old in source
    flaws = check_callbacks(source.replace(old, new, 1), every_action())[1]
    assert any(words in flaw for flaw in flaws), flaws


def test_a_ribbon_action_without_its_sub_is_caught_in_the_file_too() -> None:
    parts = parts_of_package(healthy())
    edit(parts, CUSTOM_UI, 'onAction="caseload_press"', 'onAction="caseload_presses"')
    assert {flaw.code for flaw in check_workbook(package(parts))} == {"ribbon-callback"}
