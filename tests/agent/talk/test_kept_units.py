from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from agent.conversations import Conversations
from agent.inspector import Inspector
from agent.settings import Settings


async def test_a_kept_unit_is_opened_from_another_run(shown: Any, tmp_path: Path) -> None:
    home = tmp_path / "copy"
    shutil.copytree(shown.home, home)
    record = next((home / "runs").glob("*/inspections/part_02*/inspection.json"))
    ref = f"{record.parents[2].name}/{record.parent.name}"
    decision = json.loads(record.read_bytes())["verdict"]["decision"]
    with Inspector(Settings(home=home)) as one:
        talks = Conversations(one)
        events = [event async for event in talks.say("t", f"why {ref}")]
        found = [event for event in events if event.kind == "inspection"]
        pictures = [event for event in events if event.kind == "picture"]
        zoomed: list[Any] = [event async for event in talks.say("t", "zoom into region 1")]

    assert [(one.ref, one.decision) for one in found] == [(ref, decision)]
    assert [Path(one.path).is_file() for one in pictures] == [True]
    assert zoomed[-1].citations[0].data["tool"] == "zoom"
