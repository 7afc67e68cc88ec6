"""What the site allows in each column, for the lists of wrong values (SPEC 5)."""

from __future__ import annotations

from addin.api.client import Client
from workbook.lists import ListedProgram, ListedStaff, TemplateLists
from workbook.report import Report


def site_lists(client: Client, report: Report) -> TemplateLists | None:
    """The server's lists of this moment, only what the user may choose; None where no row needs a list."""
    if not report.problems:
        return None
    known = client.reference()
    return TemplateLists(
        site=known.site,
        programs=[ListedProgram(one.program_id, one.name) for one in known.programs],
        staff=[ListedStaff(one.staff_id, one.first_name, one.last_name) for one in known.staff],
        feeder=known.feeder,
    )
