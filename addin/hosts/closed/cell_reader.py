"""Go through the cells of a closed sheet once more, by openpyxl's own rules of where a cell stands."""

from __future__ import annotations

from typing import Any
from zipfile import ZipFile

from openpyxl.packaging.manifest import Manifest
from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.worksheet._reader import ROW_TAG, WorkSheetParser
from openpyxl.xml.constants import SHARED_STRINGS
from openpyxl.xml.functions import fromstring, iterparse


class CellReader(WorkSheetParser):
    """Reads row after row, and keeps none; what becomes of a cell, `parse_cell` says."""

    def read(self) -> None:
        for _event, element in iterparse(self.source):
            if element.tag == ROW_TAG:
                self.parse_row(element)
                element.clear()
                self.row_dimensions.clear()

    def place_of(self, element: Any) -> tuple[int, int]:
        """(row, column) of a cell, which need not say where it stands."""
        named = element.get("r")
        return coordinate_to_tuple(named) if named else (self.row_counter, self.col_counter + 1)


def shared_texts_part(package: ZipFile) -> str | None:
    """Where a workbook keeps the texts that its cells share; None where it has none."""
    kinds: Any = Manifest.from_tree(fromstring(package.read("[Content_Types].xml")))  # type: ignore[arg-type]
    found = kinds.find(SHARED_STRINGS)
    return None if found is None else str(found.PartName[1:])
