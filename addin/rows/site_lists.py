"""Get what the site allows in each column, for lists in the workbook (SPEC 5, 9)."""

from __future__ import annotations

from addin.api.client import Client
from workbook.lists import ListedProgram, ListedStaff, TemplateLists
from workbook.report import Report


def site_lists(client: Client) -> TemplateLists:
    """The server's lists of this moment, only what the user may choose."""
    known = client.reference()
    return TemplateLists(
        site=known.site,
        programs=[ListedProgram(one.program_id, one.name) for one in known.programs],
        staff=[ListedStaff(one.staff_id, one.first_name, one.last_name) for one in known.staff],
        feeder=known.feeder,
        demographics=[field.column for field in known.duplicate_check],
        date_order=known.date_order,
    )


def lists_for(client: Client, report: Report, known: TemplateLists | None = None) -> TemplateLists | None:
    """As `site_lists`; None where no row needs a list. `known`: what this press has asked for already."""
    return (known or site_lists(client)) if report.problems else None
