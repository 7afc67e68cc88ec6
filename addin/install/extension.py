"""Build Caseload.oxt, the extension that brings the ribbon's buttons into Calc.

It is built from the same table as the ribbon (`workbook/ribbon.py`). Each entry of a menu and a toolbar starts a job of
LibreOffice's, which the file `caseload_buttons.py` inside does. It is a UNO component and not a script, because
components need only LibreOffice's Python bridge, while scripts need one more package on Linux
(libreoffice-script-provider-python). And it is a job and not a handler of a protocol, because LibreOffice makes a
handler as soon as it shows the toolbar: Calc would start Python whenever it starts, and would not start where another
Python stands in its way. A job is made only when its entry is clicked, and gets the window.

Anything in a document can call a job by its name: a button of a form does at one click, without a question. So a secret
of this computer's is part of the names, and no document that comes from elsewhere knows them.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final, get_args
from xml.sax.saxutils import escape, quoteattr

from workbook.ribbon import BUTTONS, TAB, Button, Group

IDENTIFIER: Final = "caseload.upload"
JOB: Final = "vnd.sun.star.job:alias="
"""What an entry calls, the name of a job behind it."""
_IMPLEMENTATION: Final = f"{IDENTIFIER}.Buttons"
_COMPONENT: Final = "caseload_buttons.py"
_PLACES: Final = "places.json"
DISTRIBUTION: Final = "caseload-upload"
_SPREADSHEET: Final = "com.sun.star.sheet.SpreadsheetDocument"
_XML: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_CONFIGURATION: Final = (
    'xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" '
    'oor:name="%s" oor:package="%s"'
)
_LABELS_ONLY: Final = 1
"""A toolbar that shows its buttons' names: words that stand in the documentation, and no pictures to guess at."""


@dataclass(frozen=True, slots=True)
class Places:
    """What the component must know of this computer. `python`: the version of LibreOffice's Python, such as (3, 11);
    `folders`: where the add-in and what it needs are imported from; `server`: the program caseload-server, or None;
    `secret`: what nobody elsewhere knows, letters and digits."""

    python: tuple[int, int]
    folders: tuple[Path, ...]
    server: Path | None = None
    secret: str = ""


def job(secret: str, command: str) -> str:
    """The name of the job that presses a button."""
    return f"{IDENTIFIER}.{secret}.{command}"


def secret_in(extension: Path) -> str:
    """The secret of an extension that was built earlier; "" where there is none."""
    try:
        with zipfile.ZipFile(extension) as archive:
            return str(json.loads(archive.read(_PLACES)).get("secret", ""))
    except (OSError, zipfile.BadZipFile, KeyError, ValueError):
        return ""


def build_extension(places: Places, buttons: Sequence[Button] = BUTTONS) -> bytes:
    """The .oxt, byte for byte the same for the same places and buttons."""
    from workbook.sheets.style import packed  # openpyxl takes its time

    parts = {
        "description.xml": _description(),
        "Caseload.components": _components(),
        "Jobs.xcu": _jobs(places.secret, buttons),
        "Addons.xcu": _addons(places.secret, buttons),
        "CalcWindowState.xcu": _window_state(),
        _COMPONENT: Path(__file__).with_name(_COMPONENT).read_text("utf-8"),
        _PLACES: _written(places),
    }
    manifest = {"META-INF/manifest.xml": _manifest()}
    return packed({name: content.encode() for name, content in (manifest | parts).items()})


def _written(places: Places) -> str:
    facts = {
        "python": places.python,
        "folders": [str(folder) for folder in places.folders],
        "server": None if places.server is None else str(places.server),
        "secret": places.secret,
    }
    return json.dumps(facts, indent=1)


def _manifest() -> str:
    kinds = {
        "Caseload.components": "application/vnd.sun.star.uno-components",
        "Jobs.xcu": "application/vnd.sun.star.configuration-data",
        "Addons.xcu": "application/vnd.sun.star.configuration-data",
        "CalcWindowState.xcu": "application/vnd.sun.star.configuration-data",
    }
    entries = "".join(
        f' <manifest:file-entry manifest:media-type="{kind}" manifest:full-path="{name}"/>\n'
        for name, kind in kinds.items()
    )
    namespace = 'xmlns:manifest="http://openoffice.org/2001/manifest"'
    return f"{_XML}<manifest:manifest {namespace}>\n{entries}</manifest:manifest>\n"


