"""Marks the tests that need LibreOffice or PostgreSQL by the fixtures that they use, so that none is forgotten.

A plugin of pytest (tests/conftest.py). What a fixture takes only when a parameter says so carries its mark on that
parameter; a test that starts LibreOffice by itself carries it on itself.
"""

from __future__ import annotations

import pytest

NEEDS = {"office": "calc", "soffice": "calc", "postgresql": "postgresql"}
"""Fixture → mark."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for name in NEEDS.keys() & set(getattr(item, "fixturenames", ())):
            item.add_marker(NEEDS[name])
