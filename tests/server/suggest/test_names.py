"""Two names are as alike as a person would say they are."""

from __future__ import annotations

import pytest

from server.suggest.names import Nicknames, person_likeness, person_words, standard_nicknames, word_likeness, words_of
from server.suggest.roster import Roster
from server.suggest.titles import nearest, title_likeness


def alike(one: str, other: str) -> float:
    return person_likeness(
        person_words(one), person_words(other), lambda word, name: word_likeness(word, name, standard_nicknames())
    )


def titles_alike(one: str, other: str) -> float:
    return title_likeness(words_of(one), words_of(other))


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("JOSE MUNOZ", "José Muñoz"),
        ("Lukasz Lodz", "Łukasz Łódź"),
        ("Muñoz, José", "José Muñoz"),
        ("Mary  OBrien", "Mary O'Brien"),
        ("Mary O’Brien", "Mary O'Brien"),
        ("Сергей Иванов", "Sergey Ivanov"),
        ("Ελένη Μάρκου", "Eleni Markoy"),
        ("Oyvind Gross", "Øyvind Groß"),
        ("Dr. Mary Obrien", "Mary O'Brien"),
    ],
)
def test_case_accents_alphabet_apostrophes_and_a_comma_make_no_difference(written, stored):
    assert alike(written, stored) == 1.0


def test_of_characters_that_are_called_long_only_so_many_letters_are_compared():
    assert len("".join(words_of("\U0001faf0" * 255))) <= 500


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("Bob Ferguson", "Robert Ferguson"),
        ("Robert Ferguson", "Bob Ferguson"),
        ("Rob Ferguson", "Bob Ferguson"),
        ("Liz Ferguson", "Elizabeth Ferguson"),
        ("Roberto Ferguson", "Robert Ferguson"),
        ("Jhon Ferguson", "John Ferguson"),
        ("Ferguson John", "John Ferguson"),
        ("J. Ferguson", "John Ferguson"),
        ("John Ferguson", "John Quincy Ferguson"),
        ("John Q Ferguson", "John Ferguson"),
        ("John Ferguson Jr.", "John Ferguson"),
        ("Ferguson, Jr., John", "John Ferguson Jr"),
        ("Ana García-López", "Ana García"),
        ("Ana Lopez", "Ana García López"),
        ("AnaMaria Lopez", "Ana María López"),
        ("Ana Garcia Lopez", "Ana García-López"),
        ("Katherine Ng", "Catherine Ng"),
        ("Juergen Schroeder", "Jürgen Schröder"),
        ("Yussef Abdallah", "Youssef Abdalla"),
        ("Sergei Kovac", "Sergey Kovács"),
        ("JohnFerguson", "John Ferguson"),
        ("Carmen Ke", "Carmen Le"),
        ("Σουσαν Παρκερ", "Susan Parker"),
        ("Ana García", "Ana García de la Cruz"),
    ],
)
def test_what_one_person_may_be_called_is_alike(written, stored):
    assert alike(written, stored) >= 0.8


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("Jane Ferguson", "Robert Ferguson"),
        ("Robert Smith", "Robert Ferguson"),
        ("Wei Chen", "Min Chen"),
        ("John Smith", "Joan Baker"),
        ("", "Robert Ferguson"),
    ],
)
def test_a_shared_word_does_not_make_two_people_one(written, stored):
    assert alike(written, stored) < 0.7


def test_a_closer_name_is_more_alike_than_one_with_a_word_missing():
    assert alike("Nguyeet Siobhan Mbeki", "Nguyet Siobhán Mbeki") > alike("Nguyeet Siobhan Mbeki", "Siobhán Mbeki")


@pytest.mark.parametrize(
    ("likely", "unlikely"),
    [
        ("Mary Jonea", "Mary Jonem"),  # a neighbouring key, and one far away
        ("Mary Joness", "Mary Jonesk"),  # a letter twice, and one that is new
        ("Mary Jonse", "Mary Jonet"),  # two letters exchanged, and one wrong
    ],
)
def test_slips_that_fingers_make_are_likelier_than_others(likely, unlikely):
    assert alike(likely, "Mary Jones") > alike(unlikely, "Mary Jones") > 0.74


def test_a_nickname_that_begins_the_name_is_likelier_than_another():
    assert alike("Jess Schneider", "Jessica Schneider") > alike("Jess Schneider", "Janet Schneider") > 0.9


def test_a_space_in_the_wrong_place_and_a_typo_in_a_tiny_word_are_single_typos():
    assert min(alike("Ju nZhu", "Jun Zhu"), alike("Mei i", "Mei Li"), alike("Ekansh Uo", "Ekansh Ho")) > 0.8


