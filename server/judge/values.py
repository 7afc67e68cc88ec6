"""Read and look up each column's distinct values, once each (SPEC R3, R4, R5, R7).

The result is, per column, what each distinct value means and what is wrong with the value by itself. Whether a row may
hold it is decided by the rules.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeVar
from unicodedata import normalize

from server.judge.reference import FeederValue, Program, Reference, Staff
from workbook.columns import (
    ACTION,
    ACTIONS,
    CASE_NUMBER,
    DEMOGRAPHICS,
    FEEDER_TABLES,
    KINDS,
    PARTICIPANT_ID,
    PROGRAM_ID,
    PROGRAM_NAME,
    RELATIONSHIP,
    SSN,
    STAFF_ID,
    STAFF_NAME,
)
from workbook.dates import DateFlaw, read_date
from workbook.files.excel_damage import Ruin, lost_ids, ruin_of
from workbook.files.excel_scan import FORMULA_WITHOUT_VALUE
from workbook.local_time import said_day
from workbook.matching import accent_key, exact_key, id_of, text_of
from workbook.problems import PROBLEM_KINDS, Severity
from workbook.sheet import LONGEST_CELL, Cell, CellError, Column, Sheet
from workbook.ssn import UNUSABLE
from workbook.text import visible

MOST_LOST = 5
"""So many IDs that Excel may have ruined are offered."""
HIDDEN = "(hidden)"
"""What stands for an SSN wherever a value is shown."""


class Flaw(NamedTuple):
    """What is wrong with one distinct value. `answers`: what is known to be meant, best first."""

    code: str
    message: str
    answers: tuple[str, ...] = ()
    insert_only: bool = False
    unread: bool = False
    """The cell could not even be read, whatever it was for."""
    alone: bool = False
    """What the cell should say is another thing in each row, so each is a question of its own."""
    severity: Severity = "error"


@dataclass(slots=True)
class ReadColumn:
    """One column of the sheet, by code: the text a person sees, what it means, and what is wrong with it.

    `found` holds a Program, a Staff, a FeederValue, ISO text for a date, "Insert" or "Update", or the text itself;
    None, or "" for a date, where nothing was found or the cell is empty.
    """

    header: str
    codes: array[int]
    texts: list[str]
    found: list[Any]
    flaws: list[Flaw | None]
    ruins: list[Ruin | None]
    """What Excel has done to the values of an identifier (SPEC 3)."""

    @property
    def flawed(self) -> bool:
        """Whether any value is wrong by itself."""
        return any(self.flaws)

    def is_unread(self, code: int) -> bool:
        """Whether the cell could not even be read."""
        flaw = self.flaws[code]
        return flaw is not None and flaw.unread


_OF_A_PERSON = frozenset({PARTICIPANT_ID, *DEMOGRAPHICS})


def quoted(text: str) -> str:
    """A value as a message names it; what nobody sees inside it is named too (SPEC 3)."""
    return f"“{visible(text)}”"


def shown(text: str) -> str:
    """A value short enough to stand in a sentence or a list."""
    return text if len(text) <= 80 else text[:79] + "…"


def read_columns(sheet: Sheet, reference: Reference) -> dict[str, ReadColumn]:
    """Every canonical column, read; one that the sheet lacks is there too, and empty in every row."""
    lookups = _lookups(reference)
    nothing = array("I", bytes(4 * len(sheet)))
    return {
        header: _read_column(sheet.columns.get(header) or Column(header, codes=nothing), header, lookups[header])
        for header in KINDS
    }


_MOST_APART: Final = 4
"""How many times as long a text may be when its characters are taken apart: those of Korean fall into three."""
_Lookup = Callable[[Cell, str], tuple[Any, Flaw | None]]
"""A cell and its text → what it means, and what is wrong with it."""


def _read_column(column: Column, header: str, lookup: _Lookup) -> ReadColumn:
    nothing = "" if KINDS[header] == "date" else None
    read = ReadColumn(header, column.codes, [""], [nothing], [None], [None])
    is_id = KINDS[header] == "id"
    text_in = id_of if is_id else text_of
    for value in column.values[1:]:
        text = text_in(value)
        flaw = _unreadable(header, value, text)
        meaning, flaw = lookup(value, text) if flaw is None else (nothing, flaw)
        if header == SSN and not isinstance(value, CellError):
            text = HIDDEN
        read.texts.append(text if _length(text) <= LONGEST_CELL else shown(text))
        read.found.append(meaning)
        read.flaws.append(flaw)
        read.ruins.append(ruin_of(value) if is_id and header != SSN else None)
    return read


def _unreadable(header: str, value: Cell, text: str) -> Flaw | None:
    if isinstance(value, CellError):
        alone = value == FORMULA_WITHOUT_VALUE or header in _OF_A_PERSON
        return Flaw("cell-error", PROBLEM_KINDS["cell-error"].says(value=value.text), unread=True, alone=alone)
    if (length := _length(text)) > LONGEST_CELL:
        return Flaw("cell-too-long", PROBLEM_KINDS["cell-too-long"].says(length=length), unread=True)
    return None


def _length(text: str) -> int:
    """The characters of a text, whole words that are one character (ﷺ) written out where they make it far longer: to
    compare it costs as much as what it is taken apart into."""
    if text.isascii():
        return len(text)
    apart = len(normalize("NFKD", text))
    return apart if apart > _MOST_APART * LONGEST_CELL else len(text)


def _lookups(reference: Reference) -> dict[str, _Lookup]:
    lookups: dict[str, _Lookup] = dict.fromkeys(KINDS, _as_text)
    for header, kind in KINDS.items():
        if kind == "date":
            lookups[header] = _date_lookup(reference)
    lookups[ACTION] = _action
    for header in FEEDER_TABLES:
        lookups[header] = _feeder_lookup(header, reference.feeder.get(header, ()))
    lookups[PROGRAM_ID], lookups[PROGRAM_NAME] = _program_lookups(reference.programs)
    lookups[STAFF_ID] = _staff_lookup(reference.staff, by_name=False)
    lookups[STAFF_NAME] = _staff_lookup(reference.staff, by_name=True)
    for header in (PARTICIPANT_ID, CASE_NUMBER):
        lookups[header] = _as_text
    lookups[SSN] = _ssn
    return lookups


def _as_text(value: Cell, text: str) -> tuple[Any, Flaw | None]:
    return text, None


def _ssn(value: Cell, text: str) -> tuple[Any, Flaw | None]:
    """An SSN arrives as its keyed hash; an invalid one counts as empty (SPEC R2)."""
    if value != UNUSABLE:
        return text, None
    kind = PROBLEM_KINDS["ssn-unusable"]
    return None, Flaw(kind.code, kind.message, severity=kind.severity)


def _action(value: Cell, text: str) -> tuple[Any, Flaw | None]:
    action = ACTIONS.get(exact_key(text))
    if action:
        return action, None
    message = PROBLEM_KINDS["unknown-value"].says(value=quoted(shown(text)), column=ACTION, choices="Insert, Update")
    return None, Flaw("unknown-value", message)


def _date_lookup(reference: Reference) -> _Lookup:
    order = reference.rules.date_order
    example = said_day(reference.today, order)

    def look_up(value: Cell, text: str) -> tuple[Any, Flaw | None]:
        iso = read_date(value, order)
        if isinstance(iso, str):
            return iso, None
        code = "ambiguous-date" if iso is DateFlaw.TWO_DIGIT_YEAR else "not-a-date"
        return "", Flaw(code, PROBLEM_KINDS[code].says(value=quoted(shown(text)), example=example))

    return look_up


def _feeder_lookup(header: str, values: Sequence[FeederValue]) -> _Lookup:
    by_key = {exact_key(value.value): value for value in reversed(values)}
    choices = ", ".join(value.value for value in values if value.active) or "(the site has none)"

    def look_up(cell: Cell, text: str) -> tuple[Any, Flaw | None]:
        value = by_key.get(exact_key(text))
        if value is not None and value.active:
            return value, None
        code = "unknown-value" if value is None else "value-inactive"
        message = PROBLEM_KINDS[code].says(value=quoted(shown(text)), column=header, choices=choices)
        # An Update names the relationship that the assignment has, which may be in use no more.
        return value, Flaw(code, message, insert_only=code == "value-inactive" and header == RELATIONSHIP)

    return look_up


T = TypeVar("T")


def _index(things: Iterable[T], *spellings: Callable[[T], str]) -> dict[str, list[T]]:
    """Things by each of their spellings, folded; a thing that spells the same twice is there once."""
    index: dict[str, list[T]] = defaultdict(list)
    for thing in things:
        for key in dict.fromkeys(exact_key(spelling(thing)) for spelling in spellings):
            if key:
                index[key].append(thing)
    return dict(index)


def _pick(things: Sequence[T], text: str, spelling: Callable[[T], str]) -> Sequence[T]:
    """Of things that spell alike but for case, the ones spelt to the letter, if there are any."""
    return [thing for thing in things if spelling(thing) == text] or things


def _program_lookups(programs: Sequence[Program]) -> tuple[_Lookup, _Lookup]:
    by_id = _index(programs, lambda program: program.program_id)
    by_name = _index(programs, lambda program: program.name)

    def judged(matches: Sequence[Program], text: str, ruin: Ruin | None = None) -> tuple[Any, Flaw | None]:
        name = quoted(shown(text))
        if not matches or (ruin and ruin.sure):
            message = PROBLEM_KINDS["unknown-program"].says(value=name, ruin=f" {ruin.sentence}" if ruin else "")
            return None, Flaw("unknown-program", message, _lost(ruin, (one.program_id for one in programs)))
        if len(matches) > 1:
            message = PROBLEM_KINDS["ambiguous-program"].says(count=len(matches), value=name)
            return None, Flaw("ambiguous-program", message, tuple(match.program_id for match in matches))
        program = matches[0]
        if not program.active:
            message = PROBLEM_KINDS["program-disabled"].says(value=name)
            return program, Flaw("program-disabled", message, insert_only=True)
        return program, None

    def look_up_id(value: Cell, text: str) -> tuple[Any, Flaw | None]:
        matches = by_id.get(exact_key(text_of(value))) or by_id.get(exact_key(text)) or []
        return judged(_pick(matches, text, lambda program: program.program_id), text, ruin_of(value))

    def look_up_name(value: Cell, text: str) -> tuple[Any, Flaw | None]:
        # A Program ID answers where two programs share a name, and that answer goes into this very cell.
        return judged(by_name.get(exact_key(text)) or by_id.get(exact_key(id_of(value))) or [], text)

    return look_up_id, look_up_name


def name_key(text: str) -> str:
    """A staff name as it is compared: without case and doubled spaces, and with one space after a comma."""
    return exact_key(text.replace(",", ", ")).replace(" ,", ",")


def staff_index(staff: Sequence[Staff]) -> dict[str, list[Staff]]:
    """Staff by `First Last` and by `Last, First` (SPEC 2)."""
    index: dict[str, list[Staff]] = defaultdict(list)
    for member in staff:
        first, last = exact_key(member.first_name), exact_key(member.last_name)
        if not first or not last or "," in first or "," in last:
            forms = {name_key(member.full_name), name_key(f"{member.last_name}, {member.first_name}")} - {"", ","}
        else:  # what name_key makes of these, without taking them apart again
            forms = {f"{first} {last}", f"{last}, {first}"}
        for form in forms:
            index[form].append(member)
    return dict(index)


def without_accents(index: dict[str, list[Staff]]) -> dict[str, list[Staff]]:
    """The same with the accents of the names folded away: accents alone make nobody unknown (SPEC R3)."""
    folded: dict[str, dict[int, Staff]] = defaultdict(dict)
    for form, members in index.items():
        folded[accent_key(form)].update({member.key: member for member in members})
    return {form: list(members.values()) for form, members in folded.items()}


def judge_staff(
    matches: Sequence[Staff], text: str, ruin: Ruin | None = None, everybody: Sequence[Staff] = ()
) -> tuple[Staff | None, Flaw | None]:
    """The one staff member meant by `text`, and what is wrong with that (SPEC R3).

    `ruin`: what Excel has done to a Staff ID, which may then be that of one of `everybody`.
    """
    name = quoted(shown(text))
    if not matches or (ruin and ruin.sure):
        message = PROBLEM_KINDS["unknown-staff"].says(value=name, ruin=f" {ruin.sentence}" if ruin else "")
        return None, Flaw("unknown-staff", message, _lost(ruin, (one.staff_id for one in everybody)))
    if len(matches) > 1:
        message = PROBLEM_KINDS["ambiguous-staff"].says(count=len(matches), value=name)
        return None, Flaw("ambiguous-staff", message, tuple(match.staff_id for match in matches))
    member = matches[0]
    for wrong, code in ((not member.active, "staff-disabled"), (not member.caseload_access, "no-caseload-access")):
        if wrong:
            return member, Flaw(code, PROBLEM_KINDS[code].says(value=member.full_name or name), insert_only=True)
    return member, None


class CaseworkerNames:
    """Staff by a first and a last name that stand in cells of their own. Each pair is looked up once."""

    def __init__(self, staff: Sequence[Staff]) -> None:
        self._staff = staff
        self._found: dict[tuple[str, str], tuple[Staff | None, Flaw | None]] = {}
        self._by_name: dict[str, list[Staff]] | None = None
        self._by_id: dict[str, list[Staff]] = {}
        self._folded: dict[str, list[Staff]] = {}

    def find(self, first: str, last: str) -> tuple[Staff | None, Flaw | None]:
        """Who is meant, and what is wrong with that.

        A whole name (`Last, First`) or a Staff ID in the last-name cell answers too, whatever the first-name cell
        says: it is what a suggestion put there.
        """
        pair = first, last
        if pair not in self._found:
            if self._by_name is None:
                self._by_name = staff_index(self._staff)
                self._by_id = _index(self._staff, lambda member: member.staff_id)
                self._folded = without_accents(self._by_name)
            together = name_key(f"{first} {last}")
            matches = (
                self._by_name.get(together)
                or (self._by_name.get(name_key(last)) if "," in last else None)
                or self._by_id.get(exact_key(last))
                or self._folded.get(accent_key(together))
                or (self._folded.get(accent_key(name_key(last))) if "," in last else None)
                or []
            )
            self._found[pair] = judge_staff(matches, f"{first} {last}".strip())
        return self._found[pair]


def _staff_lookup(staff: Sequence[Staff], *, by_name: bool) -> _Lookup:
    by_id = _index(staff, lambda member: member.staff_id)
    names = staff_index(staff) if by_name else {}
    folded: dict[str, list[Staff]] = {}

    def look_up(value: Cell, text: str) -> tuple[Any, Flaw | None]:
        # In a name column a Staff ID counts too: it distinguishes two people of one name.
        matches = names.get(name_key(text)) or _pick(
            by_id.get(exact_key(text_of(value))) or by_id.get(exact_key(id_of(value))) or [],
            text,
            lambda member: member.staff_id,
        )
        if not matches and names:
            if not folded:
                folded.update(without_accents(names))
            matches = folded.get(accent_key(name_key(text)), [])
        return judge_staff(matches, text, None if by_name else ruin_of(value), staff)

    return look_up


def _lost(ruin: Ruin | None, ids: Iterable[str]) -> tuple[str, ...]:
    """The IDs that would look so once Excel has had them."""
    if ruin is None:
        return ()
    lost = lost_ids(ruin)
    return tuple(one for one in ids if lost.includes(exact_key(one)))[:MOST_LOST]
