from __future__ import annotations

from collections.abc import Callable
from typing import Any

from langchain_core.messages import AIMessageChunk, HumanMessage, ToolMessage
from langchain_core.messages.ai import add_ai_message_chunks
from langchain_openai import ChatOpenAI
from pydantic import BaseModel

from agent.loopback import (
    CalledTool,
    ChatRequest,
    Loopback,
    Reply,
    Scripted,
    loopback_endpoint,
)


def zoom(region: int) -> str:
    """Look closer at a region."""
    return f"zoomed on {region}"


class Answer(BaseModel):
    anomalous: bool
    score: float


def client(endpoint: Loopback, **changes: Any) -> ChatOpenAI:
    settings: dict[str, Any] = {"max_retries": 0, "timeout": 60, "api_key": "any", **changes}
    return ChatOpenAI(base_url=endpoint.base_url, model=endpoint.model, **settings)


def test_a_text_comes_back_with_its_usage() -> None:
    with loopback_endpoint(Scripted(["fine part"])) as endpoint:
        answer = client(endpoint).invoke("is it fine?")

    assert answer.content == "fine part"
    # 11 characters are 3 tokens, 3 for the message, 3 for the answer; "fine part" has 9.
    assert answer.usage_metadata is not None
    assert answer.usage_metadata["input_tokens"] == 9
    assert answer.usage_metadata["output_tokens"] == 3
    assert answer.response_metadata["finish_reason"] == "stop"


def test_a_bound_tool_is_called_and_its_answer_goes_back() -> None:
    call = Reply(tool_calls=(CalledTool(name="zoom", arguments={"region": 3}, id="call_1"),))
    with loopback_endpoint(Scripted([call, "seen"])) as endpoint:
        bound = client(endpoint).bind_tools([zoom])
        asked = HumanMessage("look")
        first = bound.invoke([asked])
        told = ToolMessage(zoom(3), tool_call_id="call_1")
        second = bound.invoke([asked, first, told])
        sent = endpoint.record.requests[-1].body

    assert first.tool_calls == [
        {"name": "zoom", "args": {"region": 3}, "id": "call_1", "type": "tool_call"}
    ]
    assert second.content == "seen"
    assert sent is not None
    assert [message["role"] for message in sent["messages"]] == ["user", "assistant", "tool"]


def test_pictures_arrive_with_their_captions(to_url: Callable[..., str]) -> None:
    seen: list[ChatRequest] = []

    def watch(request: ChatRequest) -> Reply:
        seen.append(request)
        return Reply(text="two")

    message = HumanMessage(
        [
            {"type": "text", "text": "the part"},
            {"type": "image_url", "image_url": {"url": to_url((20, 30)), "detail": "low"}},
            {"type": "text", "text": "a reference"},
            {"type": "image_url", "image_url": {"url": to_url((40, 10))}},
        ]
    )
    with loopback_endpoint(Scripted([watch])) as endpoint:
        client(endpoint).invoke([message])

    found = [(one.caption, one.detail, one.image_hwc().shape) for one in seen[0].pictures]
    assert found == [("the part", "low", (20, 30, 3)), ("a reference", "auto", (40, 10, 3))]


def test_text_and_tool_calls_stream_with_their_usage() -> None:
    said = "the scratch runs from the left edge to the hole"
    call = CalledTool(name="zoom", arguments={"region": 12}, id="call_1")
    with loopback_endpoint(Scripted([Reply(text=said, tool_calls=(call,))])) as endpoint:
        chunks = list(client(endpoint, stream_usage=True).bind_tools([zoom]).stream("look"))

    assert len(chunks) > 3
    whole = add_ai_message_chunks(*(one for one in chunks if isinstance(one, AIMessageChunk)))
    assert whole.content == said
    assert [one["args"] for one in whole.tool_calls] == [{"region": 12}]
    assert whole.usage_metadata is not None
    assert whole.usage_metadata["output_tokens"] == 17  # (47 + 4 + 14) / 4


def test_structured_output_passes_the_strict_schema_and_is_parsed() -> None:
    script = Scripted(['{"anomalous": true, "score": 0.5}'])
    with loopback_endpoint(script) as endpoint:
        asked = client(endpoint).with_structured_output(Answer, method="json_schema")
        answer = asked.invoke("is it fine?")

    assert answer == Answer(anomalous=True, score=0.5)
