"""Who gets what: every call × everybody who may ask, and nothing of another site, whatever is asked.

The table has a line for each call that /openapi.json describes; a new call without one fails.
"""

from __future__ import annotations

import io
import re
import secrets
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import func, select, update

from server.http.desk import FrontDesk, UnderWay
from server.http.turns import Turns
from server.records.database import reading, writing
from server.records.tables import audit, feeder_values, participants, programs, staff, tokens
from server.records.tokens import Principal, create_token
from tests.support import served
from tests.support.served import Agency, Api, agency_in, found_agency, table, web, worker

REFUSED = {
    "no token": "token-missing",
    "unknown": "token-invalid",
    "expired": "token-expired",
    "revoked": "token-revoked",
}
"""Who is refused everywhere, with the code that they get."""
PEOPLE = ("other site", "no access", "own only", "others", "administrator")
"""Who gets what the table says, in its order. The uploads that it speaks of are those of “others”."""
STRANGE = "Stranger"
"""What everything of the other site is called."""
GONE = 404


@dataclass
class CallLine:
    """What a call gives to each of PEOPLE: a refusal's status, or what `fact` sees in the answer."""

    gets: tuple[Any, ...]
    fact: Callable[[requests.Response], Any] = lambda answer: answer.status_code
    query: str = ""
    send: dict[str, Any] = field(default_factory=dict)


def ids(members: str, name: str) -> Callable[[requests.Response], Any]:
    return lambda answer: sorted({one[name] for one in answer.json()[members]})


def codes(answer: requests.Response) -> list[tuple[int, str]]:
    return sorted({(problem["row"], problem["code"]) for problem in answer.json()["problems"]})


def names_in_workbook(answer: requests.Response) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        text = "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))
    return [name for name in ("Alice Admin", "Robert Smith", "Carla Ruiz", STRANGE) if name in text]


def state(answer: requests.Response) -> str:
    return str(answer.json()["state"])


def fix(value: str, replacement: str) -> dict[str, str]:
    return {"column": "Caseload Status", "value": value, "code": "unknown-value", "replacement": replacement}


