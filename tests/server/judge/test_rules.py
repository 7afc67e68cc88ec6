"""The rules of SPEC 4: what each finds, where it marks it, and where it stays silent.

Those of names (R2 to R5) and of dates (R6, R7) are in `test_rules_of_names.py` and `test_rules_of_dates.py`.
"""

from __future__ import annotations

import pytest

from server.judge.judge import Judging
from server.judge.reference import Access, SiteRules, User
from tests.support.judged import FEEDER, insert, problems, reference, row, sheet, update, verdict
from workbook.columns import REASON
from workbook.sheet import CellError
from workbook.sheets.sample_row import INSTRUCTIONS


def test_a_valid_insert_and_a_valid_update_have_no_problem():
    assert problems(insert(), update()) == []


# R1


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("action", "Update or Insert"),
        ("id", "Participant ID"),
        ("staff", "Caseworker Staff ID"),
        ("relationship", "Caseworker Relationship"),
        ("status", "Caseload Status"),
        ("start", "Start Date"),
    ],
)
def test_an_insert_misses_each_cell_it_needs(name, column):
    assert problems(insert(**{name: None})) == [[2, column, "required"]]


@pytest.mark.parametrize(("name", "column"), [("end", "End Date"), ("reason", "Reason for Dismissal")])
def test_an_update_misses_each_cell_it_needs(name, column):
    assert problems(update(**{name: "  "})) == [[2, column, "required"]]


def test_an_update_needs_no_reason_where_the_site_has_none():
    assert problems(update(reason=None), feeder={**FEEDER, REASON: FEEDER[REASON][2:]}) == []


def test_an_update_needs_neither_relationship_status_nor_start():
    assert problems(update(relationship=None, status=None, start=None)) == []


def test_all_problems_of_a_row_are_told_at_once():
    assert sorted(problems(row(action="Insert", program="Nowhere"))) == [
        [2, "Caseload Status", "required"],
        [2, "Caseworker Relationship", "required"],
        [2, "Caseworker Staff ID", "required"],
        [2, "Participant ID", "required"],
        [2, "Program Name", "unknown-program"],
        [2, "Start Date", "required"],
    ]


def test_both_alternatives_filled_are_one_problem_each():
    assert problems(insert(program_id="SH", staff_id="S3")) == [
        [2, "Caseworker Name", "one-of"],
        [2, "Program Name", "one-of"],
    ]


def test_a_split_name_beside_a_staff_id_is_marked_on_the_last_name():
    assert problems(insert(staff=None, staff_id="S3", staff_first="Ana", staff_last="de la Cruz")) == [
        [2, "Caseworker Last Name", "one-of"]
    ]


# R8


def test_what_is_open_already_cannot_begin_again():
    assert problems(insert(id="P1", staff="Robert Smith")) == [[2, "Update or Insert", "already-open"]]


@pytest.mark.parametrize(
    "other",
    [
        {"staff": "Ana de la Cruz"},
        {"relationship": "Secondary"},
        {"program": None},
        {"id": "P3"},
    ],
)
def test_another_participant_program_caseworker_or_relationship_may_begin(other):
    assert problems(insert(**{"id": "P1", "staff": "Robert Smith", **other})) == []


def test_the_later_of_two_equal_inserts_is_the_repeated_one():
    assert problems(insert(), insert(start="2026-02-02", status="On Hold")) == [[3, "Update or Insert", "repeated-row"]]


def test_the_same_may_begin_again_once_it_was_ended_above():
    assert (
        problems(
            update(id="P1", end="2026-05-31"),
            insert(id="P1", staff="Robert Smith", start="2026-06-01"),
            insert(),
            update(id="P7", staff="Ana de la Cruz", end="2026-06-01"),
            insert(start="2026-06-02"),
        )
        == []
    )


def test_an_insert_carries_neither_end_date_nor_reason():
    assert problems(insert(end="2020-01-01", reason="Nonsense")) == [
        [2, "End Date", "end-on-insert"],
        [2, "Reason for Dismissal", "end-on-insert"],
    ]


