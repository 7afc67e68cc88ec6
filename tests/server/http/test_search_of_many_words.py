"""What somebody is looked for by may be many words, and costs no more than a long name."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event, update

from server.records.database import writing
from server.records.tables import participants
from tests.support.served import Agency, Api, Call
from workbook.matching import like_key

FIRST, LAST = "Ana Sofia Carmen del Rosario", "Ruiz y Gomez de la Torre de Leon"


def asked(agency: Agency, api: Api, text: str) -> int:
    """How many values the largest question holds that the database is asked for it."""
    sizes = [0]

    def note(_connection: Any, _cursor: Any, _statement: str, values: Any, *_more: Any) -> None:
        sizes.append(len(values))

    event.listen(agency.engine, "before_cursor_execute", note)
    try:
        assert api("GET", "/v1/participants", params={"q": text}).status_code == 200
    finally:
        event.remove(agency.engine, "before_cursor_execute", note)
    return max(sizes)


def test_a_hundred_words_are_looked_for_as_ten_are(agency: Agency, call: Call) -> None:
    api = call("ADM")
    letters = "abcdefghijklmnopqrstuvwxyz" * 5
    ten, hundred = (asked(agency, api, " ".join(letters[:many])) for many in (11, 128))
    assert ten == hundred > asked(agency, api, "a b")


def test_somebody_of_many_names_is_found_by_all_of_them_in_whichever_order(agency: Agency, call: Call) -> None:
    long = {"first_name": FIRST, "last_name": LAST, "first_key": like_key(FIRST), "last_key": like_key(LAST)}
    with writing(agency.engine) as connection:
        connection.execute(update(participants).where(participants.c.participant_id == "P2").values(long))
    for text in (f"{FIRST} {LAST}", f"{LAST}, {FIRST}"):
        found = call("ADM").get("/v1/participants", params={"q": text}).json()["participants"]
        assert [one["participant_id"] for one in found] == ["P2"]
