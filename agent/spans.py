"""Spans of inspections and conversations for OpenTelemetry, by the GenAI conventions.

They are made from the lines of traces. What was said, shown or named by a person never enters a
span: only names, counts, times and faults. Off where no endpoint is set. Knows no graph.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from agent.trace import Tee
from graphs.journal import BeginLine, CallLine, NodeLine, ToolLine, TraceLine, VerdictLine

if TYPE_CHECKING:
    from contextlib import ExitStack

    from opentelemetry.trace import Span, Tracer

    from agent.settings import Settings
    from graphs.journal import Journal

SERVICE = "loupe"
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
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    plain = settings.otlp_endpoint.startswith("http://")
    # Not the global provider: other libraries would send spans of their own through it.
    provider = TracerProvider(resource=Resource({"service.name": SERVICE}), shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=settings.otlp_endpoint, insecure=plain)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    stack.callback(provider.shutdown)
    return Spans(provider.get_tracer(SERVICE))


def watched(spans: Spans | None, watcher: Journal | None) -> Journal | None:
    """Who is told of one inspection's steps besides its trace: who watches, and spans."""
    if spans is None:
        return watcher
    return spans.journal() if watcher is None else Tee(watcher, spans.journal())


class SpanJournal:
    """Turns the lines of one inspection, or of one turn of a conversation, into spans. A `Journal`.

    A node's line comes when it has ended, after those of its calls and tools: they wait for it, so
    that they stand below it.
    """

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._root: Span | None = None
        self._within: list[CallLine | ToolLine] = []

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
            "gen_ai.agent.name": agent,
            "gen_ai.conversation.id": conversation,
            "loupe.resumed": resumed,
        }
        name = f"invoke_agent {agent}"
        self._root = self._tracer.start_span(name, attributes=attributes, start_time=_ns(at))

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
        from opentelemetry.trace import set_span_in_context

        below = set_span_in_context(parent) if parent is not None else None
        span = self._tracer.start_span(
            name, context=below, attributes=attributes, start_time=began_ns
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
