"""The site in which the mistakes of `benchmarks.fixing` are made: the sample agency, and what its lists said before."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

from sqlalchemy import insert, select

from benchmarks.fixing_mistakes import SiteKnown
from server.judge.reference import Participant
from server.records.database import open_database, reading, writing
from server.records.reference_data import reference_lists
from server.records.sites import bump, find_site
from server.records.tables import feeder_values, participants, programs, staff
from workbook.columns import REASON, RELATIONSHIP, STATUS

RENAMED: Final = {
    RELATIONSHIP: {"Backup": "Back-up Worker", "Primary": "Primary Worker"},
    REASON: {"Moved Away": "Moved", "Completed Program": "Completed"},
}
"""What some values of the lists were called before: values that are no longer in use are added for them."""


def prepare(agency: Path) -> SiteKnown:
    """Adds the values that the lists had before, and reads what the mistakes need to know."""
    engine = open_database(f"sqlite:///{agency}")
    try:
        with writing(engine) as connection:
            site_id = find_site(connection).site_id
            connection.execute(
                insert(feeder_values),
                [
                    {"site_id": site_id, "feeder": feeder, "value": old, "position": 90 + place, "active": False}
                    for feeder, names in RENAMED.items()
                    for place, old in enumerate(names.values())
                ],
            )
            bump(connection, site_id)
        with reading(engine) as connection:
            everybody = reference_lists(connection, site_id)
            names = Counter(member.full_name for member in everybody.staff)
            known = {member.full_name: member for member in everybody.staff if names[member.full_name] == 1}
            s, p, v, t = staff.c, programs.c, feeder_values.c, participants.c
            disabled = connection.execute(select(s.first_name, s.last_name).where(s.site_id == site_id, ~s.active))
            closed = connection.execute(select(p.name).where(p.site_id == site_id, ~p.active)).scalars()
            old = {one for names_ in RENAMED.values() for one in names_.values()}
            retired: dict[str, list[str]] = {RELATIONSHIP: [], STATUS: [], REASON: []}
            for feeder, value in connection.execute(select(v.feeder, v.value).where(v.site_id == site_id, ~v.active)):
                if value not in old:
                    retired[feeder].append(value)
            fields = (t.key, t.participant_id, t.first_name, t.last_name, t.birth_date, t.case_number, t.ssn_hash)
            people = [Participant(*row) for row in connection.execute(select(*fields).where(t.site_id == site_id))]
            return SiteKnown(
                staff=known,
                people={one.participant_id: one for one in people},
                disabled_staff=[f"{first} {last}" for first, last in disabled],
                disabled_programs=list(closed),
                retired=retired,
                renamed=RENAMED,
            )
    finally:
        engine.dispose()
