"""One workbook that is open in Calc: its sheets, names and formats, its window, its file."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any, Final

from addin.errors import BookError
from addin.hosts.address import address_of
from addin.hosts.calc.failure import EDITING, GONE, plainly
from addin.hosts.calc.office import load_uno
from addin.hosts.calc.sheet import CalcSheet
from addin.hosts.calc.values import Epoch
from addin.hosts.document import Block

_FILTERS: Final = {".xlsx": "Calc MS Excel 2007 XML", ".xlsm": "Calc MS Excel 2007 VBA XML", ".ods": "calc8"}
"""Ending of a file → what Calc writes it with."""
_EXCEL_FORMULAS: Final = 3
"""com.sun.star.sheet.AddressConvention.XL_OOX: formulas as Excel's files have them."""
_MOMENTS: Final = 2 | 4
"""Dates and times, in com.sun.star.util.NumberFormat."""
_GENERAL: Final = "General"
_SPREADSHEET, _TEXT_FRAME = 84, 61
"""Of com.sun.star.accessibility.AccessibleRole: a pane of a spreadsheet, and a cell's text while it is typed."""
_MOST_CHILDREN: Final = 200
_WITH_CHILDREN: Final = 1
"""Of com.sun.star.awt.InvalidateStyle."""
_CELL: Final = re.compile(r"\b[A-Z]{1,3}[0-9]+$")


