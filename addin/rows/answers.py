"""Turn the user's answers into changes of cells, in every row with the mistake (SPEC 5)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, NamedTuple

from addin.rows.conflicts import kept_origin
from addin.rows.data_sheet import DataSheet
from addin.rows.fixes_made import HIDDEN, with_changes
from addin.sentences import counted
from workbook.columns import DEMOGRAPHICS, KINDS, PARTICIPANT_ID, ROW_STATUS, SSN, STAFF_FIRST, STAFF_LAST
from workbook.conflict import CONFLICT, KEEP_MINE, TAKE_THEIRS, read_answer
from workbook.identity import names_record, said_value
from workbook.layout import own_columns
from workbook.left_out import leaves_out
from workbook.local_time import Order, local_moment
from workbook.matching import exact_key, text_of
from workbook.problems import HEADER_UNCLEAR
from workbook.report import FixGroup, Report, key_of, ungrouped
from workbook.sheets.fix_sheet import Key, empties, rows_left_out

Value = str | date | None
_STAFF_CODES: Final = frozenset({"unknown-staff", "ambiguous-staff", "staff-disabled", "no-caseload-access"})
"""Problems of the caseworker as a whole, of a first and last name together where they stand apart."""


class CellChange(NamedTuple):
    """One cell that was changed; `before` and `after` as people read them, an SSN never (SPEC 7)."""

    row: int
    column: str
    before: str
    after: str

    def line(self, order: Order) -> tuple[str, int, str, str, str]:
        """As a line of the sheet `Fixes Made`."""
        before, after = (said_value(self.column, value, order) for value in (self.before, self.after))
        now = local_moment(datetime.now().astimezone().isoformat(), order) or ""
        return (now, self.row, self.column, before, after)


@dataclass(slots=True)
class Corrections:
    """What answers mean for this sheet: the cells to change, the rows to leave out, and a sentence on that."""

    order: Order = "MDY"
    """How the site writes dates."""
    cells: dict[tuple[int, int], Value] = field(default_factory=dict)
    """(row, column) → the new value, None to empty the cell."""
    made: list[CellChange] = field(default_factory=list)
    left_out: list[int] = field(default_factory=list)
    """The rows that the user leaves out now."""
    used: list[Key] = field(default_factory=list)
    """The mistakes that an answer was applied to."""
    kept: list[int] = field(default_factory=list)
    """Rows that stay as they are though somebody changed their assignment (SPEC R12)."""
    theirs: list[int] = field(default_factory=list)
    """Rows that are replaced by what is stored now."""
    unused: list[str] = field(default_factory=list)
    unknown: list[tuple[str, str]] = field(default_factory=list)
    """Answers that no record has, and so were not used: column and answer."""
    no_answers: list[str] = field(default_factory=list)
    """People without an ID whose details an answer would empty: nothing would then say who the rows are about."""
    outdated: list[tuple[str, str]] = field(default_factory=list)
    """Answers that the workbook offered and the server does not: what they are for, and the answer."""
    not_said: list[str] = field(default_factory=list)
    """Questions on whom an ID and somebody else's details mean, whose answer would empty the ID."""

    def noted(self, data: DataSheet) -> dict[tuple[int, int], Value]:
        """The cells to write, among them the hidden cell of each changed row, which keeps the old values."""
        place = own_columns(data.headers).fixed
        by_row: dict[int, list[tuple[str, str, str]]] = {}
        for change in self.made:
            if change.row == data.header_row:
                continue
            by_row.setdefault(change.row, []).append((change.column, change.before, change.after))
        noted: dict[tuple[int, int], Value] = {
            (row, place): with_changes(data.cell_text(row, place), changes) or None for row, changes in by_row.items()
        }
        return self.cells | noted

    def in_words(self) -> str:
        changed = self.made or self.left_out or self.unused or self.kept or self.theirs
        if not (changed or self.unknown or self.no_answers or self.not_said or self.outdated):
            return "No answer was chosen in Fix Errors yet, so nothing was changed."
        facts = []
        if self.made:
            mistakes = counted(len(self.used), "mistake")
            facts.append(f"{mistakes} corrected in {counted(len({change.row for change in self.made}), 'row')}.")
        if self.kept:
            facts.append(
                f"{counted(len(self.kept), 'row')} kept as you have {'it' if len(self.kept) == 1 else 'them'}."
            )
        if self.theirs:
            facts.append(f"{counted(len(self.theirs), 'row')} brought to what is stored now.")
        if self.left_out:
            facts.append(f"{counted(len(self.left_out), 'row')} left out; clear {ROW_STATUS} to take one in again.")
        if self.unknown:
            facts.append(self.not_known())
        if self.no_answers:
            facts.append(
                f"To empty the cell is no answer for {', '.join(self.no_answers)}, whose rows give no Participant ID: "
                "choose one, or leave the rows out."
            )
        if self.outdated:
            said = "; ".join(f"{answer} for {value}" for value, answer in self.outdated)
            facts.append(f"The server does not offer {said} (any more), so the rows stay as they are: choose again.")
        if self.not_said:
            facts.append(f"To empty the cell does not say who is meant by {'; '.join(self.not_said)}: choose their ID.")
        if self.unused:
            facts.append(f"Not needed any more: {', '.join(self.unused)}.")
        return " ".join(facts)

    def not_known(self) -> str:
        """The answers that no record has, in words; "" where there is none."""
        facts = []
        if nobody := ", ".join(dict.fromkeys(one for column, one in self.unknown if column == PARTICIPANT_ID)):
            facts.append(f"Nobody has the Participant ID {nobody}, so the rows that it was meant for stay as they are.")
        if nothing := ", ".join(
            dict.fromkeys(f"{one} ({column})" for column, one in self.unknown if column != PARTICIPANT_ID)
        ):
            facts.append(
                f"Not known, so the rows stay as they are: {nothing}. Choose a suggestion, or type the whole name."
            )
        return " ".join(facts)


