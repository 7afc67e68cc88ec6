"""Start a LibreOffice once and print in one word whether it and its Python work.

The word is `right`; `python` where LibreOffice lives and its Python does not; `dead` where it ends by itself; `mute`
where it does not answer. LibreOffice's own Python runs this, because no other can speak with it: calc_start.py SECONDS
SERVICE soffice ARGUMENTS …
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import uuid
from typing import Any


def main() -> None:
    seconds, service, *command = sys.argv[1:]
    pipe = "caseload" + uuid.uuid4().hex
    process = subprocess.Popen(  # noqa: S603 - the program that our own caller names
        [*command, f"--accept=pipe,name={pipe};urp;StarOffice.ComponentContext"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        sys.stdout.write(_became(process, pipe, service, time.monotonic() + float(seconds)))
    finally:
        if hasattr(os, "killpg"):  # the program started another one
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def _became(process: subprocess.Popen[bytes], pipe: str, service: str, until: float) -> str:
    context = _context(process, pipe, until)
    if context is None:
        return "mute" if process.poll() is None else "dead"
    services = context.ServiceManager
    desktop = services.createInstanceWithContext("com.sun.star.frame.Desktop", context)
    desktop.loadComponentFromURL("private:factory/scalc", "_blank", 0, ())
    time.sleep(1)
    if process.poll() is not None:
        return "dead"
    try:
        made = services.createInstanceWithContext(service, context)
    except Exception:  # a Python that cannot start fails in many ways
        return "python"
    return "right" if made is not None else "python"


def _context(process: subprocess.Popen[bytes], pipe: str, until: float) -> Any:
    import uno

    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    while process.poll() is None and time.monotonic() < until:
        try:
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except Exception:  # it does not listen yet
            time.sleep(0.1)
    return None


if __name__ == "__main__":
    main()
