"""What hangs on a workbook is there after a save: where it came from, who may read it, and that it lies elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import pytest

from addin.errors import BookError
from addin.hosts.closed.file import ClosedBook
from workbook.carried_over import ZONE, carry_over
from workbook.whole_file import write_whole

FROM_THE_INTERNET = b"[ZoneTransfer]\r\nZoneId=3\r\n"
not_windows = pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights than these")


def mark(path: Path) -> None:
    """As a browser or a mail program marks a file on this system."""
    if sys.platform == "win32":
        Path(f"{path}{ZONE}").write_bytes(FROM_THE_INTERNET)
    elif sys.platform == "darwin":
        subprocess.run(["xattr", "-w", "com.apple.quarantine", "0083;00000000;Safari;", path], check=True)
    else:
        os.setxattr(path, "user.Zone.Identifier", FROM_THE_INTERNET)


def is_marked(path: Path) -> bool:
    if sys.platform == "win32":
        return Path(f"{path}{ZONE}").exists()
    if sys.platform == "darwin":
        return "com.apple.quarantine" in subprocess.run(["xattr", path], capture_output=True, text=True).stdout
    return "user.Zone.Identifier" in os.listxattr(path)


@pytest.fixture
def mailed(tmp_path: Path) -> Path:
    """A workbook from the internet."""
    path = tmp_path / "mailed.xlsx"
    openpyxl.Workbook().save(path)
    try:
        mark(path)
    except OSError:
        pytest.skip("the disk knows no marks")
    return path


def save(path: Path) -> Path:
    book = ClosedBook(path)
    saved = book.save()
    book.close()
    return saved


def test_a_workbook_from_the_internet_is_one_after_a_save(mailed: Path) -> None:
    assert is_marked(save(mailed))


def test_so_is_the_copy_beside_one_that_must_not_be_touched(mailed: Path) -> None:
    with zipfile.ZipFile(mailed, "a") as file:
        file.writestr("xl/media/image1.png", b"a picture")
    copy = save(mailed)
    assert (copy != mailed, is_marked(copy)) == (True, True)


def test_windows_mark_is_a_stream_and_what_is_none_gets_none(tmp_path: Path) -> None:
    """On every system: to others such a stream is a file with a colon in its name."""
    for name in ("mailed", "own"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / f"mailed{ZONE}").write_bytes(FROM_THE_INTERNET)
    for name in ("mailed", "own", "gone"):
        copy = tmp_path / f"copy of {name}"
        with copy.open("wb") as file:
            carry_over(tmp_path / name, file.fileno(), copy, "win32")
    found = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.name.startswith("copy")}
    assert found | {f"copy of mailed{ZONE}": FROM_THE_INTERNET} == found
    assert [Path(f"{tmp_path / 'copy of own'}{ZONE}").exists(), len(found) - (sys.platform != "win32")] == [False, 3]


@pytest.mark.skipif(sys.platform == "win32", reason="pretends to be Windows")
def test_where_the_mark_cannot_be_carried_over_nothing_is_saved(mailed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path(f"{mailed}{ZONE}").write_bytes(FROM_THE_INTERNET)
    before = mailed.read_bytes()
    real = Path.write_bytes

    def streamless(path: Path, content: bytes) -> int:
        if path.name.endswith(ZONE):
            raise OSError(22, "Invalid argument")
        return real(path, content)

    monkeypatch.setattr(Path, "write_bytes", streamless)
    monkeypatch.setattr(carry_over, "__defaults__", ("win32",))
    with pytest.raises(BookError, match=r"cannot be saved: Invalid argument\. Nothing in it was changed"):
        save(mailed)
    assert mailed.read_bytes() == before
    assert sorted(path.name for path in mailed.parent.iterdir()) == ["mailed.xlsx", f"mailed.xlsx{ZONE}"]


@not_windows
def test_a_file_stays_its_group_s(mailed: Path) -> None:
    groups = [3] if os.geteuid() == 0 else [group for group in os.getgroups() if group != os.getegid()]
    if not groups:
        pytest.skip("whoever runs this is in one group alone")
    os.chown(mailed, -1, groups[0])
    mailed.chmod(0o660)
    found = save(mailed).stat()
    assert (found.st_gid, found.st_mode & 0o777) == (groups[0], 0o660)


@not_windows
def test_where_the_group_cannot_be_kept_it_is_not_another_group_that_may_read(
    mailed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_whom: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    mailed.chmod(0o664)
    monkeypatch.setattr(os, "fchown", refused)
    assert save(mailed).stat().st_mode & 0o777 == 0o604


@pytest.mark.skipif(sys.platform != "linux", reason="gives an access list by its name on Linux")
def test_who_was_let_in_by_name_is_still_let_in(mailed: Path) -> None:
    entries = [
        (0x01, 6, 0xFFFFFFFF),
        (0x02, 4, 12345),
        (0x04, 0, 0xFFFFFFFF),
        (0x10, 4, 0xFFFFFFFF),
        (0x20, 0, 0xFFFFFFFF),
    ]
    numbers = b"".join(
        tag.to_bytes(2, "little") + rights.to_bytes(2, "little") + whose.to_bytes(4, "little")
        for tag, rights, whose in entries
    )
    listed = (2).to_bytes(4, "little") + numbers
    try:
        os.setxattr(mailed, "system.posix_acl_access", listed)
    except OSError:
        pytest.skip("the disk knows no access lists")
    assert os.getxattr(save(mailed), "system.posix_acl_access") == listed


@not_windows
def test_a_link_stays_one_and_its_file_is_saved(mailed: Path) -> None:
    folder = mailed.parent / "elsewhere"
    folder.mkdir()
    file = mailed.rename(folder / "real.xlsx")
    mailed.symlink_to(file)
    before = file.stat().st_ino
    save(mailed)
    assert (mailed.is_symlink(), is_marked(file), file.stat().st_ino != before) == (True, True, True)


@not_windows
def test_a_link_among_our_own_files_stays_one_too(tmp_path: Path) -> None:
    file, link = tmp_path / "dotfiles" / "settings.json", tmp_path / "settings.json"
    link.symlink_to(file)
    write_whole(link, b"{}")
    assert (link.is_symlink(), file.read_bytes()) == (True, b"{}")
