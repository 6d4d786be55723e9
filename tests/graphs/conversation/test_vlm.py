from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphs.conversation.minds.vlm import VlmTalker
from graphs.journal import NoJournal
from graphs.minds.chat import CalledTool, ChatFault, ChatReply
from graphs.minds.scripted import ScriptedChat
from graphs.minds.vlm.options import MindOptions
from tools.artifacts import ArtifactFolder

if TYPE_CHECKING:
    from graphs.conversation.contract import Talker

TalkOf = Callable[["Talker"], Any]


def vlm(chat: ScriptedChat, folder: Path) -> VlmTalker:
    options = MindOptions(max_attempts=2, first_pause_s=0.0)
    return VlmTalker(
        chat, artifacts=ArtifactFolder(folder / "artifacts"), journal=NoJournal(), options=options
    )


def called(name: str, arguments: str = "{}") -> ChatReply:
    return ChatReply(tool_calls=[CalledTool(id="x", name=name, arguments=arguments)])


async def test_it_looks_and_answers_with_citations(talk: TalkOf, tmp_path: Path) -> None:
    chat = ScriptedChat([called("inspect"), ChatReply(text="A splash [I1.F1].", input_tokens=7)])
    done = await talk(vlm(chat, tmp_path)).answer("is it ok?", "/bad.png")

    assert done.answer == "A splash [I1.F1]."
    assert done.mind == "vlm:scripted"
    assert (done.usage.vlm_calls, done.usage.input_tokens) == (2, 7)
    opening, second = chat.requests
    assert "File A1: bad.png." in opening.messages[-1].text
    assert [one.caption for one in opening.messages[-1].pictures] == ["File A1:"]
    assert [one.role for one in second.messages[-3:]] == ["assistant", "tool", "user"]
    assert [one.caption for one in second.messages[-1].pictures] == ["I1: anomalous, regions drawn"]


async def test_a_citation_that_does_not_exist_goes_back_to_the_model(
    talk: TalkOf, tmp_path: Path
) -> None:
    chat = ScriptedChat([ChatReply(text="Bad [I3.E1]."), ChatReply(text="I have not looked.")])
    done = await talk(vlm(chat, tmp_path)).answer("is it ok?")

    assert done.answer == "I have not looked."
    assert "cites I3.E1" in chat.requests[1].messages[-1].text


async def test_it_asks_the_person_instead_of_guessing(talk: TalkOf, tmp_path: Path) -> None:
    chat = ScriptedChat([called("ask_person", '{"question": "Which board?"}')])
    events = await talk(vlm(chat, tmp_path)).say("why is it broken?")

    assert events[-1].asks
    assert [one.text for one in events if one.kind == "question"] == ["Which board?"]


async def test_a_model_without_tool_calls_speaks_the_text_protocol(
    talk: TalkOf, tmp_path: Path
) -> None:
    lines = [
        ChatReply(text='{"thought": "look", "tool_calls": [{"tool": "inspect", "arguments": {}}]}'),
        ChatReply(text='{"answer": "Bad [I1].", "asks": false}'),
    ]
    chat = ScriptedChat(lines, calls_tools=False)
    done = await talk(vlm(chat, tmp_path)).answer("is it ok?", "/bad.png")

    assert done.answer == "Bad [I1]."
    assert chat.requests[0].tools == []
    assert '"tool_calls"' in chat.requests[0].messages[0].text


async def test_a_model_that_is_not_there_is_told_and_the_thread_goes_on(
    talk: TalkOf, tmp_path: Path
) -> None:
    down = ChatFault("server_error", "status 500", retryable=True)
    chat = ScriptedChat([down, down, ChatReply(text="Here I am.")])
    thread = talk(vlm(chat, tmp_path))

    assert "I cannot answer" in (await thread.answer("hello")).answer
    assert (await thread.answer("hello again")).answer == "Here I am."


async def test_after_the_last_step_no_tools_are_offered(talk: TalkOf, tmp_path: Path) -> None:
    steps = 12
    chat = ScriptedChat([called("list_products")] * steps + [ChatReply(text="Enough.")])
    done = await talk(vlm(chat, tmp_path)).answer("go on")

    assert done.answer == "Enough."
    assert chat.requests[-1].tools == []
    assert "No more tools" in chat.requests[-1].messages[-1].text


async def test_earlier_turns_are_told_again(talk: TalkOf, tmp_path: Path) -> None:
    chat = ScriptedChat([ChatReply(text="One."), ChatReply(text="Two.")])
    thread = talk(vlm(chat, tmp_path))
    await thread.answer("first")
    await thread.answer("second")

    told = [(one.role, one.text.splitlines()[0]) for one in chat.requests[1].messages[1:]]
    assert told[:2] == [("user", "first"), ("assistant", "One.")]
