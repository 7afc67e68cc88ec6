"""Keep the server's address and the user's token between sessions.

The address stands in a small file in the user's configuration folder. The token goes to the computer's keychain; where
there is none, to a file that its owner alone may read. `CASELOAD_URL` and `CASELOAD_TOKEN` win over both.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from addin.api.client import Client
from addin.api.connection import OwnAddress
from addin.errors import BookError, ClientError
from workbook.whole_file import write_whole

_SERVICE: Final = "caseload-upload"
_FILE: Final = "settings.json"
_TOKENS: Final = "tokens.json"
NO_SERVER: Final = (
    "No server is set. Enter its address in Settings (`caseload connect ADDRESS`), or run one on this computer "
    "(`caseload connect --local`)."
)


def config_folder() -> Path:
    """This user's configuration folder. Not created here."""
    from platformdirs import user_config_path

    return user_config_path("caseload", appauthor=False)


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """The server's address and the user's token, each None where it is not known. Printing it shows no token."""

    url: str | None
    token: str | None = field(repr=False)

    def client(self, own: OwnAddress | None = None) -> Client:
        """A client for them. `own`: where the server is the user's own, as `local_server.wake` gives it. Raises
        ClientError when no server is set."""
        if not self.url:
            raise ClientError(NO_SERVER, "no-server")
        return Client(self.url, self.token) if own is None else Client(own.url, self.token, key=own.key)


def load_settings(folder: Path, environment: Mapping[str, str]) -> ClientSettings:
    """What is set now. `folder`: `config_folder()`. Raises BookError when the file cannot be read."""
    url = environment.get("CASELOAD_URL") or _read(folder / _FILE).get("url")
    token = environment.get("CASELOAD_TOKEN") or (_known_token(folder, url) if url else None)
    return ClientSettings(url, token)


def save_settings(folder: Path, url: str, token: str | None) -> str:
    """Keeps the address, and the token for it unless it is None. Gives a few words on where the token is.

    Raises BookError when the folder cannot be written to.
    """
    where = ""
    if token is not None:
        if _in_keychain(url, token):
            where = "in this computer's keychain"
            _forget_in_file(folder, url)
        else:
            _write(folder / _TOKENS, _read(folder / _TOKENS) | {url: token})
            where = f"in {folder / _TOKENS}, which only you can read (this computer has no keychain)"
    _write(folder / _FILE, _read(folder / _FILE) | {"url": url})
    return where


def _known_token(folder: Path, url: str) -> str | None:
    token = _read(folder / _TOKENS).get(url)
    if token:
        return str(token)
    keyring = _keyring()
    if keyring is None:
        return None
    try:
        found: str | None = keyring.get_password(_SERVICE, url)
    except Exception:  # a locked or broken keychain is as good as none: the server will say that a token is missing
        return None
    return found


def _in_keychain(url: str, token: str) -> bool:
    keyring = _keyring()
    if keyring is None:
        return False
    try:
        keyring.set_password(_SERVICE, url, token)
        return bool(keyring.get_password(_SERVICE, url) == token)
    except Exception:  # each keychain fails in its own way; the file beside takes over
        return False


def _keyring() -> Any:
    """The computer's keychain, None where there is none that keeps what it is given."""
    try:
        import keyring
    except ImportError:  # a host without it, such as Python inside the browser
        return None
    try:
        return keyring if keyring.get_keyring().priority > 0 else None
    except Exception:
        return None


def _forget_in_file(folder: Path, url: str) -> None:
    tokens = _read(folder / _TOKENS)
    if tokens.pop(url, None) is not None:
        _write(folder / _TOKENS, tokens)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise BookError(f"The settings in {path} cannot be read. Delete that file and connect again.") from error
    return content if isinstance(content, dict) else {}


def _write(path: Path, content: dict[str, Any]) -> None:
    """Whole or not at all, and readable by its owner only."""
    try:
        write_whole(path, json.dumps(content, indent=1).encode())
    except OSError as error:
        raise BookError(
            f"The settings cannot be kept in {path.parent} ({error.strerror}). Make that folder writable and try again."
        ) from error