REMEMBERED = ["Activ", "Actve"]
"""What “others” had remembered."""
ROWS = table(
    served.insert("P4", program="", caseworker="Robert Smith"),
    served.insert("P4", caseworker="Robert Smith"),
    served.insert("P4", caseworker="Carla Ruiz"),
)
EVERYBODY = ["ADM", "S1", "S2", "S3", "S6", "S7"]
"""Who may have a caseload."""
UNKNOWN = [(row, code) for row in (2, 3, 4) for code in ("unknown-staff", "unknown-value")]
NO_ACCESS = 403
NO_SUCH_PERSON = [(2, "unknown-participant")]
HIDDEN = (GONE, GONE, GONE)
TABLE = {
    "GET /v1/health": CallLine((200,) * 5),
    "GET /v1/me": CallLine(
        ("Stranger ADM", "Agency S3", "Agency S1", "Agency S2", "Agency ADM"),
        lambda answer: f"{answer.json()['site']} {answer.json()['staff_id']}",
    ),
    "GET /v1/reference": CallLine(
        (EVERYBODY, [], ["S1"], EVERYBODY, EVERYBODY),
        ids("staff", "staff_id"),
    ),
    "GET /v1/template": CallLine(
        (
            [STRANGE],
            [],
            ["Robert Smith"],
            ["Alice Admin", "Robert Smith", "Carla Ruiz"],
            ["Alice Admin", "Robert Smith", "Carla Ruiz"],
        ),
        names_in_workbook,
    ),
    "POST /v1/validations": CallLine(
        (UNKNOWN, NO_ACCESS, [(4, "not-permitted")], [(2, "not-permitted")], []),
        codes,
        send={"json": ROWS},
    ),
    "POST /v1/uploads": CallLine(
        (False, NO_ACCESS, False, True, False),
        lambda answer: answer.json()["id"] == answer.request.headers["Upload"],
        send={"json": table(served.insert("P9")), "headers": {"Idempotency-Key": "wrong"}},
    ),
    "GET /v1/uploads": CallLine(
        (False, False, False, True, True),
        lambda answer: answer.request.headers["Upload"] in [upload["id"] for upload in answer.json()["uploads"]],
    ),
    "GET /v1/uploads/{upload_id}": CallLine((*HIDDEN, "needs-fixes", "needs-fixes"), state),
    "GET /v1/uploads/{upload_id}/problems": CallLine((*HIDDEN, NO_SUCH_PERSON, NO_SUCH_PERSON), codes),
    "PUT /v1/uploads/{upload_id}/fixes": CallLine((*HIDDEN, 200, 200), send={"json": {"fixes": [], "leave_out": []}}),
    "POST /v1/uploads/{upload_id}/continue": CallLine(
        (*HIDDEN, True, True), lambda answer: state(answer) != "needs-fixes"
    ),
    "POST /v1/uploads/{upload_id}/cancel": CallLine((*HIDDEN, "cancelled", "cancelled"), state),
    "POST /v1/uploads/{upload_id}/keep": CallLine((*HIDDEN, "complete", "complete"), state),
    "POST /v1/uploads/{upload_id}/roll-back": CallLine((*HIDDEN, "undone", "undone"), state),
    "POST /v1/uploads/{upload_id}/undo": CallLine((*HIDDEN, "undone", "undone"), state),
    "GET /v1/uploads/{upload_id}/log": CallLine((*HIDDEN, 1, 1), lambda answer: len(answer.json()["rows"])),
    "GET /v1/remembered": CallLine(([], [], [], REMEMBERED, REMEMBERED), ids("remembered", "value")),
    "POST /v1/remembered": CallLine(
        (["Onhold"], NO_ACCESS, ["Onhold"], ["Onhold"], ["Onhold"]),
        ids("remembered", "value"),
        send={"json": {"fixes": [fix("Onhold", "On Hold")]}},
    ),
    "DELETE /v1/remembered/{fix_id}": CallLine((*HIDDEN, 204, 204)),
    "GET /v1/participants": CallLine(
        ([], NO_ACCESS, ["P1"], ["P1"], ["P1"]), ids("participants", "participant_id"), query="?q=Mary Jones"
    ),
    "GET /v1/tokens": CallLine(
        (["ADM", "S1", "S2"], ["S3"], ["S1"], ["S2"], ["ADM", "S1", "S2", "S3"]), ids("tokens", "staff_id")
    ),
    "DELETE /v1/tokens/{token_id}": CallLine((*HIDDEN, GONE, 204)),
    "GET /v1/assignments": CallLine(
        (["S1", "S2"], [], ["S1"], ["S1", "S2"], ["S1", "S2"]), ids("assignments", "staff_id"), query="?open=true"
    ),
}


@dataclass
class Stage:
    """Two sites on one server, everybody's tokens, and an upload of “others” in each state that a call wants."""

    address: str
    agency: Agency
    other: Agency
    tokens: dict[str, str | None]
    uploads: dict[str, str]
    fixes: dict[str, str]
    """Who may forget a remembered fix → the one that is left to them."""
    token: str
    """A token of the administrator's."""

    def ask(self, who: str, call: str, named: str | None = None) -> requests.Response:
        """Makes a call of the table, for the upload or fix that belongs to it or for another one."""
        method, path = call.split()
        line = TABLE[call]
        upload = self.uploads.get(path.rpartition("/")[2], self.uploads["wrong"]) if named is None else named
        fix_id = self.fixes.get(who, self.fixes["others"]) if named is None else named
        token_id = self.token if named is None else named
        headers = {"Upload": upload, **line.send.get("headers", {})}
        target = path.replace("{upload_id}", upload).replace("{fix_id}", fix_id)
        target = target.replace("{token_id}", token_id) + line.query
        return Api(self.address, self.tokens[who])(method, target, **{**line.send, "headers": headers})


