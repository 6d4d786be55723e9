from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.replay.chat import ReplayChat
from agent.replay.recording import Recording
from graphs.journal import CallLine
from graphs.minds.chat import ChatFault, ChatRequest
from tools.artifacts import ArtifactFolder

MakeRequest = Callable[..., ChatRequest]
MakeCall = Callable[..., CallLine]


def answers(chat: ReplayChat, *requests: ChatRequest) -> list[str]:
    """What it says to each, or `kind: message` of its fault."""
    pictures = ArtifactFolder(Path("nowhere"))

    async def ask() -> list[str]:
        said = []
        for one in requests:
            try:
                said.append((await chat.complete(one, artifacts=pictures)).text)
            except ChatFault as fault:
                again = "again" if fault.retryable else "no more"
                said.append(f"{fault.kind} ({again}): {fault.message}")
        return said

    return asyncio.run(ask())


def chat_of(*calls: CallLine) -> ReplayChat:
    chat = ReplayChat("m-1")
    chat.begin(Recording(calls))
    return chat


def test_equal_requests_get_their_own_replies_in_whatever_order(
    request_of: MakeRequest, call_of: MakeCall
) -> None:
    first, second = request_of("one"), request_of("two")
    chat = chat_of(call_of(first, "1"), call_of(second, "2"))
    assert answers(chat, second, first) == ["2", "1"]
    assert (chat.changed, chat.unasked, chat.n_answered) == ([], 0, 2)


def test_attempts_at_one_request_come_in_their_order_and_faults_are_raised_again(
    request_of: MakeRequest, call_of: MakeCall
) -> None:
    asked = request_of("one")
    chat = chat_of(
        call_of(asked, None, fault="server_error"),
        call_of(asked, "unreadable words", fault="unreadable", attempt=2),
        call_of(asked, "1", attempt=3),
    )
    assert answers(chat, asked, asked, asked) == [
        "server_error (again): it was a server_error",
        "unreadable words",
        "1",
    ]
    assert chat.changed == []


def test_the_last_recorded_fault_asks_for_no_other_attempt(
    request_of: MakeRequest, call_of: MakeCall
) -> None:
    asked = request_of("one")
    chat = chat_of(call_of(asked, None, fault="timeout"))
    assert answers(chat, asked, asked) == [
        "timeout (no more): it was a timeout",
        "not_recorded (no more): the trace holds no call 2 of purpose look",
    ]


def test_a_changed_request_gets_the_reply_of_its_place_and_the_change_is_told(
    request_of: MakeRequest, call_of: MakeCall
) -> None:
    chat = chat_of(
        call_of(request_of("one"), "1"),
        call_of(request_of("refute it", purpose="refute"), "no"),
        call_of(request_of("two"), "2"),
    )
    said = answers(chat, request_of("one"), request_of("two, closer"))
    assert said == ["1", "2"]
    (changed,) = chat.changed
    assert (changed.purpose, changed.number, changed.answered) == ("look", 2, True)
    assert [line for line in changed.diff if line[0] in "+-"] == [
        "-user: two",
        "+user: two, closer",
    ]
    assert chat.unasked == 1


def test_changed_tools_and_pictures_show_in_the_difference(
    request_of: MakeRequest, call_of: MakeCall
) -> None:
    chat = chat_of(call_of(request_of("one"), "1"))
    answers(chat, request_of("one", tools=True, mirrored=True))
    (changed,) = chat.changed
    assert [line for line in changed.diff if line[0] in "+-"] == [
        f"-user: picture {'a' * 64}, high detail, at most 1024 px: V1",
        f"+user: picture {'a' * 64}, high detail, at most 1024 px, mirrored: V1",
        "+tool zoom: look closer",
        "+tool zoom takes {}",
    ]


def test_judgements_that_were_asked_at_once_are_matched_by_likeness(
    request_of: MakeRequest, call_of: MakeCall
) -> None:
    plain = request_of("judge it", purpose="stability")
    mirrored = request_of("judge it", purpose="stability", mirrored=True)
    # They stand as they were answered: the mirrored one came first.
    chat = chat_of(call_of(mirrored, "0.9"), call_of(plain, "0.1"))
    now = [
        request_of("judge it well", purpose="stability"),
        request_of("judge it well", purpose="stability", mirrored=True),
    ]
    assert answers(chat, *now) == ["0.1", "0.9"]


def test_nothing_left_is_a_fault_and_is_told(request_of: MakeRequest, call_of: MakeCall) -> None:
    chat = chat_of(call_of(request_of("one"), "1"))
    said = answers(chat, request_of("why", purpose="refute"))
    assert said == ["not_recorded (no more): the trace holds no call 1 of purpose refute"]
    (changed,) = chat.changed
    assert (changed.answered, changed.diff) == (False, [])


def test_it_is_named_as_the_recorded_model_before_any_recording_begins() -> None:
    assert ReplayChat("m-1").name == "m-1"


def test_it_speaks_the_protocol_of_the_turn_that_comes_next(
    request_of: MakeRequest, call_of: MakeCall
) -> None:
    refused, without = request_of("one", tools=True), request_of("one, as text")
    chat = chat_of(call_of(refused, None, fault="refused_request"), call_of(without, "1"))
    assert chat.calls_tools is True
    answers(chat, refused)
    assert chat.calls_tools is False


def test_it_opens_no_connection(
    request_of: MakeRequest, call_of: MakeCall, connections: list[str]
) -> None:
    asked = request_of("one")
    assert answers(chat_of(call_of(asked, "1")), asked) == ["1"]
    assert connections == []


def test_a_connection_would_be_heard(connections: list[str]) -> None:
    with socket.socket() as client, pytest.raises(OSError, match=r"refused|unreachable"):
        client.connect(("127.0.0.1", 9))
    assert [one.split()[0] for one in connections] == ["socket.connect"]
