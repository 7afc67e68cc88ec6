"""Download Caseload: the open assignments as Update rows, ready for an End Date and a reason (SPEC 9)."""

from __future__ import annotations

from dataclasses import dataclass

import xlwings as xw

from addin.api.client import Client
from addin.ask import Ask
from addin.rows import own_sheets as sheet
from addin.rows.new_rows import Value, add_rows, need_columns
from addin.rows.records import Naming, fetch_open, rows_of_records, with_origin
from addin.sentences import counted
from addin.status_bar import busy
from workbook import layout
from workbook.columns import ACTION, END, PARTICIPANT_ID, REASON, RELATIONSHIP, ROW_ORIGIN, START, STATUS


@dataclass(frozen=True, slots=True)
class Downloaded:
    """What Download Caseload wrote: the rows that are new, and those that it brought up to date."""

    added: list[int]
    refreshed: list[int]
    sentence: str


def download_caseload(
    book: xw.Book, client: Client, program: str | None = None, caseworker: str | None = None,
    participant: str | None = None, ask: Ask | None = None,
) -> Downloaded:
    """Every open assignment that the user may end, one row each, below what the sheet holds.

    `program`: its ID or name; `caseworker`: a Staff ID or full name; `participant`: a Participant ID; None for all.
    `ask`: where none of them is given, asks whose caseload it shall be.
    A row whose assignment is not ended here is not sent. An assignment that has a row already gets no second one:
    its row is brought up to date, unless the user changed it.
    """
    if ask and not (program or caseworker or participant):
        caseworker = ask("Whose caseload? Enter a caseworker's name or Staff ID, or leave it empty for everybody's.")
    with busy(book, "Downloading …"):
        data = sheet.read_data(book)
        need_columns(data, (ACTION, PARTICIPANT_ID, RELATIONSHIP, STATUS, START, END, REASON))
        found = fetch_open(book, client, program, caseworker, participant)
        naming = Naming(data, client.reference(), found)
        known, columns, origin = rows_of_records(data), data.columns(), layout.own_columns(data.headers).origin
        new, changes, refreshed, kept = [], dict[tuple[int, int], Value](), [], 0
        for one in found:
            row = with_origin(naming.update_row(one), one)
            place = known.get(one.id)
            if place is None:
                new.append(row)
            elif place in data.untouched:
                if row[ROW_ORIGIN] != data.cell_text(place, origin):
                    changes |= {(place, column): row.get(header) for header, column in columns.items()}
                    changes[place, origin] = row[ROW_ORIGIN]
                    refreshed.append(place)
            else:
                kept += 1
        sheet.write_cells(data, changes)
        added = add_rows(book, data, new)
    return Downloaded(added, refreshed, _sentence(len(found), added, len(refreshed), kept))


def _sentence(found: int, added: list[int], refreshed: int, kept: int) -> str:
    if not found:
        return "No open assignment was found that you may end, so nothing was added."
    told = []
    if added:
        where = f"row {added[0]}" if len(added) == 1 else f"rows {added[0]} to {added[-1]}"
        told.append(f"{counted(len(added), 'open assignment')} downloaded to {where}.")
    else:
        told.append("Every open assignment is in the sheet already.")
    if refreshed:
        told.append(f"{counted(refreshed, 'row')} brought up to date.")
    if kept:
        told.append(f"{counted(kept, 'row')} with changes of yours left as they are.")
    told.append(f"To end one, fill in {END} and {REASON}; rows that you do not touch are not sent.")
    return " ".join(told)
