"""The names of a site are counted as its people are imported, and found by how they are written, on both databases."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, Engine, select

from server.judge.reference import User
from server.records.database import reading, writing
from server.records.imports.agency import import_records
from server.records.imports.incoming import Incoming, IncomingParticipant
from server.records.names import names_like
from server.records.sites import create_site
from server.records.ssn import SsnHasher
from server.records.tables import name_forms, names
from server.suggest.name_index import forms_of, name_of
from server.suggest.names import standard_nicknames


def bring_in(connection: Connection, site_id: int, people: Iterable[tuple[str, str, str]]) -> None:
    """People as (Participant ID, First Name, Last Name)."""
    incoming = Incoming(participants=[IncomingParticipant(0, *person, "", "", "") for person in people])
    import_records(connection, site_id, incoming, SsnHasher(b"k" * 32))


def kept(connection: Connection, site_id: int) -> set[tuple[str, str, int, int]]:
    columns = names.c
    rows = select(columns.key, columns.words, columns.firsts, columns.lasts).where(columns.site_id == site_id)
    return {tuple(row) for row in connection.execute(rows)}


def test_an_import_counts_names_by_role_and_keeps_the_words_apart(database: Engine):
    with writing(database) as connection:
        site = create_site(connection, "A")
        bring_in(connection, site, [("1", "Mary", "García-López"), ("2", "mary", "Thomas"), ("3", "Thomas", "")])
        assert kept(connection, site) == {
            ("mary", "mary", 2, 0), ("garcialopez", "garcia lopez", 0, 1), ("thomas", "thomas", 1, 1),
        }  # fmt: skip


def test_a_later_import_changes_the_counts_and_forgets_a_name_that_nobody_has_any_more(database: Engine):
    with writing(database) as connection:
        site = create_site(connection, "A")
        bring_in(connection, site, [("1", "Mary", "Jones"), ("2", "Mary", "Whitfield")])
        bring_in(connection, site, [("2", "", "Jones"), ("3", "Bob", "")])
        assert kept(connection, site) == {("mary", "mary", 2, 0), ("jones", "jones", 0, 2), ("bob", "bob", 1, 0)}
        forms = {tuple(row) for row in connection.execute(select(name_forms.c.form, name_forms.c.key))}
        assert forms == {(form, key) for key in ("mary", "jones", "bob") for form in forms_of(name_of(key))}


def test_the_same_names_are_found_whether_all_are_read_or_those_with_a_form_in_common(database: Engine):
    people = [(f"P{n}", f"Name{chr(97 + n % 26)}{chr(97 + n // 26)}", "Jones") for n in range(400)]
    with writing(database) as connection:
        site = create_site(connection, "A")
        bring_in(connection, site, [*people, ("M1", "Mary Ann", "Whitfield"), ("M2", "Robert", "Whitfeld")])
        bring_in(connection, create_site(connection, "B"), [("X", "Whitfielt", "Bobby")])
    sought = [name_of(text) for text in ("Whitfild", "Bob", "Ann", "\0", "Zebulon")]
    with reading(database) as connection:
        everything = User(0, administrator=True)
        few = names_like(connection, site, everything, sought, standard_nicknames())
        many = names_like(connection, site, everything, [*sought, *map(name_of, "abcdefghij")], standard_nicknames())
    assert (few.people, many.people) == (402, 402)
    assert len(few.names) < len(many.names)
    found = [sorted(few.alike(name)) for name in sought]
    assert found == [["whitfeld", "whitfield"], ["robert"], ["maryann"], [], []]
    assert found == [sorted(many.alike(name)) for name in sought]
