"""Stored SSNs that are none are found by their hashes, told, and taken out by the migration, which says how many."""

from __future__ import annotations

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, insert, select, text

from server.records import stored_ssns
from server.records.audit import OPERATOR, lines_of
from server.records.database import reading, writing
from server.records.migrate import FOLDER
from server.records.sites import create_site, revision
from server.records.ssn import SsnHasher, check_key
from server.records.stored_ssns import Shared, find_no_ssns, shared_ssns, take_out
from server.records.tables import participants

KEY = b"a key for tests"
HASHER = SsnHasher(KEY)
STORED = {
    "P1": "refused", "P2": "XXXXX6789", "P3": "999999999", "P4": "6789", "P5": "1.23E+08", "P6": "078051120",
    "P7": "123456780", "P8": "123456780", "P9": "000123456", "P10": "unheard-of",
}  # fmt: skip
"""As earlier versions kept them: what a file said, without hyphens and blanks."""


@pytest.fixture
def site(database: Engine) -> int:
    check_key(database, KEY)
    with writing(database) as connection:
        site_id = create_site(connection, "Agency")
        for participant_id, kept in STORED.items():
            person = {"participant_id": participant_id, "id_key": participant_id.lower()}
            connection.execute(insert(participants).values(site_id=site_id, ssn_hash=HASHER.hash(kept), **person))
    return site_id


def _kept(database: Engine) -> list[str]:
    with reading(database) as connection:
        query = select(participants.c.participant_id).where(participants.c.ssn_hash != "").order_by(participants.c.key)
        return list(connection.execute(query).scalars())


def test_what_is_proven_to_be_none_is_found_and_taken_out_and_everything_else_stays(
    database: Engine, site: int
) -> None:
    with writing(database) as connection:
        before = revision(connection, site)
        found = find_no_ssns(stored_ssns.stored_ssns(connection), KEY)
        assert {one.participant_id: one.what for one in found} == {
            "P1": stored_ssns.WORD, "P2": stored_ssns.PART, "P3": stored_ssns.PLACEHOLDER, "P4": stored_ssns.PART,
            "P5": stored_ssns.ROUNDED, "P6": stored_ssns.PLACEHOLDER,
        }  # fmt: skip
        assert shared_ssns(connection, {one.key for one in found}) == Shared(1, 2)
        assert take_out(connection, found, OPERATOR) == found
        assert (len(found), revision(connection, site) > before) == (6, True)
        [line] = [line for line in lines_of(connection, site) if "SSNs" in line.what]
        assert "2 were a part of a number" in line.detail
    assert _kept(database) == ["P7", "P8", "P9", "P10"]


def test_another_key_finds_nothing(database: Engine, site: int) -> None:
    with reading(database) as connection:
        assert find_no_ssns(stored_ssns.stored_ssns(connection), b"another") == []


def test_the_thorough_search_puts_lost_zeros_back(database: Engine, site: int, monkeypatch: pytest.MonkeyPatch) -> None:
    tries = [(stored_ssns.LOST_ZEROS, "12345678"), (stored_ssns.NEVER_ISSUED, "901234567")]
    monkeypatch.setattr(stored_ssns, "_all_tries", lambda thorough, step: iter(tries if thorough else ()))
    with writing(database) as connection:
        connection.execute(participants.update().values(ssn_hash=HASHER.hash("12345678")))
        assert find_no_ssns(stored_ssns.stored_ssns(connection), KEY) == []
        take_out(connection, find_no_ssns(stored_ssns.stored_ssns(connection), KEY, thorough=True), OPERATOR)
        kept = set(connection.execute(select(participants.c.ssn_hash)).scalars())
    assert kept == {HASHER.hash("012345678")}


def test_the_thorough_search_goes_on_with_every_number_that_is_never_issued() -> None:
    runs = stored_ssns._all_tries(True, None)
    few = sum(1 for _ in stored_ssns._few())
    for _ in range(few):
        next(runs)
    assert [next(runs) for _ in range(2)] == [(stored_ssns.ROUNDED, f"1.0000{digit}E+08") for digit in "01"]
    for _ in range(900_000 - 2):
        next(runs)
    assert next(runs) == (stored_ssns.NEVER_ISSUED, "000000000")


def _run_its_migration(database: Engine, key: object) -> list[str]:
    """Runs the one migration again that is about them, on a database that has all tables; gives what it tells."""
    told: list[str] = []
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    with writing(database) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0006'"))
        config.attributes.update(connection=connection, key=key, tell=told.append)
        command.upgrade(config, "0007")
    return told


def test_the_migration_takes_them_out_and_says_how_many(database: Engine, site: int) -> None:
    [sentence] = _run_its_migration(database, lambda: KEY)
    assert _kept(database) == ["P7", "P8", "P9", "P10"]
    assert "6 were none, and were taken out" in sentence


@pytest.mark.parametrize("key", [None, lambda: b"another"], ids=["no key", "another key"])
def test_without_its_key_the_migration_leaves_them_and_says_so(database: Engine, site: int, key: object) -> None:
    [sentence] = _run_its_migration(database, key)
    assert (len(_kept(database)), "ssn check --take-out" in sentence) == (len(STORED), True)
