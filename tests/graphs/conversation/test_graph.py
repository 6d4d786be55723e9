from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from graphs.conversation.contract import Move, TalkContext
from graphs.conversation.events import CHAT_EVENT
from graphs.conversation.graph import build_conversation_graph
from graphs.conversation.state import TalkState
from graphs.records import ToolCall

if TYPE_CHECKING:
    from graphs.conversation.contract import Talker


class Moves:
    """A mind that makes given moves, and keeps the states it was shown."""

    name = "given"

    def __init__(self, *moves: Move) -> None:
        self._moves = deque(moves)
        self.states: list[TalkState] = []

    async def move(self, state: TalkState, context: TalkContext) -> Move:
        self.states.append(state)
        return self._moves.popleft()


def call(tool: str, **arguments: Any) -> Move:
    return Move(calls=[ToolCall(id="t001c0001", tool=tool, arguments=arguments)])


TalkOf = Callable[["Talker"], Any]


def test_the_topology_is_the_one_of_the_docstring() -> None:
    edges = {(one.source, one.target) for one in build_conversation_graph().get_graph().edges}

    assert edges == {
        ("__start__", "listen"),
        ("listen", "think"),
        ("think", "act"),
        ("think", "answer"),
        ("act", "think"),
        ("answer", "think"),
        ("answer", "__end__"),
    }


async def test_the_first_event_is_a_node_and_the_last_is_the_answer(talk: TalkOf) -> None:
    events = await talk(Moves(Move(answer="Hello."))).say("hello")

    assert events[0].kind == "node"
    assert events[0].node == "listen"
    assert events[-1].kind == "done"
    assert "".join(one.delta for one in events if one.kind == "text") == events[-1].answer


async def test_every_event_survives_json(talk: TalkOf) -> None:
    mind = Moves(call("inspect"), Move(answer="Bad [I1.F1]."))
    events = await talk(mind).say("inspect", "/bad.png")

    assert [CHAT_EVENT.validate_json(one.model_dump_json()) for one in events] == events


async def test_an_inspection_brings_sources_that_the_answer_may_cite(talk: TalkOf) -> None:
    answer = "Splash [I1.F1, I1.E1] breaks [rule:board/R2], it is [mode:board/solder-splash]."
    done = (await talk(Moves(call("inspect"), Move(answer=answer))).say("inspect", "/bad.png"))[-1]

    assert [one.id for one in done.citations] == [
        "I1.F1",
        "I1.E1",
        "rule:board/R2",
        "mode:board/solder-splash",
    ]
    assert {one.inspection for one in done.citations[:2]} == {"run/bad"}


async def test_a_citation_that_does_not_exist_is_refused_back_to_the_mind(talk: TalkOf) -> None:
    mind = Moves(Move(answer="It is bad [I7.E1]."), Move(answer="I have seen nothing."))
    done = (await talk(mind).say("well?"))[-1]

    assert done.answer == "I have seen nothing."
    assert "cites I7.E1" in mind.states[1].refusals[0]


async def test_a_mind_that_insists_has_its_citations_struck_out(talk: TalkOf) -> None:
    mind = Moves(*[Move(answer="It is bad [I7.E1].")] * 3)
    done = (await talk(mind).say("well?"))[-1]

    assert done.answer.startswith("It is bad.")
    assert "struck out: I7.E1" in done.answer
    assert done.citations == []


async def test_a_refused_turn_leaves_nothing_in_the_next(talk: TalkOf) -> None:
    mind = Moves(Move(answer="[I7]"), Move(answer="No."), Move(answer="Yes."))
    thread = talk(mind)
    await thread.say("one")
    await thread.say("two")

    assert mind.states[-1].refusals == []
    assert [one.answer for one in (await thread.state())["turns"]] == ["No.", "Yes."]


async def test_a_tool_that_refuses_and_one_that_is_not_there_become_observations(
    talk: TalkOf,
) -> None:
    mind = Moves(call("inspect"), call("fly"), call("show", colour=1), Move(answer="Sorry."))
    await talk(mind).say("inspect")

    told = [step.observations[0] for step in mind.states[-1].steps]
    assert told[0] == (
        "inspect refused: no file was given in this conversation; ask the person for one"
    )
    assert told[1].startswith("There is no tool 'fly'. Try one of: ")
    assert "show refused its arguments: colour" in told[2]


async def test_a_file_that_cannot_be_read_is_told_when_it_is_to_be_inspected(talk: TalkOf) -> None:
    mind = Moves(call("inspect"), Move(answer="Sorry."))
    await talk(mind).say("inspect", "/nowhere.png")

    assert "'/nowhere.png' cannot be read" in mind.states[-1].steps[0].observations[0]


async def test_a_closer_look_brings_evidence_numbered_after_the_records(talk: TalkOf) -> None:
    mind = Moves(
        call("inspect"),
        call("look_closer", region=1),
        call("look_closer", region=1),
        Move(answer="Seen [I1.E2, I1.E3]."),
    )
    done = (await talk(mind).say("inspect", "/bad.png"))[-1]

    assert [one.id for one in done.citations] == ["I1.E2", "I1.E3"]


async def test_another_turn_knows_what_the_first_one_saw(talk: TalkOf) -> None:
    mind = Moves(call("inspect"), Move(answer="Bad [I1]."), Move(answer="Still bad [I1.F1]."))
    thread = talk(mind)
    await thread.say("inspect", "/bad.png")
    done = await thread.answer("and now?")

    assert done.answer == "Still bad [I1.F1]."
    assert done.turn == 2