def _description() -> str:
    return (
        f'{_XML}<description xmlns="http://openoffice.org/extensions/description/2006">\n'
        f' <identifier value="{IDENTIFIER}"/>\n'
        f" <version value={quoteattr(version(DISTRIBUTION))}/>\n"
        ' <display-name><name lang="en">Caseload Upload</name></display-name>\n'
        "</description>\n"
    )


def _components() -> str:
    return (
        f'{_XML}<components xmlns="http://openoffice.org/2010/uno-components">\n'
        f' <component loader="com.sun.star.loader.Python" uri="{_COMPONENT}">\n'
        f'  <implementation name="{_IMPLEMENTATION}">\n'
        '   <service name="com.sun.star.task.Job"/>\n'
        "  </implementation>\n </component>\n</components>\n"
    )


def _jobs(secret: str, buttons: Sequence[Button]) -> str:
    jobs = [_node(job(secret, button.command), [_value("Service", _IMPLEMENTATION)]) for button in buttons]
    return _configuration("Jobs", "org.openoffice.Office", _node("Jobs", jobs, made=False))


def _addons(secret: str, buttons: Sequence[Button]) -> str:
    entries = _entries(secret, buttons)
    menu = _node(
        IDENTIFIER,
        [_text("Title", TAB), _value("Context", _SPREADSHEET), _node("Submenu", entries, made=False)],
    )
    bars = [
        _node("OfficeMenuBar", [menu], made=False),
        _node("OfficeToolBar", [_node(IDENTIFIER, entries)], made=False),
    ]
    return _configuration("Addons", "org.openoffice.Office", _node("AddonUI", bars, made=False))


def _window_state() -> str:
    """The toolbar's name, and its place below Calc's own; without it, it would float above the cells."""
    bar = _node(
        f"private:resource/toolbar/addon_{IDENTIFIER}",
        [
            _text("UIName", TAB),
            _value("Docked", "true"),
            _value("DockingArea", "0"),
            _value("DockPos", "0,4"),
            _value("Visible", "true"),
            _value("Style", str(_LABELS_ONLY)),
        ],
    )
    states = _node("UIElements", [_node("States", [bar], made=False)], made=False)
    return _configuration("CalcWindowState", "org.openoffice.Office.UI", states)


def _entries(secret: str, buttons: Sequence[Button]) -> list[str]:
    """The buttons in the order of the work, a line between the groups. LibreOffice sorts them by their names here."""
    entries: list[str] = []
    for group in get_args(Group):
        own = [button for button in buttons if button.group == group]
        if own and entries:
            entries.append(_node(f"n{len(entries):03}", [_value("URL", "private:separator")]))
        for button in own:
            lines = [
                _value("URL", JOB + job(secret, button.command)),
                _text("Title", button.label),
                _value("Target", "_self"),
                _value("Context", _SPREADSHEET),
            ]
            entries.append(_node(f"n{len(entries):03}", lines))
    return entries


def _configuration(name: str, package: str, content: str) -> str:
    return f"{_XML}<oor:component-data {_CONFIGURATION % (name, package)}>\n{content}\n</oor:component-data>\n"


def _node(name: str, content: Sequence[str], *, made: bool = True) -> str:
    """A node of LibreOffice's configuration. `made`: it is ours; else it is there already and gets more in it."""
    inside = "\n".join(content)
    operation = ' oor:op="replace"' if made else ""
    return f"<node oor:name={quoteattr(name)}{operation}>\n{inside}\n</node>"


def _value(name: str, value: str) -> str:
    return f'<prop oor:name="{name}"><value>{escape(value)}</value></prop>'


def _text(name: str, text: str) -> str:
    """What people read. en-US is what LibreOffice takes in every language that has no text of its own."""
    return f'<prop oor:name="{name}"><value xml:lang="en-US">{escape(text)}</value></prop>'
