from __future__ import annotations

import time
from typing import Any

import httpx
import openai
import pytest
from openai import OpenAI

from agent.loopback import (
    FAULTS,
    MODELS,
    CalledTool,
    ChatRequest,
    Loopback,
    Reply,
    Scripted,
    WireFault,
    load_script,
    loopback_endpoint,
    opening_of,
)
from tools.errors import SettingsError

INTEGER = {"type": "integer"}
ZOOM = {"type": "object", "properties": {"region": INTEGER, "margin": {"type": "number"}}}
FINDING = {"type": "object", "properties": {"claim": {"type": "string"}, "region": INTEGER}}
SUBMIT = {
    "type": "object",
    "properties": {
        "anomalous": {"type": "boolean"},
        "score": {"type": "number"},
        "findings": {"type": "array", "items": FINDING},
    },
    "required": ["anomalous", "score", "findings"],
}
TOOLS: Any = [
    {"type": "function", "function": {"name": name, "parameters": parameters}}
    for name, parameters in (("submit", SUBMIT), ("zoom", ZOOM))
]


def client(endpoint: Loopback, **changes: Any) -> OpenAI:
    settings: dict[str, Any] = {"api_key": "any", "max_retries": 0, "timeout": 60, **changes}
    return OpenAI(base_url=endpoint.base_url, **settings)


def ask(endpoint: Loopback, **changes: Any) -> Any:
    settings = {name: changes.pop(name) for name in ("timeout", "max_retries") if name in changes}
    return client(endpoint, **settings).chat.completions.create(
        model=endpoint.model, messages=[{"role": "user", "content": "hi"}], **changes
    )


def only_call(answer: Any) -> tuple[str, str]:
    (call,) = answer.choices[0].message.tool_calls
    return call.function.name, call.function.arguments


def test_every_fault_is_a_model_of_its_own() -> None:
    assert [name.removeprefix("fault-") for name in MODELS if name.startswith("fault-")] == list(
        FAULTS
    )


@pytest.mark.parametrize(
    ("fault", "error", "status", "code"),
    [
        ("rate_limited", openai.RateLimitError, 429, "rate_limit_exceeded"),
        ("quota_spent", openai.RateLimitError, 429, "insufficient_quota"),
        ("server_error", openai.InternalServerError, 500, None),
        ("overloaded", openai.InternalServerError, 503, None),
    ],
)
def test_statuses_become_the_errors_of_the_client(
    fault: str, error: type[openai.APIStatusError], status: int, code: str | None
) -> None:
    with loopback_endpoint(f"fault-{fault}") as endpoint, pytest.raises(error) as caught:
        ask(endpoint)

    assert (caught.value.status_code, caught.value.code) == (status, code)
    assert (endpoint.record.requests[0].status, endpoint.record.n_answered) == (status, 0)


def test_retry_after_is_sent_and_the_second_try_is_answered() -> None:
    slow = Reply(fault=WireFault(kind="status", status=429, retry_after_s=0.05))
    with loopback_endpoint(Scripted([slow, "there"])) as endpoint:
        raw = httpx.post(
            f"{endpoint.base_url}/chat/completions",
            json={"model": endpoint.model, "messages": [{"role": "user", "content": "hi"}]},
            timeout=60,
        )
        answer = ask(endpoint, max_retries=1)

    assert (raw.status_code, raw.headers["retry-after"]) == (429, "0.05")
    assert answer.choices[0].message.content == "there"


def test_a_hanging_answer_times_out_and_does_not_hold_the_server() -> None:
    began_s = time.monotonic()
    with (
        loopback_endpoint("fault-timeout") as endpoint,
        pytest.raises(openai.APITimeoutError),
    ):
        ask(endpoint, timeout=0.5)

    # It would have come after an hour.
    assert time.monotonic() - began_s < 60
    assert [one.status for one in endpoint.record.requests] == [None]


def test_a_late_answer_still_comes_to_a_client_that_waits() -> None:
    late = Reply(text="late", fault=WireFault(kind="hang", seconds=0.1))
    with loopback_endpoint(Scripted([late])) as endpoint:
        answer = ask(endpoint)

    assert answer.choices[0].message.content == "late"


def test_a_reset_connection_is_a_connection_error() -> None:
    with (
        loopback_endpoint("fault-connection_reset") as endpoint,
        pytest.raises(openai.APIConnectionError) as caught,
    ):
        ask(endpoint)

    assert "Connection reset by peer" in str(caught.value.__cause__)
    assert endpoint.record.requests[0].status is None


@pytest.mark.parametrize("stream", [False, True])
def test_a_cut_body_breaks_off_while_it_is_read(stream: bool) -> None:
    body = {
        "model": "fault-connection_cut",
        "messages": [{"role": "user", "content": "hi"}],
        "stream": stream,
    }
    with loopback_endpoint("fault-connection_cut") as endpoint:
        url = f"{endpoint.base_url}/chat/completions"
        with httpx.stream("POST", url, json=body, timeout=60) as answer:
            chunks = answer.iter_bytes()
            received = next(chunks)
            with pytest.raises(httpx.ReadError, match="Connection reset by peer"):
                next(chunks)

    assert answer.status_code == 200
    assert received.startswith(b"data: {" if stream else b"{")


def test_a_page_of_html_is_no_answer() -> None:
    with loopback_endpoint("fault-bad_gateway") as endpoint:
        answer = ask(endpoint)

    assert answer == "<html><body>upstream</body></html>"


