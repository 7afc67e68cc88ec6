"""The whole way from a sheet with everybody's mistakes to a finished upload, on the sample agency (SPEC 5).

One pick for each distinct mistake, Apply Fixes once, Submit. What nobody can guess is typed, what is no record is left
out.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from addin.api.client import Client
from addin.buttons.registry import SUBMIT, VALIDATE
from addin.cli.tables import error_groups
from server.records.database import open_database, reading, writing
from server.records.imports.agency import import_records
from server.records.reference_data import reference_lists
from server.records.sample.agency import AgencySize, make_agency
from server.records.sample.rows import CHOICE, upload_rows
from server.records.sites import create_site
from server.records.ssn import SsnHasher
from server.records.tokens import create_token
from tests.support.desk import Open
from tests.support.served import KEY, Agency, web, worker
from workbook import layout
from workbook.columns import ACTION
from workbook.matching import exact_key
from workbook.sheets import fix_sheet
from workbook.sheets.template import build_filled

ROWS, MISTAKES = 90, 45


class Sample(NamedTuple):
    """A workbook with mistakes, the same rows as they were meant, and who uploads them."""

    book: Path
    meant: dict[int, dict[str, str]]
    client: Client


@pytest.fixture
def sample(tmp_path: Path, sqlite_template: str) -> Iterator[Sample]:
    url, today = f"sqlite:///{tmp_path / 'caseload.db'}", "2024-03-04"
    shutil.copyfile(sqlite_template.removeprefix("sqlite:///"), tmp_path / "caseload.db")
    engine = open_database(url)
    with writing(engine) as connection:
        site_id = create_site(connection, "Sample")
        import_records(connection, site_id, make_agency(AgencySize(600, 25, 6, 1500), 5, today), SsnHasher(KEY))
        token = create_token(connection, site_id, "S1", days=1)
    with reading(engine) as connection:
        header, wrong = upload_rows(connection, site_id, ROWS, MISTAKES, 3, today)
        meant = upload_rows(connection, site_id, ROWS, 0, 3, today)[1]
        lists = reference_lists(connection, site_id).for_template()
    path = tmp_path / "mistakes.xlsx"
    path.write_bytes(build_filled(CHOICE, lists, wrong))
    settings = Agency(url, engine, site_id).settings(tmp_path)
    with web(settings, engine) as address, worker(settings, engine), Client(address, token) as client:
        yield Sample(path, {row: dict(zip(header, cells, strict=True)) for row, cells in enumerate(meant, 2)}, client)
    engine.dispose()


def test_one_pick_for_each_distinct_mistake_then_one_press_and_the_upload_goes_through(
    desk: Open, sample: Sample
) -> None:
    client = sample.client
    book = desk(sample.book, client)
    report = book.press(VALIDATE).report
    data = book.data()
    grid = book.cells(layout.FIX_SHEET)
    headers = grid[fix_sheet.HEADER_ROW - 1]
    lines = {(line[0], line[headers.index("_value")] or "", line[headers.index("_code")]): number
             for number, line in enumerate(grid, start=1) if number >= fix_sheet.FIRST_ROW}  # fmt: skip
    done = {"picked": 0, "typed": 0, "typed in the cells": 0, "left out": 0}

    def fill(line: int, header: str, text: str) -> None:
        book.put(line, headers.index(header) + 1, text, layout.FIX_SHEET)

    for group in error_groups(report):
        line = lines[group.column, group.value, group.code]
        meant = {sample.meant[row][group.column] for row in group.rows}
        if group.column == ACTION:
            fill(line, fix_sheet.LEAVE_OUT, fix_sheet.YES)
            done["left out"] += 1
        elif len(meant) > 1 or meant == {""}:
            for row in group.rows:
                column = data.column(group.column)
                assert column is not None
                book.put(row, column, sample.meant[row][group.column] or None)
            done["typed in the cells"] += 1
        else:
            [answer] = meant
            places = [n for n, one in enumerate(group.suggestions) if exact_key(one.value) == exact_key(answer)]
            offer = grid[line - 1][headers.index(f"_offer{places[0] + 1}")] if places else answer
            fill(line, fix_sheet.CHOICE, str(offer))
            done["picked" if places else "typed"] += 1

    fixed = book.apply_fixes()
    assert [(one.row, one.message) for one in fixed.checked.report.problems if one.severity == "error"] == []
    submitted = book.press(SUBMIT)
    assert submitted.upload is not None
    left_out = len(fixed.checked.left_out)
    assert [submitted.upload.state, submitted.upload.accepted] == ["complete", ROWS - left_out]
    assert sum(done.values()) == len(lines)
    assert done["picked"] > 2 * (done["typed"] + done["typed in the cells"]), done
    log = {row.row: row for row in client.log(submitted.upload.id)}
    told = {change.row for change in fixed.made} - set(fixed.checked.left_out)
    assert {row for row, line in log.items() if line.before} == told
