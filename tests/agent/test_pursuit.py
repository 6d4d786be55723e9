"""An inspection that waits for a person: in this process, and in another one."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.inspector import Inspector
from agent.loopback import loopback_endpoint
from agent.pursuit import Waiting
from agent.run_folder import RunFolder, asset_id
from agent.settings import Settings
from evals.benchmarks.served import CallsTool
from graphs.journal import TraceLine
from graphs.records import Inspection


class Ends(BaseException):
    """The process is over."""


class EndsAt:
    """A journal during whose line of this kind, counted from 1, the process ends."""

    def __init__(self, kind: str, nth: int) -> None:
        self._kind = kind
        self._left = nth

    def write(self, line: TraceLine) -> None:
        self._left -= line.kind == self._kind
        if self._left == 0:
            raise Ends


class Heard:
    """A journal that remembers."""

    def __init__(self) -> None:
        self.kinds: list[str] = []

    def write(self, line: TraceLine) -> None:
        self.kinds.append(line.node if line.kind == "node" else line.kind)


def nobody(question: dict[str, object]) -> str:
    raise AssertionError(question)


async def test_what_waits_goes_on_from_its_checkpoint_after_a_restart(
    tmp_path: Path, strange: Path
) -> None:
    settings = Settings(home=tmp_path / "new", human_review=True)
    run = RunFolder(tmp_path / "new" / "runs" / "one")
    before, after = Heard(), Heard()
    async with Inspector(settings, run=run, reviewer=nobody) as inspector:
        waiting = await inspector.pursue(strange, watcher=before)
    assert isinstance(waiting, Waiting)
    assert waiting.question["choices"] == ["normal", "anomalous", "review"]

    async with Inspector(settings, reviewer=nobody) as restarted:
        again = await restarted.decide(
            waiting, "perhaps", path=strange, product=None, run=run, watcher=after
        )
        assert isinstance(again, Waiting)
        assert "'perhaps' is none of" in again.question["refused"]
        found = await restarted.decide(again, "anomalous", path=strange, product=None, run=run)

    assert isinstance(found, Inspection)
    assert found.verdict.decision == "anomalous"
    assert run.inspection_path(asset_id(strange)).is_file()
    # Nothing before the question ran twice.
    assert before.kinds == ["begin", "load", "recall", "survey", "look", "judge"]
    assert after.kinds == ["begin"]


async def test_what_ends_between_an_answer_and_its_tool_goes_on_and_counts_nothing_twice(
    tmp_path: Path, strange: Path
) -> None:
    model = CallsTool("look_up", {"query": "scratch"}, n_rounds=3)
    with loopback_endpoint({"looks": model}) as endpoint:
        settings = Settings(home=tmp_path / "new", model=endpoint.model, base_url=endpoint.base_url)
        whole = RunFolder(tmp_path / "new" / "runs" / "whole")
        async with Inspector(settings, run=whole, reviewer=nobody) as inspector:
            through = await inspector.pursue(strange)
        n_through = endpoint.record.n_requests

        torn = tmp_path / "new" / "runs" / "torn"
        async with Inspector(settings, run=RunFolder(torn), reviewer=nobody) as inspector:
            with pytest.raises(Ends):
                await inspector.pursue(strange, watcher=EndsAt("tool", 2))
        again = RunFolder(torn, resumed=True)
        async with Inspector(settings, run=again, reviewer=nobody) as inspector:
            gone_on = await inspector.pursue(strange, run=again)

    assert isinstance(through, Inspection)
    assert isinstance(gone_on, Inspection)
    assert endpoint.record.n_requests == 2 * n_through
    assert len(gone_on.rounds) == len(through.rounds)
    assert gone_on.usage.input_tokens == through.usage.input_tokens
