"""Download Caseload brings the open assignments into the sheet, and what nobody touches is not sent (SPEC 9, R12)."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from addin.api.client import Client
from addin.buttons.registry import DOWNLOAD_CASELOAD, SUBMIT, VALIDATE
from addin.errors import BookError
from addin.rows.assignments import Naming
from tests.support.desk import Desk, Open
from tests.support.own_server import Server
from tests.support.sheets import begun, fresh_template, insert, plain_workbook
from workbook import layout
from workbook.columns import ACTION, ROW_ORIGIN, ROW_STATUS, START, CaseworkerChoice, TemplateChoice
from workbook.matching import text_of
from workbook.report import ListedAssignment
from workbook.sheets.marks import AS_DOWNLOADED


@pytest.fixture
def book(desk: Open, client: Client, tmp_path: Path) -> Desk:
    """A fresh template."""
    return desk(fresh_template(client, tmp_path / "Caseload.xlsx"))


def filled(book: Desk, row: int) -> dict[str, Any]:
    """The filled cells of a row by header, our own left out."""
    data = book.data()
    cells = data.untouched.get(row) or data.rows[row]
    return {
        header: cell
        for header, cell in zip(data.headers, cells, strict=True)
        if cell is not None and header not in layout.TEMPLATE_OWN_HEADERS
    }


def end(book: Desk, row: int, day: Any = date(2026, 3, 31), reason: str = "Completed") -> None:
    book.enter(row, "End Date", day)
    book.enter(row, "Reason for Dismissal", reason)


def test_open_assignments_become_update_rows_in_the_place_of_the_sample_rows(
    client: Client, agency: Server, book: Desk
) -> None:
    person = begun(client, agency)
    done = book.press(DOWNLOAD_CASELOAD, participant=person)
    assert done.added == [2]
    assert filled(book, 2) == {
        "Update or Insert": "Update",
        "Participant ID": person,
        "First Name": f"Pat{int(person[1:])}",
        "Last Name": f"Person{int(person[1:])}",
        "Program Name": "Youth Shelter",
        "Caseworker Name": "Robert Smith",
        "Caseworker Relationship": "Primary",
        "Caseload Status": "Active",
        "Start Date": datetime(2026, 1, 12),
    }
    data = book.data()
    assert list(data.rows) == []
    assert list(data.untouched) == [2]
    assert done.sentence.startswith("1 open assignment downloaded to row 2.")


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("staff_id", {"Caseworker Staff ID": "S3"}),
        ("name", {"Caseworker Name": "Ana de la Cruz"}),
        ("first_last", {"Caseworker First Name": "Ana", "Caseworker Last Name": "de la Cruz"}),
    ],
)
def test_caseworker_and_program_are_named_as_the_template_names_them(
    client: Client, agency: Server, desk: Open, tmp_path: Path, choice: CaseworkerChoice, expected: dict[str, str]
) -> None:
    person = begun(client, agency, Caseworker_Name="Ana de la Cruz")
    path = fresh_template(client, tmp_path / "own.xlsx", TemplateChoice("id", choice, False))
    book = desk(path)
    book.press(DOWNLOAD_CASELOAD, participant=person)
    cells = filled(book, 2)
    assert {header: cell for header, cell in cells.items() if header.startswith("Caseworker ")} == expected | {
        "Caseworker Relationship": "Primary"
    }
    assert cells["Program ID"] == "SH"
    end(book, 2)
    assert book.press(VALIDATE).errors == 0


def test_rows_that_nobody_touched_are_not_sent_and_ended_ones_are(client: Client, agency: Server, book: Desk) -> None:
    people = [begun(client, agency, Caseworker_Name="Carla Ruiz", Caseload_Status="On Hold") for _ in range(3)]
    mine = {person: n for n, person in enumerate(people)}
    book.press(DOWNLOAD_CASELOAD, caseworker="Ruiz, Carla")
    data = book.data()
    rows = {filled(book, row)["Participant ID"]: row for row in data.untouched}
    assert set(rows) >= set(mine)
    checked = book.press(VALIDATE)
    assert checked.report.counts.rows == 0
    assert checked.sentence.startswith("No row is left to submit.")
    end(book, rows[people[1]])
    checked = book.press(VALIDATE)
    assert checked.report.counts.model_dump() == {"rows": 1, "valid": 1, "errors": 0, "warnings": 0}
    assert f"{len(rows) - 1} rows are as downloaded" in checked.sentence
    data = book.data()
    statuses = {row: data.cell_text(row, data.headers.index(ROW_STATUS) + 1) for row in rows.values()}
    assert statuses == {row: "✔ ok" if row == rows[people[1]] else AS_DOWNLOADED for row in rows.values()}
    submitted = book.press(SUBMIT)
    assert submitted.upload is not None
    assert [submitted.upload.state, submitted.upload.received, submitted.upload.accepted] == ["complete", 1, 1]
    still = [one.participant_id for page in client.open_assignments(caseworker="S2") for one in page]
    assert people[1] not in still
    assert {people[0], people[2]} <= set(still)


def test_a_row_with_a_reason_or_a_status_but_no_end_date_is_sent_and_judged(
    client: Client, agency: Server, book: Desk
) -> None:
    person = begun(client, agency)
    book.press(DOWNLOAD_CASELOAD, participant=person)
    book.enter(2, "Caseload Status", "On Hold")
    report = book.press(VALIDATE).report
    assert [[p.row, p.column, p.code] for p in report.problems] == [
        [2, "End Date", "required"],
        [2, "Reason for Dismissal", "required"],
    ]


def test_the_version_travels_with_the_row_and_a_change_by_others_is_told(
    client: Client, agency: Server, book: Desk, desk: Open, tmp_path: Path
) -> None:
    first, second = begun(client, agency), begun(client, agency)
    for person in (first, second):
        book.press(DOWNLOAD_CASELOAD, participant=person)
    end(book, 2)
    end(book, 3)
    sent = book.data().table()["versions"]
    assert [version for version, _record in sent.values()] == [1, 1]
    book.turn_round(2, 3)
    path = book.book.save()
    book.close()
    book = desk(path)
    assert book.data().table()["versions"] == {2: sent[3], 3: sent[2]}
    elsewhere = desk(fresh_template(client, tmp_path / "elsewhere.xlsx"))
    elsewhere.press(DOWNLOAD_CASELOAD, participant=first)
    end(elsewhere, 2, day=date(2026, 2, 28))
    assert elsewhere.press(SUBMIT).sentence.startswith("The upload is complete")
    report = book.press(VALIDATE).report
    assert [[p.row, p.column, p.code] for p in report.problems] == [[3, "Update or Insert", "assignment-changed"]]


def test_a_version_is_not_sent_for_a_row_that_now_speaks_of_somebody_else(
    client: Client, agency: Server, book: Desk
) -> None:
    first, second = begun(client, agency), begun(client, agency)
    book.press(DOWNLOAD_CASELOAD, participant=first)
    for header, value in (("Participant ID", second), ("First Name", None), ("Last Name", None)):
        book.enter(2, header, value)
    end(book, 2)
    assert "versions" not in book.data().table()
    assert book.press(VALIDATE).errors == 0


def test_a_second_download_adds_nothing_twice_and_brings_untouched_rows_up_to_date(
    client: Client, agency: Server, book: Desk
) -> None:
    first, second = begun(client, agency), begun(client, agency)
    book.press(DOWNLOAD_CASELOAD, participant=first)
    book.press(DOWNLOAD_CASELOAD, participant=second)
    end(book, 3)
    data = book.data()
    origin = data.headers.index(ROW_ORIGIN) + 1
    known = data.cell_text(2, origin)
    record, _version, digest, who = known.split(" ", 3)
    book.put(2, origin, f"{record} 9 {digest} {who}")  # as if it had been another version then
    one = book.press(DOWNLOAD_CASELOAD, participant=first)
    two = book.press(DOWNLOAD_CASELOAD, participant=second)
    assert [one.added, one.refreshed, two.added, two.refreshed] == [[], [2], [], []]
    data = book.data()
    assert data.cell_text(2, origin) == known
    assert [list(data.untouched), list(data.rows)] == [[2], [3]]
    assert "1 row with changes of yours left as they are" in two.sentence


def test_a_workbook_that_knows_nothing_of_ours_keeps_its_rows_and_gets_the_hidden_column(
    client: Client, agency: Server, desk: Open, tmp_path: Path
) -> None:
    person, other = begun(client, agency), agency.person()
    book = desk(plain_workbook(tmp_path / "plain.xlsx", [insert(other), insert("007")]))
    assert book.press(DOWNLOAD_CASELOAD, participant=person).added == [4]
    end(book, 4)
    data = book.data()
    assert [data.cell_text(row, 2) for row in (2, 3, 4)] == [other, "007", person]
    assert data.table()["versions"] == {4: [1, data.origins()[4].record_id]}
    saved = openpyxl.load_workbook(book.path).worksheets[0]
    hidden = [cell.value for cell in saved[1] if saved.column_dimensions[cell.column_letter].hidden]
    assert set(hidden) == set(layout.HIDDEN_OWN_HEADERS)


def test_without_a_column_for_what_is_downloaded_nothing_is_written(
    client: Client, agency: Server, desk: Open, tmp_path: Path
) -> None:
    person = begun(client, agency)
    book = desk(plain_workbook(tmp_path / "few.xlsx", [], ["Update or Insert", "Participant ID", "Start Date"]))
    with pytest.raises(BookError, match=r"lacks the columns .*End Date"):
        book.press(DOWNLOAD_CASELOAD, participant=person)
    assert book.data().rows == {}


def test_nobody_found_is_said(client: Client, book: Desk) -> None:
    done = book.press(DOWNLOAD_CASELOAD, caseworker="Nobody At All")
    assert done.sentence == "No open assignment was found that you may end, so nothing was added."
    assert book.data().untouched == {}


def test_every_page_is_fetched(client: Client, agency: Server, book: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    people = {begun(client, agency) for _ in range(3)}
    asked, pages = client._server.call, []

    def in_small_pages(method: str, path: str, **options: Any) -> Any:
        if path == "/v1/assignments":
            options["params"] = options["params"] | {"limit": "2"}
            pages.append(path)
        return asked(method, path, **options)

    monkeypatch.setattr(client._server, "call", in_small_pages)
    book.answers |= {"caseworker": "S1", "program": "", "participant": ""}
    book.press(DOWNLOAD_CASELOAD)
    assert [question.text.partition("?")[0] for question in book.asked] == ["Which open assignments"]
    assert len(pages) > 1
    data = book.data()
    assert people <= {filled(book, row)["Participant ID"] for row in data.untouched}


def test_a_downloaded_row_shows_all_that_is_stored_and_one_handed_over_keeps_what_else_is_said(
    client: Client, book: Desk
) -> None:
    texts = {name: f"some {name}" for name, field in ListedAssignment.model_fields.items() if field.annotation is str}
    one = ListedAssignment.model_validate(texts | {"id": 1, "version": 1, "start_date": "2024-03-01", "end_date": ""})
    naming = Naming(book.data(), client.reference(), [one])
    row = naming.update_row(one)
    shown = {text_of(value) for value in row.values()}
    by_name = {"program_id", "staff_id", "caseworker", "caseworker_first_name", "caseworker_last_name"}
    lacking = {name for name in texts if getattr(one, name) not in shown} - by_name
    assert lacking == {"end_date", "reason"}, "the rows of Download Caseload (Naming.said) lack it"
    whose = naming.person(one) | naming.program(one.program_id, one.program_name)
    whose |= naming.caseworker(one.staff_id, one.caseworker_first_name, one.caseworker_last_name)
    assert naming.said(one).keys() == row.keys() - whose.keys() - {ACTION, START}