@pytest.mark.parametrize(
    ("fault", "call"),
    [
        ("broken_json", ("zoom", '{"region": 1, "margin": ')),
        ("unknown_region", ("zoom", '{"region": 9999}')),
        (
            "unknown_region_submitted",
            (
                "submit",
                '{"anomalous": true, "score": 0.9, "findings": '
                '[{"claim": "a scratch", "region": 9999}]}',
            ),
        ),
        ("unknown_tool", ("teleport", "{}")),
        ("endless_tool_calls", ("zoom", "{}")),
    ],
)
def test_bad_calls_are_native_where_tools_are_given(fault: str, call: tuple[str, str]) -> None:
    with loopback_endpoint(f"fault-{fault}") as endpoint:
        answer = ask(endpoint, tools=TOOLS)

    assert only_call(answer) == call
    assert answer.choices[0].finish_reason == "tool_calls"


def test_bad_calls_are_text_where_no_tools_are_given() -> None:
    with loopback_endpoint("fault-unknown_tool") as endpoint:
        text = ask(endpoint).choices[0].message.content

    assert text == '{"thought": "", "tool_calls": [{"name": "teleport", "arguments": {}}]}'


@pytest.mark.parametrize(
    ("fault", "content", "reason"),
    [
        ("empty", "", "stop"),
        ("content_filter", "", "content_filter"),
        ("refusal", None, "stop"),
    ],
)
def test_answers_without_content(fault: str, content: str | None, reason: str) -> None:
    with loopback_endpoint(f"fault-{fault}") as endpoint:
        choice = ask(endpoint).choices[0]

    assert (choice.message.content, choice.finish_reason) == (content, reason)
    assert (choice.message.refusal is not None) == (fault == "refusal")


def test_a_truncated_answer_says_length() -> None:
    with loopback_endpoint("fault-truncated") as endpoint:
        assert ask(endpoint, tools=TOOLS).choices[0].finish_reason == "length"


def test_an_answer_longer_than_allowed_is_cut_and_says_length() -> None:
    call = CalledTool(name="zoom", arguments={"region": 12345})
    with loopback_endpoint(Scripted(["0123456789", Reply(tool_calls=(call,))])) as endpoint:
        text = ask(endpoint, max_tokens=2).choices[0]
        called = ask(endpoint, tools=TOOLS, max_completion_tokens=4)

    assert (text.message.content, text.finish_reason) == ("01234567", "length")
    assert only_call(called) == ("zoom", '{"region": 1')
    assert called.usage.completion_tokens == 4


def test_a_spent_script_says_so() -> None:
    with loopback_endpoint(Scripted(["one"])) as endpoint:
        ask(endpoint)
        with pytest.raises(openai.BadRequestError) as caught:
            ask(endpoint)

    assert caught.value.code == "script_exhausted"


def test_each_conversation_has_its_own_place_in_a_script() -> None:
    def said(endpoint: Loopback, text: str) -> str | None:
        answer = client(endpoint).chat.completions.create(
            model=endpoint.model, messages=[{"role": "user", "content": text}]
        )
        return answer.choices[0].message.content

    script = Scripted(["first", "second"], at_end="restart", conversation=opening_of)
    with loopback_endpoint(script) as endpoint:
        heard = [said(endpoint, text) for text in ("a", "b", "a", "a")]

    assert heard == ["first", "first", "second", "first"]


def test_a_script_is_read_from_a_file(tmp_path: Any) -> None:
    path = tmp_path / "script.yaml"
    path.write_text(
        "- fault: server_error\n  times: 2\n"
        "- tool_calls: [{name: zoom, arguments: {region: 2}}]\n"
        "- json: {decision: normal}\n"
        "- just text\n",
        encoding="utf-8",
    )

    replies = load_script(path)

    assert replies[0] is replies[1] is FAULTS["server_error"]
    assert replies[2:] == [
        Reply(tool_calls=(CalledTool(name="zoom", arguments={"region": 2}),)),
        Reply(text='{"decision": "normal"}'),
        Reply(text="just text"),
    ]


@pytest.mark.parametrize("content", ["- fault: rain", "- texts: a", "nothing: here"])
def test_a_file_that_is_no_script_is_refused_in_one_line(tmp_path: Any, content: str) -> None:
    path = tmp_path / "script.yaml"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(SettingsError, match=r"script\.yaml") as caught:
        load_script(path)
    assert "\n" not in str(caught.value)


def test_a_model_of_ones_own_answers() -> None:
    class Echo:
        def reply(self, request: ChatRequest) -> Reply:
            return Reply(text=request.text.upper())

    with loopback_endpoint({"echo": Echo(), "other": Scripted(["no"])}) as endpoint:
        answer = ask(endpoint)
        names = [one.id for one in client(endpoint).models.list()]

    assert answer.choices[0].message.content == "HI"
    assert names == ["echo", "other"]


def test_an_unknown_model_name_lists_those_there_are() -> None:
    with (
        pytest.raises(SettingsError, match="there are pixel-reader, fault-refusal"),
        loopback_endpoint("gpt-9"),
    ):
        pass


def test_a_port_in_use_is_told_in_one_line() -> None:
    with loopback_endpoint(Scripted(["a"])) as endpoint:
        port = int(endpoint.base_url.rpartition(":")[2].partition("/")[0])
        with pytest.raises(SettingsError, match=f"port {port}"), loopback_endpoint(port=port):
            pass