@plainly
class CalcBook:
    """A Document. `model` is Calc's own object for it. Raises BookError when it is no spreadsheet."""

    def __init__(self, model: Any) -> None:
        if model is None or not model.supportsService("com.sun.star.sheet.SpreadsheetDocument"):
            raise BookError(
                "What is open here is not a spreadsheet. Open the workbook that holds your rows in Calc, and press the "
                "button there."
            )
        self.model = model
        self._uno = load_uno()
        self._sheets: list[CalcSheet] = []
        self._kinds: dict[int, int] = {}
        self.epoch = Epoch(model.NullDate)
        self._english = self._uno.createUnoStruct("com.sun.star.lang.Locale", Language="en", Country="US")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CalcBook) and bool(self.model == other.model)

    def __hash__(self) -> int:
        return id(type(self))  # equal ones are few, and Calc's objects have no hash of their own

    @property
    def path(self) -> Path | None:
        url = self.model.getURL()
        return Path(self._uno.fileUrlToSystemPath(url)) if url.startswith("file:") else None

    @property
    def name(self) -> str:
        path = self.path
        return path.name if path else str(self.model.getTitle())

    def grids(self) -> list[CalcSheet]:
        sheets = self._model_sheets()
        known = {grid.name: grid for grid in self._sheets}
        self._sheets = [
            known[name] if name in known else CalcSheet(self, sheets.getByName(name))
            for name in sheets.getElementNames()
        ]
        return list(self._sheets)

    def find(self, name: str) -> CalcSheet | None:
        return next((grid for grid in self.grids() if grid.name.casefold() == name.casefold()), None)

    def active(self) -> CalcSheet:
        controller = self._controller()
        grids = self.grids()
        return grids[0] if controller is None else grids[controller.getActiveSheet().getRangeAddress().Sheet]

    def activate(self, grid: CalcSheet) -> None:
        controller = self._controller()
        if controller is not None:
            controller.setActiveSheet(grid.sheet)

    def selection(self) -> tuple[CalcSheet, Block] | None:
        selected = self.model.getCurrentSelection()
        if selected is not None and selected.supportsService("com.sun.star.sheet.SheetCellRanges"):
            selected = selected.getByIndex(0) if selected.getCount() else None
        if selected is None or not selected.supportsService("com.sun.star.sheet.SheetCellRange"):
            return None
        address = selected.getRangeAddress()
        rows, columns = address.EndRow - address.StartRow + 1, address.EndColumn - address.StartColumn + 1
        return self.grids()[address.Sheet], Block(address.StartRow + 1, address.StartColumn + 1, rows, columns)

    def select(self, grid: CalcSheet, block: Block) -> None:
        controller = self._controller()
        if controller is None:
            return
        right, bottom = block.column + block.columns - 2, block.row + block.rows - 2
        selected = grid.sheet.getCellRangeByPosition(block.column - 1, block.row - 1, right, bottom)
        controller.select(selected)
        # The yellow tip and the button of a list stay with the cell that was left unless the cursor goes by a command.
        corner = address_of(block._replace(rows=1, columns=1))
        self._command(controller.getFrame(), "GoToCell", ToPoint=corner, SynchronMode=True)
        if block.rows * block.columns > 1:
            controller.select(selected)

    def add(self, name: str | None, index: int) -> CalcSheet:
        self._check_structure()
        sheets = self._model_sheets()
        if name is None:
            taken = {one.casefold() for one in sheets.getElementNames()}
            number = next(n for n in itertools.count(len(taken) + 1) if f"sheet{n}" not in taken)
            name = f"Sheet{number}"
        sheets.insertNewByName(name, index)
        return self.grids()[index]

    def delete(self, grid: CalcSheet) -> None:
        self._check_structure()
        self._model_sheets().removeByName(grid.name)

    def names(self) -> dict[str, str]:
        return self.names_in(self.model.NamedRanges)

    def set_name(self, name: str, refers_to: str) -> None:
        self.put_name(self.model.NamedRanges, name, refers_to)

    def delete_name(self, name: str) -> None:
        self.check_writable()
        self.model.NamedRanges.removeByName(name)

    def save(self, path: Path | None) -> None:
        if path is None and not self.model.hasLocation():
            raise BookError("This workbook has no name yet. Save it under one.")
        try:
            if path is None:
                self.check_writable()
                self.model.store()
            else:
                known = _FILTERS.get(path.suffix.lower())
                if known is None:
                    raise BookError(f"{path.name} cannot be saved: give it a name that ends in .xlsx, .xlsm or .ods.")
                self.model.storeAsURL(path.absolute().as_uri(), self.properties(FilterName=known))
        except self._uno.getClass("com.sun.star.io.IOException") as error:
            place = path or self.path
            raise BookError(
                f"{place.name if place else self.name} cannot be saved"
                f"{f' in {place.parent}' if place else ''}. It may be open in another program, or the folder may not "
                "be yours to write to. Save it under another name (File > Save As)."
            ) from error

    def close(self) -> None:
        try:
            self.model.close(True)
        except self._uno.getClass("com.sun.star.util.CloseVetoException") as error:
            raise BookError(
                f"{self.name} cannot be closed while a window of Calc's stands in front of it, or while it is printed. "
                "Answer what Calc asks there, and try again."
            ) from error

    def bring_forward(self) -> None:
        controller = self._controller()
        if controller is not None:
            controller.getFrame().activate()
            controller.getFrame().getContainerWindow().toFront()

    def calculate(self) -> None:
        self.model.calculateAll()

    def update_screen(self, on: bool) -> None:
        """Holds the windows still, or lets them show what changed."""
        if not on:
            self.model.lockControllers()
            # Calc measures each row that is written, and asks all its conditional formats for that: 1 ms a row.
            self.model.IsAdjustHeightEnabled = False
            return
        self.model.IsAdjustHeightEnabled = True
        if self.model.hasControllersLocked():
            self.model.unlockControllers()
        controller = self._controller()
        if controller is not None:  # Calc does not see that a conditional format by name looks other than before
            controller.getFrame().getComponentWindow().invalidate(_WITH_CHILDREN)

    def check_writable(self) -> None:
        """Raises BookError when the workbook is open for reading only."""
        if self.model.isReadonly():
            raise BookError(
                f"{self.name} is open for reading only, so nothing can be written into it. Save it under another name "
                "(File > Save As), or close it where else it is open, and press the button again."
            )

    def check_not_edited(self) -> None:
        """Raises BookError while the user types in a cell: what is typed would go over what a command writes there.

        Calc does not say so, but it gives whoever reads the screen aloud an object for the text in the cell.
        """
        controller = self._controller()
        if controller is not None and _is_edited(controller.getFrame().getComponentWindow()):
            raise BookError(EDITING)

    def why(self) -> str | None:
        self._model_sheets()
        self.check_writable()
        return None

    def _command(self, frame: Any, name: str, **values: Any) -> None:
        """Does a command of Calc's own in a window, as its menu would."""
        url = self._uno.createUnoStruct(
            "com.sun.star.util.URL", Complete=f".uno:{name}", Main=f".uno:{name}", Protocol=".uno:", Path=name
        )
        command = frame.queryDispatch(url, "", 0)
        if command is not None:
            command.dispatch(url, self.properties(**values))

    def properties(self, **values: Any) -> tuple[Any, ...]:
        """Arguments as Calc's own functions take them."""
        return tuple(
            self._uno.createUnoStruct("com.sun.star.beans.PropertyValue", Name=name, Value=value)
            for name, value in values.items()
        )

    def names_in(self, ranges: Any) -> dict[str, str]:
        """Name → what it refers to, in Excel's words, without the leading `=`."""
        return {name: self.formula_text(ranges.getByName(name).getTokens()) for name in ranges.getElementNames()}

    def put_name(self, ranges: Any, name: str, refers_to: str) -> None:
        self.check_writable()
        if not ranges.hasByName(name):
            ranges.addNewByName(name, "", self._uno.createUnoStruct("com.sun.star.table.CellAddress"), 0)
        ranges.getByName(name).setTokens(self.formula_tokens(refers_to, 0, 1, 1))

    def formula_tokens(self, text: str, sheet: int, row: int, column: int) -> Any:
        """What Calc makes of a formula in Excel's words, without the leading `=`, in the cell where it will stand."""
        return self._parser().parseFormula(text, self._place(sheet, row, column))

    def formula_text(self, tokens: Any, sheet: int = 0, row: int = 1, column: int = 1) -> str:
        """The other way round."""
        return str(self._parser().printFormula(tokens, self._place(sheet, row, column)))

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
        told = formats.getByKey(key)
        if key == formats.getStandardIndex(told.Locale):
            return _GENERAL
        text = str(told.FormatString)
        return text.lower() if told.Type & _MOMENTS else text

    def format_kind(self, key: int) -> int:
        """The bits of com.sun.star.util.NumberFormat."""
        if key not in self._kinds:
            self._kinds[key] = int(self.model.getNumberFormats().getByKey(key).Type)
        return self._kinds[key]

    def _parser(self) -> Any:
        parser = self.model.createInstance("com.sun.star.sheet.FormulaParser")
        parser.CompileEnglish = True
        parser.FormulaConvention = _EXCEL_FORMULAS
        return parser

    def _place(self, sheet: int, row: int, column: int) -> Any:
        place = self._uno.createUnoStruct("com.sun.star.table.CellAddress")
        place.Sheet, place.Row, place.Column = sheet, row - 1, column - 1
        return place

    def _check_structure(self) -> None:
        self.check_writable()
        if self.model.isProtected():
            raise BookError(
                f"The sheets of {self.name} are protected, so none can be added or taken away. Take the protection off "
                "(Tools > Protect Spreadsheet Structure) and press the button again."
            )

    def _model_sheets(self) -> Any:
        sheets = self.model.getSheets()
        if sheets is None:  # all that a workbook says which was closed while Calc runs on
            raise BookError(GONE)
        return sheets

    def _controller(self) -> Any:
        """Its window; None for a workbook that was opened without one."""
        return self.model.getCurrentController()


def _is_edited(window: Any) -> bool:
    view = window.getAccessibleContext() if window is not None else None
    for part in _children(view):
        for pane in _children(part):
            if pane.getAccessibleRole() == _SPREADSHEET and (inside := _children(pane)):
                last = inside[-1]
                if last.getAccessibleRole() == _TEXT_FRAME and _CELL.search(last.getAccessibleName()):
                    return True
    return False


def _children(context: Any) -> list[Any]:
    """The accessible objects within one, but for those of a table, which are its million cells."""
    count = 0 if context is None else context.getAccessibleChildCount()
    children = [context.getAccessibleChild(number) for number in range(count if count < _MOST_CHILDREN else 0)]
    return [child.getAccessibleContext() for child in children if child is not None]
