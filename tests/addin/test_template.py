"""Generate Template saves a fresh workbook and writes over nothing (SPEC 9)."""

from __future__ import annotations

from pathlib import Path

import pytest

from addin.api.client import Client
from addin.buttons.registry import GENERATE_TEMPLATE
from addin.buttons.template import save_template
from addin.errors import BookError
from tests.support.desk import Open
from tests.support.sheets import plain_workbook
from workbook.columns import TemplateChoice


def test_generate_template_saves_and_opens_one_and_overwrites_nothing(
    desk: Open, client: Client, tmp_path: Path
) -> None:
    book = desk(plain_workbook(tmp_path / "mine.xlsx", []))
    made = book.press(GENERATE_TEMPLATE, program="0", caseworker="0", enrollment="1")
    assert made.path == tmp_path / "Caseload.xlsx"
    assert "Program End Date" in desk(made.path).data().headers
    again = book.press(GENERATE_TEMPLATE, program="0", caseworker="0", enrollment="0")
    assert again.opens == tmp_path / "Caseload 2.xlsx"
    with pytest.raises(BookError, match="already"):
        save_template(client, TemplateChoice(), tmp_path / "mine.xlsx")
