"""What /openapi.json promises is what the server does, whatever it is sent: Schemathesis makes the calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance
from sqlalchemy import create_engine

from server.http import token_guesses
from server.http.app import create_app
from server.http.desk import FrontDesk
from server.settings import Settings
from tests.support.served import Agency, Api, agency_in, insert, table, web, worker

pytestmark = pytest.mark.slow

TAKE_TABLES = {("post", "/v1/validations"), ("post", "/v1/uploads")}
METHODS = frozenset({"get", "post", "put", "delete"})


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each call that the server describes."""
    with FrontDesk(Settings()) as desk:
        described = create_app(Settings(), create_engine("sqlite://"), desk).openapi()
    calls = [(method, path) for path, item in described["paths"].items() for method in item if method in METHODS]
    metafunc.parametrize(("method", "path"), calls, ids=[f"{method} {path}" for method, path in calls])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Agency, str]]:
    """A server and a worker, and an upload for the calls that want one."""
    folder = tmp_path_factory.mktemp("fuzzed")
    with (
        agency_in(folder) as agency,
        web(agency.settings(folder), agency.engine) as address,
        worker(agency.settings(folder), agency.engine),
    ):
        yield agency, address


@pytest.fixture(scope="module")
def described(served: tuple[Agency, str]) -> Any:
    return schemathesis.openapi.from_url(served[1] + "/openapi.json")


def test_every_call_answers_as_described(
    described: Any, served: tuple[Agency, str], method: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_guesses, "LATE_SECONDS", 0.0)  # wrong tokens are tried, too: many, and from one address
    monkeypatch.setattr(token_guesses, "MOST_LATE", 10_000)
    agency, address = served
    api = Api(address, agency.tokens["ADM"])
    upload = api.submit(table(insert(start="2024-05-xx")), key=f"{method} {path}").json()["id"]

    # What makes a table or a file is more than a schema can say: which columns it must have is the site's to choose.
    excluded: list[Any] = [positive_data_acceptance] if (method, path) in TAKE_TABLES else []

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=described[path][method.upper()].as_strategy())
    def holds(case: schemathesis.Case[Any]) -> None:
        if "upload_id" in case.path_parameters and len(case.path_parameters["upload_id"]) % 2:
            case.path_parameters["upload_id"] = upload
        case.call_and_validate(headers=api._headers, excluded_checks=excluded)

    cast("Any", holds)()
