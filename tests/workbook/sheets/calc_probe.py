"""Asks LibreOffice Calc what a marked workbook does. Run by the Python that has `uno`; answers JSON on stdout.

Usage: calc_probe.py SOFFICE WORKBOOK TEMPLATE FOLDER

Leaves in FOLDER: saved.xlsx, the workbook as Calc saves it; template.csv, the template saved as text.

A defined name is relative to the cell that asks, and a conditional format asks in its own cell. So the formula is
put into the very cells, the answers are read, and the document is closed without being saved.
"""

import json
import pathlib
import subprocess
import sys
import time
import uuid

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException
from com.sun.star.table import TableSortField

DATA_SHEET = "Caseload"
LISTED = '=IF(v_count>0;TEXTJOIN("|";1;v_list);"")'


def properties(**values):
    return tuple(PropertyValue(Name=name, Value=value) for name, value in values.items())


def connect(soffice, folder):
    """A Calc of our own: own profile, own pipe, nobody else's windows."""
    pipe = "probe" + uuid.uuid4().hex
    process = subprocess.Popen(
        [
            soffice,
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            "--headless",
            "--norestore",
            "--nologo",
            f"--accept=pipe,name={pipe};urp;",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    while True:
        try:
            remote = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            break
        except NoConnectException:
            if process.poll() is not None and process.returncode != 81:
                raise
            time.sleep(0.2)
    return process, remote.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", remote)


class Probe:
    def __init__(self, desktop, path):
        self.document = desktop.loadComponentFromURL(path.as_uri(), "_blank", 0, properties(Hidden=True))
        self.sheet = self.document.Sheets.getByName(DATA_SHEET)
        cursor = self.sheet.createCursor()
        cursor.gotoEndOfUsedArea(False)
        self.last_row = cursor.RangeAddress.EndRow
        self.width = self.headers().index("_row")

    def headers(self):
        return list(self.sheet.getCellRangeByPosition(0, 0, 40, 0).getDataArray()[0])

    def rows(self):
        return self.sheet.getCellRangeByPosition(0, 1, self.width - 1, self.last_row)

    def answers(self, formula):
        """What the formula gives in every data cell that has an answer, as {"row,column": answer}, both 1-based."""
        cells = self.rows()
        before = cells.getFormulaArray()
        cells.setFormulaArray(tuple(tuple(formula for _ in line) for line in before))
        self.document.calculateAll()
        given = cells.getDataArray()
        cells.setFormulaArray(before)
        return {
            f"{row},{column}": answer
            for row, line in enumerate(given, start=2)
            for column, answer in enumerate(line, start=1)
            if answer not in (0.0, "")
        }

    def marks(self):
        return {"severity": self.answers("=v_severity"), "listed": self.answers(LISTED)}

    def close(self):
        self.document.close(True)


def main():
    soffice, workbook, template, folder = sys.argv[1], *map(pathlib.Path, sys.argv[2:5])
    process, desktop = connect(soffice, folder)
    try:
        told = {}
        probe = Probe(desktop, workbook)
        told["as_written"] = probe.marks()
        told["validation"] = [
            probe.sheet.getCellByPosition(column, probe.last_row + 500).Validation.getFormula1()
            for column in range(probe.width)
        ]
        told["lists"] = {}
        spare = probe.sheet.getCellByPosition(60, 0)
        for name in [name.Name for name in probe.document.NamedRanges if name.Name.startswith("list_")]:
            spare.setFormula(f'=TEXTJOIN("|";1;{name})')
            told["lists"][name] = spare.getString()
        fixes = probe.document.Sheets.getByName("Fix Errors")
        told["answers"] = []
        for row in range(4, 8):
            answer = fixes.getCellByPosition(60, row)
            answer.setFormula('=TEXTJOIN("|";1;fix_list)')
            told["answers"].append(answer.getString())
        lists = probe.document.Sheets.getByName("_lists")
        last = [header for header in lists.getCellRangeByPosition(0, 0, 20, 0).getDataArray()[0] if header]
        place = last.index("Caseload Status")
        for number, value in enumerate(("One", "Two", "Three", "Four"), start=1):
            lists.getCellByPosition(place, number).setString(value)
        spare.setFormula('=TEXTJOIN("|";1;list_status)')
        told["refreshed"] = spare.getString()
        probe.close()

        probe = Probe(desktop, workbook)
        by = TableSortField(Field=1, IsAscending=False)
        whole = probe.sheet.getCellRangeByPosition(0, 1, probe.width + 2, probe.last_row)
        whole.sort(properties(SortFields=uno.Any("[]com.sun.star.table.TableSortField", (by,)), ContainsHeader=False))
        told["order"] = [line[1] for line in probe.rows().getDataArray()]
        told["sorted"] = probe.marks()
        probe.close()

        probe = Probe(desktop, workbook)
        probe.sheet.Columns.insertByIndex(2, 1)
        probe.width += 1
        told["column_inserted"] = probe.marks()
        probe.close()

        probe = Probe(desktop, workbook)
        saved = (folder / "saved.xlsx").as_uri()
        probe.document.storeToURL(saved, properties(FilterName="Calc MS Excel 2007 XML"))
        probe.close()

        probe = Probe(desktop, template)
        text = properties(FilterName="Text - txt - csv (StarCalc)", FilterOptions="44,34,76,1,,0,false,true,false")
        probe.document.storeToURL((folder / "template.csv").as_uri(), text)
        probe.close()
        print(json.dumps(told))
    finally:
        try:
            desktop.terminate()
        except Exception:
            process.terminate()
        process.wait()


main()
