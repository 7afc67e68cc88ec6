"""Check and set up the buttons in LibreOffice Calc: `caseload install --calc` (SPEC 10).

LibreOffice's own Python is left as it is. The extension names the folders to import from: those of the Python that
`caseload` runs in, when LibreOffice's is of the same version; else a copy, made for LibreOffice's, in the user's data
folder.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import requires
from pathlib import Path
from typing import Final

from addin.api.local_program import server_program
from addin.errors import BookError, Stopped
from addin.install.excel import Finding, registry_value
from addin.install.extension import DISTRIBUTION, IDENTIFIER, Places, build_extension, secret_in
from addin.install.libreoffice import LibreOffice, System, bare_environment, find_libreoffice
from workbook.whole_file import private_folder

WHERE: Final = (
    "Close LibreOffice if it is open, and open it again. In Calc, the buttons are in the menu and in the toolbar "
    "“Caseload”. To remove them: Tools > Extension Manager, choose Caseload Upload, and press Remove."
)
FOR_ALL: Final = (
    "You run this as root, so everybody on this computer gets the buttons. For yourself alone, run it as yourself, "
    "without sudo."
)
HAD_BY_ALL: Final = "You ran this as root, so everybody on this computer has the buttons."
_FETCHING: Final = "Fetching what the buttons need for LibreOffice's Python {version}. This takes a minute or two …"
_OURS: Final = ("addin", "workbook")
_NEEDED: Final = (*_OURS, "openpyxl", "requests", "pydantic", "pydantic_core", "keyring", "platformdirs", "truststore")
_TRY: Final = "import addin.hosts.calc.press, keyring, openpyxl, platformdirs, pydantic, requests, truststore"
_NOT_HERE: Final = "xlwings"
"""What Excel alone needs."""
_PIP_SECONDS: Final = 900
_UNOPKG_SECONDS: Final = 180
_START_SECONDS: Final = 120
_BECAME: Final = {
    "python": "Calc starts from here, but the Python in it does not, so a button would end Calc.",
    "mute": "Calc was started from here, and did not answer.",
    "dead": "Calc ends as soon as it is started from here.",
}
"""The word of calc_start.py → the sentence for the user."""


@dataclass(frozen=True, slots=True)
class Setup:
    """One LibreOffice, and where things of ours go. `data`: the user's data folder; `profile`: LibreOffice's user
    folder, where it is not the usual one."""

    office: LibreOffice
    data: Path
    profile: Path | None = None

    @property
    def extension(self) -> Path:
        return self.data / "calc" / "Caseload.oxt"

    @property
    def copy(self) -> Path:
        """The copy of the add-in for LibreOffice's Python, where one is needed."""
        major, minor, _ = self.office.python_version
        return self.data / "calc" / f"python{major}.{minor}"

    def options(self) -> list[str]:
        """Options on the command line of LibreOffice's programs, so that they use the profile."""
        return [] if self.profile is None else [f"-env:UserInstallation={self.profile.as_uri()}"]

    def environment(self) -> dict[str, str]:
        """The environment that they are started in, so that extensions for everybody stay in the profile, too.

        The Python inside looks for its library along PATH, and crashes with another's. So its own folder comes first.
        """
        own = bare_environment(os.environ)
        own["PATH"] = os.pathsep.join(filter(None, (str(self.office.python.parent), own.get("PATH"))))
        if self.profile is not None:
            own["UNO_SHARED_PACKAGES_CACHE"] = (self.profile / "shared").as_uri()
        return own


def set_up(
    data: Path, named: Path | None, *, only_check: bool, say: Callable[[str], object], agree: Callable[[str], object]
) -> tuple[list[Finding], list[Path], list[str]]:
    """The whole of `caseload install --calc`: what was found in the end, what was written, and what is left to the
    user. `data`: the user's data folder; `named`: LibreOffice's folder, where the user gave it; `say`: where a word
    goes before something that takes long; `agree` asks before it is for everybody, and raises where the user says no.

    Raises BookError with one plain sentence, unless it is to look only.
    """
    try:
        office = find_libreoffice(System(registry=registry_value), named)
    except BookError as error:
        if only_check:
            return [Finding("LibreOffice", "wrong", error.sentence)], [], []
        raise
    setup = Setup(office, data)
    if _is_root() and not only_check:
        agree(FOR_ALL)
    written = [] if only_check else install(setup, say)
    findings = check(setup)
    if only_check and all(finding.state == "right" for finding in findings):
        findings.append(starts(setup))
    return findings, written, [WHERE, HAD_BY_ALL] if _is_root() and written else [WHERE]


