"""The models of `me` and `reference`: the user, and their site's lists (SPEC 8).

An add-in ignores members that it does not know, so that a newer server may add some.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from workbook.local_time import Order


class ProgramAccess(BaseModel):
    program_id: str
    program: str
    own: bool
    others: bool


class Me(BaseModel):
    """Who the token stands for, and what they may do (SPEC R10). An administrator may do everything."""

    staff_id: str
    name: str
    email: str
    site: str
    administrator: bool
    access: list[ProgramAccess]
    most_bytes: int = 0
    """How large a table or file may be that they send; 0 from a server that does not say."""


class ReferenceProgram(BaseModel):
    program_id: str
    name: str


class ReferenceStaff(BaseModel):
    staff_id: str
    first_name: str
    last_name: str
    about: str = ""
    """What distinguishes them from others of the same name (e-mail, programs, open cases); "" where nobody shares
    it."""


class DuplicateCheckField(BaseModel):
    column: str
    mode: Literal["exact", "like"]


class SiteReference(BaseModel):
    """What the sheet needs to know: only what the user may choose. `feeder`: by column, in the site's order."""

    site: str
    date_order: Order
    duplicate_check: list[DuplicateCheckField]
    one_primary: bool
    programs: list[ReferenceProgram]
    staff: list[ReferenceStaff]
    feeder: dict[str, list[str]]
