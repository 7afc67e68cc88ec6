"""Check whether policies let Excel run our macros and trust our add-in (EXCEL-TRUTH 21).

An organization sets the policies, or the user in Excel's own settings.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from addin.install.excel import Finding
from addin.install.registry import Registry

_OFFICE: Final = r"Microsoft\office\16.0"
"""What Office 2016, 2019, 2021, 2024 and 365 call themselves there."""
_POLICIES: Final = (rf"Software\Policies\{_OFFICE}", r"Software\Policies\Microsoft\Cloud\Office\16.0")
"""Where an organization's policies stand: by Group Policy or Intune, and by Office's own cloud."""
_USERS_OWN: Final = rf"Software\{_OFFICE}"
_SECURITY: Final = r"excel\security"
_TRUSTED: Final = r"security\trusted locations"
_SIGNED_ONLY, _NONE = "3", "4"


def check(registry: Registry, add_in: Path) -> list[Finding]:
    """Whether Excel runs our macros. `add_in`: where Excel finds Caseload.xlam by itself."""
    return [_macros(registry, add_in), _trusted(registry)]


def _macros(registry: Registry, add_in: Path) -> Finding:
    if (
        _policy(registry, "common", "vbaoff") == "1"
        or registry.values("machine", rf"SOFTWARE\Policies\{_OFFICE}\common").get("vbaoff") == "1"
    ):
        return Finding("Macros", "wrong", f"Your organization has switched macros off in Office. {_BY_COMMAND}")
    warnings = _policy(registry, _SECURITY, "vbawarnings")
    whose = "Your organization lets Excel"
    if warnings is None:
        warnings = registry.values("user", rf"{_USERS_OWN}\{_SECURITY}").get("vbawarnings")
        whose = "Your own settings in Excel (File > Options > Trust Center > Macro Settings) let it"
    if warnings == _NONE:
        return Finding("Macros", "wrong", f"{whose} run no macros at all. {_BY_COMMAND}")
    if warnings == _SIGNED_ONLY:
        if _is_signed(add_in):
            return Finding("Macros", "right", f"{whose} run signed macros only, and {add_in} is signed.")
        return Finding("Macros", "wrong", f"{whose} run signed macros only. {_SIGN_IT}")
    blocked = _policy(registry, _SECURITY, "blockcontentexecutionfrominternet") == "1"
    more = " Those in files from the internet it blocks: save such a file, and untick Blocked in its Properties."
    return Finding("Macros", "right", f"Excel runs macros that its user enables.{more if blocked else ''}")


_BY_COMMAND: Final = (
    "Ask whoever manages your computer to allow them for one signed add-in, Caseload.xlam. Until then the command "
    "caseload does what the buttons do, on the same file."
)
_SIGN_IT: Final = (
    "Ask whoever manages your computer to sign the add-in once, and to give it to everybody: caseload install "
    "--save-add-in Caseload.xlam gives it out. Templates "
    "are then plain workbooks: caseload template --format xlsx. Until then the command caseload does what the buttons "
    "do."
)


def _trusted(registry: Registry) -> Finding:
    if _policy(registry, rf"excel\{_TRUSTED}", "alllocationsdisabled") == "1":
        sentence = (
            "Your organization lets Excel trust no folder, so it asks about macros in each new workbook: enable them."
        )
        return Finding("Trusted locations", "unknown", sentence)
    if _policy(registry, rf"common\{_TRUSTED}", "allow user locations") == "0":
        sentence = (
            "Your organization settles which folders Excel trusts. Ask which they are, and keep your caseload "
            "workbooks there; elsewhere Excel asks about macros in each new workbook: enable them."
        )
        return Finding("Trusted locations", "unknown", sentence)
    return Finding("Trusted locations", "right", "You may tell Excel which folders to trust.")


def _policy(registry: Registry, key: str, name: str) -> str | None:
    """What an organization has set; None where it has not."""
    return next((found for root in _POLICIES if (found := registry.values("user", rf"{root}\{key}").get(name))), None)


def _is_signed(add_in: Path) -> bool:
    from workbook.sheets.macro_book import is_signed  # openpyxl takes its time

    try:
        return is_signed(add_in.read_bytes())
    except OSError:
        return False
