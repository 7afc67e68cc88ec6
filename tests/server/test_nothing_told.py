"""Nothing stored is told to whoever may not act on it, on whichever road they ask (SPEC R10, 7)."""

from __future__ import annotations

import json
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert as insert_into
from sqlalchemy import select, update

from server.judge.ssns import MOST_ALONE, MOST_OF_ONE
from server.records import names
from server.records.database import reading, writing
from server.records.ssn import SsnHasher
from server.records.tables import assignments, audit, participants, programs, sites
from tests.support.served import HEADER, KEY, Agency, Api, Call, insert, table, web
from tests.support.served import update as ending

STORED = ("Pat7", "Person7", "1980-01-01", "K7", "José", "O'Brien-Smith", "Shelter", "Mary", "Alice")
"""What of the agency nobody below may read who has access to Youth Employment alone."""
OWN = {"program": "YES", "caseworker": "Robert Smith"}
WITH_ENROLLMENT = [*HEADER, "Program Start Date"]


def row(participant: str = "", **others: Any) -> list[Any]:
    """An Insert by Robert Smith into his own caseload; `others`: further cells, with _ for a space."""
    cells = {name.replace("_", " "): value for name, value in others.items()}
    return insert(participant, OWN["program"], OWN["caseworker"], others=cells)


def codes(report: dict[str, Any]) -> list[tuple[int, str]]:
    return [(problem["row"], problem["code"]) for problem in report["problems"]]


def told(report: Any, *but: str) -> list[str]:
    """What of STORED an answer tells."""
    return [word for word in STORED if word not in but and word in str(report)]


STRANGERS = {
    "by ID, with other details": row("Q0007", First_Name="Mo", Last_Name="Li", Date_of_Birth="1999-09-09"),
    "by ID": row("Q0007"),
    "by an ID that is a slip away": row("Q007"),
    "by a slip of a name": row(First_Name="Pat 7", Last_Name="Persson7"),
    "by another slip, with a birth date": row(First_Name="Patt7", Last_Name="Persn7", Date_of_Birth="1980-01-02"),
    "by case number alone": row(Case_Number="k 7"),
    "to end what is open": ending("Q0007", "Robert Smith"),
    "to end another's": ending("P2", "Carla Ruiz"),
    "in a program that is not theirs": insert("P2", "SH", "Robert Smith"),
    "for a caseworker who is not they": insert("P2", "YES", "ADM"),
    "with every cell wrong": insert("Q-0007", "YS", "Al Admin", "Primry", "2024-02-30"),
}
"""Rows of somebody who may change their own caseload in Youth Employment, and what they ask about."""
SAID = [
    "not-enrolled", "not-enrolled", "unknown-participant", "unknown-participant", "unknown-participant",
    "unknown-participant", "no-open-assignment", "not-permitted", "not-permitted", "not-permitted",
]  # fmt: skip


def test_of_people_out_of_reach_no_road_tells_anything(agency: Agency, call: Call) -> None:
    with writing(agency.engine) as connection:  # what is open in a program of others is no business of Robert's either
        somewhere = select(programs.c.key).where(programs.c.program_id == "SH").scalar_subquery()
        connection.execute(update(assignments).values(program_key=somewhere).where(assignments.c.participant_key == 2))
    api, rows = call("S1"), list(STRANGERS.values())
    report = api.validate(table(*rows)).json()
    errors = [problem for problem in report["problems"] if problem["severity"] == "error"]
    assert [code for row_number, code in codes({"problems": errors}) if row_number < 12] == SAID
    assert told(report, "Shelter") == []
    assert [group["suggestions"] for group in report["fixes"] if group["column"] == "Participant ID"] == [[]] * 6
    upload_id = api.submit(table(*rows)).json()["id"]
    assert api.wait(upload_id)["state"] == "needs-fixes"
    answers = {
        "problems": api.get(f"/v1/uploads/{upload_id}/problems").json(),
        "fixes": api.fix(upload_id, ("Participant ID", "Q007", "unknown-participant", "Q0007")).json(),
        "continue": api("POST", f"/v1/uploads/{upload_id}/continue").json(),
        "log": api.get(f"/v1/uploads/{upload_id}/log").json(),
        "search": [api.get("/v1/participants", params={"q": q}).json() for q in ("Q0007", "Pat7", "K7", "1980-01-01")],
        "download": api.get("/v1/assignments").json(),
    }
    assert {road: words for road, answer in answers.items() if (words := told(answer, "Mary", "Shelter"))} == {}


