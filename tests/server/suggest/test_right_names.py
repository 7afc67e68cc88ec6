"""A name or a number that is right in itself may be somebody else's, however like one of the site it is (SPEC 5)."""

from __future__ import annotations

import pytest

from server.judge.question import Clue, Question
from server.judge.reference import Participant, Staff
from server.suggest.names import may_be_another, standard_nicknames
from server.suggest.suggest import suggest
from tests.support import judged
from workbook.columns import FIRST_NAME, LAST_NAME, PARTICIPANT_ID, STAFF_ID, STAFF_NAME


def first(written, known, column=STAFF_NAME, staff_id="S16"):
    given, _, family = known.partition(" ")
    staff = [Staff(1, staff_id, given, family, True, True), Staff(2, "S40", "Zofia", "Nowak", True, True)]
    [found] = suggest([Question(column, written, "unknown-staff", [2])], judged.reference(staff=staff), [])
    return (found[0].label.partition(" ·")[0], found[0].is_sure) if found else None


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("Maria Lopez", "Mario Lopez"), ("Daniel Cruz", "Daniela Cruz"), ("Eric Johnson", "Erica Johnson"),
        ("Karen Wong", "Karen Wang"), ("Lin Chan", "Lin Chang"), ("Jean Hill", "Joan Hill"),
        ("Michael Brown Jr", "Michael Brown Sr"), ("Michael Brown III", "Michael Brown II"),
        ("Michael Brown Jr", "Michael Brown"), ("Andrea Hill", "Andrew Hill"), ("Louise Hill", "Louis Hill"),
        ("Emily Hill", "Emil Hill"), ("Liz Hill", "Betty Hill"), ("Tony Diaz", "Antonia Diaz"),
        ("Andy Hill", "Andrea Hill"), ("Mary Anne Hill", "Anne Mary Hill"), ("Mary Anen Hill", "Anne Mary Hill"),
        ("Maria Lopez Garcia", "Maria Garcia Lopez"), ("Linh Vo", "Linh Vu"), ("Jian Zhu", "Jian Zhou"),
        ("Lan Phan", "Lan Pham"), ("Malika Hill", "Malik Hill"), ("Ivana Hill", "Ivan Hill"),
        ("Richarda Hill", "Richard Hill"), ("Sara Davies", "Sara Davis"), ("Hamed Nasser", "Ahmed Nasser"),
        ("Raphaela Hill", "Rafael Hill"), ("Lanh Hill", "Lan Hill"), ("Ana Ruis", "Ana Ruiz"),
        ("Jun Yan", "Jun Yang"),

        ("Ivana Nowak", "Ivan Nowak"), ("Hannah Hill", "Anna Hill"),
        ("Emma Hill", "Emily Hill"), ("Amelia Hill", "Amy Hill"), ("Marie Hill", "Mary Hill"),
        ("Jonathan Hill", "Nathan Hill"), ("Gareth Hill", "Gary Hill"), ("Alexandra Hill", "Sandra Hill"),
    ],
)  # fmt: skip
def test_a_name_of_its_own_is_offered_and_not_sure(written, known):
    assert first(written, known) == (known, False)


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("Mraia Lopez", "Maria Lopez"), ("Maria Lopze", "Maria Lopez"), ("Bob Okonkwo", "Robert Okonkwo"),
        ("Lopez, Maria", "Maria Lopez"), ("Michael Brown", "Michael Brown Jr"),
        ("Dr. Maria Lopez", "Maria Lopez"), ("M. Lopez", "Maria Lopez"), ("Andy Hill", "Andrew Hill"),
        ("Tony Diaz", "Anthony Diaz"), ("Bill Hill", "William Hill"), ("William Hill", "Bill Hill"),
        ("Steve Hill", "Stephen Hill"), ("Annie Hill", "Ann Hill"), ("Alex Hill", "Alexander Hill"),
        ("Maria Washinton", "Maria Washington"),
        ("Maria Cbampbell", "Maria Campbell"), ("Joahn Hill", "Johan Hill"), ("Ana Schröder", "Ana Schroeder"),

        ("Jnu Yang", "Jun Yang"), ("Gary Cok", "Gary Cook"), ("Bea Ruiz", "Beatriz Ruiz"),
        ("Hill Mary Anne", "Mary Anne Hill"), ("Garcia Lopez, Maria", "Maria Garcia Lopez"),
    ],
)  # fmt: skip
def test_a_slip_a_nickname_or_another_spelling_is_sure(written, known):
    assert first(written, known) == (known, True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hannah", "Anna"), ("Jonathan", "Nathan"), ("Jonathan", "John"), ("Alexandra", "Sandra"), ("Emma", "Emily"),
        ("Amelia", "Amy"), ("Jane", "Janet"), ("Maria", "Mary"), ("Marie", "Mary"), ("Gareth", "Gary"), ("Ann", "Anna"),
        ("Nathaniel", "Nathan"), ("Elizabeth", "Lisa"), ("Ian", "John"), ("Samantha", "Sam"),
    ],
)  # fmt: skip
def test_two_full_names_are_two_people_s_though_one_is_listed_as_short_for_the_other(one, other):
    assert may_be_another((one.lower(), "hill"), (other.lower(), "hill"), standard_nicknames())
    assert may_be_another((other.lower(), "hill"), (one.lower(), "hill"), standard_nicknames())


