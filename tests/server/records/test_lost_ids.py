"""IDs that Excel has shortened are looked for among all of a site's at once, however many a sheet has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from sqlalchemy import Connection, insert

from server.judge.reference import User
from server.records.database import writing
from server.records.lost_ids import apart, lost_participants
from server.records.tables import participants
from tests.support.served import Agency
from workbook.files.excel_damage import ruin_of

ADMINISTRATOR = User(0, administrator=True)
LONG = [str(1_001_000_000_000 + 250_000 * number) for number in range(4000)]
"""Of 13 digits: thousands that are shown as 1.001E+12 or 1.002E+12."""
SHORT = [str(1_001_000 + number) for number in range(40)]
"""Of seven, which stand between those in the order of texts."""


@pytest.fixture
def stored(agency: Agency) -> Iterator[Connection]:
    with writing(agency.engine) as connection:
        connection.execute(
            insert(participants),
            [
                {"site_id": agency.site_id, "participant_id": one.upper(), "id_key": one}
                for one in (*LONG, *SHORT, "700e10", "1001000x00000")
            ],
        )
        yield connection


def found(agency: Agency, connection: Connection, *values: str, user: User = ADMINISTRATOR) -> list[Sequence[str]]:
    ruins = [ruin_of(value) for value in values]
    lost = lost_participants(connection, agency.site_id, user, [one for one in ruins if one])
    return [lost.get(one, ()) if one else () for one in ruins]


def test_ranges_that_lie_over_each_other_are_parted() -> None:
    assert list(apart([(10, 29), (20, 39), (25, 25), (50, 59)])) == [
        (10, 19), (20, 24), (25, 25), (26, 29), (30, 39), (50, 59),
    ]  # fmt: skip
    assert list(apart([])) == []


def test_of_shortened_ids_that_may_mean_the_same_each_is_offered_its_own(agency: Agency, stored: Connection) -> None:
    asked = ("1.001E+12", "1.00101E+12", "1.0010125E+12", "1.001E+06", "7E+12")
    assert found(agency, stored, *asked) == [
        (),  # too many to choose from
        tuple(one for one in LONG if 1_001_005_000_000 <= int(one) <= 1_001_015_000_000),
        ("1001012500000",),
        tuple(SHORT),
        ("700E10",),
    ]
    assert found(agency, stored, "1.0010125E+12", user=User(0, administrator=False)) == [()]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_many_shortened_ids_cost_little_more_than_one_that_may_be_anybody_s(agency: Agency, stored: Connection) -> None:
    driver = stored.connection.driver_connection
    assert driver is not None
    stranger = User(1, administrator=False)

    def steps(*values: str) -> int:
        """Hundreds of steps that the database takes for somebody who knows nobody."""
        taken: list[int] = []
        driver.set_progress_handler(lambda: taken.append(1), 100)
        assert set(found(agency, stored, *values, user=stranger)) == {()}
        driver.set_progress_handler(None, 0)
        return len(taken)

    one = steps("1E+12")
    assert steps(*(f"1.00{place:03d}E+12" for place in range(200))) < 3 * one
    assert steps(*(f"1.{'0' * place}E+12" for place in range(1, 13))) < 3 * one
