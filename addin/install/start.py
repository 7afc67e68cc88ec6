"""Write where Excel's macros find the program to start: a line, or a Mac's script.

Excel on a Mac may only start what lies in one folder, and any open macro may call what lies there. So the script starts
only this one program, and passes its argument as one word that no shell reads.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Final

from workbook.macros import MAC_HANDLER

SAFELY: Final = ("-E", "-P")
WORDS: Final = (*SAFELY, "-m", "addin.hosts.excel")
"""What Python is started with: our program, and neither the workbook's folder nor PYTHONPATH to look for it in."""
_SCRIPT: Final = """\
-- Written by caseload install. It lets Excel start the program behind the tab Caseload, and nothing else.
on {handler}(said)
	do shell script "{program} " & quoted form of said & " > /dev/null 2>&1 &"
	return ""
end {handler}
"""


def program_line(python: Path) -> str:
    """The one line of the file on Windows. pythonw has no console, which would come up at each press."""
    quiet = Path(re.sub(r"python\.exe$", "pythonw.exe", str(python), flags=re.IGNORECASE))
    return f'"{quiet if quiet.is_file() else python}" {" ".join(WORDS)}\r\n'


def mac_script(python: Path) -> str:
    """The script on a Mac. A path may hold spaces and apostrophes (EXCEL-TRUTH 30)."""
    program = shlex.join([str(python), *WORDS]).replace("\\", "\\\\").replace('"', '\\"')
    return _SCRIPT.format(handler=MAC_HANDLER, program=program)
