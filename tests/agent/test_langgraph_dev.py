"""`langgraph dev` with our langgraph.json, in an environment of its own, as Studio reaches it.

Its licence and its pins are not ours, so it cannot share our environment: LOUPE_LANGGRAPH_PYTHON
names an interpreter that has `langgraph-cli[inmem]` and what Loupe needs.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.cli import run as run_command_line
from evals.benchmarks.ports import free_port

PYTHON = os.environ.get("LOUPE_LANGGRAPH_PYTHON", "")
"""Read when the module is loaded: tests run without variables of Loupe's."""
ROOT = Path(__file__).resolve().parents[2]
EXPERTS = "registered_difference"
PATIENCE_S = 180.0


class Dev:
    """A running `langgraph dev`."""

    def __init__(self, url: str, log: Path) -> None:
        from langgraph_sdk import get_sync_client

        self.client: Any = get_sync_client(url=url)
        self.log = log

    def run(self, graph: str, given: dict[str, Any]) -> list[Any]:
        """The states of one run in a new thread, as a client that streams sees them."""
        thread = self.client.threads.create()["thread_id"]
        stream = self.client.runs.stream(thread, graph, input=given, stream_mode="values")
        parts = list(stream)
        assert [one.data for one in parts if one.event == "error"] == [], self.log.read_text()
        return [one.data for one in parts if one.event == "values"]


@pytest.fixture(scope="module")
def dev(learned_plate: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    if not PYTHON:
        pytest.skip("langgraph dev absent: set LOUPE_LANGGRAPH_PYTHON to its interpreter")
    folder = tmp_path_factory.mktemp("dev")
    shutil.copytree(learned_plate.home, folder / "home")
    # It reads from, and keeps its own state in, the folder where it is started.
    (folder / "agent").symlink_to(ROOT / "agent")
    shutil.copyfile(ROOT / "langgraph.json", folder / "langgraph.json")
    port = free_port()
    command = [PYTHON, "-m", "langgraph_cli", "dev", "--no-browser", "--no-reload"]
    command += ["--allow-blocking", "--port", str(port)]
    told = {
        "LOUPE_HOME": str(folder / "home"),
        "LOUPE_EXPERTS": EXPERTS,
        "LANGGRAPH_CLI_NO_ANALYTICS": "1",
        "LANGSMITH_TRACING": "false",
        "PYTHONPATH": str(ROOT),
    }
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **told}, stdout=log, stderr=log
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _await(url, server, folder / "log")
        dev = Dev(url, folder / "log")
        with dev.client:
            yield dev
    finally:
        server.terminate()
        server.wait(PATIENCE_S)


def _await(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    import time

    import httpx

    until_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < until_s:
        assert server.poll() is None, log.read_text()
        try:
            if httpx.get(f"{url}/ok", trust_env=False, timeout=30).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="module")
def inspected(learned_plate: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `loupe inspect` says of the spotted plate, with another copy of the same home."""
    folder = tmp_path_factory.mktemp("inspected")
    shutil.copytree(learned_plate.home, folder / "home")
    asked = ["inspect", str(learned_plate.spotted), "--product", "plate"]
    asked += ["--home", str(folder / "home"), "--out", str(folder / "run"), "--expert", EXPERTS]
    assert run_command_line(asked) == 0
    (record,) = (folder / "run").glob("inspections/*/inspection.json")
    found: dict[str, Any] = json.loads(record.read_bytes())["verdict"]
    return found


def test_an_inspection_comes_to_the_verdict_of_the_command_line(
    dev: Dev, learned_plate: Any, inspected: dict[str, Any]
) -> None:
    states = dev.run("inspection", {"path": str(learned_plate.spotted), "product": "plate"})

    verdict = states[-1]["inspection"]["verdict"]
    assert inspected["decision"] == "anomalous"
    told = ("decision", "score", "raw_score", "findings", "causes")
    assert {name: verdict[name] for name in told} == {name: inspected[name] for name in told}


def test_the_conversation_inspects_a_picture_and_goes_on_in_its_thread(
    dev: Dev, learned_plate: Any, inspected: dict[str, Any]
) -> None:
    data = base64.b64encode(learned_plate.spotted.read_bytes()).decode()
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}
    first = {"role": "user", "content": [{"type": "text", "text": "inspect as plate"}, image]}
    thread = dev.client.threads.create()["thread_id"]

    def said(message: dict[str, Any]) -> str:
        states = dev.client.runs.wait(thread, "conversation", input={"messages": [message]})
        assert "__error__" not in states, states
        return str(states["messages"][-1]["content"])

    answer = said(first)
    assert f"ANOMALOUS, score {inspected['score']:.2f}" in answer
    assert "[I1]" in said({"role": "user", "content": "why?"})


def test_its_schemas_are_there_for_studio(dev: Dev) -> None:
    found = {one["graph_id"]: one["assistant_id"] for one in dev.client.assistants.search()}
    assert set(found) == {"inspection", "conversation"}
    schemas = dev.client.assistants.get_schemas(found["inspection"])
    assert "path" in schemas["input_schema"]["properties"]
    assert dev.client.assistants.get_graph(found["conversation"])["nodes"]
