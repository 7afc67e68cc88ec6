"""Headers of foreign sheets: which of our columns each is taken for, and that of other columns none is taken for one.

`benchmarks/foreign_headers.csv` says what each header means; those that mean no column of ours have none. Only the
headers are shown, so what the cells would tell is left out.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path

from rapidfuzz import fuzz, process

from addin.foreign.mapping import ColumnMapping
from workbook.columns import KINDS, canonical_header


def show(_asked: argparse.Namespace) -> None:
    """Prints the shares of headers that are taken for the right column, for none, and for a wrong one."""
    with (Path(__file__).parent / "foreign_headers.csv").open(encoding="utf-8", newline="") as file:
        labelled = [(line["header"], line["column"]) for line in csv.DictReader(file)]
    ours = [pair for pair in labelled if pair[1]]
    others = [pair for pair in labelled if not pair[1]]
    print(f"\nHeaders: {len(ours)} that mean a column, {len(others)} that mean none")
    print(f"  {'matcher':10} {'right':>7} {'none':>7} {'wrong':>7} {'false':>7} {'time':>8}")
    matchers: dict[str, Callable[[str], str]] = {
        "ours": _ours, "aliases": lambda header: canonical_header(header) or "",
        "WRatio": _wratio, "difflib": _difflib,
    }  # fmt: skip
    for name, matcher in matchers.items():
        begun = time.perf_counter()
        found = [(matcher(header), column) for header, column in ours]
        false = sum(bool(matcher(header)) for header, _ in others) / len(others)
        seconds = time.perf_counter() - begun
        right = sum(got == column for got, column in found) / len(found)
        none = sum(not got for got, _ in found) / len(found)
        print(f"  {name:10} {right:>7.1%} {none:>7.1%} {1 - right - none:>7.1%} {false:>7.1%} {seconds:>6.2f} s")


def _ours(header: str) -> str:
    return ColumnMapping([header], list(KINDS), {}).targets.get(header) or ""


def _wratio(header: str) -> str:
    found = process.extractOne(header, list(KINDS), scorer=fuzz.WRatio, score_cutoff=85)
    return found[0] if found else ""


def _difflib(header: str) -> str:
    return next(iter(get_close_matches(header, list(KINDS), 1, 0.75)), "")
