"""The one agency of the tests, as the files it hands in: who and what there is in it.

The judge's tests know it as a `Reference` (`judged.py`), those of the server as a database (`served.py`), those of the
add-in through a server (`own_server.py`). A test that needs somebody more adds them by name: to the files by `further`,
to the reference by `reference(…)`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

FILES = {
    "participants": [
        "Participant ID,First Name,Last Name,Date of Birth,Case Number,SSN",
        "P1,Mary,Jones,1990-02-03,C1,823-11-0001",
        "P2,José,O'Brien-Smith,1985-05-06,C2,823-11-0002",
        "P3,Ann,Lee,2001-07-08,C3,823-11-0003",
        "P4,Ann,Lee,1999-09-10,C4,",
        "P5,,,,,",  # nothing is known of them
        "P6,Kim,Park,2000-06-06,C6,",
        "P7,Lou,Hill,2001-07-07,C7,",
        "007,James,Bond,1962-01-16,C-007,823-01-0007",
    ],
    "programs": [
        "Program ID,Program Name,Active",
        "SH,Youth Shelter,Yes",
        "FS,Family Support,Yes",
        "OLD,Old Program,No",
        "X1,Twin Program,Yes",
        "X2,Twin Program,Yes",
        "0012,Food Bank,Yes",
        "YES,Youth Employment,Yes",
    ],
    "staff": [
        "Staff ID,First Name,Last Name,Email,Active,Caseload Access,Administrator",
        "S1,Robert,Smith,robert@agency.test,Yes,Yes,No",
        "S2,Carla,Ruiz,carla@agency.test,Yes,Yes,No",
        "S3,Ana,de la Cruz,,Yes,Yes,No",
        "S4,Dan,Gone,,No,Yes,No",
        "S5,Dora,Desk,,Yes,No,No",
        "S6,Eva,Twin,,Yes,Yes,No",
        "S7,Eva,Twin,,Yes,Yes,No",
        "ADM,Alice,Admin,alice@agency.test,Yes,Yes,Yes",
    ],
    "enrollments": [
        "Participant ID,Program ID,Program Start Date,Program End Date",
        "P1,SH,2025-01-01,",
        "P1,FS,2024-01-01,2024-12-31",
        "P2,SH,2025-03-01,",
        "P3,SH,2025-01-01,",
        "P6,SH,2025-01-01,2026-03-31",
        "P7,SH,2025-01-01,",
        "007,SH,2024-01-01,",
        *(f"P{number},YES,2024-01-01," for number in range(1, 5)),
    ],
    "feeder": [
        "Table,Value,Order,Active",
        "Caseworker Relationship,Primary,1,Yes",
        "Caseworker Relationship,Secondary,2,Yes",
        "Caseworker Relationship,Backup,3,No",
        "Caseload Status,Active,1,Yes",
        "Caseload Status,On Hold,2,Yes",
        "Reason for Dismissal,Completed,1,Yes",
        "Reason for Dismissal,Moved,2,Yes",
        "Reason for Dismissal,Lapsed,3,No",
    ],
    "access": ["Staff ID,Program ID,Own,Others", "S1,YES,Yes,No", "S2,YES,Yes,Yes"],
}
CASES = [
    "Participant ID,Program ID,Staff ID,Caseworker Relationship,Caseload Status,Start Date,End Date,"
    "Reason for Dismissal",
    "P1,YES,S1,Primary,Active,2024-02-01,,",
    "P2,YES,S2,Primary,Active,2024-02-01,,",
    "P3,YES,S1,Primary,Active,2024-02-01,2024-03-01,Moved",
]
"""What the server's tests find open and closed; the add-in's begin with empty caseloads."""

SHELTER_TOO = {"access": ["S1,SH,Yes,No"]}
"""Where S1 is to change a caseload of the crowd."""


def crowd(people: int) -> dict[str, list[str]]:
    """So many further participants: Q0012 is Pat12 Person12, and all were born on one day."""
    return {
        "participants": [f"Q{one:04d},Pat{one},Person{one},1980-01-01,K{one}," for one in range(1, people + 1)],
    }


def crowd_in_shelter(people: int) -> dict[str, list[str]]:
    """The same, enrolled in the Youth Shelter."""
    return crowd(people) | {"enrollments": [f"Q{one:04d},SH,2024-01-01," for one in range(1, people + 1)]}


def files(*further: Mapping[str, list[str]]) -> Iterator[tuple[str, list[str]]]:
    """(kind, lines) of each file, with lines of the same kinds added below."""
    kinds = dict.fromkeys(kind for some in (FILES, *further) for kind in some)
    for kind in kinds:
        yield kind, [line for some in (FILES, *further) for line in some.get(kind, [])]


def write_agency(folder: Path, *further: Mapping[str, list[str]]) -> Path:
    """The folder that an agency imports."""
    folder.mkdir(exist_ok=True)
    for kind, lines in files(*further):
        (folder / f"{kind}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
