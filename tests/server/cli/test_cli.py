"""`caseload-server` does what SPEC 10 says, with its exit codes, and fails in one sentence."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from server.records.database import open_database, writing
from server.records.ssn import SsnHasher
from server.records.tables import participants
from tests.support.command import caseload_server

AGENCY = {
    "participants": "Participant ID,First Name,Last Name\n001,Ann,Lee\n",
    "staff": "Staff ID,First Name,Last Name,Administrator\nS1,Bo,Ray,Yes\n",
}


def _here(url: str, *arguments: object, key: str = "a key for tests") -> tuple[int, str, str]:
    """As `_run`, in this process."""
    return caseload_server(_environment(url, key), *arguments)


def _run(url: str, *arguments: object) -> tuple[int, str, str]:
    """Exit code, standard output, standard error of the program itself."""
    done = subprocess.run(
        [sys.executable, "-c", "from server.cli.main import main; main()", *map(str, arguments)],
        env=os.environ | _environment(url, "a key for tests"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def _environment(url: str, key: str) -> dict[str, str]:
    return {"CASELOAD_DATABASE_URL": url, "CASELOAD_SECRET_KEY": key, "TERM": "dumb", "COLUMNS": "100"}


def _folder(tmp_path: Path, files: dict[str, str]) -> Path:
    folder = tmp_path / "files"
    folder.mkdir(exist_ok=True)
    for kind, content in files.items():
        (folder / f"{kind}.csv").write_text(content, encoding="utf-8")
    return folder


def test_an_import_and_a_token_need_nothing_but_the_database_url(bare_database_url: str, tmp_path: Path) -> None:
    code, said, _ = _run(bare_database_url, "import", _folder(tmp_path, AGENCY), "--json")
    assert (code, json.loads(said)["site"]) == (0, "Agency")
    assert json.loads(said)["counts"]["participants"] == {"new": 1, "changed": 0, "unchanged": 0}
    code, said, _ = _run(bare_database_url, "token", "create", "S1", "--json")
    assert code == 0
    assert json.loads(said)["token"].startswith("clt_")
    code, said, _ = _here(bare_database_url, "token", "list", "--json")
    number = json.loads(said)["tokens"][0]["number"]
    assert _here(bare_database_url, "token", "revoke", number)[0] == 0
    assert "revoked" in _here(bare_database_url, "token", "list")[1]


def test_bad_data_is_listed_and_exits_with_1(database_url: str, tmp_path: Path) -> None:
    folder = _folder(tmp_path, {"participants": "Participant ID,Date of Birth\n001,31/31/1990\n"})
    code, said, told = _here(database_url, "import", folder)
    assert (code, said) == (1, "")
    assert told.splitlines() == [
        "participants.csv, line 2, Date of Birth: 31/31/1990 is not a date. "
        "Write it as 2026-01-31, or as month/day/year.",
        "Nothing was imported: 1 to correct first.",
    ]
    assert json.loads(_here(database_url, "site", "list", "--json")[1]) == {"sites": []}
    code, said, _ = _here(database_url, "import", folder, "--json")
    assert (code, json.loads(said)["problems"][0]["column"]) == (1, "Date of Birth")


def test_a_site_is_named_only_where_there_are_several(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    folder = _folder(tmp_path, AGENCY)
    assert _here(url, "import", folder, "--site", "North")[0] == 0
    assert _here(url, "site", "create", "South")[0] == 0
    code, _, told = _here(url, "token", "create", "S1")
    assert (code, told) == (2, "There is more than one site: North, South. Say which one with --site NAME.\n")
    assert _here(url, "token", "create", "S1", "--site", "north")[0] == 0
    code, _, told = _here(url, "token", "create", "S1", "--site", "South")
    assert (code, "Nobody here has the Staff ID S1" in told) == (2, True)


def test_a_site_s_settings_can_be_changed_and_shown(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    _here(url, "site", "create", "Agency")
    code, said, _ = _here(
        url, "site", "set", "--date-order", "dmy", "--duplicate-check", "First Name,SSN", "--one-primary", "--json"
    )
    assert (code, json.loads(said)) == (
        0,
        {
            "name": "Agency",
            "date_order": "DMY",
            "duplicate_check": {"First Name": "like", "SSN": "exact"},
            "one_primary": True,
            "load_limit": None,
        },
    )
    assert _here(url, "site", "set", "--date-order", "YMD")[0] == 2
    assert "day/month/year" in _here(url, "site", "show")[1]


def test_a_sample_agency_goes_into_the_database_or_into_files(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    few = ("--participants", 20, "--staff", 5, "--programs", 3)
    code, said, _ = _here(url, "sample", *few, "--json")
    assert (code, json.loads(said)["counts"]["assignments"]["new"]) == (0, 50)
    assert _here(url, "sample", *few, "--to", tmp_path / "out")[0] == 0
    assert len(list((tmp_path / "out").iterdir())) == 7
    code, said, _ = _here(url, "import", tmp_path / "out", "--json")
    assert code == 0
    assert {tally["new"] + tally["changed"] for tally in json.loads(said)["counts"].values()} == {0}
    assert _here(url, "sample-rows", tmp_path / "rows.csv", "--rows", 10, "--mistakes", 2)[0] == 0
    assert (tmp_path / "rows.csv").stat().st_mode & 0o777 == 0o600 or sys.platform == "win32"
    assert len((tmp_path / "rows.csv").read_text("utf-8-sig").splitlines()) == 11


@pytest.mark.parametrize("name", ["rows.csv", "rows.xlsx"])
def test_samples_are_written_over_no_file_that_is_there(tmp_path: Path, name: str) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    for file in (tmp_path / name, tmp_path / "staff.csv"):
        file.write_text("mine")
    assert _here(url, "sample", "--participants", 20, "--staff", 5)[0] == 0
    told = [
        (code, sentence)
        for code, _, sentence in (
            _here(url, "sample-rows", tmp_path / name, "--rows", 1),
            _here(url, "sample", "--participants", 1, "--staff", 1, "--to", tmp_path),
        )
    ]
    assert told == [
        (2, f"There is a file {tmp_path / name} already. Choose another name, or move it away first.\n"),
        (2, f"{tmp_path / 'staff.csv'} is there already. Choose another folder, or move it away first.\n"),
    ]
    assert ({(tmp_path / one).read_text() for one in (name, "staff.csv")}, len(list(tmp_path.glob("*.csv")))) == (
        {"mine"}, 1 + (name == "rows.csv"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("url", "arguments", "code", "words"),
    [
        ("mysql://x", ("site", "list"), 2, "CASELOAD_DATABASE_URL cannot be used: the database must be given as"),
        ("postgresql://x@127.0.0.1:1/y", ("migrate",), 3, "The database cannot be used: "),
        ("sqlite:////dev/null/x/y.db", ("migrate",), 3, "/dev/null/x cannot be used: "),
        ("sqlite:///{folder}/x.db", ("import", "/no/such/folder"), 3, "/no/such/folder cannot be used: "),
        ("sqlite:///{folder}/x.db", ("token", "create"), 2, "Missing argument"),
        ("sqlite:///{folder}/x.db", ("site", "show"), 2, "There is no site yet."),
    ],
)
def test_a_failure_is_one_sentence_and_an_exit_code(
    tmp_path: Path, url: str, arguments: tuple[str, ...], code: int, words: str
) -> None:
    got, _, told = _here(url.format(folder=tmp_path), *arguments)
    assert (got, words in told, "Traceback" in told) == (code, True, False)


def test_a_damaged_database_file_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"this is no database" * 100)
    code, _, told = _here(f"sqlite:///{tmp_path}/x.db", "migrate")
    assert (code, told.count("\n")) == (3, 1)
    assert "not a database" in told


def test_migrating_says_whether_there_was_anything_to_do(bare_database_url: str) -> None:
    answers = [json.loads(_here(bare_database_url, "migrate", "--json")[1])["migrated"] for _ in range(2)]
    assert answers == [True, False]


def test_a_key_that_is_not_the_database_s_starts_nothing_until_it_is_replaced(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    people = AGENCY | {"participants": "Participant ID,SSN\n001,823-12-3456\n"}
    folder = _folder(tmp_path, people)
    assert _here(url, "import", folder)[0] == 0
    for command in (("serve", "--port", 0), ("worker",), ("import", folder)):
        code, _, told = _here(url, *command, key="another key for tests")
        assert (code, told.count("\n"), "Set CASELOAD_SECRET_KEY to the old key" in told) == (2, 1, True)
    assert _here(url, "key", "replace", key="another key for tests")[0] == 2
    replaced = _here(url, "key", "replace", "--forget-ssns", "--json", key="another key for tests")
    assert json.loads(replaced[1]) == {"forgotten": 1, "cancelled": 0}
    counts = json.loads(_here(url, "import", folder, "--json", key="another key for tests")[1])["counts"]
    assert counts["participants"]["changed"] == 1


def test_the_audit_trail_can_be_read_and_checked(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    _here(url, "import", _folder(tmp_path, AGENCY))
    _here(url, "token", "create", "S1")
    lines = json.loads(_here(url, "audit", "list", "--json")[1])["lines"]
    assert [(line["number"], line["who"], line["what"]) for line in lines] == [
        (1, "operator", "site created"), (2, "operator", "import"), (3, "operator", "token created")
    ]  # fmt: skip
    assert "token 1 of S1 for 365 days" in _here(url, "audit", "list")[1]
    assert _here(url, "audit", "new-book")[0] == 0
    lines = json.loads(_here(url, "audit", "list", "--json")[1])["lines"]
    code, said, _ = _here(url, "audit", "verify", "--seal", lines[0]["seal"])
    assert (code, said.strip().endswith(lines[-1]["seal"])) == (0, True)
    code, _, told = _here(url, "audit", "verify", "--seal", "0" * 64)
    assert (code, told.startswith("No line of the audit trail carries this seal")) == (1, True)
    with sqlite3.connect(tmp_path / "x.db") as database:
        database.execute("DROP TRIGGER audit_unchanged")
        database.execute("UPDATE audit SET who = 'nobody' WHERE number = 2")
    database.close()
    code, said, told = _here(url, "audit", "verify", "--json")
    assert (code, json.loads(said)["broken_at"], told.startswith("Line 2 of the audit trail is not")) == (1, 2, True)


def test_stored_ssns_that_are_none_are_told_by_participant_and_taken_out_when_asked(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    _here(url, "import", _folder(tmp_path, {"participants": "Participant ID,SSN\n001,823-12-3456\n002,823-12-3457\n"}))
    engine = open_database(url)
    with writing(engine) as connection:
        old = participants.update().where(participants.c.participant_id == "002")
        connection.execute(old.values(ssn_hash=SsnHasher(b"a key for tests").hash("refused")))
    engine.dispose()
    code, said, _ = _here(url, "ssn", "check", "--json")
    assert (code, json.loads(said)) == (0, {
        "no_ssn": {"a word in place of a number": 1}, "participants": ["002"], "taken_out": False,
        "shared": {"values": 0, "participants": 0},
    })  # fmt: skip
    code, said, _ = _here(url, "ssn", "check", "--take-out")
    assert (code, "Of the stored SSNs 1 are none" in said, "Participants: 002." in said) == (0, True, True)
    assert _here(url, "ssn", "check")[1] == "No stored SSN is known to be none.\n"


def test_an_import_says_what_was_taken_and_left_out_and_why_and_what_is_missing_still(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    files = {
        "Client": "PersonalID,FirstName,LastName,SSN,DateDeleted\nC1,Mary,Jones,refused,\nC2,Bob,Roe,,2026-01-01\n",
        "Project": "ProjectID,ProjectName\nP1,Shelter\n",
        "Enrollment": "EnrollmentID,PersonalID,ProjectID,EntryDate\nE1,C1,P1,2025-01-05\n",
        "User": "UserID,UserFirstName,UserLastName\nu1,Ann,User\n",
    }
    folder = _folder(tmp_path, files)
    code, said, _ = _here(url, "import", folder, "--hmis")
    assert code == 0
    for words in (
        "participants         1 new         0 changed         0 as they were         1 left out",
        "Client.csv: 1 value in SSN left out: no Social Security number that could have been issued (line 2).",
        "Client.csv: 1 line left out: deleted at the source (line 3).",
        "No staff member is an administrator",
        "Import a feeder.csv",
    ):
        assert words in said
    assert "refused" not in said
    packed = Path(shutil.make_archive(str(tmp_path / "export"), "zip", folder))
    answer = json.loads(_here(url, "import", packed, "--hmis", "--administrator", "u1", "--json")[1])
    assert answer["counts"]["staff"] == {"new": 0, "changed": 1, "unchanged": 0}
    assert {tally["new"] for tally in answer["counts"].values()} == {0}
    assert [one["lines"] for one in answer["skipped"]] == [[2], [3]]
    assert len(answer["missing"]) == 1
    assert "looks like a HUD HMIS export: say --hmis" in _here(url, "import", folder)[2]


def test_the_server_s_program_says_its_version_as_the_add_in_s_does(bare_database_url: str) -> None:
    assert _here(bare_database_url, "--version") == (0, f"caseload-server {version('caseload-upload')}\n", "")


@pytest.mark.parametrize(
    ("arguments", "code", "kind"),
    [
        (("token", "create", "S9"), 2, "wrong-use"),
        (("import", "no such folder"), 3, "out-of-reach"),
        (("import", ".", "--no-such-option"), 2, "wrong-use"),
        (("no-such-command",), 2, "wrong-use"),
        (("token", "revoke", "many"), 2, "wrong-use"),
    ],
)
def test_a_failure_is_json_for_a_script_and_a_sentence_for_whoever_reads_along(
    bare_database_url: str, arguments: tuple[str, ...], code: int, kind: str
) -> None:
    ended, said, told = _here(bare_database_url, *arguments, "--json")
    error = json.loads(said)["error"]
    assert (ended, error["code"], error["sentence"]) == (code, kind, told.strip())
    assert told.count("\n") == 1


def test_what_keeps_records_out_is_told_with_the_failure(database_url: str, tmp_path: Path) -> None:
    folder = _folder(tmp_path, {"participants": "Participant ID,Date of Birth\n001,31/31/1990\n"})
    code, said, told = _here(database_url, "import", folder, "--json")
    assert (code, len(json.loads(said)["problems"]), json.loads(said)["error"]["sentence"]) == (1, 1, told.strip())


def test_an_administrator_is_one_of_the_staff_and_a_mistyped_id_makes_no_second_one(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    (tmp_path / "people").mkdir()
    people = _folder(tmp_path / "people", {"participants": AGENCY["participants"]})
    folder = _folder(tmp_path, AGENCY | {"staff": AGENCY["staff"].replace(",Yes", ",No")})
    code, _said, told = _here(url, "import", folder, "--administrator", "S2")
    assert (code, told.splitlines()[0]) == (
        1, "--administrator: No staff member has the Staff ID S2. Say one of: S1."
    )  # fmt: skip
    assert _here(url, "import", folder, "--administrator", "s1")[0] == 0
    assert _here(url, "import", people, "--administrator", "S2")[0] == 1  # of those that are stored, too
    code, said, _ = _here(url, "import", people, "--administrator", "S2", "--site", "Another")
    assert (code, "S2 is a new staff member, an administrator without a name." in said) == (0, True)
    assert _here(url, "token", "create", "S2", "--site", "Another")[0] == 0
