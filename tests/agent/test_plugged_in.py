"""Loupe in somebody else's LangChain: as a tool, as a subgraph, and as `langgraph.json` says."""

from __future__ import annotations

import base64
import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command
from typing_extensions import TypedDict

from agent import Inspector, Settings, as_tool, build_loupe_graph
from agent.chat_graph import build_chat_graph, pictures_of, thread_of
from agent.conversations import Conversations
from agent.shared_inspector import shared_inspector
from tools.errors import AssetError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def inspector(tmp_path: Path) -> Iterator[Inspector]:
    with Inspector(Settings(home=tmp_path / "home")) as one:
        yield one


async def test_a_langchain_agent_calls_loupe_as_a_tool(inspector: Inspector, strange: Path) -> None:
    tool = as_tool(inspector)
    call = {"name": tool.name, "args": {"path": str(strange)}, "id": "1", "type": "tool_call"}
    message = await tool.ainvoke(call)

    assert message.content.startswith("strange.png is REVIEW")
    assert message.artifact["verdict"]["decision"] == "review"
    assert message.artifact["format"] == "loupe.inspection/1"


async def test_a_file_that_is_not_there_is_the_tools_error(inspector: Inspector) -> None:
    tool = as_tool(inspector)
    call = {"name": tool.name, "args": {"path": "/no.png"}, "id": "1", "type": "tool_call"}
    message = await tool.ainvoke(call)

    assert message.status == "error"
    assert "/no.png" in message.content


class Line(TypedDict, total=False):
    """The state of a plant's own graph."""

    path: str
    product: str | None
    inspection: dict[str, Any]
    bin: str


def line_of(inspector: Inspector, **compiled: Any) -> Any:
    """A graph of a plant: Loupe inspects, then the part goes into a bin."""

    def sort(state: Line) -> Line:
        return {"bin": state["inspection"]["verdict"]["decision"]}

    graph = StateGraph(Line)
    graph.add_node("loupe", build_loupe_graph(inspector))
    graph.add_node("sort", sort)
    graph.add_edge(START, "loupe")
    graph.add_edge("loupe", "sort")
    graph.add_edge("sort", END)
    return graph.compile(**compiled)


async def test_loupe_is_a_node_of_a_plants_graph(inspector: Inspector, strange: Path) -> None:
    done = await line_of(inspector).ainvoke({"path": str(strange)})

    assert done["bin"] == "review"
    assert done["inspection"]["asset"]["path"] == str(strange)


async def test_a_plants_graph_waits_for_a_person_and_goes_on(tmp_path: Path, strange: Path) -> None:
    settings = Settings(home=tmp_path / "home", human_review=True)
    with Inspector(settings, reviewer=lambda question: "never asked") as inspector:
        line = line_of(inspector, checkpointer=InMemorySaver())
        config = {"configurable": {"thread_id": "1"}}
        waiting = await line.ainvoke({"path": str(strange)}, config)
        assert "bin" not in waiting
        assert len(waiting["__interrupt__"]) == 1
        done = await line.ainvoke(Command(resume="anomalous"), config)

    assert done["bin"] == "anomalous"


async def test_a_chat_client_speaks_messages_with_pictures(
    inspector: Inspector, strange: Path
) -> None:
    graph = build_chat_graph(Conversations(inspector))
    data = base64.b64encode(strange.read_bytes()).decode()
    said = HumanMessage(
        [
            {"type": "text", "text": "inspect this"},
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}},
        ]
    )
    done = await graph.ainvoke({"messages": [said]}, {"configurable": {"thread_id": "a b"}})
    answer = done["messages"][-1]

    assert "is REVIEW" in answer.content
    assert answer.additional_kwargs["loupe"]["thread"] == "a-b"
    assert [one.thread for one in Conversations(inspector).threads()] == ["a-b"]


def test_a_picture_that_lies_elsewhere_is_not_fetched(tmp_path: Path) -> None:
    block = {"type": "image_url", "image_url": {"url": "http://127.0.0.1/x.png"}}

    with pytest.raises(AssetError, match="none is fetched"):
        pictures_of([block], tmp_path)
    with pytest.raises(AssetError, match="no base64"):
        pictures_of([{"type": "image", "base64": "%%", "mime_type": "image/png"}], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_clients_thread_is_a_name_of_ours() -> None:
    assert thread_of({"configurable": {"thread_id": "../x/y"}}) == "x-y"
    assert thread_of({}) == "studio"


async def test_langgraph_json_names_two_graphs_that_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, strange: Path
) -> None:
    monkeypatch.setenv("LOUPE_HOME", str(tmp_path / "home"))
    shared_inspector.cache_clear()
    named = json.loads((ROOT / "langgraph.json").read_bytes())["graphs"]
    graphs = {name: _loaded(place)() for name, place in named.items()}
    try:
        part = await graphs["inspection"].ainvoke({"path": str(strange)})
        told = await graphs["conversation"].ainvoke({"messages": [HumanMessage("help")]})
    finally:
        shared_inspector().close()
        shared_inspector.cache_clear()

    assert set(graphs) == {"inspection", "conversation"}
    assert part["inspection"]["verdict"]["decision"] == "review"
    assert "Say, for example" in told["messages"][-1].content


def _loaded(place: str) -> Any:
    """What a server does: the module by its path, then the name."""
    path, _, name = place.partition(":")
    spec = importlib.util.spec_from_file_location(f"loaded_{name}", ROOT / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name)
