"""Set up and start a server on this computer for a single administrator (SPEC 10).

It is `caseload-server`, run as a program of its own: the add-in reaches even this server through HTTP alone. The user's
agency is in a file in the user's data folder unless CASELOAD_DATABASE_URL says otherwise. The invented agency has a
folder, a database and an address of its own, so that its data never mix with real people's.
"""

from __future__ import annotations

import json
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from addin.api import local_program
from addin.api.agency_folder import first_administrator
from addin.api.client import Client
from addin.api.connection import OwnAddress, is_loopback
from addin.api.local_program import run, server_program
from addin.errors import ChoiceError, ClientError, Stopped
from addin.shell_words import shell_word
from workbook.whole_file import private_folder, write_whole

PORT: Final = 8741
"""Where it listens, if it is free. The invented agency is one above: each has its own address, and so its token."""
_STATE: Final = "local-server.json"
_LOG: Final = "local-server.log"
_SAMPLE: Final = "sample"
INVENTED: Final = "Invented Agency"
"""What the invented agency is called."""
_START_SECONDS: Final = 60
_TAKEN_SECONDS: Final = 10.0
"""How long it is looked whether another press is starting the server, where its address is taken."""
_SAMPLE_ADMINISTRATOR: Final = "S1"
_DATABASE: Final = "CASELOAD_DATABASE_URL"
_OWN_ALONE: Final = (
    _DATABASE,
    "CASELOAD_SECRET_KEY",
    "CASELOAD_SEALS_FILE",
    "CASELOAD_SMTP_HOST",
    "CASELOAD_MAIL_FOLDER",
)
"""Settings of the user's own agency, which the invented one must not have: it sends no mail, for example."""
_OF_AN_AGENCY: Final = ("caseload.db", "caseload.db-wal", "caseload.db-shm", "caseload.key", "audit.seals", "mail")
_NO_AGENCY: Final = (
    "Your server has no agency yet. Give it your agency's data, a folder with participants.csv, staff.csv and so on: "
    "caseload connect --local --import FOLDER. Or try it with an invented agency: caseload connect --local --sample"
)
_IS_INVENTED: Final = (
    "This is the invented agency: nobody in it is real. For your own: caseload connect --local --import FOLDER"
)


@dataclass(frozen=True, slots=True)
class OwnServer:
    """A server of one's own that is running, and what was done to get there. `token` is for its administrator."""

    url: str
    token: str = field(repr=False)
    key: str = field(repr=False)
    """What it must show before it is told anything."""
    sentence: str


@dataclass(frozen=True, slots=True)
class AgencyChoice:
    """Which agency the server is to have. By default the user's own, else the invented one where there is no other."""

    data: Path | None = None
    """A folder to import first, or a .zip of it."""
    hmis: bool = False
    """Whether it is a HUD HMIS export. That knows no administrators, so that `staff` becomes one."""
    sample: bool = False
    """The invented agency, which is made where there is none yet."""
    staff: str | None = None
    """The Staff ID that a token is for, else `administrator`, else the first site administrator of the data."""
    administrator: str | None = None
    """The Staff ID of somebody whom the import makes an administrator."""


USUAL_CHOICE: Final = AgencyChoice()


