"""A name that was written wrongly finds those of the site that it may stand for, and weighs them by who has them."""

from __future__ import annotations

import pytest

from server.suggest.name_index import NameIndex, count_names, forms_of, name_of, sound_of
from server.suggest.names import standard_nicknames
from server.suggest.weights import FIRST, LAST, Level


def index(*names: str) -> NameIndex:
    """Of a thousand people, of whom nearly all are called otherwise."""
    return NameIndex(count_names((name, "") for name in names), 1000, standard_nicknames())


@pytest.mark.parametrize(
    ("written", "stored", "level"),
    [
        ("José", "jose", Level.SAME),
        ("De La Cruz", "delacruz", Level.SAME),
        ("O'Brien", "OBrien", Level.SAME),
        ("Johnson", "Jonhson", Level.SLIP),
        ("Johnson", "Johson", Level.SLIP),
        ("Johnson", "Johnsson", Level.SLIP),
        ("Johnson", "Kohnson", Level.SLIP),
        ("Bob", "Robert", Level.KIN),
        ("Robert", "Bob", Level.KIN),
        ("Bob", "Rob", Level.KIN),
        ("Lopez", "García-López", Level.KIN),
        ("María Elena", "Maria", Level.KIN),
        ("Liz Ann", "Elizabeth", Level.KIN),
        ("Li", "Lin", Level.NEAR),
        ("Whitfield", "Whitfeeld", Level.SLIP),
        ("Catherine", "Kathryn", Level.FAINT),
        ("Philipps", "Filips", Level.FAINT),
        ("M", "Mary", Level.INITIAL),
        ("John", "J", Level.INITIAL),
        ("M", "Nora", Level.DIFFERENT),
        ("Mary", "Nora", Level.DIFFERENT),
        ("Smith", "Jones", Level.DIFFERENT),
        ("Nguyễn", "Nguyen", Level.SAME),
    ],
)
def test_two_names_stand_to_each_other(written, stored, level):
    assert index().level(name_of(written), name_of(stored)) is level


@pytest.mark.parametrize(("written", "stored"), [
    ("Johnson", "Jonhson"), ("Johnson", "Jhnson"), ("ohnson", "Johnson"), ("Johnson", "Johnsonn"), ("Bob", "Robert"),
    ("Garcia", "García López"), ("Garcia Lopez", "López"), ("Philipps", "Filips"), ("John", "J"), ("Mara", "Maria"),
])  # fmt: skip
def test_a_name_is_found_by_its_forms_among_others(written, stored):
    names = index(stored, "Whitfield", "Okonkwo", "Thompson", "Abernathy")
    assert list(names.alike(name_of(written))) == [name_of(stored).key]


def test_the_likest_name_comes_first():
    assert next(iter(index("Johnston", "Johnson", "Jonson").alike(name_of("Johnson")))) == "johnson"


def test_a_name_unlike_any_finds_none_and_an_empty_one_neither():
    assert index("Mary", "Nora").alike(name_of("Zebulon")) == {}
    assert index("Mary", "Nora").alike(name_of("")) == {}


def test_a_name_of_punctuation_alone_is_still_a_name():
    assert list(index("--").alike(name_of("--"))) == ["--"]


def test_a_rare_name_says_more_than_a_common_one():
    names = index(*["Mary"] * 60, "Keisha")
    common, rare = (names.bits(FIRST, name_of(text), Level.SAME) for text in ("Mary", "Keisha"))
    assert rare > common + 2
    assert names.bits(LAST, name_of("Mary"), Level.SAME) > common  # nobody has it as a last name


def test_a_slip_says_less_where_many_names_are_a_slip_away():
    alone, crowded = index("Hansen"), index(*["Hanser", "Hansel", "Jansen", "Hanson"] * 20)
    assert alone.bits(LAST, name_of("Hansen"), Level.SLIP) == crowded.bits(LAST, name_of("Hansen"), Level.SLIP)
    assert crowded.bits(FIRST, name_of("Hansen"), Level.SLIP) < alone.bits(FIRST, name_of("Hansen"), Level.SLIP)


def test_names_are_counted_by_role_and_spellings_of_one_are_one():
    counted = count_names([("María Elena", "Lopez"), ("MariaElena", "Lopez"), ("Lopez", "")])
    assert {(one.name.key, one.name.words, one.people) for one in counted} == {
        ("mariaelena", ("maria", "elena"), (2, 0)),
        ("lopez", ("lopez",), (1, 2)),
    }


def test_the_longest_name_that_a_cell_can_hold_has_few_and_short_forms():
    assert sum(map(len, forms_of(name_of("a" * 250)))) < 2000
    assert sum(map(len, forms_of(name_of("abcdefghij" * 25)))) < 2000


@pytest.mark.parametrize(("one", "other"), [
    ("Smith", "Smyth"), ("Stephen", "Steven"), ("Meyer", "Maier"), ("Jackson", "Jaxson"), ("Caren", "Karen"),
])  # fmt: skip
def test_names_that_sound_the_same_have_one_sound(one, other):
    assert sound_of(name_of(one).key) == sound_of(name_of(other).key)
