"""Calls about the server, the caller and the site: health, me, reference, template (SPEC 8)."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Request, Response
from sqlalchemy import select

from server.http import models
from server.http.description import EVERYWHERE, refusals
from server.http.files import file_answer
from server.http.json_answers import answer_of
from server.http.known_parameters import known_parameters_only
from server.http.services import Costly, Looking, Services, Who, With
from server.records.database import reading
from server.records.reference_data import ReferenceLists, about_namesakes, reference_lists
from server.records.sites import site_rules
from server.records.tables import access, programs
from server.records.tokens import Principal, reading_for
from workbook.columns import CaseworkerChoice, ProgramChoice, TemplateChoice
from workbook.files.formats import FORMATS
from workbook.proof import PROOF, proof_of
from workbook.site import DuplicateCheckField, Me, ProgramAccess, ReferenceProgram, ReferenceStaff, SiteReference

router = APIRouter(prefix="/v1", tags=["about"], dependencies=[Depends(known_parameters_only)])


@router.get("/health", responses=refusals(422, 500, 503))
async def health(
    services: With,
    request: Request,
    response: Response,
    caseload_challenge: Annotated[
        str | None,
        Header(max_length=100, description="Asks a server that the add-in has started to show that it is the one."),
    ] = None,
) -> models.Health:
    """Whether the server is alive and reaches its database. Needs no token."""

    def ask() -> None:
        with reading(services.engine) as connection:
            connection.execute(select(1))

    await services.desk.feel_pulse(ask)
    key = services.settings.proof_key
    if key is not None and caseload_challenge is not None:
        response.headers[PROOF] = proof_of(key.get_secret_value(), caseload_challenge, request.scope["server"][1])
    return models.Health(version=version("caseload-upload"))


@router.get("/me", responses=refusals(*EVERYWHERE))
async def me(services: With, who: Who) -> Me:
    """Who the token stands for, and what they may do."""
    return await services.desk.look(who, _me, services, who)


def _me(services: Services, who: Principal) -> Me:
    with reading_for(services.engine, who) as (connection, who):
        granted = connection.execute(
            select(programs.c.program_id, programs.c.name, access.c.own, access.c.others)
            .join(programs, programs.c.key == access.c.program_key)
            .where(access.c.staff_key == who.staff_key)
            .order_by(programs.c.program_id)
        ).all()
        rules = site_rules(connection, who.site_id)
    return Me(
        staff_id=who.staff_id,
        name=who.name,
        email=who.email,
        site=rules.name,
        administrator=who.administrator,
        most_bytes=services.settings.max_packed_bytes,
        access=[
            ProgramAccess(program_id=row.program_id, program=row.name, own=row.own, others=row.others)
            for row in granted
        ],
    )


@router.get(
    "/reference",
    response_model=SiteReference,
    responses={**refusals(*EVERYWHERE), 304: {"description": "Nothing has changed since the ETag that was sent."}},
)
async def reference(
    services: With, who: Who, looking: Looking, if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    """What the sheet offers: programs, staff that the user may assign, feeder tables, the site's settings."""
    return await looking.at(_reference, services, who, if_none_match)


def _reference(services: Services, who: Principal, if_none_match: str | None) -> Response:
    with reading_for(services.engine, who) as (connection, who):
        lists = reference_lists(connection, who.site_id, who.staff_key)
        namesakes = about_namesakes(connection, who.site_id, lists)
    # What it holds depends on the site's revision and on who asks.
    etag = f'"{services.tag(who.site_id, lists.revision, who.staff_key)}"'
    if if_none_match is not None and _matches(if_none_match, etag):
        return Response(status_code=304, headers={"ETag": etag})
    rules = lists.rules
    known = SiteReference(
        site=rules.name,
        date_order=rules.date_order,
        duplicate_check=[DuplicateCheckField(column=column, mode=mode) for column, mode in rules.duplicate_check],
        one_primary=rules.one_primary,
        programs=[ReferenceProgram(program_id=program.program_id, name=program.name) for program in lists.programs],
        staff=[
            ReferenceStaff(
                staff_id=one.staff_id,
                first_name=one.first_name,
                last_name=one.last_name,
                about=namesakes.get(one.key, ""),
            )
            for one in lists.staff
        ],
        feeder={header: [value.value for value in values] for header, values in lists.feeder.items()},
    )
    answer = answer_of(known)
    answer.headers["ETag"] = etag
    return answer


async def template_choice(
    program: ProgramChoice = "name", caseworker: CaseworkerChoice = "name", enrollment: bool = False
) -> TemplateChoice:
    return TemplateChoice(program, caseworker, enrollment)


@router.get(
    "/template",
    response_class=Response,
    responses={
        **refusals(*EVERYWHERE),
        200: {
            "description": "The template.",
            "content": {one.media_type.partition(";")[0]: {} for one in FORMATS},
        },
    },
)
async def template(
    services: With,
    who: Who,
    call: Costly,
    choice: Annotated[TemplateChoice, Depends(template_choice)],
    format: Literal["xlsm", "xlsx", "csv"] = "xlsx",
) -> Response:
    """A fresh template with the chosen alternatives, and lists of what the user may choose. An .xlsm has the ribbon."""

    def build() -> bytes:
        # openpyxl is heavy, and only templates need it
        from workbook.sheets.macro_book import build_macro_template
        from workbook.sheets.template import build_csv, build_template

        offered = _lists(services, who).for_template()
        return {"xlsm": build_macro_template, "xlsx": build_template, "csv": build_csv}[format](choice, offered)

    return file_answer(await call.glance(build), f"Caseload.{format}")


def _lists(services: Services, who: Principal) -> ReferenceLists:
    with reading_for(services.engine, who) as (connection, who):
        return reference_lists(connection, who.site_id, who.staff_key)


def _matches(header: str, etag: str) -> bool:
    """Whether an If-None-Match names the ETag (RFC 9110: compared weakly)."""
    return any(part.strip().removeprefix("W/") in (etag, "*") for part in header.split(","))
