from __future__ import annotations

from graphs.minds.chat import ChatRequest, Message

ASKED = [Message(role="user", text="What is it?")]


def test_equal_requests_have_one_key() -> None:
    one, other = (ChatRequest(purpose="look", messages=ASKED) for _ in range(2))
    assert one.key() == other.key()
    assert one == other


def test_a_copy_that_asks_something_else_has_a_key_of_its_own() -> None:
    request = ChatRequest(purpose="look", messages=ASKED)
    key = request.key()
    warmer = request.model_copy(update={"temperature": 0.5})

    written = ChatRequest(purpose="look", messages=ASKED, temperature=0.5)
    assert warmer.key() == written.key() != key
    assert request.key() == key
    assert request.model_copy().key() == key


def test_a_request_that_told_its_key_is_written_without_it() -> None:
    request = ChatRequest(purpose="look", messages=ASKED)
    before = request.model_dump_json()
    request.key()
    assert request.model_dump_json() == request.as_json() == before
    assert request.model_copy(update={"temperature": 1.0}).as_json() != before
    assert ChatRequest.model_validate_json(before) == request
