"""Checking a part of a sheet again has the outcome of checking all of it, and sends only what may differ (SPEC 5).

The server is a real one; the sheets are random ones, in which the same few people are met again and again, by ID and by
what is said of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from addin.api.client import Client
from addin.book import BookSheet, SheetPicture
from addin.rows.data_sheet import DataSheet
from addin.rows.last_check import LastCheck
from addin.rows.part_check import check_part, check_whole
from tests.support.own_server import GIVEN_OUT, Server
from workbook.report import Answer, Report

HEADERS = [
    "Update or Insert", "Participant ID", "First Name", "Last Name", "Date of Birth", "Case Number", "SSN",
    "Program Name", "Caseworker Name", "Caseworker Relationship", "Caseload Status", "Start Date", "End Date",
    "Reason for Dismissal", "Remarks",
]  # fmt: skip
BEGIN = {
    "Update or Insert": "Insert", "Program Name": "Youth Shelter", "Caseworker Name": "Carla Ruiz",
    "Caseworker Relationship": "Primary", "Caseload Status": "Active", "Start Date": "2026-01-12",
}  # fmt: skip
END = {
    "Update or Insert": "Update", "Caseworker Name": "Carla Ruiz", "End Date": "2026-01-20",
    "Reason for Dismissal": "Completed",
}  # fmt: skip
FIRST, OTHERS = GIVEN_OUT + 1, 40
"""The people of these rows: the first five in those that change, others in the rest."""


def person(number: int, known_by: str) -> dict[str, str]:
    """How a row speaks of somebody."""
    by_name = {"First Name": f"Pat{number}", "Last Name": f"Person{number}"}
    return {
        "id": {"Participant ID": f"Q{number:04d}"},
        "lower": {"Participant ID": f"q{number:04d}"},
        "name": by_name,
        "case": {"Case Number": f"K{number}"},
        "both": {"Participant ID": f"Q{number:04d}", **by_name},
        "typo": {**by_name, "Last Name": f"Persom{number}"},
        "wrong": {"Participant ID": f"Q{number:04d}", "First Name": "Pitt"},
        "nobody": {"Participant ID": f"X{number}"},
    }[known_by]


ROWS = st.builds(
    lambda kind, number, known_by, others: {**kind, **person(number, known_by), **others},
    st.sampled_from([BEGIN, BEGIN, END]),
    st.integers(FIRST, FIRST + 4),
    st.sampled_from(["id", "id", "lower", "name", "case", "both", "typo", "wrong", "nobody"]),
    st.sampled_from([
        {}, {}, {"Caseworker Name": "Robert Smith"}, {"Caseworker Name": "Karla Ruiz"}, {"Start Date": "31/02/2026"},
        {"Start Date": "2099-01-01"}, {"Program Name": "Youht Shelter"}, {"Program Name": "Food Bank"}, {"SSN": "1"},
        {"Caseworker Relationship": "Secondary"},
    ]),
)  # fmt: skip


def sheet_of(rows: Mapping[int, Mapping[str, str]]) -> DataSheet:
    cells = {number: [row.get(header) for header in HEADERS] for number, row in sorted(rows.items())}
    return DataSheet(BookSheet([], SheetPicture("Mine")), "a.xlsx", 1, HEADERS, cells, max(rows))


def told(report: Report) -> dict[str, Any]:
    return report.model_dump(exclude={"preview", "follow_up"})


def known(client: Client, data: DataSheet) -> LastCheck:
    found = check_whole(client, data, ())[1]
    assert found is not None
    return found


@pytest.fixture(scope="module")
def site(agency: Server) -> Iterator[Client]:
    with agency.client() as client:
        yield client


class KeepsSent(Client):
    """A client that keeps which rows it sent."""

    def __init__(self, agency: Server) -> None:
        super().__init__(agency.url, agency.token)
        self.sent: list[list[int]] = []

    def validate(self, table: Mapping[str, Any], follow_up: bool = False) -> Report:
        self.sent.append(list(table["row_numbers"]))
        return super().validate(table, follow_up)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(ROWS, min_size=2, max_size=8),
    news=st.dictionaries(st.integers(0, 7), ROWS, min_size=1, max_size=3),
    left_out=st.sets(st.integers(0, 7), max_size=2),
)
def test_a_part_has_the_outcome_of_the_whole(
    site: Client, rows: list[dict[str, str]], news: dict[int, dict[str, str]], left_out: set[int]
) -> None:
    quiet = {2 * n: {**BEGIN, **person(FIRST + 10 + n, "id")} for n in range(1, OTHERS)}
    before = {**quiet, **{3 + 6 * place: row for place, row in enumerate(rows)}}
    changed = {3 + 6 * (place % len(rows)): row for place, row in news.items()}
    skipped = {3 + 6 * (place % len(rows)) for place in left_out} - set(changed)  # so that something is left to ask
    after = sheet_of({**before, **changed})
    part = check_part(site, after, skipped, known(site, sheet_of(before)), {*changed, *skipped})
    whole, of_whole = check_whole(site, after, skipped)
    assert part is not None
    assert of_whole is not None
    assert told(part.report) == told(whole)
    assert (part.participants, part.as_of) == (of_whole.participants, of_whole.as_of)


def test_only_the_rows_are_sent_that_may_have_another_outcome(agency: Server) -> None:
    rows = {n: {**BEGIN, **person(FIRST + n, "id")} for n in range(2, 22)}
    rows |= {
        22: {**BEGIN, **person(FIRST + 3, "name"), "Caseworker Name": "Karla Ruiz"},  # with row 3
        23: {**BEGIN, **person(FIRST + 8, "name"), "Caseworker Name": "Robert Smith"},  # with row 8, neither wrong
        24: {**END, **person(FIRST + 12, "case"), "Caseworker Name": "Nobody at all"},  # with row 12
    }
    with KeepsSent(agency) as client:
        found = known(client, sheet_of(rows))
        rows[22]["Caseworker Name"] = "Carla Ruiz"
        assert check_part(client, sheet_of(rows), (), found, {22}) is not None
        rows[22] = {**BEGIN, **person(FIRST + 8, "both")}  # now of the person of rows 8 and 23
        assert check_part(client, sheet_of(rows), (), found, {22}) is not None
    assert client.sent[1:] == [[3, 12, 22, 24], [3, 12, 22, 24], [3, 8, 12, 22, 23, 24]]


def test_all_is_checked_when_the_site_knows_more_than_before(site: Client) -> None:
    rows = {n: {**BEGIN, **person(FIRST + n, "id")} for n in range(2, 22)}
    found = known(site, sheet_of(rows))
    assert check_part(site, sheet_of(rows), (), found, {2}) is not None
    fix = Answer(column="Caseworker Name", value="The Chief", code="unknown-staff", replacement="Carla Ruiz")
    assert len(site.remember([fix]).remembered) == 1
    assert check_part(site, sheet_of(rows), (), found, {2}) is None


def test_all_is_checked_where_there_is_little_to_leave_unsent(site: Client) -> None:
    rows = {n: {**BEGIN, **person(FIRST + n, "id")} for n in range(2, 6)}
    found = known(site, sheet_of(rows))
    assert check_part(site, sheet_of(rows), (), found, {2, 3, 4}) is None


@pytest.mark.parametrize("filled", [6, 25])
def test_a_part_says_of_hidden_rows_and_columns_what_the_whole_says(agency: Server, filled: int) -> None:
    """`filled`: the row that holds something in the hidden column; it belongs to the part, or does not."""
    rows = {row: BEGIN | person(OTHERS + row, "id") for row in range(2, 30)}
    rows[filled] |= {"Case Number": f"K{OTHERS + filled}"}
    columns = frozenset({HEADERS.index("Case Number") + 1})
    sheet = BookSheet([], SheetPicture("Mine", hidden_rows=frozenset({6, 7}), hidden_columns=columns))
    with KeepsSent(agency) as client:
        wrong = replace(sheet_of(rows | {20: rows[20] | {"Caseworker Name": "Karla Ruiz"}}), sheet=sheet)
        before, data = known(client, wrong), replace(sheet_of(rows), sheet=sheet)
        part = check_part(client, data, (), before, {20})
        assert part is not None
        assert len(client.sent[-1]) < len(rows)
        assert told(part.report) == told(check_whole(client, data, ())[0])
        assert {one.code for one in part.report.problems} >= {"rows-hidden", "columns-hidden"}
