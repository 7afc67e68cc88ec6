"""Rights are asked for again in the transaction that writes: what was taken away meanwhile no longer counts (R10)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, delete, select, update

from server.records import upload_queue, uploads
from server.records.database import reading, writing
from server.records.remembered import FixAnswer
from server.records.ssn import SsnHasher
from server.records.tables import access, remembered_fixes, staff, tokens
from server.records.tokens import Principal, TokenFlaw, Withdrawn, authenticate
from server.uploads import lifecycle, undo
from server.uploads.lifecycle import UnknownUpload, current_report
from server.uploads.site_fixes import MayNotRemember, Remembering
from server.uploads.write import WriteOutcome, process_upload
from server.worker import take_up_next
from tests.support.served import KEY, Agency, insert, table
from workbook.report import Fix, FixesIn
from workbook.sheet import Sheet, sheet_of


def principal(agency: Agency, staff_id: str) -> Principal:
    with reading(agency.engine) as connection:
        found = authenticate(connection, agency.tokens[staff_id])
    assert isinstance(found, Principal)
    return found


def sheet(*rows: list[Any]) -> Sheet:
    sent = table(*rows)
    return sheet_of(sent["header"], sent["rows"])


def send(agency: Agency, who: Principal, key: str, *rows: list[Any], test_rows: int | None = None) -> str:
    return lifecycle.submit(agency.engine, who, key, lifecycle.Submission("june.csv", sheet(*rows), (), test_rows)).id


WITHDRAWN: list[Callable[[Connection], Any]] = [
    lambda connection: connection.execute(delete(access)),
    lambda connection: connection.execute(update(access).values(others=False)),
    lambda connection: connection.execute(update(staff).where(staff.c.staff_id == "S2").values(active=False)),
]


def test_what_was_checked_is_not_written_for_somebody_whose_access_was_withdrawn_meanwhile(
    agency: Agency,
) -> None:
    """Taken away straight in the database, between the check and the write, with the site's revision as it was."""
    who = principal(agency, "S2")
    before = agency.assignments()
    for number, withdraw in enumerate(WITHDRAWN):
        upload_id = send(agency, who, str(number), insert("P3", caseworker="Robert Smith", relationship="Secondary"))
        with writing(agency.engine) as connection:
            held = upload_queue.claim(connection, 30)
        assert held is not None

        def meanwhile(withdraw: Callable[[Connection], Any] = withdraw) -> None:
            with writing(agency.engine) as connection:
                withdraw(connection)

        assert process_upload(agency.engine, held, 30, meanwhile) is WriteOutcome.NEEDS_FIXES
        problems: Any = current_report(agency.engine, who, upload_id)["problems"]
        assert [problem["code"] for problem in problems] == ["not-permitted"]
        assert agency.assignments() == before
        with writing(agency.engine) as connection:
            connection.execute(delete(access))
            key, program = who.staff_key, 1
            connection.execute(access.insert().values(
                site_id=agency.site_id, staff_key=key, program_key=program, own=True, others=True
            ))  # fmt: skip


def test_whoever_loses_their_token_in_the_middle_of_a_call_changes_nothing(agency: Agency, tmp_path: Path) -> None:
    """Every step that a person takes with an upload, by somebody whose token was revoked after they were let in."""
    engine, who = agency.engine, principal(agency, "ADM")
    wrong = send(agency, who, "wrong", insert("P9"))
    done = send(agency, who, "done", insert("P2"))
    test = send(agency, who, "test", insert("P3"), test_rows=1)
    while take_up_next(engine, agency.settings(tmp_path)) is not None:
        pass
    before = agency.assignments()
    with writing(engine) as connection:
        connection.execute(update(tokens).values(revoked_at=datetime.now(UTC)))
    steps: dict[str, Callable[[], Any]] = {
        "submit": lambda: send(agency, who, "late", insert("P4")),
        "fix": lambda: lifecycle.put_fixes(engine, SsnHasher(KEY), who, wrong, FixesIn(leave_out=[2])),
        "continue": lambda: lifecycle.go_on(engine, who, done),
        "cancel": lambda: lifecycle.cancel(engine, who, wrong),
        "undo": lambda: undo.undo(engine, who, done),
        "keep": lambda: undo.keep(engine, who, test),
        "roll back": lambda: undo.roll_back(engine, who, test),
    }
    for name, step in steps.items():
        with pytest.raises(Withdrawn) as refused:
            step()
        assert refused.value.flaw is TokenFlaw.REVOKED, name
    assert agency.assignments() == before
    with reading(engine) as connection:
        states = [uploads.find_upload(connection, agency.site_id, one) for one in (wrong, done, test)]
    assert [one.state for one in states if one is not None] == ["needs-fixes", "complete", "complete"]


def test_whoever_is_no_administrator_any_more_undoes_nobody_else_s_upload(agency: Agency, tmp_path: Path) -> None:
    upload_id = send(agency, principal(agency, "S2"), "1", insert("P3"))
    take_up_next(agency.engine, agency.settings(tmp_path))
    former = principal(agency, "ADM")
    with writing(agency.engine) as connection:
        connection.execute(update(staff).values(administrator=False))
    with pytest.raises(UnknownUpload):
        undo.undo(agency.engine, former, upload_id)
    with pytest.raises(UnknownUpload):
        undo.roll_back(agency.engine, former, upload_id)


def test_whoever_may_change_nobody_s_caseload_any_more_has_nothing_remembered(agency: Agency, tmp_path: Path) -> None:
    who = principal(agency, "S2")
    upload_id = send(agency, who, "wrong", insert("P3", others={"Caseload Status": "Activ"}))
    take_up_next(agency.engine, agency.settings(tmp_path))
    wrong = {"column": "Caseload Status", "value": "Activ", "code": "unknown-value", "replacement": "Active"}

    told = FixesIn(fixes=[Fix(**wrong, remember=True)])
    fixed = lifecycle.put_fixes(agency.engine, SsnHasher(KEY), who, upload_id, told)
    assert fixed.to_remember == [FixAnswer(**wrong)]
    with writing(agency.engine) as connection:
        connection.execute(delete(access))
    with pytest.raises(MayNotRemember):
        Remembering(fixed.to_remember).go_on(agency.engine, who)
    with reading(agency.engine) as connection:
        assert connection.execute(select(remembered_fixes)).all() == []
