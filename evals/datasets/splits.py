"""References and test pictures drawn from a labelled set. Knows nothing of pictures or methods."""

from dataclasses import replace

import numpy as np

from evals.datasets.records import DataSetError, ImageSet, Split


def draw_splits(
    image_set: ImageSet, *, n_references: int = 8, n_draws: int = 20, seed: int = 0
) -> tuple[Split, ...]:
    """Draws of references among the normal samples; the rest of the set is tested.

    Draw i depends on seed + i and the set alone, so every method gets the same splits, and the
    first draws are the same however many are made.

    Raises:
        DataSetError: no normal sample would be left to test, or there is no anomalous one.
    """
    normals = image_set.normal_indices
    if not 0 < n_references < len(normals) or len(normals) == len(image_set.samples):
        raise DataSetError(
            f"{image_set.name}: {n_references} references need more than {n_references} normal "
            f"samples and one anomalous, got {len(normals)} normal of {len(image_set.samples)}"
        )
    return tuple(
        _draw(image_set, normals, n_references=n_references, draw=draw, seed=seed + draw)
        for draw in range(n_draws)
    )


def first_split(image_set: ImageSet, *, seed: int, every: int = 1) -> Split:
    """The first draw, with every n-th of its test pictures."""
    (split,) = draw_splits(image_set, n_draws=1, seed=seed)
    return replace(split, test_indices=split.test_indices[::every])


def _draw(
    image_set: ImageSet, normals: list[int], *, n_references: int, draw: int, seed: int
) -> Split:
    chosen = np.random.default_rng(seed).choice(normals, n_references, replace=False)
    references = tuple(sorted(int(index) for index in chosen))
    tested = tuple(i for i in range(len(image_set.samples)) if i not in set(references))
    return Split(draw=draw, reference_indices=references, test_indices=tested)
