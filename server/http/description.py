"""Complete /openapi.json: summary, error answers, and bodies that FastAPI cannot see."""

from __future__ import annotations

from typing import Any, Final

from pydantic.json_schema import models_json_schema

from server.http.models import ErrorsOpenDetails, ProblemDetails
from server.http.refusals import MEDIA_TYPE, codes_with
from workbook.files.formats import ANY_ENDING
from workbook.report import Answers, FixesIn, Table

SUMMARY: Final = f"""\
Caseload changes of social-service agencies: checked, fixed and uploaded.

Every call but `/v1/health` takes a personal token. Dates are ISO 8601. A refusal is a problem document (RFC 9457)
with a stable `code`. Wherever a table is accepted, a form with a `file` ({ANY_ENDING}) is too. The add-in for
spreadsheets, of this server's version, is at `/client/`, for people, `uv` and `pip`.
"""
EVERYWHERE: Final = (401, 422, 429, 500, 503)
"""What any call that needs a token can answer besides."""
TAKES_TABLE: Final = (*EVERYWHERE, 400, 403, 408, 413, 415)
OF_UPLOAD: Final = (*EVERYWHERE, 404)

_TITLES: Final = {
    400: "The call cannot be read",
    401: "The token is missing, or good no longer",
    403: "Not for those who may change no caseload",
    404: "Not there",
    408: "Too slow",
    409: "Not now, or not like this",
    413: "Too large",
    415: "Not a type that is accepted",
    422: "Not understood",
    429: "Too many wrong tokens, or too many uploads waiting",
    500: "The server met an error of its own",
    503: "Not just now",
}
_READ_BY_HAND: Final[tuple[type[Any], ...]] = (Table, FixesIn, Answers, ProblemDetails, ErrorsOpenDetails)
"""Models that no call names in its signature."""


def refusals(*statuses: int, model: type[ProblemDetails] = ProblemDetails) -> dict[int | str, dict[str, Any]]:
    """The problem documents that a call can answer with, for its `responses`. `model` is that of a 409."""
    return {status: _described(status, model if status == 409 else ProblemDetails) for status in sorted({*statuses})}


def table_or_file() -> dict[str, Any]:
    """The body of a call that takes a table or a file, for its `openapi_extra`."""
    file = {
        "type": "string",
        "format": "binary",
        "description": f"A file whose name ends in {ANY_ENDING}, with that name.",
    }
    body = body_of("Table")
    body["requestBody"]["content"]["multipart/form-data"] = {
        "schema": {"type": "object", "required": ["file"], "properties": {"file": file}}
    }
    return body


def body_of(model: str) -> dict[str, Any]:
    """A JSON body that is read by hand, for the `openapi_extra` of its call."""
    schema = {"$ref": f"#/components/schemas/{model}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def complete(document: dict[str, Any]) -> dict[str, Any]:
    """Adds what the framework cannot know, and drops its own shape of an error, which no call answers with."""
    _names, schema = models_json_schema(
        [(model, "validation") for model in _READ_BY_HAND], ref_template="#/components/schemas/{model}"
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name, model in schema["$defs"].items():
        schemas.setdefault(name, model)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for parameter in document["paths"]["/v1/uploads"]["post"]["parameters"]:
        if parameter["in"] == "header":
            parameter.update(required=True, schema={"type": "string", "minLength": 2, "maxLength": 200})
    return document


def _described(status: int, model: type[ProblemDetails]) -> dict[str, Any]:
    codes = ", ".join(f"`{code}`" for code in codes_with(status))
    return {
        "description": f"{_TITLES[status]}: {codes}.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}},
    }
