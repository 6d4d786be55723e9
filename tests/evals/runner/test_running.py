"""Runs of a small suite: resumed, limited, failing, killed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.standing import Standing
from evals.runner.manifest import ManifestError, read_manifest
from evals.runner.running import RunEnd, RunOptions, run_suite
from evals.suites.records import Suite
from tools.errors import SettingsError

Options = Callable[..., RunOptions]


def _unheard(standing: Standing) -> None:
    pass


def run(suite: Suite, options: RunOptions) -> RunEnd:
    return asyncio.run(run_suite(suite, options, teller=_unheard))


def test_every_sample_has_one_row_under_every_condition(
    plain_suite: Suite, options: Options
) -> None:
    end = run(plain_suite, options())
    assert len(end.rows) == end.manifest.n_planned == 2 * 6
    assert end.undone == []
    spotted = [row for row in end.rows if row.gt_label and row.status == "decided"]
    normal = [row for row in end.rows if not row.gt_label]
    assert {row.raw_score for row in spotted} == {1.0}
    assert {row.raw_score for row in normal} == {0.0}
    # 8 x 8 of 48 x 48 px.
    assert {row.gt_share for row in spotted} == {64 / 48**2}


def test_a_picture_that_cannot_be_read_is_a_failure_with_its_reason(
    plain_suite: Suite, options: Options
) -> None:
    rows = [row for row in run(plain_suite, options()).rows if row.sample == "plate_07.png"]
    assert [(row.status, row.reason, row.decision, row.raw_score) for row in rows] == [
        ("failed", "image_unreadable", None, None)
    ] * 2
    assert all("plate_07.png" in row.detail for row in rows)


def test_what_is_done_is_not_done_again(plain_suite: Suite, options: Options) -> None:
    first = run(plain_suite, options())
    file = options().out / "results.jsonl"
    before = file.read_bytes()
    again = run(plain_suite, options())
    assert again.rows == first.rows
    assert file.read_bytes() == before
    assert len(again.manifest.continued) == 1


def test_a_larger_limit_goes_on_in_the_same_folder(plain_suite: Suite, options: Options) -> None:
    few = run(plain_suite.replaced(limit=2), options())
    more = run(plain_suite.replaced(limit=3), options())
    assert (len(few.rows), len(more.rows)) == (4, 6)
    assert {row.task for row in few.rows} < {row.task for row in more.rows}


def test_another_question_is_refused_in_the_same_folder(
    plain_suite: Suite, options: Options
) -> None:
    run(plain_suite.replaced(limit=2), options())
    with pytest.raises(ManifestError, match=r"asked otherwise \(data_sets, seed differ\)"):
        run(plain_suite.replaced(limit=2), options(seed=1))
    assert read_manifest(options().out).seed == 0


def test_conditions_that_make_no_sense_with_a_mind_say_so(
    plain_suite: Suite, options: Options
) -> None:
    asks = {"name": "asked", "needs": "vlm", "by": "bare_model", "asking": {"prompt": "Well?"}}
    both = plain_suite.replaced(conditions=[{"name": "original", "division": "grid"}, asks])
    end = run(both, options())
    assert end.manifest.left_out == [
        "asked: asks a VLM, and the mind is the embedded one; name one by --model"
    ]
    with pytest.raises(SettingsError, match="suite plain needs a VLM: it reads prompts; name one"):
        run(plain_suite.replaced(needs="vlm", why="it reads prompts"), options("other"))


def test_a_division_by_sam_without_weights_is_left_out_and_told(
    plain_suite: Suite, options: Options
) -> None:
    sam = {"name": "sam", "by": "oracle", "division": "sam"}
    end = run(
        plain_suite.replaced(conditions=[{"name": "original", "division": "grid"}, sam]), options()
    )
    assert [line.split(",")[0] for line in end.manifest.left_out] == ["sam: divides by SAM"]


def test_a_sample_that_breaks_stops_no_other(
    plain_suite: Suite, options: Options, tmp_path: Path
) -> None:
    (tmp_path / "data" / "mask_06.png").unlink()
    end = run(plain_suite.replaced(measures=["auroc", "pixel"]), options())
    broken = [row for row in end.rows if row.sample == "plate_06.png"]
    assert [(row.reason, row.decision) for row in broken] == [("instrument_failed", None)] * 2
    assert all("DataSetError: " in row.detail and "mask_06" in row.detail for row in broken)
    assert len(end.rows) == 12


def test_a_truth_that_only_the_size_needs_is_told_and_fails_nothing(
    plain_suite: Suite, options: Options, tmp_path: Path
) -> None:
    (tmp_path / "data" / "mask_06.png").unlink()
    plain = plain_suite.replaced(by="pixel_difference", conditions=[{"name": "original"}])
    end = run(plain, options())
    (row,) = [row for row in end.rows if row.sample == "plate_06.png"]
    assert (row.status, row.decision, row.gt_share) == ("decided", "anomalous", None)
    assert row.detail.startswith("the truth cannot be read: ")
    spotted = [one.raw_score or 0 for one in end.rows if one.gt_label and one.answered]
    assert min(spotted) > max(one.raw_score or 0 for one in end.rows if not one.gt_label)


def test_what_the_instrument_failed_at_is_done_again_when_asked(
    plain_suite: Suite, options: Options, tmp_path: Path
) -> None:
    mask = tmp_path / "data" / "mask_06.png"
    hidden = mask.rename(tmp_path / "hidden.png")
    run(plain_suite, options())
    hidden.rename(mask)

    def n_failed(end: RunEnd) -> int:
        assert len(end.rows) == 12
        return sum(row.sample == "plate_06.png" and row.status == "failed" for row in end.rows)

    assert n_failed(run(plain_suite, options())) == 2
    assert n_failed(run(plain_suite, options(retry=True))) == 0
