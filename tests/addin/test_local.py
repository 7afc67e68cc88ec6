"""A server of one's own: set up in one go, started again when it is needed, stopped when asked."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
import zipfile
from pathlib import Path

import pytest

from addin.api import local_program
from addin.api import local_server as local
from addin.api.agency_folder import first_administrator
from addin.api.client import Client
from addin.errors import BookError, ChoiceError, ClientError, Stopped
from tests.support.agency import write_agency
from tests.support.own_server import answers
from tests.support.sheets import insert

pytestmark = pytest.mark.slow


def test_a_server_is_set_up_stopped_and_woken_on_the_same_address(
    home: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    folder, environment = home
    own = local.set_up(folder, environment, lambda _: None, local.AgencyChoice(data=write_agency(tmp_path / "agency")))
    with Client(own.url, own.token) as client:
        assert client.me().staff_id == "ADM"
    assert own.token not in repr(own)
    again = local.set_up(folder, environment, lambda _: own.token)
    assert (again.url, again.token) == (own.url, own.token)
    assert local.stop(folder)
    assert not answers(own.url)
    assert not local.stop(folder)
    local.wake(folder, "http://127.0.0.1:1", environment)
    assert not answers(own.url)
    local.wake(folder, own.url, environment)
    assert answers(own.url)
    with pytest.raises(Stopped, match="Say who you are, by your Staff ID"):
        local.set_up(folder, environment, lambda _: "clt_no_longer_good")


def test_nothing_of_the_folder_that_one_is_in_is_run_by_a_server_of_ones_own(
    home: tuple[Path, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A terminal stands where a stranger's files were unpacked, and so does Excel beside their workbook: what bears the
    name of anything that Python, the server or one of its processes imports is still not run."""
    folder, environment = home
    data = write_agency(tmp_path / "agency")
    beside = tmp_path / "beside"
    beside.mkdir()
    for name in (*sys.stdlib_module_names, "server", "workbook", "addin", "sqlalchemy", "pydantic", "python_calamine"):
        (beside / f"{name}.py").write_text(f"open({str(beside / 'ran')!r}, 'a').write('{name} ')\n")
    monkeypatch.chdir(beside)
    own = local.set_up(folder, environment, lambda _: None, local.AgencyChoice(data=data))
    with Client(own.url, own.token) as client:
        row, sheet = insert("nobody"), beside / "rows.csv"
        sheet.write_text("Update or Insert,Participant ID\n")
        with pytest.raises(ClientError, match="no row to upload"):  # a process of its own has read it
            client.validate_file(sheet)
        upload = client.submit({"header": [*row], "rows": [[*row.values()]]}, "key")
        until = time.monotonic() + 30
        while client.upload(upload.id).state != "needs-fixes":  # and the worker has looked at it
            assert time.monotonic() < until
            time.sleep(0.1)
    assert not (beside / "ran").exists(), (beside / "ran").read_text()


def test_a_sample_agency_is_made_only_where_there_is_none_and_for_nobody_else_to_read(
    home: tuple[Path, dict[str, str]],
) -> None:
    folder, environment = home
    with pytest.raises(Stopped, match="has no agency yet"):
        local.set_up(folder, environment, lambda _: None)
    own = local.set_up(folder, environment, lambda _: None, local.AgencyChoice(sample=True))
    assert "participants" in own.sentence
    if sys.platform != "win32":
        made = [path for path in (folder, *folder.rglob("*")) if path.stat().st_mode & 0o077]
        assert made == [], "nobody else may read any of it"
    again = local.set_up(folder, environment, lambda _: own.token, local.AgencyChoice(sample=True))
    assert again.token == own.token
    assert again.sentence.startswith("This is the invented agency")


