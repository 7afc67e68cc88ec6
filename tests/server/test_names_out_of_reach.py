"""How people out of reach are called changes no answer about those within it (SPEC R10, 7)."""

from __future__ import annotations

from typing import Any

import pytest

from server.judge.reference import User
from server.records import names
from server.records.database import reading, writing
from server.records.imports.agency import import_records
from server.records.imports.incoming import Incoming, IncomingEnrollment, IncomingParticipant
from server.records.ssn import SsnHasher
from server.suggest.name_index import name_of
from server.suggest.names import standard_nicknames
from tests.support.served import KEY, Agency, Api, Call, insert, table

Person = tuple[str, str, str, str]
"""Participant ID, First Name, Last Name, and the program they are in: S1 knows those in Youth Employment alone."""


def bring_in(agency: Agency, *people: Person) -> None:
    incoming = Incoming(
        participants=[IncomingParticipant(0, *person[:3], "1980-06-24", "", "") for person in people],
        enrollments=[IncomingEnrollment(0, person[0], person[3], "2024-01-01", "") for person in people],
    )
    with writing(agency.engine) as connection:
        import_records(connection, agency.site_id, incoming, SsnHasher(KEY))


def suggested(api: Api, first: str, last: str, *besides: list[Any]) -> list[tuple[str, float]]:
    """Who a row may mean: Participant ID, score."""
    row = insert(
        "", "YES", "Robert Smith", others={"First Name": first, "Last Name": last, "Date of Birth": "1980-06-24"}
    )
    report = api.validate(table(row, *besides)).json()
    [mine] = [fix for fix in report["fixes"] if first in fix["value"]]
    return [(one["value"], one["score"]) for one in mine["suggestions"]]


@pytest.mark.parametrize("all_are_read", [True, False])
@pytest.mark.parametrize("stored", ["Vanderdyk", "Vander Dyk"])
def test_how_somebody_out_of_reach_spells_a_name_changes_no_answer(
    agency: Agency, call: Call, monkeypatch: pytest.MonkeyPatch, stored: str, all_are_read: bool
) -> None:
    """Whoever was there first. An administrator finds both by a word of the name."""
    monkeypatch.setattr(names, "_ALL_WHEN", 1000 if all_are_read else 0)
    mine, other = (
        ("N1", "Mary", stored, "YES"),
        ("F1", "Anton", {"Vanderdyk": "Vander Dyk"}.get(stored, "Vanderdyk"), "SH"),
    )

    def asked() -> list[Any]:
        found = [call("S1").get("/v1/participants", params={"q": q}).json() for q in ("Dyk", "Mary Dyk", "Vanderdyk")]
        return [suggested(call("S1"), "Mary", "Dyk"), suggested(call("S1"), "Mary", "Vanderdijk"), found]

    bring_in(agency, mine)
    alone = asked()
    bring_in(agency, other)
    assert asked() == alone
    everybody = call("ADM").get("/v1/participants", params={"q": "Dyk"}).json()["participants"]
    assert {one["participant_id"] for one in everybody} == {"N1", "F1"}


def test_nor_when_they_were_there_first(agency: Agency, call: Call) -> None:
    bring_in(agency, ("F1", "Anton", "Vander Dyk", "SH"))
    bring_in(agency, ("N1", "Mary", "Vanderdyk", "YES"))
    assert call("S1").get("/v1/participants", params={"q": "Dyk"}).json()["participants"] == []
    bring_in(agency, ("N2", "Mary", "Van-Der-Dyk", "YES"))
    found = call("S1").get("/v1/participants", params={"q": "Dyk"}).json()["participants"]
    assert [one["participant_id"] for one in found] == ["N1", "N2"]


def test_a_score_is_the_same_whichever_other_names_a_sheet_has_and_however_many_people_there_are(
    agency: Agency, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All names of a site are read, or those that have a form in common with one that is sought."""
    bring_in(agency, ("N1", "Xu", "Parker", "YES"))
    names_beside = [
        insert("", "YES", "Robert Smith", others={"First Name": f"Zzq{n}", "Last Name": "Wwv"}) for n in range(8)
    ]
    scores = []
    for most in (0, 1000):
        monkeypatch.setattr(names, "_ALL_WHEN", most)
        scores += [suggested(call(who), "X1", "Parker") for who in ("S1", "ADM")]
        scores += [suggested(call(who), "X1", "Parker", *names_beside) for who in ("S1", "ADM")]
        scores += [suggested(call("S1"), "X1", "", *names_beside)]
    assert scores[:5] == scores[5:]
    assert scores[0:2] == scores[2:4]


def test_a_name_is_found_by_every_way_in_which_it_is_written_until_nobody_writes_it_so(agency: Agency) -> None:
    def found(text: str) -> list[str]:
        with reading(agency.engine) as connection:
            everything = User(0, administrator=True)
            index = names.names_like(connection, agency.site_id, everything, [name_of(text)], standard_nicknames())
        return sorted(index.alike(name_of(text)))

    bring_in(agency, ("N1", "Mary", "Vanderdyk", "YES"))
    assert found("Dyk") == []
    bring_in(agency, ("N2", "Anton", "Vander Dyk", "YES"))
    assert found("Dyk") == ["vanderdyk"]
    bring_in(agency, ("N2", "Anton", "Vanderdyk", "YES"))
    assert found("Dyk") == []
