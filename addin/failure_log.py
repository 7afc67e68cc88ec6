"""Append the details of a failure to a log file that the user can hand on."""

from __future__ import annotations

import traceback
from datetime import datetime

from workbook.whole_file import private_folder


def keep_details(error: BaseException) -> str:
    """Writes the traceback of an exception to the log file, and gives the file's place in words."""
    from platformdirs import user_log_path

    path = user_log_path("caseload", appauthor=False) / "caseload.log"
    details = "".join(traceback.format_exception(error))
    try:
        private_folder(path.parent)
        path.touch(mode=0o600)  # readable by its owner only: an exception may quote a cell
        with path.open("a", encoding="utf-8") as file:
            file.write(f"--- {datetime.now().astimezone().isoformat(timespec='seconds')}\n{details}")
    except OSError:
        return "no file, because none can be written"
    return str(path)
