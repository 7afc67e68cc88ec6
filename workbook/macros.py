"""The VBA module behind the ribbon: start our program, jump between marked cells.

It is the same in `Caseload.xlsm` and in `Caseload.xlam`. Scanners and administrators read it, so it has no `Declare`,
does not reach into other projects, writes and deletes nothing, and names only what is needed to start one program
(EXCEL-TRUTH 19, 20). Where that program is stands in one small file of the user's, or on a Mac in one script of a fixed
name, which `caseload install` writes. Its text is ASCII: a project's code page differs between computers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from workbook import layout
from workbook.columns import ROW_POINTER
from workbook.ribbon import BUTTONS, CHOICES, CHOICES_AFTER, TAB_SHOWN, Button

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
_PRESS: Final = f"""\
Public Sub Press(ByVal button As String, Optional ByVal more As String)
    Dim words As String
    On Error GoTo Failed
    If ActiveWorkbook Is Nothing Then Workbooks.Add
    words = button & " workbook=" & Plain(ActiveWorkbook.Name) & more
    If ThisWorkbook.IsAddin Then words = words & " addin=1"
    Application.StatusBar = "Caseload ..."
    #If Mac Then
        AppleScriptTask "{MAC_SCRIPT}", "{MAC_HANDLER}", words
    #Else
        Shell Program & " " & words & " window=" & Application.Hwnd, vbHide
    #End If
    Exit Sub
Failed:
    Application.StatusBar = False
    MsgBox "{NOT_STARTED[0]} (" & Err.Description & "). {NOT_STARTED[1]}", vbExclamation, "Caseload"
End Sub

#If Not Mac Then
Private Function Program() As String
    Dim number As Integer, found As String
    number = FreeFile
    Open Environ("APPDATA") & "\\{PROGRAM_FILE[0]}\\{PROGRAM_FILE[1]}" For Input As #number
    If Not EOF(number) Then Line Input #number, found
    Close #number
    Program = found
End Function
#End If

' Letters beyond the plain ones as _ and four digits: no sign in a name ends it, none gets lost on the way.
Private Function Plain(ByVal said As String) As String
    Dim at As Long, letter As String
    For at = 1 To Len(said)
        letter = Mid(said, at, 1)
        If Not letter Like "[0-9A-Za-z.]" Then letter = "_" & Right("000" & Hex(AscW(letter)), 4)
        Plain = Plain & letter
    Next at
End Function
"""
_WALK: Final = f"""\
' From one marked cell to the next, as the sheets {layout.ISSUES_SHEET} and {layout.SUGGESTIONS_SHEET} know them.
Public Sub Walk(ByVal ahead As Boolean)
    Dim sheet As Object, heads As Variant, marks As Variant, told As Variant, pointers As Variant
    Dim top As Long, bottom As Long, pointer As Long, row As Long, column As Long, mark As Long, this As Long
    Dim here As Double, place As Double, first As Double, final As Double, before As Double, after As Double
    Dim places() As Long, said As String
    On Error GoTo Unmarked
    For Each sheet In ActiveWorkbook.Worksheets
        If sheet.Visible = -1 Then Exit For
    Next sheet
    marks = Contents(ActiveWorkbook.Worksheets("{layout.ISSUES_SHEET}"), 0)
    told = Contents(ActiveWorkbook.Worksheets("{layout.SUGGESTIONS_SHEET}"), 0)
    heads = Contents(sheet, {_TOP_ROWS})
    For top = 1 To UBound(heads)
        pointer = Among(heads, top, "{ROW_POINTER}")
        If pointer > 0 Then Exit For
    Next top
    bottom = Last(sheet.UsedRange.Row, sheet.UsedRange.Rows)
    pointers = sheet.Range(sheet.Cells(1, pointer), sheet.Cells(bottom, pointer)).Value
    ReDim places(1 To UBound(heads, 2))
    For column = 1 To UBound(heads, 2)
        places(column) = Among(marks, 1, heads(top, column))
    Next column
    If ActiveSheet.Name = sheet.Name Then here = ActiveCell.Row * 16384# + ActiveCell.Column
    For row = top + 1 To UBound(pointers)
        this = Pointed(pointers(row, 1), marks)
        For column = 1 To UBound(places)
            mark = 0
            If this > 0 And places(column) > 0 Then mark = Pointed(marks(this, places(column)), told)
            If mark > 0 Then
                place = row * 16384# + column
                If first = 0 Then first = place
                If place < here Then before = place
                If place > here And after = 0 Then after = place
                final = place
            End If
        Next column
    Next row
    If first = 0 Then GoTo Unmarked
    place = IIf(ahead, after, before)
    If place = 0 And here > 0 Then said = IIf(ahead, "{FROM_THE_TOP}", "{FROM_THE_END}")
    If place = 0 Then place = IIf(ahead, first, final)
    row = Int((place - 1) / 16384)
    column = place - row * 16384#
    mark = marks(pointers(row, 1), places(column))
    If sheet.Rows(row).Hidden Then said = said & "Row " & row & "{ROW_HIDDEN}"
    said = said & "Row " & row & ": " & told(mark, 2)
    sheet.Activate
    sheet.Cells(row, column).Select
    Application.StatusBar = Left(said, {_MOST_TOLD})
    Exit Sub
