"""`caseload remembered` lists the fixes that a site remembers, and forgets those that are named."""

from __future__ import annotations

from addin.api.client import Client
from tests.support.command import Run
from workbook.report import Answer


def test_remembered_fixes_are_listed_and_forgotten_by_their_id(run: Run, client: Client) -> None:
    values = ("The Doc", "Whoever stands in for the doctor while she is away on her well earned holidays")
    fixes = [
        Answer(column="Caseworker Name", value=value, code="unknown-staff", replacement="Carla Ruiz")
        for value in values
    ]
    kept, other = client.remember(fixes).remembered
    listed = run("remembered")
    lines = listed.out.splitlines()
    shorts = (line.split()[0] for line in lines)
    [short] = [short for short in shorts if len(short) >= 4 and kept.id.startswith(short)]
    assert [listed.code, len(short) <= 8, max(map(len, map(str.rstrip, lines[:-1]))) <= 80] == [0, True, True]
    assert "The Doc" in listed.out
    assert "→ Carla Ruiz" in listed.out
    done = run("remembered", "--forget", short.upper(), "--forget", other.id, "--forget", "no-such-fix", "--json")
    assert [done.code, done.json()["forgotten"], done.json()["not_found"]] == [1, 2, ["no-such-fix"]]
    known = {one["id"] for one in run("remembered", "--json").json()["remembered"]}
    assert known.isdisjoint({kept.id, other.id})


def test_the_beginning_of_several_ids_forgets_none_of_them(run: Run, client: Client) -> None:
    fixes = [
        Answer(column="Caseworker Name", value=f"Nobody {number}", code="unknown-staff", replacement="Carla Ruiz")
        for number in range(17)  # of which two begin alike, for their IDs have sixteen digits to begin with
    ]
    kept = [one.id for one in client.remember(fixes).remembered]
    first = next(one[0] for one in kept if sum(one[0] == other[0] for other in kept) > 1)
    done = run("remembered", "--forget", first)
    assert [done.code, f"Several fixes begin with {first}: write more of its ID." in done.out] == [1, True]
    for one in kept:
        assert client.forget(one)
