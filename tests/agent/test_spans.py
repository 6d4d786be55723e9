"""Spans of an inspection: their order, what they tell, and what they never do."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import grpc  # type: ignore[import-untyped]
import pytest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as messages
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc as service
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from agent.inspector import Inspector
from agent.pursuit import Waiting
from agent.settings import Settings
from agent.spans import Spans
from graphs.journal import BeginLine, CallLine, NodeLine, ToolLine, TraceLine, VerdictLine
from graphs.minds.chat import ChatReply, ChatRequest, Message, ShownPicture
from graphs.records import ToolCall

SECRET = "what nobody else may read"
DIGEST = "ab" * 32
GZIP = b"\x1f\x8b"


def at(second: int) -> str:
    return f"2026-11-28T04:00:{second:02}.000+00:00"


def lines() -> list[TraceLine]:
    """A round of a VLM: 2 s of a call, a tool of 1 s, a call that failed."""
    picture = ShownPicture(artifact=DIGEST, caption=SECRET)
    asked = Message(role="user", text=SECRET, pictures=[picture])
    request = ChatRequest(purpose="look", messages=[asked])
    reply = ChatReply(text=SECRET, input_tokens=70, output_tokens=7, images=1)
    call = ToolCall(id="c1", tool="zoom", arguments={"view": SECRET})
    both: dict[str, Any] = {"key": "k", "attempt": 1, "model": "m", "request": request}
    return [
        BeginLine(at=at(0), inspection="part-1"),
        CallLine(at=at(3), reply=reply, seconds=2, **both),
        NodeLine(at=at(4), node="look", seconds=3.5, detail=SECRET),
        ToolLine(at=at(6), round=1, call=call, answer=SECRET, artifacts=[DIGEST], seconds=1),
        NodeLine(at=at(6), node="act", seconds=1.5),
        CallLine(at=at(8), fault="timeout", message=SECRET, seconds=1, **both),
        NodeLine(at=at(9), node="judge", seconds=2),
        VerdictLine(at=at(9), decision="review", status="degraded", reason=SECRET),
    ]


@pytest.fixture
def spans() -> list[ReadableSpan]:
    exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    journal = Spans(provider.get_tracer("loupe")).journal()
    for line in lines():
        journal.write(line)
    return list(exporter.get_finished_spans())


def test_calls_and_tools_stand_below_their_nodes_and_nodes_below_the_inspection(
    spans: list[ReadableSpan],
) -> None:
    names = {one.context.span_id: one.name for one in spans if one.context}
    above = {one.name: one.parent and names[one.parent.span_id] for one in spans}

    assert above == {
        "invoke_agent loupe": None,
        "look": "invoke_agent loupe",
        "act": "invoke_agent loupe",
        "judge": "invoke_agent loupe",
        "chat m": "judge",
        "execute_tool zoom": "act",
    }
    assert [one.name for one in spans].count("chat m") == 2
    took_s = {(one.name, (one.end_time or 0) - (one.start_time or 0)) for one in spans}
    assert ("chat m", 2 * 10**9) in took_s
    assert ("execute_tool zoom", 10**9) in took_s
    assert ("invoke_agent loupe", 9 * 10**9) in took_s


def test_they_have_the_names_of_the_conventions_and_counts(spans: list[ReadableSpan]) -> None:
    good, bad = ({**(one.attributes or {})} for one in spans if one.name == "chat m")
    assert (good["gen_ai.operation.name"], good["gen_ai.request.model"]) == ("chat", "m")
    assert good["gen_ai.provider.name"] == "openai"
    kinds = {one.name: one.kind.name for one in spans}
    assert kinds == {
        "invoke_agent loupe": "INTERNAL",
        "look": "INTERNAL",
        "act": "INTERNAL",
        "judge": "INTERNAL",
        "chat m": "CLIENT",
        "execute_tool zoom": "INTERNAL",
    }
    assert good["gen_ai.usage.input_tokens"] == 70
    assert good["gen_ai.response.finish_reasons"] == ("stop",)
    assert bad["error.type"] == "timeout"
    (tool,) = (one.attributes or {} for one in spans if one.name == "execute_tool zoom")
    assert (tool["gen_ai.tool.name"], tool["gen_ai.tool.call.id"]) == ("zoom", "c1")


def test_nothing_that_was_said_or_shown_enters_a_span(spans: list[ReadableSpan]) -> None:
    told = "".join(one.to_json() for one in spans)

    assert SECRET not in told
    assert DIGEST not in told


class Collector(NamedTuple):
    """A server of OTLP and what it was sent."""

    url: str
    received: list[bytes]


@pytest.fixture
def collector() -> Iterator[Collector]:
    received: list[bytes] = []

    class Traces(service.TraceServiceServicer):
        def Export(self, request: Any, context: Any) -> Any:
            received.append(request.SerializeToString())
            return messages.ExportTraceServiceResponse()

    server = grpc.server(ThreadPoolExecutor(1))
    service.add_TraceServiceServicer_to_server(Traces(), server)  # type: ignore[no-untyped-call]
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield Collector(f"http://127.0.0.1:{port}", received)
    server.stop(None).wait()


@pytest.fixture
def web_collector() -> Iterator[Collector]:
    received: list[bytes] = []

    class Traces(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200 if self.path == "/v1/traces" else 404)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Nobody reads it."""

    server = HTTPServer(("127.0.0.1", 0), Traces)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(server.serve_forever, 0.05)
        yield Collector(f"http://127.0.0.1:{server.server_port}/v1/traces", received)
        server.shutdown()
    server.server_close()


@pytest.mark.parametrize("by", ["collector", "web_collector"])
def test_an_inspection_sends_its_spans_where_the_setting_says(
    request: pytest.FixtureRequest, by: str, tmp_path: Path, strange: Path
) -> None:
    collector: Collector = request.getfixturevalue(by)
    settings = Settings(home=tmp_path / "new", otlp_endpoint=collector.url)

    with Inspector(settings) as inspector:
        inspector.inspect(strange)

    told = b"".join(gzip.decompress(one) if one[:2] == GZIP else one for one in collector.received)
    for name in (b"invoke_agent loupe", b"load", b"judge", b"loupe.decision"):
        assert name in told
    assert str(tmp_path).encode() not in told
    assert b"PNG" not in told


async def test_what_waits_for_a_person_leaves_whole_spans(tmp_path: Path, strange: Path) -> None:
    exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    settings = Settings(home=tmp_path / "new", human_review=True)
    async with Inspector(settings, reviewer=lambda question: "never asked") as inspector:
        inspector.workshop.spans = Spans(provider.get_tracer("loupe"))
        waiting = await inspector.pursue(strange)
        assert isinstance(waiting, Waiting)
        await inspector.decide(waiting, "normal", path=strange, product=None)

    roots = [one.attributes or {} for one in exporter.get_finished_spans() if one.parent is None]
    assert [one.get("loupe.status") for one in roots] == ["waiting", "decided"]
    assert [one["loupe.resumed"] for one in roots] == [False, True]


def test_no_spans_are_made_by_default(tmp_path: Path) -> None:
    with Inspector(Settings(home=tmp_path / "new")) as inspector:
        assert inspector.workshop.spans is None
