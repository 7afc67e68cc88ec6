"""The call that checks a sheet and keeps nothing (SPEC 8)."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic_core import to_json

from server.check import check
from server.http.description import TAKES_TABLE, refusals, table_or_file
from server.http.intake import Body, sheet_of_body
from server.http.services import Who, With
from server.judging import nothing_wrong, today
from server.records.database import reading
from server.records.fixes import without_rows
from workbook.report import Report

router = APIRouter(prefix="/v1", tags=["validations"])


@router.post(
    "/validations", response_model=Report, responses=refusals(*TAKES_TABLE), openapi_extra=table_or_file()
)
def validate(services: With, who: Who, body: Body) -> Response:
    """Everything that is wrong with a table or file, the likely fixes, and what its valid rows would do."""
    sheet, _name, left_out = sheet_of_body(body, services, who)
    sheet = without_rows(sheet, left_out)
    if not len(sheet):
        return json_answer(nothing_wrong(0))
    with reading(services.engine) as connection:
        report = check(connection, sheet, who.site_id, who.staff_key, today()).report()
    return json_answer(report)


def json_answer(content: object, status: int = 200) -> Response:
    """An answer that is not run through a model once more: it may hold a hundred thousand problems."""
    return Response(to_json(content), status, media_type="application/json")
