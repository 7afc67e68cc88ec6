"""The macros: start our program, jump between marked cells, lead from the line of an upload to its log.

It is the same in `Caseload.xlsm` and in `Caseload.xlam`; the few lines behind the workbook itself differ, for the
add-in hears of a double click in any workbook, and a workbook of its own alone. Scanners and administrators read them,
so they have no `Declare`, do not reach into other projects, write and delete nothing, and name only what is needed to
start one program (EXCEL-TRUTH 19, 20). Where that program is stands in one small file of the user's, or on a Mac in one
script of a fixed name, which `caseload install` writes. Their text is ASCII: a project's code page differs between
computers.
"""

from __future__ import annotations

from typing import Final

from workbook import layout
from workbook.columns import ROW_POINTER
from workbook.ribbon import CHOICES, CHOICES_AFTER, CHOOSE, CHOSEN, ID_BEGINS, PRESS, TAB_SHOWN, TICK
from workbook.sheets.pointers import DIGITS, SEPARATOR
from workbook.sheets.uploads_sheet import HEADER_ROW, ID, NOTES, UPLOADS_SHEET

MODULE: Final = "CaseloadRibbon"
"""What the module is called."""
ADD_IN: Final = "Caseload.xlam"
"""The add-in's file. Where it is open, a workbook with a ribbon of its own hides its tab."""
PROGRAM_FILE: Final = ("Caseload", "program.txt")
"""Under the user's application data on Windows: one line, the program and its own words."""
MAC_SCRIPT: Final = "Caseload.applescript"
MAC_HANDLER: Final = "press"
"""On a Mac: the script in the one folder from which Excel may start anything, and what is called in it."""
NEXT, PREVIOUS = "next_error", "previous_error"
"""The buttons that need no program: the workbook knows its marks."""
LOG: Final = "log"
"""The button that a double click on the line of an upload presses."""
DOUBLE_CLICK: Final = "SheetBeforeDoubleClick"
"""Excel's event. One for links would not do: no link that is a formula raises it, and each other one would be a call.
The add-in listens from when its tab is shown: an event on opening would make scanners suspicious (EXCEL-TRUTH 19)."""
NOT_STARTED: Final = (
    "The program behind the buttons could not be started",
    "In a terminal, type: caseload install --check. It says what stands in the way.",
)
NOTHING_MARKED: Final = "No cell is marked. Press Validate to check the rows."
ROW_HIDDEN: Final = " is hidden, by a filter or by hand: show it to correct it. "
FROM_THE_TOP: Final = "Again from the top. "
FROM_THE_END: Final = "Again from the end. "
"""What `addin/buttons/next_error.py` says, too."""
_TOP_ROWS: Final = 200
"""Among which the headers are looked for."""
_MOST_TOLD: Final = 250
"""Characters that every version's status bar shows."""
_CARRIED: Final = " & ".join(f'" {choice.name}=" & chosen({place})' for place, choice in enumerate(CHOICES))
"""What a press of Generate Template carries: the place of each choice in its list."""
_CALLBACKS: Final = f"""\
' Caseload Upload, MIT licence.
Option Explicit
Private chosen({len(CHOICES) - 1}) As Integer
Public isPressed As Boolean

' Every button comes here; its ID says which it is. Two of them need no program: the workbook knows its marks.
Public Sub {PRESS}(control As Object)
    isPressed = True
    PressButton Mid(control.ID, {len(ID_BEGINS) + 1})
End Sub

' A shape in a stranger's workbook can have any macro by its name. This one does nothing for it.
Public Sub PressButton(ByVal button As String)
    Dim words As String, program As String, number As Integer
    If Not isPressed Then Exit Sub
    isPressed = False
    If button = "{NEXT}" Or button = "{PREVIOUS}" Then Walk button = "{NEXT}": Exit Sub
    On Error GoTo Failed
    If ActiveWorkbook Is Nothing Then Workbooks.Add
    words = button & " workbook=" & Plain(ActiveWorkbook.Name)
    If button = "{CHOICES_AFTER}" Then words = words & {_CARRIED}
    If ThisWorkbook.IsAddin Then words = words & " addin=1"
    Application.StatusBar = "Caseload ..."
    #If Mac Then
        AppleScriptTask "{MAC_SCRIPT}", "{MAC_HANDLER}", words
    #Else
        number = FreeFile
        Open Environ("APPDATA") & "\\{PROGRAM_FILE[0]}\\{PROGRAM_FILE[1]}" For Input As #number
        If Not EOF(number) Then Line Input #number, program
        Close #number
        Shell program & " " & words & " window=" & Application.Hwnd, vbHide
    #End If
    Exit Sub
Failed:
    Application.StatusBar = False
    MsgBox "{NOT_STARTED[0]} (" & Err.Description & "). {NOT_STARTED[1]}", vbExclamation, "Caseload"
End Sub

' Letters beyond the plain ones as _ and four digits: no sign in a name ends it, none gets lost on the way.
Private Function Plain(ByVal said As String) As String
    Dim at As Long, letter As String
    For at = 1 To Len(said)
        letter = Mid(said, at, 1)
        If Not letter Like "[0-9A-Za-z.]" Then letter = "_" & Right("000" & Hex(AscW(letter)), 4)
        Plain = Plain & letter
    Next at
End Function

' What is chosen on the ribbon for Generate Template; a control's Tag is its place.
Public Sub {CHOOSE}(control As Object, id As String, index As Integer)
    chosen(control.Tag) = index
End Sub

Public Sub {TICK}(control As Object, pressed As Boolean)
    chosen(control.Tag) = Abs(pressed)
End Sub

Public Sub {CHOSEN}(control As Object, ByRef shown As Variant)
    shown = chosen(control.Tag)
End Sub

Public Sub {TAB_SHOWN}(control As Object, ByRef shown As Variant)
    shown = ThisWorkbook.Serves
End Sub
"""
_WALK: Final = f"""\
' From one marked cell to the next, as each row's pointer and the sheet {layout.SUGGESTIONS_SHEET} know them. The way to
' a cell is its distance in reading order; one that lies behind is as far as the whole sheet further.
Private Sub Walk(ByVal ahead As Boolean)
    Dim sheet As Object, heads As Object, target As Object, told As Variant, pointers As Variant, found As Variant
    Dim names As Variant, top As Long, row As Long, column As Long, mark As Long
    Dim here As Double, way As Double, shortest As Double, said As String
    On Error GoTo Refused
    For Each sheet In ActiveWorkbook.Worksheets
        If sheet.Visible = -1 Then Exit For
    Next sheet
    told = Filled(ActiveWorkbook.Worksheets("{layout.SUGGESTIONS_SHEET}")).Value
    For top = 1 To {_TOP_ROWS}
        Set heads = Filled(sheet).Rows(top)
        found = Application.Match("{ROW_POINTER}", heads, 0)
        If Not IsError(found) Then Exit For
    Next top
    pointers = Filled(sheet).Columns(found).Value
    names = heads.Value
    If ActiveSheet.Name = sheet.Name Then here = ActiveCell.Row * 16384# + ActiveCell.Column
    For row = top + 1 To UBound(pointers)
        For column = 1 To IIf(VarType(pointers(row, 1)) = vbString, UBound(names, 2), 0)
            mark = Pointed(pointers(row, 1), names(1, column), told)
            If mark > 0 Then
                way = IIf(ahead, 1, -1) * (row * 16384# + column - here)
                If way <= 0 Then way = way + 1E+12
                If target Is Nothing Or way < shortest Then
                    Set target = sheet.Cells(row, column)
                    shortest = way
                    said = "Row " & row & ": " & told(mark, 2)
                End If
            End If
        Next column
    Next row
    If target Is Nothing Then GoTo Refused
    If target.EntireRow.Hidden Then said = "Row " & target.Row & "{ROW_HIDDEN}" & said
    If here > 0 And shortest > 1E+11 Then said = IIf(ahead, "{FROM_THE_TOP}", "{FROM_THE_END}") & said
    sheet.Activate
    target.Select
    Application.StatusBar = Left(said, {_MOST_TOLD})
    Exit Sub
Refused:
    Application.StatusBar = False
    MsgBox IIf(target Is Nothing, "{NOTHING_MARKED}", "Excel refused: " & Err.Description), vbInformation, "Caseload"
End Sub

' All that a sheet holds, from its first cell.
Private Function Filled(ByVal sheet As Object) As Object
    Set Filled = sheet.Range("A1", sheet.UsedRange)
End Function

' The line to which a row's pointer leads from the column of a name; 0 where it leads nowhere.
Private Function Pointed(ByVal pointer As String, ByVal head As Variant, told As Variant) As Long
    Dim at As Long, found As Long
    If VarType(head) <> vbString Then Exit Function
    at = InStr(pointer, "{SEPARATOR}" & head & "{SEPARATOR}")
    If at > 0 Then found = Val(Mid(pointer, at + Len(head) + 2, {DIGITS}))
    If found > 1 And found <= UBound(told) Then Pointed = found
End Function
"""  # noqa: S608 - no SQL

