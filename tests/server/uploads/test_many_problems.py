"""Sheets of nothing but mistakes: a report names so many of a kind and counts the rest, and what is said stays true."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.judge import judge as judging
from server.judge import verdict as verdicts
from server.uploads import check as checking
from server.uploads import lifecycle
from server.worker import take_up_next
from tests.server.uploads.test_killed import administrator, sheet
from tests.support.judged import reference
from tests.support.served import Agency, Api, insert, table, web
from workbook.report import Report
from workbook.sheet import sheet_of
from workbook.sheets.marked_sheet import MarkedSheet
from workbook.sheets.marks import lay_out_marks


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three problems of a kind are many."""
    for module, name in ((verdicts, "MOST_ERRORS"), (checking, "MOST_OF_A_KIND"), (verdicts, "MOST_QUESTIONS")):
        monkeypatch.setattr(module, name, 3)


WRONG = [insert(f"X{number}", program="") for number in range(5)]
FINE = insert("P2")


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_report_names_so_many_problems_of_a_kind_and_counts_the_rest(agency: Agency, tmp_path: Path) -> None:
    with web(agency.settings(tmp_path), agency.engine) as address:
        api = Api(address, agency.tokens["ADM"])
        answer = api("POST", "/v1/validations?follow_up=true", json=table(*WRONG, FINE)).json()
        known = api("POST", "/v1/validations?follow_up=true", json=table(*WRONG[:3], FINE)).json()
    report = Report.model_validate(answer)
    assert report.counts.model_dump() == {"rows": 6, "valid": 1, "errors": 5, "warnings": 0}
    assert [(problem.row, problem.code) for problem in report.problems] == [
        (2, "unknown-participant"), (3, "unknown-participant"), (4, "unknown-participant"),
    ]  # fmt: skip
    assert [kind.model_dump() for kind in report.more] == [
        {"code": "unknown-participant", "severity": "error", "count": 2}
    ]
    assert [group.value for group in report.fixes] == ["X0", "X1", "X2"]
    assert report.follow_up is None, "a part of the rows would not tell what is wrong with the others"
    assert ["more" in known, known["follow_up"] is None] == [False, False]


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_row_whose_problem_is_only_counted_is_not_said_to_be_right(agency: Agency, tmp_path: Path) -> None:
    with web(agency.settings(tmp_path), agency.engine) as address:
        body = table(*WRONG, FINE)
        report = Report.model_validate(Api(address, agency.tokens["ADM"]).validate(body).json())
    marks = lay_out_marks(report, MarkedSheet(body["header"], range(2, 8)))
    assert [status for (status,) in marks.statuses] == ["✖ 1 error"] * 3 + [None] * 3
    (note,) = marks.notes
    assert note.startswith("2 more problems of the same kinds are not shown")


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_an_upload_with_more_problems_than_are_told_is_fixed_step_by_step(agency: Agency, tmp_path: Path) -> None:
    who, settings = administrator(agency), agency.settings(tmp_path)
    upload = lifecycle.submit(agency.engine, who, "one", lifecycle.Submission("a.csv", sheet(*WRONG)))
    take_up_next(agency.engine, settings)
    with pytest.raises(lifecycle.ErrorsOpen) as still_open:
        lifecycle.go_on(agency.engine, who, upload.id)
    assert still_open.value.rows == 5
    with web(settings, agency.engine) as address:
        api = Api(address, agency.tokens["ADM"])
        meant = {f"X{number}": f"Q000{number + 1}" for number in range(5)}
        fixes = [("Participant ID", value, "unknown-participant", person) for value, person in meant.items()]
        first = api.fix(upload.id, *fixes).json()
        assert [part["value"] for part in first["unknown"]] == [], "the second round has answered the last two"
        assert first["counts"]["errors"] == 0
    lifecycle.go_on(agency.engine, who, upload.id)
    take_up_next(agency.engine, settings)
    assert len(agency.assignments()) == 3 + 5


def test_no_sheet_makes_more_than_so_many_problems_or_questions_of_a_kind() -> None:
    header = ["Update or Insert", "Participant ID", "Start Date"]
    rows = [[f"x{number}", f"y{number}", f"z{number}"] for number in range(verdicts.MOST_QUESTIONS + 50)]
    verdict = judging.judge(sheet_of(header, rows), reference())
    by_code: dict[str, int] = {}
    for problem in verdict.problems:
        by_code[problem.code] = by_code.get(problem.code, 0) + 1
    assert max(by_code.values()) == verdicts.MOST_ERRORS
    asked: dict[str, int] = {}
    for _column, _value, code in verdict.questions:
        asked[code] = asked.get(code, 0) + 1
    assert max(asked.values()) <= verdicts.MOST_QUESTIONS
    assert verdict.errors == len(verdict.problems) + sum(verdict.counted.values())
