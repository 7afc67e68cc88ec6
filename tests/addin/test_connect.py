"""Settings are kept once the server has accepted them (SPEC 9)."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from addin.api.local_server import AgencyChoice, OwnServer
from addin.api.settings import config_folder, load_settings
from addin.buttons.connect import Connected, KnownServer, ServerHere, connect, may, settings
from addin.errors import ClientError, Stopped
from addin.outcome import UserQuestion
from tests.support.command import Run
from tests.support.own_server import PROOF_KEY, Server
from workbook.site import Me, ProgramAccess

UNKNOWN = KnownServer("", lambda _: None, lambda _: None)


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


def no_own_server(choice: AgencyChoice) -> OwnServer:
    raise AssertionError(choice)


@pytest.mark.parametrize(
    ("here", "chosen", "means", "offered"),
    [
        ([], {"agency": "invented"}, AgencyChoice(sample=True), ["invented", "import"]),
        (["Harbour"], {"agency": "own"}, AgencyChoice(), ["own", "invented", "import"]),
        (
            [],
            {"agency": "import", "records": "/records", "staff": " S7 "},
            AgencyChoice(data=Path("/records"), administrator="S7"),
            ["invented", "import"],
        ),
        ([], {"agency": "import", "records": "/records", "staff": ""}, AgencyChoice(data=Path("/records")), None),
    ],
)
def test_without_an_address_the_window_offers_a_server_on_this_computer(
    agency: Server, tmp_path: Path, here: list[str], chosen: dict[str, str], means: AgencyChoice, offered: list[str]
) -> None:
    run: list[AgencyChoice] = []

    def run_own(choice: AgencyChoice) -> OwnServer:
        run.append(choice)
        return OwnServer(agency.url, agency.token, agency.environment[PROOF_KEY], "")

    def press(answers: dict[str, str]) -> Connected:
        return settings({"url": " ", "token": ""} | answers, tmp_path, UNKNOWN, ServerHere(run_own, lambda: here))

    question = press({}).question
    assert question is not None
    assert run == []
    assert offered in (None, list(question.fields[0].choices))
    done = press({"records": "", "staff": ""} | chosen)
    assert (done.sentence[:12], run) == ("Connected to", [means])


def test_what_keeps_a_server_from_being_set_up_stands_in_the_form_again(tmp_path: Path) -> None:
    def run_own(choice: AgencyChoice) -> OwnServer:
        raise Stopped("There is no file staff.csv. Check the folder.")

    def press(**answers: str) -> Connected:
        return settings({"url": "", "token": ""} | answers, tmp_path, UNKNOWN, ServerHere(run_own, list))

    for records, said in (("", "Say in which folder"), ("/x", "There is no file staff.csv")):
        question = press(agency="import", records=records, staff="S1").question
        assert question is not None
        assert said in question.wrong
        assert [field.default for field in question.fields] == ["import", records, "S1"]


def test_settings_come_back_in_one_form_with_what_is_wrong_until_the_server_has_accepted_them(
    agency: Server, tmp_path: Path
) -> None:
    asked: list[UserQuestion] = []

    def press(**answers: str) -> Connected:
        known = KnownServer("http://old.test", lambda _: "clt_old", lambda _: None)
        done = settings(answers, tmp_path, known, ServerHere(no_own_server, list))
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
    assert press(url=agency.url, token=agency.token).url == agency.url


def test_a_token_that_is_piped_in_is_the_one_that_is_used(
    run: Run, agency: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CASELOAD_URL", "CASELOAD_TOKEN"):
        monkeypatch.delenv(name)
    for piped, code in (("", 2), (agency.token, 0), ("clt_wrong", 3), ("", 0)):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{piped}\n"))
        ran = run("connect", agency.url)
        assert ran.code == code, ran
        if code == 2:
            assert "no token was given" in ran.err
            assert "CASELOAD_TOKEN" in ran.err
    assert load_settings(config_folder(), {}).token == agency.token