_LICENCE: Final = """\
' Caseload Upload, MIT licence.
Option Explicit
"""
_LINE: Final = f"""
' The line of an upload leads to its log. A cell under {NOTES} is the user's own, and is edited.
Private Function IsUpload(ByVal sheet As Object, ByVal cell As Object) As Boolean
    Dim upload As Variant, notes As Variant
    On Error GoTo Other
    If sheet.Name <> "{UPLOADS_SHEET}" Or cell.Row <= {HEADER_ROW} Then Exit Function
    upload = Application.Match("{ID}", sheet.Rows({HEADER_ROW}), 0)
    notes = Application.Match("{NOTES}", sheet.Rows({HEADER_ROW}), 0)
    If cell.Column <> notes Then IsUpload = sheet.Cells(cell.Row, upload).Value <> ""
Other:
End Function
"""
_OF_WORKBOOK: Final = f"""
' Where the add-in is there, its tab is enough, and it hears of double clicks, too.
Public Function Serves() As Boolean
    Dim other As Object
    On Error Resume Next
    Set other = Workbooks("{ADD_IN}")
    Serves = other Is Nothing
End Function

Private Sub Workbook_{DOUBLE_CLICK}(ByVal Sh As Object, ByVal Target As Range, Cancel As Boolean)
    If Not IsUpload(Sh, Target) Then Exit Sub
    If Not Serves() Then Exit Sub
    Cancel = True
    isPressed = True
    PressButton "{LOG}"
End Sub
"""
_OF_ADD_IN: Final = f"""
' The add-in serves every workbook. From when its tab is first shown, it hears of double clicks in all of them.
Public Function Serves() As Boolean
    Set program = Application
    Serves = True
End Function

Private Sub program_{DOUBLE_CLICK}(ByVal Sh As Object, ByVal Target As Range, Cancel As Boolean)
    If Not IsUpload(Sh, Target) Then Exit Sub
    Cancel = True
    isPressed = True
    PressButton "{LOG}"
End Sub
"""


def macros() -> str:
    """The module, without its attributes: what the controls of the ribbon call, and the walk.

    A control is taken As Object, so that the project needs no reference to the type library of Office. Each Sub has
    lines of its own: LibreOffice takes one of a single line out when it saves the workbook.
    """
    return f"{_CALLBACKS}\n{_WALK}"


def workbook_macros(*, add_in: bool) -> str:
    """What stands behind the workbook itself: the double click on an upload's line, and whether its tab is shown."""
    if add_in:
        return f"{_LICENCE}Private WithEvents program As Application\n{_OF_ADD_IN}{_LINE}"
    return f"{_LICENCE}{_OF_WORKBOOK}{_LINE}"
