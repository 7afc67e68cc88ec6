"""What Excel would repair, refuse or silently lose, and a schema does not see: our own check of a built workbook.

`check_workbook` reads the parts of an .xlsx or .xlsm as they lie in the package and says what is wrong with them.
`check_callbacks` compiles and runs the VBA behind the ribbon, in a stand-in for Excel that writes down what is started.
"""

from __future__ import annotations

import io
import posixpath
import re
import tempfile
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import olefile
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.utils.exceptions import CellCoordinatesException
from pyopenvba.exceptions import VBAError
from pyopenvba.formula import FormulaError, parse, references
from pyopenvba.interpreter import parse_module

from tests.support.excel import windows
from tests.support.excel.grid import Cells, OpenWorkbook
from tests.support.excel.standin import StandInExcel
from tests.support.excel.vba import Macros
from workbook.layout import LAST_ROW
from workbook.macros import NOTHING_MARKED

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
PACKAGE = "{http://schemas.openxmlformats.org/package/2006/relationships}"
TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
RIBBON = "{http://schemas.microsoft.com/office/2006/01/customui}"
MACRO_BOOK = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
ADD_IN = "application/vnd.ms-excel.addin.macroEnabled.main+xml"
VBA_TYPE = "application/vnd.ms-office.vbaProject"
VALIDATION_TYPES = {"none", "whole", "decimal", "list", "date", "time", "textLength", "custom"}
LONGEST_FORMULA = 255
LONGEST_SHEET_NAME = 31
SHEET_ORDER: list[str] = re.findall(
    r"\w+",
    "sheetPr dimension sheetViews sheetFormatPr cols sheetData sheetCalcPr sheetProtection protectedRanges scenarios "
    "autoFilter sortState dataConsolidate customSheetViews mergeCells phoneticPr conditionalFormatting "
    "dataValidations hyperlinks printOptions pageMargins pageSetup headerFooter rowBreaks colBreaks customProperties "
    "cellWatches ignoredErrors smartTags drawing legacyDrawing legacyDrawingHF picture oleObjects controls "
    "webPublishItems tableParts extLst",
)
_TIPPED = {"id", "label", "screentip", "supertip", "onAction"}
RIBBON_ATTRIBUTES = {
    "customUI": {"onLoad"},
    "ribbon": {"startFromScratch"},
    "tabs": set(),
    "tab": {"id", "label", "getVisible"},
    "group": {"id", "label"},
    "button": _TIPPED | {"imageMso", "size"},
    "dropDown": _TIPPED | {"tag", "sizeString", "getSelectedItemIndex"},
    "item": {"id", "label"},
    "checkBox": _TIPPED | {"tag"},
}
"""The part of the ribbon's schema that we use."""
NAMELESS = {"customUI", "ribbon", "tabs"}
DEFINED_NAME = re.compile(r"[A-Za-z_\\][A-Za-z0-9_.\\]{0,254}")
LIKE_A_CELL = re.compile(r"[A-Za-z]{1,3}[0-9]+|[RrCc]|[Rr][0-9]*[Cc][0-9]*")


class WorkbookFlaw(NamedTuple):
    code: str
    part: str
    what: str


