from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from graphs.conversation.contract import Move, TalkContext
from graphs.conversation.queries import Query, QueryResult, QueryRow
from graphs.conversation.scripted import ScriptedDesk
from graphs.conversation.state import TalkState
from graphs.conversation.tools.ishikawa import read_causes
from graphs.records import ToolCall
from tools.errors import ToolError

if TYPE_CHECKING:
    from graphs.conversation.contract import Talker

TalkOf = Callable[["Talker"], Any]


class Calls:
    """Calls tools, one a move, then says `done`; keeps what they answered."""

    name = "given"

    def __init__(self, *calls: tuple[str, dict[str, Any]]) -> None:
        self._calls = calls
        self.answers: list[str] = []

    async def move(self, state: TalkState, context: TalkContext) -> Move:
        self.answers = [step.observations[0] for step in state.steps]
        if len(state.steps) == len(self._calls):
            return Move(answer="done")
        tool, arguments = self._calls[len(state.steps)]
        return Move(calls=[ToolCall(id="t001c0001", tool=tool, arguments=arguments)])


@pytest.fixture
def counted(desk: ScriptedDesk) -> ScriptedDesk:
    row = QueryRow(group="S3", units=5, anomalous=4, review=0, share=0.8, refs=["run/bad"])
    calm = QueryRow(group="S1", units=5, anomalous=0, review=0, share=0.0, refs=["run/good"])
    result = QueryResult(query=Query(by="station"), n_units=10, n_anomalous=4, rows=[row, calm])
    desk.results = [result.model_copy(update={"text": "4 of 10"})]
    return desk


async def test_a_query_has_an_id_a_picture_and_the_inspections_behind_it(
    counted: ScriptedDesk, talk: TalkOf
) -> None:
    thread = talk(Calls(("query", {"by": "station", "where": ["lot=L2"]})))
    events = await thread.say("count")
    source = (await thread.state())["sources"]["Q1"]

    assert counted.queries == [Query(by="station", where={"lot": "L2"})]
    assert source.data["rows"][0]["refs"] == ["run/bad"]
    assert [one.caption for one in events if one.kind == "picture"] == ["Q1: 4 of 10"]


async def test_five_whys_mark_what_no_evidence_shows(counted: ScriptedDesk, talk: TalkOf) -> None:
    mind = Calls(
        ("query", {}),
        ("five_whys", {"problem": "4 of 10 [Q1]", "answers": ["S3 is worse [Q1]", "no idea"]}),
    )
    thread = talk(mind)
    await thread.say("why")

    assert "2. Why? no idea (assumption, not shown by evidence)" in mind.answers[1]
    chain = (await thread.state())["sources"]["M1"].data["chain"]
    assert [one["assumed"] for one in chain] == [False, True]


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("five_whys", {"problem": "bad [Q9]", "answers": ["a", "b"]}),
        ("ishikawa", {"effect": "bad", "causes": ["Machine: feeder [I9.E1]"]}),
        ("hypothesis", {"text": "it", "likelihood": 0.5, "support": ["Q9"], "why": "so"}),
        (
            "corrective_action",
            {"problem": "bad", "cause": "x [H9]", "action": "yes", "check": "zzz"},
        ),
    ],
)
async def test_methods_refuse_what_nothing_here_has(
    talk: TalkOf, tool: str, arguments: dict[str, Any]
) -> None:
    mind = Calls((tool, arguments))
    await talk(mind).say("go")

    assert "cannot be cited" in mind.answers[0]


async def test_a_hypothesis_changes_when_evidence_comes_in(
    counted: ScriptedDesk, talk: TalkOf
) -> None:
    first = {"text": "the feeder", "likelihood": 0.6, "support": ["Q1"], "why": "S3 is worse"}
    second = {"id": "H1", "likelihood": 0.2, "against": ["Q1"], "why": "it was replaced"}
    thread = talk(Calls(("query", {}), ("hypothesis", first), ("hypothesis", second)))
    done = await thread.answer("go")

    (kept,) = done.hypotheses
    assert (kept.likelihood, kept.support, kept.against) == (0.2, [], ["Q1"])
    assert [one.likelihood for one in kept.history] == [0.6, 0.2]


async def test_an_ishikawa_diagram_is_a_record_and_a_picture(talk: TalkOf) -> None:
    arguments = {"effect": "splashes", "causes": ["Machine: feeder", "Material: moist paste"]}
    thread = talk(Calls(("ishikawa", arguments)))
    events = await thread.say("draw")
    source = (await thread.state())["sources"]["M1"]

    assert source.data["causes"]["Machine"] == ["feeder"]
    (shown,) = [one for one in events if one.kind == "picture"]
    picture = thread.context.artifacts.get(shown.artifact)
    assert picture.shape[2] == 3
    assert picture.min() < 60 < 250 < picture.max()


def test_a_cause_without_a_category_is_refused() -> None:
    with pytest.raises(ToolError, match="'CATEGORY: cause'"):
        read_causes(["the feeder"])
    with pytest.raises(ToolError, match="'CATEGORY: cause'"):
        read_causes(["Weather: rain"])


async def test_an_8d_report_lists_its_sources_with_every_inspection(
    counted: ScriptedDesk, talk: TalkOf
) -> None:
    report = {
        "title": "splashes",
        "problem": "4 of 10 units [Q1]",
        "containment": "hold S3",
        "root_cause": "not known so far [Q1]",
        "corrective_actions": "none so far",
        "prevention": "count at S3",
        "figures": ["Q1"],
    }
    thread = talk(Calls(("query", {}), ("report_8d", report)))
    done = await thread.answer("report")
    text = counted.written["8d-report"]

    assert "## D1 Team\n\nNot agreed yet." in text
    assert "- [Q1] 4 of 10 Inspections: run/bad, run/good." in text
    assert "![Q1: 4 of 10](Q1.png)" in text
    assert [one.path for one in done.documents] == ["8d-report.md"]


async def test_two_units_are_compared_side_by_side(talk: TalkOf) -> None:
    mind = Calls(
        ("open_unit", {"unit": "run/bad"}),
        ("open_unit", {"unit": "run/good"}),
        ("compare_with", {"one": "I1", "other": "I2"}),
    )
    await talk(mind).say("compare")

    assert "Only I1: solder-splash [I1]." in mind.answers[2]
    assert "station: S3 [I1], S1 [I2]" in mind.answers[2]
