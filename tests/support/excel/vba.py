"""The stand-in's macros: our VBA module, run by an interpreter against the cells of `grid`.

The interpreter knows no files and starts no programs: `Open`, `Line Input` and `Close` go to real files here, `Shell`
and `AppleScriptTask` are written down, and what they start runs once the macro has ended, as it does in Excel.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pyopenvba.interpreter import (
    EMPTY,
    NOTHING,
    HostBridge,
    Interpreter,
    VBAArray,
    VBACollection,
    VBADate,
    VBAErrorValue,
    VBAInt,
    VBAObject,
    VBARuntimeError,
    member,
    method,
    setter,
)
from pyopenvba.interpreter._preprocess import strip_directives
from pyopenvba.interpreter._runtime import UNRESOLVED

from tests.support.excel.grid import ERRORS, Cells, ErrorCell, OpenWorkbook
from tests.support.excel.standin import StandInExcel
from workbook.macros import DOUBLE_CLICK, workbook_macros
from workbook.ribbon import ID_BEGINS, PRESS

FILES = (
    (re.compile(r"^(\s*)Open (.*) For Input As #(\w+)$", re.M), r"\1OpenFile \2, \3"),
    (re.compile(r"Line Input #(\w+), (\w+)"), r"\2 = NextLine(\1)"),
    (re.compile(r"Close #(\w+)"), r"CloseFile \1"),
)
"""VBA's statements for files, as calls."""
RAISED = """
Public Function RaisedInTest(ByVal Sh As Object, ByVal Target As Object) As Boolean
    Dim Cancel As Boolean
    If {1} Then {0} Sh, Target, Cancel
    RaisedInTest = Cancel
End Function
"""
"""Raises an event as Excel does."""
FIRST_ERROR = -2146826288 - 2000


class Macros:
    """One workbook's, or the add-in's, modules in one Excel: `source`, and what stands behind the workbook itself.

    `own`: the workbook that the macros are in; None for the add-in, which is none that one sees. `application_data`:
    %APPDATA% of this Windows. `started`: each command line that `Shell` was given, or the words for the Mac's script.
    """

    def __init__(self, source: str, excel: StandInExcel, own: OpenWorkbook | None, application_data: Path) -> None:
        self.excel, self.own = excel, own
        self.is_mac = not excel.kind.has_window
        self.started: list[str] = []
        self.error: tuple[int, str] | None = None
        """What starting a program fails with."""
        self.add_in_is_open = own is None
        self._files: dict[int, list[str]] = {}
        constants = {"Mac": self.is_mac, "VBA7": True, "Win64": not self.is_mac}
        for pattern, call in FILES:
            source = pattern.sub(call, source)
        self.vba = Interpreter(Bridge(self))
        self.vba._intrinsics = self.vba._intrinsics | {
            "environ": lambda _vba, args, _named: str(application_data) if args[0] == "APPDATA" else "",
            "freefile": lambda *_: VBAInt(7, "Integer"),
            "eof": lambda _vba, args, _named: not self._files[int(args[0])],
            "openfile": self._open,
            "nextline": lambda _vba, args, _named: self._files[int(args[0])].pop(0),
            "closefile": self._close,
            **({"applescripttask": self._script} if self.is_mac else {"shell": self._shell}),
        }
        self.vba.add_module(strip_directives(source, constants=constants), name="CaseloadRibbon")
        self.book = Workbook(own, excel)
        behind = workbook_macros(add_in=own is None)
        self._event = next(iter(re.findall(rf"^Private Sub (\w+_{DOUBLE_CLICK})\(", behind, re.M)))
        raised = RAISED.format(self._event, "True" if own else "Not program Is Nothing")
        self.vba.add_module(behind.replace("WithEvents ", "") + raised, name="ThisWorkbook", kind="document")
        self.vba.bind_document("ThisWorkbook", self.book)

    def run(self, name: str, *arguments: object, control: str = "", tag: str = "") -> None:
        """A Sub of the ribbon's, which gets its control first."""
        given = (VBAInt(one, "Integer") if type(one) is int else one for one in arguments)
        self.vba.run(name, [Control(control, tag), *given])

    def press(self, command: str) -> None:
        """A click on a button."""
        self.run(PRESS, control=f"{ID_BEGINS}{command}")

    def double_click(self, book: OpenWorkbook, sheet: Cells, row: int, column: int) -> bool:
        """The mouse selects a cell, and Excel raises its event in the macros that hear of it, the add-in's once they
        listen. Gives whether they cancelled the editing of the cell."""
        book.active, book.selection = sheet, (row, column)
        if self.own not in (None, book):
            return False
        cell = Range(book, sheet, (row, column, 1, 1))
        return bool(self.vba.run("RaisedInTest", [Worksheet(book, sheet), cell], module="ThisWorkbook"))

    @property
    def boxes(self) -> list[str]:
        """What message boxes said."""
        return [prompt for _, prompt, _, _ in self.vba.dialogs]

    def _open(self, _vba: Interpreter, args: list[Any], _named: object) -> object:
        path = Path(str(args[0]).replace("\\", "/"))
        if not path.is_file():
            raise VBARuntimeError(53, "File not found")
        self._files[int(args[1])] = path.read_bytes().decode("cp1252").splitlines()
        return EMPTY

    def _close(self, _vba: Interpreter, args: list[Any], _named: object) -> object:
        del self._files[int(args[0])]
        return EMPTY

    def _shell(self, _vba: Interpreter, args: list[Any], _named: object) -> object:
        if self.error:
            raise VBARuntimeError(*self.error)
        line, style = str(args[0]), int(args[1])
        line.encode("ascii")  # VBA's Shell takes the letters of the computer's code page alone
        assert style == 0, "hidden"
        self.started.append(line)
        return 4711.0

    def _script(self, _vba: Interpreter, args: list[Any], _named: object) -> object:
        if self.error:
            raise VBARuntimeError(*self.error)
        self.started.append(" | ".join(map(str, args)))
        return ""


