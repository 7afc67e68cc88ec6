"""What is decided behind a lock is decided by what is true behind it: people at the same moment, and people who lose
their rights while they wait (SPEC 6, 7)."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, text, update

from server.records import audit, uploads
from server.records.database import reading, writing
from server.records.remembered import FixAnswer, ListedFix, remember
from server.records.ssn import SsnHasher
from server.records.tables import audit as trail
from server.records.tables import remembered_fixes, staff, tokens
from server.records.tables import uploads as upload_table
from server.records.tokens import Principal, TokenFlaw, Withdrawn
from server.records.writes import lock_site
from server.uploads import lifecycle, site_fixes, undo
from server.uploads.lifecycle import NotNow
from server.worker import take_up_next
from tests.server.uploads.test_access_withdrawn import principal, send
from tests.support.served import KEY, Agency, insert
from workbook.report import FixesIn

MANY = 12


def at_once(*steps: Callable[[], Any]) -> list[Any]:
    """What each step gives, or the exception that it raises, when all begin at the same moment."""
    barrier = threading.Barrier(len(steps))
    found: list[Any] = [None] * len(steps)

    def run(place: int, step: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            found[place] = step()
        except Exception as failure:
            found[place] = failure

    threads = [threading.Thread(target=run, args=one) for one in enumerate(steps)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def written_for_a_test(agency: Agency, folder: Path) -> str:
    """A test that is written and waits for somebody's word."""
    upload_id = send(agency, principal(agency, "ADM"), "test", insert("P3"), test_rows=1)
    take_up_next(agency.engine, agency.settings(folder))
    return upload_id


def lines(agency: Agency, *what: str) -> Counter[str]:
    with reading(agency.engine) as connection:
        return Counter(connection.execute(select(trail.c.what).where(trail.c.what.in_(what))).scalars())


def test_a_test_that_many_keep_at_once_is_kept_once(agency: Agency, tmp_path: Path) -> None:
    who, upload_id = principal(agency, "ADM"), written_for_a_test(agency, tmp_path)
    found = at_once(*[lambda: undo.keep(agency.engine, who, upload_id)] * MANY)
    assert [(one.state, one.test_kept) for one in found] == [("complete", True)] * MANY
    assert lines(agency, "test kept") == {"test kept": 1}


