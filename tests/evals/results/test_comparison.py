"""Two runs on the same samples."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from evals.results.comparison import compare, flips_of, pairs_of, write_flips
from evals.results.records import Results
from evals.runner.rows import Row
from tools.errors import SettingsError

MakeRow = Callable[..., Row]
MakeResults = Callable[..., Results]
NAMES = ("a", "b")


def _runs(row: MakeRow, results: MakeResults) -> tuple[Results, Results]:
    """Four samples; the second run mends s3, spoils s0, and lacks the first one's s4."""
    said = {
        "s0": (0, "normal", 1.0, "anomalous", 5.0),
        "s1": (0, "normal", 2.0, "normal", 2.0),
        "s2": (1, "anomalous", 4.0, "anomalous", 6.0),
        "s3": (1, "normal", 3.0, "anomalous", 7.0),
    }
    first = [row(name, gt_label=s[0], decision=s[1], raw_score=s[2]) for name, s in said.items()]
    second = [row(name, gt_label=s[0], decision=s[3], raw_score=s[4]) for name, s in said.items()]
    return results([*first, row("s4", gt_label=1, raw_score=0.0)]), results(second)


def test_the_difference_is_taken_on_the_samples_that_both_have(
    row: MakeRow, results: MakeResults
) -> None:
    found = compare(pairs_of(*_runs(row, results)), names=NAMES, seed=0)
    values = {(one.part, one.method): (one.value, one.n) for one in found}
    assert values == {
        ("AUROC", "a"): (1.0, 4),
        ("AUROC", "b"): (1.0, 4),
        ("AUROC", "b minus a, paired"): (0.0, 4),
        ("accuracy", "a"): (0.75, 4),
        ("accuracy", "b"): (0.75, 4),
        ("accuracy", "b minus a, paired"): (0.0, 4),
    }


def test_flips_are_told_with_those_that_became_wrong_first(
    row: MakeRow, results: MakeResults, tmp_path: Path
) -> None:
    flips = flips_of(pairs_of(*_runs(row, results)))
    assert [(flip.sample, flip.before, flip.after, flip.mended) for flip in flips] == [
        ("s0", "normal", "anomalous", False),
        ("s3", "normal", "anomalous", True),
    ]
    write_flips(flips, tmp_path / "flips.csv")
    lines = (tmp_path / "flips.csv").read_text().splitlines()
    assert lines[0] == "material,sample,gt_label,before,after,mended"
    assert lines[1] == "casting,s0,0,normal,anomalous,False"


def test_a_review_is_told_with_the_score_that_it_is_read_by(
    row: MakeRow, results: MakeResults
) -> None:
    first = results([row("s0", decision="review", score=0.567, gt_label=1)])
    (flip,) = flips_of(pairs_of(first, results([row("s0", decision="review", gt_label=1)])))
    assert (flip.before, flip.after, flip.mended) == ("review at 0.57", "review, no score", False)


def test_a_failure_is_told_by_its_reason_and_is_no_label(
    row: MakeRow, results: MakeResults
) -> None:
    refused = row("s0", decision=None, status="failed", reason="refused")
    (flip,) = flips_of(pairs_of(results([row("s0")]), results([refused])))
    assert (flip.before, flip.after, flip.mended) == ("normal", "refused", False)


def _asked(results: MakeResults, rows: list[Row], reads: str) -> Results:
    asking = {"prompt": "{question}", "reads": reads}
    return results(rows, by="bare_model", asking=asking, measures=["choices"])


def test_of_multiple_choice_the_choices_are_compared_question_by_question(
    row: MakeRow, results: MakeResults
) -> None:
    def run(*letters: str) -> Results:
        rows = [
            row(f"s{n // 2}", asked=f"Q{n % 2}", answer=one, expected="A", decision=None)
            for n, one in enumerate(letters)
        ]
        # Two questions about one sample are two rows.
        named = [one.model_copy(update={"task": f"{one.task}|{one.asked}"}) for one in rows]
        return _asked(results, named, "choice")

    pairs = pairs_of(run("A", "B", "A", "C"), run("A", "A", "B", "D"))
    values = {one.method: one.value for one in compare(pairs, names=NAMES, seed=0)}
    assert values == {"a": 0.5, "b": 0.5, "b minus a, paired": 0.0}
    assert [(flip.sample, flip.before, flip.after, flip.mended) for flip in flips_of(pairs)] == [
        ("s1", "A", "B", False),
        ("s1", "C", "D", False),
        ("s0", "B", "A", True),
    ]


def test_of_answers_in_words_the_likeness_to_the_reference_is_compared(
    row: MakeRow, results: MakeResults
) -> None:
    def run(said: str) -> Results:
        told = row("s0", answer=said, expected="a dark spot", decision=None)
        return _asked(results, [told], "text")

    pairs = pairs_of(run("a dark spot"), run("a dark line"))
    found = {(one.part, one.method): one.value for one in compare(pairs, names=NAMES, seed=0)}
    # Two of three words in order: recall and precision are 2 / 3.
    assert found == {
        ("ROUGE-L", "a"): 1.0,
        ("ROUGE-L", "b"): pytest.approx(2 / 3),
        ("ROUGE-L", "b minus a, paired"): pytest.approx(-1 / 3),
    }
    assert flips_of(pairs) == []


def test_conditions_are_chosen_by_name_and_default_to_the_baseline(
    row: MakeRow, results: MakeResults
) -> None:
    rows = [row("s0"), row("s0", condition="turned", decision="anomalous")]
    run = results(rows, baseline="turned")
    assert pairs_of(run, run)[0].ours[0].condition == "turned"
    assert len(flips_of(pairs_of(run, run, condition="plain"))) == 1
    with pytest.raises(SettingsError, match="no condition 'x'; there are 'plain', 'turned'"):
        pairs_of(run, run, other="x")


def test_runs_that_share_no_sample_are_told(row: MakeRow, results: MakeResults) -> None:
    with pytest.raises(SettingsError, match="share no sample; compare runs on the same data set"):
        pairs_of(results([row("s0")]), results([row("s1")]))