class Bridge(HostBridge):
    """Excel's own words."""

    def __init__(self, macros: Macros) -> None:
        self._macros = macros

    def global_object(self, name: str) -> object:
        excel = self._macros.excel
        front = excel.books[0] if excel.books else None
        made: dict[str, Callable[[], object]] = {
            "application": lambda: Application(excel),
            "workbooks": lambda: Workbooks(self._macros),
            "thisworkbook": lambda: self._macros.book,
            "activeworkbook": lambda: Workbook(front, excel) if front else NOTHING,
            "activesheet": lambda: Worksheet(front, front.active) if front else NOTHING,
            "activecell": lambda: (
                Range(front, front.active, (*(front.selection or (1, 1)), 1, 1)) if front else NOTHING
            ),
        }
        return made[name.lower()]() if name.lower() in made else UNRESOLVED


class Control(VBAObject):
    """What the ribbon hands over: which control was used."""

    def __init__(self, name: str, tag: str) -> None:
        self._name, self._tag = name, tag

    @member
    def ID(self) -> object:  # noqa: N802
        return self._name

    @member
    def Tag(self) -> object:  # noqa: N802
        return self._tag


class Application(VBAObject):
    def __init__(self, excel: StandInExcel) -> None:
        self._excel = excel

    @member
    def StatusBar(self) -> object:  # noqa: N802
        return self._excel.statuses[-1] if self._excel.statuses else False

    @setter("StatusBar")
    def _set_status_bar(self, value: object) -> None:
        self._excel.statuses.append(value)

    @member
    def Hwnd(self) -> object:  # noqa: N802
        assert self._excel.kind.has_window, "a Mac has no handles"
        return VBAInt(self._excel.window, "Long")

    @method
    def Match(self, wanted: object, among: Any, kind: object) -> object:  # noqa: N802
        """Where a text stands in a row, with Excel's wildcards; an error where it stands nowhere."""
        assert (int(kind), among.block[2]) == (0, 1)  # type: ignore[call-overload]
        if isinstance(wanted, str) and 0 < len(wanted) <= 255:
            found = re.compile(_as_pattern(wanted), re.I | re.S)
            for place, cell in enumerate(among.cells()[0], 1):
                if isinstance(cell, str) and found.fullmatch(cell):
                    return float(place)
        return VBAErrorValue(2042)


def _as_pattern(wanted: str) -> str:
    """Excel's wildcards: * any letters, ? one letter, ~ before either takes it as it is."""
    parts = re.findall(r"~[*?~]|.", wanted, re.S)
    return "".join({"*": ".*", "?": "."}.get(one) or re.escape(one[-1]) for one in parts)


class Workbooks(VBACollection):
    def __init__(self, macros: Macros) -> None:
        self._macros = macros

    @member(default=True)
    def Item(self, Index: object) -> object:  # noqa: N802, N803
        if Index == "Caseload.xlam" and self._macros.add_in_is_open:
            return Workbook(None, self._macros.excel)
        for book in self._macros.excel.books:
            if book.name.casefold() == str(Index).casefold():
                return Workbook(book, self._macros.excel)
        raise VBARuntimeError(9, "Subscript out of range")

    @method
    def Add(self) -> object:  # noqa: N802
        sheet = Cells("Sheet1")
        book = OpenWorkbook("Book1", "Book1", [sheet], sheet)
        self._macros.excel.books.insert(0, book)
        return Workbook(book, self._macros.excel)


