"""Draws: the same for every condition, nested in references and limits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evals.datasets.records import DataSet, DataSetError
from evals.runner.plan import deal, groups_of
from evals.suites.records import Suite


def _ids(samples: object) -> list[str]:
    return [one.id for one in samples]  # type: ignore[attr-defined]


def test_references_are_never_tested(plates: DataSet, plain_suite: Suite) -> None:
    (material,) = deal(plates, plain_suite, seed=0)
    assert len(material.references) == 2
    assert set(_ids(material.references)).isdisjoint(_ids(material.tested))
    assert len(material.tested) == 8 - 2


def test_fewer_references_are_the_first_of_more(plates: DataSet, plain_suite: Suite) -> None:
    (few,) = deal(plates, plain_suite.replaced(references=1), seed=4)
    (more,) = deal(plates, plain_suite.replaced(references=4), seed=4)
    assert _ids(more.references)[:1] == _ids(few.references)


def test_a_larger_limit_only_adds(plates: DataSet, plain_suite: Suite) -> None:
    (four,) = deal(plates, plain_suite.replaced(limit=4), seed=0)
    (six,) = deal(plates, plain_suite.replaced(limit=6), seed=0)
    assert set(_ids(four.tested)) < set(_ids(six.tested))
    assert sorted(one.gt_label for one in four.tested) == [0, 0, 1, 1]
    assert sorted(one.gt_label for one in six.tested) == [0, 0, 0, 1, 1, 1]


def test_where_one_label_runs_out_the_other_fills_up(plates: DataSet, plain_suite: Suite) -> None:
    (seven,) = deal(plates, plain_suite.replaced(limit=7, references=1), seed=0)
    assert sorted(one.gt_label for one in seven.tested) == [0] * 4 + [1] * 3


def test_thresholds_are_normal_and_neither_reference_nor_test(
    plates: DataSet, plain_suite: Suite
) -> None:
    (material,) = deal(plates, plain_suite.replaced(threshold_normals=2), seed=0)
    assert [one.gt_label for one in material.thresholds] == [0, 0]
    used = {*_ids(material.references), *_ids(material.tested)}
    assert used.isdisjoint(_ids(material.thresholds))


def test_every_condition_gets_the_same_samples(plates: DataSet, plain_suite: Suite) -> None:
    groups = list(groups_of(plain_suite, deal(plates, plain_suite, seed=0)))
    assert [group.condition.name for group in groups] == ["original", "turned"]
    first, second = ([task.sample.id for task in group.tasks] for group in groups)
    assert first == second
    names = [task.name for group in groups for task in group.tasks]
    assert len(set(names)) == len(names)


def test_an_all_normal_training_part_gives_the_references(
    plates: DataSet, plain_suite: Suite
) -> None:
    halves = [
        replace(one, split="train" if number < 3 else "test")
        for number, one in enumerate(plates.samples)
    ]
    (material,) = deal(replace(plates, samples=tuple(halves)), plain_suite, seed=0)
    assert set(_ids(material.references)) < {f"plate_{n:02}.png" for n in range(3)}
    assert sorted(_ids(material.tested)) == [f"plate_{n:02}.png" for n in range(3, 8)]


def test_a_part_that_is_a_reference_is_not_tested_in_another_picture(
    plates: DataSet, plain_suite: Suite
) -> None:
    pairs = tuple(
        replace(one, metadata={"item": number // 2}) for number, one in enumerate(plates.samples)
    )
    (material,) = deal(replace(plates, samples=pairs), plain_suite, seed=0)
    items = {one.metadata["item"] for one in material.references}
    assert items.isdisjoint(one.metadata["item"] for one in material.tested)


def test_too_few_normal_samples_are_told(plates: DataSet, plain_suite: Suite) -> None:
    with pytest.raises(DataSetError, match="5 references and thresholds need more normal samples"):
        deal(plates, plain_suite.replaced(references=5), seed=0)
