"""Each order ends with exactly one row, whatever happens between."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from agent.batch.records import BatchRow
from agent.cli import run as loupe
from agent.loopback import PixelReader, Scripted, loopback_endpoint
from agent.result_log import read_rows

Loupe = Callable[..., int]


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    """Three pictures of no known product, a copy of one, and a table that names one more."""
    folder = tmp_path / "parts"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for name in ("a", "b", "c"):
        pixels = rng.integers(0, 255, (48, 64, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{name}.png")
    (folder / "copy.png").write_bytes((folder / "b.png").read_bytes())
    lines = ["asset,station", *(f"{n}.png,S1" for n in ("a", "b", "c", "copy")), "gone.png,S2"]
    (folder / "all.csv").write_text("\n".join([*lines, "a.png,S3", ""]), "utf-8")
    return folder


def batch(parts: Path, *words: object, out: str = "run") -> int:
    given = [str(parts / "all.csv"), "--home", "home", "--out", out]
    return loupe(["batch", *given, *map(str, words)])


def rows(out: str = "run") -> list[BatchRow]:
    return read_rows(Path(out) / "results.jsonl", BatchRow)


def test_each_row_has_one_result_and_equal_files_one_inspection(
    parts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert batch(parts) == 1

    by_place = {(Path(one.asset).name, one.labels["station"]): one for one in rows()}
    assert len(by_place) == len(rows()) == 6
    gone = by_place.pop(("gone.png", "S2"))
    assert (gone.status, gone.decision) == ("failed", None)
    assert "no such file" in gone.reason
    assert {one.decision for one in by_place.values()} == {"review"}
    records = Path("run/inspections").glob("*/inspection.json")
    assert sorted(path.parent.name[0] for path in records) == ["a", "b", "c"]
    assert sum(one.shared for one in by_place.values()) == 2
    said = capsys.readouterr()
    assert "6 parts: 1 failed, 5 review; 2 share the inspection of an equal file" in said.out


def test_the_same_command_goes_on_and_does_only_what_is_left(parts: Path) -> None:
    assert batch(parts, "--limit", 2) == 0
    before = rows()

    assert batch(parts) == 1
    after = rows()

    assert after[:2] == before
    assert len({one.task for one in after}) == len(after) == 6


def test_a_line_that_was_torn_is_done_again(parts: Path) -> None:
    batch(parts, "--limit", 3)
    path = Path("run/results.jsonl")
    whole = path.read_bytes()
    path.write_bytes(whole[:-40])

    assert batch(parts, "--limit", 3) == 0

    assert {one.task for one in rows()} == {json.loads(line)["task"] for line in whole.splitlines()}
    assert len(rows()) == 3


def test_a_failed_row_is_done_again_where_it_is_asked_for(parts: Path) -> None:
    batch(parts)
    (parts / "gone.png").write_bytes((parts / "c.png").read_bytes())

    assert batch(parts) == 1
    assert batch(parts, "--again", "failed") == 0

    last = {one.task: one for one in rows()}
    assert {one.decision for one in last.values()} == {"review"}
    assert next(one for one in last.values() if one.asset.endswith("gone.png")).shared


def test_a_run_that_was_asked_otherwise_is_not_gone_on_with(
    parts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    batch(parts, "--limit", 1)
    capsys.readouterr()

    assert batch(parts, "--seed", 5) == 1

    assert "holds a run that was asked otherwise (seed)" in capsys.readouterr().err


def test_json_prints_each_row_and_nothing_else(
    parts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    batch(parts, "--json", "--where", "station=S1", "--csv", "r.csv", "--junit", "r.xml")

    printed = [BatchRow.model_validate_json(one) for one in capsys.readouterr().out.splitlines()]
    assert sorted(one.task for one in printed) == sorted(one.task for one in rows())
    assert {one.labels["station"] for one in printed} == {"S1"}
    assert Path("r.csv").is_file()
    assert Path("r.xml").is_file()


def test_answers_are_kept_across_runs_and_a_budget_ends_a_run_that_goes_on_later(
    parts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with loopback_endpoint({"pixels": PixelReader()}) as endpoint:
        asked: dict[str, Any] = {"--model": "pixels", "--base-url": endpoint.base_url}
        given = [word for pair in asked.items() for word in pair]
        given += ["--where", "station=S1", "--concurrency", 1, "--strategy", "direct"]
        assert batch(parts, *given, "--budget-calls", 2) == 1
        n_rows, n_calls = len(rows()), endpoint.record.n_requests
        assert "the run's budget of 2 calls is spent" in capsys.readouterr().err
        assert (n_rows, n_calls) == (2, 2)

        assert batch(parts, *given) == 0
        assert (len(rows()), endpoint.record.n_requests) == (4, 3)

        assert batch(parts, *given, out="other") == 0
        assert endpoint.record.n_requests == 3
        assert "3 of 3 answers kept from before" in capsys.readouterr().out


def test_a_model_that_is_down_is_left_alone_and_each_row_says_so(parts: Path) -> None:
    with loopback_endpoint({"down": Scripted(["server_error"], at_end="repeat")}) as endpoint:
        Path("home").mkdir()
        Path("home/loupe.toml").write_text("vlm_attempts = 3\n", "utf-8")
        given = ["--model", "down", "--base-url", endpoint.base_url, "--strategy", "direct"]
        batch(parts, *given, "--concurrency", 1, "--where", "station=S1")

        assert endpoint.record.n_requests == 8
    told = [one.reason for one in rows() if not one.shared]
    assert "is not asked: 8 requests in a row failed" in told[-1]
    assert {one.decision for one in rows()} == {None}


def test_a_dry_run_leaves_no_run_and_tells_what_all_would_cost(
    parts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert batch(parts, "--dry-run", 2) == 0

    said = capsys.readouterr().out
    assert said.startswith("6 rows, from 2 drawn")
    assert "VLM calls: 0 [0, 0]" in said
    assert not Path("run").exists()
