from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import SecretStr

from agent.chat_models import LangChainChat
from agent.loopback import CalledTool, Refused, Reply, Scripted, loopback_endpoint
from agent.prices import Price
from graphs.minds.chat import CalledTool as Called
from graphs.minds.chat import ChatFault, ChatRequest, Message, ShownPicture
from graphs.minds.vlm.protocols import offered_tools
from graphs.records import ToolCall
from tools.artifacts import ArtifactFolder

Connect = Callable[..., LangChainChat]
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"score": {"type": "number"}},
    "required": ["score"],
    "additionalProperties": False,
}


@pytest.fixture
def artifacts(tmp_path: Path) -> ArtifactFolder:
    return ArtifactFolder(tmp_path)


def asking(text: str = "look", **fields: Any) -> ChatRequest:
    fields.setdefault("messages", [Message(role="user", text=text)])
    return ChatRequest(purpose="look", **fields)


async def test_a_whole_conversation_goes_over_a_strict_wire(
    chat: Connect, artifacts: ArtifactFolder
) -> None:
    digest = artifacts.put(np.full((16, 24, 3), 90, dtype=np.uint8))
    shown = ShownPicture(artifact=digest, caption="V1:", detail="low")
    called = ToolCall(id="r001c0001", tool="zoom", arguments={"region": 1})
    request = asking(
        messages=[
            Message(role="system", text="inspect"),
            Message(role="user", text="the part", pictures=[shown]),
            Message(role="assistant", text="", tool_calls=[called]),
            Message(role="tool", text="seen", tool_call_id="r001c0001"),
            Message(role="user", text="", pictures=[shown]),
        ],
        tools=offered_tools(["mark", "zoom", "compare", "score", "measure", "look_up"]),
    )
    reply = Reply(text="closer", tool_calls=(CalledTool(name="zoom", arguments={"region": 2}),))
    with loopback_endpoint(Scripted([reply])) as endpoint:
        answer = await chat(endpoint).complete(request, artifacts=artifacts)
        sent = endpoint.record.requests[0].body

    assert sent is not None
    assert [one["role"] for one in sent["messages"]] == [
        "system",
        "user",
        "assistant",
        "tool",
        "user",
    ]
    parts = sent["messages"][1]["content"]
    assert [one["type"] for one in parts] == ["text", "text", "image_url"]
    assert parts[2]["image_url"]["detail"] == "low"
    assert all(tool["function"]["strict"] for tool in sent["tools"])
    assert (answer.text, answer.finish) == ("closer", "tool_calls")
    assert [(one.name, one.arguments) for one in answer.tool_calls] == [("zoom", '{"region": 2}')]
    assert (answer.images, answer.picture_bytes > 0) == (2, True)
    assert answer.input_tokens > 0
    assert answer.output_tokens > 0
    assert answer.cost_usd is None


async def test_a_second_request_with_the_same_beginning_is_served_from_the_cache(
    chat: Connect, artifacts: ArtifactFolder
) -> None:
    first = asking("the opening of a long conversation")
    longer = asking(
        messages=[
            *first.messages,
            Message(role="assistant", text="hm"),
            Message(role="user", text="go on"),
        ]
    )
    with loopback_endpoint(Scripted(["hm", "fine"])) as endpoint:
        client = chat(endpoint, price=Price(1.0, 0.5, 2.0))
        one = await client.complete(first, artifacts=artifacts)
        two = await client.complete(longer, artifacts=artifacts)

    assert one.cached_tokens == 0
    assert two.cached_tokens == one.input_tokens - 3
    fresh = two.input_tokens - two.cached_tokens
    spent = (fresh + 0.5 * two.cached_tokens + 2 * two.output_tokens) / 1e6
    assert two.cost_usd == pytest.approx(spent)


async def test_an_answer_is_held_to_a_schema(chat: Connect, artifacts: ArtifactFolder) -> None:
    request = asking(answer_name="judgement", answer_schema=SCHEMA)
    with loopback_endpoint(Scripted(['{"score": 0.5}'])) as endpoint:
        answer = await chat(endpoint).complete(request, artifacts=artifacts)
        sent = endpoint.record.requests[0].body

    assert answer.text == '{"score": 0.5}'
    assert sent is not None
    assert sent["response_format"]["json_schema"] == {
        "name": "judgement",
        "schema": SCHEMA,
        "strict": True,
    }


async def test_a_cut_answer_to_a_schema_keeps_what_it_cost(
    chat: Connect, artifacts: ArtifactFolder
) -> None:
    cut = Reply(text='{"sco', finish_reason="length")
    with loopback_endpoint(Scripted([cut])) as endpoint:
        answer = await chat(endpoint).complete(asking(answer_schema=SCHEMA), artifacts=artifacts)

    assert (answer.finish, answer.output_tokens > 0) == ("length", True)


async def test_broken_arguments_come_as_they_were_written(
    chat: Connect, artifacts: ArtifactFolder
) -> None:
    broken = Reply(tool_calls=(CalledTool(name="zoom", arguments='{"region": ', id="a"),))
    with loopback_endpoint(Scripted([broken])) as endpoint:
        request = asking(tools=offered_tools(["zoom"]))
        answer = await chat(endpoint).complete(request, artifacts=artifacts)

    assert answer.tool_calls == [Called(id="a", name="zoom", arguments='{"region": ')]


