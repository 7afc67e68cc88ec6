"""Caseload.xlsm as a whole: what other programs make of it."""

from __future__ import annotations

import io
import itertools
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import get_args

import openpyxl
import pytest
from openxml_audit import FileFormat, OpenXmlValidator

from tests.support.macro_template import LISTS, built, parts_of_package
from tests.support.workbook_check import Package, check_workbook, vba_sources
from workbook import layout
from workbook.columns import CaseworkerChoice, ProgramChoice, TemplateChoice
from workbook.macros import MODULE
from workbook.ribbon import ribbon_xml
from workbook.sheets.macro_book import (
    ADD_IN_TYPE,
    MACRO_TYPE,
    PROJECT_NAME,
    build_add_in,
    build_macro_template,
    project,
)
from workbook.sheets.template import build_template

CHOICES = [
    TemplateChoice(program, caseworker, enrollment)
    for program, caseworker, enrollment in itertools.product(
        get_args(ProgramChoice), get_args(CaseworkerChoice), (True, False)
    )
]
RIBBON_2006 = "http://schemas.microsoft.com/office/2006/relationships/ui/extensibility"
VBA = "xl/vbaProject.bin"
CUSTOM_UI = "customUI/customUI.xml"


def vba() -> bytes:
    return project(PROJECT_NAME, tuple(layout.CODE_NAMES.values()))


def allowed(error: object) -> bool:
    """What the validator says though Excel reads it: openpyxl orders the parts of a font in its own way, and has
    ever since; the schema of the first edition leaves the order free."""
    description, part = str(getattr(error, "description", "")), str(getattr(error, "part_uri", ""))
    return part == "/xl/styles.xml" and description in (
        "Unexpected element 'color' found",
        "Unexpected element 'b' found",
    )


@cache
def validator() -> OpenXmlValidator:
    return OpenXmlValidator(file_format=FileFormat.OFFICE_2016)


def validated(path: Path) -> list[str]:
    found = validator().validate(path).errors
    return [str(error) for error in found if error.severity.value == "error" and not allowed(error)]


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_our_check_finds_nothing_in_any_of_the_templates(choice: TemplateChoice) -> None:
    assert check_workbook(built(choice)) == []


def test_a_validator_of_the_standard_finds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "Caseload.xlsm"
    path.write_bytes(built(TemplateChoice("id", "first_last", True)))
    assert validated(path) == []


def test_the_package_says_what_it_holds() -> None:
    parts = parts_of_package(built())
    package = Package(built())
    assert package.content_type("xl/workbook.xml") == MACRO_TYPE
    assert package.content_type(VBA) == "application/vnd.ms-office.vbaProject"
    assert package.content_type(CUSTOM_UI) == "application/xml"
    assert parts[VBA] == vba()
    assert parts[CUSTOM_UI] == ribbon_xml()
    assert RIBBON_2006.encode() in parts["_rels/.rels"]


def test_it_is_the_plain_template_in_all_other_parts() -> None:
    plain, macro = parts_of_package(build_template(TemplateChoice(), LISTS)), parts_of_package(built())
    changed = {name for name in macro if macro[name] != plain.get(name)}
    assert changed == {"[Content_Types].xml", "_rels/.rels", "xl/_rels/workbook.xml.rels", VBA, CUSTOM_UI}
    assert set(plain) <= set(macro)


def test_two_builds_are_the_same_bytes_in_another_process_too() -> None:
    assert build_macro_template(TemplateChoice(), LISTS) == built()
    code = "import hashlib; from tests.support.macro_template import built; print(hashlib.sha256(built()).hexdigest())"
    import hashlib

    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parents[3],
            env={"PYTHONHASHSEED": seed, "PATH": "", "TZ": zone},
        ).stdout.strip()
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    }
    assert runs == {hashlib.sha256(built()).hexdigest()}


def test_openpyxl_keeps_the_ribbon_and_the_macros() -> None:
    book = openpyxl.load_workbook(io.BytesIO(built()), keep_vba=True)
    saved = io.BytesIO()
    book.save(saved)
    book.vba_archive.close()  # openpyxl never does, and Python would complain of it in whatever test comes later
    parts = parts_of_package(saved.getvalue())
    assert (parts[VBA], parts[CUSTOM_UI]) == (vba(), ribbon_xml())
    assert check_workbook(saved.getvalue()) == []


def test_the_add_in_is_in_order_and_has_the_same_ribbon_and_macros(tmp_path: Path) -> None:
    add_in = build_add_in()
    assert check_workbook(add_in) == []
    path = tmp_path / "Caseload.xlam"
    path.write_bytes(add_in)
    assert validated(path) == []
    assert Package(add_in).content_type("xl/workbook.xml") == ADD_IN_TYPE
    parts, book = parts_of_package(add_in), parts_of_package(built())
    assert parts[CUSTOM_UI] == book[CUSTOM_UI]
    assert vba_sources(parts[VBA])[MODULE] == vba_sources(book[VBA])[MODULE]
    assert build_add_in() == add_in


def saved_by_libreoffice(soffice: str, path: Path, folder: Path, kind: str = "xlsm:Calc MS Excel 2007 VBA XML") -> Path:
    """Opens a file in LibreOffice without a screen, and saves it."""
    target = folder / "saved"
    subprocess.run(
        [
            soffice,
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            "--headless",
            "--norestore",
            "--convert-to",
            kind,
            "--outdir",
            str(target),
            str(path),
        ],
        capture_output=True,
        check=True,
        timeout=120,
    )
    return target / path.with_suffix(f".{kind.partition(':')[0]}").name


def test_libreoffice_opens_it_and_keeps_the_ribbon_and_the_macros(soffice: str, tmp_path: Path) -> None:
    path = tmp_path / "Caseload.xlsm"
    path.write_bytes(built())
    content = saved_by_libreoffice(soffice, path, tmp_path).read_bytes()
    parts = parts_of_package(content)
    assert parts[CUSTOM_UI] == ribbon_xml()
    ours, theirs = vba_sources(vba()), vba_sources(parts[VBA])  # it read our project, and wrote one of its own
    assert set(theirs) == set(ours)
    assert theirs[MODULE].rstrip() == ours[MODULE].rstrip()
    package = Package(content)
    assert package.content_type("xl/workbook.xml") == MACRO_TYPE
    assert (package.one("", "extensibility"), package.one("xl/workbook.xml", "vbaProject")) == (CUSTOM_UI, VBA)
    sheets = openpyxl.load_workbook(io.BytesIO(content)).sheetnames
    assert sheets == list(layout.CODE_NAMES)
    # LibreOffice leaves out the code names, which nothing of ours relies on: the macros are in modules of their own.
    assert {flaw.code for flaw in check_workbook(content)} <= {"code-name", "code-name-twice"}
