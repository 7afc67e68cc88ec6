"""The forms of Transfer and Download: lists to choose from, every mistake told at once, and nothing forgotten."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from addin.api.client import Client
from addin.buttons.registry import DOWNLOAD_CASELOAD, TRANSFER_CASELOAD
from addin.buttons.transfer import FROM, ON, PROGRAM, TO, WHY
from addin.errors import Cancelled
from tests.support.desk import Desk, Open
from tests.support.own_server import Server
from tests.support.sheets import begun, fresh_template


@pytest.fixture
def book(desk: Open, client: Client, tmp_path: Path) -> Desk:
    return desk(fresh_template(client, tmp_path / "Caseload.xlsx"))


def test_the_form_offers_whoever_may_receive_a_caseload_every_program_and_every_reason(book: Desk) -> None:
    with pytest.raises(Cancelled):
        book.press(TRANSFER_CASELOAD)
    fields = {field.name: field for field in book.asked[-1].fields}
    assert list(fields) == [FROM, TO, PROGRAM, ON, WHY]
    everybody = {
        "ADM": "Alice Admin (ADM)",
        "S3": "Ana de la Cruz (S3)",
        "S2": "Carla Ruiz (S2)",
        "S1": "Robert Smith (S1)",
    }
    assert everybody.items() <= fields[TO].choices.items()  # another test may have hired somebody
    assert [fields[PROGRAM].choices, fields[WHY].choices] == [
        {
            "": "All programs",
            "SH": "Youth Shelter",
            "FS": "Family Support",
            "X1": "Twin Program",
            "X2": "Twin Program",
            "0012": "Food Bank",
            "YES": "Youth Employment",
        },
        {"Completed": "Completed", "Moved": "Moved"},
    ]


def test_every_mistake_is_told_at_once_and_what_was_filled_in_stays(book: Desk) -> None:
    given = {FROM: "", TO: "Carla Riuz; nobody at all", PROGRAM: "Choir", ON: "32/1/2026", WHY: "Bored"}
    with pytest.raises(Cancelled):
        book.press(TRANSFER_CASELOAD, **given)
    asked = book.asked[-1]
    assert {field.name: field.default for field in asked.fields} == given
    for told in (
        "32/1/2026 is not a date.",
        "Bored is not one of the site's Reasons",
        "Choir is no program of the site.",
        "Did you mean Carla Ruiz (S2)?",
        "nobody at all is not one whom you may give",
        "Nobody was named whose caseload",
    ):
        assert told in asked.wrong


def test_a_caseload_is_shared_out_evenly_by_the_open_cases_of_those_who_receive_it(
    client: Client, agency: Server, book: Desk
) -> None:
    for _ in range(3):
        begun(client, agency, Caseworker_Name="Carla Ruiz")
    for _ in range(5):
        begun(client, agency, Caseworker_Name="Ana de la Cruz", Program_Name=None)

    def load(staff_id: str) -> int:
        return sum(len(page) for page in client.open_assignments(caseworker=staff_id))

    loads = {"ADM": load("ADM"), "S2": load("S2")}
    mine = load("S3")
    done = book.press(
        TRANSFER_CASELOAD, **{FROM: "S3", TO: "S2; Alice Admin", PROGRAM: "", ON: "3/2/2026", WHY: "Completed"}
    )
    data = book.data()
    begins = Counter(
        data.texts(row)["Caseworker Name"] for row in data.rows if data.texts(row)["Update or Insert"] == "Insert"
    )
    assert [done.pairs, begins.total()] == [mine, mine]
    after = sorted([loads["S2"] + begins["Carla Ruiz"], loads["ADM"] + begins["Alice Admin"]])
    spread = abs(loads["S2"] - loads["ADM"])
    assert after[1] - after[0] <= max(1, spread - mine)


def test_a_name_in_the_place_of_a_participant_id_is_asked_about(client: Client, agency: Server, book: Desk) -> None:
    person = begun(client, agency)
    number = int(person[1:])
    with pytest.raises(Cancelled):
        book.press(DOWNLOAD_CASELOAD, participant=f"Pat{number} Person{number}")
    assert f"is nobody's Participant ID. Did you mean Pat{number} Person{number} ({person})" in book.asked[-1].wrong


@pytest.mark.parametrize("written", ["Bob Smith", "Smith, Robt", "S-1"])
def test_a_name_in_a_form_gets_the_suggestions_that_it_gets_in_a_row(book: Desk, written: str) -> None:
    """A nickname, a name turned round and cut off, an ID nearly right."""
    with pytest.raises(Cancelled):
        book.press(TRANSFER_CASELOAD, **{FROM: "Nobody At All", TO: written, PROGRAM: "", ON: "3/2/2026", WHY: ""})
    assert f"{written} is not one whom you may give a caseload. Did you mean Robert Smith (S1)?" in book.asked[-1].wrong


def test_a_name_that_is_nearly_somebodys_is_asked_about(client: Client, agency: Server, book: Desk) -> None:
    begun(client, agency)
    with pytest.raises(Cancelled):
        book.press(DOWNLOAD_CASELOAD, caseworker="Robrt Smiht")
    asked = book.asked[-1]
    assert asked.wrong.endswith("Did you mean Robert Smith (S1)?")
    assert {field.name: field.default for field in asked.fields}["caseworker"] == "Robrt Smiht"


def test_every_mistake_in_what_to_download_is_told_at_once(client: Client, agency: Server, book: Desk) -> None:
    begun(client, agency)
    given = {"program": "Yuoth Shelter", "caseworker": "Robrt Smiht", "participant": "Jams Bond"}
    with pytest.raises(Cancelled):
        book.press(DOWNLOAD_CASELOAD, **given)
    asked = book.asked[-1]
    assert {field.name: field.default for field in asked.fields} == given
    for told in (
        "Yuoth Shelter is no program of the site. Did you mean Youth Shelter",
        "Did you mean Robert Smith (S1)?",
        "Jams Bond is nobody's Participant ID. Did you mean James Bond",
    ):
        assert told in asked.wrong
    with pytest.raises(Cancelled):
        book.press(DOWNLOAD_CASELOAD, program="Zzqx")
    assert "Zzqx is no program of the site. Choose one of: " in book.asked[-1].wrong


def test_a_program_in_a_form_gets_the_suggestions_that_it_gets_in_a_row(book: Desk) -> None:
    form = {FROM: "S1", TO: "S2", PROGRAM: "Yuoth Shelter", ON: "3/2/2026", WHY: "Completed"}
    with pytest.raises(Cancelled):
        book.press(TRANSFER_CASELOAD, **form)
    assert "Yuoth Shelter is no program of the site. Did you mean Youth Shelter" in book.asked[-1].wrong
