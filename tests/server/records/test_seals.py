"""The book of seals shows what was cut off at the end of the audit trail, and that it is missing itself."""

from __future__ import annotations

import errno
import json
import logging
import os
import threading
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TextIO

import pytest
from sqlalchemy import Engine, delete

from server import seals
from server.records import audit
from server.records.database import reading, writing
from server.records.sites import create_site
from server.records.tables import audit as trail
from server.seals import BEGUN, SealBook, seals_in
from tests.support.command import caseload_server
from tests.support.served import KEY


@pytest.fixture
def site(database: Engine) -> int:
    with writing(database) as connection:
        site_id = create_site(connection, "Agency")
        audit.note_all(connection, site_id, "S1", [("upload fixed", None, "")] * 5)
    return site_id


@pytest.fixture
def book(tmp_path: Path) -> Path:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder / "book"


@pytest.fixture
def environment(database_url: str, book: Path) -> dict[str, str]:
    names = "CASELOAD_DATABASE_URL", "CASELOAD_SECRET_KEY", "CASELOAD_SEALS_FILE"
    return dict(zip(names, (database_url, KEY.decode(), str(book)), strict=True))


def verified(environment: dict[str, str], *arguments: str) -> tuple[int, str]:
    """Exit code, and the sentence."""
    code, said, told = caseload_server(environment, "audit", "verify", *arguments)
    return code, (told or said).strip()


def write_more(database: Engine, site: int, lines: int = 1) -> None:
    with writing(database) as connection:
        audit.note_all(connection, site, "S1", [("upload undone", None, "")] * lines)


def cut_off(database: Engine, after: int) -> None:
    """What only the database's owner can do."""
    with database.begin() as connection:
        for name in ("audit_unchanged", "audit_kept"):
            owner = " ON audit" if database.name == "postgresql" else ""
            connection.exec_driver_sql(f"DROP TRIGGER {name}{owner}")
        connection.execute(delete(trail).where(trail.c.number > after))


def test_newest_lines_that_were_cut_off_are_missed_by_the_book_of_seals(
    environment: dict[str, str], database: Engine, site: int, book: Path
) -> None:
    """The worker puts the seals down beside the database, where nobody gets by writing in it."""
    SealBook(database, book).put_down()
    assert book.stat().st_mode & 0o777 == 0o600
    write_more(database, site)
    SealBook(database, book).put_down()
    assert verified(environment)[0] == 0
    cut_off(database, after=7)  # the beginning of the book
    missed = f"A seal in {book} is that of no line"
    code, told = verified(environment)
    assert (code, told.startswith(missed)) == (1, True)
    write_more(database, site, 9)
    SealBook(database, book).put_down()  # by a worker that goes on, or is started anew
    code, told = verified(environment)
    assert (code, told.startswith(missed)) == (1, True)


def test_a_check_says_with_which_book_and_how_many_seals_it_compared(
    environment: dict[str, str], database: Engine, site: int, book: Path
) -> None:
    seals = SealBook(database, book)
    seals.put_down()
    newest = seals_in(book, site)[-1]
    assert newest.number == 7
    code, said = verified(environment)
    assert (code, f"The one seal in {book}, of line 7 ({newest.at}), is in it." in said) == (0, True)
    answer = json.loads(caseload_server(environment, "audit", "verify", "--json")[1])
    assert (answer["book"], answer["seals"], answer["intact"]) == (str(book), 1, True)


def test_a_book_that_is_gone_is_no_all_clear(
    environment: dict[str, str], database: Engine, site: int, book: Path
) -> None:
    SealBook(database, book).put_down()
    book.unlink()
    code, told = verified(environment)
    assert (code, told.startswith(f"There is no seal of this site in {book}, and line 7 of the audit trail says")) == (
        1, True,
    )  # fmt: skip
    code, said, _told = caseload_server(environment, "audit", "verify", "--json")
    answer = json.loads(said)
    assert (code, answer["seals"], answer["intact"]) == (1, 0, False)


def test_nor_is_one_that_this_command_does_not_know_of(
    environment: dict[str, str], database: Engine, site: int, book: Path, tmp_path: Path
) -> None:
    SealBook(database, book).put_down()
    code, told = verified(environment | {"CASELOAD_SEALS_FILE": str(tmp_path / "away" / "book")})
    assert (code, f"a book of seals was begun ({book})" in told) == (1, True)
    code, told = verified(environment | {"CASELOAD_SEALS_FILE": ""})  # a shell without the service's environment
    assert (code, f"a book of seals was begun ({book})" in told) == (1, True)


def test_nor_is_one_without_its_beginning_or_from_before_another_was_begun(
    environment: dict[str, str], database: Engine, site: int, book: Path
) -> None:
    seals = SealBook(database, book)
    seals.put_down()
    whole = book.read_bytes()
    book.write_bytes(b"")
    write_more(database, site)
    SealBook(database, book).put_down()
    code, told = verified(environment)
    assert (code, told.startswith(f"The beginning of the book of seals {book} is missing")) == (1, True)
    assert "put it aside, and begin another: caseload-server audit new-book." in told
    assert caseload_server(environment, "audit", "new-book")[0] != 0, "while it is there"
    book.unlink()
    assert "who may write there, and begin another" in verified(environment)[1]
    assert caseload_server(environment, "audit", "new-book")[0] == 0
    book.write_bytes(whole)
    code, told = verified(environment)
    assert (code, told.startswith(f"The book of seals {book} ends before another one was begun")) == (1, True)


