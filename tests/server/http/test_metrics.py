"""Metrics: numbers of all sites together, for whoever runs the server and nobody else."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from sqlalchemy import Engine

from server.records.counts import count
from server.records.database import open_database, reading
from server.records.migrate import migrate
from tests.support.served import Agency, Api, insert, table, web


def samples(text: str) -> dict[tuple[str, ...], float]:
    """(name, label values…) → value, of what is ours."""
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_metrics_tell_of_calls_by_their_name_and_of_what_waits_in_the_database(agency: Agency, tmp_path: Path) -> None:
    with web(agency.settings(tmp_path), agency.engine) as address:
        api = Api(address, agency.tokens["ADM"])
        for number in range(2):
            api.submit(table(insert("P2")), str(number))
        api.get("/v1/assignments?participant=P1")
        api.get("/v1/uploads/Zephyrine")
        api.get("/v1/Zephyrine")
        api("ZEPHYRINE", "/v1/me")
        until = time.monotonic() + 30
        while True:  # a call is counted once its answer is out
            answer = requests.get(f"{address}/metrics", timeout=30)
            if '"/v1/me"' in answer.text or time.monotonic() > until:
                break
    assert answer.headers["Content-Type"].startswith("text/plain")
    personal = ("Zephyrine", "ZEPHYRINE", "P1", "Agency", "ADM", "participant")
    assert not [word for word in personal if word in answer.text]
    found = samples(answer.text)
    requests_total = {
        key[1:]: value
        for key, value in found.items()
        if key[0] == "caseload_http_requests_total" and key[1] != "/metrics"
    }
    assert requests_total == {
        ("/v1/uploads", "POST", "202"): 2,
        ("/v1/assignments", "GET", "200"): 1,
        ("/v1/uploads/{upload_id}", "GET", "404"): 1,
        ("elsewhere", "GET", "404"): 1,
        ("/v1/me", "other", "405"): 1,
    }
    assert found["caseload_http_request_seconds_count", "/v1/uploads"] == 2
    assert (found["caseload_uploads", "received"], found["caseload_uploads", "complete"]) == (2, 0)
    assert found["caseload_oldest_upload_seconds",] > 0
    assert (found["caseload_mails_waiting",], found["caseload_database_up",]) == (0, 1)


def test_what_the_database_knows_is_the_same_whichever_process_is_asked(agency: Agency, tmp_path: Path) -> None:
    settings = agency.settings(tmp_path)
    with web(settings, agency.engine) as first, web(settings, agency.engine) as second:
        Api(first, agency.tokens["ADM"]).submit(table(insert("P2")))
        until = time.monotonic() + 30
        while True:
            told = [samples(requests.get(f"{one}/metrics", timeout=30).text) for one in (first, second)]
            if ("caseload_http_requests_total", "/v1/uploads", "POST", "202") in told[0] or time.monotonic() > until:
                break
    assert [one["caseload_uploads", "received"] for one in told] == [1, 1]
    assert [("caseload_http_requests_total", "/v1/uploads", "POST", "202") in one for one in told] == [True, False]


@pytest.fixture
def empty(tmp_path: Path) -> Engine:
    engine = open_database(f"sqlite:///{tmp_path / 'caseload.db'}")
    migrate(engine)
    return engine


def test_metrics_are_read_on_the_server_s_own_computer_or_with_their_token(empty: Engine, tmp_path: Path) -> None:
    agency = Agency(str(empty.url), empty, 0)
    proxied = [{"X-Forwarded-For": "192.0.2.7"}, {"Forwarded": "for=192.0.2.7"}, {"X-Forwarded-For": "127.0.0.1"}]

    def status(address: str, headers: dict[str, str]) -> tuple[int, str]:
        answer = requests.get(f"{address}/metrics", headers=headers, timeout=30)
        return answer.status_code, "" if answer.ok else answer.json()["code"]

    with web(agency.settings(tmp_path), empty) as address:
        assert status(address, {}) == (200, "")
        assert {status(address, headers) for headers in proxied} == {(404, "not-found")}
        # as a stranger's page asks, in a browser here, whose own name it has turned to this computer
        rebound = ("evil.example:8741", "127.0.0.1.evil.example", "localhost.evil.example", "[", "192.0.2.7", "")
        assert {status(address, {"Host": host}) for host in rebound} == {(404, "not-found")}
        assert {status(address, {"Host": host}) for host in ("localhost", "127.0.0.2:1", "[::1]:8741")} == {(200, "")}
    with web(agency.settings(tmp_path, metrics_token=SecretStr("s3cret")), empty) as address:
        wrong = [{}, {"Authorization": "Bearer s3cre"}, {"Authorization": "Bearer "}, {"Authorization": "Basic s3cret"}]
        assert {status(address, headers) for headers in wrong} == {(404, "not-found")}
        assert status(address, {"Authorization": "Bearer s3cret", **proxied[0]}) == (200, "")
    empty.dispose()


def test_a_database_that_is_away_is_told_as_that(empty: Engine, tmp_path: Path) -> None:
    agency = Agency(str(empty.url), empty, 0)
    with reading(empty) as connection:
        assert count(connection).oldest_seconds == 0
    with web(agency.settings(tmp_path), empty) as address:
        with empty.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE uploads RENAME TO elsewhere")
        found = samples(requests.get(f"{address}/metrics", timeout=30).text)
    assert found["caseload_database_up",] == 0
    assert ("caseload_mails_waiting",) not in found
    empty.dispose()