def plan(
    data: DataSheet,
    report: Report,
    answers: Mapping[Key, str],
    leave_out: Collection[Key],
    unknown: Collection[Key] = (),
    outdated: Collection[Key] = (),
) -> Corrections:
    """The changes that answers make. `report`: of this very sheet, just now, so that every row is found wherever
    it was sorted to. An answer that no row needs any more is named in `unused`.

    `unknown`: the mistakes whose answers are numbers that no record has. They are not used, and named in `unknown`: in
    place of the details of a person without an ID such an answer would erase who the person is (SPEC 5). `outdated`:
    those whose answers the server does not offer, though the workbook did.
    """
    given_up = {key for key, answer in answers.items() if leaves_out(answer) and key[2] != HEADER_UNCLEAR}
    work = Corrections(report.date_order, left_out=rows_left_out(report, given_up.union(leave_out)))
    skipped = frozenset(work.left_out)
    groups = _groups(report)
    for key, answer in answers.items():
        group = groups.get(key)
        if group is not None and key in given_up:
            continue
        if group is not None and group.code == HEADER_UNCLEAR:
            work.used += [key] if _answer_header(work, data, group.value, answer) else []
            continue
        if group is not None and empties(answer) and tells_person(data, group):
            work.no_answers.append(group.value)
            continue
        if group is not None and empties(answer) and group.details:
            work.not_said.append(group.value)
            continue
        if key in outdated:
            work.outdated.append((key[1] or key[0], answer))
            continue
        if key in unknown:
            work.unknown.append((key[0], answer))
            continue
        if group is not None and group.code == CONFLICT:
            work.used += [key] if _answer_conflict(work, data, group, answer) else []
            continue
        if group is None or data.column(group.column) is None:
            work.unused.append(f"{key[1] or 'the empty cells'} in {key[0]}")
            continue
        rows = [row for row in group.rows if row not in skipped]
        for row in rows:
            for header, value in _replacements(work, data, row, group, answer):
                _change(work, data, row, header, value)
        work.used += [key] if rows else []
    return work


def typed_numbers(data: DataSheet, report: Report, answers: Mapping[Key, str]) -> dict[Key, int]:
    """The answers that name a record by its number and were typed, not picked from the suggestions. Each with the first
    row that it is for."""
    return {
        key: group.rows[0] for key, group in _naming(data, report, answers).items() if not offers(group, answers[key])
    }


def picked_records(data: DataSheet, report: Report, kept: Report, answers: Mapping[Key, str]) -> dict[Key, int]:
    """The answers that name a record and were picked from what the `kept` report offers, likewise."""
    offered = {key_of(group): group for group in kept.fixes}
    return {
        key: group.rows[0]
        for key, group in _naming(data, report, answers).items()
        if key in offered and offers(offered[key], answers[key])
    }


def offers(group: FixGroup, answer: str) -> bool:
    return exact_key(answer) in {exact_key(suggestion.value) for suggestion in group.suggestions}


def _naming(data: DataSheet, report: Report, answers: Mapping[Key, str]) -> dict[Key, FixGroup]:
    """The mistakes whose answers name a record by its number."""
    groups = _groups(report)
    return {
        key: group
        for key, answer in answers.items()
        if (group := groups.get(key)) is not None
        and not (empties(answer) or leaves_out(answer))
        and group.code not in (HEADER_UNCLEAR, CONFLICT)
        and (tells_person(data, group) or names_record(group.column, answer))
    }


