"""Where the program `caseload-server` begins, and the process of its worker, which imports this module and no other."""

from __future__ import annotations

from workbook.files.garbage import without_garbage_collection


def main() -> None:
    """Runs `caseload-server`. What it imports stays as long as it runs: to look for cycles in it takes a sixth of the
    time until it has started."""
    with without_garbage_collection():
        from server.cli.main import main as run
    run()
