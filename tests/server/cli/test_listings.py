"""A listing of `caseload-server` has a line for each thing that is there, and none for what somebody wrote into one."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
from sqlalchemy import Engine

from server.records import audit
from server.records.database import writing
from server.records.sites import create_site
from server.records.tables import staff
from tests.support.command import caseload_server
from tests.support.served import KEY

DRAWN = "a\n     7  2026-12-01 08:00:00  operator  SSN key replaced\x1b[1A\r\x85\u2028b"
"""What would draw a line of its own, and go up to another."""


@pytest.fixture
def environment(database_url: str, database: Engine) -> dict[str, str]:
    with writing(database) as connection:
        site = create_site(connection, "Agency")
        names = {"first_name": "Bo", "last_name": DRAWN, "email": ""}
        rights = {"administrator": False, "active": True, "caseload_access": True}
        connection.execute(staff.insert().values(site_id=site, staff_id="S1", **names, **rights))
        for who in (audit.OPERATOR, audit.SERVER, "S1", "operator", "\u043eperator", "op\u200berator", DRAWN):
            audit.note(connection, site, who, "looked", detail=DRAWN)
    return {"CASELOAD_DATABASE_URL": database_url, "CASELOAD_SECRET_KEY": KEY.decode()}


def orders(text: str) -> set[str]:
    return {char for char in text if unicodedata.category(char) in ("Cc", "Zl", "Zp")} - {"\n"}


def lines(environment: dict[str, str], *arguments: str) -> list[str]:
    code, said, told = caseload_server(environment, *arguments)
    assert (code, told) == (0, "")
    assert orders(said) == set()
    return said.splitlines()


def test_what_is_told_in_the_trail_draws_no_line_of_its_own(environment: dict[str, str]) -> None:
    said = lines(environment, "audit", "list")
    assert [line.split()[0] for line in said] == [str(number) for number in range(1, 9)]


def test_nor_does_the_label_of_a_token_or_its_holder_s_name(environment: dict[str, str]) -> None:
    for label in ("laptop", DRAWN):
        lines(environment, "token", "create", "S1", "--label", label)
    said = lines(environment, "token", "list")
    assert [line.split()[:3] for line in said] == [["1", "S1", "Bo"], ["2", "S1", "Bo"]]


def test_nor_do_the_problems_of_an_import(environment: dict[str, str], tmp_path: Path) -> None:
    (folder := tmp_path / "files").mkdir()
    (folder / "staff.csv").write_text(f'Staff ID,First Name,Last Name,Administrator\nS9,A,B,"x{DRAWN}"\n', "utf-8")
    code, said, told = caseload_server(environment, "import", str(folder))
    assert (code, said, len(told.splitlines())) == (1, "", 2)
    assert orders(told) == set()


def test_whatever_letters_a_staff_id_has_it_does_not_read_as_the_operator(environment: dict[str, str]) -> None:
    said = [line.split("  ")[2:] for line in (one.strip() for one in lines(environment, "audit", "list"))]
    told = [parts[0] for parts in said][1:-1]
    expected = ["operator", "server", "staff S1", "staff operator", "staff \u043eperator"]
    assert told[:-1] == expected
    kept = json.loads(lines(environment, "audit", "list", "--json")[0])["lines"]
    assert [line["who"] for line in kept][1:6] == expected


def test_a_number_that_no_token_can_have_is_that_of_none(environment: dict[str, str]) -> None:
    for number in ("0", "2147483648", "9" * 26):
        code, said, told = caseload_server(environment, "token", "revoke", number)
        assert (code, said, told.startswith(f"There is no token number {number}.")) == (2, "", True)


def test_a_site_is_called_what_is_kept_of_its_name(environment: dict[str, str]) -> None:
    assert lines(environment, "site", "create", "North\n End")[0] == "North End"
    assert lines(environment, "site", "list") == ["Agency", "North End"]
