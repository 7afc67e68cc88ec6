"""Ask the server whether it offers what a workbook says that it has offered.

The kept check of a workbook may be another agency's, where the same number is somebody else, or a stranger's: a picked
number takes the place of all that says who a row is about, so that nothing contradicts it any more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from addin.api.client import Client
from addin.rows.answers import offers, picked_records
from addin.rows.data_sheet import DataSheet
from workbook.columns import PARTICIPANT_ID, canonical_header
from workbook.report import FixGroup, Report
from workbook.sheets.fix_sheet import Key


def outdated_picks(
    client: Client, data: DataSheet, report: Report, kept: Report | None, answers: Mapping[Key, str], *, is_fresh: bool
) -> set[Key]:
    """The mistakes whose answers the `kept` report offers and the server does not. `report`: on the sheet as it is now;
    `is_fresh`: whether that is the server's word."""
    picked = picked_records(data, report, kept, answers) if kept is not None else {}
    if not picked:
        return set()
    fixes = report.fixes if is_fresh else offered_for(client, data, set(picked.values()))
    return {key for key, row in picked.items() if not is_offered(fixes, row, key[0], answers[key])}


def offered_for(client: Client, data: DataSheet, rows: Collection[int], *, without_id: bool = False) -> list[FixGroup]:
    """The mistakes of some rows with what the server offers for each, checked by themselves; `without_id`: as if they
    had no Participant ID."""
    table = data.table(without=set(data.rows).difference(rows))
    if without_id:
        places = [place for place, header in enumerate(table["header"]) if canonical_header(header) == PARTICIPANT_ID]
        for cells in table["rows"]:
            for place in places:
                if place < len(cells):
                    cells[place] = None
    return client.validate(table).fixes


def is_offered(fixes: Collection[FixGroup], row: int, column: str, answer: str) -> bool:
    return any(group.column == column and row in group.rows and offers(group, answer) for group in fixes)
