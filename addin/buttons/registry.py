"""List for each button its function, and the sheets that it reads.

The ribbon's table (`workbook/ribbon.py`) names the same buttons. A host takes a picture with the sheets that a button
`reads`, and runs it with a Press.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Generic, TypeVar

from addin.api.client import Client
from addin.book import DATA, HIDDEN, IN_FRONT, PLACE, SHOWN, Book
from addin.buttons.accept_suggestions import Accepted, accept_suggestions
from addin.buttons.connect import Connected, KnownServer, ServerHere, settings
from addin.buttons.download import Downloaded, download_caseload
from addin.buttons.export import Exported, export_for_eto
from addin.buttons.find import Found, find_participant
from addin.buttons.fix import apply_fixes
from addin.buttons.keep_test import keep_test, take_back_test
from addin.buttons.log import Status, log, refresh_status
from addin.buttons.next_error import Walked, next_error, previous_error
from addin.buttons.paste import Pasted, paste_data
from addin.buttons.remembered import REMEMBER, RememberedShown, remembered_fixes
from addin.buttons.submit import AGREED, Submitted, submit
from addin.buttons.template import Generated, generate_template
from addin.buttons.test_rows import CHECKED, KEEP, Tested, test_rows
from addin.buttons.transfer import Transferred, transfer_caseload
from addin.buttons.undo import UndoOutcome, undo_upload
from addin.buttons.uploads import Listed, uploads
from addin.buttons.validate import validate
from addin.foreign.table import ReadRows
from addin.outcome import UPLOAD, Answers, Outcome, Say
from addin.rows.check import Checked
from workbook.layout import FIX_SHEET, LOG_SHEET, META_SHEET, SUGGESTIONS_SHEET
from workbook.sheets.remembered_sheet import REMEMBERED_SHEET
from workbook.sheets.uploads_sheet import UPLOADS_SHEET


@dataclass(frozen=True, slots=True)
class Around:
    """What a button finds around it besides the workbook."""

    connect: Callable[[], Client]
    """The client of the user's server, the same at each call."""
    folder: Path
    """Where the settings are."""
    documents: Path
    """The user's folder for documents."""
    template_name: str
    """What a fresh template is called; the ending says whether it brings the ribbon."""
    read_rows: ReadRows
    """Reads another, closed workbook."""
    known: KnownServer
    server_here: ServerHere
    say: Say
    asks_outside: Path | None = None
    """The folder whose files the spreadsheet program opens without asking its user each time; None where it asks for
    no file."""


@dataclass(frozen=True, slots=True)
class Press:
    """One press of a button: the book, the answers so far, and what is around."""

    book: Book
    answers: Answers
    around: Around

    @property
    def client(self) -> Client:
        return self.around.connect()

    @property
    def beside(self) -> Path:
        """The folder of the workbook, or the user's documents when it has no place on this computer."""
        path = self.book.picture.path
        return self.around.documents if path is None else path.parent


AnyOutcome = TypeVar("AnyOutcome", bound=Outcome, covariant=True)


@dataclass(frozen=True, slots=True)
class Handler(Generic[AnyOutcome]):
    """What a button does. `reads`: what it always reads; when it asks for another sheet, it is run again with that one,
    too. `busy` stands in the status bar meanwhile. `later`: what it reads instead when it is pressed again with an
    answer of that name; the last of them that was given counts. `writes`: sheets of ours that it writes into once the
    server has done what cannot be taken back, so that they are looked at before that."""

    run: Callable[[Press], AnyOutcome]
    reads: tuple[str, ...]
    busy: str
    later: dict[str, tuple[str, ...]] = field(default_factory=dict)
    writes: tuple[str, ...] = ()

    def reads_now(self, answers: Answers) -> tuple[str, ...]:
        """What this step of it reads."""
        return next((self.later[one] for one in reversed(self.later) if one in answers), self.reads)


_CHECK: Final = "Checking the rows …"
_ASK: Final = "Asking the server …"

