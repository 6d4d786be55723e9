"""The loopback endpoint in a process of its own, with models that call one tool so many times.

Knows no inspection; a client in this process then shares no interpreter with the server.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from agent.loopback import CalledTool, ChatRequest, Reply, loopback_endpoint
from agent.loopback.values import example_of

PATIENCE_S = 60.0
TALKING = "inspect"
"""The tool by which a request of a conversation is known from one of an inspection."""
NORMAL = {"anomalous": False, "score": 0.1, "reasoning": "as the references", "findings": []}


class CallsTool:
    """Calls a tool in each of its rounds but the last, then hands in that the part is normal."""

    def __init__(self, tool: str, arguments: dict[str, Any], *, n_rounds: int) -> None:
        self._tool = tool
        self._arguments = arguments
        self._n_rounds = n_rounds

    def reply(self, request: ChatRequest) -> Reply:
        """Call the tool once more, or judge; in a conversation, inspect and tell of it."""
        if TALKING in request.tools:
            return self._talk(request)
        more = request.called(self._tool) + 1 < self._n_rounds
        name = self._tool if more and self._tool in request.tools else "submit"
        schema = request.tools.get(name)
        if schema is None:
            return Reply(text='{"reasoning": "even", "anomalous": false, "score": 0.1}')
        arguments = example_of(schema, self._arguments if name == self._tool else NORMAL)
        return Reply(text="I look again.", tool_calls=(CalledTool(name=name, arguments=arguments),))

    def _talk(self, request: ChatRequest) -> Reply:
        if request.called(TALKING):
            return Reply(text="It is as its record says [I1].")
        return Reply(tool_calls=(CalledTool(name=TALKING, arguments={}),))


class Wanted(NamedTuple):
    """A model to serve."""

    name: str
    tool: str
    arguments: dict[str, Any]
    n_rounds: int


class Served:
    """A running endpoint, seen from here."""

    def __init__(self, base_url: str, pipe: Connection) -> None:
        self.base_url = base_url
        self._pipe = pipe

    def bodies(self) -> list[bytes]:
        """The requests so far, as they came; they are forgotten then."""
        self._pipe.send("bodies")
        bodies: list[bytes] = self._pipe.recv()
        return bodies

    def most_at_once(self) -> int:
        """The most requests that were served at once since this was asked last."""
        self._pipe.send("most")
        most: int = self._pipe.recv()
        return most


@contextmanager
def served(wanted: Sequence[Wanted], *, latency_s: float = 0.0) -> Iterator[Served]:
    """Serve models from another process.

    Args:
        wanted: the models.
        latency_s: the least that each answer takes.
    """
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_serve, args=(theirs, list(wanted), latency_s), daemon=True)
    process.start()
    try:
        if not ours.poll(PATIENCE_S):
            raise TimeoutError("the endpoint's process did not start")
        yield Served(ours.recv(), ours)
    finally:
        ours.send("stop")
        process.join(PATIENCE_S)


def _serve(pipe: Connection, wanted: Sequence[Wanted], latency_s: float) -> None:
    models = {one.name: CallsTool(one.tool, one.arguments, n_rounds=one.n_rounds) for one in wanted}
    with loopback_endpoint(models, latency_s=latency_s) as endpoint:
        pipe.send(endpoint.base_url)
        told = 0
        while (asked := pipe.recv()) != "stop":
            if asked == "most":
                pipe.send(endpoint.record.max_in_flight)
                endpoint.record.clear()
                told = 0
                continue
            requests = endpoint.record.requests
            pipe.send([one.raw for one in requests[told:]])
            told = len(requests)