Unmarked:
    Application.StatusBar = False
    MsgBox IIf(first = 0, "{NOTHING_MARKED}", "Excel refused: " & Err.Description), vbInformation, "Caseload"
End Sub

Private Function Contents(ByVal sheet As Object, ByVal most As Long) As Variant
    Dim rows As Long, columns As Long
    rows = Last(sheet.UsedRange.Row, sheet.UsedRange.Rows)
    columns = Last(sheet.UsedRange.Column, sheet.UsedRange.Columns)
    If most > 0 And rows > most Then rows = most
    Contents = sheet.Range(sheet.Cells(1, 1), sheet.Cells(rows, columns)).Value
End Function

' Where a block ends; 2 at least, because the value of a single cell is no array.
Private Function Last(ByVal first As Long, ByVal block As Object) As Long
    Last = first + block.Count - 1
    If Last < 2 Then Last = 2
End Function

' The column of a row in which a text stands; 0 where it stands in none.
Private Function Among(texts As Variant, ByVal row As Long, ByVal wanted As Variant) As Long
    Dim at As Long
    If IsError(wanted) Or IsEmpty(wanted) Then Exit Function
    For at = UBound(texts, 2) To 1 Step -1
        If Not IsError(texts(row, at)) Then If CStr(texts(row, at)) = CStr(wanted) Then Among = at
    Next at
End Function

' The line that a cell points to; 0 where it points nowhere.
Private Function Pointed(ByVal cell As Variant, lines As Variant) As Long
    If VarType(cell) <> vbDouble Then Exit Function
    If cell > 1 And cell <= UBound(lines) Then Pointed = cell
End Function
"""


def macros(buttons: Sequence[Button] = BUTTONS) -> str:
    """The module, without its attributes: a Sub for each control of the ribbon, and the few that do the work.

    The control is taken As Object, so that the project needs no reference to the type library of Office.
    """
    lines = [
        "' Made from the table of buttons. Caseload Upload, MIT licence.",
        "Option Explicit",
        "",
        *(f"Private chosen_{choice.name} As Integer" for choice in CHOICES),
        "",
    ]
    for button in buttons:
        does = {NEXT: "Walk True", PREVIOUS: "Walk False"}.get(button.command)
        if does is None:
            does = f'Press "{button.command}"' + (f", {_carried()}" if button.command == CHOICES_AFTER else "")
        lines += _sub(button.id, "control As Object", does)
    for choice in CHOICES:
        takes, kept = ("pressed As Boolean", "Abs(pressed)") if choice.is_box else ("id As String, index As Integer",
                                                                                    "index")  # fmt: skip
        gives = f"(chosen_{choice.name} <> 0)" if choice.is_box else f"chosen_{choice.name}"
        lines += _sub(choice.id, f"control As Object, {takes}", f"chosen_{choice.name} = {kept}")
        lines += _sub(f"{choice.id}_shown", "control As Object, ByRef shown As Variant", f"shown = {gives}")
    lines += [
        "' Where the add-in is there, its tab is enough.",
        f"Public Sub {TAB_SHOWN}(control As Object, ByRef shown As Variant)",
        "    Dim other As Object",
        "    On Error Resume Next",
        f'    Set other = Workbooks("{ADD_IN}")',
        "    shown = ThisWorkbook.IsAddin Or other Is Nothing",
        "End Sub",
        "",
    ]
    return "\n".join(lines) + "\n" + _PRESS + "\n" + _WALK


def _sub(name: str, takes: str, does: str) -> list[str]:
    """On lines of their own: LibreOffice takes a Sub of one line out when it saves the workbook."""
    return [f"Public Sub {name}({takes})", f"    {does}", "End Sub"]


def _carried() -> str:
    """What a press of Generate Template carries: the place of each choice in its list."""
    return " & ".join(f'" {choice.name}=" & chosen_{choice.name}' for choice in CHOICES)