@pytest.mark.parametrize("one_by_one", [True, False])
def test_that_somebody_out_of_reach_is_there_shows_in_no_answer_about_others(
    agency: Agency, call: Call, monkeypatch: pytest.MonkeyPatch, one_by_one: bool
) -> None:
    """Somebody who is called as Mary Jones is, or has the very SSN, is neither found instead of her, nor counted where
    it is weighed how rare her name is, nor is their ID taken for what IDs look like. An administrator finds them, and
    sees another score.

    `one_by_one`: whether names are counted each by itself, or all of those who may be known."""
    monkeypatch.setattr(names, "_FEW", 1000 if one_by_one else 0)
    mary, ssn = {"First_Name": "Mary", "Last_Name": "Jones"}, "823-44-5566"
    rows = table(
        row(**mary, Date_of_Birth="1955-05-05"),
        row(**mary, Date_of_Birth="1955-05-05", SSN=ssn),
        row(First_Name="Mari", Last_Name="Jonas", SSN=ssn),
        row(First_Name="Marie", Last_Name="Jonnes", Case_Number="Z-99"),
    )

    def asked(api: Api) -> list[Any]:
        searches = ("Mary Jones 1955-05-05", "Jones 5/5/1955", "Mary Jnoes", "1")
        fixes = api.validate(rows).json()["fixes"]
        return [fixes, [api.get("/v1/participants", params={"q": one}).json() for one in searches]]

    before = {staff_id: asked(call(staff_id)) for staff_id in ("S1", "ADM")}
    assert "'value': 'P1'" in str(before["S1"]), "somebody within reach is suggested, who could be missing"
    *_by_name, by_number = before["S1"][1]
    assert [one["participant_id"] for one in by_number["participants"]] == ["P1"], "007 and Q0001 are not in sight"
    with writing(agency.engine) as connection:
        unseen = {
            "site_id": agency.site_id, "first_name": "Mary", "first_key": "mary", "last_name": "Jones",
            "last_key": "jones",
        }  # fmt: skip
        strangers = [
            {"participant_id": f"X{number}", "id_key": f"x{number}", "birth_date": "1955-05-05", "ssn_hash": ""}
            for number in range(30)
        ]
        strangers[0]["ssn_hash"] = SsnHasher(KEY).hash("823445566")
        connection.execute(insert_into(participants), [unseen | one for one in strangers])
        names.recount_names(connection, agency.site_id)
    after = {staff_id: asked(call(staff_id)) for staff_id in ("S1", "ADM")}
    assert after["S1"] == before["S1"]
    assert all(one != other for one, other in zip(after["ADM"], before["ADM"], strict=True))


def test_the_enrollments_and_assignments_of_a_participant_are_told_as_far_as_they_are_theirs(
    agency: Agency, call: Call
) -> None:
    """Mary Jones is in Youth Employment and in the Youth Shelter; Robert has her there, Carla here."""
    with writing(agency.engine) as connection:
        shelter = connection.execute(select(programs.c.key).where(programs.c.program_id == "SH")).scalar_one()
        connection.execute(
            assignments.insert().values(
                site_id=agency.site_id, record_id=900, participant_key=1, program_key=shelter, staff_key=3,
                start_date="2024-04-04",
            )
        )  # fmt: skip
    rows = table(row(First_Name="Marie", Last_Name="Jones", Date_of_Birth="1990-02-03"), ending("P1", "Robert Smith"))
    other = table(ending("P1", "Carla Ruiz"))
    by_admin, by_bob = (call(staff_id).validate(rows).json() for staff_id in ("ADM", "S1"))
    assert "in Youth Shelter, Youth Employment" in str(by_admin["fixes"])
    assert "in Youth Employment'" in str(by_bob["fixes"])
    assert "Shelter" in str(call("ADM").validate(other | {"rows": [ending("P1", "Alice Admin")]}).json()["problems"])
    by_carla = call("S2").validate(other).json()["problems"]
    assert [problem["code"] for problem in by_carla] == ["no-open-assignment"]
    assert "Shelter" not in str(by_carla)
    found = call("S1").get("/v1/participants", params={"q": "Jones"}).json()["participants"]
    assert [(one["participant_id"], one["programs"]) for one in found] == [("P1", ["Youth Employment"])]


