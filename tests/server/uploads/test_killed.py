"""Killed with SIGKILL at every step, or frozen and woken: nothing is lost, nothing is written twice (SPEC 6)."""

from __future__ import annotations

import email
import threading
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Engine, inspect, select, update

from server.mail import deliver_next
from server.records import outbox
from server.records.database import open_database, reading, writing
from server.records.migrate import migrate
from server.records.tables import outbox as outbox_table
from server.records.tables import uploads as upload_table
from server.records.tokens import Principal, authenticate
from server.records.uploads import database_now
from server.settings import Settings
from server.uploads import lifecycle, undo
from server.worker import take_up_next, work_until
from tests.server.uploads.test_worker import state, until
from tests.support.agreement import assert_all_agree
from tests.support.killing import can_kill, frozen_at, killed_at, wake
from tests.support.served import Agency, insert, table
from tests.support.served import update as ending
from tests.support.stuck import is_free
from workbook.sheet import Sheet, sheet_of
from workbook.upload_state import RUNNING

pytestmark = [can_kill, pytest.mark.slow]

IN_A_WRITE = {
    "handed back", "UPDATE uploads", "UPDATE sites", "INSERT INTO upload_sheets", "INSERT INTO audit",
    "INSERT INTO outbox", "commit",
}  # fmt: skip
"""Steps that every write goes through: whoever names them all was killed in the middle of it, too."""


def sheet(*rows: list[Any]) -> Sheet:
    given = table(*rows)
    return sheet_of(given["header"], given["rows"])


def administrator(agency: Agency) -> Principal:
    with reading(agency.engine) as connection:
        who = authenticate(connection, agency.tokens["ADM"])
    assert isinstance(who, Principal)
    return who


def day(number: int) -> str:
    return f"2024-{number // 28 + 1:02d}-{number % 28 + 1:02d}"


def rows_for(person: int, turn: int) -> list[list[Any]]:
    """What can be written turn after turn: it ends what the turn before began, and begins something."""
    who: dict[str, Any] = {"participant": f"Q{person:04d}", "caseworker": "Carla Ruiz"}
    begun = insert(**who, program="", relationship="Primary", start=day(turn))
    return [ending(**who, end=day(turn)), begun] if turn else [begun]


