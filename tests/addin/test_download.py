"""Download Caseload brings the open assignments into the sheet, and what nobody touches is not sent (SPEC 9, R12)."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwings as xw

from addin import commands
from addin.api.client import Client
from addin.errors import BookError
from addin.rows.own_sheets import read_data
from tests.addin.conftest import Agency, Host, begun, fresh_template, insert, plain_workbook
from workbook import layout
from workbook.columns import ROW_ORIGIN, ROW_STATUS, CaseworkerChoice, TemplateChoice
from workbook.marks import AS_DOWNLOADED


@pytest.fixture
def book(host: Host, client: Client, tmp_path: Path) -> xw.Book:
    """A fresh template."""
    return host.open(fresh_template(client, tmp_path / "Caseload.xlsx"))


def filled(book: xw.Book, row: int) -> dict[str, Any]:
    """The filled cells of a row by header, our own left out."""
    data = read_data(book)
    cells = data.untouched.get(row) or data.rows[row]
    return {
        header: cell
        for header, cell in zip(data.headers, cells, strict=True)
        if cell is not None and header not in layout.TEMPLATE_OWN_HEADERS
    }


def end(book: xw.Book, row: int, day: Any = date(2026, 3, 31), reason: str = "Completed") -> None:
    data = read_data(book)
    for header, value in (("End Date", day), ("Reason for Dismissal", reason)):
        data.sheet.range((row, data.headers.index(header) + 1)).value = value


def test_open_assignments_become_update_rows_in_the_place_of_the_sample_rows(
    client: Client, agency: Agency, book: xw.Book
) -> None:
    person = begun(client, agency)
    done = commands.download_caseload(book, client, participant=person)
    assert done.added == [2]
    assert filled(book, 2) == {
        "Update or Insert": "Update", "Participant ID": person, "First Name": f"Pat{int(person[1:])}",
        "Last Name": f"Person{int(person[1:])}", "Program Name": "Youth Shelter", "Caseworker Name": "Robert Smith",
        "Caseworker Relationship": "Primary", "Caseload Status": "Active", "Start Date": datetime(2026, 1, 12),
    }
    data = read_data(book)
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
    client: Client, agency: Agency, host: Host, tmp_path: Path, choice: CaseworkerChoice, expected: dict[str, str]
) -> None:
    person = begun(client, agency, Caseworker_Name="Ana de la Cruz")
    path = fresh_template(client, tmp_path / "own.xlsx", TemplateChoice("id", choice, False))
    book = host.open(path)
    commands.download_caseload(book, client, participant=person)
    cells = filled(book, 2)
    assert {header: cell for header, cell in cells.items() if header.startswith("Caseworker ")} == expected | {
        "Caseworker Relationship": "Primary"
    }
    assert cells["Program ID"] == "SH"
    end(book, 2)
    assert commands.validate(book, client).errors == 0


def test_rows_that_nobody_touched_are_not_sent_and_ended_ones_are(
    client: Client, agency: Agency, book: xw.Book
) -> None:
    people = [begun(client, agency, Caseworker_Name="Carla Ruiz", Caseload_Status="On Hold") for _ in range(3)]
    mine = {person: n for n, person in enumerate(people)}
    commands.download_caseload(book, client, caseworker="Ruiz, Carla")
    data = read_data(book)
    rows = {filled(book, row)["Participant ID"]: row for row in data.untouched}
    assert set(rows) >= set(mine)
    checked = commands.validate(book, client)
    assert checked.report.counts.rows == 0
    assert checked.sentence.startswith("No row is left to submit.")
    end(book, rows[people[1]])
    checked = commands.validate(book, client)
    assert checked.report.counts.model_dump() == {"rows": 1, "valid": 1, "errors": 0, "warnings": 0}
    assert f"{len(rows) - 1} rows are as downloaded" in checked.sentence
    data = read_data(book)
    statuses = {row: data.cell_text(row, data.headers.index(ROW_STATUS) + 1) for row in rows.values()}
    assert statuses == {row: "✔ ok" if row == rows[people[1]] else AS_DOWNLOADED for row in rows.values()}
    submitted = commands.submit(book, client)
    assert submitted.upload is not None
    assert [submitted.upload.state, submitted.upload.received, submitted.upload.accepted] == ["complete", 1, 1]
    still = [one.participant_id for page in client.open_assignments(caseworker="S2") for one in page]
    assert people[1] not in still
    assert {people[0], people[2]} <= set(still)


def test_a_row_with_a_reason_or_a_status_but_no_end_date_is_sent_and_judged(
    client: Client, agency: Agency, book: xw.Book
) -> None:
    person = begun(client, agency)
    commands.download_caseload(book, client, participant=person)
    data = read_data(book)
    data.sheet.range((2, data.headers.index("Caseload Status") + 1)).value = "On Hold"
    report = commands.validate(book, client).report
    assert [[p.row, p.column, p.code] for p in report.problems] == [
        [2, "End Date", "required"], [2, "Reason for Dismissal", "required"],
    ]


def test_the_version_travels_with_the_row_and_a_change_by_others_is_told(
    client: Client, agency: Agency, book: xw.Book, host: Host, tmp_path: Path
) -> None:
    first, second = begun(client, agency), begun(client, agency)
    for person in (first, second):
        commands.download_caseload(book, client, participant=person)
    end(book, 2)
    end(book, 3)
    data = read_data(book)
    assert data.table()["versions"] == {2: 1, 3: 1}
    block = data.sheet.range((2, 1), (3, len(data.headers)))
    block.value = block.options(ndim=2).value[::-1]
    book.save()
    path = Path(book.fullname)
    book.close()
    book = host.open(path)
    assert read_data(book).table()["versions"] == {2: 1, 3: 1}
    elsewhere = host.open(fresh_template(client, tmp_path / "elsewhere.xlsx"))
    commands.download_caseload(elsewhere, client, participant=first)
    end(elsewhere, 2, day=date(2026, 2, 28))
    assert commands.submit(elsewhere, client).sentence.startswith("The upload is complete")
    report = commands.validate(book, client).report
    assert [[p.row, p.column, p.code] for p in report.problems] == [[3, "Update or Insert", "assignment-changed"]]


def test_a_version_is_not_sent_for_a_row_that_now_speaks_of_somebody_else(
    client: Client, agency: Agency, book: xw.Book
) -> None:
    first, second = begun(client, agency), begun(client, agency)
    commands.download_caseload(book, client, participant=first)
    data = read_data(book)
    for header, value in (("Participant ID", second), ("First Name", None), ("Last Name", None)):
        data.sheet.range((2, data.headers.index(header) + 1)).value = value
    end(book, 2)
    assert "versions" not in read_data(book).table()
    assert commands.validate(book, client).errors == 0


def test_a_second_download_adds_nothing_twice_and_brings_untouched_rows_up_to_date(
    client: Client, agency: Agency, book: xw.Book
) -> None:
    first, second = begun(client, agency), begun(client, agency)
    commands.download_caseload(book, client, participant=first)
    commands.download_caseload(book, client, participant=second)
    end(book, 3)
    data = read_data(book)
    origin = data.headers.index(ROW_ORIGIN) + 1
    known = data.cell_text(2, origin)
    record, _version, digest, who = known.split(" ", 3)
    data.sheet.range((2, origin)).value = f"{record} 9 {digest} {who}"  # as if it had been another version then
    one = commands.download_caseload(book, client, participant=first)
    two = commands.download_caseload(book, client, participant=second)
    assert [one.added, one.refreshed, two.added, two.refreshed] == [[], [2], [], []]
    data = read_data(book)
    assert data.cell_text(2, origin) == known
    assert [list(data.untouched), list(data.rows)] == [[2], [3]]
    assert "1 row with changes of yours left as they are" in two.sentence


def test_a_workbook_that_knows_nothing_of_ours_keeps_its_rows_and_gets_the_hidden_column(
    client: Client, agency: Agency, host: Host, tmp_path: Path
) -> None:
    person, other = begun(client, agency), agency.person()
    book = host.open(plain_workbook(tmp_path / "plain.xlsx", [insert(other), insert("007")]))
    assert commands.download_caseload(book, client, participant=person).added == [4]
    end(book, 4)
    data = read_data(book)
    assert [data.cell_text(row, 2) for row in (2, 3, 4)] == [other, "007", person]
    assert data.table()["versions"] == {4: 1}
    book.save()
    saved = openpyxl.load_workbook(book.fullname).worksheets[0]
    hidden = [cell.value for cell in saved[1] if saved.column_dimensions[cell.column_letter].hidden]
    assert set(hidden) == set(layout.HIDDEN_OWN_HEADERS)


def test_without_a_column_for_what_is_downloaded_nothing_is_written(
    client: Client, agency: Agency, host: Host, tmp_path: Path
) -> None:
    person = begun(client, agency)
    book = host.open(plain_workbook(tmp_path / "few.xlsx", [], ["Update or Insert", "Participant ID", "Start Date"]))
    with pytest.raises(BookError, match=r"lacks the columns .*End Date"):
        commands.download_caseload(book, client, participant=person)
    assert read_data(book).rows == {}


def test_nobody_found_is_said(client: Client, book: xw.Book) -> None:
    done = commands.download_caseload(book, client, caseworker="Nobody At All")
    assert done.sentence == "No open assignment was found that you may end, so nothing was added."
    assert read_data(book).untouched == {}


def test_every_page_is_fetched(client: Client, agency: Agency, book: xw.Book, monkeypatch: pytest.MonkeyPatch) -> None:
    people = {begun(client, agency) for _ in range(3)}
    asked, pages = client._server.call, []

    def in_small_pages(method: str, path: str, **options: Any) -> Any:
        if path == "/v1/assignments":
            options["params"] = options["params"] | {"limit": "2"}
            pages.append(path)
        return asked(method, path, **options)

    monkeypatch.setattr(client._server, "call", in_small_pages)
    commands.download_caseload(book, client, ask=lambda _: "S1")
    assert len(pages) > 1
    data = read_data(book)
    assert people <= {filled(book, row)["Participant ID"] for row in data.untouched}
