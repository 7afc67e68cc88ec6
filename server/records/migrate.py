"""Migrate a database of any age to the tables of this version."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from server.records.database import reading, writing

FOLDER = Path(__file__).parent / "migrations"
_ADVISORY_LOCK = 0x43534C44
"""Any number, the same in every process: who holds this lock is the one that migrates."""


class NewerDatabase(Exception):
    """The database was made by a newer version of the program; the message is one plain sentence."""


def migrate(engine: Engine, key: Callable[[], bytes] | None = None, tell: Callable[[str], None] | None = None) -> bool:
    """Runs the migrations that are missing, all or none, and says whether there were any.

    `key`: gives the key of the stored SSNs, called only where it is needed; `tell`: takes a sentence about what a
    migration has changed in the records. Any number of processes may start at once: one migrates, the others wait for
    it. Raises NewerDatabase when a newer version was here before.
    """
    with reading(engine) as connection:
        if _is_current(connection):
            return False
    from alembic import command  # the first time only: every start and every command asks whether there is something
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            # A migration may take as long as it needs, and so may the processes that wait for it.
            connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (_ADVISORY_LOCK,))
        if _is_current(connection):
            return False
        config.attributes.update(connection=connection, key=key, tell=tell or _say_nothing)
        command.upgrade(config, "head")
    return True


def _say_nothing(sentence: str) -> None:
    """For callers who do not need to know what was changed."""


def revisions() -> list[str]:
    """All that there are, the oldest first: a migration's file is named by its revision."""
    return sorted(path.name[1:5] for path in (FOLDER / "versions").glob("r[0-9]*.py"))


def _is_current(connection: Connection) -> bool:
    if not inspect(connection).has_table("alembic_version"):
        return False
    stored = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if stored is not None and stored not in revisions():
        raise NewerDatabase(
            "The database was made by a newer version of Caseload Upload. Install that version, then start again."
        )
    return stored == revisions()[-1]
