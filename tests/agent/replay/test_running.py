from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydantic import SecretStr

from agent.cli import run as run_command_line
from agent.inspector import Inspector
from agent.run_folder import RunFolder
from agent.settings import Settings
from graphs.minds.chat import CalledTool, ChatFault, ChatReply
from graphs.minds.scripted import ScriptedChat

SIDE_PX = 64
SECRET = SecretStr("sk-not-to-be-told")
SIGHT = ChatReply(text=json.dumps({"reasoning": "a spot", "anomalous": True, "score": 0.8}))
ZOOM = CalledTool(id="c1", name="zoom", arguments='{"view": "V1", "box_xyxy": [8, 8, 24, 24]}')
FINDING = {
    "claim": "a dark spot",
    "view": "V1",
    "box_xyxy": [10, 10, 20, 20],
    "evidence_ids": [],
    "rule_ids": ["R1"],
}
SUBMISSION = {"reasoning": "seen", "anomalous": True, "score": 0.9, "findings": [FINDING]}
SUBMIT = CalledTool(id="c2", name="submit", arguments=json.dumps(SUBMISSION))
OVERLOADED = ChatFault("server_error", "status 500", retryable=True, retry_after_s=0.0)


def plate(path: Path, *, spot: bool, seed: int) -> Path:
    grey = 150 + np.random.default_rng(seed).normal(0, 2, (SIDE_PX, SIDE_PX, 3))
    if spot:
        grey[10:20, 10:20] = 40
    Image.fromarray(grey.clip(0, 255).astype(np.uint8)).save(path)
    return path


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A part that a scripted model inspected in two rounds, after a fault; with its home."""
    root = tmp_path_factory.mktemp("replay")
    references = root / "plate" / "references"
    references.mkdir(parents=True)
    for number in range(3):
        plate(references / f"ref_{number}.png", spot=False, seed=number)
    (root / "plate" / "product.yaml").write_text("name: plate\ndescriptor: A grey plate.\n")
    rules = "- id: R1\n  kind: must\n  text: The plate has no dark spot.\n"
    (root / "plate" / "rules.yaml").write_text(rules)
    part = plate(root / "part.png", spot=True, seed=9)

    async def inspect() -> None:
        sight = [SIGHT]
        rounds = [OVERLOADED, ChatReply(text="I look closer.", tool_calls=[ZOOM])]
        rounds += [ChatReply(tool_calls=[SUBMIT])]
        script = ScriptedChat([by_purpose(sight, rounds)] * 9, name="m-1")
        settings = Settings(home=root / "home", model="m-1", vlm_attempts=2, api_key=SECRET)
        run = RunFolder(root / "home" / "runs" / "monday")
        asked = {"flags": ["model"], "product": None}
        async with Inspector(settings, run=run, chat=script, asked=asked) as inspector:
            inspector.add_product(root / "plate")
            await inspector.ainspect(part, "plate")

    asyncio.run(inspect())
    return RunFolder(root / "home" / "runs" / "monday")


def by_purpose(sight: list[Any], rounds: list[Any]) -> Any:
    """Replies by what is asked, since the first look and the judgement at sight run at once."""
    keep = ChatReply(text=json.dumps({"judgements": [{"candidate": 1, "refuted": False}]}))

    def reply(request: Any) -> ChatReply:
        lines = {"direct": sight, "look": rounds}.get(request.purpose, [keep])
        line = lines.pop(0)
        if isinstance(line, ChatFault):
            raise line
        assert isinstance(line, ChatReply)
        return line

    return reply


def replayed(run: RunFolder, *more: str) -> tuple[int, list[dict[str, Any]]]:
    """Exit code and what `--json` prints."""
    import io
    from contextlib import redirect_stderr, redirect_stdout

    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(io.StringIO()):
        code = run_command_line(["replay", str(run.root), "--json", *more])
    return code, [json.loads(line) for line in out.getvalue().splitlines()]


def contents(run: RunFolder) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in run.root.rglob("*") if path.is_file()}


def test_no_file_of_a_run_holds_the_key(recorded: RunFolder) -> None:
    secret = SECRET.get_secret_value().encode()
    assert [path for path, data in contents(recorded).items() if secret in data] == []


def test_unchanged_it_is_the_same_without_a_connection_and_nothing_is_written(
    recorded: RunFolder, connections: list[str]
) -> None:
    before = contents(recorded)
    code, (one,) = replayed(recorded)
    assert (code, one["same"], one["differences"], one["requests"]) == (0, True, [], [])
    assert one["calls_answered"] == 5
    assert one["calls_unasked"] == 0
    assert connections == []
    assert contents(recorded) == before


def test_fewer_rounds_show_as_a_changed_request_and_calls_that_nobody_asked_for(
    recorded: RunFolder,
) -> None:
    code, (one,) = replayed(recorded, "--max-rounds", "1")
    assert (code, one["same"]) == (1, False)
    assert [request["purpose"] for request in one["requests"]][:1] == ["look"]
    assert any(line.startswith(("+", "-")) for line in one["requests"][0]["diff"])


def test_a_changed_target_shows_in_the_thresholds(recorded: RunFolder) -> None:
    code, (one,) = replayed(recorded, "--set", "target_overkill=0.4")
    assert code == 1
    assert "verdict.thresholds.basis" in [found["what"] for found in one["differences"]]


def test_what_loupe_toml_says_now_counts_unless_a_flag_said_it_then(
    recorded: RunFolder, tmp_path: Path
) -> None:
    (tmp_path / "loupe.toml").write_text('target_overkill = 0.4\nmodel = "another"\n')
    code, (one,) = replayed(recorded)
    assert code == 1
    assert "verdict.thresholds.basis" in [found["what"] for found in one["differences"]]
    assert "mind" not in [found["what"] for found in one["differences"]]


def test_its_records_stay_where_out_says(recorded: RunFolder, tmp_path: Path) -> None:
    code, _ = replayed(recorded, "--out", str(tmp_path / "again"))
    assert code == 0
    (report,) = (tmp_path / "again" / "inspections").glob("*/report.html")
    document = json.loads((tmp_path / "again" / "run.json").read_text())
    assert document["replay_of"] == str(recorded.root)
    assert "a dark spot" in report.read_text("utf-8")
