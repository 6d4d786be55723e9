"""Loupe's tools through LangChain's MCP adapter, in an environment of its own.

The adapter wants another version of the SDK than the server has, so it cannot share ours:
LOUPE_LANGCHAIN_PYTHON names an interpreter that has `langchain-mcp-adapters`.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
from typing import Any

import pytest

from agent.server.threaded import Running
from evals.benchmarks.tiny_product import TinyProduct

PYTHON = os.environ.get("LOUPE_LANGCHAIN_PYTHON", "")
"""Read when the module is loaded: tests run without variables of Loupe's."""
SCRIPT = """
import asyncio, json, sys
from langchain_mcp_adapters.client import MultiServerMCPClient

async def main():
    given = json.load(sys.stdin)
    headers = {"Authorization": "Bearer " + given["token"]}
    server = {"transport": "streamable_http", "url": given["url"], "headers": headers}
    tools = {one.name: one for one in await MultiServerMCPClient({"loupe": server}).get_tools()}
    args = {"image": given["image"], "product": "plate"}
    call = {"type": "tool_call", "id": "1", "name": "inspect", "args": args}
    message = await tools["inspect"].ainvoke(call)
    kinds = [block["type"] for block in message.content]
    print(json.dumps({"tools": sorted(tools), "kinds": kinds, "artifact": message.artifact}))

asyncio.run(main())
"""


def test_its_tools_give_the_same_verdict_with_a_picture(
    running: Running, parts: TinyProduct, spotted: dict[str, Any]
) -> None:
    if not PYTHON:
        pytest.skip("langchain adapter absent: set LOUPE_LANGCHAIN_PYTHON to its interpreter")
    given = {
        "url": f"{running.url}/mcp",
        "token": running.settings.serve_tokens["anna"].get_secret_value(),
        "image": base64.b64encode(parts.spotted.read_bytes()).decode(),
    }
    done = subprocess.run(
        [PYTHON, "-c", SCRIPT], input=json.dumps(given), capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert "inspect" in told["tools"]
    assert told["kinds"] == ["text", "image"]
    found = told["artifact"]["structured_content"]
    assert (found["decision"], found["score"]) == (spotted["decision"], spotted["score"])
