"""Files that other people's tools made, rebuilt small: each gets the right answer, and one answer at every door."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

import pytest

from addin.errors import BookError
from tests.cases.doors import DOORS, FILES, HERE, agency, facts_of, messages_of, pasted_facts, sent_as_a_file
from tests.cases.expected import expected
from tests.cases.made import MADE
from tests.support.copies import copied
from tests.support.served import Api
from workbook.files.reader import read_file
from workbook.problems import Refusal
from workbook.table import table_of

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


ASKED_ABOUT = ("30-", "30b-", "44-", "44b-", "47-", "47c-", "47d-", "70-", "76-", "208-", "214-", "221-", "222-")
"""Files with headers that Paste Data asks its user about, where the server tells of them; in 208 cells without one."""
PASTED_OTHERWISE = ("37-", "38-")
"""Files in which rows have more fields than headers: nothing of them is pasted."""


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_its_rows_get_the_same_answer_when_they_are_pasted(api: Api, file: Path, tmp_path: Path) -> None:
    right = [_pasted(fact) for fact in RIGHT[file.name] if "-hidden " not in fact]
    if right[0].startswith("refused") or file.name.startswith(PASTED_OTHERWISE):
        with pytest.raises((BookError, Refusal)):
            pasted_facts(file, api, tmp_path)
    elif not file.name.startswith(ASKED_ABOUT):
        assert [_pasted(fact) for fact in pasted_facts(file, api, tmp_path)] == right


def _pasted(fact: str) -> str:
    """A fact without what Paste Data makes of a formula: an error, or a text."""
    return re.sub(r"(?:a formula without a value|#N/A)(, row \d+)?", "#N/A", fact)


def test_every_file_has_its_facts() -> None:
    assert sorted(RIGHT) == [file.name for file in FILES]
    assert [file.name for file in FILES if re.match("2[0-9]{2}-", file.name)] == sorted(MADE)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("04-zero-width.csv", "“Youth[soft hyphen]Shelter”"),
        ("09-scientific.csv", "Excel has made this of an ID, in its short form for numbers"),
        ("09b-16-digits-rounded.xlsx", "Excel keeps only the first 15 digits of a number"),
        ("10-case-number-as-date.xlsx", "Excel may have made a date of an ID such as 12-5"),
        ("38-trailing-comma-rows.csv", "1 field more than there are headers. It is empty"),
        ("43-filtered-hidden-row.xlsx", "Row 3 is hidden, by hand or by a filter"),
        ("47d-format-in-header.xlsx", "(row 1 of the sheet “Sheet”), but it looks like Start Date"),
    ],
)
def test_the_message_says_what_happened_and_where(api: Api, name: str, said: str) -> None:
    messages = messages_of(sent_as_a_file(HERE / "files" / name, api))
    assert [message for message in messages if said in message], messages


def test_a_padded_number_is_the_person_who_is_shown(sqlite_template: str, tmp_path: Path) -> None:
    others = "004711,Other,Person,1975-05-05,,\n123,Short,Number,1976-06-06,,\n"
    folder = tmp_path / "agency"
    shutil.copytree(HERE / "agency", folder)
    with (folder / "participants.csv").open("a", encoding="utf-8") as participants:
        participants.write(others)
    file = HERE / "files" / "72-padded-wrong-person.xlsx"
    with copied(sqlite_template, tmp_path) as url, agency(url, tmp_path, folder) as api:
        table = table_of(read_file(file))
        answers = [
            api("POST", "/v1/validations?follow_up=true", json=table).json(),
            api("POST", "/v1/validations?follow_up=true", files={"file": (file.name, file.read_bytes())}).json(),
        ]
    meant = [crc32(b"004711"), crc32(b"00123")]
    assert [(one["problems"], one["follow_up"]["participants"]) for one in answers] == [([], meant)] * 2
