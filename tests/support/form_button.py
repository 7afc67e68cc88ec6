"""A document of Calc's, as somebody may mail it: one large button of a form, that calls an address when clicked."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Final

_OASIS: Final = "urn:oasis:names:tc:opendocument:xmlns"
_NAMES: Final = " ".join(
    f'xmlns:{short}="{_OASIS}:{full}:1.0"'
    for short, full in {
        "office": "office", "table": "table", "draw": "drawing", "form": "form", "svg": "svg-compatible",
        "manifest": "manifest",
    }.items()
)  # fmt: skip
_KIND: Final = "application/vnd.oasis.opendocument.spreadsheet"
_CONTENT: Final = (
    f'<office:document-content {_NAMES} xmlns:xlink="http://www.w3.org/1999/xlink" '
    'xmlns:ooo="http://openoffice.org/2004/office" office:version="1.3"><office:body>'
    '<office:spreadsheet><table:table table:name="Caseload"><office:forms form:automatic-focus="false" '
    'form:apply-design-mode="false"><form:form form:name="Form" '
    'form:control-implementation="ooo:com.sun.star.form.component.Form"><form:button form:name="Button" '
    'form:control-implementation="ooo:com.sun.star.form.component.CommandButton" xml:id="one" '
    'form:id="one" form:label="Show the attachment" form:button-type="url" office:target-frame="" '
    'xlink:href="{address}"/></form:form></office:forms>'
    '<table:shapes><draw:control svg:x="0cm" svg:y="0cm" svg:width="20cm" svg:height="10cm" draw:control="one"/>'
    "</table:shapes><table:table-column/><table:table-row><table:table-cell/></table:table-row></table:table>"
    "</office:spreadsheet></office:body></office:document-content>"
)
_PARTS: Final = "".join(
    f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="{kind}"/>'
    for name, kind in {"/": _KIND, "content.xml": "text/xml"}.items()
)


def with_button(path: Path, address: str) -> Path:
    """The button lies over the cells A1 to H20, about."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", _KIND)
        archive.writestr("content.xml", _CONTENT.format(address=address))
        archive.writestr("META-INF/manifest.xml", f"<manifest:manifest {_NAMES}>{_PARTS}</manifest:manifest>")
    return path
