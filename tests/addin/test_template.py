"""Generate Template saves a fresh workbook and writes over nothing (SPEC 9)."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
import requests

from addin.api.client import Client
from addin.buttons.registry import GENERATE_TEMPLATE
from addin.buttons.template import save_template, template_content
from addin.cli.options import NOT_REACHED
from addin.errors import BookError
from tests.support.answers import UPLOAD, answering, as_json
from tests.support.command import Run
from tests.support.desk import Open
from tests.support.macro_template import built, package, parts_of_package
from tests.support.own_server import Server
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


@pytest.mark.parametrize("ending", [".xlsm", ".xlsx", ".csv"])
@pytest.mark.parametrize("choice", [TemplateChoice(), TemplateChoice("id", "first_last", enrollment=True)], ids=str)
def test_the_template_that_is_made_here_is_the_one_that_the_server_hands_out(
    client: Client, agency: Server, choice: TemplateChoice, ending: str
) -> None:
    asked = {
        "program": choice.program,
        "caseworker": choice.caseworker,
        "enrollment": str(choice.enrollment).lower(),
        "format": ending[1:],
    }
    sent = requests.get(
        f"{agency.url}/v1/template", params=asked, headers={"Authorization": f"Bearer {agency.token}"}, timeout=60
    )
    assert (sent.status_code, template_content(client, choice, ending) == sent.content) == (200, True)


STRANGE = package(parts_of_package(built()) | {"xl/vbaProject.bin": b"somebody else's macros"})


@pytest.mark.parametrize(
    "command", [("template", "Caseload.xlsm"), ("template", "Caseload.csv"), ("log", "1", "--to", "log.xlsx")]
)
def test_no_file_that_a_server_sends_is_saved(
    run: Run, command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = (200, {"Content-Type": "application/vnd.ms-excel.sheet.macroEnabled.12"}, STRANGE)
    upload = [as_json(UPLOAD)] if command[0] == "log" else []
    with answering(*upload, file) as (url, _):
        monkeypatch.setenv("CASELOAD_URL", url)
        ran = run(*command)
    assert (ran.code, "is not a caseload server" in ran.err) == (NOT_REACHED, True)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == []


SITE = {
    "site": "A", "date_order": "MDY", "duplicate_check": [], "one_primary": True, "programs": [], "staff": [],
    "feeder": {},
}  # fmt: skip


@pytest.mark.parametrize("ending", ["xlsm", "xlsx", "csv"])
def test_whatever_a_server_calls_its_site_and_its_lists_the_template_holds_it_as_text(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    odd = ["=cmd|' /C calc'!A1", "\x07\x00 </title>", "\ufffe", "_x0041_"]
    site = SITE | {
        "site": "".join(odd),
        "duplicate_check": [{"column": one, "mode": "exact"} for one in odd],
        "programs": [{"program_id": one, "name": one} for one in odd],
        "staff": [{"staff_id": one, "first_name": one, "last_name": one} for one in odd],
        "feeder": {"Caseload Status": odd, "Nonsense": odd},
    }
    with answering(as_json(site)) as (url, _):
        monkeypatch.setenv("CASELOAD_URL", url)
        assert run("template", f"a.{ending}").code == 0
    if ending == "csv":
        assert "=cmd" not in (tmp_path / "a.csv").read_text("utf-8-sig").replace("'=cmd", "")
    else:
        book = openpyxl.load_workbook(tmp_path / f"a.{ending}")
        cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
        assert [cell.coordinate for cell in cells if cell.data_type == "f" and "cmd" in str(cell.value)] == []
