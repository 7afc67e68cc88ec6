"""Answers that only the HTTP API has; those the add-in shares are in `workbook.report`."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from workbook.report import FixGroup, ListedAssignment, ListedParticipant, ProblemOut, RememberedFix, Report
from workbook.upload import LogRow, Upload


class ProblemDetails(BaseModel):
    """A refusal (RFC 9457). `code` is stable; `detail` says in plain words what is wrong and what to do."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    code: str


class ErrorsOpenDetails(ProblemDetails):
    """The refusal of `continue`, with everything that stands in its way as validations give it."""

    counts: dict[str, int] = Field(default_factory=dict)
    problems: list[ProblemOut] = Field(default_factory=list)
    fixes: list[FixGroup] = Field(default_factory=list)
    preview: dict[str, Any] = Field(default_factory=dict)


class Health(BaseModel):
    status: Literal["ok"] = "ok"
    database: Literal["ok"] = "ok"
    version: str


class Uploads(BaseModel):
    uploads: list[Upload]
    next: str | None
    site_tag: str
    """As in each upload; "" while the site has none."""


class Unmatched(BaseModel):
    """A fix, or a row to leave out, that fits nothing in the upload; `row` is null for a fix."""

    row: int | None
    column: str
    value: str
    code: str
    message: str


class ReportAfterFixes(Report):
    """What is left after the fixes, and which of them fit nothing."""

    upload: Upload
    unknown: list[Unmatched]
    more_unknown: int
    """How many rows to leave out, beyond those in `unknown`, the upload has not: only the first hundred are named."""


class Log(BaseModel):
    upload: Upload
    rows: list[LogRow]


class RememberedFixes(BaseModel):
    remembered: list[RememberedFix]
    next: str | None


class Token(BaseModel):
    """One token, without its secret, which is nowhere kept. Times are ISO 8601 in UTC."""

    id: str
    staff_id: str
    name: str
    label: str
    created_at: str
    expires_at: str
    revoked_at: str | None
    last_used_at: str | None
    this_one: bool
    """Whether it is the one that this call was made with."""


class Tokens(BaseModel):
    tokens: list[Token]


class Participants(BaseModel):
    """The likeliest first."""

    participants: list[ListedParticipant]


class Assignments(BaseModel):
    assignments: list[ListedAssignment]
    next: str | None
