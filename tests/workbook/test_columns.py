from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from workbook.columns import (
    COLUMNS,
    DEMOGRAPHICS,
    KINDS,
    TemplateChoice,
    canonical_header,
    header_key,
    is_own_header,
    template_headers,
)


@pytest.mark.parametrize("header", KINDS)
def test_a_header_is_known_in_any_case_with_any_spaces_and_punctuation(header: str) -> None:
    for written in (
        header,
        header.upper(),
        f"# {header.lower()} ",
        header.replace(" ", ""),
        header.replace(" ", "_-") + "*",
    ):
        assert canonical_header(written) == header


@pytest.mark.parametrize(
    ("written", "header"),
    [
        ("InsertOrUpdate", "Update or Insert"), ("Insert / Update", "Update or Insert"),
        ("UpdateOrInsert", "Update or Insert"), ("Record Action", "Update or Insert"),
        ("Participant/Entity Identifier", "Participant ID"), ("Client ID", "Participant ID"),
        ("PSID", "Participant ID"), ("Caseworker", "Caseworker Name"), ("Staff Name", "Caseworker Name"),
        ("Begin Date", "Start Date"), ("Dismissal Reason", "Reason for Dismissal"), ("DOB", "Date of Birth"),
        ("Staff ID", "Caseworker Staff ID"),
    ],
)  # fmt: skip
def test_the_names_that_other_sheets_use_are_known(written: str, header: str) -> None:
    assert canonical_header(written) == header


@pytest.mark.parametrize("written", ["", "#", "Shoe Size", "Date", "Name", "Program"])
def test_any_other_name_is_unknown(written: str) -> None:
    assert canonical_header(written) is None


def test_no_name_means_two_columns() -> None:
    keys = Counter(key for one in COLUMNS for key in {header_key(name) for name in (one.header, *one.aliases)})
    assert [key for key, count in keys.items() if count > 1] == []


def test_every_column_is_described_in_the_specification() -> None:
    section = (
        (Path(__file__).parents[2] / "docs/spec.md").read_text("utf-8").partition("\n## 2.")[2].partition("\n## ")[0]
    )
    assert [header for header in KINDS if header not in section] == []


def test_our_own_columns_are_known_as_ours_and_stand_for_nothing() -> None:
    for header in ("Row Status", "What to Do", "_row", "_origin", "_fixed"):
        assert is_own_header(header)
        assert canonical_header(header) is None
    assert not is_own_header("Status")


def test_a_template_has_the_chosen_alternatives_in_canonical_order() -> None:
    check = ["SSN", "Last Name"]
    assert template_headers(TemplateChoice("id", "staff_id", True), check) == [
        "Update or Insert", "Participant ID", "Last Name", "SSN", "Program ID", "Program Start Date",
        "Program End Date", "Caseworker Staff ID", "Caseworker Relationship", "Caseload Status", "Start Date",
        "End Date", "Reason for Dismissal",
    ]  # fmt: skip
    short = template_headers(TemplateChoice("name", "first_last", False), DEMOGRAPHICS)
    assert [header for header in short if header.startswith(("Program", "Caseworker"))] == [
        "Program Name", "Caseworker First Name", "Caseworker Last Name", "Caseworker Relationship",
    ]  # fmt: skip
