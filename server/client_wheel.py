"""Build the add-in's wheel from the packages installed beside the server, so that both fit (SPEC 10).

Nothing has to be built beforehand, and an editable install serves the code in its folders. The wheel holds the client
alone: the packages `addin` and `workbook`, without the server's extras. The same files give the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import Distribution, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Final

DISTRIBUTION: Final = "caseload-upload"
_PACKAGES: Final = ("addin", "workbook")
_PROGRAMS: Final = ("console_scripts", "gui_scripts")
_LEFT_OUT: Final = ("provides-extra", "description", "description-content-type")
"""Of the metadata: what is the server's, and the README, whose links lead nowhere from here."""
_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)
"""The date of every file in it: the earliest that a zip knows."""
_WHEEL: Final = "Wheel-Version: 1.0\nGenerator: caseload-upload\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@dataclass(frozen=True, slots=True)
class Wheel:
    """A file to be installed. `metadata`: what it says of itself, apart (PEP 658), so that nobody needs to fetch it all
    to learn what it wants."""

    name: str
    version: str
    metadata: bytes
    content: bytes

    @property
    def digest(self) -> str:
        """SHA-256, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


class ClientWheel:
    """The wheel, made when it is first asked for and kept."""

    @cached_property
    def wheel(self) -> Wheel:
        return build_client_wheel()


def build_client_wheel() -> Wheel:
    """The wheel of the client, of the version that is installed here. Raises FileNotFoundError where its files are not
    on this computer, such as within one packed file."""
    installed = distribution(DISTRIBUTION)
    stem = f"{DISTRIBUTION.replace('-', '_')}-{installed.version}"
    metadata = _metadata(installed)
    files = {name: path.read_bytes() for package in _PACKAGES for name, path in _files(package)}
    info = f"{stem}.dist-info"
    files[f"{info}/METADATA"] = metadata
    files[f"{info}/WHEEL"] = _WHEEL.encode()
    files[f"{info}/entry_points.txt"] = _programs(installed)
    licence = next(one for one in installed.files or () if one.name == "LICENSE")
    files[f"{info}/licenses/LICENSE"] = licence.read_binary()
    files[f"{info}/RECORD"] = _record(files, f"{info}/RECORD")
    return Wheel(f"{stem}-py3-none-any.whl", installed.version, metadata, _packed(files))


def _files(package: str) -> Iterator[tuple[str, Path]]:
    """A package's files, as a wheel names them."""
    found = find_spec(package)
    if found is None or found.origin is None:
        raise FileNotFoundError(f"The package {package} is not installed here.")
    folder = Path(found.origin).parent
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".pyc" and "__pycache__" not in path.parts:
            yield f"{package}/{path.relative_to(folder).as_posix()}", path


def _metadata(installed: Distribution) -> bytes:
    known = installed.metadata
    facts = [
        f"{name}: {value}"
        for name in dict.fromkeys(known)
        if name.lower() not in _LEFT_OUT
        for value in known.get_all(name, [])
        if not (name.lower() == "requires-dist" and "extra ==" in value)
    ]
    return ("\n".join(facts) + "\n").encode()


def _programs(installed: Distribution) -> bytes:
    lines: list[str] = []
    for group in _PROGRAMS:
        own = [one for one in installed.entry_points.select(group=group) if one.value.split(".")[0] in _PACKAGES]
        lines += [f"[{group}]", *(f"{one.name} = {one.value}" for one in own), ""] if own else []
    return "\n".join(lines).encode()


def _record(files: dict[str, bytes], itself: str) -> bytes:
    lines = []
    for name, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(content)}")
    return ("\n".join([*lines, f"{itself},,"]) + "\n").encode()


def _packed(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return packed.getvalue()
