"""`caseload export`, `paste`, `download` and `transfer` do over files what their buttons do (SPEC 9, 10)."""

from __future__ import annotations

from pathlib import Path

import openpyxl

from addin.api.client import Client
from tests.support.command import Run
from tests.support.own_server import Server
from tests.support.sheets import begun, csv_file, filled_template, fresh_template, insert


def cells(path: Path, header: str) -> list[object]:
    sheet = openpyxl.load_workbook(path)["Caseload"]
    place = [cell.value for cell in sheet[1]].index(header)
    return [row[place] for row in sheet.iter_rows(2, values_only=True) if any(row)]


def test_export_writes_the_files_where_the_button_does_and_names_them(run: Run, client: Client, tmp_path: Path) -> None:
    path = filled_template(client, tmp_path / "mine.xlsx", [insert("007", Caseworker_Name="Smith, Robert")])
    ran = run("export", path, "--json")
    assert ran.code == 0
    assert ran.json()["files"] == [str(tmp_path / "Caseload for ETO" / "Caseload-1.csv")]
    assert ran.json()["changed"] == [{"row": 2, "column": "Caseworker Name", "why": "turned"}]
    written = tmp_path / "Caseload for ETO" / "Caseload-1.csv"
    assert written.read_text("utf-8").splitlines()[1].startswith("Insert,007,")
    again = run("export", path, "--json")
    assert again.json()["files"] == [str(tmp_path / "Caseload for ETO 2" / "Caseload-1.csv")]
    taken = run("export", path, "--to", written.parent)
    assert [taken.code, taken.out] == [3, ""]
    assert "There is a file Caseload-1.csv" in taken.err
    assert run("export", path, "--to", tmp_path / "eto", "--format", "xlsx").code == 0
    assert (tmp_path / "eto" / "Caseload-1.xlsx").is_file()
    assert run("export", path, "--format", "pdf").code == 2


def test_export_needs_no_server_and_takes_a_csv_file_too(run: Run, tmp_path: Path) -> None:
    path = csv_file(tmp_path / "mine.csv", [insert("007", Start_Date="2026-01-12")])
    ran = run("export", path, "--to", tmp_path / "out")
    assert [ran.code, ran.out] == [0, f"1 row exported to Caseload-1.csv, in {tmp_path / 'out'}.\n"]
    assert "1/12/2026" in (tmp_path / "out" / "Caseload-1.csv").read_text("utf-8")
    assert run("export", path, "--json").json()["files"] == [str(tmp_path / "Caseload for ETO" / "Caseload-1.csv")]


def test_paste_maps_says_what_it_did_and_saves(run: Run, client: Client, tmp_path: Path) -> None:
    path = fresh_template(client, tmp_path / "mine.xlsx")
    theirs = tmp_path / "their.csv"
    theirs.write_text("PSID,Ref\n007,C-1\n", encoding="utf-8")
    ran = run("paste", path, "--from", theirs, "--map", "Ref = Case Number", "--json")
    assert [ran.code, ran.json()["columns"]] == [0, {"PSID": "Participant ID", "Ref": "Case Number"}]
    assert [cells(path, "Participant ID"), cells(path, "Case Number")] == [["007"], ["C-1"]]
    assert run("paste", path, "--from", theirs).out.startswith("1 row of their.csv pasted in row 3.")
    assert cells(path, "Case Number") == ["C-1", "C-1"]
    wrong = run("paste", path, "--from", theirs, "--map", "Ref = Shoe Size")
    assert [wrong.code, "Ref = Shoe Size is not understood." in wrong.err] == [2, True]


def test_download_and_transfer_add_rows_and_send_nothing(
    run: Run, client: Client, agency: Server, tmp_path: Path
) -> None:
    person = begun(client, agency, Caseworker_Name="Ana de la Cruz")
    path = fresh_template(client, tmp_path / "mine.xlsx")
    assert run("download", path, "--participant", person, "--json").json()["rows"] == [2]
    assert cells(path, "Participant ID") == [person]
    checked = run("validate", path)
    assert [checked.code, "1 row is as downloaded" in checked.out] == [0, True]
    ran = run("transfer", path, "--from", "S3", "--to", "Carla Ruiz", "--on", "3/2/2026", "--reason", "Completed")
    assert [ran.code, "Nothing is uploaded yet" in ran.out] == [0, True]
    assert cells(path, "Update or Insert").count("Insert") == cells(path, "Update or Insert").count("Update")
    wrong = run("transfer", path, "--from", "S3", "--to", "Nobody", "--on", "3/2/2026", "--reason", "Completed")
    assert [wrong.code, "Nobody is not one whom you may give a caseload." in wrong.err] == [2, True]
