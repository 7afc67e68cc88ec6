"""Say in one sentence what keeps the database from what a command asks of it, and what to do."""

from __future__ import annotations

from typing import Final

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InternalError, ProgrammingError

from server.logs import kind_of
from server.records.trouble import DatabaseTrouble, trouble_of

_SENTENCES: Final = {
    DatabaseTrouble.IN_USE: "Others are writing in the database, and this would have to wait for them longer than it "
    "may ({why}). Nothing is half done; run it again when they are done.",
    DatabaseTrouble.STOPPED: "The database broke this off: {why}. Nothing is half done; run it again, and if it "
    "happens again, find out who ends it, or what takes so long.",
    DatabaseTrouble.FULL: "The disk of the database is full ({why}). Nothing is half done; make room on it, then run "
    "this again.",
    DatabaseTrouble.UNFIT: "The database is there and cannot do this: {why}. Nothing is half done; see that it may be "
    "written to, and that its disk and its memory are in order.",
}
_OTHERWISE: Final = "The database cannot be used: {why}. Check CASELOAD_DATABASE_URL and that it runs."


def in_a_sentence(error: DBAPIError) -> str:
    """What is the matter, without a word that quotes a row."""
    why = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
    if isinstance(error, IntegrityError | DataError | InternalError | ProgrammingError):
        why = kind_of(error)  # the words of these quote rows
    trouble = trouble_of(error)
    sentence = _OTHERWISE if trouble is None else _SENTENCES.get(trouble, _OTHERWISE)
    return sentence.format(why=why.rstrip("."))
