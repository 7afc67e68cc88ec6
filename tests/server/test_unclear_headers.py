"""An unknown header that looks like a column which the sheet lacks: asked about once, answered, remembered (SPEC 2)."""

from __future__ import annotations

from typing import Any

import pytest

from server.records.database import reading
from server.records.ssn import SsnHasher
from server.records.uploads import load_sheet
from tests.support.agency import FILES
from tests.support.served import HEADER, KEY, Agency, Api, insert
from workbook.files.packing import unpack

RENAMED = ["Program/Service" if header == "Program ID" else header for header in HEADER]
ODD_HEADER = "".join(chr(0x20000 + 37 * place) for place in range(500))
"""Of letters of four bytes, no two alike: too long for the index of a database that compresses."""
UNCLEAR = ("Program/Service", "Program/Service", "header-unclear")


@pytest.fixture
def api(agency: Agency, address: str) -> Api:
    return Api(address, agency.tokens["ADM"])


def sheet(*rows: list[Any], header: list[str] = RENAMED) -> dict[str, Any]:
    return {"header": header, "rows": list(rows)}


def codes(report: dict[str, Any]) -> list[tuple[int, str, str, str]]:
    return [(one["row"], one["column"], one["code"], one["severity"]) for one in report["problems"]]


def test_a_file_whose_program_column_is_called_otherwise_waits_for_an_answer(api: Api, agency: Agency) -> None:
    begun = len(agency.assignments())
    upload = api.submit(sheet(insert())).json()["id"]
    assert api.wait(upload)["state"] == "needs-fixes"
    report = api.get(f"/v1/uploads/{upload}/problems").json()
    assert codes(report) == [(1, "Program/Service", "header-unclear", "error")]
    assert [(fix["rows"], [one["value"] for one in fix["suggestions"]]) for fix in report["fixes"]] == [
        ([1], ["Program ID", "Program Name", "leave it out"])
    ]
    assert api("POST", f"/v1/uploads/{upload}/continue").status_code == 409
    fixed = api.fix(upload, (*UNCLEAR, "Program Name")).json()
    assert [fixed["problems"], fixed["unknown"]] == [[], []]
    assert api("POST", f"/v1/uploads/{upload}/continue").status_code == 202
    assert api.wait(upload, "complete")["accepted"] == 1
    assert len(agency.assignments()) == begun + 1
    listed = api.get("/v1/assignments", params={"participant": "P1", "program": "YES"}).json()["assignments"]
    assert ["Carla Ruiz", "Secondary"] in [[one["caseworker"], one["relationship"]] for one in listed]


@pytest.mark.parametrize(
    ("cells", "first"),
    [
        (["YES", "SH"], "Program ID"),
        (["Youth Employment", "Shelter"], "Program Name"),
        (["yes", "Youth Employment", "Shelter"], "Program Name"),
        ([1017.0, "0042"], "Program ID"),
        (["Nothing Like It"], "Program Name"),
    ],
)
def test_a_header_that_says_program_alone_is_asked_about_and_its_cells_say_which_is_likelier(
    api: Api, cells: list[Any], first: str
) -> None:
    header = ["Program" if header == "Program ID" else header for header in HEADER]
    report = api.validate(sheet(*[insert(program=cell) for cell in cells], header=header)).json()
    assert codes(report) == [(1, "Program", "header-unclear", "error")]
    second = "Program Name" if first == "Program ID" else "Program ID"
    [fix] = report["fixes"]
    assert [one["value"] for one in fix["suggestions"]] == [first, second, "leave it out"]
    assert f"looks like {first} or {second}" in report["problems"][0]["message"]


def test_beside_a_program_id_a_header_that_says_program_alone_is_only_unknown(api: Api) -> None:
    report = api.validate(sheet([*insert(), "Youth Employment"], header=[*HEADER, "Program"])).json()
    assert codes(report) == [(1, "Program", "header-unknown", "warning")]


def test_left_out_the_rows_go_without_that_column(api: Api) -> None:
    upload = api.submit(sheet(insert())).json()["id"]
    api.wait(upload)
    assert codes(api.fix(upload, (*UNCLEAR, "leave it out")).json()) == []
    assert api("POST", f"/v1/uploads/{upload}/continue").status_code == 202
    assert api.wait(upload, "complete")["accepted"] == 1


