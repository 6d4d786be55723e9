from __future__ import annotations

import pytest

from evals.benchmarks.tiny_product import TinyProduct, write_tiny_product
from evals.benchmarks.tools import CALLS, SEGMENT, ToolSeconds, asked
from tools.mark import COST_S
from tools.table import TOOLS


def test_every_tool_that_brings_evidence_is_asked() -> None:
    asked_for = {name for name, _ in (*CALLS, SEGMENT)}

    assert asked_for == TOOLS.keys() - {"submit"}


def test_a_row_tells_median_largest_and_stated_seconds() -> None:
    row = ToolSeconds("zoom", "[1, 2, 3, 4]", (0.1, 0.3, 0.2), 0.05)

    assert row.line() == "| zoom | [1, 2, 3, 4] | 3 | 0.200 | 0.300 | 0.05 |"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> TinyProduct:
    """A product that is learned once for both tests, in a home beside it."""
    return write_tiny_product(tmp_path_factory.mktemp("tools"))


async def test_each_call_is_timed_in_each_inspection_but_the_first(tiny: TinyProduct) -> None:
    calls = (("zoom", {"box_xyxy": [10, 10, 40, 40]}), ("mark", {"method": "grid"}))

    found = await asked(
        tiny.normal.parent / "home",
        calls,
        n=1,
        product=tiny.product,
        parts=[tiny.normal, tiny.spotted],
    )

    assert [(row.tool, row.arguments, len(row.seconds)) for row in found] == [
        ("zoom", "[10, 10, 40, 40]", 1),
        ("mark", "grid", 1),
    ]
    assert [row.stated_s for row in found] == [TOOLS["zoom"].cost_s, COST_S["grid"]]


async def test_a_tool_that_refuses_is_not_timed(tiny: TinyProduct) -> None:
    calls, home = [("zoom", {"region": 99})], tiny.normal.parent / "home"

    with pytest.raises(RuntimeError, match="region 99 does not exist"):
        await asked(home, calls, n=1, product=tiny.product, parts=[tiny.normal])
