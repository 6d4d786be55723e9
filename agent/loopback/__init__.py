"""A real HTTP server on 127.0.0.1 that speaks OpenAI's chat completions. Knows no inspection.

For tests, benchmarks and demos, in place of patches. It refuses what the real API refuses, with
the same statuses, types and codes, counts tokens, and keeps what it received::

    from agent.loopback import CalledTool, Reply, Scripted, loopback_endpoint

    zoom = CalledTool(name="zoom", arguments={"region": 1})
    script = Scripted(["rate_limited", Reply(tool_calls=(zoom,)), Reply(text="done")])
    with loopback_endpoint(script, latency_s=0.0, api_key=None) as endpoint:
        ChatOpenAI(base_url=endpoint.base_url, model=endpoint.model, api_key="any")
        endpoint.record.requests[0].body, endpoint.record.n_bytes, endpoint.record.max_in_flight

`PixelReader(max_zooms=2, window="right")` reads printed digits against a rule such as `The lot
digit must be 7.` and measures spots, each only where the picture shows it large enough; it zooms
at what it notices, with `window="wrong"` at the opposite place, with "none" never.

Models (`MODELS`, or any object with `reply(request: ChatRequest) -> Reply`; several by name as a
mapping): `pixel-reader`; `fault-NAME` for each of `FAULTS`; `Scripted`, whose lines are `Reply`s,
texts, names of faults, or functions of the request, with `at_end` "refuse", "repeat" or
"restart", and `conversation=opening_of` for a place of its own in each conversation.
`load_script(path)` reads the same from YAML or JSON.

From a shell: `python -m agent.loopback --model pixel-reader --port 8099`.
Needs the extra `server`.
"""

from __future__ import annotations

from agent.loopback.endpoint import Loopback, loopback_endpoint
from agent.loopback.faults import FAULTS
from agent.loopback.limits import Limits
from agent.loopback.pixel_reader import PixelReader, Seen, pixel_reader_eyes
from agent.loopback.record import Received, Record
from agent.loopback.refusals import Refused
from agent.loopback.replies import CalledTool, Model, Reply, WireFault
from agent.loopback.requests import ChatRequest, SentPicture
from agent.loopback.scripted import Scripted, load_script, opening_of
from agent.loopback.table import MODELS

__all__ = [
    "FAULTS",
    "MODELS",
    "CalledTool",
    "ChatRequest",
    "Limits",
    "Loopback",
    "Model",
    "PixelReader",
    "Received",
    "Record",
    "Refused",
    "Reply",
    "Scripted",
    "Seen",
    "SentPicture",
    "WireFault",
    "load_script",
    "loopback_endpoint",
    "opening_of",
    "pixel_reader_eyes",
]