def test_an_answer_taken_back_takes_the_fixes_of_that_column_with_it(api: Api) -> None:
    upload = api.submit(sheet(insert(program="YSE"))).json()["id"]
    api.wait(upload)
    asked = codes(api.fix(upload, (*UNCLEAR, "Program ID")).json())
    assert asked == [(2, "Program ID", "unknown-program", "error")]
    assert codes(api.fix(upload, ("Program ID", "YSE", "unknown-program", "YES")).json()) == []
    assert codes(api.fix(upload, (*UNCLEAR, None)).json()) == [(1, "Program/Service", "header-unclear", "error")]
    assert codes(api.fix(upload, (*UNCLEAR, "Program ID")).json()) == asked


@pytest.mark.parametrize("answer", ["Shoe Size", "Start Date", "SSN"])
def test_an_answer_that_names_no_free_column_of_ours_leaves_the_question_open(api: Api, answer: str) -> None:
    upload = api.submit(sheet(insert())).json()["id"]
    api.wait(upload)
    assert codes(api.fix(upload, (*UNCLEAR, answer)).json()) == [(1, "Program/Service", "header-unclear", "error")]


def test_once_one_of_two_such_headers_is_the_column_the_other_is_only_unknown(api: Api) -> None:
    upload = api.submit(sheet([*insert(), "YES"], header=[*RENAMED, "Program (current)"])).json()["id"]
    api.wait(upload)
    fixed = api.fix(upload, (*UNCLEAR, "Program ID")).json()
    assert codes(fixed) == [(1, "Program (current)", "header-unknown", "warning")]


@pytest.mark.parametrize(("answer", "problems"), [("Program ID", []), ("leave it out", [])])
def test_in_a_table_the_answer_stands_in_the_header_itself(api: Api, answer: str, problems: list[Any]) -> None:
    header = [answer if header == "Program/Service" else header for header in RENAMED]
    assert codes(api.validate(sheet(insert(), header=header)).json()) == problems


def test_rows_are_not_blamed_for_what_the_header_leaves_open(api: Api) -> None:
    header = ["Start Date (MM/DD/YYYY)" if header == "Start Date" else header for header in RENAMED]
    report = api.validate(sheet(insert(), insert(), header=header)).json()
    assert codes(report) == [(1, "Program/Service", "header-unclear", "error"),
                             (1, "Start Date (MM/DD/YYYY)", "header-unclear", "error")]  # fmt: skip
    assert report["counts"] == {"rows": 2, "valid": 2, "errors": 2, "warnings": 0}
    assert report["preview"]["inserts"] == 0


@pytest.mark.parametrize(
    ("answer", "told"),
    [("Program ID", "is read as Program ID, as your site has answered before"), ("leave it out", "so it is ignored")],
)
def test_remembered_it_holds_for_the_whole_site_and_is_told(
    api: Api, agency: Agency, address: str, answer: str, told: str
) -> None:
    upload = api.submit(sheet(insert())).json()["id"]
    api.wait(upload)
    given = {"column": UNCLEAR[0], "value": UNCLEAR[1], "code": UNCLEAR[2], "replacement": answer, "remember": True}
    api("PUT", f"/v1/uploads/{upload}/fixes", json={"fixes": [given]})
    colleague = Api(address, agency.tokens["S2"])
    header = ["PROGRAM/SERVICE" if header == "Program/Service" else header for header in RENAMED]
    report = colleague.validate(sheet(insert(), header=header)).json()
    warned = [one for one in report["problems"] if one["severity"] == "warning"]
    assert [(one["column"], one["code"], told in one["message"]) for one in warned] == [
        ("PROGRAM/SERVICE", "header-unknown", True)
    ]
    listed = api.get("/v1/remembered").json()["remembered"]
    assert [(one["column"], one["replacement"]) for one in listed] == [("Program/Service", answer)]


def header_word(api: Api, replacement: str, column: str = UNCLEAR[0], value: str = UNCLEAR[1]) -> dict[str, Any]:
    """Has an answer to an unclear header remembered; gives what came of it."""
    answer = {"column": column, "value": value, "code": UNCLEAR[2], "replacement": replacement}
    found: dict[str, Any] = api("POST", "/v1/remembered", json={"fixes": [answer]}).json()
    return found


def test_what_a_colleague_said_of_a_header_is_laid_over_nobody_else_s_sheet(
    api: Api, agency: Agency, address: str
) -> None:
    colleague, another = (Api(address, agency.tokens[staff_id]) for staff_id in ("S1", "S2"))
    assert len(header_word(colleague, "leave it out")["remembered"]) == 1
    own = colleague.validate(sheet(insert(caseworker="Robert Smith"), header=RENAMED)).json()
    assert codes(own) == [(1, "Program/Service", "header-unknown", "warning")]
    for asked in (another, api):
        report = asked.validate(sheet(insert(), header=RENAMED)).json()
        assert codes(report) == [(1, "Program/Service", "header-unclear", "error")]


