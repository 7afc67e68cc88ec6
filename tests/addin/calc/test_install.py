"""`caseload install --calc` where something is in the way, and where LibreOffice's Python needs a copy of its own."""

from __future__ import annotations

import json
import os
import sys
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from addin.cli.main import app
from addin.errors import BookError
from addin.install import calc as calc_install
from addin.install.calc import Setup, check, install
from addin.install.extension import Places, build_extension
from addin.install.libreoffice import LibreOffice
from tests.addin.calc.test_libreoffice import program

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="programs are played by scripts of a shell")

HERE = sys.version_info[:3]


def setup(
    folder: Path, python_version: tuple[int, int, int] = HERE, unopkg: str = "", code: int = 0, *, real: bool = False
) -> Setup:
    """A LibreOffice with an unopkg that says something, and with a Python of this version that runs whatever it is
    given, or, where it is to be `real`, with this very Python."""
    program(folder / "office" / "unopkg", unopkg, code)
    python = Path(sys.executable) if real else program(folder / "office" / "python")
    return Setup(LibreOffice(folder / "office", python, python_version), folder / "data")


def places(one: Setup) -> dict[str, object]:
    with zipfile.ZipFile(one.extension) as archive:
        content: dict[str, object] = json.loads(archive.read("places.json"))
    return content


def wheel(folder: Path, name: str) -> None:
    """A package that holds one module, as pip takes it."""
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}.py", "")
        archive.writestr(f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{name}-1.0.dist-info/RECORD", "")


def test_a_python_of_the_same_version_imports_from_where_caseload_does(tmp_path: Path) -> None:
    one = setup(tmp_path, real=True)
    assert install(one, print) == [one.extension]
    named = places(one)
    assert named["python"] == list(HERE[:2])
    assert str(Path(calc_install.__file__).parents[2]) in named["folders"]
    assert str(named["server"]).endswith("caseload-server")


def test_each_computer_has_a_secret_of_its_own_and_keeps_it(tmp_path: Path) -> None:
    one, other = setup(tmp_path / "one", real=True), setup(tmp_path / "other", real=True)
    found = []
    for computer in (one, other, one):
        install(computer, print)
        found.append(str(places(computer)["secret"]))
    assert found[0] == found[2] != found[1]
    assert {len(secret) for secret in found} == {32}


def test_another_python_gets_a_copy_with_what_it_needs_and_the_next_one_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel(tmp_path, "tiny")
    monkeypatch.setattr(calc_install, "requires", lambda name: ["tiny>=1", 'huge; extra == "server"'])
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    one = setup(tmp_path, (3, 99, 1), real=True)
    (one.copy / "left_from_before").mkdir(parents=True)
    said: list[str] = []
    assert install(one, said.append) == [one.copy, one.extension]
    assert "Python 3.99" in said[0]
    inside = {path.name for path in one.copy.iterdir()}
    assert {"addin", "workbook", "tiny.py"} <= inside
    assert not {"server", "left_from_before", "huge"} & inside
    assert (places(one)["python"], places(one)["folders"]) == ([3, 99], [str(one.copy)])
    assert [path.name for path in one.copy.parent.iterdir() if path.name.startswith("new-")] == []


def test_what_cannot_be_fetched_is_one_sentence_and_nothing_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calc_install, "requires", lambda name: ["nothing-of-this-name"])
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    one = setup(tmp_path, (3, 99, 1), real=True)
    with pytest.raises(BookError, match=r"Python 3\.99 could not be fetched: .*nothing-of-this-name.*internet"):
        install(one, print)
    assert list(one.extension.parent.iterdir()) == []
    assert [finding.state for finding in check(one)] == ["right", "wrong"]


def test_what_libreoffice_says_against_the_extension_is_passed_on(tmp_path: Path) -> None:
    one = setup(tmp_path, unopkg="ERROR: The lock file says no", code=1)
    with pytest.raises(BookError, match=r"The lock file says no\. Close LibreOffice.*Caseload\.oxt"):
        install(one, print)
    assert [finding.state for finding in check(one)] == ["right", "right", "wrong"]


def test_libreoffice_finds_its_own_python_before_any_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "another"))
    one = setup(tmp_path)
    assert one.environment()["PATH"].split(os.pathsep) == [str(tmp_path / "office"), str(tmp_path / "another")]


def test_an_extension_of_another_version_is_seen(tmp_path: Path) -> None:
    one = setup(tmp_path)
    install(one, print)
    assert [finding.state for finding in check(one)] == ["right"] * 3
    one.extension.write_bytes(build_extension(Places(HERE[:2], ())))  # whose buttons any document can press
    assert [finding.state for finding in check(one)] == ["right", "right", "wrong"]
    one.extension.write_bytes(b"older")
    assert [finding.state for finding in check(one)] == ["right", "right", "wrong"]
    assert "of another version" in check(one)[-1].sentence


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where a folder should be")
    with pytest.raises(BookError, match="cannot be written"):
        install(setup(tmp_path), print)


@pytest.mark.parametrize("check_only", [[], ["--check"]])
def test_the_command_says_what_is_missing(check_only: list[str], tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["install", "--calc", "--libreoffice", str(tmp_path / "nowhere"), *check_only])
    said = done.output + str(done.exception)
    assert done.exit_code != 0
    assert "LibreOffice was not found" in said


def test_a_folder_for_libreoffice_goes_with_calc() -> None:
    assert CliRunner().invoke(app, ["install", "--libreoffice", "nowhere"]).exit_code == 2


@pytest.mark.parametrize(
    ("options", "answer", "asked", "installed"),
    [([], "n\n", True, False), ([], "y\n", True, True), (["--everybody"], "", False, True), ([], None, False, False)],
    ids=["no", "yes", "said before", "a script"],
)
def test_root_is_told_before_that_everybody_gets_the_buttons(
    options: list[str],
    answer: str | None,
    asked: bool,
    installed: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = setup(tmp_path, real=True)
    monkeypatch.setattr(calc_install, "find_libreoffice", lambda *_: one.office)
    monkeypatch.setattr(calc_install, "_is_root", lambda: True)
    monkeypatch.setattr("addin.api.local_server.data_folder", lambda: one.data)
    with monkeypatch.context() as terminal:
        terminal.setattr("addin.cli.install._asks", lambda: answer is not None)
        done = CliRunner().invoke(app, ["install", "--calc", *options], input=answer)
    said = done.output + str(done.exception)
    assert [one.extension.is_file(), "Install for everybody?" in said] == [installed, asked]
    assert ("everybody on this computer gets the buttons" in said) == (not options)
    assert ("If it is meant for everybody, add --everybody" in said) == (answer is None)
