"""Whether the records, the state, the log, the audit trail and the mails tell the same of every upload."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import Any

from sqlalchemy import select

from server.records.database import reading
from server.records.tables import (
    assignments,
    audit,
    mails_in_short,
    outbox,
    sites,
    upload_numbers,
    upload_sheets,
    upload_tests,
    uploads,
)
from server.records.upload_log import log_rows
from tests.support.served import Agency
from workbook.files.packing import unpack

_IN_SHORT = re.compile(r"^(Caseload upload .+): ([\d,]+) \(No\. (\d+(?:, \d+)*)", re.MULTILINE)
MAILS = {"complete": "Caseload upload complete", "undone": "Caseload upload undone"}


def assert_all_agree(agency: Agency) -> Counter[str]:
    """Fails where an upload was written twice, in part, or otherwise than it says. Gives how many are in which
    state."""
    with reading(agency.engine) as connection:
        states = dict(tuple(row) for row in connection.execute(select(uploads.c.id, uploads.c.state)))
        numbers = dict(
            tuple(row) for row in connection.execute(select(upload_numbers.c.upload_id, upload_numbers.c.number))
        )
        tests = _tests(connection)
        records = connection.execute(
            select(assignments.c.record_id, assignments.c.begun_by, assignments.c.ended_by, assignments.c.version)
        ).all()
        lines = Counter(tuple(row) for row in connection.execute(select(audit.c.upload_id, audit.c.what)))
        mails = Counter(tuple(row) for row in connection.execute(select(outbox.c.body, outbox.c.subject)))
        named, counted = _told_in_short(connection)
        sheets: dict[str, dict[str, bytes]] = {upload_id: {} for upload_id in states}
        for upload_id, kind, packed in connection.execute(select(upload_sheets)):
            sheets[upload_id][kind] = bytes(packed)
        next_record = connection.execute(select(sites.c.next_record)).scalar_one()
    assert all(record.record_id < next_record for record in records)
    for upload_id, state in states.items():
        begun = sorted(record.record_id for record in records if record.begun_by == upload_id)
        ended = sorted(record.record_id for record in records if record.ended_by == upload_id)
        told = _told(sheets[upload_id].get("log"))
        was = {what: times for (line_of, what), times in lines.items() if line_of == upload_id}
        sent = {subject: times for (body, subject), times in mails.items() if upload_id in body}
        sent |= {subject: times for (subject, number), times in named.items() if number == numbers[upload_id]}
        where = f"upload {upload_id} ({state}): {was}, {sent}"
        assert was["upload received"] == 1, where
        if state == "complete":
            assert (begun, ended) == told, where
            assert was["upload complete"] == 1, where
            undecided = tests.get(upload_id, True) is None
            if not undecided and not sent:
                counted[MAILS[state]] -= 1  # of many that were told in one mail the first are named
            else:
                assert sent == ({} if undecided else {MAILS[state]: 1}), where
        elif state == "undone":
            assert (begun, ended) == ([], []), where
            assert "undone" in sheets[upload_id], where
            assert (was["upload complete"], was["upload undone"]) == (1, 1), where
            told_by_mail = tests.get(upload_id, True) is True  # a test that is taken back is told in no mail
            assert sent.get(MAILS[state], 0) == told_by_mail, where
        else:
            assert (begun, ended, told) == ([], [], None), where
            assert not {"upload complete", "upload undone"} & {*was}, where
            assert not {*MAILS.values()} & {*sent}, where
    assert counted[MAILS["complete"]] == 0, "as many as are told of without a number have no mail of their own"
    return Counter(states.values())


@cache
def _told(log: bytes | None) -> tuple[list[int], list[int]] | None:
    """The records that the log tells to be begun, and to be ended; None without a log. Kept: after each of a
    hundred kills, the logs of all uploads before are looked at again."""
    if log is None:
        return None
    found: dict[str, list[int]] = {"begun": [], "ended": []}
    for row in log_rows(unpack(log)):
        if row.record_id is not None:
            found[row.result].append(row.record_id)
    return sorted(found["begun"]), sorted(found["ended"])


def _told_in_short(connection: Any) -> tuple[Counter[tuple[str, int]], Counter[str]]:
    """(subject, number) of the uploads that are told of in one mail with others, or will be; and by subject how many
    more there are."""
    told = [(row.subject, row.mails, row.numbers) for row in connection.execute(select(mails_in_short)).all()]
    for body in connection.execute(select(outbox.c.body)).scalars():
        told += [(subject, int(mails.replace(",", "")), some) for subject, mails, some in _IN_SHORT.findall(body)]
    named = Counter((subject, int(number)) for subject, _, some in told for number in some.split(", "))
    counted = Counter[str]()
    for subject, mails, some in told:
        counted[subject] += mails - len(some.split(", "))
    return named, counted


def _tests(connection: Any) -> dict[str, bool | None]:
    return dict(tuple(row) for row in connection.execute(select(upload_tests.c.upload_id, upload_tests.c.kept)))
