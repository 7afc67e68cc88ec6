"""Find rules of Microsoft Defender that keep Excel from starting our program (EXCEL-TRUTH 20).

An organization sets them by Group Policy or by Intune, a user on their own computer by a command; each is kept in a
place of its own, and the strictest counts here.
"""

from __future__ import annotations

from typing import Final

from addin.install.excel import Finding
from addin.install.registry import Registry

_GUARD: Final = r"Windows Defender\Windows Defender Exploit Guard\ASR"
_GROUP_POLICY: Final = rf"SOFTWARE\Policies\Microsoft\{_GUARD}\Rules"
_INTUNE: Final = r"SOFTWARE\Policies\Microsoft\Windows Defender\Policy Manager"
_LOCAL: Final = rf"SOFTWARE\Microsoft\{_GUARD}\Rules"
PLACES: Final = {_GROUP_POLICY: "Group Policy", _INTUNE: "Intune", _LOCAL: "this computer's own settings"}
"""Where rules are kept → what sets them there."""
CHILD_PROCESSES: Final = "d4f940ab-401b-4efc-aadc-ad5f3c50688a"
WIN32_CALLS: Final = "92e97fa1-2edf-4476-bdd6-9dd0b4dddc7b"
UNUSUAL_PROGRAMS: Final = "01443614-cd74-433a-b99e-2ecdc07bfc25"
_BLOCKS, _WARNS = "1", "6"
"""The modes that hinder; 0 is off, 2 only writes down what would have been hindered."""
_WITHOUT_EXCEL: Final = (
    "Until then the command caseload does what the buttons do, on the same file: caseload validate FILE."
)


def check(registry: Registry) -> Finding:
    """Whether a rule keeps Excel from starting our program, or this Python from running."""
    modes = {place: _modes(registry, place) for place in PLACES}
    hindering = [
        (rule, set_by, modes[place][rule])
        for rule in (CHILD_PROCESSES, UNUSUAL_PROGRAMS)
        for place, set_by in PLACES.items()
        if modes[place].get(rule) in (_BLOCKS, _WARNS)
    ]
    if not hindering:
        sentence = "No rule of Microsoft Defender that could be read keeps Excel from starting the program."
        if any(found.get(WIN32_CALLS) == _BLOCKS for found in modes.values()):
            sentence += " The one against Win32 calls from macros is on, and does not concern ours, which make none."
        return Finding("Defender", "right", sentence)
    rule, set_by, mode = min(hindering, key=lambda one: one[2])
    does = "forbids" if mode == _BLOCKS else "warns of"
    if rule == CHILD_PROCESSES:
        return Finding(
            "Defender",
            "wrong",
            f"Microsoft Defender {does} programs that Excel starts (rule {rule}, “Block all Office applications from "
            f"creating child processes”, set by {set_by}), so the buttons cannot start. Ask whoever manages your "
            f"computer to exclude this Python's folder from that rule, or to set it to audit. {_WITHOUT_EXCEL}",
        )
    return Finding(
        "Defender",
        "unknown",
        f"Microsoft Defender {does} programs that few computers have (rule {rule}, set by {set_by}), and may take this "
        "Python for one. If it is stopped, ask whoever manages your computer to exclude its folder from that rule.",
    )


def _modes(registry: Registry, place: str) -> dict[str, str]:
    """The modes that are set in one place, by rule."""
    values = registry.values("machine", place)
    if place != _INTUNE:
        return values
    pairs = (one.partition("=") for one in values.get("asrrules", "").split("|"))
    return {rule.strip().casefold(): mode.strip() for rule, _, mode in pairs}
