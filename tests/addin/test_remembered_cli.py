"""`caseload remembered` lists the fixes that a site remembers, and forgets those that are named; `caseload fix` has
some remembered."""

from __future__ import annotations

from pathlib import Path

import openpyxl

from addin.api.client import Client
from tests.support.command import Run
from tests.support.own_server import Server
from tests.support.sheets import filled_template, insert
from workbook import layout
from workbook.report import Answer
from workbook.sheets import fix_sheet


def test_remembered_fixes_are_listed_and_forgotten_by_their_id(run: Run, client: Client) -> None:
    values = ("The Doc", "Whoever stands in for the doctor while she is away on her well earned holidays")
    fixes = [
        Answer(column="Caseworker Name", value=value, code="unknown-staff", replacement="Carla Ruiz")
        for value in values
    ]
    kept, other = client.remember(fixes).remembered
    listed = run("remembered")
    lines = listed.out.splitlines()
    shorts = (line.split()[0] for line in lines)
    [short] = [short for short in shorts if len(short) >= 4 and kept.id.startswith(short)]
    assert [listed.code, len(short) <= 8, max(map(len, map(str.rstrip, lines[:-1]))) <= 80] == [0, True, True]
    assert "The Doc" in listed.out
    assert "→ Carla Ruiz" in listed.out
    done = run("remembered", "--forget", short.upper(), "--forget", other.id, "--forget", "no-such-fix", "--json")
    assert [done.code, done.json()["forgotten"], done.json()["not_found"]] == [1, 2, ["no-such-fix"]]
    known = {one["id"] for one in run("remembered", "--json").json()["remembered"]}
    assert known.isdisjoint({kept.id, other.id})


def test_the_beginning_of_several_ids_forgets_none_of_them(run: Run, client: Client) -> None:
    fixes = [
        Answer(column="Caseworker Name", value=f"Nobody {number}", code="unknown-staff", replacement="Carla Ruiz")
        for number in range(17)  # of which two begin alike, for their IDs have sixteen digits to begin with
    ]
    kept = [one.id for one in client.remember(fixes).remembered]
    first = next(one[0] for one in kept if sum(one[0] == other[0] for other in kept) > 1)
    done = run("remembered", "--forget", first)
    assert [done.code, f"Several fixes begin with {first}: write more of its ID." in done.out] == [1, True]
    for one in kept:
        assert client.forget(one)


def test_what_fix_errors_says_is_to_be_remembered_takes_a_word_on_the_command_line(
    run: Run, client: Client, agency: Server, tmp_path: Path
) -> None:
    """Nobody may have looked at the sheet before."""
    said = {}
    for name, options in (("Uncle Al", []), ("Uncle Ed", ["--remember"])):
        file = filled_template(client, tmp_path / "a.xlsx", [insert(agency.person(), Caseworker_Name=name)])
        run("validate", file)
        book = openpyxl.load_workbook(file)
        sheet = book[layout.FIX_SHEET]
        for header, text in ((fix_sheet.CHOICE, "Robert Smith"), (fix_sheet.REMEMBER, "Yes")):
            sheet.cell(fix_sheet.FIRST_ROW, fix_sheet.HEADERS.index(header) + 1, text)
        book.save(file)
        said[name] = run("fix", file, *options).out.splitlines()[-1]
    assert "1 answer not remembered; the rows are corrected all the same. To have" in said["Uncle Al"]
    assert "add --remember." in said["Uncle Al"]
    assert "1 answer remembered for everybody. The file is" in said["Uncle Ed"]
    assert {fix.value for fix in client.remembered()} & set(said) == {"Uncle Ed"}
