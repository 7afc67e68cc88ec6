"""Sites: names, settings, revision and record numbers (SPEC 1)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection, Row, delete, insert, select, update

from server.judge.reference import DEFAULT_DUPLICATE_CHECK, Mode, SiteRules
from server.records import audit
from server.records.tables import load_limits, sites
from workbook.columns import DEMOGRAPHICS, header_key
from workbook.local_time import Order

DEFAULT_NAME = "Agency"
DEFAULT_ORDER: Final[Order] = "MDY"
_SITES = select(sites, load_limits.c.most).outerjoin(load_limits, load_limits.c.site_id == sites.c.id)


class Site(NamedTuple):
    site_id: int
    rules: SiteRules
    revision: int


class SiteFlaw(Exception):
    """What was asked of a site cannot be done; the message is one plain sentence."""


def list_sites(connection: Connection) -> list[Site]:
    """Every site, by name."""
    return [_site(row) for row in connection.execute(_SITES.order_by(sites.c.name))]


def find_site(connection: Connection, name: str | None = None) -> Site:
    """The site called `name` (in any case); without a name the only one there is.

    Raises SiteFlaw when there is none, or more than one to choose from.
    """
    known = list_sites(connection)
    names = ", ".join(site.rules.name for site in known)
    if name is None:
        if len(known) == 1:
            return known[0]
        if not known:
            raise SiteFlaw(
                "There is no site yet. Bring in the agency's records with `caseload-server import DIR`, "
                "or make a sample agency with `caseload-server sample`."
            )
        raise SiteFlaw(f"There is more than one site: {names}. Say which one with --site NAME.")
    for site in known:
        if site.rules.name == name:
            return site
    for site in known:
        if site.rules.name.casefold() == " ".join(name.split()).casefold():
            return site
    raise SiteFlaw(f"There is no site called {name}. " + (f"There is: {names}." if known else "There is none yet."))


def date_order_of(connection: Connection, name: str | None = None) -> Order:
    """How the site called `name` (or the only one) writes dates; where it is not there yet, how a new one does."""
    known = list_sites(connection)
    found = [one for one in known if name is None or one.rules.name.casefold() == name.strip().casefold()]
    return found[0].rules.date_order if len(found) == 1 else DEFAULT_ORDER


def create_site(connection: Connection, name: str) -> int:
    """Makes a site with the default settings and gives its id. Raises SiteFlaw when the name is empty or taken."""
    name = " ".join(name.split())
    if not name:
        raise SiteFlaw("A site needs a name.")
    if any(site.rules.name.casefold() == name.casefold() for site in list_sites(connection)):
        raise SiteFlaw(f"There is already a site called {name}.")
    made = connection.execute(
        insert(sites)
        .values(
            name=name, date_order=DEFAULT_ORDER, duplicate_check=_as_json(DEFAULT_DUPLICATE_CHECK), one_primary=False
        )
        .returning(sites.c.id)
    )
    site_id = int(made.scalar_one())
    audit.note(connection, site_id, audit.OPERATOR, "site created")
    return site_id


def set_rules(
    connection: Connection,
    site_id: int,
    *,
    date_order: Order | None = None,
    duplicate_check: Sequence[tuple[str, Mode]] | None = None,
    one_primary: bool | None = None,
    load_limit: int | None = None,
) -> None:
    """Changes what is given and leaves the rest. `load_limit` 0: no limit."""
    changes: dict[str, object] = {}
    if date_order is not None:
        changes["date_order"] = date_order
    if duplicate_check is not None:
        changes["duplicate_check"] = _as_json(duplicate_check)
    if one_primary is not None:
        changes["one_primary"] = one_primary
    if load_limit is not None:
        connection.execute(delete(load_limits).where(load_limits.c.site_id == site_id))
        if load_limit:
            connection.execute(insert(load_limits).values(site_id=site_id, most=load_limit))
    if changes or load_limit is not None:
        connection.execute(update(sites).where(sites.c.id == site_id).values(revision=sites.c.revision + 1, **changes))
        check = {"duplicate_check": list(duplicate_check)} if duplicate_check else {}
        limit = {} if load_limit is None else {"load_limit": load_limit}
        detail = json.dumps(changes | check | limit)
        audit.note(connection, site_id, audit.OPERATOR, "site settings changed", detail=detail)


def site_rules(connection: Connection, site_id: int) -> SiteRules:
    """What the site settled for itself."""
    return _site(connection.execute(_SITES.where(sites.c.id == site_id)).one()).rules


def revision(connection: Connection, site_id: int) -> int:
    return int(connection.execute(select(sites.c.revision).where(sites.c.id == site_id)).scalar_one())


def bump(connection: Connection, site_id: int) -> int:
    """Moves the site's revision, and gives the new one. Belongs into every transaction that changes what it knows."""
    moved = connection.execute(
        update(sites).where(sites.c.id == site_id).values(revision=sites.c.revision + 1).returning(sites.c.revision)
    )
    return int(moved.scalar_one())


def take_record_numbers(connection: Connection, site_id: int, count: int) -> int:
    """Takes `count` record numbers in a row and gives the first. Locks the site's row until the transaction ends."""
    moved = connection.execute(
        update(sites)
        .where(sites.c.id == site_id)
        .values(next_record=sites.c.next_record + count)
        .returning(sites.c.next_record)
    )
    return int(moved.scalar_one()) - count


def next_record_number(connection: Connection, site_id: int) -> int:
    """The record number that is taken next."""
    return int(connection.execute(select(sites.c.next_record).where(sites.c.id == site_id)).scalar_one())


def read_duplicate_check(text: str) -> tuple[tuple[str, Mode], ...]:
    """Reads `First Name:like,SSN:exact`; a mode left out is the default one. In template order (SPEC 1).

    Raises SiteFlaw with a sentence that names what was not understood.
    """
    by_key = {header_key(header): header for header in DEMOGRAPHICS}
    usual = dict(DEFAULT_DUPLICATE_CHECK)
    chosen: dict[str, Mode] = {}
    for part in text.split(","):
        name, _colon, mode = (piece.strip() for piece in part.partition(":"))
        header = by_key.get(header_key(name))
        if header is None:
            known = ", ".join(DEMOGRAPHICS)
            raise SiteFlaw(f"The duplicate check knows no {name or 'empty name'}. Choose from {known}.")
        if header in chosen:
            raise SiteFlaw(f"The duplicate check names {header} twice. Name it once.")
        if mode.casefold() not in ("", "exact", "like"):
            raise SiteFlaw(f"{header} can be compared `exact` or `like`, not {mode}.")
        chosen[header] = "exact" if mode.casefold() == "exact" else "like" if mode else usual[header]
    if chosen.get("SSN") == "like":
        raise SiteFlaw("SSN can only be compared `exact`: what is kept of it is a hash.")
    return tuple((header, chosen[header]) for header in DEMOGRAPHICS if header in chosen)


def _as_json(duplicate_check: Iterable[tuple[str, Mode]]) -> str:
    return json.dumps([[header, mode] for header, mode in duplicate_check])


def _site(row: Row[tuple[object, ...]]) -> Site:
    rules = SiteRules(
        name=row.name,
        date_order=row.date_order,
        duplicate_check=tuple((header, mode) for header, mode in json.loads(row.duplicate_check)),
        one_primary=bool(row.one_primary),
        load_limit=row.most or 0,
    )
    return Site(row.id, rules, row.revision)
