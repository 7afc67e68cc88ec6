"""One workbook that is open in Calc: its sheets, formats and window."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from addin.errors import BookError
from addin.hosts.calc.cell_editor import CellEditor
from addin.hosts.calc.failure import EDITING, GONE, plainly
from addin.hosts.calc.office import load_uno
from addin.hosts.calc.sheet import CalcSheet
from addin.hosts.calc.values import Epoch
from addin.hosts.text_file import text_rows
from workbook.files.formats import is_text
from workbook.layout import column_letters

_EXCEL_FORMULAS: Final = 3
"""com.sun.star.sheet.AddressConvention.XL_OOX: formulas as Excel's files have them."""
_MOMENTS: Final = 2 | 4
"""Dates and times, in com.sun.star.util.NumberFormat."""
_DURATION: Final = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_GENERAL: Final = "General"
_WITH_CHILDREN: Final = 1
"""Of com.sun.star.awt.InvalidateStyle."""
_OWN_TEXTS: Final = "Caseload: texts of the file"
"""A property of the open document, which a .csv file does not keep: its cells are what the file says."""
_REMOVABLE: Final = 128
"""Of com.sun.star.beans.PropertyAttribute."""


@plainly
class CalcBook:
    """A Document. `model` is Calc's own object for it, `desktop` Calc's for all that is open. Raises BookError when
    it is no spreadsheet."""

    def __init__(self, model: Any, desktop: Any) -> None:
        if not _is_spreadsheet(model):
            raise BookError(
                "What is open here is not a spreadsheet. Open the workbook that holds your rows in Calc, and press the "
                "button there."
            )
        self.model = model
        self._desktop = desktop
        self._uno = load_uno()
        self.notes: list[str] = []
        self._pending: list[str] = []
        """Notes for the next commit."""
        self._has_own_texts = False
        self._grids: dict[str, CalcSheet] = {}
        self._kinds: dict[int, int] = {}
        self._editor: CellEditor | None = None
        self.epoch = Epoch(model.NullDate)
        self._english = self._uno.createUnoStruct("com.sun.star.lang.Locale", Language="en", Country="US")

    @property
    def path(self) -> Path | None:
        return self._path_of(self.model)

    @property
    def name(self) -> str:
        return self._name_of(self.model)

    def open_names(self) -> tuple[str, ...]:
        components = self._desktop.getComponents().createEnumeration()
        names: list[str] = []
        while components.hasMoreElements():
            model = components.nextElement()
            if _is_spreadsheet(model):
                names.append(self._name_of(model))
        return tuple(names)

    def grids(self) -> list[CalcSheet]:
        sheets = self._sheets()
        self._grids = {
            name: self._grids.get(name) or CalcSheet(self, sheets.getByName(name), name)
            for name in sheets.getElementNames()
        }
        return list(self._grids.values())

    def selection(self) -> tuple[str, int, int] | None:
        selected = self.model.getCurrentSelection()
        if selected is not None and selected.supportsService("com.sun.star.sheet.SheetCellRanges"):
            selected = selected.getByIndex(0) if selected.getCount() else None
        if selected is None or not selected.supportsService("com.sun.star.sheet.SheetCellRange"):
            return None
        address = selected.getRangeAddress()
        return str(selected.getSpreadsheet().getName()), address.StartRow + 1, address.StartColumn + 1

    def add(self, name: str) -> CalcSheet:
        self.check_writable()
        if self.model.isProtected():
            raise BookError(
                f"The sheets of {self.name} are protected, so none can be added. Take the protection off (Tools > "
                "Protect Spreadsheet Structure) and press the button again."
            )
        sheets = self._sheets()
        sheets.insertNewByName(name, sheets.getCount())
        return next(grid for grid in self.grids() if grid.name == name)

    def show(self, grid: CalcSheet, row: int, column: int) -> None:
        controller = self._controller()
        if controller is None:
            return
        controller.setActiveSheet(grid.sheet)
        if row:
            # The yellow tip and the button of a list stay with the cell that was left unless the cursor goes by a
            # command of Calc's own.
            place = f"{column_letters(column)}{row}"
            self._command(controller.getFrame(), "GoToCell", ToPoint=place, SynchronMode=True)

    @contextmanager
    def still(self) -> Iterator[None]:
        self.check_not_edited()
        self.notes += self._pending
        self._pending.clear()
        self.hold()
        try:
            yield
        finally:
            self.let_go()

    def check_writable(self) -> None:
        """Raises BookError when the workbook is open for reading only."""
        if self.model.isReadonly():
            raise BookError(
                f"{self.name} is open for reading only, so nothing can be written into it. Save it under another name "
                "(File > Save As), or close it where else it is open, and press the button again."
            )

    def give_texts_back(self) -> None:
        """Puts into a .csv what its file says, as texts, once: Calc has read it in its own way, and made 7 of 007.

        Raises BookError where it was changed since it was opened: nobody can tell then what the file said.
        """
        if self._has_own_texts:
            return
        path = self.path
        if path is None or not is_text(path):
            self._has_own_texts = True
            return
        kept = self.model.getDocumentProperties().getUserDefinedProperties()
        if kept.getPropertySetInfo().hasPropertyByName(_OWN_TEXTS):
            self._has_own_texts = True
            return
        self.check_writable()
        if self.model.isModified():
            raise BookError(
                f"{self.name} was changed before a button was pressed in it, and Calc had read it in its own way: 007 "
                "becomes 7, and dates and letters may be others. So nothing was done. Close it without saving, open it "
                "again, and press a button before you change anything. Or, if all is right as Calc shows it, save it "
                "as .xlsx (File > Save As), and press the button there."
            )
        rows = text_rows(path)
        self.grids()[0].put_texts(rows)
        kept.addProperty(_OWN_TEXTS, _REMOVABLE, True)
        self._has_own_texts = True
        self._pending.append(f"The cells of {self.name} are texts now, as they stand in the file: Calc reads 007 as 7.")

    def check_not_edited(self) -> None:
        """Raises BookError while the user types in a cell."""
        window = self._window()
        if window is None:
            return
        if self._editor is None or self._editor.window != window:
            self._editor = CellEditor(window)
        if self._editor.is_open():
            raise BookError(EDITING)

    def why(self) -> str | None:
        self._sheets()
        self.check_writable()
        return None

    def formula_tokens(self, text: str, sheet: int, row: int, column: int) -> Any:
        """What Calc makes of a formula in Excel's words, without the leading `=`, in the cell where it will stand."""
        parser = self.model.createInstance("com.sun.star.sheet.FormulaParser")
        parser.CompileEnglish = True
        parser.FormulaConvention = _EXCEL_FORMULAS
        place = self._uno.createUnoStruct("com.sun.star.table.CellAddress")
        place.Sheet, place.Row, place.Column = sheet, row - 1, column - 1
        return parser.parseFormula(text, place)

    def format_key(self, number_format: str) -> int:
        """Calc's number for a format in Excel's words."""
        formats = self.model.getNumberFormats()
        if number_format == _GENERAL:
            return int(formats.getStandardIndex(self._english))
        key = formats.queryKey(number_format, self._english, False)
        return int(key if key >= 0 else formats.addNew(number_format, self._english))

    def format_text(self, key: int) -> str:
        """A format in Excel's words, as far as Calc keeps them."""
        formats = self.model.getNumberFormats()
        entry = formats.getByKey(key)
        if key == formats.getStandardIndex(entry.Locale):
            return _GENERAL
        text = str(entry.FormatString)
        return text.lower() if entry.Type & _MOMENTS else text

    def format_kind(self, key: int) -> int:
        """The bits of com.sun.star.util.NumberFormat."""
        if key not in self._kinds:
            entry = self.model.getNumberFormats().getByKey(key)
            # To Calc [h]:mm is a time of day, too, but what stands under it is a duration.
            self._kinds[key] = int(entry.Type) & (~_MOMENTS if _DURATION.search(entry.FormatString) else -1)
        return self._kinds[key]

    def hold(self) -> None:
        """Holds the windows still."""
        self.model.lockControllers()
        # Calc measures each row that is written, and asks all its conditional formats for that: 1 ms a row.
        self.model.IsAdjustHeightEnabled = False

    @contextmanager
    def measuring(self) -> Iterator[None]:
        """Lets rows be fitted to their text while the windows are held still."""
        before = self.model.IsAdjustHeightEnabled
        self.model.IsAdjustHeightEnabled = True
        try:
            yield
        finally:
            self.model.IsAdjustHeightEnabled = before

    def let_go(self) -> None:
        """Lets the windows show what changed."""
        self.model.IsAdjustHeightEnabled = True
        if self.model.hasControllersLocked():
            self.model.unlockControllers()
        window = self._window()
        if window is not None:  # Calc does not see that a conditional format by name looks other than before
            window.invalidate(_WITH_CHILDREN)

    def _sheets(self) -> Any:
        sheets = self.model.getSheets()
        if sheets is None:  # all that a workbook says which was closed while Calc runs on
            raise BookError(GONE)
        return sheets

    def _path_of(self, model: Any) -> Path | None:
        url = model.getURL()
        return Path(self._uno.fileUrlToSystemPath(url)) if url.startswith("file:") else None

    def _name_of(self, model: Any) -> str:
        path = self._path_of(model)
        return path.name if path else str(model.getTitle())

    def _command(self, frame: Any, name: str, **values: Any) -> None:
        """Does a command of Calc's own in a window, as its menu would."""
        url = self._uno.createUnoStruct(
            "com.sun.star.util.URL", Complete=f".uno:{name}", Main=f".uno:{name}", Protocol=".uno:", Path=name
        )
        command = frame.queryDispatch(url, "", 0)
        if command is not None:
            command.dispatch(url, properties(**values))

    def _controller(self) -> Any:
        """What shows it; None for a workbook that was opened without a window."""
        return self.model.getCurrentController()

    def _window(self) -> Any:
        """The window inside its frame; None likewise."""
        controller = self._controller()
        return None if controller is None else controller.getFrame().getComponentWindow()


def properties(**values: Any) -> tuple[Any, ...]:
    """Arguments as Calc's own functions take them."""
    uno = load_uno()
    kind = "com.sun.star.beans.PropertyValue"
    return tuple(uno.createUnoStruct(kind, Name=name, Value=value) for name, value in values.items())


def _is_spreadsheet(model: Any) -> bool:
    supports = getattr(model, "supportsService", None)
    return supports is not None and bool(supports("com.sun.star.sheet.SpreadsheetDocument"))
