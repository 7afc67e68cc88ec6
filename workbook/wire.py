"""What everything on the wire between the server and its callers has in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Wire(BaseModel):
    """A field that it does not know is refused, not passed over."""

    model_config = ConfigDict(extra="forbid")
