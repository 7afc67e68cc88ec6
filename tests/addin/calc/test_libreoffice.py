"""LibreOffice is found on every system, and where it cannot take the buttons one sentence says why and what to do."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from addin.errors import BookError
from addin.install.libreoffice import LibreOffice, System, bare_environment, find_libreoffice

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="programs are played by scripts of a shell")


def program(path: Path, says: str = "", code: int = 0) -> Path:
    """A program that says something and ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\nexit {code}\n")
    path.chmod(0o755)
    return path


def refused(root: Path, platform: str = "linux", named: Path | None = None) -> str:
    with pytest.raises(BookError) as caught:
        find_libreoffice(System(platform=platform, root=root, home=root / "home", environment={"PATH": ""}), named)
    return caught.value.sentence


def test_on_linux_the_systems_python_belongs_to_the_systems_libreoffice(tmp_path: Path) -> None:
    soffice = program(tmp_path / "usr/lib/libreoffice/program/soffice")
    (tmp_path / "usr/bin").mkdir(parents=True)
    (tmp_path / "usr/bin/soffice").symlink_to(soffice)
    python = program(tmp_path / "usr/bin/python3", "[3, 12, 3]")
    found = find_libreoffice(System(platform="linux", root=tmp_path, environment={"PATH": str(tmp_path / "usr/bin")}))
    assert found == LibreOffice(soffice.parent, python, (3, 12, 3))
    assert find_libreoffice(System(platform="linux", root=tmp_path, environment={"PATH": ""})) == found


def test_a_libreoffice_that_brings_its_own_python_uses_that_and_the_newest_is_taken(tmp_path: Path) -> None:
    program(tmp_path / "usr/bin/python3", "[3, 12, 3]")
    for name in ("libreoffice24.8", "libreoffice25.8"):
        program(tmp_path / "opt" / name / "program/soffice")
        program(tmp_path / "opt" / name / "program/python", "[3, 11, 9]")
    found = find_libreoffice(System(platform="linux", root=tmp_path, environment={"PATH": ""}))
    assert (found.folder.parent.name, found.python_version) == ("libreoffice25.8", (3, 11, 9))


def test_on_a_mac_it_is_among_the_applications(tmp_path: Path) -> None:
    inside = tmp_path / "home/Applications/LibreOffice.app/Contents"
    program(inside / "MacOS/soffice")
    program(inside / "Resources/python", "[3, 11, 9]")
    found = find_libreoffice(System(platform="darwin", root=tmp_path, home=tmp_path / "home", environment={}))
    assert (found.folder, found.python) == (inside / "MacOS", inside / "Resources/python")


def test_on_windows_the_registry_says_where_and_unopkg_is_the_one_that_prints(tmp_path: Path) -> None:
    folder = tmp_path / "LibreOffice" / "program"
    for name in ("soffice.exe", "unopkg.exe", "unopkg.com"):
        program(folder / name)
    program(folder / "python.exe", "[3, 11, 9]")
    for known, search in ((str(folder), {}), (None, {"PROGRAMFILES": str(tmp_path)})):
        found = find_libreoffice(
            System(platform="win32", root=tmp_path, registry=lambda *_, said=known: said, environment=search)
        )
        assert (found.folder, found.unopkg.name, found.soffice.name) == (folder, "unopkg.com", "soffice.exe")


@pytest.mark.parametrize("inside", ["", "program"])
def test_a_folder_that_the_user_names_may_be_the_one_above(inside: str, tmp_path: Path) -> None:
    folder = program(tmp_path / "Office" / "program" / "soffice").parent
    program(folder / "python", "[3, 13, 0]")
    assert find_libreoffice(System(root=tmp_path), tmp_path / "Office" / inside).folder == folder
    assert "not found" in refused(tmp_path, named=tmp_path / "elsewhere")


def test_no_libreoffice_is_said(tmp_path: Path) -> None:
    assert "was not found on this computer. Install it" in refused(tmp_path)


def test_one_that_is_sealed_off_is_said(tmp_path: Path) -> None:
    (tmp_path / "var/lib/flatpak/app/org.libreoffice.LibreOffice").mkdir(parents=True)
    assert "is a Flatpak, sealed off" in refused(tmp_path)
    assert "is a Snap, sealed off" in refused(tmp_path, named=Path("/snap/libreoffice/current"))


def test_one_without_python_names_the_package_to_install(tmp_path: Path) -> None:
    program(tmp_path / "usr/lib/libreoffice/program/soffice")
    assert "without its Python" in refused(tmp_path)
    program(tmp_path / "usr/bin/python3", code=1)  # there, but it knows no uno
    assert "python3-uno" in refused(tmp_path)


def test_one_with_an_old_python_is_said_with_the_version(tmp_path: Path) -> None:
    program(tmp_path / "opt/libreoffice7.6/program/soffice")
    program(tmp_path / "opt/libreoffice7.6/program/python", "[3, 8, 17]")
    said = refused(tmp_path)
    assert "has Python 3.8.17, and the buttons need 3.11 or later" in said
    assert "libreoffice7.6" in said


def test_programs_that_are_started_do_not_inherit_where_libreoffices_python_looks() -> None:
    environment = {"PATH": "/bin", "PYTHONPATH": "/usr/lib/libreoffice/program", "PYTHONHOME": "/x"}
    assert bare_environment(environment) == {"PATH": "/bin"}


def test_its_python_puts_our_folders_before_other_peoples_and_behind_its_own(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    for name in ("json.py", "requests.py"):
        (mine / name).write_text("mine = True\n")
    office = LibreOffice(tmp_path, Path(sys.executable), sys.version_info[:3])
    code = "import json, requests; print(hasattr(json, 'mine'), hasattr(requests, 'mine'))"
    assert office.runs(code, [mine]).split() == ["False", "True"]
    with pytest.raises(BookError, match="No module named 'nothing_of_this_name'"):
        office.runs("import nothing_of_this_name")
