"""A file opened for one command of the command line, in the host for closed files."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from rich.console import Console

from addin.cli.tables import Watch
from addin.errors import BookError, no_file
from addin.hosts.closed.file import closed_file_engine, open_closed


class OpenFile:
    """Opens a workbook, and closes it whatever happens. `book` is it. Raises BookError with one plain sentence."""

    def __init__(self, path: Path, console: Console, watch: Watch) -> None:
        self._path = path
        if not path.is_file():
            raise no_file(path)
        _refuse_when_open_elsewhere(path)
        self._engine = closed_file_engine(lambda sentence: console.print(sentence, markup=False), watch.status)
        self.book = open_closed(path, self._engine)

    def __enter__(self) -> OpenFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.book.close()

    def save(self) -> Path:
        """Saves it, and gives the file that now holds the work: a copy where the original must not be touched."""
        self.book.save()
        return Path(self.book.fullname)


def _refuse_when_open_elsewhere(path: Path) -> None:
    """A program that has the file open would not see what is written here, and would write over it."""
    for mark, program in ((f"~${path.name}", "Excel"), (f".~lock.{path.name}#", "LibreOffice")):
        lock = path.with_name(mark)
        if lock.exists():
            raise BookError(
                f"{path.name} is open in {program}. Close it there and try again. If it is not, delete the file "
                f"{lock.name} beside it, which {program} left behind."
            )
