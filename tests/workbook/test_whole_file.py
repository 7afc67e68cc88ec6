"""A file is written whole or not at all."""

from __future__ import annotations

import errno
import io
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from workbook.whole_file import file_beside, put_in_place, write_new, write_whole


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that has no room for a file's second half."""

    class HalfWritten(io.FileIO):
        def write(self, content: Any) -> int:
            super().write(content[: len(content) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "open", lambda path, mode: HalfWritten(path, mode.replace("b", "")))
    monkeypatch.setattr(os, "fdopen", lambda handle, mode: HalfWritten(handle, mode.replace("b", "")))


def test_a_file_takes_the_place_of_another_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "a.json"
    for content in (b"first", b"second"):
        write_whole(path, content)
        assert ([one.name for one in path.parent.iterdir()], path.read_bytes()) == (["a.json"], content)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights than these")
def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "token"
    write_whole(path, b"secret")
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights than these")
def test_nor_may_anybody_else_into_a_folder_that_was_made_for_it_however_far_above(tmp_path: Path) -> None:
    write_whole(tmp_path / "share" / "caseload" / "sample" / "state", b"1")
    made = [path for path in tmp_path.rglob("*") if path.is_dir()]
    assert [path.stat().st_mode & 0o777 for path in made] == [0o700] * 3


def test_on_a_full_disk_the_old_file_stays_and_nothing_beside_it(tmp_path: Path, full_disk: None) -> None:
    path = tmp_path / "a.json"
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, b"new and longer")
    assert [(one.name, one.stat().st_size) for one in tmp_path.iterdir()] == [("a.json", 0)]


def test_a_new_file_never_replaces_one_that_is_there(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_new(path, b"first")
    with pytest.raises(FileExistsError):
        write_new(path, b"second")
    assert path.read_bytes() == b"first"


def test_on_a_full_disk_no_half_of_a_new_file_is_left(tmp_path: Path, full_disk: None) -> None:
    with pytest.raises(OSError, match="No space left"):
        write_new(tmp_path / "a.xlsx", b"new and longer")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets hardly anybody make links")
def test_a_link_that_somebody_puts_in_place_of_a_file_leads_to_nothing_that_is_written(tmp_path: Path) -> None:
    """In a folder of many: in place of the new file before it is written, of the file itself before it is replaced."""
    private, place = tmp_path / "private", tmp_path / "a.xlsx"
    private.write_bytes(b"private")
    private.chmod(0o640)
    place.write_bytes(b"old")
    place.chmod(0o666)
    beside = file_beside(place)
    beside.path.unlink()
    beside.path.symlink_to(private)
    with pytest.raises(OSError, match="put a file in place of the one that was written"):
        put_in_place(beside, place, b"new", place)
    assert place.read_bytes() == b"old"
    beside = file_beside(place)
    place.unlink()
    place.symlink_to(private)
    put_in_place(beside, place, b"new", place)
    assert [place.is_symlink(), place.read_bytes(), place.stat().st_mode & 0o777] == [False, b"new", 0o600]
    assert [private.read_bytes(), private.stat().st_mode & 0o777] == [b"private", 0o640]


def test_a_file_is_whole_on_the_disk_before_it_takes_the_place_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut would leave an empty one otherwise, and the old one would be gone."""
    place, seen = tmp_path / "a.xlsx", []
    place.write_bytes(b"old")
    known = os.fsync

    def fsync(handle: int) -> None:
        seen.append((os.fstat(handle).st_size, place.read_bytes()))
        known(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    write_whole(place, b"new and longer")
    write_new(tmp_path / "b.xlsx", b"other")
    assert [seen[0], seen[-1]] == [(14, b"old"), (5, b"new and longer")]
    assert sys.platform == "win32" or len(seen) == 3, "and the folder"
