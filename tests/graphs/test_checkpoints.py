from __future__ import annotations

import asyncio
import contextlib
import gc
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from langgraph.checkpoint.base import Checkpoint, empty_checkpoint
from langgraph.types import Command

from graphs.checkpoints import open_checkpoints
from graphs.inspection.context import Context
from graphs.inspection.graph import build_inspection_graph, run_config
from graphs.inspection.state import InspectionInput
from graphs.minds.contract import Turn
from graphs.records import Inspection, ToolCall

MakeContext = Callable[..., Context]
ZOOM = ToolCall(id="C1", tool="zoom", arguments={"box_xyxy": [10, 10, 50, 50]})
NEARER = Turn(thought="nearer", tool_calls=[ZOOM])
DONE = Turn(thought="done", submitted=True)


class PowerCut(Exception):
    """Stands for whatever ends a process."""


async def run(given: Any, context: Context, checkpoints: Path) -> dict[str, Any]:
    async with open_checkpoints(checkpoints) as saver:
        graph = build_inspection_graph(saver)
        config = run_config("thread", context.budget)
        return await graph.ainvoke(given, config, context=context)


def comparable(inspection: Inspection) -> dict[str, Any]:
    return inspection.model_dump(
        exclude={"created": True, "trace": True, "usage": {"seconds", "tool_seconds"}}
    )


async def test_an_interrupted_inspection_goes_on_after_its_last_round(
    scratched_part: Path, tmp_path: Path, make_context: MakeContext, scripted: Any
) -> None:
    start = InspectionInput(path=str(scratched_part), inspection_id="i1")
    whole = await run(start, make_context(scripted([NEARER, DONE])), tmp_path / "whole.sqlite")
    cut, rest = tmp_path / "cut.sqlite", scripted([DONE])

    with pytest.raises(PowerCut):
        await run(start, make_context(scripted([NEARER, PowerCut()])), cut)
    resumed = make_context(rest)
    memory = resumed.models.model("plate").memories["difference"]
    scored_before: int = getattr(memory, "n_scored")  # noqa: B009
    ended = await run(None, resumed, cut)

    assert comparable(ended["inspection"]) == comparable(whole["inspection"])
    assert [event.node for event in ended["inspection"].trace] == [
        "load",
        "recall",
        "survey",
        "look",
        "act",
        "look",
        "judge",
        "record",
    ]
    assert getattr(memory, "n_scored") == scored_before  # noqa: B009
    assert [len(scene.rounds) for scene in rest.scenes] == [1]


async def test_a_mind_that_answered_is_not_asked_again_where_its_tools_were_cut_off(
    good_part: Path, tmp_path: Path, make_context: MakeContext, scripted: Any
) -> None:
    start, cut = InspectionInput(path=str(good_part)), tmp_path / "cut.sqlite"
    async with open_checkpoints(cut) as saver:
        graph = build_inspection_graph(saver)
        context = make_context(scripted([NEARER]))
        config = run_config("thread", context.budget)
        await graph.ainvoke(start, config, context=context, interrupt_before=["act"])
    rest = scripted([DONE])

    ended = await run(None, make_context(rest), cut)

    assert [one.thought for one in ended["inspection"].rounds] == ["nearer", "done"]
    assert [len(scene.rounds) for scene in rest.scenes] == [1]


async def test_checkpoints_fall_on_round_boundaries(
    good_part: Path, tmp_path: Path, make_context: MakeContext, scripted: Any
) -> None:
    start = InspectionInput(path=str(good_part))
    context = make_context(scripted([NEARER, DONE]))
    async with open_checkpoints(tmp_path / "c.sqlite") as saver:
        graph = build_inspection_graph(saver)
        config = run_config("thread", context.budget)
        await graph.ainvoke(start, config, context=context)

        kept = [state.next async for state in graph.aget_state_history(config)]
        writes = await saver.conn.execute_fetchall(
            "SELECT count(*) FROM writes WHERE checkpoint_id NOT IN "
            "(SELECT checkpoint_id FROM checkpoints)"
        )

    assert kept == [(), ("judge",), ("look",), ("look",), ("__start__",)]
    assert [row[0] for row in writes] == [0]


async def test_without_its_end_an_inspection_judges_once_more_and_asks_nobody(
    good_part: Path, tmp_path: Path, make_context: MakeContext, scripted: Any
) -> None:
    start = InspectionInput(path=str(good_part))
    context = make_context(scripted([NEARER, DONE]))
    config, nobody = run_config("thread", context.budget), scripted([])
    async with open_checkpoints(tmp_path / "c.sqlite", keeps_ends=False) as saver:
        graph = build_inspection_graph(saver)
        first = await graph.ainvoke(start, config, context=context)
        kept = [state.next async for state in graph.aget_state_history(config)]

        again = await graph.ainvoke(None, config, context=make_context(nobody))

    assert kept == [("judge",), ("look",), ("look",), ("__start__",)]
    assert comparable(again["inspection"]) == comparable(first["inspection"])
    assert nobody.scenes == []


