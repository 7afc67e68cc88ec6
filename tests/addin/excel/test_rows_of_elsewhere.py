"""In Excel, too, a row that was downloaded at another agency is nobody's here."""

from __future__ import annotations

from addin.rows.row_notes import read_origin
from tests.addin.test_rows_of_elsewhere import ELSEWHERE
from tests.support.excel.world import World
from tests.support.sheets import begun
from workbook.columns import ROW_ORIGIN


def test_a_row_of_another_agency_is_not_refreshed_and_the_record_gets_one_of_its_own(world: World) -> None:
    person = begun(world.client, world.agency)
    book = world.template()
    world.user.answers = {"caseworker": "", "program": "", "participant": person}
    assert world.user.press("download_caseload").startswith("1 open assignment downloaded to row 2.")
    place = world.user.place(ROW_ORIGIN)
    origin = read_origin(str(book.shown.value(2, place)))
    assert origin is not None
    book.shown.put(2, place, origin._replace(site_tag="0123456789abcdef").text())
    told = world.user.press("download_caseload")
    assert told.startswith("1 open assignment downloaded to row 3.")
    assert told.endswith(ELSEWHERE)
    assert world.user.column("Participant ID") == [person, person]
