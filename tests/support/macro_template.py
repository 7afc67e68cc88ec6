"""A built Caseload.xlsm, and its parts to be changed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from functools import cache

from workbook.columns import DEMOGRAPHICS, TemplateChoice
from workbook.lists import ListedProgram, ListedStaff, TemplateLists
from workbook.sheets.macro_book import build_macro_template

LISTS = TemplateLists(
    site="Harbour & <Bay>",
    programs=[ListedProgram("SH", "Youth Shelter"), ListedProgram("FP", "Food Pantry")],
    staff=[ListedStaff("S1", "Robert", "Smith"), ListedStaff("S2", "José", "García")],
    feeder={
        "Caseworker Relationship": ["Primary", "Secondary"],
        "Caseload Status": ["Active", "On Hold"],
        "Reason for Dismissal": ["Completed"],
    },
    demographics=list(DEMOGRAPHICS),
    date_order="MDY",
)


@cache
def built(choice: TemplateChoice = TemplateChoice()) -> bytes:  # noqa: B008 - a frozen value
    return build_macro_template(choice, LISTS)


def parts_of_package(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def package(parts: Mapping[str, bytes]) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return raw.getvalue()
