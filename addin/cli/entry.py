"""Where the program `caseload` begins: Ctrl+C ends it in a word, even while its modules are being read."""

from __future__ import annotations

import sys


def main() -> None:
    """Runs `caseload`. It imports the commands itself, for that takes long enough to be interrupted."""
    try:
        from addin.cli.main import main as run

        run()
    except KeyboardInterrupt:
        sys.stderr.write("Cancelled.\n")
        sys.exit(130)  # as after Ctrl+C at any other time
