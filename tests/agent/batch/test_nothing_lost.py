"""What a run has done is not done again and not lost, whatever interrupts it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from agent.answers import AnswerStore
from agent.batch.manifest import orders_of
from agent.batch.records import BatchRow, row_of
from agent.cli import run as loupe
from agent.inspector import Inspector
from agent.loopback import Loopback, PixelReader, Scripted, loopback_endpoint
from agent.result_log import ResultLog, read_rows
from agent.run_folder import RunFolder
from agent.settings import Settings
from agent.trace import read_trace
from evals.benchmarks.ports import free_port
from evals.benchmarks.served import CallsTool
from graphs.journal import BeginLine
from graphs.minds.chat import ChatReply, ChatRequest
from graphs.records import Inspection
from tools.ports import ArtifactPort

N_PARTS = 3


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    """Pictures of no known product."""
    folder = tmp_path / "parts"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(N_PARTS):
        pixels = rng.integers(0, 255, (48, 64, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return folder


def batch(parts: Path, *words: object, endpoint: Loopback | None = None) -> int:
    model = ["--model", endpoint.model, "--base-url", endpoint.base_url] if endpoint else []
    given = [str(parts), "--home", "home", "--out", "run", "--concurrency", "1", *model]
    return loupe(["batch", *given, *map(str, words)])


def last_rows() -> Mapping[str, BatchRow]:
    """The row that counts of each part, by its file's name."""
    rows = read_rows(Path("run/results.jsonl"), BatchRow)
    return {Path(row.asset).name: row for row in rows}


def record_of(row: BatchRow) -> Path:
    return Path("run/inspections") / row.inspection / "inspection.json"


def test_a_record_that_a_power_loss_tore_or_took_is_made_again(parts: Path) -> None:
    batch(parts)
    before = last_rows()
    torn, taken, whole = (record_of(before[f"{number}.png"]) for number in range(N_PARTS))
    torn.write_bytes(torn.read_bytes()[:-200])
    shutil.rmtree(taken.parent)
    untouched = whole.read_bytes()

    assert batch(parts) == 0

    after = last_rows()
    assert {name: row.score for name, row in after.items()} == {
        name: row.score for name, row in before.items()
    }
    assert torn.read_bytes().endswith(b"}\n")
    assert taken.is_file()
    assert whole.read_bytes() == untouched
    assert len(read_rows(Path("run/results.jsonl"), BatchRow)) == N_PARTS + 2


def test_answers_before_a_torn_one_are_kept(tmp_path: Path) -> None:
    living, image = tmp_path / "living" / "answers.sqlite", tmp_path / "image"
    with AnswerStore(living) as answers:
        for number in range(20):
            answers.put(f"{number}", ChatReply(text=f"It is part {number}."), run="run")
        # As a disc has it when the power goes: the last page of the log is half there.
        shutil.copytree(living.parent, image)
    log = image / "answers.sqlite-wal"
    log.write_bytes(log.read_bytes()[:-2000])

    with AnswerStore(image / "answers.sqlite") as answers:
        kept = [answers.get(f"{number}") for number in range(20)]
        assert [one.text for one in kept[:19] if one] == [f"It is part {n}." for n in range(19)]
        assert kept[19] is None
        answers.put("19", ChatReply(text="again"), run="run")


def test_an_inspection_goes_on_between_its_rounds_and_asks_nothing_twice(parts: Path) -> None:
    model = CallsTool("look_up", {"query": "scratch"}, n_rounds=4)
    with loopback_endpoint({"looks": model}) as endpoint:
        for limit in (2, 1):
            batch(parts, "--limit", 1, "--budget-calls", limit, endpoint=endpoint)
            assert last_rows() == {}
            # What was asked is in the checkpoint alone.
            for file in Path("home/cache").glob("answers.sqlite*"):
                file.unlink()
        batch(parts, "--limit", 1, endpoint=endpoint)
        n_interrupted = endpoint.record.n_requests
        for file in Path("home/cache").glob("answers.sqlite*"):
            file.unlink()
        shutil.move("run", "interrupted")
        batch(parts, "--limit", 1, endpoint=endpoint)
        n_through = endpoint.record.n_requests - n_interrupted

    assert n_through > 4
    assert n_interrupted == n_through
    (trace,) = Path("interrupted/inspections").glob("*/trace.jsonl")
    begun = [line.resumed for line in read_trace(trace).lines if isinstance(line, BeginLine)]
    assert begun == [False, True, True]


