"""Every problem of an upload: code, severity, marked column and message (SPEC 3, 4).

A message is one sentence or two: what is wrong, naming the value, and what to do about it. The rules that find
the problems live in the server; the words live here, because the workbook's Help sheet and `docs/problems.md`
are made from the same table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from workbook.files.formats import ANY_ENDING

Severity = Literal["error", "warning"]
Scope = Literal["file", "report", "cell", "record"]
"""What a problem marks: the file (refused whole), the report, one cell, or the record (`Update or Insert`)."""


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One code. `message` is a template over the problem's facts; `meaning` explains it in the docs."""

    code: str
    scope: Scope
    message: str
    meaning: str
    severity: Severity = "error"

    def says(self, **facts: object) -> str:
        return self.message.format(**facts)


_KINDS: Final = (
    # The whole file (SPEC 3)
    ProblemKind(
        "file-type", "file",
        "{name} is not a file this upload can read. " f"Save it as {ANY_ENDING} and send that.",
        f"The file's name does not end in {ANY_ENDING}.",
    ),
    ProblemKind(
        "file-unreadable", "file",
        "{name} cannot be read: {why}. Open it in Excel, save it again as .xlsx or .csv, and send that.",
        "The file is damaged, or is not what its name says.",
    ),
    ProblemKind(
        "file-encrypted", "file",
        "{name} is protected with a password. Open it in Excel, remove the password "
        "(File, Info, Protect Workbook, Encrypt with Password), save it, and send it again.",
        "The file opens only with a password.",
    ),
    ProblemKind(
        "file-too-large", "file",
        "{name} is too large: {why}. Split it into smaller files and send them one after the other.",
        "The file is over the size limit, packed or unpacked.",
    ),
    ProblemKind(
        "no-rows", "file",
        "There is no row to upload{where}. Fill in at least one row under the headers of the leftmost visible sheet.",
        "The leftmost visible sheet holds nothing below its headers.",
    ),
    ProblemKind(
        "header-missing", "file",
        "{sheet} lacks {columns}, which row {row}. {taken}{alike}Add what is missing to the header row, or generate a fresh template and paste the rows into it.",
        "A column that a row of the sheet needs was renamed or deleted.",
    ),
    ProblemKind(
        "header-repeated", "file",
        "The sheet has the column {column} twice ({first} and {second}). Delete or rename one of them.",
        "Two headers mean the same column.",
    ),
    # The report
    ProblemKind(
        "header-unknown", "report",
        "No column is called {value}, so it is ignored. If it holds data for the upload, rename it to one of the template's headers.",
        "A header that nobody knows. Its column is ignored.",
        severity="warning",
    ),
    ProblemKind(
        "header-unclear", "report",
        "No column is called {value} ({where}), but it looks like {column}, which the sheet lacks. Say whether it is that column, or leave it out; nothing is uploaded before.",
        "An unknown header that looks like a column which the sheet lacks. Answered once, it is remembered if you wish.",
    ),
    ProblemKind(
        "rows-hidden", "report",
        "{rows} hidden, by hand or by a filter, and will be uploaded like the others. Unhide the rows to check them, or delete those that are not meant.",
        "Rows that nobody sees in the sheet are uploaded too.",
        severity="warning",
    ),
    ProblemKind(
        "header-hidden", "report",
        "Row {row}, the header, is hidden, and says all the same what each column is, whatever stands above it. Show it and look at what it says.",
        "Nobody sees the row that says what the columns are.",
        severity="warning",
    ),
    ProblemKind(
        "columns-hidden", "report",
        "{columns} hidden, and {are} read all the same. Show {them}, or take {them} out.",
        "Columns that nobody sees in the sheet, and that hold something, are read like the others.",
        severity="warning",
    ),
    ProblemKind(
        "column-without-header", "report",
        "{columns} no header in row {row}, so what stands in {them} is ignored. Give {them} the header that belongs there, or take {them} out.",
        "A column between ours or beside them holds something and has no header. It is ignored.",
        severity="warning",
    ),
    # Reading a row (SPEC 3)
    ProblemKind(
        "sample-left", "record",
        "This is the template's {what}, not data. {advice}",
        "The template's sample row or instruction row was left in.",
    ),
    ProblemKind(
        "header-again", "record",
        "This row says the headers again, and is no data. Delete this row (the whole row), or leave it out.",
        "Rows were pasted together with their headers: several cells say just the header of their own column.",
    ),
    ProblemKind(
        "extra-fields", "record",
        "This row has {count} more than there are headers. {advice}",
        "The row has more fields than there are headers: most often a comma inside a value of a .csv file.",
    ),
    ProblemKind(
        "cell-error", "cell",
        "This cell holds {value}, not a value. Type the value itself, or copy the cell and paste it as values.",
        "The cell holds an Excel error such as #N/A, or a formula that was never calculated.",
    ),
    ProblemKind(
        "cell-too-long", "cell",
        "This cell holds {length} characters; at most 255 fit. Shorten it.",
        "The cell holds more than 255 characters.",
    ),
    # R1
    ProblemKind(
        "required", "cell",
        "{column} is empty. {advice}",
        "A value that this row needs is missing (R1).",
    ),
    ProblemKind(
        "one-of", "cell",
        "{column} and {other} are both filled. Keep one of them and clear the other.",
        "The row fills both alternatives of an “or” (R1).",
    ),
    # R2
    ProblemKind(
        "demographics-mismatch", "cell",
        "{column}{value} does not agree with participant {participant}.{ruin} Correct it, correct the Participant ID, or clear this cell.",
        "The Participant ID belongs to somebody with other demographics (R2).",
    ),
    ProblemKind(
        "id-of-another", "cell",
        "{value} is the ID of {participant}, but the row names {other}, whose ID is {answer}. Correct the Participant ID, or the details beside it.",
        "The Participant ID belongs to somebody else than the one person whom the names and details beside it fit (R2).",
    ),
    ProblemKind(
        "details-not-compared", "cell",
        "You have no access to a program of this participant yet, so the details beside the ID were not compared with "
        "what is stored. Make sure that the ID is right.",
        "The row gives the ID of somebody of whom you may know nothing else, and details beside it (R2, R10).",
        severity="warning",
    ),
    ProblemKind(
        "ssn-tried", "cell",
        "Too many different SSNs were tried within a day, so this one was not compared. Clear it and give the "
        "Participant ID, which is enough, or try again a day later.",
        "Of one participant, only a few different SSNs are compared in a day; so that nobody can find theirs by trying.",
    ),
    ProblemKind(
        "unknown-participant", "cell",
        "No participant is known as {value}.{ruin} Correct it, or enter the person's Participant ID.",
        "Nobody has that Participant ID, or nobody matches the demographics (R2).",
    ),
    ProblemKind(
        "ambiguous-participant", "cell",
        "{count} participants match {value}. Enter the Participant ID of the right one.",
        "More than one participant matches the demographics (R2).",
    ),
    ProblemKind(
        "ssn-unusable", "cell",
        "What stands here is no Social Security number, so it is not used to find or to check the participant. "
        "Enter the nine digits, or clear this cell.",
        "A word, a part, or a placeholder in place of an SSN. It identifies nobody and contradicts nobody (R2).",
        severity="warning",
    ),
    # R3
    ProblemKind(
        "unknown-staff", "cell",
        "No staff member is known as {value}.{ruin} Correct the spelling, or name somebody else.",
        "No staff member has that ID or name (R3).",
    ),
    ProblemKind(
        "ambiguous-staff", "cell",
        "{count} staff members are called {value}. Enter the Staff ID of the right one.",
        "More than one staff member has that name (R3).",
    ),
    ProblemKind(
        "staff-disabled", "cell",
        "{value} is no longer active and cannot be given new participants. Choose somebody else.",
        "A disabled staff member cannot receive an assignment; ending one is allowed (R3).",
    ),
    ProblemKind(
        "no-caseload-access", "cell",
        "{value} may not receive a caseload. Choose somebody else, or ask a site administrator to allow it.",
        "The staff member may not receive an assignment; ending one is allowed (R3).",
    ),
    # R4
    ProblemKind(
        "unknown-program", "cell",
        "No program is known as {value}.{ruin} Correct the spelling, or name another program.",
        "No program has that ID or name (R4).",
    ),
    ProblemKind(
        "ambiguous-program", "cell",
        "{count} programs are called {value}. Enter the Program ID of the right one.",
        "More than one program has that name (R4).",
    ),
    ProblemKind(
        "program-disabled", "cell",
        "The program {value} is no longer active and takes no new assignments. Choose another program.",
        "A disabled program takes no new assignment; ending one is allowed (R4).",
    ),
    # R5
    ProblemKind(
        "unknown-value", "cell",
        "{value} is not in the list of {column}. Choose one of: {choices}.",
        "The value is not in the site's list for that column (R5).",
    ),
    ProblemKind(
        "value-inactive", "cell",
        "{value} is no longer in use for {column}. Choose one of: {choices}.",
        "The value is in the site's list, but no longer active; an assignment with such a relationship may be ended (R5).",
    ),
    # R6
    ProblemKind(
        "program-required", "cell",
        "This row gives a Program Start or End Date but no program. Enter the program, or clear those dates.",
        "A Program Start or End Date needs a program (R6).",
    ),
    ProblemKind(
        "not-enrolled", "cell",
        "Participant {participant} is not enrolled in {value}. Choose a program they are enrolled in, "
        "give a Program Start Date to enroll them, or clear the program.",
        "The participant is not enrolled in the program, and the row does not enroll them (R6).",
    ),
    ProblemKind(
        "program-start-required", "cell",
        "Participant {participant} has no open enrollment in {program} that a Program End Date could end. "
        "Give the Program Start Date too, or clear the Program End Date.",
        "A Program End Date needs a Program Start Date, stored or in the row (R6).",
    ),
    ProblemKind(
        "outside-enrollment", "cell",
        "{column} {value} lies outside the enrollment in {program} ({enrollment}). Correct the date, or the program.",
        "The date of an assignment with a program must lie within the enrollment (R6).",
    ),
    # R7
    ProblemKind(
        "not-a-date", "cell",
        "{value} is not a date. Enter a date such as {example}.",
        "An impossible date, or no date at all (R7).",
    ),
    ProblemKind(
        "ambiguous-date", "cell",
        "{value} has a year of two digits. Enter all four, such as {example}.",
        "A two-digit year (R7).",
    ),
    ProblemKind(
        "end-before-start", "cell",
        "{column} {value} is before the start, {start}. Correct one of the two dates.",
        "The end lies before the start, the row's or the stored one (R7).",
    ),
    ProblemKind(
        "future-date", "cell",
        "{column} {value} is in the future. {advice}",
        "On Start Date a warning: the assignment begins later; where an Insert has it more than five years ahead an error, for nobody could end it before. On End Date an error: an assignment is ended when it has ended (R7).",
    ),
    # R8
    ProblemKind(
        "already-open", "record",
        "{participant} already has an open {relationship} assignment to {caseworker}{program} since {start}. "
        "Leave this row out, or end that assignment first.",
        "The same participant, program, caseworker and relationship is open already (R8).",
    ),
    ProblemKind(
        "repeated-row", "record",
        "This row says the same as row {row}. Delete one of the two.",
        "Two rows of the file begin, or end, the same assignment (R8).",
    ),
    ProblemKind(
        "end-on-insert", "cell",
        "An Insert begins an assignment, so {column} must be empty. Clear it, or write Update to end an assignment.",
        "An Insert carries an End Date or a Reason for Dismissal (R8).",
    ),
    # R9
    ProblemKind(
        "no-open-assignment", "record",
        "{participant} has no open assignment to {caseworker}{narrowed}. {advice}",
        "The Update matches no assignment (R9).",
    ),
    ProblemKind(
        "historic-assignment", "record",
        "The assignment of {participant} to {caseworker}{narrowed} ended on {end}, and closed assignments cannot be changed. Leave this row out.",
        "The Update matches only closed assignments, which are never changed (R9).",
    ),
    ProblemKind(
        "ambiguous-assignment", "record",
        "{participant} has {count} open assignments to {caseworker}: {list}. Fill in the program, relationship or Start Date of the one to end.",
        "The Update matches more than one open assignment (R9).",
    ),
    # R10
    ProblemKind(
        "not-permitted", "record",
        "You may not change {whose} caseload {where}. Ask a site administrator for caseload access, or leave this row out.",
        "The user has no caseload access for that program (R10).",
    ),
    # R12
    ProblemKind(
        "assignment-changed", "record",
        "Somebody changed this assignment since you downloaded it. {cells}. {advice}",
        "Somebody changed the assignment after it was downloaded into the sheet (R12).",
    ),
)