@pytest.mark.parametrize(
    ("column", "value"),
    [("Program/Service", "Program/Service"), ("Program  Service", "Program/Service"), ("Other", "Program/Service")],
)
def test_what_an_administrator_said_of_a_header_stands_whatever_a_colleague_says(
    api: Api, agency: Agency, address: str, column: str, value: str
) -> None:
    assert len(header_word(api, "Program ID")["remembered"]) == 1
    header_word(Api(address, agency.tokens["S1"]), "leave it out", column, value)
    report = Api(address, agency.tokens["S2"]).validate(sheet(insert(), header=RENAMED)).json()
    told = [(one["code"], "read as Program ID" in one["message"]) for one in report["problems"]]
    assert told == [("header-unknown", True)]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("Other", "Wkr"),
        ("Wkr\0", "Wkr"),
        (f"Wkr{'/' * 501}", "Wkr"),
        (ODD_HEADER, ODD_HEADER),
        ("823-11-0001", "823-11-0001"),
    ],
)
def test_only_a_header_under_itself_can_be_remembered(api: Api, column: str, value: str) -> None:
    kept = header_word(api, "Caseworker Name", column, value)
    assert [len(kept.get("remembered", ())), len(kept["refused"])] == [0, 1]


def test_only_an_answer_can_be_remembered(api: Api) -> None:
    answers = [
        {"column": "Wkr", "value": "Wkr", "code": "header-unclear", "replacement": replacement}
        for replacement in ("Shoe Size", "", "Caseworker Name")
    ]
    kept = api("POST", "/v1/remembered", json={"fixes": answers}).json()
    assert [len(kept["remembered"]), [one["replacement"] for one in kept["remembered"]]] == [1, ["Caseworker Name"]]


@pytest.mark.parametrize("said", ["SSN (9 digits)", "Case Number (SSN)"])
def test_an_ssn_column_that_nobody_has_confirmed_is_hidden_all_the_same(api: Api, agency: Agency, said: str) -> None:
    ssn = FILES["participants"][1].split(",")[5]  # of P1
    kept = [place for place, one in enumerate(HEADER) if one != "Case Number"]
    row = insert(others={"SSN": ssn})
    header = [said if HEADER[place] == "SSN" else HEADER[place] for place in kept]
    upload = api.submit(sheet([row[place] for place in kept], header=header)).json()["id"]
    api.wait(upload)
    unclear = (said, said, "header-unclear")
    with reading(agency.engine) as connection:
        packed = load_sheet(connection, upload, "rows")
    assert packed is not None
    [column] = [one.column for one in unpack(packed).unclear.values()]
    assert column.values == [None, SsnHasher(KEY).hash(ssn.replace("-", ""))]
    refused = api.fix(upload, (*unclear, "Case Number")).json()
    assert codes(refused) == [(1, said, "header-unclear", "error")]
    assert "give it that column's header" in refused["problems"][0]["message"]
    assert codes(api.fix(upload, (*unclear, "SSN")).json()) == []


def test_an_empty_column_under_such_a_header_is_not_asked_about(api: Api) -> None:
    row = insert(program="")
    assert codes(api.validate(sheet(row)).json()) == [(1, "Program/Service", "header-unknown", "warning")]


@pytest.mark.parametrize(
    ("answer", "problems"),
    [
        ("Program/Service=Program ID", []),
        ("program service=program id", []),
        ("Program/Service=leave it out", []),
        ("Program/Service=Start Date", [(1, "Program/Service", "header-unclear", "error")]),
        ("Shoe Size=Program ID", [(1, "Program/Service", "header-unclear", "error")]),
    ],
)
def test_a_file_that_is_checked_as_it_is_carries_the_answer_in_the_address(
    api: Api, answer: str, problems: list[Any]
) -> None:
    lines = [RENAMED, ["" if cell is None else str(cell) for cell in insert()]]
    file = ("rows.csv", "\n".join(",".join(line) for line in lines).encode())
    report = api("POST", "/v1/validations", params={"header": [answer]}, files={"file": file}).json()
    assert codes(report) == problems
    left_out = api("POST", "/v1/validations", params={"header": [answer]}, json=sheet(insert())).json()
    assert codes(left_out) == problems, "and so does a table"


@pytest.mark.parametrize("answer", ["Program/Service", "=Program ID", "Program/Service=", "Program/Service=Shoe Size"])
def test_an_answer_in_the_address_that_is_none_is_refused(api: Api, answer: str) -> None:
    refused = api("POST", "/v1/validations", params={"header": [answer]}, json=sheet(insert()))
    assert (refused.status_code, "HEADER=COLUMN" in refused.json()["detail"]) == (422, True)
