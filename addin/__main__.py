"""Run the command line as `python -m addin`, where PATH does not lead to `caseload`."""

from __future__ import annotations

from addin.cli.entry import main

if __name__ == "__main__":
    main()