def test_whoever_has_the_primary_already_is_not_told_to_those_who_may_not_change_it(agency: Agency, call: Call) -> None:
    with writing(agency.engine) as connection:
        connection.execute(update(sites).values(one_primary=True))
    rows = table(insert("P2", "YES", "Robert Smith", "Primary"))
    [by_bob] = call("S1").validate(rows).json()["problems"]
    [by_admin] = call("ADM").validate(rows).json()["problems"]
    assert by_bob["code"] == by_admin["code"] == "already-open"
    assert "Carla Ruiz in Youth Employment since 2/1/2024" in by_admin["message"]
    assert "another caseworker in Youth Employment since an unknown date" in by_bob["message"]


def test_of_a_primary_without_a_program_nobody_is_told_and_everybody_may_begin_another(
    agency: Agency, call: Call
) -> None:
    """Whoever may write without a program could not be told of those that they may not know of."""
    with writing(agency.engine) as connection:
        connection.execute(update(sites).values(one_primary=True))
    api = call("ADM")
    api.wait(api.submit(table(insert("P2", "", "Carla Ruiz", "Primary"))).json()["id"], "complete")
    for who in ("S1", "ADM"):
        rows = table(insert("P2", "", "Robert Smith", "Primary"))
        assert call(who).validate(rows).json()["problems"] == [], who


def test_somebody_of_whom_only_the_id_may_be_known_is_enrolled_by_it_with_a_warning(call: Call) -> None:
    """An ID is all that it takes (R6); what stands beside it is compared with nothing, right or wrong."""
    api = call("S1")
    right = {"First Name": "Pat7", "Last Name": "Person7", "Date of Birth": "1980-01-01", "Case Number": "K7"}
    wrong = {"First Name": "Mo", "Last Name": "Li", "Date of Birth": "1999-09-09", "Case Number": "x"}
    answers = []
    for details in (right, wrong, {}):
        cells = [*insert("Q0007", "YES", "Robert Smith", others=details), "2024-05-01"]
        answers.append(api.validate({"header": WITH_ENROLLMENT, "rows": [cells]}).json())
    assert [codes(answer) for answer in answers] == [[(2, "details-not-compared")]] * 2 + [[]]
    assert [answer["counts"]["valid"] for answer in answers] == [1, 1, 1]
    assert answers[0]["problems"] == answers[1]["problems"]
    assert answers[0]["preview"]["enrollments_begun"] == 1


def test_how_many_unknown_people_somebody_takes_up_stands_in_the_audit_trail(call: Call, agency: Agency) -> None:
    """An ID is enough to begin something with somebody, and to know of them from then on."""
    api = call("S1")
    assert api.get("/v1/participants?q=Pat7").json()["participants"] == []
    enrolled = [[*insert(f"Q000{number}", "YES", "Robert Smith"), "2024-05-01"] for number in (7, 8)]
    alone = [[*insert(one, "", "Robert Smith"), ""] for one in ("Q0009", "P1")]
    upload_id = api.submit({"header": WITH_ENROLLMENT, "rows": [*enrolled, *alone]}).json()["id"]
    assert api.wait(upload_id)["accepted"] == 4
    assert [one["participant_id"] for one in api.get("/v1/participants?q=Pat7").json()["participants"]] == ["Q0007"]
    upload_of_known = api.submit(table(insert("Q0007", "YES", "Robert Smith", "Primary")), "later").json()["id"]
    api.wait(upload_of_known)
    with reading(agency.engine) as connection:
        lines = connection.execute(
            select(audit.c.upload_id, audit.c.detail).where(audit.c.what == "upload complete").order_by(audit.c.number)
        ).all()
    told = {line.upload_id: json.loads(line.detail).get("people not known before") for line in lines}
    assert told == {upload_id: 3, upload_of_known: None}


def test_staff_are_suggested_to_those_who_may_choose_them(call: Call) -> None:
    rows = table(insert("P1", "YES", "Karla Ruis"), insert("P1", "YES", "Robert Smit"))
    suggested = {}
    for staff_id in ("S1", "S2"):
        fixes = call(staff_id).validate(rows).json()["fixes"]
        suggested[staff_id] = [[one["value"] for one in group["suggestions"]] for group in fixes]
    assert suggested == {"S1": [[], ["Robert Smith"]], "S2": [["Carla Ruiz"], ["Robert Smith"]]}


