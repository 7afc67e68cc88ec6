"""Find the upload that a call names, by its id or its short number (SPEC 8)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path

from server.http.services import Who, With
from server.records.tokens import reading_for
from server.records.uploads import id_of_number


async def _upload_id(
    services: With,
    who: Who,
    upload_id: Annotated[str, Path(description="The id of an upload, or its short number.")],
) -> str:
    if not upload_id.isdecimal():
        return upload_id

    def look() -> str:
        with reading_for(services.engine, who) as (connection, now):
            return id_of_number(connection, now.site_id, upload_id, None if now.administrator else now.staff_key)

    return await services.desk.look(who, look)


UploadId = Annotated[str, Depends(_upload_id)]
"""The id of the upload in the address; the text of the address itself where the caller may see no such number."""
