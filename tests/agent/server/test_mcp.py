"""Loupe's tools over MCP, by the SDK's own client: over stdio and streamable HTTP."""

from __future__ import annotations

import base64
import io
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import ImageContent
from PIL import Image

from agent.server.threaded import Running
from evals.benchmarks.tiny_product import TinyProduct

TOOLS = ["ask_knowledge", "correct", "inspect", "list_products", "look_closer", "report"]
TOOLS += ["similar_cases"]


@asynccontextmanager
async def over_http(running: Running, person: str = "anna") -> AsyncIterator[Client]:
    token = running.settings.serve_tokens[person].get_secret_value()
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=120, trust_env=False) as http,
        Client(streamable_http_client(f"{running.url}/mcp", http_client=http)) as client,
    ):
        yield client


def text_of(answer: Any) -> str:
    """All text of an answer's content, or of what was read."""
    parts = answer.content if hasattr(answer, "content") else answer.contents
    return "\n".join(one.text for one in parts if hasattr(one, "text"))


def data_url(path: Path) -> str:
    return f"data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()}"


async def test_an_inspection_over_http_has_the_same_verdict_with_picture_and_progress(
    running: Running, parts: TinyProduct, spotted: dict[str, Any]
) -> None:
    told: list[tuple[float, str | None]] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        told.append((progress, message))

    async with over_http(running) as client:
        tools = sorted((await client.list_tools()).tools, key=lambda one: one.name)
        assert [one.name for one in tools] == TOOLS
        assert all(one.output_schema for one in tools)
        arguments = {"image": data_url(parts.spotted), "product": "plate"}
        answer = await client.call_tool("inspect", arguments, progress_callback=hear)
        found = answer.structured_content
        assert found is not None
        assert (found["decision"], found["score"]) == (spotted["decision"], spotted["score"])
        assert found["findings"][0]["box_xyxy"]
        assert text_of(answer).startswith("# anomalous: picture.png")
        picture = answer.content[1]
        assert isinstance(picture, ImageContent)
        shown = Image.open(io.BytesIO(base64.b64decode(picture.data)))
        assert (picture.mime_type, shown.format) == ("image/png", "PNG")
        assert "load" in [message for _, message in told]
        assert [done for done, _ in told] == sorted({done for done, _ in told})

        region = found["findings"][0]["region"]
        closer = await client.call_tool(
            "look_closer", {"inspection": found["id"], "region": region}
        )
        assert closer.structured_content is not None
        assert closer.structured_content["factor"] > 1
        assert closer.content[1].type == "image"
        report = await client.call_tool("report", {"inspection": found["id"]})
        assert report.structured_content is not None
        assert "## Findings" in report.structured_content["markdown"]


async def test_what_is_known_is_told_and_read(running: Running, spotted: dict[str, Any]) -> None:
    async with over_http(running) as client:
        rules = await client.call_tool("ask_knowledge", {"question": "dark spot", "k": 1})
        assert rules.structured_content is not None
        assert rules.structured_content["passages"][0]["id"] == "R1"
        products = await client.call_tool("list_products", {})
        assert products.structured_content is not None
        assert [one["name"] for one in products.structured_content["products"]] == ["plate"]
        cases = await client.call_tool("similar_cases", {"inspection": spotted["id"]})
        assert cases.structured_content == {"cases": []}

        read = await client.read_resource("loupe://products/plate")
        assert '"R1"' in text_of(read)
        read = await client.read_resource(f"loupe://inspections/{spotted['id']}")
        assert text_of(read).startswith("# anomalous: spotted.png")
        read = await client.read_resource("loupe://inspections?q=spotted")
        assert spotted["id"] in text_of(read)
        prompts = (await client.list_prompts()).prompts
        assert [one.name for one in prompts] == ["inspect_part", "root_cause"]
        prompt = await client.get_prompt("root_cause", {"inspection": spotted["id"]})
        assert spotted["id"] in str(prompt.messages[0].content)


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("inspect", {"path": "/etc/passwd"}, "outside the folders"),
        ("inspect", {}, "Give one of path, image and url"),
        ("inspect", {"image": "data:image/png;base64,????"}, "no valid base64"),
        ("inspect", {"image": "aGVsbG8gd29ybGQ="}, "must hold png"),
        ("inspect", {"url": "http://127.0.0.1/a.png"}, "Remote URLs are not fetched"),
        ("inspect", {"path": "a.png", "product": "gizmo"}, "no product 'gizmo'"),
        ("report", {"inspection": "../../etc"}, "no inspection"),
    ],
)
async def test_what_cannot_be_done_is_told_in_a_line(
    running: Running, tool: str, arguments: dict[str, Any], told: str
) -> None:
    async with over_http(running) as client:
        answer = await client.call_tool(tool, arguments)

    assert answer.is_error
    assert told in text_of(answer)


async def test_an_inspection_of_another_person_is_not_there(
    running: Running, spotted: dict[str, Any]
) -> None:
    async with over_http(running, "ben") as client:
        answer = await client.call_tool("report", {"inspection": spotted["id"]})
        read = await client.read_resource("loupe://inspections")

    assert answer.is_error
    assert spotted["id"] not in text_of(read)


async def test_the_same_over_stdio_by_a_path_in_the_folder_of_the_process(
    running: Running, parts: TinyProduct, spotted: dict[str, Any], tmp_path: Path
) -> None:
    # What the served home has learnt, so that the process learns nothing anew.
    left = shutil.ignore_patterns("runs", "uploads", "*.lock")
    home = shutil.copytree(running.settings.home, tmp_path / "home", ignore=left)
    command = "from agent.cli import main; main()"
    server = StdioServerParameters(
        command=sys.executable,
        args=["-c", command, "mcp", "--home", str(home)],
        cwd=str(parts.spotted.parent),
        env={"LOUPE_EXPERTS": "registered_difference", "PYTHONPATH": ":".join(sys.path)},
    )

    async with Client(stdio_client(server)) as client:
        answer = await client.call_tool("inspect", {"path": "spotted.png", "product": "plate"})

    assert answer.structured_content is not None
    found = answer.structured_content
    assert (found["decision"], found["score"]) == (spotted["decision"], spotted["score"])