class Workbook(VBAObject):
    def __init__(self, book: OpenWorkbook | None, excel: StandInExcel) -> None:
        self._book, self._excel = book, excel

    @member
    def Name(self) -> object:  # noqa: N802
        name = self._book.name if self._book else "Caseload.xlam"
        units = name.encode("utf-16-le")  # VBA counts them
        return "".join(chr(units[at] + 256 * units[at + 1]) for at in range(0, len(units), 2))

    @member
    def IsAddin(self) -> object:  # noqa: N802
        return self._book is None

    @member
    def Worksheets(self) -> object:  # noqa: N802
        assert self._book is not None
        return Worksheets(self._book)


class Worksheets(VBACollection):
    def __init__(self, book: OpenWorkbook) -> None:
        self._book = book

    @member(default=True)
    def Item(self, Index: object) -> object:  # noqa: N802, N803
        found = [one for one in self._book.sheets if one.name.casefold() == str(Index).casefold()]
        if not found:
            raise VBARuntimeError(9, "Subscript out of range")
        return Worksheet(self._book, found[0])

    def vba_iterate(self) -> Iterator[object]:
        return iter([Worksheet(self._book, one) for one in self._book.sheets])


class Worksheet(VBAObject):
    def __init__(self, book: OpenWorkbook, sheet: Cells) -> None:
        self._book, self._sheet = book, sheet

    @member
    def Name(self) -> object:  # noqa: N802
        return self._sheet.name

    @member
    def Visible(self) -> object:  # noqa: N802
        return VBAInt(self._sheet.visible, "Long")

    @member
    def UsedRange(self) -> object:  # noqa: N802
        return Range(self._book, self._sheet, self._sheet.used())

    @method
    def Rows(self, number: object) -> object:  # noqa: N802
        return Range(self._book, self._sheet, (int(number), 1, 1, self._sheet.used()[3]))  # type: ignore[call-overload]

    @method
    def Cells(self, row: object, column: object) -> object:  # noqa: N802
        return Range(self._book, self._sheet, (int(row), int(column), 1, 1))  # type: ignore[call-overload]

    @method
    def Range(self, first: str, last: Any) -> object:  # noqa: N802
        """The smallest block that holds both."""
        assert first == "A1"
        top, left, rows, columns = last.block
        return Range(self._book, self._sheet, (1, 1, top + rows - 1, left + columns - 1))

    @method
    def Activate(self) -> object:  # noqa: N802
        self._book.active = self._sheet
        self._book.selection = (1, 1)
        return EMPTY


class Range(VBAObject):
    def __init__(self, book: OpenWorkbook, sheet: Cells, block: tuple[int, int, int, int]) -> None:
        self._book, self._sheet, self.block = book, sheet, block

    @member
    def Row(self) -> object:  # noqa: N802
        return VBAInt(self.block[0], "Long")

    @member
    def Column(self) -> object:  # noqa: N802
        return VBAInt(self.block[1], "Long")

    @method
    def Rows(self, number: object) -> object:  # noqa: N802
        """One of it, or one beyond its end."""
        top, left, _, columns = self.block
        return Range(self._book, self._sheet, (top + int(number) - 1, left, 1, columns))  # type: ignore[call-overload]

    @method
    def Columns(self, number: object) -> object:  # noqa: N802
        top, left, rows, _ = self.block
        return Range(self._book, self._sheet, (top, left + int(number) - 1, rows, 1))  # type: ignore[call-overload]

    @member
    def EntireRow(self) -> object:  # noqa: N802
        return self

    def cells(self) -> list[list[Any]]:
        row, column, rows, columns = self.block
        return [[self._sheet.value(row + down, column + across) for across in range(columns)] for down in range(rows)]

    @member
    def Hidden(self) -> object:  # noqa: N802
        return self.block[0] in self._sheet.hidden_rows()

    @member(default=True)
    def Value(self) -> object:  # noqa: N802
        row, column, rows, columns = self.block
        if rows == columns == 1:
            return _told(self._sheet.value(row, column))
        found = VBAArray([(1, rows), (1, columns)])
        for down in range(rows):
            for across in range(columns):
                value = self._sheet.value(row + down, column + across)
                if value is not None:
                    found.items[found.offset([down + 1, across + 1])] = _told(value)
        return found

    @method
    def Select(self) -> object:  # noqa: N802
        assert self._book.active is self._sheet
        self._book.selection = self.block[:2]
        return EMPTY


def _told(value: Any) -> object:
    if value is None:
        return EMPTY
    if isinstance(value, ErrorCell):
        return VBAErrorValue(ERRORS.get(value, 0) - FIRST_ERROR)
    if isinstance(value, dt.datetime):
        return VBADate((value - VBADate.EPOCH) / dt.timedelta(days=1))
    return value
