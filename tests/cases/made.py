"""How the files 201 and up in `tests/cases/files` were made, and what each is about.

`python -m tests.cases.made` makes those anew that are missing. What is right of them stands in expected.txt, as of all.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.table import Table

from tests.cases.doors import HERE
from workbook.columns import KINDS

HEADER: Final = [
    "Update or Insert", "Participant ID", "First Name", "Last Name", "Date of Birth", "Case Number", "SSN",
    "Program Name", "Caseworker Name", "Caseworker Relationship", "Caseload Status", "Start Date", "End Date",
    "Reason for Dismissal",
]  # fmt: skip
SHORT: Final = {
    "id": "Participant ID", "first": "First Name", "last": "Last Name", "born": "Date of Birth", "case": "Case Number",
    "ssn": "SSN", "as_": "Caseworker Relationship", "start": "Start Date", "by": "Caseworker Name", "end": "End Date",
}  # fmt: skip
Row = list[Any]
Formats = dict[tuple[int, str], str]
"""(row from 0, column in short) → number format."""


def row(**cells: Any) -> Row:
    """An Insert that is right, but for these cells."""
    known = {"Update or Insert": "Insert", "Program Name": "Youth Shelter", "Caseworker Name": "Ben Carter",
             "Caseworker Relationship": "Primary", "Caseload Status": "Active", "Start Date": "2026-03-01"}  # fmt: skip
    known |= {SHORT[name]: cell for name, cell in cells.items()}
    return [known.get(header) for header in HEADER]


def book(rows: Sequence[Row], formats: Formats | None = None, change: Callable[[Any], None] | None = None) -> bytes:
    """A workbook with these rows. `change`: what else is done to the openpyxl workbook."""
    made = Workbook()
    sheet = made.active
    for line in [HEADER, *rows]:
        sheet.append(line)
    for (number, name), number_format in (formats or {}).items():
        sheet.cell(number + 2, HEADER.index(SHORT[name]) + 1).number_format = number_format
    if change is not None:
        change(made)
    return saved(made)


def saved(made: Any) -> bytes:
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def text(rows: Sequence[Sequence[Any]], delimiter: str = ",", end: str = "\r\n", header: Sequence[str] = HEADER) -> str:
    lines = [delimiter.join("" if cell is None else str(cell) for cell in line) for line in [header, *rows]]
    return end.join(lines) + end


def with_values(content: bytes, values: dict[str, str | int]) -> bytes:
    """A workbook whose formulas have these stored values, by cell."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            if name.endswith("sheet1.xml"):
                found = part.decode()
                for cell, value in values.items():
                    pattern = rf'<c r="{cell}"([^>]*)><f>(.*?)</f><v ?/?>(</v>)?</c>'
                    kind = ' t="str"' if isinstance(value, str) else ""
                    found, count = re.subn(pattern, rf'<c r="{cell}"\1{kind}><f>\2</f><v>{value}</v></c>', found)
                    assert count == 1, cell
                part = found.encode()
            new.writestr(name, part)
    return stream.getvalue()


def id_formats() -> bytes:
    """An ID reads as it is shown, be its format in groups, by size, as text or in colour; 0047-11 is nobody. The last
    name says who is meant."""
    people = [
        (4711, "0000-00", "Number"), (123, "[<1000]00000;0", "Zero"), (4711, "[<1000]00000;0", "Number"),
        (123, "@", "Zero"), (123, "[Red]00000", "Zero"), (123, "[$-409]00000", "Zero"),
        (123, "00000;[Red]-00000", "Zero"), (123, '"ID "00000', "Zero"), (4711, "#,##0", "Number"),
        (4711, '_(* #,##0_);_(* \\(#,##0\\);_(* "-"??_);_(@_)', "Number"),
        (4711, "$#,##0", "Number"), (4711, "0.00", "Number"), (-123, "00000", "Zero"),
    ]  # fmt: skip
    rows = [row(id=number, last=last) for number, _, last in people]
    return book(rows, {(at, "id"): one[1] for at, one in enumerate(people)})


