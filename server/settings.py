"""The server's settings, each an environment variable that starts with CASELOAD_ (SPEC 10)."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path
from typing import Annotated, Literal

from platformdirs import user_data_path
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from workbook.whole_file import private_folder

MIB = 1024 * 1024
SHORTEST_KEY = 12
"""Characters of a key that somebody sets."""

Bytes = Annotated[int, Field(gt=0, le=MIB * MIB)]
Seconds = Annotated[int, Field(gt=0, le=86_400)]
"""A day at most."""
Days = Annotated[int, Field(gt=0, le=36_500)]
"""A hundred years at most: further ahead, and back, there is soon no date any more."""
Port = Annotated[int, Field(gt=0, le=65_535)]
Times = Annotated[int, Field(gt=0, le=1_000_000)]


def data_folder() -> Path:
    """Where this user's own data belongs on this computer. Not created here."""
    return user_data_path("caseload", appauthor=False)


def default_database_url() -> str:
    return f"sqlite:///{data_folder() / 'caseload.db'}"


class DamagedKey(ValueError):
    """The key file holds no key; the message is one plain sentence."""


class Settings(BaseSettings):
    """Read from the environment when it is made; every value may also be given as an argument.

    Raises pydantic's ValidationError for a value that cannot be used, with a sentence that says why.
    """

    model_config = SettingsConfigDict(env_prefix="CASELOAD_", env_ignore_empty=True, hide_input_in_errors=True)

    database_url: str = Field(default_factory=default_database_url)
    """A SQLAlchemy URL: `sqlite:///FILE` or `postgresql://…`."""
    secret_key: SecretStr | None = None
    """Keys the hashes of SSNs. Without it a key file is made, once, beside the database."""

    smtp_host: str = ""
    """The mail server; without one each mail becomes a file in `mail_folder`."""
    smtp_port: Port = 587
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_starttls: bool = True
    mail_sender: str = "caseload@localhost"
    mail_folder: Path | None = None
    """Where mails go without a mail server: `mail` beside the database unless set."""

    seals_file: Path | None = None
    """The file to which workers write the seals of the audit trails: `audit.seals` beside a SQLite database unless
    set."""

    max_packed_bytes: Bytes = 100 * MIB
    """The size of an uploaded file as it arrives."""
    max_unpacked_bytes: Bytes = 1024 * MIB
    """The size of an uploaded file once unpacked."""
    parse_memory_bytes: Bytes = 1100 * MIB
    """What one child process that reads a file may take."""
    parse_seconds: Seconds = 120
    """How long reading one file may take, however large it is; a small one gets less."""
    judge_memory_bytes: Bytes = 1100 * MIB
    """What one child process that checks a large sheet may take."""
    judge_seconds: Seconds = 120
    """How long checking one sheet may take."""

    worker_memory_bytes: Bytes = 1600 * MIB
    """What the process of one large upload may take: a full sheet needs a gigabyte."""

    lease_seconds: Seconds = 30
    """How long a worker holds an upload without a sign of life."""
    attempts_limit: Times = 5
    """How often an upload is taken up before it counts as failed."""
    keep_rows_days: Days = 90
    """How long the rows of an upload are kept; of its log, only identifiers after that."""
    token_days: Days = 365
    """How long a new token lasts unless said otherwise."""

    log_format: Literal["text", "json"] = "text"
    """How the log is written: for people, or one JSON object a line."""
    metrics_token: SecretStr | None = None
    """What a reader of `/metrics` must present; without it only this very computer may read them."""

    proof_key: SecretStr | None = None
    """What a server that the add-in has started shows itself by (`workbook.proof`); it sets it itself."""

    @field_validator("secret_key")
    @classmethod
    def _no_guess(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and len(key.get_secret_value()) < SHORTEST_KEY:
            raise ValueError(
                f"a key of fewer than {SHORTEST_KEY} characters is soon guessed, and every SSN with it. Set one of 64 "
                "random characters, or none: then a key file is made"
            )
        return key

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        try:
            backend = make_url(url).get_backend_name()
        except ArgumentError:
            backend = ""
        if backend not in ("sqlite", "postgresql", "postgres"):
            raise ValueError("the database must be given as sqlite:///FILE or postgresql://USER@HOST/NAME")
        if backend == "sqlite" and make_url(url).database in (None, "", ":memory:"):
            raise ValueError("a SQLite database must be a file, sqlite:///FILE: several processes share it")
        return url

    @property
    def database_folder(self) -> Path:
        """The folder of the SQLite file; for any other database the user's data folder."""
        url = make_url(self.database_url)
        if url.get_backend_name() == "sqlite" and url.database:
            return Path(url.database).absolute().parent
        return data_folder()

    @property
    def seals(self) -> Path | None:
        """The book of seals; None where nobody said where it is to be. Not created here."""
        if self.seals_file is None and make_url(self.database_url).get_backend_name() == "sqlite":
            return self.database_folder / "audit.seals"
        return self.seals_file

    @property
    def mails(self) -> Path:
        """The folder for mails when there is no mail server. Not created here."""
        return self.mail_folder or self.database_folder / "mail"

    def ssn_key(self) -> bytes:
        """The key for SSN hashes: CASELOAD_SECRET_KEY, or else the key file, which is made on first use.

        Without the same key no stored SSN can be found again, so the file belongs in every backup.
        Raises OSError when the key file can be neither read nor made, DamagedKey when there is no key in it.
        """
        if self.secret_key is not None:
            return self.secret_key.get_secret_value().encode()
        path = self.database_folder / "caseload.key"
        if not path.exists():
            _make_key_file(path)
        key = path.read_text("ascii").strip()
        if len(key) < 64:
            raise DamagedKey(f"The key file {path} is damaged. Restore it from a backup: stored SSNs depend on it.")
        return key.encode()


def _make_key_file(path: Path) -> None:
    """Makes the key file whole or not at all, readable by its owner only; a second process keeps the file of the
    first."""
    private_folder(path.parent)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".caseload-key-")  # made with mode 0600
    new = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(new, path)
        except FileExistsError:
            return
        except OSError:  # a file system without links
            if not path.exists():
                new.replace(path)
    finally:
        new.unlink(missing_ok=True)
