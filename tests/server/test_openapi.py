"""What /openapi.json promises."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from server.http.refusals import MEDIA_TYPE
from server.records.database import open_database
from server.records.migrate import migrate
from tests.support.served import Agency, web


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("openapi")
    agency = Agency(f"sqlite:///{folder / 'caseload.db'}", open_database(f"sqlite:///{folder / 'caseload.db'}"), 0)
    migrate(agency.engine)
    with web(agency.settings(folder), agency.engine) as address:
        yield address
    agency.engine.dispose()


@pytest.fixture(scope="module")
def document(address: str) -> Any:
    answer = requests.get(f"{address}/openapi.json", timeout=30)
    assert answer.status_code == 200
    return answer.json()


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_every_call_is_described(document: dict[str, Any]) -> None:
    assert set(operations(document)) == {
        "GET /v1/health",
        "GET /v1/me",
        "GET /v1/reference",
        "GET /v1/template",
        "GET /v1/participants",
        "GET /v1/tokens",
        "DELETE /v1/tokens/{token_id}",
        "POST /v1/validations",
        "POST /v1/uploads",
        "GET /v1/uploads",
        "GET /v1/uploads/{upload_id}",
        "GET /v1/uploads/{upload_id}/problems",
        "PUT /v1/uploads/{upload_id}/fixes",
        "POST /v1/uploads/{upload_id}/continue",
        "POST /v1/uploads/{upload_id}/cancel",
        "POST /v1/uploads/{upload_id}/keep",
        "POST /v1/uploads/{upload_id}/roll-back",
        "POST /v1/uploads/{upload_id}/undo",
        "GET /v1/uploads/{upload_id}/log",
        "GET /v1/remembered",
        "POST /v1/remembered",
        "DELETE /v1/remembered/{fix_id}",
        "GET /v1/assignments",
    }
    assert all(operation["description"] for operation in operations(document).values())


def test_every_call_but_health_needs_the_token(document: dict[str, Any]) -> None:
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    for name, operation in operations(document).items():
        assert operation.get("security", []) == ([] if name == "GET /v1/health" else [{"token": []}]), name


def test_every_call_refuses_a_parameter_that_it_does_not_have_and_names_those_it_has(
    address: str, document: dict[str, Any]
) -> None:
    for name, operation in operations(document).items():
        method, path = name.split()
        answer = requests.request(method, f"{address}{path}?casewroker=S1", timeout=30).json()
        assert answer["code"] == "parameter-unknown", name
        known = [part["name"] for part in operation.get("parameters", ()) if part["in"] == "query"]
        assert f" {', '.join(known) or 'none'}." in answer["detail"], name


def test_every_refusal_is_a_problem_document(document: dict[str, Any]) -> None:
    for name, operation in operations(document).items():
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                assert list(answer["content"]) == [MEDIA_TYPE], (name, status)
        assert {"422", "500", "503"} <= set(operation["responses"])
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_a_table_may_be_sent_as_json_or_as_a_form_with_a_file(document: dict[str, Any]) -> None:
    for name in ("POST /v1/validations", "POST /v1/uploads"):
        content = operations(document)[name]["requestBody"]["content"]
        assert content["application/json"]["schema"] == {"$ref": "#/components/schemas/Table"}
        assert content["multipart/form-data"]["schema"]["required"] == ["file"]
    key, test_rows = sorted(operations(document)["POST /v1/uploads"]["parameters"], key=lambda part: part["in"])
    assert (test_rows["name"], test_rows["in"], test_rows["required"]) == ("test_rows", "query", False)
    assert (key["name"].lower(), key["in"], key["required"]) == ("idempotency-key", "header", True)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    def walk(node: Any) -> None:
        if isinstance(node, dict):
            reference = node.get("$ref")
            if isinstance(reference, str):
                assert reference.rpartition("/")[2] in document["components"]["schemas"], reference
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(document)