async def test_a_boundary_is_kept_with_its_writes_though_its_saving_is_given_up(
    tmp_path: Path,
) -> None:
    given: Any = {"configurable": {"thread_id": "thread", "checkpoint_ns": ""}}
    boundary = {**empty_checkpoint(), "channel_values": {"branch:to:look": None}}
    kept: Any = {"configurable": {**given["configurable"], "checkpoint_id": boundary["id"]}}
    async with open_checkpoints(tmp_path / "kept.sqlite") as saver:
        await saver.setup()
        saving = asyncio.create_task(
            saver.aput(given, cast("Checkpoint", boundary), {"source": "loop", "step": 1}, {})
        )
        await asyncio.sleep(0)
        await saver.aput_writes(kept, [("detail", "looked")], "task")
        saving.cancel()
        # On a machine that stood still meanwhile it was done sooner.
        with contextlib.suppress(asyncio.CancelledError):
            await saving
        found = await saver.aget_tuple(given)

    assert found is not None
    assert found.checkpoint["id"] == boundary["id"]
    assert found.pending_writes == [("task", "detail", "looked")]


async def test_open_checkpoints_hold_nothing_of_an_inspection_that_has_ended(
    good_part: Path, tmp_path: Path, make_context: MakeContext, scripted: Any
) -> None:
    async with open_checkpoints(tmp_path / "c.sqlite") as saver:
        context = make_context(scripted([NEARER, DONE]))
        held = weakref.ref(context)
        start, config = InspectionInput(path=str(good_part)), run_config("thread", context.budget)
        await build_inspection_graph(saver).ainvoke(start, config, context=context)
        del context
        gc.collect()

        # Its pictures are behind it, some megabytes of each part of a batch.
        assert held() is None


async def test_what_is_dropped_is_gone_and_its_place_serves_those_that_come(
    good_part: Path, tmp_path: Path, make_context: MakeContext, scripted: Any
) -> None:
    kept = tmp_path / "c.sqlite"
    counted: list[tuple[int, ...]] = []
    async with open_checkpoints(kept) as saver:
        graph = build_inspection_graph(saver)
        for thread in ("first", "second", "third", "stays"):
            context = make_context(scripted([NEARER, DONE]))
            config = run_config(thread, context.budget)
            await graph.ainvoke(InspectionInput(path=str(good_part)), config, context=context)
            if thread != "stays":
                saver.drop(thread)
                await saver._rows.flush()
                assert not (await graph.aget_state(config)).values
            counted.append(
                tuple(
                    [
                        row[0]
                        for sql in (
                            "SELECT count(*) FROM checkpoints",
                            "SELECT count(*) FROM writes",
                            "SELECT page_count FROM pragma_page_count",
                        )
                        for row in await saver.conn.execute_fetchall(sql)
                    ]
                )
            )

    assert [one[:2] for one in counted[:3]] == [(0, 0)] * 3
    assert counted[3][0] == 5
    assert len({one[2] for one in counted}) == 1


async def test_a_person_decides_where_the_graph_says_review(
    scratched_part: Path, tmp_path: Path, make_context: MakeContext, scripted: Any
) -> None:
    start, kept = InspectionInput(path=str(scratched_part)), tmp_path / "c.sqlite"

    def context() -> Context:
        return make_context(scripted([DONE]), recalled=False, human_review=True)

    asked = await run(start, context(), kept)
    refused = await run(Command(resume="perhaps"), context(), kept)
    ended = await run(Command(resume="anomalous"), context(), kept)

    question = asked["__interrupt__"][0].value
    assert question["choices"] == ["normal", "anomalous", "review"]
    assert question["reason"].startswith("The product is unknown")
    assert refused["__interrupt__"][0].value["refused"].startswith("'perhaps' is none of")
    verdict = ended["inspection"].verdict
    assert verdict.decision == "anomalous"
    assert verdict.reason.endswith("A person reviewed it and decided anomalous.")


async def test_nobody_is_asked_where_human_review_is_off(
    scratched_part: Path, tmp_path: Path, make_context: MakeContext, scripted: Any
) -> None:
    context = make_context(scripted([DONE]), recalled=False)

    ended = await run(InspectionInput(path=str(scratched_part)), context, tmp_path / "c.sqlite")

    assert "__interrupt__" not in ended
    assert ended["inspection"].verdict.decision == "review"
