"""Keep a downloaded row, or take the newer assignment that somebody else changed (SPEC R12)."""

from __future__ import annotations

from collections.abc import Collection

from addin.api.client import Client
from addin.rows.assignments import Naming, with_origin
from addin.rows.cells import write_cells
from addin.rows.data_sheet import DataSheet
from addin.rows.new_rows import Value
from addin.rows.row_notes import Origin
from workbook import layout
from workbook.columns import ROW_ORIGIN
from workbook.conflict import read_answer
from workbook.report import FixGroup


def kept_origin(origin: Origin, answer: str, group: FixGroup) -> Origin | None:
    """The row's origin with the version that its user has seen beside it; None where the row cannot be kept."""
    offered = [choice for one in group.suggestions if (choice := read_answer(one.value)) and choice.keeps]
    chosen = read_answer(answer)
    if chosen is None or not offered:
        return None
    version = chosen.version or offered[0].version
    return None if version is None else origin._replace(version=version)


def take_theirs(client: Client, data: DataSheet, rows: Collection[int]) -> list[int]:
    """Replaces rows by what is stored now, as if they were downloaded again. Gives the rows for which that is
    impossible, because the assignment is no longer open or the user may no longer change it."""
    origins, columns, site_tag = data.origins(), data.columns(), client.site_tag()
    place = layout.own_columns(data.headers).origin
    gone: list[int] = []
    changes: dict[tuple[int, int], Value] = {}
    for row in rows:
        origin = origins.get(row)
        origin = None if origin is None or origin.is_elsewhere(site_tag) else origin
        found = [
            one
            for page in (client.open_assignments(participant=origin.participant) if origin else ())
            for one in page
            if origin and one.id == origin.record_id
        ]
        if not found:
            gone.append(row)
            continue
        fresh = with_origin(Naming(data, client.reference(), found).update_row(found[0]), found[0], site_tag)
        changes |= {(row, column): fresh.get(header) for header, column in columns.items()}
        changes[row, place] = fresh[ROW_ORIGIN]
    write_cells(data, changes)
    return gone
