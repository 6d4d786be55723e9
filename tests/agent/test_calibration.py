from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from agent.calibration import copies_of_each, perturbed_copies, run_calibration, with_dropped
from knowledge.records import Product, Tolerance
from tools.arrays import UInt8Image
from tools.ports import ExpertScore, NotApplicable


class MeanGrey:
    """A memory that scores the mean grey value and remembers which references were left out."""

    def __init__(self, *, refuses_below: float = -1.0) -> None:
        self.left_out: list[int | None] = []
        self._refuses_below = refuses_below

    def score(
        self, images_hwc: Sequence[UInt8Image], *, exclude: Sequence[int | None] = ()
    ) -> list[ExpertScore]:
        self.left_out += list(exclude)
        means = [float(image.mean()) for image in images_hwc]
        if min(means) < self._refuses_below:
            raise NotApplicable("too dark")
        return [
            ExpertScore(mean, image.max(axis=2).astype(np.float32))
            for mean, image in zip(means, images_hwc, strict=True)
        ]


def flat(grey: int) -> UInt8Image:
    return np.full((16, 16, 3), grey, dtype=np.uint8)


def product(mode: str, **tolerance: float) -> Product:
    return Product.model_validate(
        {"name": "plate", "descriptor": "a plate", "reference": mode, "tolerance": tolerance}
    )


def run(of: Product, memories: dict[str, MeanGrey], references: Sequence[UInt8Image]) -> object:
    return run_calibration(
        of,
        references,
        memories=memories,
        mind="embedded",
        key="k",
        target_overkill=0.05,
        seed=3,
    )


def test_interchangeable_references_are_scored_without_themselves() -> None:
    memory = MeanGrey()

    run(product("any"), {"grey": memory}, [flat(50), flat(100)])

    assert sorted(memory.left_out) == [0] * 3 + [1] * 3  # type: ignore[type-var]


def test_references_of_places_are_kept() -> None:
    memory = MeanGrey()

    run(product("per_place"), {"grey": memory}, [flat(50), flat(100)])

    assert memory.left_out == []


def test_a_calibration_holds_the_scores_of_references_and_copies() -> None:
    done = run_calibration(
        product("any"),
        [flat(50), flat(100)],
        memories={"grey": MeanGrey()},
        mind="embedded",
        key="k",
        target_overkill=0.05,
        seed=3,
    )

    scores = done.calibration.normal_scores["grey"]
    assert done.dropped == {}
    assert (done.calibration.n_references, len(scores)) == (2, 6)
    assert {50.0, 100.0} <= set(scores)
    # The camera's own gain of 2 %, and noise that averages out over 768 values.
    assert all(48.5 < s < 51.5 or 97.5 < s < 102.5 for s in scores)


def test_the_same_seed_gives_the_same_calibration() -> None:
    references = [flat(50), flat(100)]

    first, second = (run(product("any"), {"g": MeanGrey()}, references) for _ in range(2))

    assert first == second


def test_an_expert_that_does_not_apply_to_most_references_drops_out_with_the_reason() -> None:
    memories = {"grey": MeanGrey(), "picky": MeanGrey(refuses_below=75)}

    done = run_calibration(
        product("any"),
        [flat(50), flat(100)],
        memories=memories,
        mind="embedded",
        key="k",
        target_overkill=0.05,
        seed=3,
    )

    assert done.dropped == {"picky": "picky does not apply to 3 of 6 normal pictures"}
    assert "picky" not in done.calibration.normal_scores


def test_copies_stay_within_the_stated_tolerance() -> None:
    tolerance = Tolerance(gain=0.5)

    copies = perturbed_copies(flat(100), tolerance, n_copies=20, seed=0, index=0)

    means = [float(copy.mean()) for copy in copies]
    assert 49 < min(means) < 70
    assert 130 < max(means) < 151


@pytest.mark.parametrize(("n_references", "copies"), [(1, 2), (8, 2), (24, 2), (25, 1), (60, 1)])
def test_there_are_fewer_copies_of_each_where_there_are_many_references(
    n_references: int, copies: int
) -> None:
    assert copies_of_each(n_references) == copies


def test_a_kept_calibration_tells_which_experts_have_no_part_in_it() -> None:
    kept = run_calibration(
        product("any"),
        [flat(50), flat(100)],
        memories={"grey": MeanGrey(), "picky": MeanGrey(refuses_below=999.0)},
        mind="embedded",
        key="k",
        target_overkill=0.05,
        seed=3,
    )

    again = with_dropped(kept.calibration, ["grey", "picky"])

    assert kept.dropped == {"picky": "picky does not apply to 6 of 6 normal pictures"}
    assert again.dropped == {"picky": "picky does not apply to these references"}
