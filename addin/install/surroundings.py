"""Check what else on this computer decides whether buttons work: `caseload install --check`."""

from __future__ import annotations

from collections.abc import Mapping

from addin.api.settings import ClientSettings
from addin.install import defender, dry_run, macro_policy, places
from addin.install.excel import Computer, Finding
from addin.install.registry import Registry


def check(
    computer: Computer,
    registry: Registry,
    environment: Mapping[str, str],
    settings: ClientSettings,
    found: list[Finding],
) -> list[Finding]:
    """Changes nothing. `environment`: the process's; `found`: what was found of Excel and the installation before, for
    the last line says what all of it comes to. Empty where there is no Excel for the system."""
    findings: list[Finding] = []
    if computer.platform == "win32":
        findings = [
            *filter(None, [places.store_python(computer.python)]),
            defender.check(registry),
            *macro_policy.check(registry, computer.add_in),
            places.documents(registry, environment),
        ]
    elif computer.platform == "darwin":
        findings = [places.mac_folders(computer.home)]
    else:
        return []
    findings += [dry_run.program(computer.python), dry_run.server(settings)]
    return [*findings, dry_run.press([*found, *findings])]
