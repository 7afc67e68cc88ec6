"""Files that are made to hurt: each is refused with a code, or read for what it is, and nothing stays behind.

How long they take, and what they cost the others, is measured in `benchmarks/hostile.py`, the largest of them too.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.processes.reader import FileReader
from server.settings import Settings
from tests.support.hostile_files import HOSTILE_FILES
from tests.support.served import Api, agency_in, web
from workbook.problems import Refusal

SMALL = [name for name, hostile in HOSTILE_FILES.items() if not hostile.large]
REFUSED = [
    "a bomb that its directory owns up to",
    "entries that overlap",
    "entities in the sheet",
    "deep nesting in the strings",
    "a path that climbs",
    "a .csv header of 5 MB",
    "NULs in a .csv",
]
"""Of each kind one, for the road through the server is the same."""


@pytest.fixture(scope="module")
def reader() -> Iterator[FileReader]:
    """Reads with the limits that a server has by default."""
    with FileReader(Settings()) as made:
        yield made


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder = tmp_path_factory.mktemp("hostile")
    with agency_in(folder) as agency, web(agency.settings(folder), agency.engine) as address:
        yield Api(address, agency.tokens["ADM"])


@pytest.mark.parametrize("name", SMALL)
def test_a_hostile_file_is_refused_in_one_sentence_or_read_for_what_it_is(
    reader: FileReader, tmp_path: Path, name: str
) -> None:
    hostile = HOSTILE_FILES[name]
    path = hostile.make(tmp_path / "upload")
    try:
        found: str | int = len(reader.read(path, hostile.name))
    except Refusal as refusal:
        found = refusal.code
    assert found == hostile.outcome


@pytest.mark.parametrize("name", REFUSED)
def test_the_server_answers_it_with_a_problem_and_keeps_nothing_of_it(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    left = tmp_path / "left"
    left.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(left))
    monkeypatch.setattr("server.processes.spool.Spool.new", lambda _spool: left / "upload")
    hostile = HOSTILE_FILES[name]
    with hostile.make(tmp_path / "upload").open("rb") as stream:
        answer = api("POST", "/v1/validations", files={"file": (hostile.name, stream)})
    assert [400 <= answer.status_code < 500, answer.json()["code"]] == [True, hostile.outcome]
    assert [list(left.iterdir()), api.get("/v1/health").status_code] == [[], 200]
