"""Settings come from the environment, and the SSN key is made once and kept."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from server.settings import Settings
from tests.support.command import caseload_server


def test_everything_has_a_default_beside_the_user_s_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CASELOAD_DATABASE_URL", raising=False)
    settings = Settings()
    assert settings.database_url.startswith("sqlite:///")
    assert settings.mails == settings.database_folder / "mail"


def test_the_environment_is_read_and_nonsense_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CASELOAD_DATABASE_URL", f"sqlite:///{tmp_path}/x.db")
    monkeypatch.setenv("CASELOAD_SMTP_PORT", "2525")
    monkeypatch.setenv("CASELOAD_TOKEN", "clt_for_somebody_else")
    settings = Settings()
    assert (settings.database_folder, settings.smtp_port) == (tmp_path, 2525)
    for nonsense in ("mysql://x", "not a url", "sqlserver", "sqlite://", "sqlite:///:memory:"):
        with pytest.raises(ValidationError, match="sqlite:///FILE"):
            Settings(database_url=nonsense)


def test_the_key_file_is_made_once_by_whoever_comes_first_and_is_private(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/sub/x.db")
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _number: settings.ssn_key(), range(16)))
    assert len(keys) == 1
    assert stat.S_IMODE((tmp_path / "sub" / "caseload.key").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "sub").iterdir()] == ["caseload.key"]


def test_a_key_that_is_given_is_used_and_a_damaged_file_is_told(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    assert Settings(database_url=url, secret_key=SecretStr("a key that is given")).ssn_key() == b"a key that is given"
    (tmp_path / "caseload.key").write_text("short")
    with pytest.raises(ValueError, match="damaged"):
        Settings(database_url=url).ssn_key()


def test_a_key_that_is_soon_guessed_is_refused_and_not_repeated(tmp_path: Path) -> None:
    for key in ("k", "eleven char"):
        with pytest.raises(ValidationError, match="fewer than 12 characters") as refused:
            Settings(database_url=f"sqlite:///{tmp_path / 'x.db'}", secret_key=SecretStr(key))
        assert f"'{key}'" not in str(refused.value)
    code, said, told = caseload_server({"CASELOAD_SECRET_KEY": "k3y"}, "site", "list")
    assert (code, said, "CASELOAD_SECRET_KEY cannot be used" in told, "k3y" in told) == (2, "", True, False)


@pytest.mark.parametrize(
    ("name", "most"),
    [("KEEP_ROWS_DAYS", 36_500), ("TOKEN_DAYS", 36_500), ("LEASE_SECONDS", 86_400), ("JUDGE_MEMORY_BYTES", 2**40)],
)
def test_a_number_that_nothing_could_be_done_with_is_refused_at_the_start(tmp_path: Path, name: str, most: int) -> None:
    environment = {"CASELOAD_DATABASE_URL": f"sqlite:///{tmp_path / 'x.db'}"}
    assert caseload_server(environment | {f"CASELOAD_{name}": str(most)}, "site", "list")[0] == 0
    for number in (str(most + 1), "9" * 30, "0", "-1"):
        code, said, told = caseload_server(environment | {f"CASELOAD_{name}": number}, "site", "list")
        assert (code, said, told.startswith(f"CASELOAD_{name} cannot be used: Input should be")) == (2, "", True)
