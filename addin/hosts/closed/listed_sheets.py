"""Make sure that openpyxl has read every sheet that a workbook lists.

It passes over a sheet whose part is not named letter for letter as the workbook names it, which Excel finds all the
same; so a command would go on with the next sheet, and a save would lose the first. And of a sheet of macros or of a
dialog it makes one with rows.
"""

from __future__ import annotations

from typing import Final, NamedTuple
from xml.etree import ElementTree
from zipfile import ZipFile

from openpyxl import Workbook
from openpyxl.packaging.relationship import get_dependents, get_rels_path

from addin.errors import UnmarkableError
from workbook.files.excel_archive import ExcelArchive

_CHARTS: Final = "chartsheet"
_ROWS: Final = "worksheet"


class ListedSheet(NamedTuple):
    """What the workbook says of a sheet. `kind`: the last word of the kind of its part, in lower case. `key`: by which
    the workbook, a part of this name in lower case, knows the sheet's part."""

    name: str
    kind: str
    key: str
    book: str


def listed_sheets(archive: ExcelArchive) -> list[ListedSheet]:
    """The sheets from left to right. Raises Refusal for a damaged archive, whose indexes must have been checked."""
    book = next((one.target for one in archive.references() if (one.owner, one.kind) == ("", "officedocument")), "")
    if not archive.has(book):
        return []
    kinds = {one.name: one.kind for one in archive.references() if one.owner == book}
    try:
        root = ElementTree.fromstring(b"".join(archive.unpacked(book)))  # noqa: S314 - judged with the other indexes
    except (ElementTree.ParseError, ValueError, LookupError):  # a workbook of another kind, which does not open
        return []
    listed = []
    for sheet in next((one for one in root if _local(one.tag) == "sheets"), ()):
        keys = [value for name, value in sheet.attrib.items() if _local(name) == "id"]
        if any(keys):  # modules of old workbooks lead nowhere, and no program shows them
            listed.append(ListedSheet(sheet.get("name", ""), kinds.get(keys[0], ""), keys[0], book))
    return listed


def check_sheets(book: Workbook, listed: list[ListedSheet], name: str) -> bool:
    """Takes sheets that are none with rows out of the book, and gives whether there are any. Raises UnmarkableError
    where the book has others than are listed."""
    if book.sheetnames != [sheet.name for sheet in listed]:
        raise not_packed_as_others(name, next((one.name for one in listed if one.name not in book.sheetnames), ""))
    others = [sheet.name for sheet in listed if sheet.kind not in (_ROWS, _CHARTS)]
    for other in others:
        book.remove(book[other])
    return bool(others)


def not_packed_as_others(name: str, sheet: str) -> UnmarkableError:
    """What is said of a workbook of which openpyxl does not find this sheet, or has another one."""
    which = f"its sheet {sheet}" if sheet else "one of its sheets"
    return UnmarkableError(
        f"{name} can be read here but not written, for {which} is packed as no spreadsheet program packs it. Open it "
        "in Excel, save it, and try again."
    )


def parts_of(package: ZipFile, listed: list[ListedSheet]) -> dict[str, str]:
    """The name of each sheet → that of its part, as openpyxl finds it."""
    book = part_of_book(package, listed)
    parts = {one.Id: one.Target for one in get_dependents(package, get_rels_path(book))}  # type: ignore[no-untyped-call]
    return {sheet.name: parts[sheet.key] for sheet in listed}


def part_of_book(package: ZipFile, listed: list[ListedSheet]) -> str:
    """The name of the workbook's own part."""
    return next(name for name in package.namelist() if name.casefold() == listed[0].book)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
