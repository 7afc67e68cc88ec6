"""A server of one's own: set up in one go, started again when it is needed, stopped when asked."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from addin.api import local_server as local
from addin.api.client import Client
from addin.errors import BookError, ClientError, Stopped
from tests.addin.conftest import free_port, write_agency

pytestmark = pytest.mark.slow


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, dict[str, str]]]:
    """A data folder and an environment of the test's own; whatever was started there is stopped again."""
    monkeypatch.setattr(local, "PORT", free_port())
    folder = tmp_path / "data"
    yield folder, os.environ | {"CASELOAD_DATABASE_URL": f"sqlite:///{tmp_path / 'caseload.db'}"}
    local.stop(folder)


def answers(url: str) -> bool:
    try:
        with Client(url, None, retries=0) as client:
            return bool(client.health()["version"])
    except ClientError:
        return False


def test_a_server_is_set_up_stopped_and_woken_on_the_same_address(
    home: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    folder, environment = home
    own = local.set_up(folder, environment, lambda _: None, data=write_agency(tmp_path / "agency"))
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


def test_a_sample_agency_is_made_only_where_there_is_none(home: tuple[Path, dict[str, str]]) -> None:
    folder, environment = home
    with pytest.raises(Stopped, match="has no agency yet"):
        local.set_up(folder, environment, lambda _: None)
    own = local.set_up(folder, environment, lambda _: None, sample=True)
    assert "participants" in own.sentence
    again = local.set_up(folder, environment, lambda _: own.token, sample=True)
    assert (again.token, again.sentence) == (own.token, "")


def test_data_that_cannot_be_imported_is_told_and_nothing_is_started(
    home: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    folder, environment = home
    with pytest.raises(BookError, match=r"There is no file .*staff\.csv"):
        local.set_up(folder, environment, lambda _: None, data=tmp_path / "nowhere")
    agency = write_agency(tmp_path / "agency")
    (agency / "access.csv").write_text("Staff ID,Program ID,Own,Others\nS99,SH,Yes,No\n")
    with pytest.raises(Stopped, match="S99"):
        local.set_up(folder, environment, lambda _: None, data=agency)
    assert not (folder / "local-server.json").exists()


def test_a_port_that_is_taken_is_left_to_whoever_has_it(home: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    import socket

    folder, environment = home
    with socket.socket() as other:
        other.bind(("127.0.0.1", local.PORT))
        other.listen()
        own = local.set_up(folder, environment, lambda _: None, data=write_agency(tmp_path / "agency"))
    assert answers(own.url)
    assert not own.url.endswith(f":{local.PORT}")


def test_without_the_servers_software_the_sentence_says_how_to_get_it(
    home: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, environment = home
    monkeypatch.setattr("addin.api.local_server.importlib.util.find_spec", lambda _: None)
    with pytest.raises(Stopped, match=r"pip install .caseload-upload\[server\]"):
        local.set_up(folder, environment, lambda _: None, sample=True)


def test_a_number_that_another_program_has_now_is_left_alone(home: tuple[Path, dict[str, str]]) -> None:
    folder, _ = home
    folder.mkdir()
    local._write_state(folder, {"url": "http://127.0.0.1:1", "pid": os.getpid()})
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
    assert local._first_administrator(tmp_path) == administrator


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
        local.set_up(folder, environment, lambda _: None, data=packed, hmis=True)
    own = local.set_up(folder, environment, lambda _: None, data=packed, hmis=True, staff="u1")
    with Client(own.url, own.token) as client:
        assert (client.me().staff_id, client.me().administrator) == ("u1", True)
    assert "feeder.csv" in own.sentence
