"""Serve the add-in under `/client/`, in the same version as the server (SPEC 10).

A page for people, with lines to copy; below it what `uv` and `pip` read: a simple index (PEP 503), the wheel, and its
metadata (PEP 658). It needs no token, because installers cannot send one, and it holds no data of anybody.
"""

from __future__ import annotations

import html
import re
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.exceptions import HTTPException

from server.client_wheel import DISTRIBUTION, ClientWheel, Wheel
from server.http.files import InBlocks
from server.http.services import Services, With

PREFIX: Final = "/client"
_METADATA: Final = ".metadata"
_USUAL_ADDRESS: Final = "https://caseload.your-agency.example"
_ADDRESS: Final = re.compile(r"https?://[A-Za-z0-9.\-]+(:\d+)?(/[\w.\-/]*)?|https?://\[[0-9A-Fa-f:]+\](:\d+)?")
"""What may stand in a line that people copy into a terminal: nothing that a shell would read otherwise."""

home = APIRouter(include_in_schema=False)
router = APIRouter(prefix=PREFIX, include_in_schema=False)

_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Caseload Upload {version}</title></head>
<body>
<h1>Caseload Upload {version}</h1>
<p>This sets up the buttons for Excel, or for LibreOffice Calc, of the version that fits this server. It needs no
administrator's rights, and brings its own Python.</p>
<ol>
<li>Get uv, which installs it. On Windows: press the Windows key, type <kbd>powershell</kbd>, press Enter, and paste:
<pre>{uv_windows}</pre>
On a Mac: press Command and Space, type <kbd>terminal</kbd>, press Enter, and paste:
<pre>{uv_mac}</pre></li>
<li>Close the window, open a new one in the same way, and paste:
<pre>{install}</pre></li>
<li>Then, one after the other. The second asks for your token:
<pre>caseload install
caseload connect {address}</pre>
For LibreOffice Calc the first is <kbd>caseload install --calc</kbd>.</li>
</ol>
<p>Later, to have the server's version again after it was renewed: <code>uv tool upgrade caseload-upload</code></p>
<p>With a Python 3.11 or newer of your own, pip takes the file itself: <a href="{wheel}">{wheel}</a></p>
</body>
</html>
"""
_UV_WINDOWS: Final = 'powershell -ExecutionPolicy ByPass -c "irm https://astral.sh/uv/install.ps1 | iex"'
_UV_MAC: Final = "curl -LsSf https://astral.sh/uv/install.sh | sh"
_INDEX: Final = """<!DOCTYPE html>
<html><head><title>{name}</title></head>
<body><a href="../{wheel}#sha256={digest}" data-requires-python="{python}" data-core-metadata="true">{wheel}</a></body>
</html>
"""


@home.api_route("/", methods=["GET", "HEAD"])
async def from_the_address() -> Response:
    """Whoever opens the server's address in a browser wants the page for people."""
    return RedirectResponse("client/")


@router.get("")
async def to_the_page() -> Response:
    return RedirectResponse("client/")


@router.api_route("/", methods=["GET", "HEAD"])
async def page(request: Request, services: With) -> Response:
    """What to do, in lines to copy, with this server's own address in them."""
    wheel = await _wheel(request, services)
    base = str(request.base_url).rstrip("/")
    address = base if _ADDRESS.fullmatch(base) else _USUAL_ADDRESS
    facts = {
        "version": wheel.version, "wheel": wheel.name, "address": address, "uv_windows": _UV_WINDOWS, "uv_mac": _UV_MAC,
        "install": install_line(address),
    }  # fmt: skip
    return HTMLResponse(_PAGE.format(**{name: html.escape(fact) for name, fact in facts.items()}))


@router.api_route(f"/{DISTRIBUTION}/", methods=["GET", "HEAD"])
async def index(request: Request, services: With) -> Response:
    """The one file, as an index of packages names it."""
    wheel = await _wheel(request, services)
    python = next(
        (
            line.partition(": ")[2]
            for line in wheel.metadata.decode().splitlines()
            if line.startswith("Requires-Python")
        ),
        "",
    )
    return HTMLResponse(
        _INDEX.format(name=DISTRIBUTION, wheel=wheel.name, digest=wheel.digest, python=html.escape(python))
    )


@router.api_route("/{name}", methods=["GET", "HEAD"])
async def file(name: str, request: Request, services: With) -> Response:
    """The wheel of this very version, or its metadata."""
    wheel = await _wheel(request, services)
    if name == wheel.name:
        return InBlocks(wheel.content, media_type="application/octet-stream")
    if name == wheel.name + _METADATA:
        return Response(wheel.metadata, media_type="text/plain; charset=utf-8")
    raise HTTPException(404)


def install_line(address: str) -> str:
    """The line that installs the add-in from a server. With uv, an index that is named has a package to itself: nothing
    of the same name from elsewhere takes its place."""
    return f"uv tool install --managed-python --index {address}{PREFIX}/ {DISTRIBUTION}"


async def _wheel(request: Request, services: Services) -> Wheel:
    """Raises HTTPException 404 where the add-in's files are not on this computer."""
    client: ClientWheel = request.app.state.client
    try:
        return await services.desk.on_disk(lambda: client.wheel)
    except FileNotFoundError as error:
        raise HTTPException(404) from error
