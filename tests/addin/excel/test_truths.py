"""How Excel really behaves, line by line, and that the product comes through it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.excel.scenarios import PLAYED
from tests.support.excel.world import World


@pytest.mark.parametrize(
    ("system", "scenario"), PLAYED, ids=[f"{scenario.__name__}-{system}" for system, scenario in PLAYED]
)
def test_the_product_comes_through(scenario: Callable[[World], None], world: World) -> None:
    scenario(world)