def test_an_initial_weighs_the_same_whatever_it_stands_for():
    assert alike("M. Foster", "Maximiliana Foster") == alike("M. Foster", "Mia Foster")


def test_father_and_son_are_less_alike_than_a_name_and_itself():
    assert alike("John King Sr.", "John King Jr.") < alike("John King", "John King Jr.") < 1.0


def test_nicknames_work_both_ways_and_between_two_nicknames():
    nicknames = Nicknames([("robert", "bob"), ("robert", "rob"), ("roberta", "bobbie")])
    assert [nicknames.related(name) for name in ("bob", "robert", "roberta", "greta")] == [
        {"robert", "rob"}, {"bob", "rob"}, {"bobbie"}, set(),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("YES", "Youth Employment Services"),
        ("Y.E.S.", "Youth Employment Services"),
        ("Youth Employment Services", "YES"),
        ("Youth Employ", "Youth Employment Services"),
        ("Youth Emp Svcs", "Youth Employment Services"),
        ("Employment Services Youth", "Youth Employment Services"),
        ("Youth Employmnet Service", "Youth Employment Services"),
        ("Rapid Rehousing", "Rapid Re-Housing"),
        ("HFW", "Housing for Women"),
        ("Moved out", "Moved Out of Area"),
        ("Youth Employment S", "Youth Employment Services"),
    ],
)
def test_what_a_program_may_be_called_is_alike(written, title):
    assert titles_alike(written, title) >= 0.75


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Inactive", "Active"),
        ("Active", "Inactive"),
        ("Not Eligible", "Eligible"),
        ("Dental Clinic", "Youth Employment Services"),
        ("xyz", "Youth Employment Services"),
        ("", "Youth Employment Services"),
    ],
)
def test_opposites_and_other_titles_are_not_alike(written, title):
    assert titles_alike(written, title) < 0.68


def test_the_nearest_names_are_found_whatever_the_order_of_their_words():
    names = [words_of(name) for name in ("Anna Berg", "Bertil Ek", "Cecilia Dahl")]
    assert nearest([words_of("Dahl Cecilia"), words_of("Bertl Ek")], names, 1) == [[2], [1]]


def _roster(*names: str) -> Roster:
    return Roster([words_of(name) for name in names], standard_nicknames())


def test_a_roster_finds_nicknames_initials_and_names_written_in_one():
    roster = _roster("Robert Ferguson", "Ana Silva", "Siobhán Mbeki", "Wei Chen")
    asked = ["Bob Fergusson", "S. Mbeki", "AnaSilva", "Chen Wei", "Zoltan Quigley", ""]
    found = list(roster.likest([person_words(name) for name in asked]))
    best = [max(likely, key=likely.__getitem__) if likely and max(likely.values()) > 0.8 else None for likely in found]
    assert best == [0, 2, 1, 3, None, None]


def test_a_word_that_is_a_name_of_its_own_is_no_bad_spelling_of_another():
    [alone] = _roster("Ryan Fisher").likest([words_of("Ryan Foster")])
    [beside] = _roster("Ryan Fisher", "Amy Foster").likest([words_of("Ryan Foster")])
    assert alone[0] > 0.74 > beside.get(0, 0.0)
    few, many = ["Hao Xu", "Lan Vu"], ["Hao Xu", "Lan Xu", "Bo Xu", "Lan Vu", "An Vu", "Bo Vu"]
    [one_letter], [both_common] = (list(_roster(*names).likest([words_of("Hao Vu")])) for names in (few, many))
    assert one_letter[0] > 0.74 > both_common.get(0, 0.0)


def test_a_roster_of_nobody_and_people_without_names_finds_nobody():
    assert list(_roster().likest([words_of("Ana Silva")])) == [{}]
    assert [max(some.values(), default=0) for some in _roster("", "---").likest([words_of("Ana"), ()])] == [0, 0]


def test_of_a_cell_full_of_words_no_more_are_compared_than_a_name_has(monkeypatch):
    compared: set[str] = set()

    def alike(one, other, _):
        compared.update((one, other))
        return float(one == other)

    monkeypatch.setattr("server.suggest.roster.word_likeness", alike)
    words = [f"{first}{second}q" for first in "abcdefgh" for second in "aeiouklmn"]
    [found] = _roster("Aaq Aeq Smith", "Bob Smith").likest([words_of(" ".join(words))])
    assert found, "somebody comes near, and is compared"
    assert compared.intersection(words) == {*words[:12]}


def test_nothing_is_nearest_in_an_empty_list():
    assert nearest([words_of("Anna Berg")], [], 5) == [[]]
    assert nearest([], [words_of("Anna Berg")], 5) == []