class Package:
    def __init__(self, content: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            self.parts = {name: archive.read(name) for name in archive.namelist()}

    def xml(self, name: str) -> ElementTree.Element:
        return ElementTree.fromstring(self.parts[name])

    def relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Id → (kind, part) of a part's relationships inside the package; "" for the package's own."""
        folder, name = posixpath.split(part)
        path = posixpath.join(folder, "_rels", f"{name}.rels")
        if path not in self.parts:
            return {}
        found = {}
        for relation in self.xml(path).iter(f"{PACKAGE}Relationship"):
            if relation.get("TargetMode") != "External":
                target = relation.get("Target", "")
                target = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
                found[relation.get("Id", "")] = (relation.get("Type", "").rpartition("/")[2], target)
        return found

    def content_type(self, name: str) -> str | None:
        types = self.xml("[Content_Types].xml")
        for override in types.iter(f"{TYPES}Override"):
            if override.get("PartName") == f"/{name}":
                return override.get("ContentType")
        for default in types.iter(f"{TYPES}Default"):
            if default.get("Extension", "").lower() == name.rpartition(".")[2].lower():
                return default.get("ContentType")
        return None

    def one(self, part: str, kind: str) -> str | None:
        return next((target for found, target in self.relations(part).values() if found == kind), None)


def check_workbook(content: bytes) -> list[WorkbookFlaw]:
    """Every flaw of the workbook, in the order of its parts."""
    package = Package(content)
    return [WorkbookFlaw(*flaw) for check in (_package, _ribbon, _vba, _names, _sheets) for flaw in check(package)]


Flaws = Iterator[tuple[str, str, str]]


def _package(package: Package) -> Flaws:
    for name in package.parts:
        if name != "[Content_Types].xml" and package.content_type(name) is None:
            yield "content-type-missing", name, "no content type"
        if name.endswith(".rels"):
            folder, own = posixpath.split(name)
            source = posixpath.join(posixpath.dirname(folder), own.removesuffix(".rels"))
            for kind, target in package.relations(source).values():
                if target not in package.parts:
                    yield "part-missing", source, f"{kind} → {target}"
        elif name.startswith("xl/") and name.endswith(".xml"):
            known = package.relations(name)
            for element in package.xml(name).iter():
                for attribute, value in element.attrib.items():
                    if attribute.startswith(RELATION) and value not in known:
                        yield "relation-missing", name, f"{element.tag.rpartition('}')[2]} {value}"
    book = package.one("", "officeDocument") or "xl/workbook.xml"
    has_vba = any(kind == "vbaProject" for kind, _ in package.relations(book).values())
    if has_vba != (package.content_type(book) in (MACRO_BOOK, ADD_IN)):
        yield "main-type", book, f"{package.content_type(book)}, with VBA: {has_vba}"
    vba = package.one(book, "vbaProject")
    if vba is not None and package.content_type(vba) not in (VBA_TYPE, None):
        yield "vba-type", vba, str(package.content_type(vba))


def _ribbon(package: Package) -> Flaws:
    part = package.one("", "extensibility")
    if part is None or part not in package.parts:
        return
    try:
        root = package.xml(part)
    except ElementTree.ParseError as error:
        yield "ribbon-xml", part, str(error)
        return
    if root.tag != f"{RIBBON}customUI":
        yield "ribbon-namespace", part, root.tag
    ids: Counter[str] = Counter()
    for element in root.iter():
        name = element.tag.rpartition("}")[2]
        if name not in RIBBON_ATTRIBUTES:
            yield "ribbon-element", part, name
            continue
        for attribute in set(element.attrib) - RIBBON_ATTRIBUTES[name]:
            yield "ribbon-attribute", part, f"{name} {attribute}"
        if name not in NAMELESS:
            if not element.get("id"):
                yield "ribbon-id-missing", part, name
            ids[element.get("id", "")] += 1
    for identifier, count in ids.items():
        if identifier and count > 1:
            yield "ribbon-id-twice", part, identifier


def _vba(package: Package) -> Flaws:
    book = package.one("", "officeDocument") or ""
    part = package.one(book, "vbaProject")
    if part is None or part not in package.parts:
        return
    names = list(_code_names(package, book))
    for name, count in Counter(name.casefold() for name in names).items():
        if count > 1:
            yield "code-name-twice", book, name
    if not olefile.isOleFile(data=package.parts[part]):
        yield "vba-file", part, "not a compound file"
        return
    sources = vba_sources(package.parts[part])
    with olefile.OleFileIO(io.BytesIO(package.parts[part])) as file:
        text = file.openstream("PROJECT").read().decode("cp1252")
    documents = set(re.findall(r"^Document=(\w+)/", text, re.M))
    for name in documents.symmetric_difference(names):
        yield "code-name", part, name
    ribbon = package.one("", "extensibility")
    if ribbon in package.parts:
        subs = set(re.findall(r"^Public Sub (\w+)\(", "\n".join(sources.values()), re.M))
        called = set(re.findall(r'(?:onAction|get\w+)="(\w+)"', package.parts[ribbon].decode()))
        for name in called - subs:
            yield "ribbon-callback", ribbon, name


def _code_names(package: Package, book: str) -> Iterator[str]:
    properties = package.xml(book).find(f"{MAIN}workbookPr")
    yield (properties.get("codeName", "") if properties is not None else "") or "(none)"
    for kind, target in package.relations(book).values():
        if kind == "worksheet":
            sheet = package.xml(target).find(f"{MAIN}sheetPr")
            yield (sheet.get("codeName", "") if sheet is not None else "") or "(none)"


def _names(package: Package) -> Flaws:
    book = package.one("", "officeDocument") or ""
    root = package.xml(book)
    seen: set[tuple[str | None, str]] = set()
    for defined in root.iter(f"{MAIN}definedName"):
        name, scope = defined.get("name", ""), defined.get("localSheetId")
        bare = name.removeprefix("_xlnm.")
        if not DEFINED_NAME.fullmatch(bare) or LIKE_A_CELL.fullmatch(bare):
            yield "name", book, name
        if (scope, name.casefold()) in seen:
            yield "name-twice", book, name
        seen.add((scope, name.casefold()))
        yield from _formula(defined.text or "", "name-formula", book)
    sheets = [(sheet.get("name", ""), sheet.get("state", "visible")) for sheet in root.iter(f"{MAIN}sheet")]
    for name, _ in sheets:
        if not 0 < len(name) <= LONGEST_SHEET_NAME or set(name) & set("[]:*?/\\"):
            yield "sheet-name", book, name
    if len({name.casefold() for name, _ in sheets}) < len(sheets):
        yield "sheet-name-twice", book, ", ".join(name for name, _ in sheets)
    if all(state != "visible" for _, state in sheets):
        yield "no-sheet-visible", book, ""


def _sheets(package: Package) -> Flaws:
    book = package.one("", "officeDocument") or ""
    styles = package.one(book, "styles") or ""
    root = package.xml(styles)
    formats = len(root.findall(f"{MAIN}cellXfs/*"))
    dxfs = len(root.findall(f"{MAIN}dxfs/*"))
    table_ids: list[str] = []
    table_names: list[str] = []
    for kind, part in package.relations(book).values():
        if kind != "worksheet" or part not in package.parts:
            continue
        sheet = package.xml(part)
        order = [SHEET_ORDER.index(child.tag.rpartition("}")[2]) for child in sheet]
        if order != sorted(order):
            yield "element-order", part, " ".join(SHEET_ORDER[place] for place in order)
        yield from _columns(sheet, part)
        yield from _cells(sheet, part, formats)
        yield from _rules(sheet, part, dxfs)
        for pane in sheet.iter(f"{MAIN}pane"):
            if not _is_cell(pane.get("topLeftCell", "A1")):
                yield "pane", part, pane.get("topLeftCell", "")
        for found, target in package.relations(part).values():
            if found == "table" and target in package.parts:
                table = package.xml(target)
                table_ids.append(table.get("id", ""))
                table_names.append(table.get("displayName", "").casefold())
                yield from _table(package, table, target, sheet)
    if len(set(table_ids)) < len(table_ids) or len(set(table_names)) < len(table_names):
        yield "table-twice", book, ""


def _columns(sheet: ElementTree.Element, part: str) -> Flaws:
    last = 0
    for column in sheet.iter(f"{MAIN}col"):
        if int(column.get("min", 0)) <= last:
            yield "columns-overlap", part, column.get("min", "")
        last = int(column.get("max", 0))


def _cells(sheet: ElementTree.Element, part: str, formats: int) -> Flaws:
    seen: set[str] = set()
    for cell in sheet.iter(f"{MAIN}c"):
        place = cell.get("r", "")
        if not _is_cell(place):
            yield "cell-address", part, place
        if place in seen:
            yield "cell-twice", part, place
        seen.add(place)
        if int(cell.get("s", "0")) >= formats:
            yield "cell-style", part, f"{place} {cell.get('s')}"
        formula = cell.find(f"{MAIN}f")
        if formula is not None and formula.text:
            yield from _formula(formula.text, "cell-formula", part)
    for styled in (*sheet.iter(f"{MAIN}col"), *sheet.iter(f"{MAIN}row")):
        if int(styled.get("style") or styled.get("s") or "0") >= formats:
            yield "cell-style", part, styled.tag.rpartition("}")[2]


def _rules(sheet: ElementTree.Element, part: str, dxfs: int) -> Flaws:
    for rule in sheet.iter(f"{MAIN}cfRule"):
        if int(rule.get("dxfId", "0")) >= dxfs:
            yield "rule-style", part, rule.get("dxfId", "")
        for formula in rule.iter(f"{MAIN}formula"):
            yield from _formula(formula.text or "", "rule-formula", part, names_only=True)
    for validation in sheet.iter(f"{MAIN}dataValidation"):
        if validation.get("type", "none") not in VALIDATION_TYPES:
            yield "validation-type", part, validation.get("type", "")
        for name in ("formula1", "formula2"):
            text = validation.findtext(f"{MAIN}{name}")
            if text is None:
                continue
            if len(text) > LONGEST_FORMULA:
                yield "validation-long", part, text[:40]
            yield from _formula(text, "validation-formula", part, names_only=True)


def _formula(text: str, code: str, part: str, *, names_only: bool = False) -> Flaws:
    try:
        parsed = parse(f"={text}")
    except FormulaError as error:
        yield code, part, f"{text}: {error}"
        return
    if names_only and any(reference.sheet for reference in references(parsed)):
        yield "cross-sheet", part, text


def _table(package: Package, table: ElementTree.Element, part: str, sheet: ElementTree.Element) -> Flaws:
    left, top, right, bottom = (edge or 0 for edge in range_boundaries(table.get("ref", "")))
    if bottom - top < 1:
        yield "table-no-rows", part, table.get("ref", "")
    columns = list(table.iter(f"{MAIN}tableColumn"))
    if len(columns) != right - left + 1:
        yield "table-width", part, table.get("ref", "")
    if len({column.get("id") for column in columns}) < len(columns):
        yield "table-column-twice", part, ""
    for number, column in enumerate(columns, start=left):
        place = f"{get_column_letter(number)}{top}"
        if _text(package, sheet, place) != column.get("name"):
            yield "table-header", part, f"{place} {column.get('name')}"


def _text(package: Package, sheet: ElementTree.Element, place: str) -> str:
    for cell in sheet.iter(f"{MAIN}c"):
        if cell.get("r") == place:
            if cell.get("t") == "s":
                strings = package.xml("xl/sharedStrings.xml").findall(f"{MAIN}si")
                return "".join(strings[int(cell.findtext(f"{MAIN}v") or 0)].itertext())
            return "".join(cell.itertext())
    return ""


def _is_cell(place: str) -> bool:
    try:
        left, top, right, bottom = range_boundaries(place)
    except (ValueError, CellCoordinatesException, TypeError):
        return False
    return None not in (left, top) and (left, top) == (right, bottom) and left <= 16_384 and 1 <= top <= LAST_ROW


def vba_sources(project: bytes) -> dict[str, str]:
    """Module → its source, as olevba reads it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what olevba's own dependencies have to say of each other
        from oletools.olevba import VBA_Parser

        parser = VBA_Parser("vbaProject.bin", data=project)
        try:
            return {
                name.rpartition(".")[0]: source if isinstance(source, str) else source.decode("cp1252")
                for _, _, name, source in parser.extract_macros()
            }
        finally:
            parser.close()


class Action(NamedTuple):
    """What the ribbon calls: a Sub, with one of its controls and the arguments that Office passes after it."""

    sub: str
    control: str = ""
    tag: str = ""
    arguments: tuple[object, ...] = ()


def check_callbacks(source: str, actions: Sequence[Action]) -> tuple[list[str], list[str]]:
    """Compiles the module and runs each action.

    Gives the command lines that were started, and the flaws. An error of any kind is a flaw, with the words of VBA.
    """
    flaws = []
    try:
        module = parse_module(source, name="Callbacks", kind="standard")
    except VBAError as error:
        return [], [str(error)]
    counts = Counter(procedure.name.casefold() for procedure in module.procedures)
    flaws += [f"Ambiguous name detected: {name}" for name, count in counts.items() if count > 1]
    sheet = Cells("Caseload")
    book = OpenWorkbook("Caseload.xlsm", "Caseload.xlsm", [sheet], sheet)
    excel = StandInExcel(windows)
    excel.books.append(book)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "Caseload"
        folder.mkdir()
        (folder / "program.txt").write_text("program\n")
        macros = Macros(source, excel, book, Path(name))
        for action in actions:
            try:
                macros.run(action.sub, *action.arguments, control=action.control, tag=action.tag)
            except VBAError as error:
                flaws.append(str(error))
    return macros.vba.console + macros.started, flaws + [said for said in macros.boxes if said != NOTHING_MARKED]
