"""The smoke test of docs/, as a module."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

SMOKE = Path(__file__).parents[2] / "docs" / "smoke_excel.py"


def smoke_script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, found with its neighbours as Python finds them when it is run."""
    monkeypatch.syspath_prepend(SMOKE.parent)
    for name in ("smoke_excel", "smoke_server"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return importlib.import_module("smoke_excel")
