"""Hash SSNs with a key: compared exactly, never stored, returned, logged or mailed (SPEC 7)."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection, Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from server.records import audit
from server.records.database import reading, writing
from server.records.sites import bump
from server.records.tables import key_fingerprints, participants, sites, ssn_tries, uploads
from workbook.columns import SSN
from workbook.matching import text_of
from workbook.sheet import LONGEST_CELL, Cell, CellError, Column, Sheet
from workbook.ssn import UNUSABLE, says_nothing, ssn_of

_NAME: Final = "ssn"
TOO_LONG = "•" * (LONGEST_CELL + 1)
"""Stands for a value that is too long for a cell: still refused for its length, and nothing of it kept."""


class WrongKey(Exception):
    """The key is not the one that the stored SSNs were hashed with; the message is one plain sentence."""


def check_key(engine: Engine, key: bytes) -> None:
    """Makes sure that `key` is the one that this database has always been used with. The first one is remembered, by a
    fingerprint that gives nothing of it away. Raises WrongKey.
    """
    if _is_known(engine, key):
        return
    try:
        with writing(engine) as connection:
            lock_key(connection)
            if not _anything_hashed(connection):
                connection.execute(delete(key_fingerprints).where(key_fingerprints.c.name == _NAME))
            if known_key(connection) is None:
                connection.execute(insert(key_fingerprints).values(name=_NAME, fingerprint=_fingerprint(key)))
    except IntegrityError:  # another process was first
        pass
    if not _is_known(engine, key):
        raise WrongKey(
            "This is not the key that the stored SSNs were hashed with, and by which an upload that is sent again is "
            "known, so none of them would be found again. Set CASELOAD_SECRET_KEY to the old key, or put the old key "
            "file back beside the database. If the key is lost for good, see `caseload-server key replace --help`."
        )


def _anything_hashed(connection: Connection) -> bool:
    """Whether anything stored depends on the key: SSNs, those that were tried, which would be tried anew, and uploads,
    which would be written a second time when they are sent again."""
    hashed = (
        select(participants.c.key).where(participants.c.ssn_hash != ""),
        select(ssn_tries.c.site_id),
        select(uploads.c.id),
    )
    return any(connection.execute(query.limit(1)).first() is not None for query in hashed)


def hold_key(connection: Connection, hasher: SsnHasher) -> None:
    """Makes sure that what this transaction stores is hashed with the database's key, which nobody replaces until it
    ends. Raises WrongKey: a process that was started before the key was replaced has the old one."""
    _must_be_its_key(hasher, held_key(connection))


def must_be_known(connection: Connection, hasher: SsnHasher) -> None:
    """The same for what only compares SSNs, and nobody waits for it. Raises WrongKey."""
    _must_be_its_key(hasher, known_key(connection))


def _must_be_its_key(hasher: SsnHasher, known: str | None) -> None:
    if known is not None and not hmac.compare_digest(known, hasher.fingerprint):
        raise WrongKey(
            "The key that SSNs are hashed with was replaced since this program was started, so nothing was stored. "
            "Whoever runs it has to start it anew with the key that is in use now."
        )


def lock_key(connection: Connection) -> bool:
    """Waits for those who are storing SSNs (`hold_key`); others wait from here on. Whether there is a key yet."""
    return held_key(connection, alone=True) is not None


def replace_key(connection: Connection, key: bytes) -> int:
    """Takes `key` up in place of one that is lost, forgets every stored SSN, and gives how many there were."""
    if not lock_key(connection):
        connection.execute(insert(key_fingerprints).values(name=_NAME, fingerprint=_fingerprint(key)))
    else:  # changed, not made anew: whoever waits for the row to store something must find it
        known = update(key_fingerprints).where(key_fingerprints.c.name == _NAME)
        connection.execute(known.values(fingerprint=_fingerprint(key)))
    connection.execute(delete(ssn_tries))
    forgotten = connection.execute(update(participants).where(participants.c.ssn_hash != "").values(ssn_hash=""))
    for site_id in connection.execute(select(sites.c.id).order_by(sites.c.id)).scalars().all():
        bump(connection, site_id)
        audit.note(connection, site_id, audit.OPERATOR, "SSN key replaced", detail="stored SSNs forgotten")
    return forgotten.rowcount


def is_own_key(connection: Connection, key: bytes) -> bool:
    """Whether the stored SSNs were hashed with this key, as far as the database knows."""
    known = known_key(connection)
    return known is None or hmac.compare_digest(known, _fingerprint(key))


def _is_known(engine: Engine, key: bytes) -> bool:
    with reading(engine) as connection:
        return hmac.compare_digest(known_key(connection) or "", _fingerprint(key))


def known_key(connection: Connection) -> str | None:
    """The fingerprint of the key that the database has now; None where it has none yet."""
    query = select(key_fingerprints.c.fingerprint).where(key_fingerprints.c.name == _NAME)
    return connection.execute(query).scalar_one_or_none()


def held_key(connection: Connection, *, alone: bool = False) -> str | None:
    """The same, its row locked until the transaction ends: with others who only need it to stay, or alone."""
    query = select(key_fingerprints.c.fingerprint).where(key_fingerprints.c.name == _NAME)
    return connection.execute(query.with_for_update(read=not alone)).scalar_one_or_none()


def _fingerprint(key: bytes) -> str:
    return hmac.digest(key, b"caseload: fingerprint of the SSN key", hashlib.sha256).hex()


class SsnHasher:
    """Turns an SSN into 64 hexadecimal digits that say nothing about it to anyone without `key`."""

    def __init__(self, key: bytes) -> None:
        if not key:
            raise ValueError("The key for SSN hashes is empty.")
        self._key = key
        self.fingerprint = _fingerprint(key)

    def derived(self, purpose: str) -> bytes:
        """Another key, for another purpose, the same in every process of this installation."""
        return hmac.digest(self._key, f"caseload: {purpose}".encode(), hashlib.sha256)

    def hash(self, digits: str) -> str:
        """The hash of an SSN as `workbook.ssn.ssn_of` gives it; "" for ""."""
        if not digits:
            return ""
        return hmac.digest(self._key, digits.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()

    def without_ssns(self, sheet: Sheet) -> Sheet:
        """The same sheet with the hash in place of every SSN, and UNUSABLE in place of invalid ones. Empty cells and
        cell errors stay as they are. So it is in a column of which it is not clear yet whether it holds SSNs. The sheet
        that is given stays as it came: who has to do the work again begins with that."""
        columns = {name: self._hashed(one) if name == SSN else one for name, one in sheet.columns.items()}
        unclear = {
            name: one._replace(column=self._hashed(one.column)) if SSN in one.likely else one
            for name, one in sheet.unclear.items()
        }
        return replace(sheet, columns=columns, unclear=unclear)

    def _hashed(self, column: Column) -> Column:
        return Column(column.header, [self.hidden(value) for value in column.values], column.codes)

    def hidden(self, value: Cell) -> Cell:
        """What is kept of one cell of the column SSN."""
        if value is None or isinstance(value, CellError):
            return value
        if len(text_of(value)) > LONGEST_CELL:
            return TOO_LONG
        if says_nothing(value):
            return None
        return self.hash(ssn_of(value)) or UNUSABLE
