"""The address and the token are kept where they belong, and the environment wins over both."""

from __future__ import annotations

import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import keyring.backend
import pytest
from keyring.backends.fail import Keyring as NoKeychain

from addin.api.settings import load_settings, save_settings
from addin.errors import BookError, ClientError

URL = "https://caseload.example.org"


class MemoryKeychain(keyring.backend.KeyringBackend):
    """A keychain that works, for the length of a test."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


class LockedKeychain(MemoryKeychain):
    """One that is there and refuses."""

    def get_password(self, service: str, username: str) -> str | None:
        raise RuntimeError("locked")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise RuntimeError("locked")


@pytest.fixture(autouse=True)
def no_keychain() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeychain())
    yield
    keyring.set_keyring(before)


def test_nothing_is_set_at_first_and_the_sentence_offers_a_server_of_ones_own(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {})
    assert (settings.url, settings.token) == (None, None)
    with pytest.raises(ClientError, match="caseload connect --local"):
        settings.client()


@pytest.mark.parametrize("keychain", [NoKeychain, LockedKeychain])
def test_without_a_keychain_the_token_is_in_a_file_of_its_owners_alone(
    tmp_path: Path, keychain: type[keyring.backend.KeyringBackend]
) -> None:
    keyring.set_keyring(keychain())
    where = save_settings(tmp_path / "caseload", URL, "clt_a")
    file = tmp_path / "caseload" / "tokens.json"
    assert str(file) in where
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert load_settings(tmp_path / "caseload", {}).token == "clt_a"


def test_a_keychain_keeps_the_token_and_no_file_does(tmp_path: Path) -> None:
    save_settings(tmp_path, URL, "clt_old")
    keyring.set_keyring(MemoryKeychain())
    assert save_settings(tmp_path, URL, "clt_a") == "in this computer's keychain"
    assert load_settings(tmp_path, {}).token == "clt_a"
    assert not [path for path in tmp_path.iterdir() if "clt_" in path.read_text()]


def test_the_environment_wins(tmp_path: Path) -> None:
    save_settings(tmp_path, URL, "clt_a")
    settings = load_settings(tmp_path, {"CASELOAD_URL": "https://other.example.org", "CASELOAD_TOKEN": "clt_b"})
    assert (settings.url, settings.token) == ("https://other.example.org", "clt_b")


def test_a_token_is_never_sent_to_another_server_than_its_own(tmp_path: Path) -> None:
    save_settings(tmp_path, URL, "clt_a")
    assert load_settings(tmp_path, {"CASELOAD_URL": "https://other.example.org"}).token is None


def test_printing_the_settings_shows_no_token(tmp_path: Path) -> None:
    save_settings(tmp_path, URL, "clt_secret")
    assert "clt_secret" not in repr(load_settings(tmp_path, {}))


def test_a_damaged_file_gets_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text("{")
    with pytest.raises(BookError, match="Delete that file and connect again"):
        load_settings(tmp_path, {})
