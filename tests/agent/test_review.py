"""A person at the terminal who is asked, answers, gives up, or interrupts."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

import pytest

from agent.asking import ask_in_thread
from agent.cli import run
from agent.commands.review import ask_on_terminal
from agent.inspector import Inspector
from agent.run_folder import RunFolder
from agent.settings import Settings

# A shell that runs the tests beside others lets no process of theirs hear Ctrl-C, unless it asks.
HEARD = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
LOUPE = [sys.executable, "-c", f"{HEARD}; from agent.cli import main; main()"]
INSPECT = [*LOUPE, "inspect", "strange.png", "--home", "home", "--out", "run", "--human-review"]
QUESTION = b"decision (normal, anomalous, review)"
END_S = 120
"""A process that waits for the person instead would never end."""


@pytest.fixture
def strange(strange: Path, home: Path) -> Path:
    """With a home beside it."""
    assert home.parent == strange.parent
    return strange


@pytest.fixture
def asked(strange: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`loupe inspect --human-review --json` that waits for a person."""
    with subprocess.Popen(
        [*INSPECT, "--json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        read_until(QUESTION, process.stderr)
        yield process
        process.kill()


def read_until(wanted: bytes, stream: IO[bytes] | None) -> None:
    assert stream is not None
    said = b""
    while wanted not in said:
        more = os.read(stream.fileno(), 4096)
        assert more, said
        said += more


def test_ctrl_c_at_the_question_ends_the_run_at_once_and_it_can_go_on(
    asked: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked.send_signal(signal.SIGINT)
    asked.wait(END_S)
    assert asked.stdout is not None
    assert asked.stderr is not None

    assert (asked.returncode, asked.stdout.read()) == (130, b"")
    assert asked.stderr.read().decode().splitlines()[-1] == (
        "error: interrupted; `loupe inspect --resume run` goes on with this run"
    )
    assert list(Path("run").glob("inspections/*/inspection.json")) == []

    monkeypatch.setattr(sys, "stdin", io.StringIO("anomalous\n"))
    assert run(["inspect", "--resume", "run", "--json"]) == 0
    (record,) = Path("run").glob("inspections/*/inspection.json")
    assert json.loads(record.read_text())["verdict"]["decision"] == "anomalous"


def test_stdout_holds_the_record_and_nothing_of_the_question(
    asked: subprocess.Popen[bytes],
) -> None:
    out, _ = asked.communicate(b"what?\nnormal\n", timeout=END_S)

    assert out.startswith(b"{")
    assert json.loads(out)["verdict"]["decision"] == "normal"


def test_an_interrupt_of_a_reviewer_is_no_failed_row(strange: Path) -> None:
    def interrupt(question: dict[str, Any]) -> str:
        raise KeyboardInterrupt

    folder = RunFolder(strange.parent / "run")
    settings = Settings(home=strange.parent / "home", human_review=True)

    async def inspect() -> None:
        async with Inspector(settings, run=folder, reviewer=interrupt) as inspector:
            async for _ in inspector.inspect_many([strange]):
                pass

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(inspect())

    assert list(folder.root.glob("inspections/*/inspection.json")) == []


@pytest.mark.parametrize("stdin", [None, io.StringIO("")])
def test_where_nobody_can_answer_it_stays_review(
    stdin: io.StringIO | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", stdin)

    assert ask_on_terminal({"reason": "unclear"}) == "review"


def test_what_is_no_decision_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    near, far = os.pipe()
    os.write(far, b"perhaps\nnormal\nreview\n")
    with ExitStack() as closing:
        closing.callback(os.close, far)
        monkeypatch.setattr(sys, "stdin", closing.enter_context(os.fdopen(near)))

        # Each question takes the lines up to its answer, and leaves the rest to the next.
        assert [ask_on_terminal({}), ask_on_terminal({})] == ["normal", "review"]
    assert capsys.readouterr().out == ""


async def test_an_answer_and_an_error_reach_whoever_asked() -> None:
    assert await ask_in_thread(str.upper, "yes") == "YES"
    with pytest.raises(ValueError, match="'no'"):
        await ask_in_thread(int, "no")