def test_a_site_may_allow_one_open_primary_per_participant_and_program():
    rows = (insert(id="P1"), insert(), insert(staff="Robert Smith"), insert(relationship="Secondary"))
    assert problems(*rows) == []
    assert problems(*rows, rules=SiteRules("Agency", one_primary=True)) == [
        [2, "Update or Insert", "already-open"],
        [4, "Update or Insert", "already-open"],
    ]


def test_without_a_program_there_may_be_several_open_primaries():
    rows = insert(program=None), insert(program=None, staff="Robert Smith"), insert(program=None)
    assert problems(*rows, rules=SiteRules("Agency", one_primary=True)) == [[4, "Update or Insert", "repeated-row"]]


# R9


def test_an_update_must_find_exactly_one_open_assignment():
    assert problems(
        update(id="P7"),
        update(id="P4", staff="Ana de la Cruz"),
        update(id="P2", end="2025-12-31"),
        update(id="P2", relationship="Secondary", end="2025-12-31"),
    ) == [
        [2, "Update or Insert", "no-open-assignment"],
        [3, "Update or Insert", "historic-assignment"],
        [4, "Update or Insert", "ambiguous-assignment"],
    ]


def test_closed_assignments_are_wanted_of_those_alone_for_whom_nothing_matching_is_open():
    rows = [
        insert(), update(), update(id="P7"), update(id="P4", staff="Ana de la Cruz"), update(id="P2"),
        update(id="P3", staff=None, staff_first="Robert", staff_last="Smith"),
        update(id="P6", staff=None, staff_first="Ana", staff_last="de la Cruz"),
        update(id=None, first="Mary", last="Jones", staff="Ana de la Cruz"),
        update(id=None, first="Mary", last="Jones"),
        update(id=None, first="Sam", last="Nobody"), update(id="nobody"), update(id="P1", staff="Nobody"),
    ]  # fmt: skip
    assert Judging(sheet(*rows), reference(closed=None)).without_open() == {101, 103, 104, 107}
    assert Judging(sheet(insert()), reference(closed=None)).without_open() == set()


def test_program_relationship_and_start_narrow_an_update():
    assert problems(
        update(program="Family Support"),
        update(relationship="Secondary"),
        update(start="2025-02-02"),
        update(program="Youth Shelter", relationship="Primary", start="2025-02-01"),
    ) == [
        [2, "Update or Insert", "historic-assignment"],
        [3, "Update or Insert", "no-open-assignment"],
        [4, "Update or Insert", "no-open-assignment"],
    ]


def test_a_spoiled_cell_leaves_the_search_for_the_assignment_silent():
    assert problems(update(relationship="Primry", staff="Robert Smith")) == [
        [2, "Caseworker Relationship", "unknown-value"]
    ]


def test_two_updates_of_one_assignment_are_a_repeated_row():
    assert problems(update(), update(end="2026-04-30")) == [[3, "Update or Insert", "repeated-row"]]


# R10


def test_permission_depends_on_the_program_and_on_whose_caseload_it_is():
    own = User(3, False, {1: Access(own=True, others=False)})
    others = User(3, False, {1: Access(own=False, others=True)})
    rows = insert(), insert(staff="Robert Smith"), insert(program=None)
    assert problems(*rows, user=own) == [[3, "Update or Insert", "not-permitted"]]
    assert problems(*rows, user=others) == [
        [2, "Update or Insert", "not-permitted"],
        [4, "Update or Insert", "not-permitted"],
    ]


def test_an_update_is_permitted_by_the_program_of_the_assignment_it_ends():
    other_program = User(3, False, {2: Access(own=True, others=True)})
    in_youth_shelter = update(program="Youth Shelter")
    assert problems(in_youth_shelter, user=other_program) == [[2, "Update or Insert", "not-permitted"]]
    assert problems(in_youth_shelter, user=User(3, False, {1: Access(own=False, others=True)})) == []


# R11


def test_an_insert_followed_by_its_update_works_in_one_sheet():
    assert problems(insert(), update(id="P7", staff="Ana de la Cruz", end="2026-02-01")) == []
    assert problems(update(id="P7", staff="Ana de la Cruz", end="2026-02-01"), insert()) == [
        [2, "Update or Insert", "no-open-assignment"]
    ]


