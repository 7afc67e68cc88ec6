"""Keeps Python's garbage collector from looking again and again at what stays: a tenth of the suite's time otherwise.

A plugin of pytest (tests/conftest.py). The thousands of tests and all that they import live as long as the process, and
one workbook is a hundred thousand objects that go by themselves. Cycles are still found, after more objects.
"""

from __future__ import annotations

import gc

gc.set_threshold(50_000, 20, 20)


def pytest_collection_finish() -> None:
    gc.freeze()