def case_formats() -> bytes:
    """A Case Number finds its person by itself, as it is shown."""
    rows = [row(case=451), row(case=451, as_="Secondary"), row(case=77), row(case="000451", by="Alex Admin")]
    return book(rows, {(0, "case"): "000000", (1, "case"): "000-000"})


def stored_formulas() -> bytes:
    """A formula says what is stored of it."""
    rows = [
        row(id='="P0000"&1', start="=DATE(2026,3,1)"), row(id='=TEXT(123,"00000")'), row(id="=4700+11"),
        row(id='="P0000"&2', end='=""'),
    ]  # fmt: skip
    values: dict[str, str | int] = {"B2": "P00001", "L2": 46082, "B3": "00123", "B4": 4711, "B5": "P00002", "M5": ""}
    return with_values(book(rows, {(0, "start"): "yyyy-mm-dd"}), values)


def odd_blanks() -> bytes:
    """What nobody sees around an ID is none of it; what stands inside is named."""
    ids = [
        "\u00a0P00001",
        "P00002\t",
        "\u3000P00003\u2007",
        "P0\u00ad0004",
        "Ｐ００００５",
        "٤٧١١",
        "P00006\u200b",
        "P 00007",
    ]
    return book([row(id=one, as_="Secondary") for one in ids])


def dates_as_texts() -> bytes:
    """The dates of a workbook of 1904 that are texts mean what they say there, too."""
    forms = [
        "3/1/2026", "2026-03-01", "March 1, 2026", "1 Mar 2026", "01-Mar-2026", "Mar. 1, 2026", "2026/03/01",
        "20260301", "2026-03-01T00:00:00Z", "3-1-2026", "3.1.2026", "Sunday, March 1, 2026", date(2026, 3, 1),
        datetime(2026, 3, 1, 13, 30), "13/3/2026", "2/30/2026", "3/1/26", "1st of March 2026",
    ]  # fmt: skip
    people = ["P00001", "P00002", "P00003", "P00004", "P00005", "123456789012", "1234567890123456", "00123", "4711"]
    rows = [
        row(id=people[at % 9], as_="Primary" if at < 9 else "Secondary", start=form) for at, form in enumerate(forms)
    ]

    def in_1904(made: Any) -> None:
        made.epoch = CALENDAR_MAC_1904

    return book(rows, None, in_1904)


def two_digit_years() -> bytes:
    """A year of two digits is asked about, with the century that is possible first."""
    rows = [
        row(id="P00001", born="5/17/90"), row(id="P00002", start="3/1/26"), row(id="P00003", start="1-Mar-'26"),
        row(id="P00004", start="26-03-01"), row(id="P00005", born="7/4/95"),
    ]  # fmt: skip
    return text(rows).encode()


def merged_header() -> bytes:
    """Headers that are merged over two rows, below a merged title."""

    def change(made: Any) -> None:
        sheet = made.active
        sheet.insert_rows(1)
        sheet.insert_rows(3)
        sheet["A1"] = "Caseload changes, March"
        sheet.merge_cells("A1:N1")
        for column in range(1, len(HEADER) + 1):
            sheet.merge_cells(start_row=2, end_row=3, start_column=column, end_column=column)

    return book([row(id="P00001"), row(id="PX")], None, change)


def table_elsewhere() -> bytes:
    """A table of Excel's that begins at D6, with notes beside it."""
    made = Workbook()
    sheet = made.active
    sheet["A1"], sheet["A2"] = "Agency", "Changes of the month"
    for at, line in enumerate([HEADER, row(id="P00001"), row(id="PX"), row(id=123)], start=6):
        for column, cell in enumerate(line, start=4):
            sheet.cell(at, column, cell)
    sheet["E9"].number_format = "00000"
    sheet.add_table(Table(displayName="Changes", ref="D6:Q9"))
    sheet["S7"] = "a note beside it"
    return saved(made)