def test_rows_of_a_time_without_the_model_are_done_anew_when_it_is_back(
    parts: Path,
) -> None:
    home = Path("home")
    home.mkdir()
    (home / "loupe.toml").write_text("vlm_attempts = 1\nstrategy = 'direct'\n", "utf-8")
    port = free_port()
    with loopback_endpoint({"model": Scripted([PixelReader().reply] * 9)}, port=port) as endpoint:
        batch(parts, "--limit", 1, endpoint=endpoint)
    gone = endpoint
    batch(parts, endpoint=gone)
    meanwhile = last_rows()
    assert "the connection failed" in meanwhile["1.png"].reason

    with loopback_endpoint({"model": PixelReader()}, port=port) as back:
        n_left = len([row for row in meanwhile.values() if row.status != "decided"])
        batch(parts, "--again", "failed", "--again", "degraded", endpoint=back)
        assert back.record.n_requests == n_left == 2

    assert {row.status for row in last_rows().values()} == {"decided"}
    assert last_rows()["0.png"] == meanwhile["0.png"]


class RunsOutOfMemory:
    """A chat model that calls every part normal, but breaks down at the second."""

    name = "scripted"
    calls_tools = False

    def __init__(self) -> None:
        self.n_asked = 0

    async def complete(self, request: ChatRequest, *, artifacts: ArtifactPort) -> ChatReply:
        self.n_asked += 1
        if self.n_asked == 2:
            raise MemoryError("no room for 9 GiB")
        return ChatReply(text='{"reasoning": "even", "anomalous": false, "score": 0.1}')


async def test_a_breakdown_at_one_part_is_recorded_and_the_others_go_on(parts: Path) -> None:
    settings = Settings(home=Path("home"), model="scripted", strategy="direct")
    orders = orders_of([str(parts)])
    run = RunFolder(Path("run"))
    inspector = Inspector(settings, run=run, chat=RunsOutOfMemory())
    async with inspector, inspector.row_inspector() as inspect:
        rows = [row_of(one, await inspect(one.path, None, one.labels)) for one in orders]

    assert [row.status for row in rows] == ["decided", "failed", "decided"]
    assert (rows[1].decision, rows[1].reason) == (None, "MemoryError: no room for 9 GiB")
    record = Inspection.model_validate_json(record_of(rows[1]).read_bytes())
    assert "Traceback" in record.degraded[1]
    assert "in complete" in record.degraded[1]


def test_two_runs_in_one_folder_are_refused_and_nothing_is_written(
    parts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    batch(parts, "--limit", 1)
    before = Path("run/results.jsonl").read_bytes()
    capsys.readouterr()

    with ResultLog(Path("run"), BatchRow):
        assert batch(parts) == 1

    assert "run is in use by another run; wait for it, or name another --out" in (
        capsys.readouterr().err
    )
    assert Path("run/results.jsonl").read_bytes() == before


def test_a_run_that_was_killed_before_it_began_is_begun_by_the_same_command(parts: Path) -> None:
    with ResultLog(Path("run"), BatchRow):
        pass
    for name in ("checkpoints.sqlite", "checkpoints.sqlite-wal", ".x8_2.partial"):
        Path("run", name).touch()

    assert batch(parts) == 0

    assert [row.status for row in last_rows().values()] == ["decided"] * N_PARTS


def test_another_process_that_has_not_begun_yet_keeps_its_folder(
    parts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with ResultLog(Path("run"), BatchRow):
        assert batch(parts) == 1

        assert sorted(path.name for path in Path("run").iterdir()) == [".lock", "results.jsonl"]
    assert "in use by another run" in capsys.readouterr().err


@pytest.mark.parametrize("held", ["notes.txt", "inspections"])
def test_a_folder_that_holds_anything_else_is_no_run_that_was_killed(
    parts: Path, held: str
) -> None:
    with ResultLog(Path("run"), BatchRow):
        pass
    Path("run", held).mkdir()

    assert batch(parts) == 1
    assert not Path("run/run.json").exists()
