"""Copies of a database, each a test's own: a file, or a database in the cluster.

In the cluster one that a test is done with is put back as it was, for the next: a new one takes five times as long.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from tests.support.postgresql import Cluster

SHAPE = """
SELECT array(SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY oid),
       array(SELECT format('%s %s %s %s', attrelid, attname, atttypid, attnotnull) FROM pg_attribute
             WHERE attrelid > 16383 AND attnum > 0 ORDER BY 1),
       array(SELECT format('%s %s %s', oid, tgname, tgenabled) FROM pg_trigger ORDER BY 1),
       array(SELECT oid FROM pg_constraint ORDER BY oid),
       array(SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY oid)
"""
"""Everything of a database that a test could have changed besides rows."""


@contextmanager
def copied(template: str, place: Path | Cluster) -> Iterator[str]:
    """The URL of a copy of a database that nobody is connected to: a file in a folder, or one more in the cluster.

    The copy in the cluster is gone when the block ends.
    """
    if isinstance(place, Path):
        path = place / "caseload.db"
        shutil.copyfile(template.removeprefix("sqlite:///"), path)
        yield f"sqlite:///{path}"
        return
    name = _new_name()
    in_cluster(place, _create(name, template))
    yield place.url + name
    in_cluster(place, _drop(name))


class Copies:
    """Copies of a database in the cluster, one after the other. Nobody may be connected to the database itself."""

    def __init__(self, cluster: Cluster, template: str) -> None:
        self._cluster = cluster
        self._template = template
        self._used: list[str] = []
        self._rows: dict[str, bytes] = {}
        with psycopg.connect(template) as connection:
            self._shape = connection.execute(SHAPE).fetchone()
            self._numbers = connection.execute("SELECT sequencename, last_value FROM pg_sequences").fetchall()
            tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            for (table,) in tables:
                statement = sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))
                with connection.cursor().copy(statement) as rows:
                    self._rows[table] = b"".join(bytes(part) for part in rows)

    @contextmanager
    def one(self) -> Iterator[str]:
        """The URL of one, as the template was. When the block ends, nothing is to be found there any more."""
        name = self._used_before() or self._new()
        yield self._cluster.url + name
        self._used.append(_new_name())
        in_cluster(
            self._cluster,
            # Whoever still writes to it, out of a thread that a test left behind, must not write into the next test.
            f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'",
            f"ALTER DATABASE {name} RENAME TO {self._used[-1]}",
        )

    def _new(self) -> str:
        name = _new_name()
        in_cluster(self._cluster, _create(name, self._template))
        return name

    def _used_before(self) -> str | None:
        """The name of a copy that is put back as it was; None when there is none whose tables are still the same."""
        while self._used:
            name = self._used.pop()
            with psycopg.connect(self._cluster.url + name) as connection:
                same = connection.execute(SHAPE).fetchone() == self._shape
                if same:
                    self._put_back(connection)
            if same:
                return name
            in_cluster(self._cluster, _drop(name))
        return None

    def _put_back(self, connection: psycopg.Connection) -> None:
        connection.execute("SET session_replication_role = replica")  # so that no trigger and no reference objects
        tables = {table: sql.Identifier(table) for table in self._rows}
        connection.execute(sql.SQL(";").join(sql.SQL("DELETE FROM {}").format(table) for table in tables.values()))
        for table, rows in self._rows.items():
            if rows:
                with connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(tables[table])) as copy:
                    copy.write(rows)
        for name, last in self._numbers:
            connection.execute("SELECT setval(%s::regclass, %s, %s)", (name, last or 1, last is not None))


def in_cluster(cluster: Cluster, *statements: str) -> None:
    with psycopg.connect(cluster.url + "postgres", autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def _new_name() -> str:
    return f"copy_{secrets.token_hex(6)}"


def _create(name: str, template: str) -> str:
    return f"CREATE DATABASE {name} TEMPLATE {template.rpartition('/')[2]}"


def _drop(name: str) -> str:
    return f"DROP DATABASE {name} WITH (FORCE)"
