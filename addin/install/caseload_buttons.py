"""Start the add-in from the menu and toolbar “Caseload”: the part that LibreOffice loads.

It is part of the extension and runs in the Python that LibreOffice has, which may be an old one. It imports nothing but
UNO until a button is pressed. Then it adds the folders of the add-in, named in `places.json` beside this file, to the
path of modules; LibreOffice's own modules are found as before.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Callable  # noqa: UP035 - Python 3.8 reads this file too

import unohelper
from com.sun.star.lang import XServiceInfo
from com.sun.star.task import XJob

IMPLEMENTATION = "caseload.upload.Buttons"
SERVICES = ("com.sun.star.task.Job",)
SET_UP_AGAIN = "Close LibreOffice, open a terminal, and run: caseload install --calc"
_ERROR_BOX, _OK_BUTTON = 3, 1


class CannotStart(Exception):
    """The add-in cannot be reached from here. Its text says why and what to do."""


class Buttons(unohelper.Base, XJob, XServiceInfo):  # type: ignore[misc]
    """What LibreOffice makes anew for each click."""

    pressed = False
    """Whether a button is at work: a second press meanwhile would read a sheet that is half written."""

    def __init__(self, context: Any, *_arguments: Any) -> None:
        self._context = context
        self._frame: Any = None

    def execute(self, arguments: tuple[Any, ...]) -> None:
        given = {one.Name: {inner.Name: inner.Value for inner in one.Value} for one in arguments}
        button = given.get("Config", {}).get("Alias")
        if button is None or Buttons.pressed:  # without one, a document has called this component by its own name
            return
        Buttons.pressed = True
        try:
            self._frame = given["Environment"]["Frame"]
            places = _places()
            press = _find_press(places)
            press(self._context, self._frame, button, places["server"])
        except CannotStart as reason:
            self._tell(str(reason))
        finally:
            Buttons.pressed = False

    def getImplementationName(self) -> str:
        return IMPLEMENTATION

    def supportsService(self, name: str) -> bool:
        return name in SERVICES

    def getSupportedServiceNames(self) -> tuple[str, ...]:
        return SERVICES

    def _tell(self, sentence: str) -> None:
        toolkit = self._context.ServiceManager.createInstanceWithContext("com.sun.star.awt.Toolkit", self._context)
        window = self._frame.ContainerWindow
        toolkit.createMessageBox(window, _ERROR_BOX, _OK_BUTTON, "Caseload", sentence).execute()


def getComponentFactory(name: str, manager: Any, key: Any) -> Any:
    """What LibreOffice's loader asks of a file of components."""
    helper = unohelper.ImplementationHelper()
    helper.addImplementation(Buttons, IMPLEMENTATION, SERVICES)
    return helper.getComponentFactory(name, key, manager)


def _places() -> dict[str, Any]:
    """What `caseload install --calc` wrote down: for which Python, where the add-in is, and the server's program."""
    content: dict[str, Any] = json.loads(Path(__file__).with_name("places.json").read_text("utf-8"))
    return content


def _find_press(places: dict[str, Any]) -> Callable[[Any, Any, str, Any], None]:
    """The add-in's door for buttons in Calc. Raises CannotStart with one plain sentence."""
    here, there = list(sys.version_info[:2]), places["python"]
    if here != there:
        raise CannotStart(
            f"LibreOffice has Python {_dotted(here)}, and the buttons were set up for {_dotted(there)}. {SET_UP_AGAIN}"
        )
    gone = [folder for folder in places["folders"] if not Path(folder).is_dir()]
    if gone:
        raise CannotStart(f"The buttons need the folder {gone[0]}, which is no longer there. {SET_UP_AGAIN}")
    _put_on_path(places["folders"])
    try:
        from addin.hosts.calc.press import press
    except Exception as error:
        raise CannotStart(f"The buttons could not be started: {error}. {SET_UP_AGAIN}") from error
    return press


def _put_on_path(folders: list[str]) -> None:
    """Before other people's packages, whose versions may be too old for ours, and behind Python's own modules."""
    new = [folder for folder in folders if folder not in sys.path]
    places = [at for at, folder in enumerate(sys.path) if Path(folder).name in ("site-packages", "dist-packages")]
    at = places[0] if places else len(sys.path)
    sys.path[at:at] = new


def _dotted(version: list[int]) -> str:
    return ".".join(str(number) for number in version)