def header_again() -> bytes:
    """A header that a report prints again is no row of anybody's."""
    return book([row(id="P00001"), [None] * 14, list(HEADER), row(id="P00002")])


def hidden_sheets_first() -> bytes:
    """What is read is the leftmost sheet that somebody sees."""

    def change(made: Any) -> None:
        for name, state in (("Old", "hidden"), ("Lists", "veryHidden")):
            sheet = made.create_sheet(name, 0)
            sheet.append(HEADER)
            sheet.append(row(id="PX"))
            sheet.sheet_state = state
        made.active = 2

    return book([row(id="P00001")], None, change)


def blank_columns() -> bytes:
    rows = [["", "", *row(id="P00001")], ["", "", *row(id="PX")]]
    return text(rows, header=["", "", *HEADER]).encode()


def line_in_header() -> bytes:
    """A header that goes over two lines is the same header."""
    header = [f'"{name.replace(" ", chr(10), 1)}"' for name in HEADER]
    return text([row(id="P00001")], header=header).encode()


def euro() -> bytes:
    """Windows-1252, with its € and its apostrophe."""
    rows = [[*row(id="P00002", first="José", last="Núñez"), "12 €"], [*row(id="P00001", last="O’Brien"), "–"]]
    return text(rows, ";", header=[*HEADER, "Fee €"]).encode("cp1252")


def ssns_as_texts() -> bytes:
    """An SSN alone finds its person, whatever stands between its digits; one that lost digits finds nobody."""
    forms = ["012.34.5678", "234 56 7890", "345–67–8901", "12345678", "1.23E+08", "3.45678901E+08", "012-34-567"]
    return text([row(ssn=one, as_="Secondary" if at == 3 else "Primary") for at, one in enumerate(forms)]).encode()


def ssns_as_numbers() -> bytes:
    """A number keeps its digits, however it is shown, and a lost zero is no other person."""
    numbers = [(12345678, "General"), (234567890, "0.00E+00"), (345678901, "000\\-00\\-0000"), (12345678, "000000000")]
    rows = [row(ssn=number, as_="Secondary" if at == 3 else "Primary") for at, (number, _) in enumerate(numbers)]
    return book(rows, {(at, "ssn"): one[1] for at, one in enumerate(numbers)})


def apostrophes() -> bytes:
    """What Excel itself keeps as a text, and an apostrophe that was typed into it."""

    def change(made: Any) -> None:
        for number in (2, 3):
            made.active.cell(number, 2).quotePrefix = True

    return book([row(id="00123"), row(id="P00001"), row(id="'4711")], None, change)


def side_by_side() -> bytes:
    """Two tables on one sheet: nobody knows which is meant."""
    return text([[*row(id="P00001"), "", "P00002"]], header=[*HEADER, "", "Participant ID"]).encode()


def hidden_column() -> bytes:
    """A column that nobody sees is read as the others."""

    def change(made: Any) -> None:
        made.active.column_dimensions["B"].hidden = True

    return book([row(id=123, last="Zero")], {(0, "id"): "00000"}, change)


def unclear_id() -> bytes:
    """A header that may be the ID's: its numbers are kept as they are shown until somebody says."""

    def change(made: Any) -> None:
        made.active["B1"] = "Client"

    return book([row(id=123)], {(0, "id"): "00000"}, change)


def program_alone() -> bytes:
    header = ["Program" if name == "Program Name" else name for name in HEADER]
    lines = [["YS" if cell == "Youth Shelter" else cell for cell in row(id=one)] for one in ("P00001", "P00002")]
    return text(lines, header=header).encode()


def no_rows_but_quotes() -> bytes:
    return text([['""'] * 14, row(id="P00001"), ['" "'] * 14]).encode()


def links() -> bytes:
    """A formula of a text file is a formula, whatever it would say."""
    return text(
        [row(id='"=HYPERLINK(""https://example.org"",""P00001"")"'), row(id="=A1"), row(id='"=""P00002"""')]
    ).encode()


