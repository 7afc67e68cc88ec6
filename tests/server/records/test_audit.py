"""The audit trail is only added to, and says where it was tampered with."""

from __future__ import annotations

import contextlib
import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, delete, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from server.records import audit
from server.records.database import reading, writing
from server.records.sites import create_site
from server.records.tables import audit as trail


@pytest.fixture
def site(database: Engine) -> int:
    with writing(database) as connection:
        site_id = create_site(connection, "Agency")
        for number in range(1, 6):
            audit.note(connection, site_id, "S1", "upload fixed", f"{number:032x}", f"{number} fixes")
    return site_id


def checked(database: Engine, site: int, seal: str = "") -> audit.TrailCheck:
    with reading(database) as connection:
        return audit.check(connection, site, seal)


def after(database: Engine, site: int, *statements: Any, seal: str = "") -> audit.TrailCheck:
    """What a check finds after something that only the database's owner can do; then it is as it was."""
    with database.connect() as connection:
        for name in ("audit_unchanged", "audit_kept"):
            connection.exec_driver_sql(f"DROP TRIGGER {name}{' ON audit' if database.name == 'postgresql' else ''}")
        for statement in statements:
            connection.execute(statement)
        found = audit.check(connection, site, seal)
        connection.rollback()
    return found


def test_a_staff_member_whose_id_is_that_of_another_actor_is_told_apart(database: Engine, site: int) -> None:
    ids = ["server", "Operator", "staff member server", "S1", "servers"]
    actors = [audit.SERVER, audit.OPERATOR, *ids]
    with writing(database) as connection:
        for who in actors:
            audit.note(connection, site, who, "looked")
    with reading(database) as connection:
        told = [line.who for line in audit.lines_of(connection, site) if line.what == "looked"]
    assert told == [
        "server", "operator",
        "staff member server", "staff member Operator", "staff member staff member server", "S1", "servers",
    ]  # fmt: skip
    assert checked(database, site).broken_at is None


def test_the_database_refuses_to_change_or_delete_a_line(database: Engine, site: int) -> None:
    statements: list[Any] = [update(trail).values(who="S2"), delete(trail)]
    for statement in statements:
        with pytest.raises(DBAPIError, match="only added to"), writing(database) as connection:
            connection.execute(statement)
    assert (checked(database, site).lines, checked(database, site).broken_at) == (6, None)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)  # on PostgreSQL to replace is to change
@pytest.mark.parametrize("how", ["INSERT OR REPLACE", "REPLACE", "INSERT OR IGNORE", "INSERT"])
def test_sqlite_refuses_to_put_another_line_in_the_place_of_one(database: Engine, site: int, how: str) -> None:
    for key, number in (("(SELECT max(key) FROM audit)", 7), ("99", 3), ("99", 6), ("1", 6), ("99", 9)):
        line = f"{how} INTO audit (key, site_id, number, at, who, what, seal) "
        line += f"VALUES ({key}, {site}, {number}, '2026-03-04', 'S9', 'nothing', '')"
        with contextlib.suppress(DBAPIError), writing(database) as connection:
            connection.exec_driver_sql(line)
    assert (checked(database, site).lines, checked(database, site).broken_at) == (6, None)
    with writing(database) as connection:
        audit.note(connection, site, "S1", "upload undone")
    assert (checked(database, site).lines, checked(database, site).broken_at) == (7, None)


def test_a_line_that_was_changed_taken_out_or_put_in_is_named(database: Engine, site: int) -> None:
    fourth = update(trail).where(trail.c.number == 4)
    changes: list[dict[str, Any]] = [
        {"who": "S2"},
        {"what": "upload cancelled"},
        {"detail": ""},
        {"upload_id": None},
        {"at": datetime(2026, 3, 4, tzinfo=UTC)},
        {"number": 9},
        {"seal": "0" * 64},
    ]
    assert [after(database, site, fourth.values(change)).broken_at for change in changes] == [4] * 7
    assert after(database, site, delete(trail).where(trail.c.number == 2)).broken_at == 2
    forged = {"site_id": site, "number": 7, "at": datetime.now(UTC), "who": "S2", "what": "upload undone"}
    assert after(database, site, insert(trail).values(seal="0" * 64, **forged)).broken_at == 7


def test_a_line_that_was_changed_and_sealed_anew_breaks_the_one_after_it(database: Engine, site: int) -> None:
    with reading(database) as connection:
        lines = list(audit.lines_of(connection, site))
    seal = audit.seal_of(lines[2]._replace(who="S2"), lines[1].seal)
    third = update(trail).where(trail.c.number == 3)
    assert after(database, site, third.values(who="S2", seal=seal)).broken_at == 4


def test_oldest_lines_that_were_taken_out_are_missed_even_when_all_others_were_sealed_anew(
    database: Engine, site: int
) -> None:
    with reading(database) as connection:
        lines = list(audit.lines_of(connection, site))[2:]
    statements: list[Any] = [delete(trail).where(trail.c.number < 3)]
    seal = ""
    for line in lines:
        seal = audit.seal_of(line, seal)
        statements.append(update(trail).where(trail.c.number == line.number).values(seal=seal))
    assert after(database, site, *statements).broken_at == 1


def test_newest_lines_that_were_cut_off_are_noticed_by_a_seal_that_was_put_down_before(
    database: Engine, site: int
) -> None:
    head = checked(database, site).head
    assert checked(database, site, head).found
    cut = after(database, site, delete(trail).where(trail.c.number > 4), seal=head)
    assert (cut.lines, cut.broken_at, cut.found) == (4, None, False)


def test_each_site_has_a_trail_of_its_own(database: Engine, site: int) -> None:
    with writing(database) as connection:
        other = create_site(connection, "Other")
    assert [checked(database, one).lines for one in (site, other)] == [6, 1]
    with reading(database) as connection:
        assert [line.number for line in audit.lines_of(connection, site, f"{3:032x}")] == [4]


def test_lines_that_are_written_at_the_same_time_make_one_chain(database: Engine, site: int) -> None:
    def write(who: str) -> None:
        for number in range(5):
            with writing(database) as connection:
                audit.note(connection, site, who, "upload fixed", detail=str(number))

    threads = [threading.Thread(target=write, args=(f"S{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(database) as connection:
        assert connection.execute(select(func.count()).select_from(trail)).scalar_one() == 36
    assert (checked(database, site).lines, checked(database, site).broken_at) == (36, None)