# SSNs by trying

SSN = "823-11-0003"
"""That of P3."""


def wrong(number: int) -> str:
    return f"823-12-{number + 1:04}"


def answered(api: Api, *ssns: str, participant: str = "P3") -> list[str]:
    """What is said of each: wrong, right or not compared."""
    report = api.validate(table(*(insert(participant, others={"SSN": ssn}, start="2024-05-01") for ssn in ssns))).json()
    words = {"demographics-mismatch": "wrong", "unknown-participant": "wrong", "ssn-tried": "not compared"}
    said = {problem["row"]: words[problem["code"]] for problem in report["problems"] if problem["code"] in words}
    return [said.get(number, "right") for number in range(2, 2 + len(ssns))]


def test_of_one_participant_a_few_ssns_are_answered_in_a_day_by_whatever_call_or_person(
    call: Call, agency: Agency, tmp_path: Path
) -> None:
    carla, admin = call("S2"), call("ADM")
    assert answered(carla, SSN, wrong(1), wrong(1)) == ["right", "wrong", "wrong"]
    all_but_one = [wrong(number) for number in range(1, MOST_OF_ONE)]
    assert answered(admin, *all_but_one, SSN) == [*["wrong"] * len(all_but_one), "right"]
    with web(agency.settings(tmp_path), agency.engine) as another:  # a second process counts on
        again = Api(another, agency.tokens["S2"])
        assert answered(again, wrong(98), wrong(99), SSN) == ["wrong", "not compared", "not compared"]
    assert answered(carla, wrong(1), wrong(98), wrong(99), SSN) == ["wrong", "wrong", "not compared", "not compared"]
    assert answered(carla, "823-11-0002", wrong(5), participant="P2") == ["right", "wrong"], "others are not concerned"


def test_a_sheet_full_of_guesses_finds_nothing(call: Call, agency: Agency) -> None:
    """The right one is among them, and is answered as every other that is not."""
    guesses = [wrong(number) for number in range(300)]
    guesses.insert(150, SSN)
    said = answered(call("ADM"), *guesses)
    assert Counter(said) == {"wrong": MOST_OF_ONE, "not compared": len(guesses) - MOST_OF_ONE}
    with reading(agency.engine) as connection:
        lines = connection.execute(select(audit.c.who, audit.c.detail).where(audit.c.what == "wrong SSNs given")).all()
    assert [tuple(line) for line in lines] == [("ADM", "5 beside the IDs of 1 participants, 0 without a known ID")]