VALIDATE: Final[Handler[Checked]] = Handler(lambda it: validate(it.book, it.client), (DATA, SHOWN), _CHECK)
ACCEPT_SUGGESTIONS: Final[Handler[Accepted]] = Handler(lambda it: accept_suggestions(it.book), (FIX_SHEET,), "")
APPLY_FIXES: Final[Handler[Outcome]] = Handler(
    lambda it: apply_fixes(it.book, it.client, it.answers),
    (DATA, SHOWN, FIX_SHEET, SUGGESTIONS_SHEET),
    "Applying the fixes …",
    {REMEMBER: ()},
)
SUBMIT: Final[Handler[Submitted]] = Handler(
    lambda it: submit(it.book, it.client, it.answers),
    (DATA, HIDDEN, META_SHEET),
    _CHECK,
    {AGREED: (DATA, HIDDEN, META_SHEET), UPLOAD: (DATA, META_SHEET, LOG_SHEET)},
    (META_SHEET, LOG_SHEET),
)
TEST_ROWS: Final[Handler[Tested]] = Handler(
    lambda it: test_rows(it.book, it.client, it.answers),
    (DATA, HIDDEN, META_SHEET),
    _CHECK,
    {
        CHECKED: (DATA, HIDDEN, META_SHEET),
        UPLOAD: (DATA, META_SHEET, LOG_SHEET),
        KEEP: (DATA, META_SHEET, LOG_SHEET),
    },
    (META_SHEET, LOG_SHEET),
)
UNDO_UPLOAD: Final[Handler[UndoOutcome]] = Handler(
    lambda it: undo_upload(it.book, it.client, it.answers),
    (DATA, META_SHEET, LOG_SHEET, UPLOADS_SHEET, IN_FRONT),
    _ASK,
    {UPLOAD: (DATA, LOG_SHEET)},
    (LOG_SHEET,),
)
LOG: Final[Handler[Status]] = Handler(
    lambda it: log(it.book, it.client, it.answers),
    (META_SHEET, LOG_SHEET, UPLOADS_SHEET, IN_FRONT),
    "Fetching the log …",
)
KEEP_TEST: Final[Handler[Tested]] = Handler(
    lambda it: keep_test(it.book, it.client, it.answers),
    (DATA, META_SHEET, LOG_SHEET, IN_FRONT),
    _ASK,
    writes=(META_SHEET, LOG_SHEET),
)
TAKE_BACK_TEST: Final[Handler[Tested]] = Handler(
    lambda it: take_back_test(it.book, it.client, it.answers),
    (DATA, META_SHEET, LOG_SHEET, IN_FRONT),
    _ASK,
    writes=(META_SHEET, LOG_SHEET),
)
UPLOADS: Final[Handler[Listed]] = Handler(lambda it: uploads(it.book, it.client), (UPLOADS_SHEET,), _ASK)
REFRESH_STATUS: Final[Handler[Status]] = Handler(
    lambda it: refresh_status(it.book, it.client), (META_SHEET, LOG_SHEET, UPLOADS_SHEET, IN_FRONT), _ASK
)
PASTE_DATA: Final[Handler[Pasted]] = Handler(
    lambda it: paste_data(it.book, it.answers, it.around.folder, it.around.read_rows),
    (DATA, PLACE),
    "Reading the file …",
)
DOWNLOAD_CASELOAD: Final[Handler[Downloaded]] = Handler(
    lambda it: download_caseload(it.book, it.client, it.answers, it.around.say), (DATA,), "Downloading …"
)
TRANSFER_CASELOAD: Final[Handler[Transferred]] = Handler(
    lambda it: transfer_caseload(it.book, it.client, it.answers, it.around.say), (DATA,), "Preparing the transfer …"
)
FIND_PARTICIPANT: Final[Handler[Found]] = Handler(
    lambda it: find_participant(it.book, it.client, it.answers), (DATA, IN_FRONT), "Looking …"
)
EXPORT_FOR_ETO: Final[Handler[Exported]] = Handler(
    lambda it: export_for_eto(it.book, it.answers, it.beside),
    (DATA, META_SHEET, PLACE),
    "Writing the files …",
)
REMEMBERED_FIXES: Final[Handler[RememberedShown]] = Handler(
    lambda it: remembered_fixes(it.book, it.client, it.answers), (REMEMBERED_SHEET,), _ASK, writes=(REMEMBERED_SHEET,)
)
GENERATE_TEMPLATE: Final[Handler[Generated]] = Handler(
    lambda it: generate_template(
        it.book, it.client, it.answers, it.beside / it.around.template_name, it.around.asks_outside
    ),
    (PLACE,),
    "Fetching the template …",
)
NEXT_ERROR: Final[Handler[Walked]] = Handler(
    lambda it: next_error(it.book), (DATA, HIDDEN, SUGGESTIONS_SHEET, IN_FRONT), ""
)
PREVIOUS_ERROR: Final[Handler[Walked]] = Handler(
    lambda it: previous_error(it.book), (DATA, HIDDEN, SUGGESTIONS_SHEET, IN_FRONT), ""
)
SETTINGS: Final[Handler[Connected]] = Handler(
    lambda it: settings(it.answers, it.around.folder, it.around.known, it.around.server_here),
    (),
    _ASK,
)

HANDLERS: Final[Mapping[str, Handler[Outcome]]] = {
    "generate_template": GENERATE_TEMPLATE,
    "paste_data": PASTE_DATA,
    "download_caseload": DOWNLOAD_CASELOAD,
    "transfer_caseload": TRANSFER_CASELOAD,
    "find_participant": FIND_PARTICIPANT,
    "validate": VALIDATE,
    "next_error": NEXT_ERROR,
    "previous_error": PREVIOUS_ERROR,
    "accept_suggestions": ACCEPT_SUGGESTIONS,
    "apply_fixes": APPLY_FIXES,
    "remembered_fixes": REMEMBERED_FIXES,
    "test_rows": TEST_ROWS,
    "submit": SUBMIT,
    "uploads": UPLOADS,
    "refresh_status": REFRESH_STATUS,
    "log": LOG,
    "keep_test": KEEP_TEST,
    "take_back_test": TAKE_BACK_TEST,
    "undo_upload": UNDO_UPLOAD,
    "export_for_eto": EXPORT_FOR_ETO,
    "settings": SETTINGS,
}
"""A button's command, as the ribbon names it → what it does."""
