"""Where the details of a failure go: a file that the user can hand on, and is otherwise spared."""

from __future__ import annotations

import traceback
from datetime import datetime


def keep_details() -> str:
    """Writes the traceback of the exception at hand to the log file, and gives the file's place in words."""
    from platformdirs import user_log_path

    path = user_log_path("caseload", appauthor=False) / "caseload.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(f"--- {datetime.now().astimezone().isoformat(timespec='seconds')}\n{traceback.format_exc()}")
    except OSError:
        return "no file, because none can be written"
    return str(path)
