"""`caseload install --check` on the computers of locked-down offices: whatever stands in the way is named."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest

from addin.api.settings import NO_SERVER, ClientSettings
from addin.install import defender, dry_run, macro_policy, places, surroundings
from addin.install.excel import Computer, Finding
from addin.install.registry import Hive, WindowsRegistry
from tests.support.answers import HTML, answering, as_json

GUARD = r"Windows Defender\Windows Defender Exploit Guard\ASR\Rules"
GROUP_POLICY = rf"SOFTWARE\Policies\Microsoft\{GUARD}"
INTUNE = r"SOFTWARE\Policies\Microsoft\Windows Defender\Policy Manager"
LOCAL = rf"SOFTWARE\Microsoft\{GUARD}"
CHILDREN = "D4F940AB-401B-4EFC-AADC-AD5F3C50688A"
CALLS = "92E97FA1-2EDF-4476-BDD6-9DD0B4DDDC7B"
UNUSUAL = "01443614-CD74-433A-B99E-2ECDC07BFC25"
OFFICE = r"Software\Policies\Microsoft\office\16.0"
CLOUD = r"Software\Policies\Microsoft\Cloud\Office\16.0"


class Values:
    """A registry: `(hive, key)` → the values there. Like Windows' own it does not tell capitals from small letters."""

    def __init__(self, values: Mapping[tuple[Hive, str], Mapping[str, str]]) -> None:
        self._values = {(hive, key.casefold()): found for (hive, key), found in values.items()}

    def values(self, hive: Hive, key: str) -> dict[str, str]:
        return {name.casefold(): value for name, value in self._values.get((hive, key.casefold()), {}).items()}


@pytest.mark.parametrize(
    ("key", "values", "state", "said"),
    [
        (GROUP_POLICY, {CHILDREN: "1"}, "wrong", "forbids programs that Excel starts"),
        (GROUP_POLICY, {CHILDREN.lower(): "6"}, "wrong", "warns of programs that Excel starts"),
        (GROUP_POLICY, {CHILDREN: "1"}, "wrong", "set by Group Policy"),
        (INTUNE, {"ASRRules": f"{CALLS}=1|{CHILDREN}=1"}, "wrong", "set by Intune"),
        (INTUNE, {"ASRRules": f"{CHILDREN}=2"}, "right", "keeps Excel from"),
        (LOCAL, {CHILDREN: "1"}, "wrong", "set by this computer's own settings"),
        (LOCAL, {CHILDREN: "0"}, "right", "No rule"),
        (LOCAL, {CALLS: "1"}, "right", "does not concern ours"),
        (INTUNE, {"ASRRules": f"{UNUSUAL}=1"}, "unknown", "programs that few computers have"),
        (INTUNE, {"ASRRules": ""}, "right", "No rule"),
    ],
)
def test_defenders_rules_are_seen_in_each_of_the_three_places(
    key: str, values: dict[str, str], state: str, said: str
) -> None:
    found = defender.check(Values({("machine", key): values}))
    assert (found.state, said in found.sentence) == (state, True)
    if state == "wrong":
        assert CHILDREN.lower() in found.sentence
        assert "caseload validate FILE" in found.sentence


def test_of_two_places_the_stricter_one_is_told() -> None:
    both = Values({("machine", LOCAL): {CHILDREN: "6"}, ("machine", INTUNE): {"ASRRules": f"{CHILDREN}=1"}})
    assert "forbids" in defender.check(both).sentence
    assert "set by Intune" in defender.check(both).sentence


def add_in(path: Path, *, signed: bool) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/vbaProject.bin", b"x")
        if signed:
            archive.writestr("xl/vbaProjectSignatureV3.bin", b"x")
    return path


