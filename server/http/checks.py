"""The call that checks a sheet and keeps nothing (SPEC 8)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic_core import to_json
from sqlalchemy import Connection

from server.check import asked, check
from server.http.description import TAKES_TABLE, refusals, table_or_file
from server.http.intake import Body, sheet_of_body
from server.http.known_parameters import known_parameters_only
from server.http.services import With, Writer
from server.judging import nothing_wrong, today
from server.looking import note_look
from server.records.fixes import without_rows
from workbook.report import Report

router = APIRouter(prefix="/v1", tags=["validations"], dependencies=[Depends(known_parameters_only)])


@router.post(
    "/validations", response_model=Report, responses=refusals(*TAKES_TABLE), openapi_extra=table_or_file()
)
def validate(
    services: With,
    who: Writer,
    body: Body,
    follow_up: Annotated[
        bool, Query(description="Say also what it takes to check a part of the rows again, later.")
    ] = False,
) -> Response:
    """Everything that is wrong with a table or file, the likely fixes, and what its valid rows would do."""
    taken = sheet_of_body(body, services, who)
    sheet = without_rows(taken.sheet, taken.left_out)
    if not len(sheet):
        return json_answer(nothing_wrong(0))

    def report(connection: Connection) -> dict[str, object]:
        day = today()
        checked = check(connection, sheet, who.site_id, who.staff_key, day)
        told = checked.report(services.names)
        if follow_up:
            told["follow_up"] = checked.follow_up(who.staff_key, day)
        return told

    answer = asked(services.engine, report)
    note_look(services.engine, who, "rows checked", len(sheet))
    return json_answer(answer)


def json_answer(content: object, status: int = 200) -> Response:
    """An answer that is not run through a model once more: it may hold a hundred thousand problems."""
    return Response(to_json(content), status, media_type="application/json")
