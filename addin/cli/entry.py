"""Where the program `caseload` begins: Ctrl+C ends it in a word, even while its modules are being read."""

from __future__ import annotations

import sys

from workbook.files.garbage import without_garbage_collection


def main() -> None:
    """Runs `caseload`. It imports the commands itself, for that takes long enough to be interrupted."""
    try:
        with without_garbage_collection():  # what is imported stays: to look for cycles in it takes a sixth of the time
            from addin.cli.main import main as run
        run()
    except KeyboardInterrupt:
        sys.stderr.write("Cancelled.\n")
        sys.exit(130)  # as after Ctrl+C at any other time
