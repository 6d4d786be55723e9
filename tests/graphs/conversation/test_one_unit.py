"""The embedded mind's root-cause methods on one unit, where nothing was counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from graphs.conversation.minds.embedded import EmbeddedTalker
from graphs.conversation.scripted import ScriptedDesk

if TYPE_CHECKING:
    from graphs.conversation.contract import Talker

TalkOf = Callable[["Talker"], Any]
MODE = "[mode:board/solder-splash]"


async def test_a_report_tells_the_findings_and_the_fmeas_cause_and_leaves_open_what_nobody_said(
    desk: ScriptedDesk, talk: TalkOf
) -> None:
    thread = talk(EmbeddedTalker())
    await thread.answer("", "/bad.png")
    done = await thread.answer("report")
    text = desk.written["8d-report"]

    assert "# 8D report: solder-splash on bad.png" in text
    assert "bad.png is ANOMALOUS [I1]. A splash in region 1 [I1.F1]." in text
    assert f"Not agreed yet. The FMEA names: moist paste {MODE}." in text
    assert f"## D5 Corrective actions\n\ndry the paste {MODE}" in text
    assert "## D6 Implementation and check\n\nNot agreed yet." in text
    assert "Inspections: run/bad." in text
    assert [one.path for one in done.documents] == ["8d-report.md"]


async def test_what_a_person_said_is_the_cause_of_the_report(
    desk: ScriptedDesk, talk: TalkOf
) -> None:
    thread = talk(EmbeddedTalker())
    await thread.answer("", "/bad.png")
    await thread.answer("the cause was a wet store")
    await thread.answer("report")
    await thread.answer("corrective action")

    said = "A person said: cause was taken in [C1]."
    assert f"## D4 Root cause\n\n{said}" in desk.written["8d-report"]
    assert f"| Cause | {said} |" in desk.written["corrective-action"]
    assert f"| Action | dry the paste {MODE} |" in desk.written["corrective-action"]


async def test_whys_and_bones_are_the_records_and_the_fmeas(talk: TalkOf) -> None:
    thread = talk(EmbeddedTalker())
    await thread.answer("", "/bad.png")
    whys, bones = await thread.answer("five whys"), await thread.answer("ishikawa")

    assert "1. Why? A splash in region 1 [I1.F1]" in whys.answer
    assert f"2. Why? moist paste {MODE}" in whys.answer
    assert "3. Why? what let it happen is not on record" in whys.answer
    assert "(assumption, not shown by evidence)" in whys.answer
    assert f"- Material: moist paste {MODE}" in bones.answer


@pytest.mark.parametrize("said", ["report", "five whys", "ishikawa", "corrective action"])
async def test_a_normal_unit_has_nothing_to_explain(
    desk: ScriptedDesk, talk: TalkOf, said: str
) -> None:
    thread = talk(EmbeddedTalker())
    await thread.answer("", "/good.png")
    done = await thread.answer(said)

    assert done.answer.startswith("good.png is NORMAL [I1]: nothing was found")
    assert desk.written == {}


@pytest.mark.parametrize("said", ["report", "five whys", "ishikawa", "is / is not"])
async def test_without_a_unit_and_a_count_it_asks_what_it_is_about(talk: TalkOf, said: str) -> None:
    done = await talk(EmbeddedTalker()).answer(said)

    assert done.asks
    assert "What is it about?" in done.answer
