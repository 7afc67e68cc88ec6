"""A write that hangs in the middle, on either database: the moment to kill whoever does it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, text, update
from sqlalchemy.exc import OperationalError

from server.records.database import reading, writing
from server.records.tables import sites


@contextmanager
def stuck(engine: Engine, table: str, statement: str) -> Iterator[Callable[[], bool]]:
    """Makes every insert into `table` hang; gives a question that is answered with yes once one hangs.

    `statement`: how the insert begins on PostgreSQL, such as `COPY assignments`.
    """
    if engine.dialect.name == "sqlite":
        crowd = ", ".join(f"feeder_values f{number}" for number in range(14))
        with writing(engine) as connection:
            connection.exec_driver_sql(
                f"CREATE TRIGGER slow BEFORE INSERT ON {table} BEGIN SELECT count(*) FROM {crowd}; END"
            )

        def hangs() -> bool:
            try:
                with writing(engine, wait=False):
                    return False
            except OperationalError:
                return True

        yield hangs
        with writing(engine) as connection:
            connection.exec_driver_sql("DROP TRIGGER slow")
        return
    with engine.connect() as holder:
        holder.exec_driver_sql(f"LOCK TABLE {table} IN EXCLUSIVE MODE")

        def waits() -> bool:
            with reading(engine) as connection:
                waiting = text(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                    "AND wait_event_type = 'Lock' AND query LIKE :beginning"
                )
                return bool(connection.execute(waiting, {"beginning": f"{statement}%"}).scalar_one())

        yield waits
        holder.rollback()


def is_free(engine: Engine) -> bool:
    """Whether nobody holds the sites, so that a write would begin at once."""
    try:
        with writing(engine, wait=False) as connection:
            connection.execute(update(sites).values(name=sites.c.name))
            return True
    except OperationalError:
        return False
