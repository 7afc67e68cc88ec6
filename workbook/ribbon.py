"""The ribbon tab `Caseload`: one table of buttons, and the XML made from it (SPEC 9).

A button is one line of BUTTONS and one of `addin/buttons/registry.py`, which says what it does; `workbook/macros.py`
makes the VBA behind it. The choices of Generate Template stand on the ribbon as lists and a box to tick; what was
chosen last in a session waits in the VBA module, as numbers, and goes along with the press.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args
from xml.sax.saxutils import quoteattr

from workbook.columns import CaseworkerChoice, ProgramChoice, TemplateChoice
from workbook.files.formats import ANY_ENDING

NAMESPACE: Final = "http://schemas.microsoft.com/office/2006/01/customui"
"""The one of Office 2007, which every later Office reads too. openpyxl would drop a part of the 2009 one."""
TAB: Final = "Caseload"
TAB_SHOWN: Final = "caseload_tab_shown"
"""The Sub that says whether the tab is shown: of a workbook's tab and the add-in's, one is enough."""
PRESS, CHOOSE, TICK, CHOSEN = "caseload_press", "caseload_choose", "caseload_tick", "caseload_chosen"
"""The Subs that all controls share: of the buttons, of the lists, of the box to tick, and what a list shows."""
ID_BEGINS: Final = "caseload_"
"""What a button's id begins with; the rest is its command."""

Group = Literal["Template", "Check", "Upload", "Review", "Settings"]


@dataclass(frozen=True, slots=True)
class Button:
    """`command` names the function and makes the id; `icon` is one of Office's own (imageMso); `tip` is the bold
    line of the screen tip, `more` what stands below it."""

    command: str
    label: str
    icon: str
    group: Group
    tip: str
    more: str
    large: bool = False

    @property
    def id(self) -> str:
        return f"{ID_BEGINS}{self.command}"


@dataclass(frozen=True, slots=True)
class RibbonChoice:
    """One of the template's alternatives. `items`: what it may be → its label, the usual one first. A choice
    between False and True is a box to tick."""

    name: str
    label: str
    items: dict[str | bool, str]
    tip: str
    more: str

    @property
    def id(self) -> str:
        return f"caseload_choice_{self.name}"

    @property
    def is_box(self) -> bool:
        return set(self.items) == {False, True}


# fmt: off
BUTTONS: Final[tuple[Button, ...]] = (
    Button("generate_template", "Generate Template", "FileNew", "Template", "Make a fresh template", "A new workbook with your agency's programs, caseworkers and lists, in the form chosen beside this button. It is saved in the folder of this workbook and opened.", large=True),
    Button("paste_data", "Paste Data", "Paste", "Template", "Bring in rows from another file", f"Asks for an {ANY_ENDING} file, finds out by its headers which column is which, and adds its rows below yours. What you correct is remembered."),
    Button("download_caseload", "Download Caseload", "GetExternalDataFromText", "Template", "Fetch the open assignments", "Every assignment that you may end, one row each, ready for an End Date and a Reason for Dismissal."),
    Button("transfer_caseload", "Transfer Caseload", "ReviewShareWorkbook", "Template", "Hand over from one caseworker to another", "Writes the two rows for each participant: one that ends the old assignment and one that begins the new one."),
    Button("find_participant", "Find Participant", "FindDialogExcel", "Template", "Find out who is meant", "By a name or its beginning, a birth date, an ID or a Case Number. The ID of whom you choose goes into the selected row."),
    Button("validate", "Validate", "DataValidation", "Check", "Check every row", "Marks what is wrong, says why beside each row, and gathers the mistakes in the sheet Fix Errors. Nothing is uploaded.", large=True),
    Button("next_error", "Next Error", "ReviewNextComment", "Check", "Go to the next marked cell", "Selects the cell and says in the status bar below what is wrong with it, and what was probably meant."),
    Button("previous_error", "Previous Error", "ReviewPreviousComment", "Check", "Go to the marked cell before", "Selects the cell and says in the status bar below what is wrong with it, and what was probably meant."),
    Button("accept_suggestions", "Accept Suggestions", "Spelling", "Check", "Take every suggestion that is sure", "Fills in the answers in Fix Errors that are sure or remembered, says how many, and leaves the others to you. Nothing in your rows changes before Apply Fixes."),
    Button("apply_fixes", "Apply Fixes", "ReplaceDialog", "Check", "Use the answers in Fix Errors", "Puts each replacement that you chose into every row with that mistake, and checks again. The old values are kept."),
    Button("remembered_fixes", "Remembered Fixes", "AutoCorrect", "Check", "See what your agency remembers", "Lists in the sheet Remembered which wrong values have a remembered answer, and whose it is. Lines that you mark with Yes are forgotten."),
    Button("test_rows", "Test Rows", "FilePrintPreview", "Upload", "Try the first rows for real", "Writes the first two rows and shows in the sheet Log what became of them. Look at them as long as you like: Keep Test and Take Back Test decide."),
    Button("submit", "Submit", "FileSendAsAttachment", "Upload", "Check and upload", "Uploads all rows at once when no error is left, and writes the Log sheet. Pressing it twice writes nothing twice.", large=True),
    Button("uploads", "Uploads", "FileOpenRecentFile", "Review", "List the uploads", "What waits for a decision, what is in progress and what is complete, in the sheet Uploads: yours, and for an administrator everybody's. Select a line there and press Log.", large=True),
    Button("refresh_status", "Refresh Status", "RefreshStatus", "Review", "Ask how the upload stands", "An upload goes on by itself, also while Excel is closed. When it is complete, its log is written here."),
    Button("log", "Log", "ReviewTrackChangesMenu", "Review", "Show what became of every row", "Writes the log of this workbook's last upload into the sheet Log."),
    Button("keep_test", "Keep Test", "ReviewAcceptChange", "Review", "Keep what Test Rows wrote", "Keeps the test that the sheet Log shows, or whose line is selected in the sheet Uploads. Its rows are marked as written, and never sent again."),
    Button("take_back_test", "Take Back Test", "ReviewRejectChange", "Review", "Take back what Test Rows wrote", "Takes back the test that the sheet Log shows, or whose line is selected in the sheet Uploads. Every record is exactly as it was."),
    Button("undo_upload", "Undo Upload", "Undo", "Review", "Take the last upload back", "Says first what would be reversed, and what is kept because somebody changed it since. Nothing happens before you agree."),
    Button("export_for_eto", "Export for ETO", "FileSaveAs", "Review", "Save files that ETO takes", "Clean .csv or .xlsx files of at most 600 rows each, the .csv ones without a comma, in a new folder beside this workbook."),
    Button("settings", "Settings", "ControlProperties", "Settings", "Server and token", "Enter the address of your agency's server and your own token. Both are kept on this computer, the token in its keychain.", large=True),
)
CHOICES: Final[tuple[RibbonChoice, ...]] = (
    RibbonChoice("program", "Program by", {"name": "Name", "id": "ID"}, "How the template names programs", "Program Name or Program ID, for Generate Template."),
    RibbonChoice("caseworker", "Caseworker by", {"name": "Full name", "staff_id": "Staff ID", "first_last": "First and last name"}, "How the template names caseworkers", "One column with the full name, one with the Staff ID, or two with first and last name, for Generate Template."),
    RibbonChoice("enrollment", "With enrollment", {False: "No", True: "Yes"}, "Program Start Date and Program End Date", "The template gets these two columns, so that rows can also begin and end enrollments, for Generate Template."),
)
# fmt: on
CHOICES_AFTER: Final = "generate_template"
"""The button that the choices belong to and stand beside."""


