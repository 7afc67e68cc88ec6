"""What `caseload` says where it can do nothing: one sentence, the right exit code, and the file as it was (SPEC 10)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from addin.api.client import Client
from addin.cli.options import NOT_REACHED, WRONG_USE
from tests.support.command import Run
from tests.support.own_server import Server, free_port


@pytest.mark.parametrize(
    "arguments",
    [
        ("connect", "--reset"), ("connect", "--local", "--agency", "x"),
        ("connect", "--local", "--reset", "--import", "x"),
        ("connect",), ("connect", "http://localhost:1", "--local"), ("connect", "--stop", "--sample"),
        ("connect", "--local", "--sample", "--import", "x"), ("validate",), ("nonsense",), ("connect", "ftp://x"),
    ],
)  # fmt: skip
def test_wrong_use_is_exit_code_2(run: Run, arguments: tuple[str, ...]) -> None:
    assert run(*arguments).code == WRONG_USE


@pytest.mark.parametrize(
    "arguments",
    [("fix", "{}.xlsx", "--header", "a=b"), ("log", "1", "--to", "{}.txt"), ("template", "{}.doc")]
)  # fmt: skip
def test_what_a_wrong_call_names_orders_no_terminal_anything(run: Run, wrong: Path, arguments: tuple[str, ...]) -> None:
    orders = "e\x1b]0;title\x07"
    if sys.platform != "win32":  # which takes no such name
        wrong.rename(wrong.with_name(f"{orders}.xlsx"))
    ran = run(*(one.replace("{}", orders) for one in arguments))
    assert (ran.code, "\x1b" in ran.out + ran.err, "e␛]0;title␇" in ran.err) == (WRONG_USE, False, True)
    assert ran.err.startswith(("Usage: ", "Error: "))


def test_without_a_server_the_sentence_offers_one_on_this_computer(
    run: Run, wrong: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CASELOAD_URL")
    ran = run("validate", wrong)
    assert ran.code == NOT_REACHED
    assert "caseload connect --local" in ran.err


def test_a_server_that_is_away_is_exit_code_3_and_the_file_is_as_it_was(
    run: Run, wrong: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = wrong.read_bytes()
    monkeypatch.setenv("CASELOAD_URL", f"http://127.0.0.1:{free_port()}")
    ran = run("submit", wrong)
    assert [ran.code, ran.err.count("\n")] == [NOT_REACHED, 2]
    assert "does not answer" in ran.err
    assert wrong.read_bytes() == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("download", "."), ("paste", ".", "--from", "x"),
        ("transfer", ".", "--from", "A", "--to", "B", "--on", "x", "--reason", "x"),
    ],
)  # fmt: skip
def test_a_folder_is_no_workbook(run: Run, arguments: tuple[str, ...]) -> None:
    ran = run(*arguments)
    assert [ran.code, "is a folder, not a file" in ran.err] == [NOT_REACHED, True], ran.err


def test_an_address_with_something_behind_it_is_not_the_server_s(
    run: Run, agency: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASELOAD_URL", f"{agency.url}/elsewhere")
    assert "correct the address in Settings" in run("status").err


def test_a_wrong_token_is_exit_code_3(run: Run, wrong: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASELOAD_TOKEN", "clt_wrong")
    ran = run("validate", wrong)
    assert ran.code == NOT_REACHED
    assert "does not know your token" in ran.err
    assert "clt_wrong" not in ran.out + ran.err


@pytest.mark.parametrize(
    ("name", "content", "code", "said"),
    [
        ("gone.xlsx", None, 3, "There is no file"),
        ("gone.csv", None, 3, "There is no file"),
        (".", None, 3, "is a folder, not a file"),
        ("a.xlsx", b"", 3, "is empty"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, 3, "an older Excel file (.xls)"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), 3, "with a password"),
        ("a.txt", b"hello", 3, "Save it as .xlsx"),
        ("a.csv", b"", 1, "no row to upload"),
        ("a.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 3, "picture"),
        ("a.csv", b"Fruit,Price\r\napple,1\r\n", 1, "The sheet lacks"),
    ],
)
def test_a_bad_file_gets_one_sentence(
    run: Run, tmp_path: Path, name: str, content: bytes | None, code: int, said: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    ran = run("validate", name)
    assert ran.code == code
    assert said in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(("mark", "program"), [("~$wrong.xlsx", "Excel"), (".~lock.wrong.xlsx#", "LibreOffice")])
def test_a_file_that_is_open_elsewhere_is_not_written_to(run: Run, wrong: Path, mark: str, program: str) -> None:
    wrong.with_name(mark).touch()
    ran = run("validate", wrong)
    assert ran.code == NOT_REACHED
    assert f"is open in {program}" in ran.err


def test_a_failure_of_ours_is_one_sentence_and_the_details_are_in_a_file(
    run: Run, wrong: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Client, "validate", lambda *_, **__: 1 / 0)
    ran = run("validate", wrong)
    assert ran.code == NOT_REACHED
    assert "Something went wrong that should not have. Your rows are as they were." in ran.err
    place = ran.err.split("The details are in ")[1].strip().rstrip(".")
    assert "ZeroDivisionError" in Path(place).read_text("utf-8")


def test_ctrl_c_is_answered_with_a_sentence_and_the_file_is_as_it_was(
    run: Run, wrong: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pressed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    before = wrong.read_bytes()
    monkeypatch.setattr(Client, "validate", pressed)
    ran = run("submit", wrong)
    assert [ran.code, "again writes none of them twice" in ran.err] == [130, True], ran.err
    assert wrong.read_bytes() == before


def test_ctrl_c_while_the_program_is_still_starting_is_one_word() -> None:
    pressed = (
        "import sys\n"
        "class Pressed:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'typer':\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Pressed())\n"
        "from addin.cli.entry import main\n"
        "main()\n"
    )
    ran = subprocess.run([sys.executable, "-c", pressed], capture_output=True, text=True, check=False)
    assert [ran.returncode, ran.stdout, ran.stderr] == [130, "", "Cancelled.\n"]
