"""`caseload submit FILE.csv` sends what it has asked about, and asks about what it has not sent (SPEC 6)."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest
import typer

from addin.api.client import Client
from addin.errors import ClientError
from addin.rows import hand_over as keys
from addin.rows.hand_over import arrived, hand_over
from tests.support.answers import UPLOAD, answering, as_json
from tests.support.command import Run, Terminal
from tests.support.own_server import Server
from tests.support.sheets import csv_file, insert


def of(client: Client, upload_id: str) -> list[str | None]:
    """Whom an upload is about."""
    return [row.participant_id for row in client.log(upload_id)]


def test_what_is_sent_is_what_was_asked_about_whatever_lies_there_after_the_answer(
    run: Run, client: Client, agency: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_about, meanwhile = agency.person(), agency.person()
    file = csv_file(tmp_path / "shared.csv", [insert(asked_about)])
    first = file.read_bytes()
    with monkeypatch.context() as terminal:
        terminal.setattr(sys, "stdin", Terminal())
        terminal.setattr(typer, "confirm", lambda _: bool(csv_file(file, [insert(meanwhile)])))
        ran = run("submit", file)
    assert "shared.csv was changed meanwhile; what was sent is what it held before." in " ".join(ran.out.split())
    assert of(client, client.uploads(mine=True)[0].id) == [asked_about]
    now = run("submit", file, "--yes", "--json").json()
    assert [of(client, now["upload"]["id"]), "meanwhile" in now["sentence"]] == [[meanwhile], False]
    file.write_bytes(first)
    assert "nothing was written again" in run("submit", file).out


def test_a_file_whose_upload_was_undone_is_asked_about_again(run: Run, agency: Server, tmp_path: Path) -> None:
    file = csv_file(tmp_path / "again.csv", [insert(agency.person())])
    first = run("submit", file, "--yes", "--json").json()["upload"]["id"]
    assert run("undo", first, "--yes").code == 0
    asked = run("submit", file, "--json").json()
    assert [asked["upload"], asked["sentence"]] == [None, "Nothing was sent. Add --yes to submit."]
    again = run("submit", file, "--yes", "--json").json()["upload"]
    assert [again["state"], again["id"] != first] == ["complete", True]
    assert run("submit", file, "--json").json()["upload"]["id"] == again["id"]


def test_a_file_whose_key_belongs_to_other_rows_is_asked_about_and_sent_once(
    run: Run, client: Client, agency: Server, tmp_path: Path
) -> None:
    """An earlier version sent a file that was changed meanwhile under the key of what it had been."""
    file, other = csv_file(tmp_path / "a.csv", [insert(agency.person())]), csv_file(tmp_path / "b.csv", [insert("x")])
    taken = client.submit_file(other, f"{hashlib.sha256(file.read_bytes()).hexdigest()[:40]}-1")
    assert run("submit", file, "--json").json()["sentence"] == "Nothing was sent. Add --yes to submit."
    sent = run("submit", file, "--yes", "--json").json()["upload"]
    assert [sent["state"], sent["id"] != taken.id] == ["complete", True]
    assert run("submit", file, "--json").json()["upload"]["id"] == sent["id"]
    client.cancel(client.wait(taken.id).id)


def test_a_server_that_calls_every_upload_undone_is_not_asked_on_and_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "_MOST_KEYS", 20)
    undone = UPLOAD | {"state": "undone"}
    with answering(as_json(undone)) as (url, kept), Client(url, "clt_x") as client:
        for call in (
            lambda send: hand_over(send, "d"),
            lambda send: arrived(send, lambda key: client.upload("u1"), "d"),
        ):
            with pytest.raises(ClientError, match="uploaded and taken back 20 times, so nothing was sent"):
                call(lambda key: client.submit({"header": [], "rows": []}, key))
    assert len(kept.asked) == 20 + 2 * 20
