"""Several web and worker processes on one database: each upload once, whoever dies, and behind a proxy, too."""

from __future__ import annotations

import random
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.server.uploads.test_worker import until
from tests.support.agreement import assert_all_agree
from tests.support.hosts import answering, by_many, free_ports, hosts, settled, submit_until_answered
from tests.support.killing import can_kill
from tests.support.loopback import listening
from tests.support.proxy import certificate_in, is_open, needs_nginx, nginx
from tests.support.served import Agency, insert, table

pytestmark = [can_kill, pytest.mark.slow]


def somebody(number: int) -> list[list[Any]]:
    """A row for each of 160 numbers that can be written beside all the others."""
    caseworker, relationship = ("Carla Ruiz", "Robert Smith")[number % 2], ("Primary", "Secondary")[number // 2 % 2]
    return [insert(f"Q{number // 4 + 1:04d}", program="", caseworker=caseworker, relationship=relationship)]


def test_whatever_is_killed_at_random_nothing_is_lost_and_nothing_written_twice(agency: Agency, tmp_path: Path) -> None:
    """Two web and two worker processes, killed one by one or all at once, while uploads come in; every submit is sent
    twice, as by somebody who presses the button again."""
    settings = agency.settings(tmp_path, lease_seconds=1, attempts_limit=1000)
    seed = time.time_ns()
    chance = random.Random(seed)
    kills = 0
    with hosts(settings, webs=2, workers=2) as running:
        submit = partial(submit_until_answered, running.addresses, agency.tokens["ADM"])
        jobs = [partial(submit, str(number // 2), somebody(number // 2)) for number in range(40)]
        answers: list[str] = []
        people = threading.Thread(target=lambda: answers.extend(by_many(4, jobs)))
        people.start()
        while kills < 30 or people.is_alive():
            time.sleep(chance.uniform(0.02, 0.2))
            doomed = running.names if chance.random() < 0.1 else chance.choices(running.names, [1, 1, 3, 3])
            for name in doomed:
                running.kill(name)
                kills += 1
            for name in doomed:
                running.start(name)
            if kills > 120:
                break
        people.join()
        until(lambda: settled(agency), seconds=60)
    assert answers[::2] == answers[1::2], f"one upload for each key (seed {seed})"
    assert assert_all_agree(agency) == {"complete": 20}, f"seed {seed}"
    assert len(agency.assignments()) == 3 + 20, f"seed {seed}"


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_two_web_and_two_worker_processes_share_fifty_uploads(agency: Agency, tmp_path: Path) -> None:
    with hosts(agency.settings(tmp_path), webs=2, workers=2) as running:
        submit = partial(submit_until_answered, running.addresses, agency.tokens["ADM"])
        ids = by_many(10, [partial(submit, str(number), somebody(number)) for number in range(50)])
        until(lambda: settled(agency), seconds=60)
    assert len({*ids}) == 50
    assert assert_all_agree(agency) == {"complete": 50}
    assert len(agency.assignments()) == 3 + 50


@contextmanager
def dying() -> Iterator[tuple[str, list[bytes]]]:
    """A web process that dies over every call once it has read it: its address, and what it has read."""
    read: list[bytes] = []

    class Dying(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            read.append(self.request.recv(65_536))

    with listening(Dying) as address:
        yield address, read


@needs_nginx
@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_behind_a_proxy_that_ends_tls_uploads_go_on_while_a_web_process_is_killed(
    agency: Agency, tmp_path: Path
) -> None:
    (port,) = free_ports(1)
    certificate = certificate_in(tmp_path)
    address, trusted, token = f"https://127.0.0.1:{port}", str(certificate), agency.tokens["ADM"]
    with (
        hosts(agency.settings(tmp_path), webs=2, workers=1) as running,
        dying() as (dead, read),
        nginx(tmp_path, certificate, [dead, *running.addresses], port) as proxy,
    ):
        for running_address in running.addresses:
            answering(running_address)
        until(lambda: is_open(port))
        once = requests.post(
            f"{address}/v1/uploads",
            json=table(*somebody(0)),
            timeout=30,
            verify=trusted,
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "key-0"},
        )
        assert [once.status_code, len(read), read[0][:4]] == [202, 1, b"POST"], "one call died, and another took it up"
        submit = partial(submit_until_answered, [address], token)
        for number in range(6):
            submit(str(number), somebody(number), trusted)
            if number == 2:
                running.kill("web 1")
        until(lambda: settled(agency))
        listed = requests.get(
            f"{address}/v1/assignments?participant=Q0001",
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
            verify=trusted,
        )
        assert len(listed.json()["assignments"]) == 4
        assert listed.headers["Strict-Transport-Security"]
        running.kill("web 2")
        for _ in range(2):
            nobody = requests.get(f"{address}/v1/participants?q=Q0001", timeout=30, verify=trusted)
            assert nobody.status_code == 502
        assert proxy.poll() is None
    assert assert_all_agree(agency) == {"complete": 6}
    logged = (tmp_path / "access.log").read_text("utf-8")
    assert "GET /v1/assignments 200" in logged
    assert "GET /v1/participants 502" in logged
    assert "Q0001" not in logged + (tmp_path / "error.log").read_text("utf-8")
