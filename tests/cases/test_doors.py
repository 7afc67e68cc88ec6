"""Files that other people's tools made, rebuilt small: each gets the right answer, and one answer at every door."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cases.doors import DOORS, FILES, agency, facts_of
from tests.cases.expected import expected
from tests.copies import copied
from tests.server.served import Api

RIGHT = expected()


@pytest.fixture(scope="module")
def api(sqlite_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder = tmp_path_factory.mktemp("cases")
    with copied(sqlite_template, folder) as url, agency(url, folder) as calls:
        yield calls


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_file_gets_the_right_answer_and_the_same_at_every_door(api: Api, file: Path) -> None:
    answers = {name: facts_of(file, api, door) for name, door in DOORS.items()}
    assert answers == dict.fromkeys(DOORS, RIGHT[file.name])


def test_every_file_has_its_facts() -> None:
    assert sorted(RIGHT) == [file.name for file in FILES]
