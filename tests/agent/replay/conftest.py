"""Calls as a trace holds them, and an inspection written by hand."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import pytest

from graphs.journal import CallLine
from graphs.minds.chat import (
    ChatReply,
    ChatRequest,
    FaultKind,
    Message,
    OfferedTool,
    Purpose,
    ShownPicture,
)
from graphs.records import Inspection

AT = "2026-01-01T00:00:00.000+00:00"
MakeRequest = Callable[..., ChatRequest]
MakeCall = Callable[..., CallLine]


CONNECTING = ("socket.connect", "socket.getaddrinfo")
_told: list[list[str]] = []
"""Who is told of connections at this moment."""


def _listen(event: str, arguments: tuple[object, ...]) -> None:
    if event in CONNECTING:
        for one in _told:
            one.append(f"{event} {arguments[1:]}")


@pytest.fixture(scope="session")
def _listening() -> None:
    # An audit hook stays until the process ends.
    sys.addaudithook(_listen)


@pytest.fixture
def connections(_listening: None) -> Iterator[list[str]]:
    """Every connection that this process tries to open during the test."""
    heard: list[str] = []
    _told.append(heard)
    yield heard
    _told.remove(heard)


@pytest.fixture
def request_of() -> MakeRequest:
    """A request with a text and one picture."""

    def make(
        text: str, *, purpose: Purpose = "look", mirrored: bool = False, tools: bool = False
    ) -> ChatRequest:
        picture = ShownPicture(artifact="a" * 64, caption="V1", mirrored=mirrored)
        zoom = OfferedTool(name="zoom", description="look closer", parameters={})
        return ChatRequest(
            purpose=purpose,
            messages=[Message(role="user", text=text, pictures=[picture])],
            tools=[zoom] if tools else [],
        )

    return make


@pytest.fixture
def call_of() -> MakeCall:
    """A recorded call: with a reply, or with a fault and none."""

    def make(
        request: ChatRequest, said: str | None, *, fault: FaultKind | None = None, attempt: int = 1
    ) -> CallLine:
        return CallLine(
            at=AT,
            key=request.key(),
            attempt=attempt,
            model="m-1",
            request=request,
            reply=None if said is None else ChatReply(text=said),
            fault=fault,
            message="" if fault is None else f"it was a {fault}",
        )

    return make


@pytest.fixture
def inspection() -> Inspection:
    return Inspection.model_validate(
        {
            "id": "part-1",
            "asset": {"path": "p.png", "sha256": "0" * 64, "modality": "image", "size": [8, 8]},
            "product": "board",
            "recall": {"product": "board", "given": True},
            "mind": "m-1",
            "strategy": "rounds",
            "views": [],
            "verdict": {
                "decision": "anomalous",
                "raw_score": 2.0,
                "score": 0.9,
                "thresholds": {"low": 0.4, "high": 0.75, "basis": "default"},
                "reason": "it is scratched",
                "status": "decided",
                "fusion": {"direct": 0.9},
                "findings": [{"id": "F1", "claim": "scratched", "evidence_ids": ["E1"]}],
            },
            "evidence": [
                {"id": "E1", "tool": "score", "values": {"raw_score": 2.0}},
                {"id": "E2", "tool": "measure", "values": {"length_mm": 1.5, "within": False}},
            ],
            "rounds": [{"number": 1, "thought": "a line", "submitted": True}],
            "usage": {"seconds": 1.0},
            "trace": [],
            "created": AT,
        }
    )