def test_the_invented_agency_is_never_among_real_people(
    home: tuple[Path, dict[str, str]], own: local.OwnServer
) -> None:
    folder, environment = home
    sample = local.set_up(folder, environment, lambda _: None, local.AgencyChoice(sample=True))
    assert sample.url != own.url
    sites = []
    for one in (own, sample):
        with Client(one.url, one.token) as client:
            sites.append(client.me().site)
    assert sites == ["Agency", local.INVENTED]
    assert local.own_agencies(folder, environment) == ["Agency"]
    tokens = {own.url: own.token, sample.url: sample.token}
    assert local.set_up(folder, environment, tokens.get).url == own.url
    assert local.stop(folder)
    assert [answers(own.url), answers(sample.url)] == [False, False]
    local.wake(folder, sample.url, environment)
    assert [answers(own.url), answers(sample.url)] == [False, True]


def test_the_invented_agency_is_made_anew_and_nothing_else_is_deleted(home: tuple[Path, dict[str, str]]) -> None:
    folder, environment = home
    local.delete_sample(folder)
    first = local.set_up(folder, environment, lambda _: None, local.AgencyChoice(sample=True))
    (folder / "other.txt").write_text("mine")
    local.delete_sample(folder)
    assert [path.name for path in folder.iterdir()] == ["other.txt"]
    assert not answers(first.url)
    again = local.set_up(folder, environment, lambda _: first.token, local.AgencyChoice(sample=True))
    assert again.token != first.token