def test_a_row_is_not_blamed_for_a_mistake_in_the_row_it_follows():
    assert problems(insert(status="Activ"), update(id="P7", staff="Ana de la Cruz", end="2026-02-01")) == [
        [2, "Caseload Status", "unknown-value"]
    ]
    assert problems(update(reason=None), insert(id="P1", staff="Robert Smith", start="2026-06-01")) == [
        [2, "Reason for Dismissal", "required"]
    ]


# R12


def test_a_downloaded_row_with_an_old_version_shows_both_states():
    found = verdict(update(start="2025-02-01"), versions={2: 2})
    assert [[p.row, p.column, p.code] for p in found.problems] == [[2, "Update or Insert", "assignment-changed"]]
    assert found.problems[0].value == "Update, row 2"
    assert [question.answers for question in found.questions.values()] == [("keep mine (version 3)", "take theirs")]
    assert problems(update(), versions={2: 3}) == []


def test_a_downloaded_assignment_that_was_ended_since_has_changed():
    row = update(id="P4", staff="Ana de la Cruz")
    assert problems(row, versions={2: 3}) == [[2, "Update or Insert", "assignment-changed"]]
    assert [one.answers for one in verdict(row, versions={2: 3}).questions.values()] == [("take theirs",)]


# Reading a row


def test_a_cell_that_cannot_be_read_is_marked_and_nothing_else_is_said_of_it():
    assert problems(
        insert(staff=CellError("#N/A"), end=CellError("#REF!"), status="x" * 256),
    ) == [
        [2, "Caseworker Name", "cell-error"],
        [2, "Caseload Status", "cell-too-long"],
        [2, "End Date", "cell-error"],
    ]


def test_a_text_of_characters_that_are_whole_sentences_is_as_long_as_what_they_say():
    """U+FDFA is eighteen letters, and what is compared are these. Korean and Vietnamese names are no longer than they
    look."""
    long = "\ufdfa" * 250
    assert problems(insert(id=long, program=long, staff=long)) == [
        [2, "Participant ID", "cell-too-long"],
        [2, "Program Name", "cell-too-long"],
        [2, "Caseworker Name", "cell-too-long"],
    ]
    for honest in ("\ud55c" * 255, "\u1ec7" * 255, "\ufdfa" * 3):
        assert [code for _row, _column, code in problems(insert(program=honest))] == ["unknown-program"]


def test_the_templates_own_rows_block_the_upload_wherever_they_stand():
    assert problems(insert(), row(action="Insert", id="SAMPLE-00042"), row(id=INSTRUCTIONS["Participant ID"])) == [
        [3, "Update or Insert", "sample-left"],
        [4, "Update or Insert", "sample-left"],
    ]


def test_a_row_with_more_fields_than_headers_is_told_the_comma_rule_only():
    found = verdict([*insert(staff="Nobody"), "more"])
    assert [[p.row, p.column, p.code] for p in found.problems] == [[2, "Update or Insert", "extra-fields"]]
    assert "quotation marks" in found.problems[0].message


# The plan


def test_the_plan_holds_what_valid_rows_write_and_nothing_else():
    plan = verdict(
        insert(),
        update(id="P7", staff="Ana de la Cruz", end="2026-02-01", status="On Hold"),
        insert(program="Family Support", program_start="2026-01-01"),
        insert(program="Family Support", staff="Nobody"),
        update(id="P3", staff="Ana de la Cruz"),
        update(id="P1", program="Youth Shelter", program_end="2026-05-31"),
    ).plan
    assert [tuple(begin) for begin in plan.begins] == [
        (0, 107, 1, 3, 11, 21, "2026-01-15"),
        (2, 107, 2, 3, 11, 21, "2026-01-15"),
    ]
    assert [tuple(end) for end in plan.ends] == [
        (1, 0, 0, 3, 22, 31, "2026-02-01"),
        (4, 305, -1, 3, 0, 31, "2026-05-31"),
        (5, 301, -1, 1, 0, 31, "2026-05-31"),
    ]
    assert [tuple(begin) for begin in plan.enrollment_begins] == [(2, 107, 2, "2026-01-01")]
    assert [tuple(end) for end in plan.enrollment_ends] == [(5, 201, -1, "2026-05-31")]