HEADER_UNCLEAR: Final = "header-unclear"
"""The one problem of the header that must be answered: its fix says what the column is."""

PROBLEM_KINDS: Final[dict[str, ProblemKind]] = {kind.code: kind for kind in _KINDS}
"""Every code → its kind, in the order of the docs."""

VALUE_CODES: Final = frozenset({
    "unknown-participant", "ambiguous-participant",
    "unknown-staff", "ambiguous-staff", "staff-disabled", "no-caseload-access",
    "unknown-program", "ambiguous-program", "program-disabled",
    "unknown-value", "value-inactive",
    "not-a-date", "ambiguous-date",
})
"""Problems of the value itself, in whichever row it stands: what was meant by it once is worth remembering (SPEC 5).
The others are of a value in its row; in another row the same value may be right, or mean something else."""


class Problem(NamedTuple):
    """One problem of one row: what is wrong with which cell, in words (SPEC 4)."""

    row: int
    """The sheet's own row number."""
    column: str
    """The canonical header it marks; for `header-unknown` the sheet's own."""
    code: str
    severity: Severity
    value: str
    """The value as the user wrote it, "" for an empty cell. Never an SSN."""
    message: str


class Refusal(Exception):
    """A file that cannot be taken at all: it has a code of scope "file" and one plain sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @classmethod
    def of(cls, code: str, **facts: object) -> Refusal:
        """The refusal `code` of the table above, its message filled with `facts`."""
        return cls(code, PROBLEM_KINDS[code].says(**facts))

    def __reduce__(self) -> tuple[type[Refusal], tuple[str, str]]:
        return type(self), (self.code, self.message)
