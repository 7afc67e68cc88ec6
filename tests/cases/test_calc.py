"""Every file opened in a real Calc, where Validate is pressed: the API's answer, or a difference that has a name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from addin.api.client import Client
from tests.cases.calc import in_calc
from tests.cases.doors import FILES, agency, facts_in_calc
from tests.cases.expected import expected
from tests.support.copies import copied
from tests.support.spreadsheets import CalcHost

RIGHT = expected()
IN_CALC = in_calc()


@pytest.fixture(scope="module")
def client(sqlite_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("cases")
    with (
        copied(sqlite_template, folder) as url,
        agency(url, folder) as calls,
        Client(calls.address, calls.token) as one,
    ):
        yield one


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_file_opened_in_calc_gets_the_same_answer(client: Client, calc: CalcHost, file: Path, tmp_path: Path) -> None:
    facts = facts_in_calc(file, client, calc, tmp_path)
    if file.name not in IN_CALC:
        assert facts == RIGHT[file.name]
    else:
        assert facts == IN_CALC[file.name]
        assert facts != RIGHT[file.name], "it no longer differs: take it out of the table"


def test_every_difference_is_one_of_a_file() -> None:
    assert [name for name in IN_CALC if name not in RIGHT] == []
