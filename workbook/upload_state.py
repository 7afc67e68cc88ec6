"""The states of an upload, in the order in which it passes through them (SPEC 6)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class UploadState(StrEnum):
    RECEIVED = "received"
    VALIDATING = "validating"
    NEEDS_FIXES = "needs-fixes"
    """Nothing is written until its user decides."""
    WRITING = "writing"
    COMPLETE = "complete"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNDONE = "undone"


RUNNING: Final = frozenset({UploadState.RECEIVED, UploadState.VALIDATING, UploadState.WRITING})
"""Those in which it moves on by itself: a worker has something to do."""