def test_a_line_that_a_full_disk_tears_spoils_none_of_the_next(
    environment: dict[str, str], database: Engine, site: int, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(file: TextIO, new: Collection[tuple[int, int, str]]) -> None:
        whole(file, new)
        os.ftruncate(file.fileno(), book.stat().st_size - 60)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    whole, worker = seals._write, SealBook(database, book)
    monkeypatch.setattr(seals, "_write", full_disk)
    worker.put_down()
    torn = book.read_text()
    monkeypatch.setattr(seals, "_write", whole)
    worker._due = 0
    worker.put_down()
    lines = book.read_text().splitlines()
    assert (lines[0], torn[-1] == "\n") == (torn, False)
    assert {one.number for one in seals_in(book, site)} == {7}
    write_more(database, site)
    SealBook(database, book).put_down()
    assert "" not in book.read_text().splitlines(), "nothing is ended that was not torn"
    assert {one.number for one in seals_in(book, site)} == {7, 8}
    assert verified(environment)[0] == 0


def test_a_book_that_no_worker_has_begun_is_told(environment: dict[str, str], site: int, book: Path) -> None:
    code, told = verified(environment)
    assert (code, told.startswith(f"The book of seals {book} is not there, and no line")) == (1, True)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)  # beside a SQLite file there always is one
def test_where_no_book_is_kept_that_is_told(database_url: str, site: int) -> None:
    environment = {"CASELOAD_DATABASE_URL": database_url, "CASELOAD_SECRET_KEY": KEY.decode()}
    code, said = verified(environment | {"CASELOAD_SEALS_FILE": ""})
    assert (code, "No worker keeps a book of seals (CASELOAD_SEALS_FILE)" in said) == (0, True)


def test_no_worker_puts_a_clean_book_in_the_place_of_one_that_is_gone(
    database: Engine, site: int, book: Path, caplog: pytest.LogCaptureFixture
) -> None:
    SealBook(database, book).put_down()
    book.unlink()
    write_more(database, site)
    with writing(database) as connection:
        create_site(connection, "Other")
    with caplog.at_level(logging.WARNING, "caseload.seals"):
        SealBook(database, book).put_down()
    assert (book.exists(), "audit new-book" in caplog.text) == (False, True)


def test_an_operator_begins_another_book_and_the_trail_of_each_site_tells_of_it(
    environment: dict[str, str], database: Engine, site: int, book: Path
) -> None:
    with writing(database) as connection:
        other = create_site(connection, "Other")
    SealBook(database, book).put_down()
    code, _said, told = caseload_server(environment, "audit", "new-book")
    assert (code, told.startswith(f"There is a book of seals, {book}.")) == (2, True)
    book.unlink()
    code, said, _told = caseload_server(environment, "audit", "new-book", "--json")
    assert (code, json.loads(said)) == (0, {"book": str(book), "sites": 2})
    with reading(database) as connection:
        begun = [(line.site_id, line.number, line.who, line.detail) for line in audit.lines_that_say(connection, BEGUN)]
    assert begun == [
        (site, 7, "server", str(book)), (site, 8, "operator", str(book)),
        (other, 2, "server", str(book)), (other, 3, "operator", str(book)),
    ]  # fmt: skip
    assert [verified(environment, "--site", name)[0] for name in ("Agency", "Other")] == [0, 0]
    write_more(database, site)
    SealBook(database, book).put_down()
    assert [seal.number for seal in seals_in(book, site)] == [8, 9]


def test_what_no_worker_has_written_into_the_book_is_no_seal(
    environment: dict[str, str], database: Engine, site: int, book: Path
) -> None:
    SealBook(database, book).put_down()
    with book.open("a") as file:
        file.writelines(f"{site} {number} seal then\n" for number in ("9" * 6000, "-1", "1e3", ""))
    assert [verified(environment)[0], len(seals_in(book, site))] == [0, 1]


def test_a_folder_is_no_book_of_seals(environment: dict[str, str], site: int, tmp_path: Path) -> None:
    where = environment | {"CASELOAD_SEALS_FILE": str(tmp_path)}
    code, said, told = caseload_server(where, "audit", "new-book")
    assert (code, said, told.startswith(f"{tmp_path} is there and is no file, so it is no book of seals.")) == (
        2, "", True,
    )  # fmt: skip


@pytest.fixture
def pipe(book: Path) -> Iterator[Path]:
    """A pipe in place of the book. Whoever waits for its other end gets it, so that no test waits for ever."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("needs pipes that have a name")
    os.mkfifo(book)
    waiting = threading.Thread(target=lambda: os.close(os.open(book, os.O_WRONLY)))
    waiting.start()
    yield book
    os.close(os.open(book, os.O_RDONLY | os.O_NONBLOCK))
    waiting.join()


def test_a_pipe_in_place_of_the_book_is_refused_and_not_waited_for(
    environment: dict[str, str], site: int, pipe: Path
) -> None:
    assert site
    code, told = verified(environment)
    assert (code, told.partition(". ")[0]) == (3, f"{pipe} cannot be used: it is no ordinary file")


def test_nor_does_a_worker_write_into_one(
    database: Engine, site: int, book: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert site
    if not hasattr(os, "mkfifo"):
        pytest.skip("needs pipes that have a name")
    os.mkfifo(book)
    reader = os.open(book, os.O_RDONLY | os.O_NONBLOCK)
    SealBook(database, book).put_down()
    assert "The book of seals cannot be written (it is no ordinary file)" in caplog.text
    assert os.read(reader, 1) == b"", "nobody has written"
    os.close(reader)
