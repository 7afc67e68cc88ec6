"""A copy of a database that is used again is as a new one would be."""

from __future__ import annotations

import psycopg
import pytest

from tests.support.copies import SHAPE, Copies
from tests.support.postgresql import Cluster

SITE = "INSERT INTO sites (name, duplicate_check, one_primary) VALUES ('One', '', true) RETURNING id"


def test_what_a_test_wrote_is_gone_and_its_address_too(postgresql: Cluster, postgresql_template: str) -> None:
    copies = Copies(postgresql, postgresql_template)
    for _ in range(2):
        with copies.one() as url, psycopg.connect(url) as connection:
            assert connection.execute("SELECT count(*) FROM sites").fetchall() == [(0,)]
            assert connection.execute(SITE).fetchall() == [(1,)], "numbers begin anew, too"
        with pytest.raises(psycopg.OperationalError, match="does not exist"):
            psycopg.connect(url)


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE left_behind (id int)",
        "ALTER TABLE sites DROP COLUMN name",
        "ALTER TABLE outbox DISABLE TRIGGER ALL",
        "CREATE FUNCTION left_behind() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ],
)
def test_a_copy_whose_tables_were_changed_is_not_used_again(
    postgresql: Cluster, postgresql_template: str, change: str
) -> None:
    copies = Copies(postgresql, postgresql_template)
    with copies.one() as url, psycopg.connect(url, autocommit=True) as connection:
        shape = connection.execute(SHAPE).fetchone()
        connection.execute(change.encode())
        assert connection.execute(SHAPE).fetchone() != shape
    with copies.one() as url, psycopg.connect(url) as connection:
        assert connection.execute(SHAPE).fetchone() == shape