@pytest.mark.parametrize("turn", range(3))
def test_of_those_who_keep_a_test_and_those_who_roll_it_back_one_side_is_told_no(
    agency: Agency, tmp_path: Path, turn: int
) -> None:
    who, upload_id = principal(agency, "ADM"), written_for_a_test(agency, tmp_path)
    before = len(agency.assignments())
    steps: list[Callable[[], Any]] = [
        lambda: undo.keep(agency.engine, who, upload_id),
        lambda: undo.roll_back(agency.engine, who, upload_id),
    ]
    found = at_once(*(steps[(number + turn) % 2] for number in range(MANY)))
    done = Counter(one.state for one in found if not isinstance(one, Exception))
    [(state, count)] = done.items()
    assert (count, {type(one) for one in found if isinstance(one, Exception)}) == (MANY // 2, {NotNow})
    assert len(agency.assignments()) == before - (state == "undone")
    told = "test kept" if state == "complete" else "upload undone"
    assert lines(agency, "test kept", "upload undone") == {told: 1}


def test_what_many_do_at_once_with_an_upload_is_done_once(agency: Agency, tmp_path: Path) -> None:
    who = principal(agency, "ADM")
    upload_id = send(agency, who, "undo", insert("P3"))
    waiting = send(agency, who, "cancel", insert("P9"))
    for _ in range(2):
        take_up_next(agency.engine, agency.settings(tmp_path))
    at_once(*[lambda: undo.undo(agency.engine, who, upload_id)] * MANY)
    at_once(*[lambda: lifecycle.cancel(agency.engine, who, waiting)] * MANY)
    assert lines(agency, "upload undone", "upload cancelled") == {"upload undone": 1, "upload cancelled": 1}


Step = Callable[[Agency, Principal, dict[str, str]], Any]
STEPS: dict[str, Step] = {
    "submit": lambda agency, who, ids: send(agency, who, "late", insert("P4")),
    "fix": lambda agency, who, ids: lifecycle.put_fixes(
        agency.engine, SsnHasher(KEY), who, ids["wrong"], FixesIn(leave_out=[2])
    ),
    "continue": lambda agency, who, ids: lifecycle.go_on(agency.engine, who, ids["left out"]),
    "cancel": lambda agency, who, ids: lifecycle.cancel(agency.engine, who, ids["wrong"]),
    "undo": lambda agency, who, ids: undo.undo(agency.engine, who, ids["done"]),
    "keep": lambda agency, who, ids: undo.keep(agency.engine, who, ids["test"]),
    "roll back": lambda agency, who, ids: undo.roll_back(agency.engine, who, ids["test"]),
    "remember": lambda agency, who, ids: site_fixes.Remembering(
        [FixAnswer("Caseload Status", "Onhold", "unknown-value", "x")]
    ).go_on(agency.engine, who),
    "forget": lambda agency, who, ids: site_fixes.forget_fix(agency.engine, who, ids["fix"]),
}


@pytest.fixture
def stage(agency: Agency, tmp_path: Path) -> dict[str, str]:
    """An upload in each state that a step wants, and a remembered fix."""
    who = principal(agency, "ADM")
    ids = {
        "wrong": send(agency, who, "wrong", insert("P9")),
        "left out": send(agency, who, "left out", insert("P9")),
        "done": send(agency, who, "done", insert("P2")),
        "test": send(agency, who, "test", insert("P3"), test_rows=1),
    }
    while take_up_next(agency.engine, agency.settings(tmp_path)) is not None:
        pass
    lifecycle.put_fixes(agency.engine, SsnHasher(KEY), who, ids["left out"], FixesIn(leave_out=[2]))
    with writing(agency.engine) as connection:
        answer = FixAnswer("Caseload Status", "Activ", "unknown-value", "Active")
        fix = remember(connection, who.site_id, who.staff_key, answer)
    assert isinstance(fix, ListedFix)
    return ids | {"fix": fix.id}


def everything(agency: Agency) -> list[Any]:
    """All that the steps could change."""
    with reading(agency.engine) as connection:
        tables = upload_table, remembered_fixes, trail
        return [agency.assignments(), *(connection.execute(select(table)).all() for table in tables)]


LOCKS = {
    "submit": ["trail"],
    "fix": ["upload", "trail"],
    "continue": ["upload", "trail"],
    "cancel": ["upload", "trail"],
    "undo": ["site", "upload", "trail"],
    "keep": ["upload", "trail"],
    "roll back": ["site", "upload", "trail"],
    "remember": ["trail"],
    "forget": ["trail"],
}
"""What a step waits for on PostgreSQL: whoever holds the upload, writes in the site, or adds to its trail."""
WITHDRAWALS: list[tuple[Callable[[Connection], Any], Callable[[Connection], Any]]] = [
    (
        lambda connection: connection.execute(update(tokens).values(revoked_at=datetime.now(UTC))),
        lambda connection: connection.execute(update(tokens).values(revoked_at=None)),
    ),
    (
        lambda connection: connection.execute(update(staff).where(staff.c.staff_id == "ADM").values(active=False)),
        lambda connection: connection.execute(update(staff).where(staff.c.staff_id == "ADM").values(active=True)),
    ),
]
"""How somebody may lose what they had, and get it back."""


@pytest.mark.parametrize("step", STEPS)
def test_whoever_loses_their_token_while_they_wait_for_a_lock_changes_nothing(
    agency: Agency, stage: dict[str, str], step: str
) -> None:
    who, before = principal(agency, "ADM"), everything(agency)
    on_sqlite = agency.engine.dialect.name == "sqlite"
    for lock in ("all",) if on_sqlite else LOCKS[step]:
        withdraw, give_back = WITHDRAWALS[lock == "trail"]
        found: list[Any] = []
        thread = threading.Thread(
            target=lambda into: into.extend(at_once(lambda: STEPS[step](agency, who, stage))), args=(found,)
        )
        with agency.engine.connect() as holder:
            if on_sqlite:
                holder = holder.execution_options(sqlite_begin="BEGIN IMMEDIATE")
            with holder.begin() as transaction:
                hold(holder, who, lock, stage)
                thread.start()
                assert until_it_waits(agency, thread), f"{step} asks for {lock}"
                if on_sqlite:
                    withdraw(holder)
                    transaction.commit()
                else:
                    with writing(agency.engine) as connection:
                        withdraw(connection)
                    transaction.rollback()
        thread.join()
        assert isinstance(found[0], Withdrawn), (lock, found)
        assert found[0].flaw is TokenFlaw.REVOKED
        assert everything(agency) == before
        with writing(agency.engine) as connection:
            give_back(connection)


def hold(connection: Connection, who: Principal, lock: str, ids: dict[str, str]) -> None:
    """Takes the lock that the step will wait for: on SQLite there is but one, and the transaction has it."""
    if lock == "upload":
        for upload_id in ids.values():
            uploads.find_upload(connection, who.site_id, upload_id, lock=True)
    elif lock == "site":
        lock_site(connection, who.site_id)
    elif lock == "trail":
        audit.note(connection, who.site_id, "S1", "something else")


def until_it_waits(agency: Agency, thread: threading.Thread) -> bool:
    """Whether the step waits for a lock, once it does or has ended."""
    question = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    end = time.monotonic() + 10
    while time.monotonic() < end and thread.is_alive():
        if agency.engine.dialect.name == "sqlite":
            thread.join(0.3)
            return thread.is_alive()
        with reading(agency.engine) as connection:
            if connection.execute(question).scalar_one():
                return True
        time.sleep(0.01)
    return False
