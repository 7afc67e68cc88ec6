"""The migrations give exactly the tables, on both databases, however many processes start at once."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from pydantic import SecretStr
from sqlalchemy import Engine, column, insert, select, table, text

from server.judge.reference import TriedSsns
from server.records import audit
from server.records.column_kinds import Instant
from server.records.database import open_database, reading, writing
from server.records.migrate import FOLDER, NewerDatabase, migrate, revisions
from server.records.remembered import remembered
from server.records.ssn import SsnHasher
from server.records.ssn_tries import tried_lately
from server.records.stored_ids import clean_all_ids
from server.records.tables import metadata, participants, sites, staff, tokens, uploads
from server.records.tokens import Principal, authenticate, create_token
from server.records.uploads import database_now, kept_key
from server.settings import Settings
from tests.support.hosts import hosts
from tests.support.killing import can_kill


def _shape(engine: Engine) -> list[str]:
    """Every table and index as the database itself describes it."""
    with reading(engine) as connection:
        if connection.dialect.name == "sqlite":
            rows = connection.execute(
                text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'alembic%'")
            )
        else:
            rows = connection.execute(
                text(
                    "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version' "
                    "UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) "
                    "FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conname NOT LIKE 'alembic%' "
                    "UNION ALL SELECT concat_ws(' ', table_name, column_name, data_type, character_maximum_length, "
                    "is_nullable, column_default) FROM information_schema.columns "
                    "WHERE table_schema = 'public' AND table_name <> 'alembic_version'"
                )
            )
        # SQLite tells a table's constraints in the order they were written, which means nothing.
        statements = [" ".join(row[0].split()).replace(" ) WITHOUT", " CONSTRAINT WITHOUT") for row in rows]
        parts = [statement.removesuffix(" )").split(" CONSTRAINT ") for statement in statements]
        return sorted(str(sorted(part.removesuffix(",") for part in statement)) for statement in parts)


def test_a_migrated_database_has_exactly_the_tables_of_the_program(database: Engine, bare_database_url: str) -> None:
    with reading(database) as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    made = open_database(bare_database_url)
    with writing(made) as connection:
        metadata.create_all(connection)
    assert _shape(database) == _shape(made)
    made.dispose()


def test_migrating_twice_changes_nothing_the_second_time(bare_database_url: str) -> None:
    engine = open_database(bare_database_url)
    assert [migrate(engine), migrate(engine)] == [True, False]
    engine.dispose()


def test_processes_that_start_at_once_migrate_once(bare_database_url: str) -> None:
    program = (
        "import sys; from server.records.database import open_database; from server.records.migrate import migrate; "
        "print(migrate(open_database(sys.argv[1])))"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", program, bare_database_url], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    answers = sorted(process.communicate(timeout=60)[0].strip() for process in started)
    assert answers == ["False", "False", "False", "True"]


@can_kill
def test_servers_and_workers_that_start_at_once_on_a_new_database_all_come_up(
    bare_database_url: str, tmp_path: Path
) -> None:
    settings = Settings(database_url=bare_database_url, secret_key=SecretStr("a key for tests"), mail_folder=tmp_path)
    with hosts(settings, webs=2, workers=2) as running:
        assert all(running.is_running(name) for name in running.names)
        engine = open_database(bare_database_url)
        assert not migrate(engine)
        engine.dispose()


def test_the_migrations_make_one_line_in_the_order_of_their_files() -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    line = [one.revision for one in ScriptDirectory.from_config(config).walk_revisions()]
    assert list(reversed(line)) == revisions()


def test_a_database_of_a_newer_version_is_left_alone(database: Engine) -> None:
    with writing(database) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerDatabase, match="newer version"):
        migrate(database)


def test_a_database_of_an_earlier_version_is_brought_up_to_date_with_all_it_holds(bare_database_url: str) -> None:
    """A site, what it remembers, a token that still opens, and an audit trail that is sealed from here on."""
    engine = open_database(bare_database_url)
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    moment = datetime(2026, 3, 4, 5, 6, 7, 89, tzinfo=UTC)
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        site = connection.execute(
            insert(sites).values(name="Agency", duplicate_check="[]", one_primary=False).returning(sites.c.id)
        ).scalar_one()
        connection.execute(
            text(
                "INSERT INTO aliases (site_id, column_header, value_key, replacement, created_at) "
                "VALUES (:site, 'Caseload Status', 'live', 'Active', '2026-01-02 03:04:05')"
            ),
            {"site": site},
        )
        person = {"site_id": site, "staff_id": "S1", "active": True, "caseload_access": True, "administrator": True}
        owner = connection.execute(insert(staff).values(person).returning(staff.c.key)).scalar_one()
        old = {"site_id": site, "staff_key": owner, "created_at": moment, "expires_at": moment + timedelta(days=9)}
        for number, token in enumerate(("clt_an_old_token", "clt_another"), start=7):
            hashed = hashlib.sha256(token.encode()).hexdigest()
            connection.execute(insert(tokens).values(key=number, token_hash=hashed, **old))
        line = table("audit", *(column(name) for name in ("site_id", "who", "what")), column("at", Instant))
        for what in ("upload received", "upload complete"):
            connection.execute(insert(line).values(site_id=site, at=moment, who="S1", what=what))
    assert migrate(engine)
    with reading(engine) as connection:
        assert connection.execute(select(sites.c.name)).scalar_one() == "Agency"
        key = ("Caseload Status", "live")
        assert remembered(connection, site, [key], 0)[key].replacement == "Active"
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        found = authenticate(connection, "clt_an_old_token", moment)
        assert isinstance(found, Principal)
        assert (found.staff_id, found.token_key) == ("S1", 7)
    with writing(engine) as connection:
        assert isinstance(authenticate(connection, create_token(connection, site, "S1", days=1)), Principal)
        trail = audit.check(connection, site)
        assert (trail.lines, trail.broken_at) == (3, None)
        assert [line.at for line in audit.lines_of(connection, site)][:2] == [moment, moment]
    engine.dispose()


@pytest.mark.parametrize("key", [b"a key for tests alone", None])
def test_stored_idempotency_keys_are_hashed_or_where_that_cannot_be_forgotten(
    bare_database_url: str, key: bytes | None
) -> None:
    engine = open_database(bare_database_url)
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    with writing(engine) as connection:
        config.attributes.update(connection=connection, tell=lambda _sentence: None)
        command.upgrade(config, "0010")
        site = connection.execute(
            insert(sites).values(name="Agency", duplicate_check="[]", one_primary=False).returning(sites.c.id)
        ).scalar_one()
        person = {"site_id": site, "staff_id": "S1", "active": True, "caseload_access": True, "administrator": True}
        owner = connection.execute(insert(staff).values(person).returning(staff.c.key)).scalar_one()
        for name in ("first-1", "second-1"):
            values = {"site_id": site, "staff_key": owner, "id": name, "idempotency_key": name, "received": 1}
            values |= {"content_hash": "", "filename": "", "state": "complete"}
            connection.execute(insert(uploads).values(**values, submitted_at=database_now(connection)))
    said: list[str] = []
    migrate(engine, None if key is None else lambda: key, said.append)
    with reading(engine) as connection:
        kept = dict(tuple(row) for row in connection.execute(select(uploads.c.id, uploads.c.idempotency_key)))
    engine.dispose()
    if key is not None:
        assert kept == {name: kept_key(SsnHasher(key), name) for name in ("first-1", "second-1")}
    else:
        assert {len(one) for one in kept.values()} == {64}
    assert [one.partition(",")[0] for one in said] == (
        [] if key is not None else ["The keys under which uploads were sent are forgotten"]
    )


def test_ssns_that_were_tried_before_an_upgrade_count_after_it(bare_database_url: str) -> None:
    engine = open_database(bare_database_url)
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    with writing(engine) as connection:
        config.attributes.update(connection=connection)
        command.upgrade(config, "0012")
        site = connection.execute(
            insert(sites).values(name="Agency", duplicate_check="[]", one_primary=False).returning(sites.c.id)
        ).scalar_one()
        person = {"site_id": site, "staff_id": "S1", "active": True, "caseload_access": True, "administrator": True}
        by = connection.execute(insert(staff).values(person).returning(staff.c.key)).scalar_one()
        line = table(
            "ssn_tries", *(column(one) for one in ("site_id", "day", "participant_key", "staff_key", "ssn_hash"))
        )
        tried = {"site_id": site, "day": "2026-03-04", "staff_key": by}
        for participant_key in (0, 7):
            connection.execute(insert(line).values(**tried, participant_key=participant_key, ssn_hash="a"))
    migrate(engine)
    with reading(engine) as connection:
        assert tried_lately(connection, site, by, [7]) == TriedSsns({7: frozenset("a")}, frozenset("a"))
    engine.dispose()


def test_ids_stored_with_decomposed_accents_are_found_anew_and_those_that_are_another_s_are_told(
    database: Engine,
) -> None:
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    with writing(database) as connection:
        for number, name in enumerate(("Agency", "Other"), 1):
            connection.execute(insert(sites).values(id=number, name=name, duplicate_check="[]", one_primary=False))
        for site_id, participant_id, id_key in (
            (1, decomposed + "1", decomposed + "1"), (1, composed + "2", composed + "2"),
            (1, decomposed + "2", decomposed + "2"), (2, composed + "1", decomposed + "1"), (2, "P1", "p1"),
        ):  # fmt: skip
            connection.execute(
                insert(participants).values(site_id=site_id, participant_id=participant_id, id_key=id_key)
            )
        told = clean_all_ids(connection)
        query = select(participants.c.participant_id, participants.c.id_key).order_by(participants.c.key)
        rows = connection.execute(query).all()
        assert clean_all_ids(connection)[1:] == [], "the second time there is nothing to do but to tell of the two"
    assert [tuple(row) for row in rows] == [
        (composed + "1", composed + "1"), (composed + "2", composed + "2"), (decomposed + "2", composed + "2"),
        (composed + "1", composed + "1"), ("P1", "p1"),
    ]  # fmt: skip
    assert [sentence.split(".")[0] for sentence in told] == [
        "Agency: 1 stored Participant IDs held characters that nobody sees, or accents apart from their letters; they "
        "are written as a sheet's are read now",
        f"Agency: Two participants are stored under one ID, one of them with such characters: {composed}2",
        "Agency: 1 stored Participant IDs are found anew, however their accents are written",
        f"Agency: Of these 1 read as another participant's ID: {decomposed}2",
        "Other: 1 stored Participant IDs are found anew, however their accents are written",
    ]
