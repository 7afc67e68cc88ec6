"""Find what openpyxl would lose of a workbook, which is then never written over (SPEC 9).

The package's parts are looked at, because openpyxl silently skips what it does not know.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Final

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from workbook.sheets.log_chart import chart_references

_PARTS: Final[tuple[tuple[str, str], ...]] = (
    (r"xl/media/|xl/richData/", "pictures"),
    (r"xl/chartsheets/|xl/chartEx/|xl/charts/chartEx", "charts"),
    (r"xl/pivotTables/|xl/pivotCache/", "pivot tables"),
    (r"xl/slicers/|xl/slicerCaches/|xl/timelines/|xl/timelineCaches/", "slicers"),
    (r"xl/activeX/|xl/ctrlProps/", "form controls"),
    (r"xl/embeddings/", "embedded objects"),
    (r"xl/threadedComments/", "threaded comments"),
    (r"xl/connections\.xml$|xl/queryTables/|xl/model/", "data connections"),
    (r"xl/customSheet|customXml/item\d+\.xml$", "custom data"),
    (r"xl/metadata\.xml$", "dynamic array formulas"),
    (r"xl/macrosheets/|xl/dialogsheets/", "macro sheets"),
    (r"_xmlsignatures/", "a digital signature"),
    (r"docMetadata/", "a sensitivity label"),
    (r"xl/webextensions/", "web add-ins"),
)
_DRAWING: Final = re.compile(r"xl/drawings/drawing\d*\.xml$")
_ANCHOR: Final = re.compile(rb"</(?:\w+:)?\w+Anchor>")
"""Ends whatever stands on a drawing. LibreOffice writes drawings on which nothing stands."""
_CHART: Final = re.compile(r"xl/charts/chart\d*\.xml$")
_REFERENCE: Final = re.compile(rb"<(?:\w+:)?f>([^<]*)</(?:\w+:)?f>")
_OTHER_THAN_NOTES: Final = re.compile(rb"ObjectType\s*=\s*[\"'](?!Note[\"'])")
"""What the older drawings hold beside notes: check boxes, lists, buttons."""
_WORKBOOK: Final = re.compile(r"xl/workbook\w*\.xml$")
_OPENED_BY: Final = re.compile(rb"<(?:\w+:)?fileSharing[\s/>]")
_READINGS: Final = re.compile(rb"<(?:\w+:)?rPh[\s/>]")
_SHARED_TEXTS: Final = re.compile(r"xl/sharedStrings\w*\.xml$")
_VBA: Final = "xl/vbaProject.bin"
_RIBBON_OF_2009: Final = re.compile(r"customUI/customUI14\.xml$")
_RIBBON: Final = "customUI/customUI.xml"
"""openpyxl keeps this one beside macros."""
_EXTENSIONS: Final = (
    (b"protectedRanges>", "ranges that some people may edit in a protected sheet"),
    (b"customSheetViews>", "custom views"),
    (b"x14:conditionalFormatting", "conditional formats that point to other sheets"),
    (b"x14:dataValidation", "dropdowns that point to other sheets"),
    (b"x14:sparkline", "sparklines"),
)
"""What a sheet holds in an extension; others (a slicer's list, say) show in the parts too."""


def losses(path: Path, name: str = "") -> list[str]:
    """What openpyxl would lose of the workbook at `path`, in words: `["pictures", "charts"]`; [] for nothing. `name`:
    what its user calls it, if that is another name.

    Macros in an .xlsm are kept, and an .xlsx cannot have any that run. `path` is a ZIP archive.
    """
    found: dict[str, None] = {}
    with zipfile.ZipFile(path) as package:
        names = package.namelist()
        for pattern, what in _PARTS:
            if any(re.match(pattern, name) for name in names):
                found[what] = None
        charts = [name for name in names if _CHART.match(name)]
        own = sum(_is_the_logs(package.read(name)) for name in charts)
        if len(charts) > own:
            found["charts"] = None
        if sum(len(_ANCHOR.findall(package.read(name))) for name in names if _DRAWING.match(name)) > own:
            found["drawings"] = None
        has_macros = (name or path.name).lower().endswith(".xlsm")
        if any(_RIBBON_OF_2009.match(part) for part in names) or (_RIBBON in names and not has_macros):
            found["a ribbon tab"] = None
        if _VBA in names and not has_macros:
            found["macros"] = None
        if any(_OTHER_THAN_NOTES.search(package.read(part)) for part in names if part.lower().endswith(".vml")):
            found["form controls"] = None
        if any(_OPENED_BY.search(package.read(part)) for part in names if _WORKBOOK.match(part)):
            found["a password or a recommendation to open it read-only"] = None
        if any(_holds(package, part, _READINGS) for part in names if _SHARED_TEXTS.match(part)):
            found["phonetic readings"] = None
        for name in names:
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                for what in _sheet_extensions(package, name):
                    found[what] = None
    if "pictures" in found or "charts" in found:
        found.pop("drawings", None)  # they stand on a drawing; naming both says one thing twice
    return list(found)


def _holds(package: zipfile.ZipFile, part: str, sought: re.Pattern[bytes]) -> bool:
    """Whether something short is in a part, which may be large."""
    tail = b""
    with package.open(part) as source:
        while piece := source.read(1 << 20):
            if sought.search(tail + piece):
                return True
            tail = piece[-64:]
    return False


def leave_out(book: Workbook) -> None:
    """Takes out of a workbook that is to be a copy what openpyxl reads and would write by halves, so that Excel would
    repair or refuse the copy: pictures, pivot tables, and charts that are sheets, by whose places names are told."""
    front = book.active
    for chart in book.chartsheets:
        book.remove(chart)
    sheets = [sheet for sheet in book.worksheets if isinstance(sheet, Worksheet)]
    for sheet in sheets:
        sheet._images.clear()  # type: ignore[attr-defined] # which its stubs leave out
        sheet._pivots.clear()  # type: ignore[attr-defined]
    visible = [sheet for sheet in sheets if sheet.sheet_state == "visible"] or sheets[:1]
    visible[0].sheet_state = "visible"  # as at least one must be
    book.active = next((sheet for sheet in sheets if sheet is front), visible[0])


def _is_the_logs(chart: bytes) -> bool:
    """Whether it is the template's own chart of the uploads, known by what it draws: openpyxl keeps all of that."""
    named = {
        reference.decode("utf-8", "replace").replace("$", "").replace("'", "")
        for reference in _REFERENCE.findall(chart)
    }
    return named == chart_references()


def _sheet_extensions(package: zipfile.ZipFile, name: str) -> list[str]:
    """Extensions stand at the end of a sheet's part, behind its rows, so only the tail is looked at."""
    tail = b""
    with package.open(name) as part:
        while piece := part.read(1 << 20):
            tail = (tail + piece)[-(4 << 20) :]
    start = tail.rfind(b"</sheetData>")
    return [what for mark, what in _EXTENSIONS if mark in tail[max(start, 0) :]]