@pytest.mark.parametrize(
    ("short", "formal"),
    [
        ("Matt", "Matthew"), ("Bea", "Beatriz"), ("Beth", "Elizabeth"), ("Mike", "Michael"), ("Peggy", "Margaret"),
        ("Jim", "James"), ("Jimmy", "James"), ("Kate", "Katherine"), ("Becky", "Rebecca"), ("Chris", "Christine"),
    ],
)  # fmt: skip
def test_a_short_form_is_its_name(short, formal):
    assert not may_be_another((short.lower(), "hill"), (formal.lower(), "hill"), standard_nicknames())


def test_a_staff_id_with_two_digits_exchanged_may_be_that_of_somebody_new():
    assert first("S61", "Maria Lopez", STAFF_ID) == ("Maria Lopez", False)
    assert first("16", "Maria Lopez", STAFF_ID) == ("Maria Lopez", True)
    assert first("S-0016", "Maria Lopez", STAFF_ID) == ("Maria Lopez", True)


def person_first(written, born, *, participant_id="", case_number=""):
    names = [
        ("Mario Lopezbello", "2010-05-05"), ("Twin B Ruizmartel", "2026-05-05"), ("Baby Boy Okonjoye", "2026-06-06"),
        ("Robert Smithfield Sr", "1960-02-02"), ("Gabriela Ruizcampo", "2013-05-05"),
        ("Malik Dixonfield", "2004-02-14"), ("Emily Greenbaum", "1958-06-03"), ("Anna Nowakstein", "1958-05-08"),
        ("Rafael Hernandor", "1976-10-18"), ("Sam Hill", "1971-03-09"),
    ]  # fmt: skip
    people = [
        Participant(key, f"{4680 + key:06}", name.partition(" ")[0], name.partition(" ")[2], born, f"C-{key}", "")
        for key, (name, born) in enumerate(names, 1)
    ]
    first_name, _, last_name = written.partition(" ")
    clue = Clue(participant_id, first_name, last_name, born, case_number, "")
    question = Question(PARTICIPANT_ID, participant_id or written, "unknown-participant", [2], clue)
    [found] = suggest([question], judged.reference(participants=people), people)
    return (found[0].value, found[0].is_sure) if found else None


@pytest.mark.parametrize(
    ("written", "born", "alike"),
    [
        ("Maria Lopezbello", "2010-05-05", "004681"), ("Twin A Ruizmartel", "2026-05-05", "004682"),
        ("Baby Girl Okonjoye", "2026-06-06", "004683"), ("Robert Smithfield Jr", "1990-02-02", "004684"),
        ("Gabriel Ruizcampo", "2013-05-05", "004685"), ("Malika Dixonfield", "2004-02-14", "004686"),
        ("Emma Greenbaum", "1958-06-03", "004687"), ("Hannah Nowakstein", "1958-05-08", "004688"),
        ("Ann Nowakstein", "1958-05-08", "004688"),
        ("Raphaela Hernandor", "1976-10-18", "004689"), ("Sam Hall", "1971-03-10", "004690"),
    ],
)  # fmt: skip
def test_a_twin_a_sister_or_a_son_who_is_not_there_yet_is_not_surely_who_is(written, born, alike):
    assert person_first(written, born) in (None, (alike, False))


@pytest.mark.parametrize(
    ("written", "born", "more", "meant"),
    [
        ("Mraio Lopezbello", "2010-05-05", {}, "004681"), ("Bob Smithfield Sr", "1960-02-02", {}, "004684"),
        ("Lopezbello Mario", "2010-05-05", {}, "004681"), ("Malik Dixonfild", "2004-02-14", {}, "004686"),
        ("Sam Hall", "1971-03-09", {}, "004690"), ("Sam Holl", "1971-03-09", {}, "004690"),
        ("Maria Lopezbello", "2010-05-05", {"case_number": "C-1"}, "004681"),
    ],
)  # fmt: skip
def test_a_slip_a_nickname_exchanged_names_or_a_number_that_agrees_are_sure(written, born, more, meant):
    assert person_first(written, born, **more) == (meant, True)


@pytest.mark.parametrize(
    ("column", "written", "stored", "is_sure"),
    [
        (FIRST_NAME, "Malika", "Malik", False), (FIRST_NAME, "Julia", "Julio", False),
        (FIRST_NAME, "Emma", "Emily", False),
        (LAST_NAME, "Flores Jr", "Flores", False), (FIRST_NAME, "Juana", "Juan", False),
        (FIRST_NAME, "Mailk", "Malik", True), (FIRST_NAME, "Bob", "Robert", True),
        (LAST_NAME, "Flroes", "Flores", True),
    ],
)  # fmt: skip
def test_beside_an_id_a_relative_s_name_is_no_slip_of_its_owner_s(column, written, stored, is_sure):
    """Whoever copies a row and types a relative's name over it forgets the ID."""
    question = Question(column, written, "demographics-mismatch", [2], answers=(stored,))
    [[first, *_]] = suggest([question], judged.reference(), [])
    assert (first.value, first.is_sure) == (stored, is_sure)


@pytest.mark.parametrize("written", ["468/1", "468-1", "4681?", "468,1", "468 & 4681"])
def test_a_cell_that_may_hold_two_numbers_or_asks_is_not_surely_one(written):
    assert person_first("", "", participant_id=written) in (None, ("004681", False))
    assert person_first("", "", participant_id="4681.") == ("004681", True)
