"""The whole record of the inspection, composed from the state. Writes no files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from time import perf_counter
from types import MappingProxyType
from typing import Any

from langgraph.runtime import Runtime

from graphs.inspection.context import Context
from graphs.inspection.scene import known_model
from graphs.inspection.state import State
from graphs.journal import NodeLine, VerdictLine, now
from graphs.records import Inspection, Recall, TraceEvent

VERSIONED = ("loupe", "langgraph", "torch")


async def record(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Compose the inspection; the caller renders and keeps it."""
    if state.asset is None or state.verdict is None:
        raise ValueError("record runs after load and judge; the asset or the verdict is missing")
    started = perf_counter()
    model = await known_model(state, runtime.context)
    zero_shot = {name: one.version for name, one in runtime.context.zero_shot.items()}
    experts = model.versions if model else zero_shot
    event = TraceEvent(node="record", seconds=perf_counter() - started)
    trace = [*state.trace, event]
    inspection = Inspection(
        id=state.inspection_id or state.asset.sha256[:16],
        asset=state.asset,
        product=state.recall.product if state.recall else None,
        recall=state.recall or Recall(product=None, given=False),
        mind=runtime.context.mind.name,
        strategy=runtime.context.strategy,
        views=state.views,
        verdict=state.verdict,
        evidence=state.evidence,
        rounds=state.rounds,
        usage=state.usage.model_copy(update={"seconds": sum(event.seconds for event in trace)}),
        trace=trace,
        degraded=state.degraded,
        created=datetime.now(UTC).isoformat(),
        versions={**package_versions(), **experts},
    )
    _tell(inspection, runtime.context, seconds=event.seconds)
    return {"inspection": inspection, "trace": [event]}


def _tell(inspection: Inspection, context: Context, *, seconds: float) -> None:
    """The last lines of the journal."""
    verdict = inspection.verdict
    context.journal.write(NodeLine(at=now(), node="record", seconds=seconds))
    context.journal.write(
        VerdictLine(
            at=now(),
            decision=verdict.decision,
            status=verdict.status,
            score=verdict.score,
            reason=verdict.reason,
        )
    )


@cache
def package_versions() -> Mapping[str, str]:
    """Versions of what decides the outcome, without importing it."""
    found: dict[str, str] = {}
    for name in VERSIONED:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return MappingProxyType(found)
