from __future__ import annotations

from pathlib import Path

from agent.inspector import Inspector
from agent.settings import Settings
from evals.benchmarks.tiny_product import PRODUCT, write_tiny_product
from evals.benchmarks.tools_alone import inspected


async def test_nodes_alone_come_to_what_an_inspection_decides(tmp_path: Path) -> None:
    parts = write_tiny_product(tmp_path)
    settings = Settings(home=tmp_path / "home", experts=("registered_difference",))
    async with Inspector(settings) as inspector:
        inspector.add_product(parts.product)
        whole = await inspector.ainspect(parts.spotted, PRODUCT)
        context = inspector.workshop.context(tmp_path / "artifacts")

        alone = await inspected(str(parts.spotted), PRODUCT, context)

    assert alone.verdict == whole.verdict
    assert whole.verdict.decision == "anomalous"
