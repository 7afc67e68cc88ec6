"""What everything on the wire between the server and its callers has in common."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from workbook.local_time import local_moment


class Wire(BaseModel):
    """A field that it does not know is refused, not passed over."""

    model_config = ConfigDict(extra="forbid")


def _day(text: str) -> str:
    if text:
        date.fromisoformat(text)
    return text


def _moment(text: str) -> str:
    try:
        local_moment(text)
    except (OverflowError, OSError) as error:  # a moment that this computer's clock does not know
        raise ValueError(f"{text} is no moment.") from error
    return text


Count = Annotated[int, Field(ge=0)]
"""How many of something."""
IsoDay = Annotated[str, AfterValidator(_day)]
"""A date in ISO 8601, or "" for none."""
IsoMoment = Annotated[str, AfterValidator(_moment)]
"""A moment in ISO 8601 that can be said in the reader's time, or "" for none."""