@pytest.fixture
def stage(address: str, agency: Agency, tmp_path: Path) -> Stage:
    return set_up(address, agency, tmp_path)


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One stage for those tests that leave it as it is."""
    folder = tmp_path_factory.mktemp("access")
    with agency_in(folder) as agency:
        settings = agency.settings(folder)
        with web(settings, agency.engine) as address, worker(settings, agency.engine):
            yield set_up(address, agency, folder)


def set_up(address: str, agency: Agency, folder: Path) -> Stage:
    other = found_agency(agency.url, agency.engine, folder, STRANGE)
    with writing(agency.engine) as connection:
        for name, columns in (
            (participants, ("first_name", "last_name", "first_key", "last_key", "case_number")),
            (staff, ("first_name", "last_name", "email")),
            (programs, ("name",)),
            (feeder_values, ("value",)),
        ):
            told = {column: STRANGE + name.c[column] for column in columns}
            connection.execute(update(name).where(name.c.site_id == other.site_id).values(told))
        agency.tokens["S3"] = create_token(connection, agency.site_id, "S3", days=1)
        old = create_token(connection, agency.site_id, "ADM", 1, "old", datetime.now(UTC) - timedelta(days=2))
        gone = create_token(connection, agency.site_id, "ADM", 1, "gone")
        connection.execute(update(tokens).where(tokens.c.label == "gone").values(revoked_at=datetime.now(UTC)))
    holders: dict[str, str | None] = {
        "no token": None,
        "unknown": "clt_" + secrets.token_urlsafe(32),
        "expired": old,
        "revoked": gone,
        "other site": other.tokens["ADM"],
        "no access": agency.tokens["S3"],
        "own only": agency.tokens["S1"],
        "others": agency.tokens["S2"],
        "administrator": agency.tokens["ADM"],
    }
    api = Api(address, agency.tokens["S2"])
    waiting: dict[str, str] = {}
    for number, key in enumerate(("wrong", "continue", "cancel", "keep", "roll-back", "undo"), start=1):
        good = key in ("keep", "roll-back", "undo")
        query = "?test_rows=1" if key in ("keep", "roll-back") else ""
        rows = table(served.insert(f"Q{number:04d}", program="") if good else served.insert("P9"))
        sent = api("POST", f"/v1/uploads{query}", json=rows, headers={"Idempotency-Key": key})
        waiting[key] = sent.json()["id"]
    for upload_id in waiting.values():
        api.wait(upload_id)
    api.fix(waiting["continue"], leave_out=[2])
    sent = api("POST", "/v1/remembered", json={"fixes": [fix(value, "Active") for value in REMEMBERED]})
    fixes = dict(zip(("others", "administrator"), (one["id"] for one in sent.json()["remembered"]), strict=True))
    found = Api(address, agency.tokens["ADM"]).get("/v1/tokens").json()["tokens"]
    [token] = [one["id"] for one in found if one["label"] == "gone"]
    return Stage(address, agency, other, holders, waiting, fixes, token)


def test_every_call_gives_everybody_what_is_theirs_and_no_more(stage: Stage) -> None:
    described = requests.get(f"{stage.address}/openapi.json", timeout=30).json()["paths"]
    calls = {f"{method.upper()} {path}" for path, methods in described.items() for method in methods}
    assert set(TABLE) == calls, "every call has a line in the table"
    wrong: list[tuple[str, str, Any, Any]] = []
    for call, line in TABLE.items():
        for who, code in REFUSED.items():
            answer = stage.ask(who, call)
            got = answer.json().get("code")
            if call != "GET /v1/health" and (answer.status_code, got) != (401, code):
                wrong.append((call, who, answer.status_code, got))
        for who, expected in zip(PEOPLE, line.gets, strict=True):
            answer = stage.ask(who, call)
            got = line.fact(answer) if answer.ok else answer.status_code
            if got != expected:
                wrong.append((call, who, got, expected))
            sent = str(line.send)
            theirs = [word for word in ("Agency", "Mary", "Carla", "Robert") if word not in sent]
            strange = STRANGE if who != "other site" else f"(?<!{STRANGE})(?:{'|'.join(theirs)})"
            if re.search(strange, answer.text):
                wrong.append((call, who, "something of another site", answer.text))
    assert wrong == []


def test_another_s_upload_looks_like_none_at_all(looked_at: Stage) -> None:
    """The same words and headers for an upload, or a remembered fix, that is not theirs as for one that never was."""
    nowhere = "0" * 32
    # "connection" tells no more than whether the body had come when the answer was given: that is the sender's doing.
    of_the_moment = {"date", "x-request-id", "connection"}

    def seen(answer: requests.Response, upload_id: str) -> tuple[Any, ...]:
        headers = {name: value for name, value in answer.headers.items() if name.lower() not in of_the_moment}
        return answer.status_code, answer.text.replace(upload_id, "?"), headers

    for call in TABLE:
        if "{" in call:
            for who in ("other site", "no access", "own only"):
                theirs = looked_at.uploads.get(call.rpartition("/")[2], looked_at.uploads["wrong"])
                theirs = looked_at.fixes["others"] if "{fix_id}" in call else theirs
                theirs = looked_at.token if "{token_id}" in call else theirs
                missing = seen(looked_at.ask(who, call, nowhere), nowhere)
                assert seen(looked_at.ask(who, call), theirs) == missing, (call, who)
                assert missing[0] == GONE


def test_what_the_server_hands_out_to_be_handed_back_counts_nothing(looked_at: Stage) -> None:
    """ETags and record numbers tell nothing of how much there is beside one's own; cursors find one's own only."""
    tags = {who: looked_at.ask(who, "GET /v1/reference").headers["ETag"] for who in PEOPLE}
    assert len(set(tags.values())) == len(PEOPLE)
    assert all(re.fullmatch(r'"[0-9a-f]{32}"', tag) for tag in tags.values())
    mine, theirs = (Api(looked_at.address, looked_at.tokens[who]) for who in ("administrator", "other site"))
    page = mine.get("/v1/uploads?limit=1").json()
    assert theirs.get(f"/v1/uploads?cursor={page['next']}").json()["uploads"] == []
    page = mine.get("/v1/assignments?limit=1").json()
    beyond = theirs.get(f"/v1/assignments?cursor={page['next']}").json()["assignments"]
    assert {one["participant_id"] for one in beyond} == {"P2", "P3"}
    assert all(one["first_name"].startswith(STRANGE) for one in beyond)
    first, others = (api.get("/v1/assignments?limit=3").json()["assignments"] for api in (mine, theirs))
    assert [one["id"] for one in first] == [one["id"] for one in others], "each site counts for itself"


def test_suggestions_and_caseloads_are_of_one_s_own_site(looked_at: Stage) -> None:
    """The other site has the very names that these rows misspell, and as many assignments."""
    rows = table(
        served.insert("P4"),
        served.insert("P4", caseworker=f"{STRANGE}Carla {STRANGE}Ruiz"),
        served.insert("", others={"First Name": f"{STRANGE}Mary", "Last Name": f"{STRANGE}Jones"}),
        served.insert("P4", relationship=f"{STRANGE}Primary"),
    )
    report = Api(looked_at.address, looked_at.tokens["administrator"]).validate(rows).json()
    offered = [one["label"] + one["value"] for fix in report["fixes"] for one in fix["suggestions"]]
    assert len(report["fixes"]) == 3
    assert not [text for text in offered if STRANGE in text]
    assert report["preview"]["caseloads"] == [{"caseworker": "Carla Ruiz", "before": 4, "after": 5}]


ONLY_LOOK = {
    "GET /v1/health", "GET /v1/me", "GET /v1/reference", "GET /v1/uploads", "GET /v1/uploads/{upload_id}",
    "GET /v1/tokens",
}  # fmt: skip
"""Which calls wait for no turn. All others are costly."""


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_every_call_that_takes_a_turn_counts_as_under_way_until_the_turn_is_over(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way, turn = FrontDesk.under_way, Turns.of
    counted: list[int] = []
    seen: dict[str, list[bool]] = {call: [] for call in TABLE}

    @asynccontextmanager
    async def counts(desk: FrontDesk, who: Principal) -> AsyncIterator[UnderWay]:
        async with under_way(desk, who) as made:
            counted.append(who.staff_key)
            yield made
            counted.remove(who.staff_key)

    @asynccontextmanager
    async def takes(turns: Turns, person: int, site: int) -> AsyncIterator[None]:
        seen[call].append(person in counted)
        async with turn(turns, person, site):
            yield
            seen[call].append(person in counted)

    monkeypatch.setattr(FrontDesk, "under_way", counts)
    monkeypatch.setattr(Turns, "of", takes)
    for call in TABLE:
        assert stage.ask("administrator", call).ok, call
    assert {call for call, turns in seen.items() if not turns} == ONLY_LOOK
    assert {call for call, turns in seen.items() if not all(turns)} == set()


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_every_call_that_may_tell_of_participants_leaves_a_line_in_the_audit_trail(stage: Stage) -> None:
    silent: list[str] = []
    undone = "POST /v1/uploads/{upload_id}/undo"
    for call in [*TABLE, undone]:  # who asks for an undo again is told what it did
        lines = []
        for ask in (False, True):
            assert not ask or stage.ask("administrator", call).ok, call
            with reading(stage.agency.engine) as connection:
                theirs = select(func.count()).where(audit.c.site_id == stage.agency.site_id, audit.c.who == "ADM")
                lines.append(connection.execute(theirs).scalar_one())
        silent += [call] * (lines[0] == lines[1])
    # The token was ended before.
    assert set(silent) == {*ONLY_LOOK, "GET /v1/template", "DELETE /v1/tokens/{token_id}"}
