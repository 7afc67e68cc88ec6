"""The extension for Calc, as a file: made from the table of buttons, the same every time, readable by LibreOffice."""

from __future__ import annotations

import ast
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree

from addin.install import extension
from addin.install.extension import IDENTIFIER, JOB, Places, build_extension, job
from workbook.ribbon import BUTTONS, Group

SECRET = "5ec2e7"
PLACES = Places((3, 11), (Path("/somewhere/site-packages"),), Path("/somewhere/bin/caseload-server"), SECRET)
OOR = "{http://openoffice.org/2001/registry}"
MANIFEST = "{http://openoffice.org/2001/manifest}"


def parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def entries(content: bytes, bar: str) -> list[dict[str, str]]:
    """The entries of the menu or the toolbar, in the order in which LibreOffice shows them: by their names."""
    tree = ElementTree.fromstring(parts(content)["Addons.xcu"])
    (bar_node,) = [node for node in tree.iter("node") if node.get(f"{OOR}name") == bar]
    nodes = [node for node in bar_node.iter("node") if (node.get(f"{OOR}name") or "").startswith("n0")]
    ordered = sorted(nodes, key=lambda node: node.get(f"{OOR}name") or "")
    return [{prop.get(f"{OOR}name") or "": prop.findtext("value") or "" for prop in node} for node in ordered]


def test_the_same_input_gives_the_same_bytes() -> None:
    assert build_extension(PLACES) == build_extension(PLACES)
    assert build_extension(PLACES) != build_extension(replace(PLACES, python=(3, 12)))


def test_menu_and_toolbar_have_every_button_of_the_ribbon_in_its_order() -> None:
    wanted = [
        (JOB + job(SECRET, one.command), one.label)
        for group in get_args(Group)
        for one in BUTTONS
        if one.group == group
    ]
    for bar in ("OfficeMenuBar", "OfficeToolBar"):
        shown = [one for one in entries(build_extension(PLACES), bar) if one["URL"] != "private:separator"]
        assert [(one["URL"], one["Title"]) for one in shown] == wanted
        assert {one["Context"] for one in shown} == {"com.sun.star.sheet.SpreadsheetDocument"}


def test_a_line_stands_between_groups_and_nowhere_else() -> None:
    urls = [one["URL"] for one in entries(build_extension(PLACES), "OfficeToolBar")]
    groups = [group for group in get_args(Group) if any(one.group == group for one in BUTTONS)]
    assert urls.count("private:separator") == len(groups) - 1
    assert "private:separator" not in (urls[0], urls[-1])


def test_a_button_that_is_added_to_the_table_is_in_the_menu() -> None:
    more = replace(BUTTONS[0], command="wash_up", label="Wash & Dry")
    shown = entries(build_extension(PLACES, [*BUTTONS, more]), "OfficeMenuBar")
    assert [one["Title"] for one in shown if one["URL"] == JOB + job(SECRET, "wash_up")] == ["Wash & Dry"]


def test_the_manifest_names_what_is_inside_and_the_rest_is_what_libreoffice_looks_for_itself() -> None:
    inside = parts(build_extension(PLACES))
    listed = {entry.get(f"{MANIFEST}full-path") for entry in ElementTree.fromstring(inside["META-INF/manifest.xml"])}
    assert listed <= set(inside)
    assert set(inside) - listed == {
        "META-INF/manifest.xml", "description.xml", "caseload_buttons.py", "places.json",
    }  # fmt: skip
    for name, content in inside.items():
        if name.endswith((".xml", ".xcu", ".components")):
            ElementTree.fromstring(content)


def test_what_libreoffice_loads_and_what_the_extension_names_are_one() -> None:
    inside = parts(build_extension(PLACES))
    component = inside["caseload_buttons.py"].decode()
    jobs = ElementTree.fromstring(inside["Jobs.xcu"])
    services = {node.get(f"{OOR}name"): node.findtext("prop/value") for node in jobs.iter("node")}
    assert {
        services[entry["URL"].removeprefix(JOB)]
        for entry in entries(build_extension(PLACES), "OfficeMenuBar")
        if entry["URL"] != "private:separator"
    } == {f"{IDENTIFIER}.Buttons"}
    assert f'IMPLEMENTATION = "{IDENTIFIER}.Buttons"' in component
    assert f'name="{IDENTIFIER}.Buttons"' in inside["Caseload.components"].decode()
    assert json.loads(inside["places.json"]) == {
        "python": [3, 11],
        "folders": ["/somewhere/site-packages"],
        "server": "/somewhere/bin/caseload-server",
        "secret": SECRET,
    }


def test_what_libreoffice_loads_is_read_by_old_pythons_and_imports_nothing_of_ours_before_a_press() -> None:
    component = Path(extension.__file__).with_name("caseload_buttons.py").read_text("utf-8")
    tree = ast.parse(component, feature_version=(3, 8))
    at_load = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {alias.name for node in at_load if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in at_load if isinstance(node, ast.ImportFrom)}
    assert names <= {
        "__future__", "json", "sys", "pathlib", "typing", "unohelper", "com.sun.star.lang", "com.sun.star.task",
    }  # fmt: skip
