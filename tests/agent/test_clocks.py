"""A clock that is set, or jumps, makes nobody wait, hurry or lose a row: waits ask one that cannot.

The clock of the day tells when something happened, and nothing else. Whoever needs it for more has
to say so here.
"""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("agent", "graphs", "knowledge", "tools")
STAMPS = {
    "agent/batch/engines/preparing.py",
    "agent/beginning.py",
    "agent/commands/chat.py",
    "agent/conversations.py",
    "agent/corrections/adding.py",
    "agent/corrections/taking.py",
    "agent/failures.py",
    "agent/loopback/batch_records.py",
    "agent/loopback/batches.py",
    "agent/loopback/wire.py",
    "agent/run_folder.py",
    "agent/server/openai_chat/replies.py",
    "agent/server/uploads.py",
    "agent/server/work.py",
    "agent/talk/threads.py",
    "graphs/conversation/nodes/answer.py",
    "graphs/inspection/nodes/record.py",
    "graphs/journal.py",
    "graphs/minds/vlm/asking.py",
}
"""Write down when something happened."""
TOLD = {"agent/retry_after.py", "agent/watching/sinks/webhook.py"}
"""Read or tell a moment of another machine; what is waited for is bounded, see test_retry_after."""


def asks_the_time_of_day(path: Path) -> bool:
    """Whether a module reads the clock of the day: `time.time`, or now and today of datetime."""
    return any(
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr)
        in {("time", "time"), ("time", "time_ns"), ("datetime", "now"), ("datetime", "today")}
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
    )


def test_nothing_but_stamps_is_taken_from_the_clock_of_the_day() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        if asks_the_time_of_day(path)
    }

    assert found == STAMPS | TOLD
