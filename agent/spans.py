"""Spans of inspections and conversations for OpenTelemetry, by the GenAI conventions.

They are made from the lines of traces. What was said, shown or named by a person never enters a
span: only names, counts, times and faults. Off where no endpoint is set. Knows no graph.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from agent.trace import Tee
from graphs.journal import BeginLine, CallLine, NodeLine, ToolLine, TraceLine, VerdictLine, now

if TYPE_CHECKING:
    from contextlib import ExitStack

    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span, Tracer

    from agent.settings import Settings
    from graphs.journal import Journal

SERVICE = "loupe"
WIRE = "openai"
"""Whose wire format models are asked by, whoever runs them."""
OWN_MODEL = "anomaly-ov"
"""How names of models in this process begin."""
NS = 1_000_000_000


class Spans:
    """Makes the spans of a process."""

    def __init__(self, tracer: Tracer) -> None:
        """Take the tracer that sends them."""
        self._tracer = tracer

    def journal(self) -> SpanJournal:
        """A journal of one inspection, or of one turn of a conversation."""
        return SpanJournal(self._tracer)


def open_spans(settings: Settings, stack: ExitStack) -> Spans | None:
    """Spans to the endpoint that the settings name; None where they name none.

    Args:
        settings: name it.
        stack: closes them, so that the last ones are sent.
    """
    if settings.otlp_endpoint is None:
        return None
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    # Not the global provider: other libraries would send spans of their own through it.
    provider = TracerProvider(resource=Resource({"service.name": SERVICE}), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(_exporter(settings.otlp_endpoint)))
    stack.callback(provider.shutdown)
    return Spans(provider.get_tracer(SERVICE))


def _exporter(endpoint: str) -> SpanExporter:
    """Over HTTP where the endpoint has a path, else over gRPC."""
    if urlsplit(endpoint).path.strip("/"):
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as ByHttp

        return ByHttp(endpoint=endpoint)
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as ByGrpc

    return ByGrpc(endpoint=endpoint, insecure=endpoint.startswith("http://"))


class Spanned(Tee):
    """Who watches an inspection, and its spans."""

    def __init__(self, watcher: Journal | None, spans: SpanJournal) -> None:
        """Take both."""
        super().__init__(*([watcher] if watcher else []), spans)
        self.spans = spans


def watched(spans: Spans | None, watcher: Journal | None) -> Journal | None:
    """Who is told of one inspection's steps besides its trace: who watches, and spans.

    A watcher that has spans already, below those of a conversation, gets no others.
    """
    if spans is None or isinstance(watcher, Spanned):
        return watcher
    return Spanned(watcher, spans.journal())


@contextmanager
def ending(watcher: Journal | None) -> Iterator[None]:
    """What leaves without a verdict ends its spans too: it waits for a person, or it failed."""
    spans = watcher.spans if isinstance(watcher, Spanned) else None
    try:
        yield
    except BaseException as error:
        if spans is not None:
            spans.end(at=now(), attributes={"error.type": type(error).__name__})
        raise
    if spans is not None:
        spans.end(at=now(), attributes={"loupe.status": "waiting"})


class SpanJournal:
    """Turns the lines of one inspection, or of one turn of a conversation, into spans. A `Journal`.

    A node's line comes when it has ended, after those of its calls and tools: they wait for it, so
    that they stand below it.
    """

    def __init__(self, tracer: Tracer, *, above: Span | None = None) -> None:
        self._tracer = tracer
        self._above = above
        self._root: Span | None = None
        self._within: list[CallLine | ToolLine] = []

    def below(self) -> SpanJournal:
        """A journal of an inspection that belongs to this turn of a conversation."""
        return SpanJournal(self._tracer, above=self._root)

    def write(self, line: TraceLine) -> None:
        """Take one line."""
        if isinstance(line, BeginLine):
            self.begin(line.inspection, at=line.at, resumed=line.resumed)
        elif isinstance(line, CallLine | ToolLine):
            self._within.append(line)
        elif isinstance(line, NodeLine):
            self._node(line)
        elif isinstance(line, VerdictLine):
            told = {"loupe.decision": line.decision or "none", "loupe.status": line.status}
            self.end(at=line.at, attributes=told)

    def begin(
        self, conversation: str, *, at: str, agent: str = SERVICE, resumed: bool = False
    ) -> None:
        """What all that follows stands below.

        Args:
            conversation: which inspection or thread it is, without words of a person.
            at: when it begins.
            agent: who acts.
            resumed: it goes on after an interruption.
        """
        attributes: dict[str, Any] = {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.provider.name": SERVICE,
            "gen_ai.agent.name": agent,
            "gen_ai.conversation.id": conversation,
            "loupe.resumed": resumed,
        }
        name = f"invoke_agent {agent}"
        self._root = self._span(name, attributes, _ns(at), self._above)

    def end(self, *, at: str, attributes: Mapping[str, Any]) -> None:
        """It is over; does nothing where it never began.

        Args:
            at: when it ends.
            attributes: what came of it; with `error.type` it has failed.
        """
        self._flush(self._root)
        if self._root is None:
            return
        self._root.set_attributes(attributes)
        _mark(self._root, attributes)
        self._root.end(_ns(at))
        self._root = None

    def _node(self, line: NodeLine) -> None:
        ended = _ns(line.at)
        span = self._span(
            line.node, {"loupe.node": line.node}, ended - round(line.seconds * NS), self._root
        )
        self._flush(span)
        span.end(ended)

    def _flush(self, parent: Span | None) -> None:
        for line in self._within:
            began = _ns(line.at) - round(line.seconds * NS)
            if isinstance(line, CallLine):
                span = self._span(f"chat {line.model}", _of_call(line), began, parent)
            else:
                span = self._span(f"execute_tool {line.call.tool}", _of_tool(line), began, parent)
            span.end(_ns(line.at))
        self._within.clear()

    def _span(
        self, name: str, attributes: dict[str, Any], began_ns: int, parent: Span | None
    ) -> Span:
        from opentelemetry.trace import SpanKind, set_span_in_context

        below = set_span_in_context(parent) if parent is not None else None
        asks = attributes.get("gen_ai.operation.name") == "chat"
        kind = SpanKind.CLIENT if asks else SpanKind.INTERNAL
        span = self._tracer.start_span(
            name, context=below, kind=kind, attributes=attributes, start_time=began_ns
        )
        _mark(span, attributes)
        return span


def _mark(span: Span, attributes: Mapping[str, Any]) -> None:
    from opentelemetry.trace.status import Status, StatusCode

    if "error.type" in attributes:
        span.set_status(Status(StatusCode.ERROR))


def _of_call(line: CallLine) -> dict[str, Any]:
    attributes: dict[str, Any] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": SERVICE if line.model.startswith(OWN_MODEL) else WIRE,
        "gen_ai.request.model": line.model,
        "gen_ai.request.max_tokens": line.request.max_output_tokens,
        "gen_ai.request.temperature": line.request.temperature,
        "loupe.purpose": line.request.purpose,
        "loupe.attempt": line.attempt,
    }
    if line.reply is not None:
        attributes |= {
            "gen_ai.usage.input_tokens": line.reply.input_tokens,
            "gen_ai.usage.output_tokens": line.reply.output_tokens,
            "gen_ai.response.finish_reasons": [line.reply.finish],
            "loupe.images": line.reply.images,
        }
    if line.fault is not None:
        attributes["error.type"] = line.fault
    return attributes


def _of_tool(line: ToolLine) -> dict[str, Any]:
    return {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": line.call.tool,
        "gen_ai.tool.call.id": line.call.id,
        "gen_ai.tool.type": "function",
        "loupe.round": line.round,
        "loupe.pictures": len(line.artifacts),
    }


def _ns(at: str) -> int:
    return round(datetime.fromisoformat(at).timestamp() * 1000) * 1_000_000
