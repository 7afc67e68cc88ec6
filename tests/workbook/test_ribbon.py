"""The ribbon: one table, from which the XML and the VBA follow (SPEC 9)."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from addin.hosts.excel.called import read_call
from tests.support.workbook_check import RIBBON, Action, check_callbacks
from workbook import ribbon
from workbook.columns import TemplateChoice
from workbook.macros import NEXT, PREVIOUS, macros

LABELS = {
    "Template": ["Generate Template", "Paste Data", "Download Caseload", "Transfer Caseload", "Find Participant"],
    "Check": ["Validate", "Next Error", "Previous Error", "Accept Suggestions", "Apply Fixes", "Remembered Fixes"],
    "Upload": ["Test Rows", "Submit"],
    "Review": ["Uploads", "Refresh Status", "Log", "Keep Test", "Take Back Test", "Undo Upload", "Export for ETO"],
    "Settings": ["Settings"],
}
ONE_MORE = ribbon.Button("count_rows", "Count Rows", "Calculator", "Review", "Count the rows", "Says how many.")


def root(xml: bytes | None = None) -> ElementTree.Element:
    return ElementTree.fromstring(xml or ribbon.ribbon_xml())


def every_action() -> list[Action]:
    """Every call that the ribbon can make."""
    actions = []
    passes: dict[str, tuple[object, ...]] = {"dropDown": ("some_id", 1), "checkBox": (True,)}
    for element in root().iter():
        control, tag = element.get("id", ""), element.get("tag", "")
        if sub := element.get("onAction"):
            actions.append(Action(sub, control, tag, passes.get(element.tag.removeprefix(RIBBON), ())))
        for attribute in ("getSelectedItemIndex", "getPressed", "getVisible"):
            if sub := element.get(attribute):
                actions.append(Action(sub, control, tag, ("",)))
    return actions


def chosen(name: str, *arguments: object) -> Action:
    """A choice on the ribbon."""
    (control,) = (one for one in root().iter() if one.get("id") == f"caseload_choice_{name}")
    return Action(control.get("onAction", ""), control.get("id", ""), control.get("tag", ""), arguments)


def test_the_tab_has_every_button_in_groups_that_follow_the_work() -> None:
    (tab,) = root().iter(f"{RIBBON}tab")
    assert tab.get("label") == "Caseload"
    assert {
        group.get("label"): [button.get("label") for button in group.iter(f"{RIBBON}button")] for group in tab
    } == LABELS


def test_every_button_has_a_label_an_icon_of_office_and_both_tips() -> None:
    for button in root().iter(f"{RIBBON}button"):
        for attribute in ("label", "screentip", "supertip", "onAction"):
            assert 0 < len(button.get(attribute, "")) <= 1024, button.get("id")
        assert re.fullmatch(r"[A-Z][A-Za-z0-9]+", button.get("imageMso", "")), button.get("id")
        assert button.get("supertip", "").endswith(".")


def test_the_three_choices_stand_on_the_ribbon() -> None:
    lists = {found.get("label"): [item.get("label") for item in found] for found in root().iter(f"{RIBBON}dropDown")}
    assert lists == {
        "Program by": ["Name", "ID"],
        "Caseworker by": ["Full name", "Staff ID", "First and last name"],
    }
    assert [box.get("label") for box in root().iter(f"{RIBBON}checkBox")] == ["With enrollment"]


def test_every_control_has_a_sub_and_every_sub_a_control() -> None:
    subs = re.findall(r"^Public Sub (caseload_\w+)\(", macros(), re.M)
    assert sorted(subs) == sorted({one.sub for one in every_action()})
    ids = [element.get("id") for element in root().iter() if element.get("id")]
    assert len(set(ids)) == len(ids)


def test_the_module_is_short_enough_to_be_read_before_it_is_signed() -> None:
    lines = [line for line in map(str.strip, macros().splitlines()) if line and not line.startswith("'")]
    assert len(lines) <= 105


def test_a_vba_interpreter_compiles_and_runs_every_callback() -> None:
    ran, flaws = check_callbacks(macros(), every_action())
    assert flaws == []
    assert [line.split()[:2] for line in ran] == [
        ["program", one.command] for one in ribbon.BUTTONS if one.command not in (NEXT, PREVIOUS)
    ]
    assert {line.split()[2] for line in ran} == {"workbook=Caseload.xlsm"}


@pytest.mark.parametrize(
    ("program", "caseworker", "enrollment"), [*itertools.product((0, 1), (0, 1, 2), (False, True))]
)
def test_what_is_chosen_on_the_ribbon_reaches_generate_template(
    program: int, caseworker: int, enrollment: bool
) -> None:
    press = [
        chosen("program", "x", program),
        chosen("caseworker", "x", caseworker),
        chosen("enrollment", enrollment),
        Action(ribbon.PRESS, "caseload_generate_template"),
    ]
    (ran,), flaws = check_callbacks(macros(), press)
    assert flaws == []
    called = read_call(ran.split()[1:])
    assert called.button == "generate_template"
    assert called.numbers == {"program": program, "caseworker": caseworker, "enrollment": int(enrollment)}
    assert ribbon.template_choice(program=program, caseworker=caseworker, enrollment=int(enrollment)) == TemplateChoice(
        ("name", "id")[program],
        ("name", "staff_id", "first_last")[caseworker],
        enrollment,
    )


def test_the_ribbon_shows_what_is_chosen_and_begins_with_the_usual() -> None:
    code = macros() + (
        "Public Sub show(control As Object)\nDim seen As Variant\n"
        f"{ribbon.CHOSEN} control, seen\nDebug.Print CStr(seen)\nEnd Sub\n"
    )
    shown = [chosen(name)._replace(sub="show") for name in ("program", "caseworker")]
    assert check_callbacks(code, shown) == (["0", "0"], [])
    assert check_callbacks(code, [chosen("caseworker", "x", 2), *shown]) == (["0", "2"], [])
    assert ribbon.template_choice() == TemplateChoice()


@pytest.mark.parametrize("place", [{"program": 2}, {"caseworker": -1}, {"enrollment": 9}])
def test_a_place_that_a_choice_does_not_have_is_refused(place: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="has no place"):
        ribbon.template_choice(**place)


def test_a_button_more_is_one_line_in_the_table() -> None:
    buttons = (*ribbon.BUTTONS, ONE_MORE)
    found = root(ribbon.ribbon_xml(buttons)).find(f".//{RIBBON}button[@id='caseload_count_rows']")
    assert found is not None
    assert (found.get("label"), found.get("onAction")) == ("Count Rows", ribbon.PRESS)
    (ran,), flaws = check_callbacks(macros(), [Action(ribbon.PRESS, "caseload_count_rows")])
    assert (ran.split()[:2], flaws) == (["program", "count_rows"], [])


def test_what_a_label_says_never_breaks_the_xml() -> None:
    odd = replace(ONE_MORE, label='Less < & "more"', more="It's <b>.")
    found = root(ribbon.ribbon_xml((odd,))).find(f".//{RIBBON}button")
    assert found is not None
    assert (found.get("label"), found.get("supertip")) == (odd.label, odd.more)


def test_the_same_table_gives_the_same_bytes() -> None:
    assert ribbon.ribbon_xml() == ribbon.ribbon_xml()
