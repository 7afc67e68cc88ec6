"""The server hands out the add-in of its own version, at an address that uv, pip and people take."""

from __future__ import annotations

import csv
import io
import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
import requests

import server
from server.client_wheel import build_client_wheel
from server.http.client import install_line

VERSION = version("caseload-upload")
WHEEL = f"caseload_upload-{VERSION}-py3-none-any.whl"
MADE_AGAIN = "import runpy, sys; print(runpy.run_path(sys.argv[1])['build_client_wheel']().digest)"


@pytest.fixture
def files() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(build_client_wheel().content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python of its own, which borrows the packages that ours has, but not our own."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    scheme = sysconfig.get_paths("venv", vars={"base": str(folder), "platbase": str(folder)})
    Path(scheme["purelib"], "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    return Path(scheme["scripts"])


def in_environment(environment: Path, *command: str | Path, folder: Path) -> str:
    """What a program of it says, started where our own folders are not."""
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [environment / command[0], *command[1:]], capture_output=True, text=True, cwd=folder, env=clean, check=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_pip_installs_the_add_in_from_the_running_server_and_both_are_of_one_version(
    address: str, environment: Path, tmp_path: Path
) -> None:
    python = environment / Path(sys.executable).name
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", "--quiet"]
    subprocess.run([*pip, f"{address}/client/{WHEEL}"], check=True)
    health = requests.get(f"{address}/v1/health", timeout=30).json()
    assert in_environment(environment, "caseload", "--version", folder=tmp_path) == f"caseload {health['version']}"
    where = (
        "import addin, workbook, importlib.util as u; print(addin.__file__, workbook.__file__, u.find_spec('server'))"
    )
    found = in_environment(environment, python.name, "-c", where, folder=tmp_path).split()
    assert [str(environment.parent) in place for place in found] == [True, True, False]
    # Made anew from what is installed, instead of from folders that are worked in, it is the same to the byte.
    source = Path(str(server.__file__)).with_name("client_wheel.py")
    again = in_environment(environment, python.name, "-c", MADE_AGAIN, source, folder=tmp_path)
    assert again == build_client_wheel().digest


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_an_index_leads_pip_and_uv_to_the_file_and_to_nothing_else(address: str, tmp_path: Path) -> None:
    page = requests.get(f"{address}/client/caseload-upload/", timeout=30)
    assert page.headers["Content-Type"].startswith("text/html")
    assert re.findall(r'href="([^"#]+)', page.text) == [f"../{WHEEL}"]
    pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--isolated"]
    to = tmp_path / "to"
    subprocess.run([*pip, "--index-url", f"{address}/client/", "--dest", to, "caseload-upload"], check=True)
    assert [path.name for path in to.iterdir()] == [WHEEL]
    fetched = requests.get(f"{address}/client/{WHEEL}", timeout=30).content
    assert fetched == (to / WHEEL).read_bytes() == build_client_wheel().content
    apart = requests.get(f"{address}/client/{WHEEL}.metadata", timeout=30).text
    assert f"Version: {VERSION}" in apart.splitlines()
    assert requests.head(f"{address}/client/{WHEEL}", timeout=30).headers["Content-Length"] == str(len(fetched))
    for other in ("requests/", "caseload_upload-99-py3-none-any.whl", "..%2f..%2fetc%2fpasswd", "app.py"):
        answer = requests.get(f"{address}/client/{other}", timeout=30)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("headers", "shown"),
    [
        ({}, "{address}"),
        ({"Host": "caseload.test", "X-Forwarded-Proto": "https"}, "https://caseload.test"),
        ({"Host": "a$(id)"}, "https://caseload.your-agency.example"),
    ],
)
def test_the_page_for_people_has_lines_to_copy_with_its_own_address_in_them(
    address: str, headers: dict[str, str], shown: str
) -> None:
    text = requests.get(f"{address}/client/", headers=headers, timeout=30).text
    here = shown.format(address=address)
    assert f"<pre>{install_line(here)}</pre>" in text
    assert f"caseload connect {here}</pre>" in text
    assert VERSION in text
    assert requests.get(f"{address}/client", timeout=30).url == f"{address}/client/"
    odd = requests.get(f"{address}/client/", headers={"Host": 'x"; rm -r ~; "'}, timeout=30).text
    assert "rm -r" not in odd


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_the_servers_address_in_a_browser_leads_to_the_page_for_people(address: str) -> None:
    answer = requests.get(address, timeout=30)
    assert (answer.status_code, answer.url) == (200, f"{address}/client/")
    assert "caseload install --calc" in answer.text
    assert requests.post(f"{address}/", timeout=30).json()["code"] == "method-not-allowed"


def test_the_wheel_holds_the_client_alone_and_asks_for_nothing_of_the_servers(files: dict[str, bytes]) -> None:
    info = f"caseload_upload-{VERSION}.dist-info"
    assert {name.split("/")[0] for name in files} == {"addin", "workbook", info}
    assert not [name for name in files if name.endswith(".pyc")]
    metadata = files[f"{info}/METADATA"].decode()
    wanted = re.findall(r"^Requires-Dist: ([\w-]+)", metadata, re.MULTILINE)
    assert {"xlwings", "requests", "truststore"} <= set(wanted)
    assert not {"fastapi", "sqlalchemy", "pytest"} & set(wanted)
    assert "extra" not in metadata
    assert files[f"{info}/entry_points.txt"].decode().split() == [
        "[console_scripts]", "caseload", "=", "addin.cli.entry:main",
    ]  # fmt: skip
    assert b"MIT License" in files[f"{info}/licenses/LICENSE"]
    told = {row[0] for row in csv.reader(io.StringIO(files[f"{info}/RECORD"].decode()))}
    assert told == set(files)


def test_the_same_files_give_the_same_bytes() -> None:
    assert build_client_wheel().content == build_client_wheel().content
    assert build_client_wheel().name == WHEEL