@pytest.mark.parametrize(
    ("fault", "kind", "retryable", "wait_s"),
    [
        ("timeout", "timeout", True, None),
        ("rate_limited", "rate_limited", True, 1.0),
        ("quota_spent", "rate_limited", False, None),
        ("server_error", "server_error", True, None),
        ("overloaded", "server_error", True, None),
        ("bad_gateway", "server_error", True, None),
        ("connection_reset", "connection", True, None),
        ("connection_cut", "connection", True, None),
    ],
)
async def test_what_fails_on_the_wire_is_a_fault_of_its_kind(
    chat: Connect,
    artifacts: ArtifactFolder,
    fault: str,
    kind: str,
    retryable: bool,
    wait_s: float | None,
) -> None:
    with loopback_endpoint(f"fault-{fault}") as endpoint:
        client = chat(endpoint, timeout_s=0.3 if fault == "timeout" else 60.0)
        with pytest.raises(ChatFault) as told:
            await client.complete(asking(), artifacts=artifacts)

    found = told.value
    assert (found.kind, found.retryable, found.retry_after_s) == (kind, retryable, wait_s)
    assert "\n" not in found.message


async def test_a_key_that_is_refused_is_never_tried_again_nor_told(
    chat: Connect, artifacts: ArtifactFolder
) -> None:
    with loopback_endpoint(Scripted(["fine"]), api_key="right") as endpoint:
        client = chat(endpoint, api_key=SecretStr("wrong-key"))
        with pytest.raises(ChatFault) as told:
            await client.complete(asking(), artifacts=artifacts)
        answer = await chat(endpoint, api_key=SecretStr("right")).complete(
            asking(), artifacts=artifacts
        )

    assert (told.value.kind, told.value.retryable) == ("refused_request", False)
    assert "wrong-key" not in told.value.message
    assert answer.text == "fine"


async def test_without_a_key_none_is_sent(chat: Connect, artifacts: ArtifactFolder) -> None:
    with (
        loopback_endpoint(Scripted(["fine"]), api_key="right") as endpoint,
        pytest.raises(ChatFault, match="didn't provide an API key"),
    ):
        await chat(endpoint).complete(asking(), artifacts=artifacts)


def refusing(*words: tuple[str, str]) -> Any:
    """A server that refuses bodies that have a parameter, in the words given."""

    def reply(request: Any) -> Reply:
        for parameter, said in words:
            if request.body.get(parameter) is not None:
                raise Refused(said, param=parameter)
        return Reply(text="fine")

    return Scripted([reply], at_end="repeat")


async def test_what_a_server_refuses_is_left_out_and_told_once(
    chat: Connect, artifacts: ArtifactFolder
) -> None:
    told: list[str] = []
    server = refusing(
        ("response_format", "response_format is not supported by this server"),
        ("temperature", "Unsupported value: 'temperature' does not support 0.0 with this model."),
        ("max_tokens", "Unsupported parameter: 'max_tokens'; use 'max_completion_tokens'."),
    )
    with loopback_endpoint(server) as endpoint:
        client = chat(endpoint, tell=told.append)
        for _ in range(2):
            answer = await client.complete(asking(answer_schema=SCHEMA), artifacts=artifacts)
            assert answer.text == "fine"
        n_requests = len(endpoint.record.requests)

    assert n_requests == 5
    assert [line.split("refuses ")[1].split(";")[0] for line in told] == [
        "response_format",
        "temperature",
        "max_tokens",
    ]


async def test_a_server_that_takes_no_tools_is_known_after_one_call(
    chat: Connect, artifacts: ArtifactFolder
) -> None:
    server = refusing(("tools", "this model does not support tools"))
    with loopback_endpoint(server) as endpoint:
        client = chat(endpoint)
        assert client.calls_tools
        with pytest.raises(ChatFault, match="does not support tools"):
            await client.complete(asking(tools=offered_tools(["zoom"])), artifacts=artifacts)
        assert not client.calls_tools


async def test_no_more_calls_are_under_way_than_allowed(
    chat: Connect, artifacts: ArtifactFolder
) -> None:
    with loopback_endpoint(Scripted(["fine"], at_end="repeat"), latency_s=3600.0) as endpoint:
        client = chat(endpoint, max_concurrent=3)
        calls = [
            asyncio.create_task(client.complete(asking(), artifacts=artifacts)) for _ in range(9)
        ]
        async with asyncio.timeout(60):
            while endpoint.record.in_flight < 3:
                await asyncio.sleep(0.01)
        # A fourth one would be there soon, too.
        await asyncio.sleep(0.05)
        endpoint.set_latency(0.0)
        endpoint.endpoint.closing = True
        await asyncio.gather(*calls)
        at_once = endpoint.record.max_in_flight

    assert at_once == 3


def test_each_loop_has_a_client_of_its_own_that_is_closed_with_it(
    chat: Connect, artifacts: ArtifactFolder
) -> None:
    with loopback_endpoint(Scripted(["fine"], at_end="repeat")) as endpoint:
        client = chat(endpoint)
        for _ in range(3):
            assert asyncio.run(client.complete(asking(), artifacts=artifacts)).text == "fine"
            # A socket that was left open would be a ResourceWarning, and an error, here.
            gc.collect()


async def test_a_cancelled_call_leaves_the_limit_as_it_was(
    chat: Connect, artifacts: ArtifactFolder
) -> None:
    with loopback_endpoint(Scripted(["fine"], at_end="repeat"), latency_s=0.2) as endpoint:
        client = chat(endpoint, max_concurrent=1)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.complete(asking(), artifacts=artifacts), 0.05)
        endpoint.set_latency(0.0)
        assert (await client.complete(asking(), artifacts=artifacts)).text == "fine"
