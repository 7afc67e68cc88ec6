"""A text that many cells share is one text in the file, and fills nobody's memory (SPEC 3)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.workbook_file import HEADER_ROW, MAIN, parts_of, text, zipped
from workbook.files.excel_scan import scan
from workbook.files.excel_spelling import most_without_a_place, names_rows_beyond
from workbook.files.excel_texts import SharedTexts, TextsOfCells
from workbook.files.limits import MEBIBYTE, Limits
from workbook.files.reader import read_sheet
from workbook.problems import Refusal

LONG = "A" * MEBIBYTE
CELLS = 400
"""Of a mebibyte each: 400 MB where nobody counts, which a test survives."""
SHORT, LAST = "<si><t>Insert</t></si>", f"<si><t>{LONG}</t></si>"
CELL = '<c r="B@" t="s"><v>1</v></c>'
HEAD, END = f'<worksheet xmlns="{MAIN}"><sheetData>'.encode(), b"</sheetData></worksheet>"


def rows_of(cell: str, count: int = CELLS) -> str:
    numbers = range(2, count + 2)
    return "".join(f'<row r="{row}">{text(f"A{row}", "Insert")}{cell.replace("@", str(row))}</row>' for row in numbers)


SPELLED = {
    "plainly": (CELL, SHORT + LAST),
    "with a style": ('<c r="B@" s="1" t="s">\n<v>1</v>\n</c>', SHORT + LAST),
    "in other quotation marks": ("<c r='B@' t='s'><v>1</v></c>", SHORT + LAST),
    "behind a tab": ('<c r="B@"\tt="s"><v>1</v></c>', SHORT + LAST),
    "with blanks": ('<c r="B@" t = "s"><v>1</v></c>', SHORT + LAST),
    "behind zeros": ('<c r="B@" t="s"><v>000000000001</v></c>', SHORT + LAST),
    "behind a comment": ('<c r="B@" t="s"><!-- --><v>1</v></c>', SHORT + LAST),
    "with a blank at the end": ('<c r="B@" t="s"><v>1</v></c >', SHORT + LAST),
    "in many runs": (CELL, SHORT + f"<si>{f'<r><t>{LONG[:1024]}</t></r>' * 1024}</si>"),
    "as what is no markup": (CELL, f"{SHORT}<si><t><![CDATA[{LONG}]]></t></si>"),
    "behind what looks like a text": (CELL, f"<!-- <si> -->{SHORT}{LAST}"),
}


@pytest.mark.parametrize("how", SPELLED)
@pytest.mark.parametrize("limits", [Limits(), Limits(memory=1100 * MEBIBYTE)], ids=["here", "server"])
def test_a_long_text_that_many_cells_share_is_refused_however_it_is_spelled(
    tmp_path: Path, how: str, limits: Limits
) -> None:
    cell, shared = SPELLED[how]
    path = zipped(tmp_path / "a.xlsx", parts_of(HEADER_ROW + rows_of(cell), shared=shared))
    with pytest.raises(Refusal, match=r"a\.xlsx is too large: its (first )?cells (share|hold) texts") as refused:
        read_sheet(path, "a.xlsx", limits)
    assert refused.value.code == "file-too-large"


def test_a_long_text_that_few_cells_share_among_many_is_read(tmp_path: Path) -> None:
    rows = rows_of('<c r="B@" t="s"><v>0</v></c>') + '<row r="9000"><c r="A9000" t="s"><v>1</v></c></row>'
    path = zipped(tmp_path / "a.xlsx", parts_of(HEADER_ROW + rows, shared=SHORT + LAST))
    assert len(read_sheet(path, "a.xlsx", Limits())) == CELLS + 1


@pytest.mark.parametrize("prefix", ["", "x:"])
def test_each_text_is_counted_as_often_as_cells_name_it(prefix: str) -> None:
    texts = [f"<{prefix}si><{prefix}t>{'x' * length}</{prefix}t></{prefix}si>" for length in (3, 500_000, 40)]
    shared = SharedTexts.of([f"<{prefix}sst>".encode(), *map(str.encode, texts), f"</{prefix}sst>".encode()])
    named = [0, 1, 2, 0, 2, 0] * 100
    cells = [f'<{prefix}c r="A1" t="s"><{prefix}v>{number}</{prefix}v></{prefix}c>' for number in named]
    sheet = [f"<{prefix}worksheet><{prefix}sheetData>".encode(), *map(str.encode, cells), END]
    counted = TextsOfCells(shared, sum(map(len, sheet)))
    assert list(counted.through(sheet)) == sheet
    lengths = [len(one) for one in texts]
    lengths[-1] += len(f"</{prefix}sst>")  # what stands behind a text is taken for its own
    assert counted.known == counted.most == sum(lengths[number] for number in named)


ODD = {
    "other quotation marks": "<row r='1048570'><c r='XFD1048570'><v>1</v></c></row>",
    "blanks": '<row r="5"><c r = "XFD1048570"><v>1</v></c></row>',
    "an entity": '<row r="5"><c r="&#88;FD5"><v>1</v></c></row>',
    "small letters": '<row r="5"><c r="xfd5"><v>1</v></c></row>',
    "a prefix": '<y:row r="5"><y:c r="A1048570"><v>1</v></y:c></y:row>',
    "what looks like the end": '<row r="5"><c a="</sheetData" r="A5"><v>1</v></c></row>',
    "a comment": '<!-- </sheetData> --><row r="5"><c r="A5"><v>1</v></c></row>',
}


@pytest.mark.parametrize("how", ODD)
def test_rows_that_are_spelled_as_no_program_spells_them_are_read_with_care(how: str) -> None:
    assert not scan([HEAD, ODD[how].encode(), b'<row r="9"><c r="A9"><v>1</v></c></row>', END]).plain


def test_texts_formulas_and_what_stands_round_the_rows_are_no_odd_spelling() -> None:
    head = b"<?xml version='1.0'?>" + HEAD
    cells = text("A1", "O'Brien = 'x', 5 > 3:c &amp;") + "<c r=\"B1\"><f>IF(A1 = 'Sheet 1'!A1,1,2)</f><v>1</v></c>"
    tail = END.replace(b"</worksheet>", b'<x prompt="one&#10;two" at = "1" pageOrder="down"/></worksheet>')
    assert scan([head, f'<row r="1" spans="1:2">{cells.replace("5 > 3", "5 3")}</row>'.encode(), tail]).plain


def test_cells_that_do_not_say_where_they_are_count_as_columns() -> None:
    rows = f'<row r="1">{"<c><v>1</v></c>" * 500}</row><row r="2"><c s="1" r="A2"><v>1</v></c></row>'
    assert scan([HEAD, rows.encode(), END]).last_column >= 500
    assert most_without_a_place(b'<row><c s="1" r="A2"/><c/></row><row><c r="A3"/></row>', b"") == 1


@pytest.mark.parametrize(
    ("rows", "beyond"),
    [
        ('<row r="12"><c r="AB12"/></row>', False),
        ('<row r="9"><c r="AB13"/></row>', True),
        ('<row r="9"><c r="ab0020"/></row>', True),
        ('<row r="1048570"></row><row r="2"></row>', True),
        ("<row></row>" * 13, True),
    ],
)
def test_cells_below_the_last_row_are_found_in_whatever_row_they_stand(rows: str, beyond: bool) -> None:
    halves = rows[: len(rows) // 2].encode(), rows[len(rows) // 2 :].encode()
    assert [names_rows_beyond([rows.encode()], 12), names_rows_beyond(halves, 12)] == [beyond, beyond]
