"""Build Caseload.xlsm and Caseload.xlam, with ribbon and macros, without Excel.

openpyxl writes the sheets; what it cannot write, the VBA project and the ribbon, is put into its package here.
"""

from __future__ import annotations

import io
import zipfile
from functools import cache
from typing import Final

from openpyxl import Workbook

from workbook import layout, ribbon
from workbook.columns import TemplateChoice
from workbook.lists import TemplateLists
from workbook.macros import MODULE, macros, workbook_macros
from workbook.sheets import style
from workbook.sheets.template import build_workbook
from workbook.vba.project import (
    SHEET_BASE,
    WORKBOOK_BASE,
    document_module,
    standard_module,
    vba_project,
)

PROJECT_NAME: Final = "CaseloadUpload"
ADD_IN_PROJECT_NAME: Final = "CaseloadAddIn"
MACRO_TYPE: Final = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
ADD_IN_TYPE: Final = "application/vnd.ms-excel.addin.macroEnabled.main+xml"
_PLAIN_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_VBA_TYPE: Final = "application/vnd.ms-office.vbaProject"
_VBA_RELATION: Final = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"
_RIBBON_RELATION: Final = "http://schemas.microsoft.com/office/2006/relationships/ui/extensibility"
_TYPES: Final = "[Content_Types].xml"
_PACKAGE_RELATIONS: Final = "_rels/.rels"
_BOOK_RELATIONS: Final = "xl/_rels/workbook.xml.rels"
_VBA_PART: Final = "xl/vbaProject.bin"
_RIBBON_PART: Final = "customUI/customUI.xml"
_SIGNATURE: Final = "xl/vbaProjectSignature"
_ADD_IN_SHEET: Final = "Sheet1"
"""An add-in has a sheet too, which nobody sees."""


def build_macro_template(choice: TemplateChoice, lists: TemplateLists) -> bytes:
    """The template as .xlsm, byte for byte the same for the same input."""
    sheets = tuple(layout.CODE_NAMES.values())
    return with_macros(style.saved(build_workbook(choice, lists)), project(PROJECT_NAME, sheets), ribbon.ribbon_xml())


def build_add_in() -> bytes:
    """`Caseload.xlam`: the same ribbon and macros, which act on whatever workbook is in front. Byte for byte the same
    each time, so that a signature holds for as long as no button is added."""
    book = Workbook()
    book.code_name = layout.WORKBOOK_CODE_NAME
    book.properties.creator = "Caseload Upload"
    book.properties.title = ribbon.TAB  # the name and the words in Excel's list of add-ins
    book.properties.description = "Checks, corrects and uploads caseload changes."
    sheet = book.worksheets[0]
    sheet.title = sheet.sheet_properties.codeName = _ADD_IN_SHEET
    vba = project(ADD_IN_PROJECT_NAME, (_ADD_IN_SHEET,))
    return with_macros(style.saved(book), vba, ribbon.ribbon_xml(), ADD_IN_TYPE)


def with_macros(book: bytes, vba: bytes, custom_ui: bytes, main_type: str = MACRO_TYPE) -> bytes:
    """An .xlsx of openpyxl's with these two parts in it: an .xlsm, or what else `main_type` says. The same input gives
    the same bytes."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    _put(parts, _TYPES, _PLAIN_TYPE, main_type)
    _before_end(parts, _TYPES, f'<Default Extension="bin" ContentType="{_VBA_TYPE}"/>')
    _before_end(parts, _BOOK_RELATIONS, _relation("rIdVba", _VBA_RELATION, "vbaProject.bin"))
    _before_end(parts, _PACKAGE_RELATIONS, _relation("rIdRibbon", _RIBBON_RELATION, _RIBBON_PART))
    return style.packed(parts | {_VBA_PART: vba, _RIBBON_PART: custom_ui})


def is_signed(content: bytes) -> bool:
    """Whether a workbook or add-in carries a signature of its macros. False for any other file."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return any(name.startswith(_SIGNATURE) for name in archive.namelist())
    except zipfile.BadZipFile:
        return False


@cache
def project(name: str, sheets: tuple[str, ...]) -> bytes:
    """`vbaProject.bin`: a module for the workbook and for each sheet, by its code name, and our own."""
    code = workbook_macros(add_in=name == ADD_IN_PROJECT_NAME)
    documents = [document_module(layout.WORKBOOK_CODE_NAME, WORKBOOK_BASE, code)]
    documents += [document_module(sheet, SHEET_BASE) for sheet in sheets]
    return vba_project(name, [*documents, standard_module(MODULE, macros())])


def _relation(identifier: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{identifier}" Type="{kind}" Target="{target}"/>'


def _before_end(parts: dict[str, bytes], name: str, element: str) -> None:
    """Adds an element as the last of a part's root."""
    end = parts[name].rindex(b"</")
    parts[name] = parts[name][:end] + element.encode() + parts[name][end:]


def _put(parts: dict[str, bytes], name: str, old: str, new: str) -> None:
    assert parts[name].count(old.encode()) == 1
    parts[name] = parts[name].replace(old.encode(), new.encode())