def check(setup: Setup) -> list[Finding]:
    """What is right and what is wrong. Changes nothing."""
    office = setup.office
    number = ".".join(str(part) for part in office.python_version)
    findings = [Finding("LibreOffice", "right", f"LibreOffice in {office.folder}, with Python {number}.")]
    places = _found(setup)
    if places is None:
        sentence = f"LibreOffice's Python {number} does not find the add-in yet. Run: caseload install --calc"
        return [*findings, Finding("Add-in", "wrong", sentence)]
    copied = places.folders == (setup.copy,)
    sentence = (
        f"A copy for LibreOffice's Python is in {setup.copy}."
        if copied
        else (f"LibreOffice's Python finds the add-in in {places.folders[0]}.")
    )
    findings.append(Finding("Add-in", "right", sentence))
    if run_unopkg(setup, "list", IDENTIFIER).returncode:
        sentence = "The menu and the toolbar “Caseload” are not in Calc yet. Run: caseload install --calc"
        return [*findings, Finding("Extension", "wrong", sentence)]
    secret = secret_in(setup.extension)
    if not secret or setup.extension.read_bytes() != build_extension(replace(places, secret=secret)):
        sentence = "The menu and the toolbar “Caseload” are those of another version. Run: caseload install --calc"
        return [*findings, Finding("Extension", "wrong", sentence)]
    return [*findings, Finding("Extension", "right", "The menu and the toolbar “Caseload” are in Calc.")]


def starts(setup: Setup) -> Finding:
    """Starts a LibreOffice as its user would from here, with PATH as it stands, the extension in a profile of its own
    and no window, and says whether it lives, and its Python in it."""
    with tempfile.TemporaryDirectory(prefix="caseload-", ignore_cleanup_errors=True) as name:
        own = replace(setup, profile=Path(name) / "profile")
        became = "dead"
        if not run_unopkg(own, "add", "--suppress-license", str(setup.extension)).returncode:
            became = _start(own)
    if became == "right":
        return Finding("Start", "right", "Calc starts, and the Python in it.")
    first = _python_in_the_way(setup)
    why = f" The Python in {first} stands first on PATH, and LibreOffice takes it for its own." if first else ""
    what = _BECAME.get(became, _BECAME["dead"])
    cure = "Start LibreOffice from the desktop, or from a terminal in which no other Python is active (deactivate)."
    return Finding("Start", "wrong", f"{what}{why} {cure}")


