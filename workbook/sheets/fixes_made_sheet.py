"""The sheet `Fixes Made`: what Apply Fixes changed, newest last, by row number then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

HEADERS: Final = ("When", "Row", "Column", "Before", "After")
WIDTHS: Final = (23, 9, 26, 44, 44)
"""Column widths in characters."""


def build_fixes_made_sheet(sheet: Worksheet) -> None:
    """Dresses an empty sheet: its headers, and columns of text."""
    from workbook.sheets import style

    style.dress_list(sheet, HEADERS, WIDTHS, numbers=("Row",))
