"""What Excel's macros start: `python -E -P -m addin.hosts.excel BUTTON workbook=NAME window=NUMBER …`.

-P, so that nothing that lies in the workbook's folder is imported, and -E, so that PYTHONPATH leads to no such place
either (EXCEL-TRUTH 15). Not -I, which would not find a program that its user installed for themselves.
"""

from __future__ import annotations

import sys

from addin.hosts.excel import press_called


def main() -> None:
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # a Python without a console has none, and what writes there must not fail
            setattr(sys, name, open("/dev/null" if sys.platform != "win32" else "NUL", "w", encoding="utf-8"))  # noqa: PTH123, SIM115
    press_called(sys.argv[1:])


if __name__ == "__main__":
    main()
