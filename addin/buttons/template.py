"""Generate Template: save and open a fresh workbook with the site's own lists (SPEC 2, 9)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from addin.api.client import Client
from addin.book import Book
from addin.errors import BookError
from addin.outcome import Answers, Field, Outcome, UserQuestion
from addin.rows.site_lists import site_lists
from workbook.columns import TemplateChoice
from workbook.ribbon import CHOICES, template_choice
from workbook.whole_file import write_new

_ASKS: Final = (
    "Excel may have asked you to grant access to the template, as it does for each file that a program opens outside "
    "{folder}. Workbooks that you keep in that folder are opened without the question."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated(Outcome):
    """Where the template is; None while the user is asked for its form."""

    path: Path | None = None


def generate_template(
    book: Book, client: Client, answers: Answers, wanted: Path, asks_outside: Path | None = None
) -> Generated:
    """A fresh template as a file, and opened. A file that is there already is left alone.

    The choices come with the press, from the ribbon, or are asked for: each the place in its list, from 0. `wanted`:
    the file where that is free. `asks_outside`: the folder whose files the program opens without asking its user each
    time.
    """
    if not all(choice.name in answers for choice in CHOICES):
        return Generated(question=UserQuestion("", tuple(_field(choice.name) for choice in CHOICES)))
    choice = template_choice(**{one.name: int(answers[one.name]) for one in CHOICES})
    path = free_path(wanted, book.picture.open_names)
    save_template(client, choice, path)
    notes = [] if asks_outside is None or path.is_relative_to(asks_outside) else [_ASKS.format(folder=asks_outside)]
    return Generated(path=path, opens=path, done=f"The template is saved as {path}.", notes=notes)


def save_template(client: Client, choice: TemplateChoice, path: Path) -> None:
    """A fresh template as a file; the ending of its name says which kind."""
    save_new(path, lambda: template_content(client, choice, path.suffix.lower()))


def template_content(client: Client, choice: TemplateChoice, ending: str = ".xlsx") -> bytes:
    """A template with the site's lists, made here: byte for byte the one that a server of this version hands out
    (docs/security.md). `ending`: of the file's name."""
    from workbook.sheets.macro_book import build_macro_template  # openpyxl takes its time
    from workbook.sheets.template import build_csv, build_template

    build = {".xlsm": build_macro_template, ".xlsx": build_template, ".csv": build_csv}[ending]
    return build(choice, site_lists(client))


def save_new(path: Path, make: Callable[[], bytes]) -> None:
    """Makes and writes a file that is not there yet, whole or not at all. Raises BookError, and what `make` raises."""
    try:
        write_new(path, make())
    except FileExistsError:
        raise BookError(f"There is a file {path} already. Choose another name, or move it away first.") from None
    except OSError as error:
        raise BookError(f"{path} cannot be written: {error.strerror}. Choose another folder.") from error


def free_path(wanted: Path, taken: Iterable[str] = ()) -> Path:
    """A file of this name that is not there yet, numbered where need be. `taken`: names of open workbooks, of which
    Excel opens no second."""
    busy = {one.casefold() for one in taken}
    number = 1
    while True:
        path = wanted if number == 1 else wanted.with_name(f"{wanted.stem} {number}{wanted.suffix}")
        if not path.exists() and path.name.casefold() not in busy:
            return path
        number += 1


def _field(name: str) -> Field:
    choice = next(one for one in CHOICES if one.name == name)
    places = {str(place): label for place, label in enumerate(choice.items.values())}
    return Field(name, choice.label, "box" if choice.is_box else "list", "0", places)
