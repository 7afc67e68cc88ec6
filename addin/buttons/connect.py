"""Settings: choose the server, and sign in to it (SPEC 9)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from addin.api.client import Client
from addin.api.connection import OwnAddress, server_address
from addin.api.local_server import AgencyChoice, OwnServer
from addin.api.settings import save_settings
from addin.errors import ClientError, Stopped
from addin.outcome import Answers, Field, Outcome, UserQuestion
from workbook.site import Me

URL: Final = "url"
TOKEN: Final = "token"  # noqa: S105 - the name of an answer
AGENCY, RECORDS, STAFF = "agency", "records", "staff"
"""Answers for a server on this computer: which agency it has, the folder of its records, and who the user is."""
OWN, INVENTED, IMPORT = "own", "invented", "import"
_MOST_NAMED: Final = 8
"""Programs that a sentence names; of the others it gives the number."""
_ASKED: Final = (
    "Where your agency's server is, and your own token for it. Leave the token empty to keep the one you have. Leave "
    "the address empty to run a server of your own on this computer: then you are asked what it is to hold."
)
_WHICH: Final = (
    "A server of your own on this computer, which needs nobody's help. Choose what it is to hold. The records of your "
    "agency are a folder with participants.csv, staff.csv and so on; the invented agency is kept apart from them."
)


@dataclass(frozen=True, slots=True)
class KnownServer:
    """What is kept of the user's server."""

    url: str
    """Empty where none is known."""
    token: Callable[[str], str | None]
    """The token that is kept for an address."""
    own: Callable[[str], OwnAddress | None]
    """Where a server of the user's own is to be reached, which is started where it does not run; None for an address of
    any other (`local_server.wake`). Raises Stopped."""


@dataclass(frozen=True, slots=True)
class ServerHere:
    """A server of the user's own on this computer."""

    set_up: Callable[[AgencyChoice], OwnServer]
    """Makes sure that it runs. Raises Stopped."""
    agencies: Callable[[], Sequence[str]]
    """Names the user's own agencies that are on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected(Outcome):
    """Who the user is on the server."""

    url: str = ""


def settings(answers: Answers, folder: Path, known: KnownServer, here: ServerHere) -> Connected:
    """Asks for the server's address and the token in one form, and keeps them in `folder` once the server has accepted
    them. Until then the form comes back and says what is wrong. Where the address is left empty, it is the server
    `here`.
    """
    if not (URL in answers and TOKEN in answers):
        return _ask(answers.get(URL, known.url), "")
    if not answers[URL].strip():
        return _connect_own(answers, folder, here)
    try:
        url = server_address(answers[URL].strip())
        own = known.own(url)
        url, key = (url, None) if own is None else own
        return connect(folder, url, answers[TOKEN].strip() or known.token(url), key)
    except (ClientError, Stopped) as error:
        return _ask(answers[URL], error.sentence)


def _ask(url: str, wrong: str) -> Connected:
    fields = (Field(URL, "Server address", default=url), Field(TOKEN, "Your token", "hidden"))
    return Connected(question=UserQuestion(_ASKED, fields, wrong=wrong))


def _connect_own(answers: Answers, folder: Path, here: ServerHere) -> Connected:
    """Runs a server on this computer with the agency that the user chooses, and asks which one until there is one."""
    if AGENCY not in answers:
        return _ask_which(answers, here.agencies(), "")
    which, records, staff = (answers.get(name, "").strip() for name in (AGENCY, RECORDS, STAFF))
    if which == IMPORT and not records:
        return _ask_which(answers, here.agencies(), "Say in which folder the records of your agency are.")
    choice = AgencyChoice(
        data=Path(records).expanduser() if which == IMPORT else None,
        sample=which == INVENTED,
        administrator=staff or None if which == IMPORT else None,
    )
    try:
        own = here.set_up(choice)
        return connect(folder, own.url, own.token, own.key)
    except Stopped as stopped:
        return _ask_which(answers, here.agencies(), stopped.sentence)


def _ask_which(answers: Answers, own: Sequence[str], wrong: str) -> Connected:
    choices = {OWN: f"{', '.join(own)}, which is here already"} if own else {}
    choices |= {INVENTED: "An invented agency, to try things out", IMPORT: "My agency's records, from a folder"}
    chosen = answers.get(AGENCY, "")
    fields = (
        Field(AGENCY, "What it is to hold", "list", chosen if chosen in choices else next(iter(choices)), choices),
        Field(RECORDS, "Folder with the records", default=answers.get(RECORDS, "")),
        Field(STAFF, "Your Staff ID, if the records name no administrator", default=answers.get(STAFF, "")),
    )
    return Connected(question=UserQuestion(_WHICH, fields, wrong=wrong))


def connect(folder: Path, url: str, token: str | None, key: str | None = None) -> Connected:
    """Keeps the server's address and the token once the server has accepted them. What is no caseload server is not
    told the token. `key`: of a server of the user's own (OwnAddress). Raises ClientError."""
    with Client(url, None, retries=1, key=key) as stranger:
        stranger.health()
    with Client(url, token, retries=1, key=key) as client:
        me = client.me()
        where = save_settings(folder, client.url, token)
    at = f" of {me.site}" if me.site else ""
    kept = f" Your token is kept {where}." if where else ""
    sentence = f"Connected to {client.url} as {me.name or me.staff_id}{at}. {may(me)}{kept}"
    return Connected(url=client.url, sentence=sentence)


def may(me: Me) -> str:
    """What a person may do there, by program: `You may change your own caseload in Youth Shelter.`"""
    if me.administrator:
        return "As an administrator you may change every caseload."
    others = [one.program for one in me.access if one.others]
    own = [one.program for one in me.access if one.own]
    parts = [
        f"{whose} in {_listed(programs)}"
        for whose, programs in (("your own caseload", own), ("others' caseloads", others))
        if programs
    ]
    if not parts:
        return "You may change no caseload there yet: ask an administrator of your agency for access to a program."
    return f"You may change {', and '.join(parts)}."


def _listed(programs: Sequence[str]) -> str:
    more = f" and {len(programs) - _MOST_NAMED} more" if len(programs) > _MOST_NAMED else ""
    return ", ".join(programs[:_MOST_NAMED]) + more
