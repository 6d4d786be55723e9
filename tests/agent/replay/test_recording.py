from __future__ import annotations

from collections.abc import Callable

from agent.replay.recording import recording_of
from agent.trace import Trace
from graphs.journal import BeginLine, CallLine
from graphs.minds.chat import ChatRequest

MakeRequest = Callable[..., ChatRequest]
MakeCall = Callable[..., CallLine]


def begin(*, resumed: bool) -> BeginLine:
    return BeginLine(at="2026-01-01T00:00:00+00:00", inspection="part-1", resumed=resumed)


def test_what_a_run_asked_again_after_an_interruption_counts(
    request_of: MakeRequest, call_of: MakeCall
) -> None:
    opening, second = request_of("one"), request_of("two")
    lost, kept = call_of(second, "lost with the process"), call_of(second, "kept")
    first = call_of(opening, "1")
    trace = Trace([begin(resumed=False), first, lost, begin(resumed=True), kept])
    assert recording_of(trace).calls == [first, kept]


def test_attempts_within_one_run_are_all_kept(request_of: MakeRequest, call_of: MakeCall) -> None:
    asked = request_of("one")
    calls = [call_of(asked, None, fault="timeout"), call_of(asked, "1", attempt=2)]
    assert recording_of(Trace([begin(resumed=False), *calls])).calls == calls


def test_an_inspection_without_a_model_recorded_no_call() -> None:
    assert recording_of(Trace([begin(resumed=False)])).calls == []
