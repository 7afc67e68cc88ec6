"""Participant IDs that an earlier import stored with characters that nobody sees, or composed otherwise."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from server.records.tables import participants
from workbook.matching import exact_key
from workbook.text import plain


def clean_ids(connection: Connection, site_id: int) -> list[str]:
    """Writes every such ID as it is read in a sheet, so that importing a person again does not make a second one; gives
    what to tell of it. Where somebody has the clean ID already, both stay, and are named."""
    columns = participants.c
    stored = connection.execute(select(columns.key, columns.participant_id).where(columns.site_id == site_id)).all()
    taken = {row.participant_id for row in stored}
    cleaned, twice = 0, []
    for key, participant_id in stored:
        clean = plain(participant_id)
        if clean == participant_id:
            continue
        if clean in taken or not clean:
            twice.append(clean)
            continue
        taken.add(clean)
        changed = update(participants).where(columns.key == key)
        connection.execute(changed.values(participant_id=clean, id_key=exact_key(clean)))
        cleaned += 1
    told = []
    if cleaned:
        told.append(f"{cleaned:,} stored Participant IDs held characters that nobody sees; these are gone now.")
    if twice:
        told.append(
            f"Two participants are stored under one ID, the one with characters in it that nobody sees: "
            f"{', '.join(sorted(twice)[:20])}. Uploads find the one without them."
        )
    return told
