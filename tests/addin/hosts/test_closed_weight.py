"""What openpyxl takes of the memory for a workbook is known before it does (SPEC 10)."""

from __future__ import annotations

import io
import re
import tracemalloc
import zipfile

import openpyxl
import pytest

from addin.hosts.closed.weight import memory_for

NAMES = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
KINDS = "application/vnd.openxmlformats-officedocument.spreadsheetml"
SHEET, STYLES, TEXTS, BOOK = "xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/sharedStrings.xml", "xl/workbook.xml"
MANY = 600
FACE = "\U0001f600"


def rows(cells: str, count: int = 1) -> tuple[str, str, str]:
    return SHEET, "</sheetData>", ("<row>" + cells * (MANY // count) + "</row>") * count + "</sheetData>"


def below(text: str, around: str) -> tuple[str, str, str]:
    name = around.split()[0]
    return SHEET, "</sheetData>", f"</sheetData><{around}>{text * MANY}</{name}>"


def styles(name: str, text: str) -> tuple[str, str, str]:
    return STYLES, f"</{name}>", text * MANY + f"</{name}>"


def texts(text: str) -> tuple[str, str, str]:
    return TEXTS, "</sst>", text + "</sst>"


NAMED = "".join(f'<definedName name="n{number}">A1</definedName>' for number in range(MANY))
SAID = "".join(f' a{number}="{number + 1000}"' for number in range(MANY))
KEPT = {
    "empty cells": rows("<c/>", 10),
    "those of one row": rows("<c/>"),
    "numbers": rows("<c><v>1</v></c>", 10),
    "those of one row that say much": rows('<c r="A1" s="0" t="n"/>'),
    "cells beside cells": rows('<c r="A1"></c><v></v><v></v>', 10),
    "values without a cell": rows("<v/>", 10),
    "texts without a cell": rows("<si><t/></si>", 10),
    "formulas": rows('<c><f t="array"/></c>', 10),
    "rich texts": rows('<c t="inlineStr"><is><r><rPr/><t>x</t></r></is></c>', 10),
    "rows": (SHEET, "</sheetData>", '<row ht="1"/>' * MANY + "</sheetData>"),
    "what nobody knows": below("<x/>", "y"),
    "attributes": (SHEET, "</sheetData>", f"</sheetData><x{SAID}/>"),
    "attributes oddly spelled": (SHEET, "</sheetData>", f"</sheetData><x{SAID.replace('=', ' = ')}/>"),
    "links": below('<hyperlink ref="A1"/>', "hyperlinks"),
    "breaks": below("<brk/>", "rowBreaks"),
    "rules": below('<cfRule type="expression" priority="1"/>', 'conditionalFormatting sqref="A1"'),
    "choices": below('<dataValidation sqref="A1"/>', "dataValidations"),
    "fonts": styles("fonts", "<font/>"),
    "looks": styles("cellXfs", '<xf numFmtId="0" fontId="0" fillId="0" borderId="0"><alignment/></xf>'),
    "names": (BOOK, "<calcPr", f"<definedNames>{NAMED}</definedNames><calcPr"),
    "shared texts": texts("<si><t>abc</t></si>" * MANY),
    "rich shared texts": texts(f"<si>{'<r><rPr/><t>abc</t></r>' * MANY}</si>"),
    "a long text": texts(f"<si><t>{'x' * 200_000}{FACE}</t></si>"),
    "a long text of entities": rows(f'<c t="str"><v>{"x" * 500}&#128512;</v></c>', 10),
}


def workbook(part: str, known: str, put: str) -> tuple[bytes, list[bytes]]:
    """A workbook, and its parts."""
    plain, made = io.BytesIO(), io.BytesIO()
    openpyxl.Workbook().save(plain)
    parts = {}
    with zipfile.ZipFile(plain) as before:
        for name in before.namelist():
            parts[name] = before.read(name).decode()
    told = f'<Override PartName="/{TEXTS}" ContentType="{KINDS}.sharedStrings+xml"/></Types>'
    parts["[Content_Types].xml"] = re.sub(r"<Override[^>]*sharedStrings[^>]*>", "", parts["[Content_Types].xml"])
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace("</Types>", told)
    parts[TEXTS] = f"<sst {NAMES}></sst>"
    parts[SHEET] = (
        parts[SHEET]
        .replace("<sheetData/>", "<sheetData></sheetData>")
        .replace("<sheetData />", "<sheetData></sheetData>")
    )
    assert known in parts[part]
    parts[part] = parts[part].replace(known, put)
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after:
        for name, text in parts.items():
            after.writestr(name, text)
    return made.getvalue(), [text.encode() for text in parts.values()]


def taken_and_reckoned(book: bytes, parts: list[bytes]) -> tuple[int, int]:
    tracemalloc.start()
    try:
        openpyxl.load_workbook(io.BytesIO(book), rich_text=True)
        taken = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return taken, sum(memory_for(part, b"") for part in parts)


@pytest.fixture(scope="module")
def nothing() -> tuple[int, int]:
    """Of a workbook in which nothing stands."""
    empty = workbook(SHEET, "", "")
    taken_and_reckoned(*empty)  # what is made once is made now
    return taken_and_reckoned(*empty)


@pytest.mark.parametrize("what", KEPT)
def test_what_openpyxl_takes_is_at_most_twice_what_was_reckoned(what: str, nothing: tuple[int, int]) -> None:
    taken, reckoned = taken_and_reckoned(*workbook(*KEPT[what]))
    assert taken - nothing[0] <= 2 * (reckoned - nothing[1])
