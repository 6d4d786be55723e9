"""Which samples of which product are references, thresholds and tests. Knows no method.

A draw depends on the seed and the product alone, so every condition and method gets the same
samples, a larger limit only adds some, and more references only add some.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from zlib import crc32

import numpy as np

from evals.datasets.records import DataSet, DataSetError, Question, Sample
from evals.runner.committed import is_per_place
from evals.runner.rows import Role
from evals.suites.records import Asking, Condition, Suite

GROUP_KEYS = ("tile", "item", "photo")
"""Metadata that names what several pictures show: one part must not be reference and test."""


class Material(NamedTuple):
    """One product of one data set, dealt out for one draw."""

    data_set: str
    product: str
    """Empty where the data set has one only."""
    draw: int
    references: tuple[Sample, ...]
    """In the order in which they are taken: drawn, or those that the set itself pairs."""
    thresholds: tuple[Sample, ...]
    tested: tuple[Sample, ...]
    per_place: bool = False
    """Whether each sample has references of its own: a template of its place."""

    @property
    def name(self) -> str:
        """`set` or `set/product`."""
        return f"{self.data_set}/{self.product}" if self.product else self.data_set


class Task(NamedTuple):
    """One sample under one condition: one row of the results."""

    name: str
    sample: Sample
    role: Role
    questions: tuple[Question, ...] = ()
    """Of the set, where it asks some: one, or those of one conversation."""


class Group(NamedTuple):
    """Tasks that share a product, a condition and a repeat; they run side by side."""

    condition: Condition
    material: Material
    repeat: int
    tasks: tuple[Task, ...]

    @property
    def slug(self) -> str:
        """A name for its folder."""
        parts = f"{self.condition.name} {self.material.name} {self.material.draw} {self.repeat}"
        letters = "".join(letter if letter.isalnum() else "-" for letter in parts)
        # Two conditions may differ in signs only.
        return f"{letters[:80]}-{crc32(parts.encode()):08x}"


def deal(data_set: DataSet, suite: Suite, *, seed: int, only: str | None = None) -> list[Material]:
    """Deal out every product of a data set, once for each draw of the suite.

    Args:
        data_set: its samples.
        suite: says how many references, thresholds and tests.
        seed: of the draws.
        only: one product.

    Raises:
        DataSetError: a product has too few normal samples, or none is left to test.
    """
    products = data_set.products if only is None else (only,)
    return [
        _dealt(data_set.only(product=product), product, suite, draw=draw, seed=seed)
        for product in products
        for draw in range(suite.draws)
    ]


def groups_of(suite: Suite, materials: Sequence[Material]) -> Iterator[Group]:
    """Every group of a suite: by product, then condition, then repeat."""
    for material in materials:
        for condition in suite.conditions:
            for repeat in range(suite.repeats):
                tasks = tuple(_tasks(suite, condition, material, repeat))
                yield Group(condition, material, repeat, tasks)


def _tasks(suite: Suite, condition: Condition, material: Material, repeat: int) -> Iterator[Task]:
    """One for each sample, or for each of its questions where these are asked one by one."""
    samples: list[tuple[Sample, Role]] = [(one, "test") for one in material.tested]
    samples += [(one, "threshold") for one in material.thresholds]
    asking = suite.asked(condition) if suite.method(condition) == "bare_model" else None
    for sample, role in samples:
        name = f"{condition.name}|{material.name}|{sample.id}|{material.draw}|{repeat}"
        if asking is None or not asking.speaks_of_questions:
            yield Task(name, sample, role)
        elif asking.conversation:
            yield Task(name, sample, role, tuple(questions_of(sample, asking)))
        else:
            for number, question in enumerate(questions_of(sample, asking), start=1):
                yield Task(f"{name}|{number}", sample, role, (question,))


def _dealt(data_set: DataSet, product: str, suite: Suite, *, draw: int, seed: int) -> Material:
    rng = np.random.default_rng([seed + draw, crc32(f"{data_set.name}/{product}".encode())])
    own = _own_references(data_set.samples)
    per_place = is_per_place(data_set.name)
    n_drawn = 0 if own else suite.max_references
    kept, free = _drawn(data_set, product, suite, rng, n=n_drawn + suite.threshold_normals)
    tested = _tested(_asked(free, suite), suite, rng)
    if not tested:
        raise DataSetError(f"{data_set.name} {product}: no sample is left to test")
    return Material(
        data_set=data_set.name,
        product=product,
        draw=draw,
        references=own or tuple(kept[:n_drawn]),
        thresholds=tuple(kept[n_drawn:]),
        tested=tuple(tested),
        per_place=per_place,
    )


def _drawn(
    data_set: DataSet, product: str, suite: Suite, rng: np.random.Generator, *, n: int
) -> tuple[list[Sample], list[Sample]]:
    """Normal samples that are drawn, and what is left to test.

    Raises:
        DataSetError: there are too few.
    """
    training = _training_part(data_set)
    pool = training or [one for one in data_set.samples if not one.gt_label]
    one_left = bool(n) and not training and not suite.anomalous_only
    if len(pool) < n + one_left:
        raise DataSetError(
            f"{data_set.name} {product}".rstrip() + f": {n} references and thresholds need more "
            f"normal samples than that, got {len(pool)}; lower --references"
        )
    kept = [pool[i] for i in rng.permutation(len(pool))][:n]
    used = {sample.id for sample in kept}
    groups = {group for sample in kept if (group := _group_of(sample)) is not None}
    free = [
        one
        for one in data_set.samples
        if one.id not in used
        and _group_of(one) not in groups
        and not (training and one.split != "test")
    ]
    return kept, free


def _own_references(samples: Sequence[Sample]) -> tuple[Sample, ...]:
    """Those that the set itself pairs with its samples, each once, in the order of the samples."""
    paths = dict.fromkeys(path for sample in samples for path in sample.references)
    return tuple(Sample(path=path, gt_label=0, id=path.as_posix()) for path in paths)


def _asked(samples: Sequence[Sample], suite: Suite) -> list[Sample]:
    """Those that have a question of the suite's kind, where it speaks of questions."""
    wanted = [one for condition in suite.conditions if (one := suite.asked(condition))]
    needing = [one for one in wanted if one.speaks_of_questions]
    return [one for one in samples if all(questions_of(one, asking) for asking in needing)]