def test_an_agency_of_ones_own_is_deleted_by_its_very_name_alone(
    home: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    folder, environment = home
    here = {**environment, "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    del here["CASELOAD_DATABASE_URL"]
    folder = tmp_path / "caseload"
    with pytest.raises(ChoiceError, match="no agency of yours"):
        local.delete_agency(folder, here, "Agency")
    own = local.set_up(folder, here, lambda _: None, local.AgencyChoice(data=write_agency(tmp_path / "agency")))
    kept = sorted(path.name for path in folder.iterdir())
    for name, refused in (("agency", "is called Agency, not agency"), ("", "is called Agency")):
        with pytest.raises(ChoiceError, match=refused):
            local.delete_agency(folder, here, name)
    with pytest.raises(ChoiceError, match="CASELOAD_DATABASE_URL"):
        local.delete_agency(folder, {**here, "CASELOAD_DATABASE_URL": f"sqlite:///{folder / 'caseload.db'}"}, "Agency")
    assert answers(own.url)
    assert set(kept) <= {path.name for path in folder.iterdir()}
    local.delete_agency(folder, here, "Agency")
    assert not answers(own.url)
    assert sorted(path.name for path in folder.iterdir()) == ["local-server.json", "local-server.log"]
    assert local.own_agencies(folder, here) == []


def test_data_that_cannot_be_imported_is_told_and_nothing_is_started(
    home: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    folder, environment = home
    with pytest.raises(BookError, match=r"There is no file .*staff\.csv"):
        local.set_up(folder, environment, lambda _: None, local.AgencyChoice(data=tmp_path / "nowhere"))
    agency = write_agency(tmp_path / "agency")
    (agency / "access.csv").write_text("Staff ID,Program ID,Own,Others\nS99,SH,Yes,No\n")
    with pytest.raises(Stopped, match="S99"):
        local.set_up(folder, environment, lambda _: None, local.AgencyChoice(data=agency))
    assert not (folder / "local-server.json").exists()


def test_a_port_that_is_taken_is_left_to_whoever_has_it(home: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    folder, environment = home
    with socket.socket() as other:
        other.bind(("127.0.0.1", local.PORT))
        other.listen()
        own = local.set_up(
            folder, environment, lambda _: None, local.AgencyChoice(data=write_agency(tmp_path / "agency"))
        )
    assert answers(own.url)
    assert not own.url.endswith(f":{local.PORT}")


def test_without_the_servers_software_the_sentence_says_how_to_get_it(
    home: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, environment = home
    monkeypatch.setattr("addin.api.local_program.importlib.util.find_spec", lambda _: None)
    with pytest.raises(Stopped, match=r"uv tool install .\.\[server\]"):
        local.set_up(folder, environment, lambda _: None, local.AgencyChoice(sample=True))


def test_a_number_that_another_program_has_now_is_left_alone(home: tuple[Path, dict[str, str]]) -> None:
    folder, _ = home
    folder.mkdir()
    (folder / "local-server.json").write_text(json.dumps({"url": "http://127.0.0.1:1", "pid": os.getpid()}))
    assert not local.stop(folder)


@pytest.mark.parametrize(
    ("lines", "administrator"),
    [
        (["Staff ID,Active,Administrator", "A,No,Yes", "B,Yes,Yes"], "B"),
        (["staff id;administrator", "A;no", "B;1"], "B"),
        (["Staff ID,Administrator", "A,"], None),
        (["Staff ID", "A"], None),
        ([], None),
    ],
)
def test_the_first_administrator_of_an_import_is_found(
    tmp_path: Path, lines: list[str], administrator: str | None
) -> None:
    (tmp_path / "staff.csv").write_text("\n".join(lines), encoding="utf-8-sig")
    assert first_administrator(tmp_path) == administrator


def test_whoever_is_alone_becomes_the_administrator_of_data_that_names_none(
    home: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    folder, environment = home
    agency = write_agency(tmp_path / "agency")
    staff = (agency / "staff.csv").read_text("utf-8")
    (agency / "staff.csv").write_text(staff.replace(",Yes,Yes,Yes", ",Yes,Yes,No"), encoding="utf-8")
    with pytest.raises(Stopped, match=r"caseload connect --local --import \S+ --administrator STAFF_ID"):
        local.set_up(folder, environment, lambda _: None, local.AgencyChoice(data=agency))
    own = local.set_up(folder, environment, lambda _: None, local.AgencyChoice(data=agency, administrator="S1"))
    with Client(own.url, own.token) as client:
        assert (client.me().staff_id, client.me().administrator) == ("S1", True)


def test_an_hmis_export_is_imported_and_whoever_says_who_they_are_becomes_its_administrator(
    home: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    folder, environment = home
    files = {
        "Client": "PersonalID,FirstName,LastName\nC1,Mary,Jones\n", "Project": "ProjectID,ProjectName\nP1,Shelter\n",
        "Enrollment": "EnrollmentID,PersonalID,ProjectID,EntryDate\nE1,C1,P1,2025-01-05\n",
        "User": "UserID,UserFirstName,UserLastName\nu1,Ann,User\n",
    }  # fmt: skip
    packed = tmp_path / "export.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"Export/{name}.csv", content)
    with pytest.raises(Stopped, match=r"which of its users you are.*--hmis --staff USER_ID"):
        local.set_up(folder, environment, lambda _: None, local.AgencyChoice(data=packed, hmis=True))
    own = local.set_up(folder, environment, lambda _: None, local.AgencyChoice(data=packed, hmis=True, staff="u1"))
    with Client(own.url, own.token) as client:
        assert (client.me().staff_id, client.me().administrator) == ("u1", True)
    assert "feeder.csv" in own.sentence


@pytest.mark.skipif(sys.platform == "win32", reason="Windows freezes no program by a signal")
def test_a_server_that_is_there_and_does_not_answer_is_told_so_and_stopped_by_force(
    home: tuple[Path, dict[str, str]], own: local.OwnServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a computer's sleep, or on a full disk: whoever started another would have two on one database."""
    monkeypatch.setattr(local, "_TAKEN_SECONDS", 0.2)
    monkeypatch.setattr(local_program, "_STOP_SECONDS", 0.5)
    monkeypatch.setattr(local, "_is_own", lambda *_: False)  # as after fifteen seconds
    folder, environment = home
    pid = json.loads((folder / "local-server.json").read_text())["pid"]
    os.kill(pid, signal.SIGSTOP)
    told = rf"Your server is running \(program number {pid} of this computer\) and does not answer\."
    with pytest.raises(Stopped, match=told):
        local.wake(folder, own.url, environment)
    with pytest.raises(Stopped, match=told):
        local.set_up(folder, environment, {own.url: own.token}.get, local.AgencyChoice(staff="ADM"))
    assert [local.stop(folder), local_program.is_ours(pid), local.stop(folder)] == [True, False, False]
