"""Leave no image of this process's memory behind: it holds the key for SSNs, and people's rows (SPEC 7)."""

from __future__ import annotations

import contextlib


def leave_no_core_dump() -> None:
    """From here on, neither this process nor what it starts leaves one when it crashes, where the system can see to
    it."""
    try:
        import resource
    except ImportError:  # Windows keeps none unless an administrator has asked for it
        return
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
