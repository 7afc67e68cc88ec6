"""Judge what the workbook part of an Excel file says of its sheets and its dates (SPEC 3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final
from xml.etree import ElementTree

POINTS_ASIDE: Final = "it says in two ways where its parts are, which no spreadsheet program does"
MOST_SHEETS: Final = 1_000
"""Many more than anybody has. Each takes its time, though all of them be one part of a few bytes."""
_BOOLEAN: Final = (None, "0", "1", "false", "true")
"""What programs write. Of other words each makes its own sense."""


def sheets_of(root: ElementTree.Element) -> list[ElementTree.Element]:
    """What the root of the workbook part says of each sheet, from left to right."""
    return list(next((one for one in root if _local(one.tag) == "sheets"), ()))


def relation_keys(sheet: ElementTree.Element) -> list[str]:
    """By which relation a sheet names its part; of several, every one."""
    return [value for name, value in sheet.attrib.items() if _local(name) == "id"]


def why_odd(root: ElementTree.Element, targets: Mapping[str, str]) -> str:
    """In words, why no spreadsheet program has written this workbook part; empty where one may have. `targets`:
    relation → part."""
    sheets = sheets_of(root)
    if len({sheet.get("name", "").casefold() for sheet in sheets}) < len(sheets):
        return "it has two sheets of the same name, which no spreadsheet program allows"
    keys = [relation_keys(sheet) for sheet in sheets]
    if any(len(named) > 1 for named in keys):
        return POINTS_ASIDE
    parts = [targets[key].casefold() for named in keys for key in named if key in targets]
    if len(set(parts)) < len(parts):
        return "two of its sheets are one and the same, which no spreadsheet program writes"
    if any(said not in _BOOLEAN for said in _epochs(root.iter())):
        return "it does not say as spreadsheet programs do from which year its dates are counted"
    return ""


def has_clear_epoch(root: ElementTree.Element) -> bool:
    """Whether the workbook's own element alone says from which year dates are counted. An extension of Excel's own has
    an element of the same name, by which python-calamine goes, too: by the last one that says anything."""
    own = list(_epochs(iter(root)))
    return len(own) < 2 and {said for said in _epochs(root.iter()) if said is not None} <= set(own)


def _epochs(elements: Iterator[ElementTree.Element]) -> Iterator[str | None]:
    return (one.get("date1904") for one in elements if _local(one.tag) == "workbookPr")


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
