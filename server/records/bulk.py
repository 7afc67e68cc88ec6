"""Read and write many rows at once through the database driver, bypassing SQLAlchemy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError


def insert_rows(connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Inserts `rows` (one value for each of `columns`) in the connection's transaction.

    Sorted by the table's key they go in fastest. Values pass through the driver untouched: dates are ISO text.
    """
    iterator = iter(rows)
    first = next(iterator, None)
    if first is None:
        return
    names = ", ".join(f'"{column}"' for column in columns)
    with driver_cursor(connection) as cursor:
        if connection.dialect.name == "postgresql":
            with cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
                for row in chain((first,), iterator):
                    copy.write_row(row)
        else:
            marks = ", ".join("?" * len(columns))
            cursor.executemany(
                f"INSERT INTO {table.name} ({names}) VALUES ({marks})",  # noqa: S608 - our own table and columns
                chain((first,), iterator),
            )


def execute_many(connection: Connection, statement: str, rows: Sequence[Sequence[Any]]) -> int:
    """Runs one statement, its values marked by `?`, for each of `rows`; gives the number of rows it changed."""
    if not rows:
        return 0
    with driver_cursor(connection) as cursor:
        if connection.dialect.name == "postgresql":
            statement = statement.replace("?", "%s")
        cursor.executemany(statement, rows)
        return int(cursor.rowcount)


@contextmanager
def driver_cursor(connection: Connection) -> Iterator[Any]:
    """A cursor of the driver itself, in the connection's transaction. What it raises arrives as SQLAlchemy would have
    raised it, so that a database that is full or gone is known for what it is, by whatever road it was used."""
    dialect = connection.dialect
    assert dialect.loaded_dbapi is not None
    known: type[Exception] = dialect.loaded_dbapi.Error
    cursor: Any = connection.connection.cursor()
    try:
        yield cursor
    except known as error:
        raise DBAPIError.instance(None, None, error, known, hide_parameters=True, dialect=dialect) from error
    finally:
        cursor.close()