@pytest.mark.parametrize(
    ("hive", "key", "values", "state", "said"),
    [
        ("user", rf"{OFFICE}\excel\security", {"VBAWarnings": "3"}, "wrong", "sign the add-in once"),
        ("user", rf"{CLOUD}\excel\security", {"VBAWarnings": "3"}, "wrong", "Your organization lets Excel run signed"),
        ("user", rf"{OFFICE}\excel\security", {"VBAWarnings": "4"}, "wrong", "run no macros at all"),
        ("user", rf"{OFFICE}\excel\security", {"VBAWarnings": "2"}, "right", "its user enables"),
        ("user", r"Software\Microsoft\Office\16.0\Excel\Security", {"VBAWarnings": "3"}, "wrong", "Your own settings"),
        ("user", rf"{OFFICE}\common", {"vbaoff": "1"}, "wrong", "switched macros off"),
        ("machine", r"SOFTWARE\Policies\Microsoft\office\16.0\common", {"VBAOff": "1"}, "wrong", "switched macros off"),
        ("machine", r"SOFTWARE\Policies\Microsoft\office\16.0\common", {"VBAOff": "0"}, "right", "its user enables"),
        ("user", rf"{OFFICE}\excel\security", {"blockcontentexecutionfrominternet": "1"}, "right", "untick Blocked"),
    ],
)
def test_what_is_settled_about_macros_is_told_with_what_to_do(
    hive: Hive, key: str, values: dict[str, str], state: str, said: str, tmp_path: Path
) -> None:
    macros, _ = macro_policy.check(Values({(hive, key): values}), add_in(tmp_path / "a.xlam", signed=False))
    assert (macros.state, said in macros.sentence) == (state, True)


def test_where_only_signed_macros_run_a_signed_add_in_is_enough(tmp_path: Path) -> None:
    signed_only = Values({("user", rf"{OFFICE}\excel\security"): {"VBAWarnings": "3"}})
    assert macro_policy.check(signed_only, add_in(tmp_path / "a.xlam", signed=True))[0].state == "right"
    assert macro_policy.check(signed_only, tmp_path / "none.xlam")[0].state == "wrong"
    (tmp_path / "b.xlam").write_bytes(b"no add-in")
    assert macro_policy.check(signed_only, tmp_path / "b.xlam")[0].state == "wrong"


@pytest.mark.parametrize(
    ("key", "values", "state", "said"),
    [
        (rf"{OFFICE}\excel\security\trusted locations", {"AllLocationsDisabled": "1"}, "unknown", "trust no folder"),
        (
            rf"{OFFICE}\common\security\trusted locations",
            {"Allow User Locations": "0"},
            "unknown",
            "Ask which they are",
        ),
        (rf"{OFFICE}\common\security\trusted locations", {"Allow User Locations": "1"}, "right", "You may tell Excel"),
    ],
)
def test_locked_trusted_locations_are_told(key: str, values: dict[str, str], state: str, said: str) -> None:
    _, trusted = macro_policy.check(Values({("user", key): values}), Path("none.xlam"))
    assert (trusted.state, said in trusted.sentence) == (state, True)


@pytest.mark.parametrize(
    ("python", "is_stores"),
    [
        (r"C:\Program Files\WindowsApps\PythonSoftwareFoundation.Python.3.12_qbz5n2kfra8p0\python.exe", True),
        (r"C:\Users\Ann\AppData\Local\Microsoft\WindowsApps\PythonSoftwareFoundation.Python.3.12_q\python.exe", True),
        (r"C:\Users\Ann\AppData\Roaming\uv\tools\caseload-upload\Scripts\python.exe", False),
    ],
)
def test_a_python_of_the_store_is_told_from_others(python: str, is_stores: bool) -> None:
    assert (places.store_python(Path(python)) is not None) == is_stores


SHELL = r"Software\Microsoft\Windows\CurrentVersion\Explorer\User Shell Folders"


@pytest.mark.parametrize(
    ("personal", "is_in_cloud", "where"),
    [
        (r"%USERPROFILE%\Documents", False, r"C:\Users\Ann\Documents"),
        (r"%UserProfile%\OneDrive - Agency\Documents", True, r"C:\Users\Ann\OneDrive - Agency\Documents"),
        (r"C:\Users\Ann\OneDrive - Agency", True, r"C:\Users\Ann\OneDrive - Agency"),
        (r"C:\Users\Ann\OneDrive - Agency 2\Documents", False, "Agency 2"),
        (r"\\server\home\ann", False, r"\\server\home\ann"),
    ],
)
def test_documents_are_where_the_system_says_and_in_onedrive_that_is_said(
    personal: str, is_in_cloud: bool, where: str
) -> None:
    environment = {"USERPROFILE": r"C:\Users\Ann", "OneDriveCommercial": "C:\\Users\\Ann\\OneDrive - Agency\\"}
    found = places.documents(Values({("user", SHELL): {"Personal": personal}}), environment)
    assert ("web address" in found.sentence, where in found.sentence) == (is_in_cloud, True)


