"""A loopback model that judges tiny plates in two rounds, and a server that fails at times.

Which requests fail is decided by their content, so that it is the same for every run, whatever the
order in which it asks. Knows no inspection.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping
from typing import Any

from agent.loopback import FAULTS, CalledTool, ChatRequest, Model, Reply
from agent.loopback.values import example_of
from evals.benchmarks.spots import DARK, SPOT_PX
from evals.benchmarks.tiny_product import SIDE_PX

LASTING: dict[str, float] = {"server_error": 0.02, "refusal": 0.01, "wrong_types": 0.01}
"""Shares of requests that get a fault each time they are sent."""
PASSING: dict[str, float] = {"connection_reset": 0.02, "overloaded": 0.02, "bad_gateway": 0.01}
"""Shares of requests that get a fault the first time only."""
TOOL = "look_up"
JUDGEMENTS = '"judgements"'
"""In the request to refute what was found."""
STANDS = '{"judgements": [{"candidate": 1, "reason": "it is dark", "refuted": false}]}'
FINDING: dict[str, Any] = {
    "claim": "There is a dark spot beside the holes.",
    "box_xyxy": [24, 70, 24 + SPOT_PX, 70 + SPOT_PX],
}


class PlateJudge:
    """Looks a rule up, then hands in whether the spot of `tiny_plate` is there, from the pixels."""

    def reply(self, request: ChatRequest) -> Reply:
        """Call a tool, or judge."""
        if JUDGEMENTS in request.text:
            return Reply(text=STANDS)
        shows = any(_is_spotted(one.image_hwc()) for one in request.pictures)
        judged = {
            "anomalous": shows,
            "score": 0.9 if shows else 0.1,
            "reasoning": "a dark spot below" if shows else "as the references",
            "findings": [FINDING] if shows else [],
        }
        name = TOOL if TOOL in request.tools and not request.called(TOOL) else "submit"
        schema = request.tools.get(name)
        if schema is None:
            return Reply(text=json.dumps(judged))
        arguments = example_of(schema, {"query": "dark spot"} if name == TOOL else judged)
        # A name that were drawn would make the next request another one in each run.
        called = CalledTool(name=name, arguments=arguments, id=f"call_{name}")
        return Reply(text="I look again.", tool_calls=(called,))


class FailsByContent:
    """A model behind a server that does not answer some requests, ever or at first."""

    def __init__(
        self,
        model: Model,
        *,
        lasting: Mapping[str, float] = LASTING,
        passing: Mapping[str, float] = PASSING,
    ) -> None:
        """Wrap a model.

        Args:
            model: answers what does not fail.
            lasting: share of each fault that stays, by its name in `FAULTS`.
            passing: share of each fault that a request gets once.
        """
        self._model = model
        self._lasting = lasting
        self._passing = passing
        self._met: set[str] = set()
        self._lock = threading.Lock()

    def reply(self, request: ChatRequest) -> Reply:
        """Fail where the content says so, else answer."""
        digest = _digest(request.body)
        place = int(digest[:12], 16) / 16**12
        for name, share in (*self._lasting.items(), *self._passing.items()):
            if place < share:
                return self._failed(name, digest, request)
            place -= share
        return self._model.reply(request)

    def _failed(self, name: str, digest: str, request: ChatRequest) -> Reply:
        if name in self._passing:
            with self._lock:
                if digest in self._met:
                    return self._model.reply(request)
                self._met.add(digest)
        return FAULTS[name](request)


def _digest(body: Mapping[str, Any]) -> str:
    said = {name: value for name, value in body.items() if name != "model"}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _is_spotted(image_hwc: Any) -> bool:
    """Whether the place of the spot is dark, at any size of the picture."""
    height, width = image_hwc.shape[:2]
    top, left = round(height * 74 / SIDE_PX), round(width * 28 / SIDE_PX)
    side = round(height * (SPOT_PX - 8) / SIDE_PX)
    return bool(image_hwc[top : top + side, left : left + side].mean() < DARK + 20)
