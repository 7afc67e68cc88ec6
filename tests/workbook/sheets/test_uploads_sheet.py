"""The sheet Uploads lists what waits first, and keeps the user's notes beside their uploads."""

from __future__ import annotations

import time

import pytest

from workbook.local_time import local_moment
from workbook.sheets.uploads_sheet import (
    HEADER_ROW,
    HEADERS,
    NOTED,
    NOTES,
    lay_out_uploads,
    leads_to_log,
    read_noted,
    upload_in,
)
from workbook.upload import Progress, Upload, UploadTest
from workbook.upload_state import UploadState


def upload(id: str, state: str, test: UploadTest | None = None) -> Upload:
    return Upload(
        id=id,
        number=ord(id),
        filename=f"{id}.xlsx",
        state=UploadState(state),
        received=3,
        accepted=3,
        left_out=0,
        progress=Progress(done=3, total=3),
        submitted_by="Alice Admin",
        submitted_at="2026-01-31T14:05:00.000Z",
        finished_at=None,
        reason=None,
        test=test,
    )


UPLOADS = [
    upload("d", "validating"),
    upload("c", "complete"),
    upload("b", "complete", UploadTest(rows=2, kept=None)),
    upload("a", "needs-fixes"),
    upload("e", "undone"),
]


def test_what_waits_for_a_decision_stands_first_and_says_what_to_do():
    lines = lay_out_uploads(UPLOADS, {})
    assert [[line[0], line[1], line[-1]] for line in lines[3:]] == [
        ["Waiting for a decision (2)", None, None],
        ["No. 98", "complete (test)", "b"],
        ["No. 97", "needs-fixes", "a"],
        ["In progress (1)", None, None],
        ["No. 100", "validating", "d"],
        ["Complete (2)", None, None],
        ["No. 99", "complete", "c"],
        ["No. 101", "undone", "e"],
    ]
    assert [line[2] is not None for line in lines[3:]] == [False, True, True, False, False, False, False, False]
    assert {len(line) for line in lines} == {len(HEADERS)}


def test_a_double_click_leads_to_a_log_from_the_line_of_an_upload_but_not_from_its_note():
    lines = with_notes(lay_out_uploads(UPLOADS, {}), {"c": "sent to Carla"})
    headers, lines = lines[HEADER_ROW - 1], lines[HEADER_ROW:]
    leads = [[leads_to_log(headers, line, column) for column in range(1, len(HEADERS) + 3)] for line in lines]
    note = HEADERS.index(NOTES)
    assert [(line[0], line[note]) for line in leads] == [(bool(line[-1]), False) for line in lines]
    assert {all([*line[:note], *line[note + 1 :]]) for line in leads if line[0]} == {True}
    assert not leads_to_log(["Upload", "Mine"], ["x", "y"], 1)  # a sheet of the user's own


def with_notes(lines, notes):
    at = HEADERS.index(NOTES)
    return [[*line[:at], notes.get(line[-1]), *line[at + 1 :]] if line[-1] in notes else line for line in lines]


def notes_in(lines):
    return {upload_id: line[HEADERS.index(NOTES)] for upload_id, line in read_noted(lines).items()}


def test_a_note_stays_with_its_upload_when_the_list_is_refreshed():
    noted = with_notes(lay_out_uploads(UPLOADS, {}), {"c": "sent to Carla", "d": "check on Monday"})
    assert notes_in(noted) == {"c": "sent to Carla", "d": "check on Monday"}
    assert notes_in(lay_out_uploads(UPLOADS[::-1], read_noted(noted))) == notes_in(noted)
    assert read_noted([["another", "sheet"]] * 9) == {}


def test_the_line_of_a_note_stays_when_its_upload_is_not_listed_any_more():
    """As after two hundred further ones, or with another server's list, and back again."""
    noted = with_notes(lay_out_uploads(UPLOADS, {}), {"c": "sent to Carla", "d": "check on Monday"})
    elsewhere = lay_out_uploads([], read_noted(noted))
    assert [(line[0], line[-1]) for line in elsewhere[3:]] == [
        (f"{NOTED} (2)", None),
        ("No. 100", "d"),
        ("No. 99", "c"),
    ]
    assert notes_in(elsewhere) == notes_in(noted)
    again = lay_out_uploads(UPLOADS, read_noted(elsewhere))
    assert (notes_in(again), len(again)) == (notes_in(noted), len(noted))


def test_the_upload_of_a_line_is_found_and_none_beside_the_lines():
    lines = lay_out_uploads(UPLOADS, {})
    assert [upload_in(lines, row) for row in (1, 3, 4, 5, 12, 99)] == ["", "", "", "b", "", ""]
    assert upload_in([["x"]], 1) == ""


@pytest.mark.parametrize(
    ("zone", "moment"), [("America/New_York", "1/31/2026 09:05 EST"), ("UTC", "1/31/2026 14:05 UTC")]
)
def test_a_moment_is_the_readers_own_with_its_zone_named(monkeypatch: pytest.MonkeyPatch, zone: str, moment: str):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert local_moment("2026-01-31T14:05:00.000Z") == moment
        day_first = local_moment("2026-01-31T14:05:00.000Z", "DMY")
        assert day_first == moment.replace("1/31/2026", "31/1/2026")
    finally:
        monkeypatch.undo()
        time.tzset()
    assert [local_moment(None), local_moment("2026-01-31")] == [None, "1/31/2026"]
