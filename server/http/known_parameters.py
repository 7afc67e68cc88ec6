"""Refuse query parameters that a call does not have, so that a misspelt filter is noticed."""

from __future__ import annotations

from fastapi import Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import APIRoute

from server.http.refusals import ApiRefusal


async def known_parameters_only(request: Request) -> None:
    """A dependency of every router. Raises ApiRefusal `parameter-unknown`, and `request-invalid` for a NUL character,
    which no database can be asked for."""
    if not request.query_params:
        return
    route: APIRoute = request.scope["route"]
    known = [part.alias for part in get_flat_params(route.dependant) if isinstance(part.field_info, Query)]
    for name in request.query_params:
        if name not in known:
            raise ApiRefusal("parameter-unknown", name=f"{name:.60}", known=", ".join(known) or "none")
    for name, value in request.query_params.multi_items():
        if "\0" in value and name != "cursor":  # the reader of a cursor refuses it itself
            raise ApiRefusal("request-invalid", where=name, why="a text cannot hold a NUL character")