@dataclass(frozen=True, slots=True)
class _Home:
    """Where one of the two agencies is: the folder of what is known of its server, and the server's environment."""

    folder: Path
    environment: Mapping[str, str]
    port: int
    is_invented: bool

    def state(self) -> dict[str, Any]:
        try:
            state = json.loads((self.folder / _STATE).read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return state if isinstance(state, dict) else {}

    def former(self) -> list[str]:
        """The addresses that its server once had and has no more, because something else answered there."""
        addresses = self.state().get("former")
        return [str(one) for one in addresses] if isinstance(addresses, list) else []

    def keep_state(self, state: Mapping[str, Any]) -> None:
        """Keeps the server's `url` and what is known of it. An address that it had before is remembered."""
        before, url = self.state().get("url"), state["url"]
        former = [one for one in (*self.former(), *([before] if isinstance(before, str) else [])) if one != url]
        write_whole(self.folder / _STATE, json.dumps({**state, "former": list(dict.fromkeys(former))}).encode())

    def agencies(self, program: str) -> list[str]:
        """The names of the agencies in its database, which is made."""
        names: list[str] = json.loads(run(program, self.environment, "site", "list", "--json"))["sites"]
        return names


def data_folder() -> Path:
    """Where this user's own data belongs on this computer. Not created here."""
    from platformdirs import user_data_path

    return user_data_path("caseload", appauthor=False)


def set_up(
    folder: Path,
    environment: Mapping[str, str],
    known_token: Callable[[str], str | None],
    choice: AgencyChoice = USUAL_CHOICE,
    *,
    program: str | None = None,
) -> OwnServer:
    """Makes sure that the server has an agency and is running, and gives a token that the server accepts.

    `known_token`: the token that is kept for an address, which is used again while it is good. `program`:
    caseload-server, where it is not the one that was installed beside this Python. Raises Stopped with one plain
    sentence.
    """
    program = program or server_program()
    done = ""
    home = _own(folder, environment)
    data, staff = choice.data, choice.staff
    if data is not None:
        staff = staff or choice.administrator or (None if choice.hmis or data.is_file() else first_administrator(data))
        administrator = choice.administrator or (staff if choice.hmis else None)
        options = [*(["--hmis"] if choice.hmis else []), *(["--administrator", administrator] if administrator else [])]
        done = run(program, environment, "import", str(data), *options).strip()
    elif choice.sample or not own_agencies(folder, environment, program=program):
        if not choice.sample and not has_sample(folder):
            raise Stopped(_NO_AGENCY)
        home = _invented(folder, environment)
        done = _fill_sample(home, program)
    url = _start(home, program)
    token = known_token(url)
    if staff is None and token and _is_good(url, token, str(home.state()["key"])):
        return OwnServer(url, token, str(home.state()["key"]), done)
    if home.is_invented:
        staff = staff or _SAMPLE_ADMINISTRATOR
    if staff is None and choice.hmis:
        raise Stopped(
            "The export is imported. Say which of its users you are, and you become the administrator: "
            f"caseload connect --local --import {shell_word(data or 'FOLDER')} --hmis --staff USER_ID"
        )
    if staff is None and data is not None:
        raise Stopped(
            "The data is imported. Say who you are, by your Staff ID: caseload connect --local --staff STAFF_ID. If it "
            f"names no administrator, become one: caseload connect --local --import {shell_word(data)} "
            "--administrator STAFF_ID"
        )
    if staff is None:
        raise Stopped("Say who you are, by your Staff ID: caseload connect --local --staff STAFF_ID")
    created = json.loads(run(program, home.environment, "token", "create", staff, "--json"))
    return OwnServer(url, str(created["token"]), str(home.state()["key"]), done)


def own_agencies(folder: Path, environment: Mapping[str, str], *, program: str | None = None) -> list[str]:
    """The names of the user's own agencies on this computer. Never of the invented one."""
    home = _own(folder, environment)
    if _DATABASE not in environment and not (folder / _OF_AN_AGENCY[0]).exists():
        return []
    return home.agencies(program or server_program())


def has_sample(folder: Path) -> bool:
    """Whether there is an invented agency on this computer."""
    return (folder / _SAMPLE / _OF_AN_AGENCY[0]).exists()


def delete_sample(folder: Path) -> None:
    """Deletes the invented agency, if there is one, with everything that was uploaded to it."""
    home = _invented(folder, {})
    _stop(home)
    _delete([home.folder])


def delete_agency(folder: Path, environment: Mapping[str, str], name: str, *, program: str | None = None) -> None:
    """Deletes the user's own agency with everything that was uploaded to it: the one of that name, and nothing else.

    Raises ChoiceError where it is called otherwise, is not alone, or is in a database that was not made here.
    """
    there = own_agencies(folder, environment, program=program)
    if not there:
        raise ChoiceError("There is no agency of yours on this computer, so nothing was deleted.")
    if _DATABASE in environment:
        raise ChoiceError(
            f"Your agency is in the database that {_DATABASE} names, which is not deleted from here. Ask whoever "
            "runs it."
        )
    if len(there) > 1:
        raise ChoiceError(
            f"Nothing was deleted: several agencies are in one database, {', '.join(there)}, and none of them can be "
            "taken out of it alone. To delete them all: caseload connect --stop, and delete "
            f"{folder / _OF_AN_AGENCY[0]}."
        )
    if there != [name]:
        raise ChoiceError(
            f"Nothing was deleted: your agency is called {there[0]}, not {name}. To delete it, name it so: caseload "
            f"connect --local --reset --agency {shell_word(there[0], 'NAME')}"
        )
    _stop(_own(folder, environment))
    _delete([folder / file for file in _OF_AN_AGENCY])


def wake(folder: Path, url: str, environment: Mapping[str, str], *, program: str | None = None) -> OwnAddress | None:
    """Starts the server on this computer again, on the same address, when `url` is its, however that is spelled, and it
    is not running. Gives where it is to be reached, whatever `url` says, and the key that it must show on each
    connection; None for an address that is no such server's.

    `program`: as for `set_up`. Raises Stopped where something else answers there, to which nothing may be sent.
    """
    homes = _homes(folder, environment)
    for home in homes:
        known = home.state().get("url")
        if isinstance(known, str) and _is_same(known, url):
            if not _runs(home):
                _start_there(home, program or server_program(), known)
            return OwnAddress(known, str(home.state()["key"]))
    if any(_is_same(former, url) for home in homes for former in home.former()):
        raise Stopped(
            f"Your server has another address by now than {url}, where another program of this computer may answer. "
            "Nothing was sent there. Connect again: caseload connect --local"
        )
    return None


def _is_same(one: str, other: str) -> bool:
    """Whether two addresses are the same one of this computer, where people write localhost for 127.0.0.1."""
    return one == other or (is_loopback(one) and is_loopback(other) and urlsplit(one).port == urlsplit(other).port)


def stop(folder: Path) -> bool:
    """Stops the servers on this computer. False when none was running."""
    stopped = [_stop(home) for home in _homes(folder, {})]
    return any(stopped)


def _homes(folder: Path, environment: Mapping[str, str]) -> tuple[_Home, _Home]:
    return _own(folder, environment), _invented(folder, environment)


def _own(folder: Path, environment: Mapping[str, str]) -> _Home:
    return _Home(folder, environment, PORT, is_invented=False)


def _invented(folder: Path, environment: Mapping[str, str]) -> _Home:
    place = folder / _SAMPLE
    kept = {name: value for name, value in environment.items() if name not in _OWN_ALONE}
    kept[_DATABASE] = f"sqlite:///{place / _OF_AN_AGENCY[0]}"
    return _Home(place, kept, PORT + 1, is_invented=True)


def _fill_sample(home: _Home, program: str) -> str:
    """What was done so that the invented agency is there."""
    private_folder(home.folder)
    if (home.folder / _OF_AN_AGENCY[0]).exists() and home.agencies(program):
        return _IS_INVENTED
    return f"{run(program, home.environment, 'sample', '--site', INVENTED).strip()}\n{_IS_INVENTED}"


def _delete(places: list[Path]) -> None:
    for place in places:
        try:
            if place.is_dir():
                shutil.rmtree(place)
            else:
                place.unlink(missing_ok=True)
        except OSError as error:
            raise Stopped(
                f"{error.filename or place} cannot be deleted: {error.strerror}. Close what has it open, and try again."
            ) from error


def _start(home: _Home, program: str) -> str:
    """Starts it unless it runs already; gives its address, the same one every time where that is free."""
    if _runs(home):
        return str(home.state()["url"])
    _must_not_hang(home)
    known = home.state().get("url")
    port = local_program.free_port((urlsplit(known).port if isinstance(known, str) else None) or home.port)
    return _start_at(home, program, port)


def _start_there(home: _Home, program: str, url: str) -> None:
    """Starts it at this address and no other. Raises Stopped where that is taken."""
    port = urlsplit(url).port or home.port
    until = time.monotonic() + _TAKEN_SECONDS
    while not local_program.is_free(port):  # it may be another press that has just started it
        if _runs(home):
            return
        if time.monotonic() > until:
            _must_not_hang(home)
            raise Stopped(
                f"Your server is not running, and another program of this computer answers at {url}, its address. "
                "Nothing was sent to it. End that program, or give your server another address: caseload connect "
                "--local"
            )
        time.sleep(0.1)
    _start_at(home, program, port)


def _must_not_hang(home: _Home) -> None:
    """That its server is not there all the same, though it does not answer: two would share one database."""
    pid = home.state().get("pid")
    if isinstance(pid, int) and local_program.is_ours(pid):
        raise Stopped(
            f"Your server is running (program number {pid} of this computer) and does not answer. Wait a minute and "
            "try again. If it stays so, stop it, and it is started anew when it is needed: caseload connect --stop"
        )


def _start_at(home: _Home, program: str, port: int) -> str:
    url, key = f"http://127.0.0.1:{port}", secrets.token_hex(32)
    private_folder(home.folder)
    details = home.folder / _LOG
    process = local_program.start(program, {**home.environment, "CASELOAD_PROOF_KEY": key}, port, details)
    until = time.monotonic() + _START_SECONDS
    while not _is_own(url, key):
        if process.poll() is not None or time.monotonic() > until:
            if process.poll() is None:
                process.terminate()
            raise Stopped(f"The server on this computer did not start. The details are in {details}.")
        time.sleep(0.1)
    home.keep_state({"url": url, "pid": process.pid, "key": key})
    process.returncode = 0  # it outlives this program on purpose, so Python need not warn that it still runs
    return url


def _stop(home: _Home) -> bool:
    state = home.state()
    pid, url = state.get("pid"), state.get("url")
    if not isinstance(pid, int) or not isinstance(url, str) or not local_program.end(pid):
        return False
    home.keep_state({"url": url})
    return True


def _is_good(url: str, token: str, key: str) -> bool:
    try:
        with Client(url, token, retries=0, key=key) as client:
            client.me()
    except ClientError:
        return False
    return True


def _runs(home: _Home) -> bool:
    """Whether its server runs: it, and not what else may listen at its address."""
    state = home.state()
    url, key = state.get("url"), state.get("key")
    return isinstance(url, str) and isinstance(key, str) and _is_own(url, key)


def _is_own(url: str, key: str) -> bool:
    try:
        with Client(url, None, retries=0, key=key) as client:
            client.health()
    except ClientError:
        return False
    return True
