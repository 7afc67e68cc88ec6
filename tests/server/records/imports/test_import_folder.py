"""An import takes a folder, or a .zip of it, and says in a sentence what is wrong with one that it cannot take."""

from __future__ import annotations

import os
import random
import sys
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from server.records.imports.files import NO_ORDINARY_FILE, read_directory
from server.records.imports.folder import import_folder
from server.records.imports.hmis import read_hmis
from server.records.imports.incoming import ImportRefused


def _zip(folder: Path, files: dict[str, str]) -> Path:
    packed = folder / "Agency.ZIP"
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed


def test_a_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    with import_folder(tmp_path) as folder:
        assert folder == tmp_path


@pytest.mark.parametrize("top", ["", "Export 2026/", "a/b/"])
def test_the_csv_files_nearest_to_the_top_of_a_zip_are_unpacked_and_gone_afterwards(tmp_path: Path, top: str) -> None:
    files = {f"{top}staff.csv": "Staff ID\n", f"{top}old/staff.csv": "x\n", f"{top}read me.txt": "x",
             "__MACOSX/._staff.csv": "x"}  # fmt: skip
    with import_folder(_zip(tmp_path, files)) as folder:
        assert {path.name: path.read_text() for path in folder.iterdir()} == {"staff.csv": "Staff ID\n"}
    assert not folder.exists()


def test_no_file_leaves_the_folder_it_is_unpacked_into(tmp_path: Path) -> None:
    with import_folder(_zip(tmp_path, {"../../staff.csv": "Staff ID\n"})) as folder:
        assert [path.name for path in folder.iterdir()] == ["staff.csv"]
        assert folder.parent != tmp_path


@pytest.mark.parametrize("name", ["D:staff.csv", "staff.csv:more.csv", "NUL.csv", "a/con.csv"])
def test_a_name_that_windows_takes_for_another_drive_a_stream_or_a_device_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ImportRefused) as refused, import_folder(_zip(tmp_path, {name: "Staff ID\n"})):
        raise AssertionError("it was unpacked")
    assert "which not every computer takes for a file: unpack it" in refused.value.problems[0].message


@pytest.mark.parametrize(("content", "why"), [
    (b"not a zip", "damaged"), (b"", "damaged"), (None, "no .csv file in it"),
], ids=["a text", "nothing", "no .csv in it"])  # fmt: skip
def test_what_is_wrong_with_a_zip_is_said(tmp_path: Path, content: bytes | None, why: str) -> None:
    packed = _zip(tmp_path, {"read me.txt": "x"})
    if content is not None:
        packed.write_bytes(content)
    with pytest.raises(ImportRefused) as refused, import_folder(packed):
        raise AssertionError("it was unpacked")
    assert [why in problem.message for problem in refused.value.problems] == [True]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_file_in_a_zip_is_named_however_it_is_packed(tmp_path: Path, method: int) -> None:
    packed = tmp_path / "agency.zip"
    with zipfile.ZipFile(packed, "w", method) as archive:
        archive.writestr("staff.csv", "Staff ID\n" + "".join(f"S{number}\n" for number in range(3000)))
    whole = packed.read_bytes()
    damaged = whole[:300] + bytes(200) + whole[500:]
    packed.write_bytes(damaged)
    with pytest.raises(ImportRefused) as refused, import_folder(packed):
        raise AssertionError("it was unpacked")
    (problem,) = refused.value.problems
    assert problem.file == "agency.zip"
    assert problem.message.startswith("The file staff.csv in it is damaged")
    assert problem.message.endswith("Make it again, or unpack it and name the folder.")


def test_a_zip_with_any_byte_of_it_changed_is_taken_or_refused_in_a_sentence(tmp_path: Path) -> None:
    packed, chance = tmp_path / "agency.zip", random.Random(7)
    for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        with zipfile.ZipFile(packed, "w", method) as archive:
            archive.writestr("staff.csv", "Staff ID\nS1\n")
        whole = packed.read_bytes()
        for at in range(len(whole)):
            packed.write_bytes(whole[:at] + bytes([chance.randrange(256)]) + whole[at + 1 :])
            with suppress(ImportRefused), import_folder(packed):
                pass


def test_a_zip_that_unpacks_to_more_than_any_import_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from server.records.imports import folder as module
    from workbook.files.limits import Limits

    monkeypatch.setattr(module, "Limits", lambda: Limits(unpacked=10))
    with pytest.raises(ImportRefused) as refused, import_folder(_zip(tmp_path, {"staff.csv": "x" * 11})):
        raise AssertionError("it was unpacked")
    assert "more than" in refused.value.problems[0].message


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files in a folder")
@pytest.mark.parametrize("read", [lambda folder: read_directory(folder, "MDY"), lambda folder: read_hmis(folder, "")])
@pytest.mark.parametrize("kind", ["link", "dangling link", "device", "pipe", "folder"])
def test_what_is_no_ordinary_file_is_refused_and_not_read(
    tmp_path: Path, kind: str, read: Callable[[Path], object]
) -> None:
    (tmp_path / "Client.csv").write_text("PersonalID\n")
    odd = tmp_path / "Participants.csv"
    if kind == "pipe":
        os.mkfifo(odd)
    elif kind == "folder":
        odd.mkdir()
    else:
        odd.symlink_to({"link": "Client.csv", "dangling link": "away", "device": "/dev/zero"}[kind])
    with pytest.raises(ImportRefused) as refused:
        read(tmp_path)
    assert [(one.file, one.message) for one in refused.value.problems] == [("Participants.csv", NO_ORDINARY_FILE)]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files in a folder")
def test_a_pipe_in_place_of_a_zip_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "agency.zip")
    with pytest.raises(ImportRefused) as refused, import_folder(tmp_path / "agency.zip"):
        pass
    assert [one.message for one in refused.value.problems] == [NO_ORDINARY_FILE]
