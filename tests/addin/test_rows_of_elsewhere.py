"""A downloaded row is that of a record of the site where it was downloaded: every site numbers its records alike."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from addin.api.client import Client
from addin.buttons.registry import APPLY_FIXES, DOWNLOAD_CASELOAD, SUBMIT, TRANSFER_CASELOAD, VALIDATE
from addin.buttons.transfer import FROM, ON, PROGRAM, TO, WHY
from addin.rows.row_notes import read_origin
from tests.addin.test_written_rows import connected_elsewhere, other_agency, person_of_both
from tests.support.desk import Desk, Open
from tests.support.own_server import Server
from tests.support.sheets import begun, fresh_template
from workbook.columns import PARTICIPANT_ID
from workbook.layout import own_columns

__all__ = ["other_agency"]

ANA, CARLA = "Ana de la Cruz", "Carla Ruiz"
ELSEWHERE = " 1 row was downloaded at another agency, and stays as it is."


class CountsLooks(Client):
    """A client that counts how often it asks which site it is connected to."""

    looks = 0

    def own_states(self, limit: int = 200) -> Any:
        self.looks += 1
        return super().own_states(limit)


def origin_cell(book: Desk, row: int) -> tuple[int, int]:
    return row, own_columns(book.data().headers).origin


def with_record(book: Desk, row: int, record: int) -> None:
    """The record of a downloaded row gets another number, as it may have at another agency by chance."""
    place = origin_cell(book, row)
    _number, rest = str(book.cell(*place)).split(" ", 1)
    book.put(*place, f"{record} {rest}")


def as_earlier(book: Desk, row: int) -> None:
    """The row as an earlier version had downloaded it, which did not say where."""
    place = origin_cell(book, row)
    origin = read_origin(str(book.cell(*place)))
    assert origin is not None
    book.put(*place, origin._replace(site_tag="").text())


def downloaded(desk: Open, client: Client, path: Path, person: str) -> Desk:
    book = desk(fresh_template(client, path), client)
    book.press(DOWNLOAD_CASELOAD, participant=person)
    return book


def record_of(client: Client, person: str) -> int:
    [[one]] = client.open_assignments(participant=person)
    return one.id


def in_both(client: Client, agency: Server, other: Client, other_agency: Server, **cells: Any) -> str:
    """Somebody with an open assignment at each of two agencies."""
    person_of_both(agency, other_agency)
    person = begun(client, agency, **cells)
    assert begun(other, other_agency, **cells) == person
    return person


def hand_over(book: Desk, giver: str, taker: str) -> Any:
    book.answers |= {FROM: giver, TO: taker, PROGRAM: "", ON: "2026-03-02", WHY: "Completed"}
    return book.press(TRANSFER_CASELOAD)


def test_a_row_of_another_agency_is_neither_refreshed_nor_ended_though_record_and_person_have_the_same_numbers(
    desk: Open, client: Client, agency: Server, other_agency: Server, tmp_path: Path
) -> None:
    with other_agency.client() as other:
        person = in_both(client, agency, other, other_agency, Caseworker_Name=ANA)
        book = downloaded(desk, client, tmp_path / "a.xlsx", person)
        with_record(book, 2, record_of(other, person))
        before = book.cells("Caseload")[1]
        connected_elsewhere(book, other)
        done = book.press(DOWNLOAD_CASELOAD, participant=person)
        assert [done.added, done.refreshed] == [[3], []]
        assert done.sentence.endswith(ELSEWHERE)
        handed = hand_over(book, "S3", "S2")
        assert ELSEWHERE in handed.sentence
        assert book.cells("Caseload")[1] == before
        assert [cell is None for cell in book.column("End Date")[:2]] == [True, False]
        again = book.press(DOWNLOAD_CASELOAD, participant=person)
        assert again.added == []

        connected_elsewhere(book, client)  # where it is at home
        with_record(book, 2, record_of(client, person))
        done = book.press(DOWNLOAD_CASELOAD, participant=person)
        assert [done.added, done.refreshed] == [[], []]


def test_the_version_of_another_agency_s_record_is_not_sent(
    desk: Open, client: Client, agency: Server, other_agency: Server, tmp_path: Path
) -> None:
    with other_agency.client() as other:
        person = in_both(client, agency, other, other_agency)
        book = downloaded(desk, client, tmp_path / "a.xlsx", person)
        record, version, digest, rest = str(book.cell(*origin_cell(book, 2))).split(" ", 3)
        book.put(*origin_cell(book, 2), f"{record} {int(version) + 6} {digest} {rest}")
        book.enter(2, "End Date", date(2026, 3, 31))
        book.enter(2, "Reason for Dismissal", "Completed")
        assert [one.code for one in book.press(VALIDATE).report.problems] == ["assignment-changed"]
        connected_elsewhere(book, other)
        checked = book.press(VALIDATE)
        assert checked.report.problems == []
        assert checked.sentence.endswith(" 1 row was downloaded at another agency, and is new to this one.")
        assert book.apply_fixes().checked.report.problems == []
        assert book.press(SUBMIT).upload.accepted == 1
        assert [one.id for page in other.open_assignments(participant=person) for one in page] == []


def test_a_row_that_an_earlier_version_downloaded_is_known_by_whom_it_names(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    first, second = begun(client, agency, Caseworker_Name=ANA), begun(client, agency, Caseworker_Name=CARLA)
    book = downloaded(desk, client, tmp_path / "a.xlsx", first)
    place = origin_cell(book, 2)
    known = book.cell(*place)
    as_earlier(book, 2)
    done = book.press(DOWNLOAD_CASELOAD, participant=first)
    assert [done.added, done.refreshed, book.cell(*place)] == [[], [], known]  # from now on it says where

    as_earlier(book, 2)
    with_record(book, 2, record_of(client, second))  # of somebody else, at another agency
    assert book.press(DOWNLOAD_CASELOAD, participant=second).added == [3]
    assert book.column(PARTICIPANT_ID) == [first, second]


def test_nor_is_it_another_caseworker_s_or_program_s_of_the_same_person(
    desk: Open, client: Client, agency: Server, other_agency: Server, tmp_path: Path
) -> None:
    with other_agency.client() as other:
        person_of_both(agency, other_agency)
        person = begun(client, agency, Caseworker_Name=ANA)
        assert begun(other, other_agency, Caseworker_Name=CARLA) == person
        book = downloaded(desk, client, tmp_path / "a.xlsx", person)
        as_earlier(book, 2)
        with_record(book, 2, record_of(other, person))
        connected_elsewhere(book, other)
        hand_over(book, "S2", "S3")
        assert book.column("End Date")[0] is None
        assert book.column("Caseworker Name")[:2] == [ANA, CARLA]


def test_which_site_it_is_is_asked_once_a_press_and_only_where_a_downloaded_row_is_sent(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    person = begun(client, agency)
    book = downloaded(desk, client, tmp_path / "a.xlsx", person)
    for ended, most in ((False, 0), (True, 1)):
        if ended:
            book.enter(2, "End Date", date(2026, 3, 31))
            book.enter(2, "Reason for Dismissal", "Completed")
        for button in (VALIDATE, APPLY_FIXES, SUBMIT):
            with CountsLooks(agency.url, agency.token) as counting:
                connected_elsewhere(book, counting)
                book.press(button)
                assert counting.looks <= most, button.busy
