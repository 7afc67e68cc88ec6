"""Settings are kept once the server has accepted them (SPEC 9)."""

from __future__ import annotations

from pathlib import Path

import pytest

from addin.buttons.connect import Connected, connect, may, settings
from addin.errors import ClientError
from addin.outcome import UserQuestion
from tests.support.own_server import Server
from workbook.site import Me, ProgramAccess


@pytest.mark.parametrize(
    ("staff_id", "said"),
    [
        ("ADM", "as Alice Admin of {site}. As an administrator you may change every caseload."),
        ("S1", "as Robert Smith of {site}. You may change your own caseload in Youth Shelter, Youth Employment."),
        ("S3", "as Ana de la Cruz of {site}. You may change no caseload there yet: ask an administrator"),
    ],
)
def test_what_a_person_may_do_is_said(agency: Server, tmp_path: Path, staff_id: str, said: str) -> None:
    token = agency.token_for(staff_id)
    with agency.client(token) as client:
        site = client.me().site
    assert said.format(site=site) in connect(tmp_path, agency.url, token).sentence


def test_own_caseload_and_others_are_told_apart() -> None:
    def of(*programs: tuple[str, bool, bool]) -> Me:
        access = [
            ProgramAccess(program_id=name, program=name, own=own, others=others) for name, own, others in programs
        ]
        return Me(staff_id="S1", name="", email="", site="", administrator=False, access=access)

    assert may(of(("Youth Shelter", True, False), ("Choir", True, True), ("Food Pantry", False, True))) == (
        "You may change your own caseload in Youth Shelter, Choir, and others' caseloads in Choir, Food Pantry."
    )
    assert may(of(*((f"P{number}", True, False) for number in range(10)))).endswith("P6, P7 and 2 more.")


def test_settings_are_kept_once_the_server_has_accepted_them(agency: Server, tmp_path: Path) -> None:
    assert connect(tmp_path, agency.url, agency.token).sentence.startswith(f"Connected to {agency.url} as Alice Admin")
    with pytest.raises(ClientError, match="does not know your token"):
        connect(tmp_path / "other", agency.url, "clt_wrong")
    assert not (tmp_path / "other").exists()


def test_settings_come_back_in_one_form_with_what_is_wrong_until_the_server_has_accepted_them(
    agency: Server, tmp_path: Path
) -> None:
    asked: list[UserQuestion] = []

    def press(**answers: str) -> Connected:
        done = settings(answers, tmp_path, "http://old.test", lambda _: "clt_old", lambda: (agency.url, agency.token))
        asked.extend([done.question] if done.question else [])
        return done

    press()
    press(url=agency.url, token="clt_wrong")
    press(url="ftp://x", token="")
    press(url=agency.url, token="")
    assert [[field.default for field in one.fields] for one in asked] == [
        ["http://old.test", ""], [agency.url, ""], ["ftp://x", ""], [agency.url, ""],
    ]  # fmt: skip
    for question, said in zip(
        asked[1:], ("does not know your token", "is not the address", "does not know"), strict=True
    ):
        assert said in question.wrong
    assert list(tmp_path.iterdir()) == []
    assert press(url="", token="").sentence.startswith(f"Connected to {agency.url}")  # a server of one's own
    assert press(url=agency.url, token=agency.token).url == agency.url
