"""The call that checks a sheet and stores nothing (SPEC 8)."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Response

from server.http.description import TAKES_TABLE, refusals, table_or_file
from server.http.intake import Body, sheet_of_body
from server.http.json_answers import made_answer
from server.http.known_parameters import known_parameters_only
from server.http.refusals import ApiRefusal
from server.http.services import Costly, With, Writer
from server.processes import errands
from workbook.files.header import LEAVE_OUT, answered
from workbook.report import Report
from workbook.text import is_blank

MOST_ANSWERS: Final = 100
"""Answers to unclear headers in one call; a sheet lacks far fewer columns of ours."""

router = APIRouter(prefix="/v1", tags=["validations"], dependencies=[Depends(known_parameters_only)])


@router.post("/validations", response_model=Report, responses=refusals(*TAKES_TABLE), openapi_extra=table_or_file())
async def validate(
    services: With,
    who: Writer,
    call: Costly,
    body: Body,
    follow_up: Annotated[
        bool, Query(description="Say also what it takes to check a part of the rows again, later.")
    ] = False,
    header: Annotated[
        list[str] | None,
        Query(
            description="What an unclear header is, as `HEADER=COLUMN`: `Program/Service=Program Name`, or "
            "`Program/Service=leave it out`. As often as there are such headers; one that the sheet lacks is ignored.",
            max_length=MOST_ANSWERS,
        ),
    ] = None,
) -> Response:
    """Everything that is wrong with a table or file, the likely fixes, and what its valid rows would do."""
    answers = dict(map(_answer, header or ()))
    received = await sheet_of_body(body, call)
    report = await call.do(services.tools, received.cost, errands.check_sheet, who, received, follow_up, answers)
    return made_answer(report)


def _answer(given: str) -> tuple[str, str]:
    """(header, answer). Raises ApiRefusal where the text is not in that form."""
    header, _, answer = given.rpartition("=")
    if not header.strip() or answered(answer) is None or is_blank(answer):
        why = f"it is HEADER=COLUMN, with one of the template's headers or “{LEAVE_OUT}” behind the last ="
        raise ApiRefusal("request-invalid", where="header", why=why)
    return header, answer
