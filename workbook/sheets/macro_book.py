"""Caseload.xlsm: the template with its ribbon and macros, made without Excel.

openpyxl writes the sheets; what it cannot write, the VBA project and the ribbon, is put into its package here.
"""

from __future__ import annotations

import importlib.util
import io
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from workbook import layout, ribbon
from workbook.columns import TemplateChoice
from workbook.lists import TemplateLists
from workbook.sheets import style
from workbook.sheets.template import build_workbook
from workbook.vba.project import (
    SHEET_BASE,
    WORKBOOK_BASE,
    Module,
    document_module,
    exported_module,
    standard_module,
    vba_project,
)

PROJECT_NAME: Final = "CaseloadUpload"
MACRO_TYPE: Final = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
_PLAIN_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_VBA_TYPE: Final = "application/vnd.ms-office.vbaProject"
_VBA_RELATION: Final = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"
_RIBBON_RELATION: Final = "http://schemas.microsoft.com/office/2006/relationships/ui/extensibility"
_TYPES: Final = "[Content_Types].xml"
_PACKAGE_RELATIONS: Final = "_rels/.rels"
_BOOK_RELATIONS: Final = "xl/_rels/workbook.xml.rels"
_VBA_PART: Final = "xl/vbaProject.bin"
_RIBBON_PART: Final = "customUI/customUI.xml"
_XLWINGS_SOURCES: Final = ("xlwings.bas", "addin/Dictionary.cls")
"""In the installed xlwings, so that module and package are always of one version. Both under licences (BSD, MIT)
that let them travel along, and say so in their text."""


def build_macro_template(choice: TemplateChoice, lists: TemplateLists) -> bytes:
    """The template as .xlsm, byte for byte the same for the same input."""
    return with_macros(style.saved(build_workbook(choice, lists)), project(), ribbon.ribbon_xml())


def with_macros(book: bytes, vba: bytes, custom_ui: bytes) -> bytes:
    """An .xlsx of openpyxl's with these two parts in it: an .xlsm. The same input gives the same bytes."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    _put(parts, _TYPES, _PLAIN_TYPE, MACRO_TYPE)
    _before_end(parts, _TYPES, f'<Default Extension="bin" ContentType="{_VBA_TYPE}"/>')
    _before_end(parts, _BOOK_RELATIONS, _relation("rIdVba", _VBA_RELATION, "vbaProject.bin"))
    _before_end(parts, _PACKAGE_RELATIONS, _relation("rIdRibbon", _RIBBON_RELATION, _RIBBON_PART))
    return style.packed(parts | {_VBA_PART: vba, _RIBBON_PART: custom_ui})


@cache
def project() -> bytes:
    """`vbaProject.bin`: a module for the workbook and one for each sheet, the callbacks, and xlwings' own two."""
    documents = [document_module(layout.WORKBOOK_CODE_NAME, WORKBOOK_BASE)]
    documents += [document_module(name, SHEET_BASE) for name in layout.CODE_NAMES.values()]
    own = standard_module(ribbon.MODULE, ribbon.callbacks())
    return vba_project(PROJECT_NAME, [*documents, own, *xlwings_modules().values()])


def xlwings_modules() -> Mapping[str, Module]:
    """xlwings' VBA by module name, as the installed package has it. xlwings itself is not imported."""
    found = importlib.util.find_spec("xlwings")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("xlwings is not installed, and a workbook with macros is made with its VBA module.")
    folder = Path(found.submodule_search_locations[0])
    modules = [exported_module((folder / name).read_text("cp1252")) for name in _XLWINGS_SOURCES]
    return {module.name: module for module in modules}


def _relation(identifier: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{identifier}" Type="{kind}" Target="{target}"/>'


def _before_end(parts: dict[str, bytes], name: str, element: str) -> None:
    """Adds an element as the last of a part's root."""
    end = parts[name].rindex(b"</")
    parts[name] = parts[name][:end] + element.encode() + parts[name][end:]


def _put(parts: dict[str, bytes], name: str, old: str, new: str) -> None:
    assert parts[name].count(old.encode()) == 1
    parts[name] = parts[name].replace(old.encode(), new.encode())