def test_a_mac_that_keeps_this_terminal_out_of_excels_folders_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "never started" in places.mac_folders(tmp_path).sentence
    (tmp_path / "Library/Containers/com.microsoft.Excel/Data").mkdir(parents=True)
    assert places.mac_folders(tmp_path).state == "right"

    def refused(_: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "iterdir", refused)
    found = places.mac_folders(tmp_path)
    assert (found.state, "Full Disk Access" in found.sentence) == ("wrong", True)


def test_the_program_behind_the_buttons_is_started_as_excel_starts_it(tmp_path: Path) -> None:
    python = Path(sys.executable)
    assert dry_run.program(python, ["addin.hosts.excel.window", "xlwings"]).state == "right"
    missing = dry_run.program(python, ["no_such_module"])
    assert (missing.state, "cannot use no_such_module (ModuleNotFoundError" in missing.sentence) == ("wrong", True)
    gone = dry_run.program(tmp_path / "python.exe")
    assert (gone.state, "could not be started" in gone.sentence) == ("wrong", True)


@pytest.mark.skipif(sys.platform == "win32", reason="a script that starts by its first line")
@pytest.mark.parametrize(
    ("says", "state", "said"),
    [
        ("printf 'tkinter\\tModuleNotFoundError\\tno\\nready\\n'", "wrong", "no windows for questions"),
        ("exit 3", "wrong", "ended at once (exit code 3)"),
    ],
)
def test_what_keeps_the_program_from_starting_is_told(tmp_path: Path, says: str, state: str, said: str) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{says}\n")
    python.chmod(0o755)
    found = dry_run.program(python)
    assert (found.state, said in found.sentence) == (state, True)


def test_a_server_is_asked_for_its_health_and_its_version() -> None:
    ours = version("caseload-upload")
    for answer, state, said in (
        (as_json({"version": ours}), "right", "of this add-in's version"),
        (as_json({"version": "99"}), "unknown", "uv tool upgrade caseload-upload"),
    ):
        with answering(answer) as (url, _):
            found = dry_run.server(ClientSettings(url, None))
        assert (found.state, said in found.sentence) == (state, True)
    assert dry_run.server(ClientSettings(None, None)).sentence == NO_SERVER
    assert "started by the first press" in dry_run.server(ClientSettings("http://127.0.0.1:1", None)).sentence
    assert dry_run.server(ClientSettings("https://caseload.invalid", None)).state == "wrong"
    with answering(HTML) as (url, _):
        assert "is not a caseload server" in dry_run.server(ClientSettings(url, None)).sentence


@pytest.fixture
def windows(tmp_path: Path) -> Computer:
    return Computer(
        "win32", tmp_path, Path(sys.executable), (3, 12, 1), 64, application_data=tmp_path / "Roaming",
        xlwings_version="0.37.8", encoding="cp1252",
    )  # fmt: skip


def test_all_of_it_comes_to_whether_a_press_would_work(windows: Computer, tmp_path: Path) -> None:
    settings = ClientSettings(None, None)
    blocked = Values({("machine", LOCAL): {CHILDREN: "1"}})
    found = surroundings.check(windows, blocked, {}, settings, [Finding("Excel", "wrong", "It is not there.")])
    assert [one.what for one in found] == [
        "Defender", "Macros", "Trusted locations", "Documents", "Start", "Server", "A press",
    ]  # fmt: skip
    assert found[-1].sentence.startswith("would not work yet. See above: Excel, Defender")
    mac = surroundings.check(replace(windows, platform="darwin"), Values({}), {}, settings, [])
    assert [one.what for one in mac] == ["Excel's folders", "Start", "Server", "A press"]
    assert surroundings.check(replace(windows, platform="linux"), Values({}), {}, settings, []) == []
    assert dry_run.press([Finding("Excel", "right", ""), Finding("Server", "unknown", "")]).state == "right"


def test_this_computers_registry_can_be_asked_on_any_system() -> None:
    assert WindowsRegistry().values("user", r"Software\No such key of ours") == {}