def unseen_in_headers() -> bytes:
    def change(made: Any) -> None:
        for cell in made.active[1]:
            cell.value = "\u200b" + cell.value.replace(" ", "\u00a0") + "\t"

    return book([row(id="P00001")], None, change)


def years_alone() -> bytes:
    """Numbers that are years or days of a column without a date's format are no dates that anybody knows."""
    rows = [row(id="P00001", start=2026), row(id="P00002", start=46082), row(id="P00003", start=20260301)]
    return book(rows, {(2, "start"): "0000\\-00\\-00"})


def moments() -> bytes:
    """A day with a time is that day, and a time alone is none."""
    rows = [
        row(id=f"P0000{at}", start=one) for at, one in enumerate([datetime(2026, 3, 1, 23, 59, 59), 46082.999, 0.5], 1)
    ]
    return book(rows, {(0, "start"): "m/d/yyyy h:mm", (1, "start"): "m/d/yyyy", (2, "start"): "h:mm"})


def tempting() -> bytes:
    """IDs of which a spreadsheet program makes numbers, dates and truths: none of them is anybody."""
    ids = ["1E5", "4.711E3", "TRUE", "1/2", "12-5", "3/4/2026", "-4711", "+4711", "(4711)", "4711%", "$4711", "4 711"]
    return text([row(id=one) for one in ids]).encode()


def dates_as_ids() -> bytes:
    """What became a date in a workbook of 1904 is told as the day that its user sees."""

    def in_1904(made: Any) -> None:
        made.epoch = CALENDAR_MAC_1904

    rows = [row(id=date(2026, 12, 5)), row(id="P00005", case=date(2026, 12, 5))]
    return book(rows, {(1, "case"): "m\\-d"}, in_1904)


MADE: Final[dict[str, Callable[[], bytes]]] = {
    "201-id-formats.xlsx": id_formats,
    "202-case-formats.xlsx": case_formats,
    "203-stored-formulas.xlsx": stored_formulas,
    "204-odd-blanks.xlsx": odd_blanks,
    "205-date-texts-1904.xlsx": dates_as_texts,
    "206-two-digit-years.csv": two_digit_years,
    "207-merged-header.xlsx": merged_header,
    "208-table-elsewhere.xlsx": table_elsewhere,
    "209-header-again.xlsx": header_again,
    "210-hidden-sheets-first.xlsx": hidden_sheets_first,
    "211-blank-columns.csv": blank_columns,
    "212-sep-bom.csv": lambda: b"\xef\xbb\xbf" + ("sep=;\r\n" + text([row(id="P00001"), row(id="PX")], ";")).encode(),
    "213-cr-semicolon.csv": lambda: text([row(id="P00001"), row(id="PX")], ";", "\r").encode(),
    "214-euro.csv": euro,
    "215-utf16-be.csv": lambda: b"\xfe\xff" + text([row(id="P00002", first="José")], "\t").encode("utf-16-be"),
    "216-ssn-texts.csv": ssns_as_texts,
    "217-ssn-numbers.xlsx": ssns_as_numbers,
    "218-apostrophes.xlsx": apostrophes,
    "219-side-by-side.csv": side_by_side,
    "220-hidden-column.xlsx": hidden_column,
    "221-unclear-id.xlsx": unclear_id,
    "222-program-alone.csv": program_alone,
    "223-quoted-nothing.csv": no_rows_but_quotes,
    "224-links.csv": links,
    "225-unseen-in-headers.xlsx": unseen_in_headers,
    "226-years-alone.xlsx": years_alone,
    "227-moments.xlsx": moments,
    "228-tempting-ids.csv": tempting,
    "229-dates-as-ids-1904.xlsx": dates_as_ids,
}


def main() -> None:
    assert set(HEADER) <= set(KINDS)
    for name, make in MADE.items():
        if not (HERE / "files" / name).exists():
            (HERE / "files" / name).write_bytes(make())


if __name__ == "__main__":
    main()
