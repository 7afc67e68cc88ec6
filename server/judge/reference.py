"""The site's records that a sheet is judged against, in memory.

A Reference holds what one sheet can touch, not the whole site: all programs, staff and feeder values, and those
participants, enrollments and assignments that the sheet's values lead to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from workbook.columns import BIRTH_DATE, CASE_NUMBER, FIRST_NAME, LAST_NAME, SSN
from workbook.local_time import Order

Mode = Literal["exact", "like"]

DEFAULT_DUPLICATE_CHECK: tuple[tuple[str, Mode], ...] = (
    (FIRST_NAME, "like"),
    (LAST_NAME, "like"),
    (BIRTH_DATE, "exact"),
    (CASE_NUMBER, "exact"),
    (SSN, "exact"),
)


@dataclass(frozen=True, slots=True)
class SiteRules:
    """What a site settled for itself."""

    name: str
    date_order: Order = "MDY"
    duplicate_check: tuple[tuple[str, Mode], ...] = DEFAULT_DUPLICATE_CHECK
    one_primary: bool = False
    load_limit: int = 0
    """Open cases of one caseworker above which an upload is warned of (SPEC 6); 0 for no limit."""

    @property
    def demographics(self) -> list[str]:
        return [header for header, _mode in self.duplicate_check]


class Participant(NamedTuple):
    """Empty text where nothing is known. `birth_date` is ISO; `ssn_hash` is the keyed hash, never the number."""

    key: int
    participant_id: str
    first_name: str
    last_name: str
    birth_date: str
    case_number: str
    ssn_hash: str

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class Program(NamedTuple):
    key: int
    program_id: str
    name: str
    active: bool


class Staff(NamedTuple):
    key: int
    staff_id: str
    first_name: str
    last_name: str
    active: bool
    caseload_access: bool
    email: str = ""

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class FeederValue(NamedTuple):
    key: int
    value: str
    active: bool


class Enrollment(NamedTuple):
    """`end_date` is "" while the enrollment is open."""

    record_id: int
    start_date: str
    end_date: str


class Assignment(NamedTuple):
    """The keys of program, relationship, status and reason are 0 where empty; `end_date` is "" while it is open."""

    record_id: int
    participant_key: int
    program_key: int
    staff_key: int
    relationship_key: int
    status_key: int
    start_date: str
    end_date: str
    version: int
    reason_key: int = 0


class Access(NamedTuple):
    """What a user may change in one program (SPEC R10)."""

    own: bool
    others: bool


@dataclass(frozen=True, slots=True)
class User:
    """Who asks, and what they may do: `access` by program key; an administrator may do everything."""

    staff_key: int
    administrator: bool
    access: Mapping[int, Access] = field(default_factory=dict)

    @property
    def may_write(self) -> bool:
        """Whether there is any caseload that they may change."""
        return self.administrator or self.may_write_others or any(access.own for access in self.access.values())

    @property
    def may_write_others(self) -> bool:
        """Whether there is anybody else's caseload that they may change."""
        return self.administrator or any(access.others for access in self.access.values())

    def knows(self, program_key: int) -> bool:
        """Whether they may know who is in a program: they may if they may change a caseload in it."""
        access = self.access.get(program_key)
        return self.administrator or (access is not None and (access.own or access.others))

    def may_change(self, staff_key: int, program_key: int) -> bool:
        """Whether an assignment of this caseworker in this program (0: in none) is theirs to begin and to end."""
        if self.administrator:
            return True
        own = staff_key == self.staff_key
        if not program_key:
            return own and any(access.own for access in self.access.values())
        access = self.access.get(program_key)
        return access is not None and (access.own if own else access.others)


class TriedSsns(NamedTuple):
    """The SSNs that were given today, as hashes: wrong ones, and right ones by which a user shows that they know their
    people (`server.judge.ssns`)."""

    beside_ids: Mapping[int, frozenset[str]]
    """By participant key, given by any user."""
    alone: frozenset[str]
    """By this user, for nobody whose ID is known."""
    held: frozenset[str] = frozenset()
    """Of the same kind those that somebody has, as far as they were counted (`server.judge.ssns`)."""
    by_fellows: frozenset[str] = frozenset()
    """Wrong ones of the same kind that others gave who may fix the same upload: counted as theirs, and no more."""


@dataclass(slots=True)
class Reference:
    """All that the rules may know. `participants` holds every person that a cell of the sheet can mean:
    by ID, by SSN, by case number, or by first and last name."""

    rules: SiteRules
    today: str
    """ISO date: later days are the future (SPEC R7)."""
    programs: Sequence[Program]
    staff: Sequence[Staff]
    feeder: Mapping[str, Sequence[FeederValue]]
    """By canonical header, in the site's order, inactive values too."""
    participants: Sequence[Participant]
    enrollments: Mapping[tuple[int, int], Sequence[Enrollment]]
    """(participant key, program key) → enrollments by start date."""
    assignments: Mapping[int, Sequence[Assignment]]
    """Participant key → open assignments."""
    user: User
    closed: Mapping[int, Sequence[Assignment]] | None = None
    """Participant key → closed assignments. They matter only where an Update finds no open one
    (`Judging.without_open`), so for a large sheet they are not fetched beforehand: None."""
    caseloads: Mapping[int, int] = field(default_factory=dict)
    """Staff key → how many assignments are open before the upload."""
    revision: int = 0
    strangers: Sequence[Participant] = ()
    """Those of whom the user may know no more than that there is this ID: everything else is empty
    (`server.judge.reach`)."""
    others: Sequence[Participant] = ()
    """Those who are called as a row says beside the ID of somebody else (`Judging.names_beside_other_ids`)."""


class ReferenceKeys(NamedTuple):
    """What of the participants a sheet leads to: the keys by which a Reference must know them."""

    id_keys: frozenset[str]
    """`exact_key` of Participant IDs."""
    ssn_hashes: frozenset[str]
    case_keys: frozenset[str]
    """`like_key` of Case Numbers, which finds whatever `exact` would."""
    name_keys: frozenset[tuple[str, str]]
    """(`like_key` of First Name, `like_key` of Last Name)."""
