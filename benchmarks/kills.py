"""Whatever is killed, however often: no upload is lost and none is written twice.

    python -m benchmarks.kills [--kills 1000] [--people 8] [--minutes 30]

Two web and two worker processes serve a small agency, first on SQLite and then on a PostgreSQL of the benchmark's own,
while people submit one upload after the other: each ends what the one before began, and begins something. Every submit
is sent twice, again and again until it is answered. Meanwhile SIGKILL strikes at random, one process or all of them.
When so many kills are done and everything has come to rest, every upload must be complete, and what is stored must be
what they say; what is printed is what it took, and how many were lost or doubled.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple, TextIO

from sqlalchemy import Engine, func, select

from server.records.database import open_database, reading
from server.records.migrate import migrate
from server.records.tables import assignments, uploads
from tests.server.uploads.test_killed import rows_for
from tests.support.agreement import assert_all_agree
from tests.support.copies import in_cluster
from tests.support.hosts import Hosts, hosts, settled, submit_until_answered
from tests.support.postgresql import NoPostgresql, cluster
from tests.support.served import Agency, found_agency

PARTICIPANTS = range(1, 41)
"""Of the small agency, those whom every test may write about."""
MOST_TURNS = 330
"""Uploads about one participant: each has a day of its own. After them come those about another."""


class ToldIds(NamedTuple):
    """What the people were told: the ids under which their submits were taken, in pairs."""

    first: list[str]
    again: list[str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--minutes", type=float, default=30.0, help="for each database, at most")
    asked = parser.parse_args()
    print(f"{os.cpu_count()} cores, of which the load is {os.getloadavg()[0]:.1f} before we begin", flush=True)
    asked.told = aside_from_the_servers()
    with tempfile.TemporaryDirectory(prefix="caseload-kills-") as folder:
        report("SQLite", f"sqlite:///{folder}/caseload.db", Path(folder) / "sqlite", asked)
        try:
            with cluster(options="") as running:
                in_cluster(running, "CREATE DATABASE kills")
                report("PostgreSQL", running.url + "kills", Path(folder) / "postgresql", asked)
        except NoPostgresql as missing:
            print(missing, file=asked.told)


def aside_from_the_servers() -> TextIO:
    """Where this benchmark tells of itself. Whatever a thousand servers say as they start is nobody's to read."""
    told = os.fdopen(os.dup(1), "w")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    return told


def report(title: str, url: str, folder: Path, asked: argparse.Namespace) -> None:
    folder.mkdir()
    with opened(url) as engine:
        agency = found_agency(url, engine, folder)
        before = stored(engine)
        began = time.monotonic()
        kills, told = killed_at_random(agency, folder, asked)
        took = time.monotonic() - began
        with reading(engine) as connection:
            by_state = connection.execute(
                select(uploads.c.state, func.count().label("n")).group_by(uploads.c.state)
            ).all()
            states: dict[str, int] = {row.state: row.n for row in by_state}
        complete, submitted = states.get("complete", 0), len(told.first)
        assert_all_agree(agency)
        print(
            f"{title}: {kills:,} kills in {took:,.0f} s, {submitted:,} uploads, each sent twice or more; "
            f"lost {submitted - complete}, doubled {stored(engine) - before - submitted}, "
            f"told two names {sum(one != other for one, other in zip(told.first, told.again, strict=True))}",
            file=asked.told,
            flush=True,
        )


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    engine = open_database(url)
    migrate(engine)
    try:
        yield engine
    finally:
        engine.dispose()


def stored(engine: Engine) -> int:
    with reading(engine) as connection:
        return int(connection.execute(select(func.count()).select_from(assignments)).scalar_one())


def killed_at_random(agency: Agency, folder: Path, asked: argparse.Namespace) -> tuple[int, ToldIds]:
    """How often something was killed, and what the people were told."""
    settings = agency.settings(folder, lease_seconds=1, attempts_limit=1_000_000)
    chance = random.Random(1)
    enough, told = threading.Event(), ToldIds([], [])
    until = time.monotonic() + asked.minutes * 60
    with hosts(settings, webs=2, workers=2) as running, ExitStack() as at_the_end:
        people = [
            threading.Thread(target=submits, args=(running, agency, PARTICIPANTS[first :: asked.people], enough, told))
            for first in range(asked.people)
        ]
        for person in people:
            person.start()
            at_the_end.callback(person.join)
        at_the_end.callback(enough.set)
        kills = 0
        while kills < asked.kills and time.monotonic() < until and any(person.is_alive() for person in people):
            time.sleep(chance.uniform(0.05, 0.8))  # long enough for some to get to work
            for name in running.names if chance.random() < 0.1 else chance.choices(running.names, [1, 1, 3, 3]):
                running.kill(name)
                running.start(name)
                kills += 1
        enough.set()
        for person in people:
            person.join()
        while not settled(agency):
            time.sleep(0.1)
    return kills, told


def submits(running: Hosts, agency: Agency, participants: range, enough: threading.Event, told: ToldIds) -> None:
    """One person's uploads, about one participant after the other, each sent when the one before is written."""
    for participant, turn in itertools.product(participants, range(MOST_TURNS)):
        if enough.is_set():
            return
        key, rows = f"{participant} {turn}", rows_for(participant, turn)
        ids = [submit_until_answered(running.addresses, agency.tokens["ADM"], key, rows) for _ in range(2)]
        told.first.append(ids[0])
        told.again.append(ids[1])
        while state(agency, ids[0]) in ("received", "validating", "writing"):
            time.sleep(0.05)


def state(agency: Agency, upload_id: str) -> str:
    with reading(agency.engine) as connection:
        return str(connection.execute(select(uploads.c.state).where(uploads.c.id == upload_id)).scalar_one())


if __name__ == "__main__":
    main()