def questions_of(sample: Sample, asking: Asking) -> list[Question]:
    """The questions of a sample that a prompt asks."""
    return [one for one in sample.questions if one.kind.startswith(asking.question_kind)]


def _training_part(data_set: DataSet) -> list[Sample]:
    """The set's own training samples, where these are all normal and there is a test part.

    Where there is none, references are drawn among all normal samples, and these are no tests.
    """
    training = [one for one in data_set.samples if one.split == "train"]
    has_test = any(one.split == "test" for one in data_set.samples)
    return training if has_test and not any(one.gt_label for one in training) else []


def _tested(free: Sequence[Sample], suite: Suite, rng: np.random.Generator) -> list[Sample]:
    """Up to the limit, normal and anomalous in turns as long as there are both."""
    shuffled = [free[i] for i in rng.permutation(len(free))]
    anomalous = [one for one in shuffled if one.gt_label]
    normal = [] if suite.anomalous_only else [one for one in shuffled if not one.gt_label]
    if suite.limit == 0:
        chosen = {one.id for one in [*anomalous, *normal]}
        return [one for one in free if one.id in chosen]
    n_each = suite.limit // 2
    n_normal = min(len(normal), max(suite.limit - n_each, suite.limit - len(anomalous)))
    return [*normal[:n_normal], *anomalous[: suite.limit - n_normal]]


def _group_of(sample: Sample) -> tuple[str, str] | None:
    for key in GROUP_KEYS:
        if key in sample.metadata:
            return key, str(sample.metadata[key])
    return None
