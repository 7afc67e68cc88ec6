"""Load LibreOffice's bridge to Python, and start a LibreOffice to talk to over a pipe.

In Calc's own process there is nothing to start: `uno` is loaded there, and `uno.getComponentContext()` is the context.
From outside, the bridge can be loaded by a Python of the same minor version as the one it was built for.
"""

from __future__ import annotations

import builtins
import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from addin.errors import BookError

_UNO_FOLDERS: Final = (
    "/usr/lib/python3/dist-packages",
    f"/usr/lib64/python3.{sys.version_info.minor}/site-packages",
    f"/usr/lib/python3.{sys.version_info.minor}/site-packages",
    "/usr/lib/libreoffice/program",
    "/usr/lib64/libreoffice/program",
    "/opt/libreoffice/program",
)
"""Where distributions keep `uno.py`, beside those that Python looks in by itself."""
_OFFICES: Final = (
    "/usr/lib/libreoffice/program/soffice",
    "/usr/lib64/libreoffice/program/soffice",
    "/opt/libreoffice/program/soffice",
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    r"C:\Program Files\LibreOffice\program\soffice.exe",
)
NO_OFFICE: Final = (
    "LibreOffice was not found on this computer. Install it (Debian, Ubuntu: apt install libreoffice-calc "
    "python3-uno; elsewhere: libreoffice.org), and try again."
)
NO_UNO: Final = (
    "LibreOffice's bridge to Python, the module uno, was not found. Install it (Debian, Ubuntu: apt install "
    "python3-uno; Fedora: dnf install libreoffice-pyuno), and try again."
)
_START_SECONDS: Final = 120


def load_uno(folders: Sequence[str] = _UNO_FOLDERS) -> Any:
    """The module `uno`. Raises BookError with one plain sentence where there is none, or none for this Python.

    A bridge built for another Python would end the process and not raise, so it is tried in a child first.
    """
    if "uno" in sys.modules:
        return sys.modules["uno"]
    found = importlib.util.find_spec("uno")
    places = [found.origin] if found is not None and found.origin else []
    places += [str(path) for folder in folders if (path := Path(folder) / "uno.py").is_file()]
    if not places:
        raise BookError(NO_UNO)
    for place in places:
        if _loads(place):
            return _load(place)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    raise BookError(
        f"LibreOffice's bridge to Python, {places[0]}, is made for another Python than this one, {version}. Run this "
        "with the Python that it is made for (Debian, Ubuntu: /usr/bin/python3, in an environment of its own: "
        "/usr/bin/python3 -m venv)."
    )


def _loads(place: str) -> bool:
    # Asked before a folder is trusted: this is the system's own module, and the child does nothing but load it.
    command = "import sys; sys.path.append(sys.argv[1]); import uno; uno.getComponentContext()"
    done = subprocess.run(  # noqa: S603 - our own Python
        [sys.executable, "-P", "-c", command, str(Path(place).parent)], capture_output=True, check=False
    )
    return done.returncode == 0


def _load(place: str) -> Any:
    spec = importlib.util.spec_from_file_location("uno", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["uno"] = module
    # uno puts an import of its own into every module of the process; nothing of ours needs it.
    before = builtins.__import__
    path = list(sys.path)
    try:
        sys.path.append(str(Path(place).parent))
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules["uno"]
        raise
    finally:
        builtins.__import__ = before
        sys.path[:] = path
    return module


def find_office(offices: Sequence[str] = _OFFICES) -> Path:
    """The program `soffice`. Raises BookError with one plain sentence."""
    for name in (shutil.which("soffice"), shutil.which("libreoffice"), *offices):
        if name is not None and Path(name).is_file():
            return Path(name)
    raise BookError(NO_OFFICE)


class Office:
    """A LibreOffice of its own, with its own settings folder, that ends with the block.

    `context` is its component context, which a CalcWindow takes.
    """

    def __init__(
        self,
        folder: Path,
        *,
        headless: bool = True,
        environment: Mapping[str, str] | None = None,
        program: Path | None = None,
    ) -> None:
        """`folder`: where its settings go; it is kept. `environment`: for a window, at least a DISPLAY."""
        uno = load_uno()
        pipe = f"caseload{uuid.uuid4().hex}"
        profile = (folder / "profile").absolute().as_uri()
        looks = ["--headless"] if headless else []
        self.process = subprocess.Popen(  # noqa: S603 - the office that is installed
            [
                str(program or find_office()),
                f"-env:UserInstallation={profile}",
                *looks,
                "--norestore",
                "--nologo",
                "--nodefault",
                f"--accept=pipe,name={pipe};urp;StarOffice.ComponentContext",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=dict(environment if environment is not None else os.environ),
            start_new_session=True,
        )
        try:
            self.context: Any = self._context(uno, pipe)
            services = self.context.ServiceManager
            self.desktop: Any = services.createInstanceWithContext("com.sun.star.frame.Desktop", self.context)
        except BaseException:
            self.kill()
            raise

    def _context(self, uno: Any, pipe: str) -> Any:
        local = uno.getComponentContext()
        resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
        not_yet = uno.getClass("com.sun.star.connection.NoConnectException")
        until = time.monotonic() + _START_SECONDS
        while True:
            try:
                return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            except not_yet as error:
                if self.process.poll() is not None or time.monotonic() > until:
                    code = self.process.poll()
                    ended = "did not answer" if code is None else f"ended as it started (code {code})"
                    raise BookError(f"LibreOffice {ended}. Start it by hand to see what it says.") from error
                time.sleep(0.05)

    def kill(self) -> None:
        """Ends it at once, as a crash would."""
        if hasattr(os, "killpg"):  # the program started another one
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        else:
            self.process.kill()
        self.process.wait()

    def __enter__(self) -> Office:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            components = self.desktop.getComponents().createEnumeration()
            while components.hasMoreElements():  # else it asks whether they should be saved, and waits
                components.nextElement().setModified(False)
            self.desktop.terminate()
            self.process.wait(10)
        except Exception:  # it is closed already, or does not close
            self.kill()
