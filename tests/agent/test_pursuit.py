"""An inspection that waits for a person: in this process, and in another one."""

from __future__ import annotations

from pathlib import Path

from agent.inspector import Inspector
from agent.pursuit import Waiting
from agent.run_folder import RunFolder, asset_id
from agent.settings import Settings
from graphs.journal import TraceLine
from graphs.records import Inspection


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