def leases_lapse(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(
            update(upload_table)
            .where(upload_table.c.state.in_(RUNNING), upload_table.c.leased_until.is_not(None))
            .values(leased_until=database_now(connection))
        )


def work_off(agency: Agency, settings: Settings) -> None:
    """Another worker takes up what there is, as soon as PostgreSQL has noticed who is dead, and sends the mails."""

    def all_done() -> bool:
        leases_lapse(agency.engine)
        while take_up_next(agency.engine, settings) is not None:
            pass
        with reading(agency.engine) as connection:
            waiting = select(upload_table.c.id).where(upload_table.c.state.in_(RUNNING))
            return connection.execute(waiting).first() is None

    until(all_done)
    with writing(agency.engine) as connection:  # nor do mails wait, of which too many would be told in one
        connection.execute(update(outbox_table).values(sent_at=database_now(connection)))


def test_a_worker_killed_at_any_step_is_followed_by_one_that_writes_each_upload_once(
    agency: Agency, tmp_path: Path
) -> None:
    who, settings, steps = administrator(agency), agency.settings(tmp_path), []
    for step in count(1):
        for person in (1, 2):
            key, rows = f"{step} {person}", sheet(*rows_for(person, step - 1))
            lifecycle.submit(agency.engine, who, key, lifecycle.Submission("june.csv", rows))
        name = killed_at(step, tmp_path / "step", take_up_next, agency.url, settings)
        assert_all_agree(agency)
        work_off(agency, settings)
        assert assert_all_agree(agency) == {"complete": 2 * step}
        if name is None:
            break
        steps.append(name)
    assert len(agency.assignments()) == 3 + 2 * step
    assert {*IN_A_WRITE} <= {*steps}
    assert len(steps) >= 20, steps


class Call(NamedTuple):
    """Something that a person does to an upload, and the state it is in before and afterwards."""

    do: Callable[[Engine, Principal, str], object]
    before: str
    after: str
    rows: tuple[list[Any], ...] = (insert("P2"), ending("P1"))
    test_rows: int | None = None


WRONG = (insert("P9"),)
CALLS = {
    "undo": Call(undo.undo, "complete", "undone"),
    "roll back": Call(undo.roll_back, "complete", "undone", test_rows=2),
    "keep": Call(undo.keep, "complete", "complete", test_rows=2),
    "cancel": Call(lifecycle.cancel, "needs-fixes", "cancelled", WRONG),
}


@pytest.mark.parametrize("name", CALLS)
def test_what_a_person_does_is_done_once_when_the_server_is_killed_at_any_step_and_asked_again(
    agency: Agency, tmp_path: Path, name: str
) -> None:
    who, settings, call = administrator(agency), agency.settings(tmp_path), CALLS[name]
    steps = []
    for step in count(1):
        kept = lifecycle.submit(
            agency.engine, who, str(step), lifecycle.Submission("a.csv", sheet(*call.rows), (), call.test_rows)
        )
        take_up_next(agency.engine, settings)
        assert state(agency, kept.id) == call.before
        killed = killed_at(step, tmp_path / "step", call.do, agency.url, who, kept.id)
        assert state(agency, kept.id) in (call.before, call.after)
        assert_all_agree(agency)
        for _ in range(2):
            call.do(agency.engine, who, kept.id)
        assert state(agency, kept.id) == call.after
        assert_all_agree(agency)
        if call.after == "complete":
            undo.undo(agency.engine, who, kept.id)
        if killed is None:
            break
        steps.append(killed)
    assert len(agency.assignments()) == 3
    assert {"commit", "handed back", "INSERT INTO audit"} <= {*steps}


def send(engine: Engine, who: Principal, key: str, rows: Sheet) -> str:
    return lifecycle.submit(engine, who, key, lifecycle.Submission("june.csv", rows)).id


def test_a_submit_whose_server_is_killed_at_any_step_and_that_is_sent_again_gives_one_upload(
    agency: Agency, tmp_path: Path
) -> None:
    who, settings, steps = administrator(agency), agency.settings(tmp_path), []
    for step in count(1):
        rows = sheet(*rows_for(1, step - 1))
        killed = killed_at(step, tmp_path / "step", send, agency.url, who, str(step), rows)
        again = [send(agency.engine, who, str(step), rows) for _ in range(2)]
        assert again[0] == again[1]
        while take_up_next(agency.engine, settings) is not None:
            pass
        assert assert_all_agree(agency) == {"complete": step}
        if killed is None:
            break
        steps.append(killed)
    assert {"INSERT INTO uploads", "INSERT INTO upload_sheets", "commit", "handed back"} <= {*steps}


def test_a_mail_whose_sender_is_killed_at_any_step_is_sent_all_the_same_and_told_to_be_the_same(
    agency: Agency, tmp_path: Path
) -> None:
    settings, steps = agency.settings(tmp_path), []
    for step in count(1):
        with writing(agency.engine) as connection:
            outbox.put(connection, agency.site_id, "carla@agency.test", f"Mail {step}", "It is done.\n", step)
        killed = killed_at(step, tmp_path / "step", deliver_next, agency.url, settings)
        with writing(agency.engine) as connection:  # the time that a mail in hand is left alone has passed
            connection.execute(update(outbox_table).values(next_attempt_at=outbox_table.c.created_at))
        until(lambda: not deliver_next(agency.engine, settings))
        sent = [email.message_from_bytes(path.read_bytes()) for path in settings.mails.glob("[!.]*.eml")]
        assert sorted(one["Subject"] for one in sent) == sorted(f"Mail {number}" for number in range(1, step + 1))
        assert len({one["Message-ID"] for one in sent}) == step
        if killed is None:
            break
        steps.append(killed)
    assert steps.count("commit") == 2, "one to take it, one to mark it as sent"


def test_a_migration_killed_at_any_step_leaves_nothing_of_itself_and_is_done_by_the_next(
    bare_database_url: str, tmp_path: Path
) -> None:
    engine = open_database(bare_database_url)
    for step in count(1, 5):
        killed = killed_at(step, tmp_path / "step", migrate, bare_database_url)
        if killed is None or killed == "handed back":  # after the transaction was kept
            break
        if killed != "commit":
            assert inspect(engine).get_table_names() == []
    migrate(engine)
    assert not migrate(engine)
    assert "uploads" in inspect(engine).get_table_names()
    assert step > 30
    engine.dispose()


class OneTurn(threading.Event):
    """Stops a worker before its second turn."""

    def is_set(self) -> bool:
        was, self.turned = getattr(self, "turned", False), True
        return was

    def wait(self, timeout: float | None = None) -> bool:
        return True


def one_turn(engine: Engine, settings: Settings) -> None:
    work_until(OneTurn(), engine, settings)


def test_a_worker_that_is_frozen_at_a_step_and_wakes_up_again_does_not_write_what_another_wrote(
    agency: Agency, tmp_path: Path
) -> None:
    who, settings = administrator(agency), agency.settings(tmp_path)
    for turn, step in enumerate(range(1, 25, 2)):
        for person in (1, 2):
            rows = sheet(*rows_for(person, turn))
            lifecycle.submit(agency.engine, who, f"{step} {person}", lifecycle.Submission("june.csv", rows))
        with frozen_at(step, tmp_path / "step", one_turn, agency.url, settings) as frozen:
            assert frozen is not None, f"it was done before it came to step {step}"
            if agency.engine.dialect.name == "sqlite" and not is_free(agency.engine):
                wake(frozen)  # it holds the one lock, so that nobody can do anything before it wakes up
            work_off(agency, settings)
            assert assert_all_agree(agency) == {"complete": 2 * turn + 2}
            wake(frozen)
            frozen.join(30)
            assert frozen.exitcode == 0
        assert assert_all_agree(agency) == {"complete": 2 * turn + 2}
