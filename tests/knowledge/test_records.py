from __future__ import annotations

import pytest
from pydantic import ValidationError

from knowledge.records import Rule, Tolerance


def test_a_tolerance_without_a_quantity_is_refused() -> None:
    with pytest.raises(ValidationError, match="needs a quantity"):
        Rule(id="R1", kind="tolerance", text="six screws", min=6, max=6)


def test_a_tolerance_whose_bounds_are_crossed_is_refused() -> None:
    with pytest.raises(ValidationError, match="min must not be above max"):
        Rule(id="R1", kind="tolerance", text="six", quantity="count:screw", min=7, max=6)


def test_a_gain_of_one_or_more_is_refused() -> None:
    with pytest.raises(ValidationError, match="less than 1"):
        Tolerance(gain=1.0)