def test_guesses_at_the_same_moment_are_counted_together(call: Call) -> None:
    said: list[str] = []

    def guess(first: int) -> None:
        said.extend(answered(call("ADM"), *(wrong(number) for number in range(first, first + 4))))

    threads = [threading.Thread(target=guess, args=(4 * number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(said) == {"wrong": MOST_OF_ONE, "not compared": 20 - MOST_OF_ONE}


def test_an_upload_is_no_way_around(call: Call, agency: Agency) -> None:
    api = call("ADM")
    for number in range(MOST_OF_ONE):
        upload = api.submit(table(insert("P3", others={"SSN": wrong(number)})), f"guess-{number}").json()["id"]
        assert api.wait(upload)["state"] == "needs-fixes"
    upload = api.submit(table(insert("P3", others={"SSN": SSN})), "the right one").json()["id"]
    assert api.wait(upload)["state"] == "needs-fixes"
    assert codes(api.get(f"/v1/uploads/{upload}/problems").json()) == [(2, "ssn-tried")]


@pytest.mark.parametrize("details", [{}, {"First Name": "Ann", "Last Name": "Lee"}, {"Participant ID": "nobody"}])
def test_ssns_that_lead_to_nobody_are_answered_for_so_many_a_day(call: Call, details: dict[str, str]) -> None:
    """Alone, with a name, or with an ID that nobody has: then the suggestions tell whose it is."""
    api = call("ADM")
    ssns = [wrong(number) for number in range(MOST_ALONE + 20)]
    report = api.validate(table(*(insert("", others={**details, "SSN": ssn}) for ssn in [*ssns, SSN]))).json()
    limited = [problem for problem in report["problems"] if problem["code"] == "ssn-tried"]
    of_the_right_one = [code for row_number, code in codes(report) if row_number == 2 + len(ssns)]
    if "Participant ID" in details:
        assert (limited, of_the_right_one) == ([], ["unknown-participant"])
        report = api.validate(table(insert("", others={**details, "SSN": SSN}))).json()
        assert [group["suggestions"] for group in report["fixes"]] == [[]]
    else:
        assert (len(limited), of_the_right_one) == (21, ["ssn-tried"])
        report = api.validate(table(insert("", others={**details, "SSN": SSN}))).json()
        assert codes(report) == [(2, "ssn-tried")], "by itself it is a guess as among others"


def test_right_ssns_beside_wrong_names_are_no_guesses(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are what suggestions are for: as long as most of a sheet's SSNs are somebody's, none is held back."""
    monkeypatch.setattr("server.judge.ssns.MOST_ALONE", 1)
    people = [insert("", others={"First Name": "Jo", "Last Name": "Of", "SSN": f"823-11-000{n}"}) for n in (1, 2, 3)]
    report = call("ADM").validate(table(*people, *(insert("", others={"SSN": wrong(n)}) for n in (1, 2)))).json()
    likely = [[one["value"] for one in group["suggestions"]] for group in report["fixes"]]
    assert likely == [["P1"], ["P2"], ["P3"], [], []]


def test_a_sheet_of_right_ssns_is_not_held_back_by_its_wrong_ones(call: Call) -> None:
    rows = [insert("", others={"SSN": f"823-11-000{number}"}) for number in (1, 2, 3)]
    report = call("ADM").validate(table(*rows, *(insert("", others={"SSN": wrong(n)}) for n in range(100)))).json()
    assert Counter(code for _row, code in codes(report)) == {"unknown-participant": 100}


# Who looked is put down


def test_whoever_looks_at_people_leaves_a_line_with_no_value(call: Call, agency: Agency) -> None:
    api = call("S2")
    api.validate(table(insert("P2"), insert("P9")))
    api.get("/v1/participants", params={"q": "Jones"})
    api.get("/v1/assignments", params={"open": "true"})
    upload_id = api.submit(table(insert("P9"))).json()["id"]
    api.wait(upload_id)
    api.get(f"/v1/uploads/{upload_id}/problems")
    assert api("POST", f"/v1/uploads/{upload_id}/continue").status_code == 409
    api.get(f"/v1/uploads/{upload_id}/log")
    with reading(agency.engine) as connection:
        columns = audit.c.what, audit.c.detail, audit.c.upload_id
        lines = connection.execute(select(*columns).where(audit.c.who == "S2").order_by(audit.c.number))
        assert [tuple(line) for line in lines] == [
            ("rows checked", "2 rows", None),
            ("participants searched", "1 rows", None),
            ("assignments listed", "2 rows", None),
            ("upload received", "1 rows", upload_id),
            ("upload looked at", "1 rows", upload_id),
            ("upload looked at", "1 rows", upload_id),
            ("log looked at", "1 rows", upload_id),
        ]


# Finding a participant


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("p1", ["P1"]),
        ("c3", ["P3"]),
        ("Jones", ["P1"]),
        ("jone", ["P1", "P2"]),  # who is called so comes first, then José, who may be meant
        ("Mary Jones", ["P1"]),
        ("Jones, Mary", ["P1"]),
        ("Jonse", ["P1", "P2"]),
        ("jose garcia", ["P2"]),
        ("Ann Lee", ["P3", "P4"]),
        ("Lee 1999-09-10", ["P4"]),
        ("9/10/1999", ["P4"]),
        ("823-11-0001", []),
        ("%", []),
        ("nobody whom anybody knows", []),
    ],
)
def test_a_participant_is_found_by_id_name_case_number_or_birth_date(found_by: Api, q: str, found: list[str]) -> None:
    answer = found_by.get("/v1/participants", params={"q": q})
    assert [one["participant_id"] for one in answer.json()["participants"]] == found


def test_no_more_than_twenty_are_found(found_by: Api) -> None:
    assert len(found_by.get("/v1/participants", params={"q": "Person"}).json()["participants"]) == 20
    for q in ("", "a\0b", "x" * 256):
        assert found_by.get("/v1/participants", params={"q": q}).status_code == 422


@pytest.fixture
def found_by(call: Call) -> Api:
    return call("ADM")
