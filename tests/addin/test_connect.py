"""Settings are kept once the server has accepted them (SPEC 9)."""

from __future__ import annotations

from pathlib import Path

import pytest

from addin.buttons.connect import connect
from addin.errors import ClientError
from tests.addin.conftest import Agency


def test_settings_are_kept_once_the_server_has_accepted_them(agency: Agency, tmp_path: Path) -> None:
    assert connect(tmp_path, agency.url, agency.token).sentence.startswith(f"Connected to {agency.url} as Alice Admin")
    with pytest.raises(ClientError, match="does not know your token"):
        connect(tmp_path / "other", agency.url, "clt_wrong")
    assert not (tmp_path / "other").exists()
