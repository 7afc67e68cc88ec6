"""The template with the ribbon, as a server gives it out."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.macro_template import parts_of_package
from tests.support.served import Api
from tests.support.workbook_check import check_workbook
from workbook.layout import CODE_NAMES
from workbook.ribbon import ribbon_xml
from workbook.sheets.macro_book import PROJECT_NAME, project


def test_an_xlsm_has_the_ribbon_the_macros_and_the_chosen_columns(call: Callable[[str | None], Api]) -> None:
    params = {"program": "id", "caseworker": "first_last", "enrollment": "true", "format": "xlsm"}
    answer = call("ADM").get("/v1/template", params=params)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Caseload.xlsm"'
    assert answer.headers["Content-Type"] == "application/vnd.ms-excel.sheet.macroEnabled.12"
    parts = parts_of_package(answer.content)
    macros = project(PROJECT_NAME, tuple(CODE_NAMES.values()))
    assert (parts["xl/vbaProject.bin"], parts["customUI/customUI.xml"]) == (macros, ribbon_xml())
    assert b"Caseworker First Name" in parts["xl/worksheets/sheet1.xml"]
    assert check_workbook(answer.content) == []
    assert call("ADM").get("/v1/template", params=params).content == answer.content


def test_a_format_that_there_is_not_is_refused(call: Callable[[str | None], Api]) -> None:
    answer = call("ADM").get("/v1/template", params={"format": "xlsb"})
    assert (answer.status_code, answer.json()["code"]) == (422, "request-invalid")
