"""Brings a database to the shape that this version of the program knows (the tables), however old it is."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from server.records.database import reading, writing

FOLDER = Path(__file__).parent / "migrations"
_ADVISORY_LOCK = 0x43534C44
"""Any number, the same in every process: who holds this lock is the one that migrates."""


class NewerDatabase(Exception):
    """The database was made by a newer version of the program; the message is one plain sentence."""


def migrate(engine: Engine) -> bool:
    """Runs the migrations that are missing, all or none, and says whether there were any.

    Any number of processes may start at once: one migrates, the others wait for it.
    Raises NewerDatabase when a newer version was here before.
    """
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    script = ScriptDirectory.from_config(config)
    with reading(engine) as connection:
        if _is_current(connection, script):
            return False
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            # Whoever migrates may take as long as it takes, and so may those who wait for it.
            connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (_ADVISORY_LOCK,))
        if _is_current(connection, script):
            return False
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return True


def _is_current(connection: Connection, script: ScriptDirectory) -> bool:
    stored = MigrationContext.configure(connection).get_current_revision()
    if stored is None or stored == script.get_current_head():
        return stored is not None
    if stored not in {revision.revision for revision in script.walk_revisions()}:
        raise NewerDatabase(
            "The database was made by a newer version of Caseload Upload. Install that version, then start again."
        )
    return False
