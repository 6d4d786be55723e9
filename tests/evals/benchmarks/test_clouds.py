from __future__ import annotations

from pathlib import Path

import numpy as np

from evals.benchmarks.clouds import timed_steps


def test_opening_and_nine_views_are_timed_beside_a_bare_projection(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.savetxt(tmp_path / "plate.xyz", rng.random((1_000, 3)) * [4, 3, 1])

    fewer = timed_steps(tmp_path / "plate.xyz", points=500, n=2, clock="cpu", seed=0)
    more = timed_steps(tmp_path / "plate.xyz", points=1_500, n=1, clock="cpu", seed=0)

    for steps, n in ((fewer, 2), (more, 1)):
        assert [len(one) for one in steps] == [n, n, n]
        assert all(second > 0 for one in steps for second in one)
        # Normals, closing and light cost more than the nearest point of each pixel.
        assert sum(steps.views) > sum(steps.bare)
