"""Describe, cell by cell, how an assignment changed after it was downloaded (SPEC R12)."""

from __future__ import annotations

from server.judge.assignment import changed, is_another
from server.judge.reference import Assignment
from server.judge.row import Row
from server.judge.wording import Facts, day_in, program_label
from workbook.columns import ACTION, END, RELATIONSHIP, START, STATUS
from workbook.conflict import TAKE_THEIRS, keep_mine
from workbook.matching import exact_key, text_of


def conflict_facts(row: Row, stored: Assignment) -> Facts:
    """The cells that differ between what was downloaded, what the row says and what is stored now."""
    case = row.case
    downloaded = case.downloaded.get(row.number, {})
    now = {
        row.program_column: program_label(case, stored.program_key),
        RELATIONSHIP: case.feeder_names.get(stored.relationship_key, ""),
        STATUS: case.feeder_names.get(stored.status_key, ""),
        START: stored.start_date,
        END: stored.end_date,
    }
    mine = {header: row.text(header) for header in now} | {START: row.start or row.text(START)}
    mine |= {END: row.end or row.text(END)}
    differences = []
    for header, value in now.items():
        if not mine[header] and header not in downloaded:
            continue
        before = text_of(downloaded[header]) if header in downloaded else ""
        says = [("downloaded", before)] if downloaded else []
        says += [("yours", mine[header]), ("now", value)]
        # An empty cell of an Update changes nothing (R9).
        if len({exact_key(text) for name, text in says if text or name != "yours"}) > 1:
            words = [f"{name} {day_in(case, text) or 'empty'}" for name, text in says]
            differences.append(f"{header}: {', '.join(words)}")
    cells = "; ".join(differences) or "every cell says the same again"
    if is_another(row, stored):
        advice = "What you downloaded is no longer open, and this is another assignment: choose “take theirs”."
    elif stored.end_date:
        advice = "It is ended, and a closed assignment stays as it is: choose “take theirs”."
    else:
        advice = "Choose “keep mine” or “take theirs”."
    return {"cells": cells, "advice": advice}


def conflict_answers(row: Row) -> tuple[str, ...]:
    stored = changed(row)
    if stored is None or stored.end_date or is_another(row, stored):
        return (TAKE_THEIRS,)
    return keep_mine(stored.version), TAKE_THEIRS


def conflict_value(row: Row) -> str:
    """Each such row is answered for itself."""
    return f"{row.text(ACTION)}, row {row.number}"
