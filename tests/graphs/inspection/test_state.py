from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from graphs.checkpoints import build_serializer
from graphs.inspection.state import State, add_usage, changed, merge_rounds, taken_in
from graphs.records import Round, TraceEvent, Usage, Verdict
from tools.records import Asset, Evidence, ImageExtent, Region, View

ASSET = Asset(path="a.png", sha256="0" * 64, modality="image", size=[4, 4])
VIEW = View(
    id="V1",
    asset_sha256="0" * 64,
    artifact="1" * 64,
    size=[4, 4],
    window_xyxy=[0, 0, 4, 4],
    factor_xy=[1, 1],
)
REGION = Region(id=1, view="V1", box_xyxy=[0, 0, 2, 2], source=ImageExtent(box_xyxy=[0, 0, 2, 2]))


def test_a_new_state_knows_its_path_and_nothing_else() -> None:
    assert State(path="a.png") == State(
        path="a.png",
        product=None,
        inspection_id="",
        inspection=None,
        asset=None,
        recall=None,
        views=[],
        regions=[],
        evidence=[],
        raw_scores={},
        rounds=[],
        usage=Usage(),
        trace=[],
        degraded=[],
        verdict=None,
    )


def test_an_update_is_left_without_what_it_does_not_change() -> None:
    state = State(path="a.png", stopped="spent", raw_scores={"direct": 0.5})
    update = {"stopped": "spent", "unanswerable": "", "raw_scores": {}, "views": [], "degraded": []}

    assert changed(state, update) == {}
    assert changed(state, {**update, "stopped": "", "views": [VIEW]}) == {
        "stopped": "",
        "views": [VIEW],
    }


def test_a_round_written_again_replaces_the_first_writing() -> None:
    first, second = Round(number=1, thought="a"), Round(number=2, thought="b")
    observed = Round(number=1, thought="a", observations=["seen"])

    assert merge_rounds([first, second], [observed]) == [observed, second]


def test_usage_adds_up_tool_by_tool() -> None:
    left = Usage(vlm_calls=1, input_tokens=10, seconds=0.5, tool_seconds={"zoom": 1.0})
    right = Usage(vlm_calls=2, output_tokens=5, cost_usd=0.1, tool_seconds={"zoom": 2, "mark": 1})

    assert add_usage(left, right) == Usage(
        vlm_calls=3,
        input_tokens=10,
        output_tokens=5,
        cost_usd=0.1,
        seconds=0.5,
        tool_seconds={"zoom": 3.0, "mark": 1.0},
    )


def test_an_update_is_taken_in_by_the_reducers_and_leaves_the_state_before_alone() -> None:
    first, second = Round(number=1, thought="a"), Round(number=2, thought="b")
    before = State(path="a.png", views=[VIEW], rounds=[first], usage=Usage(vlm_calls=1))

    after = taken_in(before, {"rounds": [second], "usage": Usage(vlm_calls=2), "stopped": "spent"})

    assert after == State(
        path="a.png",
        views=[VIEW],
        rounds=[first, second],
        usage=Usage(vlm_calls=3),
        stopped="spent",
    )
    assert before == State(path="a.png", views=[VIEW], rounds=[first], usage=Usage(vlm_calls=1))


def test_every_record_of_the_state_survives_the_strict_serializer() -> None:
    serializer = build_serializer()
    evidence = Evidence(id="E1", tool="score", region=REGION, values={"levels": [1.0, 2.0]})
    verdict = Verdict(decision="normal", reason="r", status="decided", regions=[REGION])
    values = [
        ASSET,
        [VIEW],
        [REGION],
        [evidence],
        {"patch_memory": 1.5},
        [Round(number=1, thought="t")],
        Usage(tool_seconds={"zoom": 1.0}),
        [TraceEvent(node="load", seconds=0.1)],
        verdict,
    ]

    assert [serializer.loads_typed(serializer.dumps_typed(one)) for one in values] == values


STRICT = """
import asyncio, sys, warnings
warnings.simplefilter("error")
from pathlib import Path
from langgraph.graph import END, START, StateGraph
from graphs.checkpoints import open_checkpoints
from graphs.inspection.state import State
from graphs.records import Round, TraceEvent, Usage, Verdict
from tools.records import Asset

async def fill(state):
    return {
        "asset": Asset(path="a", sha256="0" * 64, modality="image", size=[4, 4]),
        "rounds": [Round(number=1, thought="t")],
        "usage": Usage(vlm_calls=1),
        "trace": [TraceEvent(node="fill", seconds=0.1)],
        "verdict": Verdict(decision="review", reason="r", status="decided"),
    }

async def main():
    graph = StateGraph(State)
    graph.add_node("fill", fill)
    graph.add_edge(START, "fill")
    graph.add_edge("fill", END)
    config = {"configurable": {"thread_id": "t"}}
    path = Path(sys.argv[1])
    async with open_checkpoints(path) as saver:
        before = await graph.compile(saver).ainvoke({"path": "a"}, config)
    async with open_checkpoints(path) as saver:
        after = (await graph.compile(saver).aget_state(config)).values
    for name in ("asset", "rounds", "usage", "trace", "verdict"):
        assert after[name] == before[name], name
        assert type(after[name]) is type(before[name]), name

asyncio.run(main())
"""


def test_a_checkpoint_restores_records_where_msgpack_is_strict(tmp_path: Path) -> None:
    environment = os.environ | {"LANGGRAPH_STRICT_MSGPACK": "true"}

    done = subprocess.run(
        [sys.executable, "-c", STRICT, str(tmp_path / "checkpoints.sqlite")],
        env=environment,
        cwd=Path(__file__).resolve().parents[3],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