def template_choice(**numbers: int) -> TemplateChoice:
    """What stands on the ribbon, from the numbers that a press carries: choice → place in its list, from 0.

    Raises ValueError for a place that the list does not have.
    """
    chosen: dict[str, str | bool] = {}
    for choice in CHOICES:
        items = list(choice.items)
        number = numbers.get(choice.name, 0)
        if not 0 <= number < len(items):
            raise ValueError(f"{choice.label} has no place {number}.")
        chosen[choice.name] = items[number]
    program = next(one for one in get_args(ProgramChoice) if one == chosen["program"])
    caseworker = next(one for one in get_args(CaseworkerChoice) if one == chosen["caseworker"])
    return TemplateChoice(program, caseworker, chosen["enrollment"] is True)


def ribbon_xml(buttons: Sequence[Button] = BUTTONS) -> bytes:
    """`customUI/customUI.xml`: the tab, its groups in the order of the work, each with its buttons."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>',
        f'<customUI xmlns="{NAMESPACE}">',
        " <ribbon>",
        "  <tabs>",
        f'   <tab id="caseload_tab" label="{TAB}" getVisible="{TAB_SHOWN}">',
    ]
    for group in get_args(Group):
        lines.append(f'    <group id="caseload_group_{group.lower()}" label="{group}">')
        for button in buttons:
            if button.group != group:
                continue
            lines.append(
                f'     <button id="{button.id}" label={quoteattr(button.label)} imageMso="{button.icon}"'
                f' size="{"large" if button.large else "normal"}"{_tips(button)} onAction="{PRESS}"/>'
            )
            if button.command == CHOICES_AFTER:
                lines += [line for place, choice in enumerate(CHOICES) for line in _choice_xml(choice, place)]
        lines.append("    </group>")
    lines += ["   </tab>", "  </tabs>", " </ribbon>", "</customUI>", ""]
    return "\n".join(lines).encode()


def _choice_xml(choice: RibbonChoice, place: int) -> list[str]:
    """The place in its tag is where the macros keep what is chosen. A box is not ticked when it is first shown."""
    common = f'id="{choice.id}" tag="{place}" label={quoteattr(choice.label)}{_tips(choice)}'
    if choice.is_box:
        return [f'     <checkBox {common} onAction="{TICK}"/>']
    longest = max(choice.items.values(), key=len)
    return [
        f'     <dropDown {common} onAction="{CHOOSE}" sizeString={quoteattr(longest)} getSelectedItemIndex="{CHOSEN}">',
        *(
            f'      <item id="{choice.id}_{item}" label={quoteattr(label)}/>'
            for item, label in choice.items.items()
        ),
        "     </dropDown>",
    ]


def _tips(control: Button | RibbonChoice) -> str:
    return f" screentip={quoteattr(control.tip)} supertip={quoteattr(control.more)}"