def _start(setup: Setup) -> str:
    """What calc_start.py says."""
    environment = setup.environment() | {"PATH": os.environ.get("PATH", "")}
    command = [str(setup.office.soffice), *setup.options(), "--headless", "--norestore", "--nologo"]
    script = Path(__file__).with_name("calc_start.py")
    try:
        done = subprocess.run(  # noqa: S603 - LibreOffice's own Python, with code of ours
            [setup.office.python, script, str(_START_SECONDS), f"{IDENTIFIER}.Buttons", *command], env=environment,
            capture_output=True, text=True, encoding="utf-8", errors="replace", check=False,
            timeout=2 * _START_SECONDS,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return "mute"
    return done.stdout.strip()


def _python_in_the_way(setup: Setup) -> Path | None:
    """The folder of the Python that is first on PATH, where it is not LibreOffice's own."""
    found = shutil.which("python3", path=os.environ.get("PATH", ""))
    if found is None or Path(found).parent == setup.office.python.parent:
        return None
    return Path(found).parent


def install(setup: Setup, say: Callable[[str], object]) -> list[Path]:
    """Puts the buttons into Calc, in place of those that are there. Gives the files and folders that were written.

    Raises BookError with one plain sentence.
    """
    written: list[Path] = []
    try:
        if _is_root():  # everybody's Calc imports from there
            setup.extension.parent.mkdir(parents=True, exist_ok=True)
        else:
            private_folder(setup.extension.parent)
        places = _from_here(setup.office)
        if places is None:
            say(_FETCHING.format(version=".".join(map(str, setup.office.python_version[:2]))))
            _make_copy(setup)
            written.append(setup.copy)
            places = _from_copy(setup)
        # The same as before, for a key that the user has given to a button calls it by that.
        secret = secret_in(setup.extension) or secrets.token_hex(16)
        setup.extension.write_bytes(build_extension(replace(places, secret=secret)))
        written.append(setup.extension)
    except OSError as error:
        raise BookError(
            f"{error.filename or setup.extension.parent} cannot be written: {error.strerror}. Close LibreOffice, make "
            "the folder writable, and run caseload install --calc again."
        ) from error
    done = run_unopkg(setup, "add", "--force", "--suppress-license", str(setup.extension))
    if done.returncode:
        raise BookError(
            f"LibreOffice did not take the extension: {_last_line(done)} Close LibreOffice, and run caseload install "
            f"--calc again; or open {setup.extension} in LibreOffice yourself."
        )
    return written


def _found(setup: Setup) -> Places | None:
    """What the extension has to name now; None where the add-in is yet to be copied."""
    places = _from_here(setup.office)
    if places is None and setup.copy.is_dir():
        try:
            return _from_copy(setup)
        except BookError:
            return None
    return places


def _from_here(office: LibreOffice) -> Places | None:
    """The folders that this very Python imports from, where LibreOffice's can do so too."""
    if office.python_version[:2] != sys.version_info[:2]:
        return None
    places = Places(office.python_version[:2], _own_folders(), _server())
    try:
        office.runs(_TRY, places.folders)
    except BookError:  # made for another kind of processor, or a package of its own is in the way
        return None
    return places


def _from_copy(setup: Setup) -> Places:
    places = Places(setup.office.python_version[:2], (setup.copy,), _server())
    try:
        setup.office.runs(_TRY, places.folders)
    except BookError as error:
        raise BookError(
            f"LibreOffice's Python cannot start the add-in: {error.sentence}. Install the newest LibreOffice and run "
            "caseload install --calc again. The command caseload works without it."
        ) from error
    return places


def _own_folders() -> tuple[Path, ...]:
    folders: dict[Path, None] = {}
    for name in _NEEDED:
        found = importlib.util.find_spec(name)
        if found is not None and found.origin:
            file = Path(found.origin)
            folders[file.parent.parent if found.submodule_search_locations else file.parent] = None
    return tuple(folders)


def _server() -> Path | None:
    try:
        return Path(server_program())
    except Stopped:
        return None


def _make_copy(setup: Setup) -> None:
    """The add-in and all it needs in a folder, for the Python of LibreOffice: pip runs in that one, so that it takes
    what is made for it. The folder before it goes only when the new one is whole."""
    fresh = Path(tempfile.mkdtemp(dir=setup.copy.parent, prefix="new-"))
    try:
        _fetch(setup.office, fresh)
        for name in _OURS:
            found = importlib.util.find_spec(name)
            assert found is not None
            assert found.origin is not None
            shutil.copytree(Path(found.origin).parent, fresh / name, ignore=shutil.ignore_patterns("__pycache__"))
        if setup.copy.exists():
            shutil.rmtree(setup.copy)
        fresh.chmod(0o755)
        fresh.replace(setup.copy)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _fetch(office: LibreOffice, folder: Path) -> None:
    wanted = [one for one in requires(DISTRIBUTION) or [] if "extra ==" not in one and not one.startswith(_NOT_HERE)]
    if importlib.util.find_spec("pip") is None:
        raise BookError("This Python has no pip, which fetches what the buttons need. Run: python -m ensurepip")
    try:
        done = subprocess.run(  # noqa: S603 - pip, with the names of our own requirements
            [
                sys.executable, "-P", "-m", "pip", "--python", str(office.python), "install", "--target", str(folder),
                "--only-binary=:all:", "--no-input", "--disable-pip-version-check", "--quiet", *wanted,
            ],
            env=bare_environment(os.environ), capture_output=True, text=True, encoding="utf-8", errors="replace",
            check=False, timeout=_PIP_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise BookError("Fetching what the buttons need took too long. Check your internet connection.") from None
    if done.returncode:
        number = ".".join(map(str, office.python_version[:2]))
        raise BookError(
            f"What the buttons need for LibreOffice's Python {number} could not be fetched: {_last_line(done)} Check "
            "your internet connection, and run caseload install --calc again."
        )


def run_unopkg(setup: Setup, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """LibreOffice's own program for extensions. It refuses root a place of their own, so root installs for everybody
    on the computer."""
    shared = ["--shared"] if _is_root() else []
    try:
        return subprocess.run(  # noqa: S603 - LibreOffice's own program
            [setup.office.unopkg, command, *shared, *setup.options(), *arguments], env=setup.environment(),
            capture_output=True, text=True, encoding="utf-8", errors="replace", check=False, timeout=_UNOPKG_SECONDS,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BookError(
            f"LibreOffice's program for extensions, {setup.office.unopkg}, does not run: {error}. Close LibreOffice "
            "and run caseload install --calc again."
        ) from error


def _is_root() -> bool:
    return sys.platform == "linux" and os.geteuid() == 0


def _last_line(done: subprocess.CompletedProcess[str]) -> str:
    lines: Sequence[str] = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    return (lines[-1] if lines else "it did not say why").rstrip(".") + "."
