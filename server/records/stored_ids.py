"""Clean stored Participant IDs that hold invisible or decomposed characters."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Connection, select, update

from server.records.bulk import execute_many
from server.records.sites import bump
from server.records.tables import participants, sites
from workbook.matching import exact_key
from workbook.text import plain


def clean_all_ids(connection: Connection) -> list[str]:
    """Cleans the IDs of every site, and rebuilds the keys that find them; returns sentences for the operator."""
    notes = []
    for site_id, name in connection.execute(select(sites.c.id, sites.c.name).order_by(sites.c.id)).all():
        sentences = [*clean_ids(connection, site_id), *_renew_keys(connection, site_id)]
        if sentences:
            bump(connection, site_id)
        notes += [f"{name}: {sentence}" for sentence in sentences]
    return notes


def _renew_keys(connection: Connection, site_id: int) -> list[str]:
    """Makes those `id_key`s anew that an earlier version made of the same ID in another way."""
    columns = participants.c
    query = select(columns.key, columns.participant_id, columns.id_key).where(columns.site_id == site_id)
    stored = [(row, exact_key(row.participant_id)) for row in connection.execute(query)]
    old = [(row, key) for row, key in stored if row.id_key != key]
    if not old:
        return []
    execute_many(connection, 'UPDATE participants SET id_key = ? WHERE "key" = ?', [(key, row.key) for row, key in old])
    notes = [f"{len(old):,} stored Participant IDs are found anew, however their accents are written."]
    holders = Counter(key for _row, key in stored)
    twice = sorted(row.participant_id for row, key in old if holders[key] > 1)
    if twice:
        notes.append(
            f"Of these {len(twice):,} read as another participant's ID: {', '.join(twice[:20])}. Rows with such an ID "
            "are asked about, unless they spell it to the letter."
        )
    return notes


def clean_ids(connection: Connection, site_id: int) -> list[str]:
    """Writes every such ID as it is read in a sheet, so that importing a person again does not make a second one;
    returns sentences for the operator. Where somebody has the clean ID already, both stay, and are named."""
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
    notes = []
    if cleaned:
        notes.append(
            f"{cleaned:,} stored Participant IDs held characters that nobody sees, or accents apart from their "
            "letters; they are written as a sheet's are read now."
        )
    if twice:
        notes.append(
            f"Two participants are stored under one ID, one of them with such characters: "
            f"{', '.join(sorted(twice)[:20])}. Uploads find the one without them."
        )
    return notes
