"""An ID is recognised in the ways IDs suffer, and in no others."""

from __future__ import annotations

import pytest

from server.judge.ids import DIFFERENT, ONE_OFF, SAME, SLIP, levels


@pytest.mark.parametrize(
    ("written", "stored", "level"),
    [
        ("s-012", "S-012", SAME),
        ("S012", "S-012", SAME),
        ("12", "0000012", SLIP),
        ("P-42", "P-00042", SLIP),
        ("42", "P-00042", SLIP),
        ("1O432", "10432", SLIP),
        ("10342", "10432", SLIP),
        ("10433", "10432", ONE_OFF),
        ("1043", "10432", ONE_OFF),
        ("100432", "10432", ONE_OFF),
        ("S2", "S1", DIFFERENT),
        ("10999", "10432", DIFFERENT),
        ("A-42", "B-42", DIFFERENT),
        ("", "10432", DIFFERENT),
        ("10432", "", DIFFERENT),
    ],
)
def test_two_ids_stand_to_each_other(written, stored, level):
    assert levels([written], [stored]).tolist() == [[level]]
