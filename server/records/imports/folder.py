"""Open the folder of an import, unpacking a .zip for as long as it takes (SPEC 10)."""

from __future__ import annotations

import errno
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Final

from server.processes.spool import Spool
from server.records.imports.files import NO_ORDINARY_FILE
from server.records.imports.incoming import ImportProblem, ImportRefused
from workbook.files.limits import Limits, in_words

_INSTEAD: Final = "unpack it and name the folder"
_DAMAGE: Final = (
    zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError,
    struct.error, zlib.error, lzma.LZMAError,
)  # fmt: skip
"""What zipfile raises for a file that is none, is damaged, or is packed as nobody packs."""
_DAMAGE_TO_THE_SYSTEM: Final = (None, errno.EINVAL)
"""The numbers of an OSError that says so, too: of bzip2, and of a place before the file's beginning."""
_CHUNK: Final = 1024 * 1024
_DEVICES: Final = frozenset(
    (
        "CON",
        "PRN",
        "AUX",
        "NUL",
        "CONIN$",
        "CONOUT$",
        *(f"{kind}{n}" for kind in ("COM", "LPT") for n in "123456789¹²³"),
    )
)
"""What Windows takes for a device, whatever ending it has."""
_MOST_FILES: Final = 200
"""An HMIS export has about 25; nobody's import has more .csv files than this."""


@contextmanager
def import_folder(given: Path) -> Iterator[Path]:
    """A folder with the .csv files of `given`, a folder or a .zip of one.

    Raises ImportRefused when the .zip cannot be read or is too large, OSError when there is no such file.
    """
    if given.is_dir() or given.suffix.casefold() != ".zip":
        yield given
        return
    if given.exists() and not given.is_file():
        raise _refused(given, NO_ORDINARY_FILE)
    with Spool() as spool:
        folder = spool.folder / "unpacked"
        folder.mkdir()
        with _damage_told(given, "It is no .zip file, or it is damaged"), zipfile.ZipFile(given) as packed:
            _unpack(packed, folder, given)
        yield folder


@contextmanager
def _damage_told(given: Path, what: str) -> Iterator[None]:
    """Raises ImportRefused in place of whatever a damaged .zip makes zipfile raise."""
    try:
        yield
    except (*_DAMAGE, OSError) as flaw:
        if isinstance(flaw, OSError) and flaw.errno not in _DAMAGE_TO_THE_SYSTEM:
            raise
        raise _refused(given, f"{what}. Make it again, or {_INSTEAD}.") from flaw


def _unpack(packed: zipfile.ZipFile, folder: Path, given: Path) -> None:
    """The .csv files of the folder nearest to the top that has any: a .zip often holds one folder with all of it."""
    files = [
        (PurePosixPath(entry.filename.replace("\\", "/")), entry)
        for entry in packed.infolist()
        if not entry.is_dir() and entry.filename.casefold().endswith(".csv")
    ]
    files = [(path, entry) for path, entry in files if "__MACOSX" not in path.parts and path.name[:2] != "._"]
    if not files:
        raise _refused(given, "There is no .csv file in it.")
    top = min((path.parent for path, _ in files), key=lambda parent: (len(parent.parts), str(parent)))
    chosen = [(path.name, entry) for path, entry in files if path.parent == top]
    if len(chosen) > _MOST_FILES:
        raise _refused(given, f"It holds {len(chosen):,} .csv files, and no import has so many.")
    room = Limits().unpacked
    for name, entry in chosen:
        if ":" in name or name.partition(".")[0].rstrip(" ").upper() in _DEVICES:  # another drive, a stream, a device
            raise _refused(
                given, f"A file in it is called {name}, which not every computer takes for a file: {_INSTEAD}."
            )
        if entry.flag_bits & 1:
            raise _refused(given, f"It is protected with a password: {_INSTEAD}.")
        with (
            _damage_told(given, f"The file {name} in it is damaged, or packed in a way that nothing here unpacks"),
            packed.open(entry) as source,
            (folder / name).open("wb") as copy,
        ):
            while chunk := source.read(_CHUNK):
                room -= len(chunk)
                if room < 0:
                    raise _refused(given, f"It has more than {in_words(Limits().unpacked)} in it: {_INSTEAD}.")
                copy.write(chunk)


def _refused(given: Path, message: str) -> ImportRefused:
    return ImportRefused([ImportProblem(given.name, 0, "", message)])