def empty_details(work: Corrections, data: DataSheet, row: int) -> None:
    """Empties the cells, other than the Participant ID, that say who a row is about."""
    for header in DEMOGRAPHICS:
        if _cell_text(data, row, header):
            _change(work, data, row, header, None)


def tells_person(data: DataSheet, group: FixGroup) -> bool:
    """Whether the wrong value is the details of a person without an ID."""
    place = data.column(PARTICIPANT_ID)
    return (
        group.column == PARTICIPANT_ID
        and place is not None
        and any(
            row in data.rows
            and not data.cell_text(row, place)
            and any(_cell_text(data, row, header) for header in DEMOGRAPHICS)
            for row in group.rows
        )
    )


def _answer_header(work: Corrections, data: DataSheet, header: str, answer: str) -> bool:
    """Puts the answer into the header's own cell: which column it is, or that it is left out (SPEC 2)."""
    if header not in data.headers or not answer:
        work.unused.append(f"{header} in the header row")
        return False
    work.cells[data.header_row, data.headers.index(header) + 1] = answer
    work.made.append(CellChange(data.header_row, header, header, answer))
    return True


def _answer_conflict(work: Corrections, data: DataSheet, group: FixGroup, answer: str) -> bool:
    """Notes which rows stay as they are, and which are replaced by what is stored (SPEC R12)."""
    choice, origins, place = read_answer(answer), data.origins(), own_columns(data.headers).origin
    used = False
    for row in group.rows:
        if choice is not None and not choice.keeps:
            work.theirs.append(row)
            used = True
        elif row in origins and (kept := kept_origin(origins[row], answer, group)) is not None:
            work.cells[row, place] = kept.text()
            work.kept.append(row)
            used = True
    if not used:
        work.unused.append(f"{answer} in {group.value} (choose {KEEP_MINE} or {TAKE_THEIRS} where it is offered)")
    return used


def _replacements(
    work: Corrections, data: DataSheet, row: int, group: FixGroup, answer: str
) -> list[tuple[str, Value]]:
    """The cells that an answer fills or empties in one row, by header."""
    if group.column == PARTICIPANT_ID and not _cell_text(data, row, PARTICIPANT_ID):
        # The wrong value was all the identifying cells together: the Participant ID replaces them (SPEC 5).
        empty_details(work, data, row)
        return [(PARTICIPANT_ID, answer)]
    if group.details and exact_key(answer) == exact_key(_cell_text(data, row, PARTICIPANT_ID)):
        # The ID is right, so the details beside it become those of its owner (SPEC 5).
        return [(header, _typed(header, stored)) for header, stored in group.details.items()]
    apart = data.column(STAFF_FIRST) is not None
    if group.column == STAFF_LAST and group.code in _STAFF_CODES and apart:
        first, last = _name_apart(answer, group)
        return [(STAFF_FIRST, first), (STAFF_LAST, last)]
    return [(group.column, _typed(group.column, answer))]


def _name_apart(answer: str, group: FixGroup) -> tuple[str | None, str]:
    """First and last name of an answer. A Staff ID stands in the last name's column, alone."""
    if answer.count(",") == 1:
        last, first = (part.strip() for part in answer.split(","))
        return first or None, last
    offered = {exact_key(suggestion.value) for suggestion in group.suggestions}
    if "," not in answer and exact_key(answer) not in offered:
        first, _, last = answer.strip().rpartition(" ")
        return first.strip() or None, last
    return None, answer


def _typed(header: str, answer: str) -> Value:
    """A date as a date, so that the spreadsheet shows and sorts it as one; all else as text."""
    if empties(answer):
        return None
    if KINDS.get(header) == "date":
        try:
            return date.fromisoformat(answer.strip())
        except ValueError:
            return answer or None
    return answer or None


def _change(work: Corrections, data: DataSheet, row: int, header: str, value: Value) -> None:
    column = data.column(header)
    if column is None:
        return
    before, after = _cell_text(data, row, header), "" if value is None else text_of(value)
    if header == SSN:
        before, after = before and HIDDEN, after and HIDDEN
    work.cells[row, column] = value
    work.made.append(CellChange(row, header, before, after))


def _cell_text(data: DataSheet, row: int, header: str) -> str:
    column = data.column(header)
    return "" if column is None else data.cell_text(row, column)


def _groups(report: Report) -> dict[Key, FixGroup]:
    """Every mistake of a report: a typed answer is good for those, too, for which nothing is suggested."""
    return {key_of(group): group for group in (*ungrouped(report), *report.fixes)}
