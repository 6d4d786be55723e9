"""The patch memory with the embedded backbone, on drawn parts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tools.arrays import UInt8Image
from tools.experts.backbones.embedded import EmbeddedPatches
from tools.experts.patch_memory import PatchMemory, map_in_frame


def part(seed: int) -> UInt8Image:
    """A grey plate with a dark bar and a little noise, (120, 160, 3)."""
    rng = np.random.default_rng(seed)
    grey = np.full((120, 160), 160.0)
    grey[50:70, 20:140] = 60
    noisy = grey + rng.normal(0, 3, grey.shape)
    return np.repeat(noisy.clip(0, 255).astype(np.uint8)[..., None], 3, axis=2)


def blotched(image_hwc: UInt8Image) -> UInt8Image:
    marked = image_hwc.copy()
    marked[88:104, 100:116] = 20
    return marked


@pytest.fixture(scope="module")
def backbone() -> EmbeddedPatches:
    return EmbeddedPatches()


def test_a_blotch_scores_worse_than_a_reference_and_the_map_peaks_on_it(
    backbone: EmbeddedPatches,
) -> None:
    memory = PatchMemory(backbone).learn([part(0), part(1)], per_place=False)
    same, marked = memory.score([part(0), blotched(part(0))])
    assert same.raw_score < marked.raw_score
    row, column = np.unravel_index(int(marked.anomaly_map.argmax()), marked.anomaly_map.shape)
    assert 80 <= row < 112
    assert 92 <= column < 124


def test_the_map_is_float32_in_the_pictures_own_frame(backbone: EmbeddedPatches) -> None:
    memory = PatchMemory(backbone).learn([part(0)], per_place=False)
    wide = np.concatenate([part(1), part(2)], axis=1)
    scores = memory.score([part(1), wide])
    assert [score.anomaly_map.shape for score in scores] == [(120, 160), (120, 320)]
    assert {score.anomaly_map.dtype for score in scores} == {np.dtype(np.float32)}
    assert all(np.isfinite(score.raw_score) for score in scores)


def test_a_reference_left_out_scores_as_if_it_had_never_been_learnt(
    backbone: EmbeddedPatches,
) -> None:
    expert = PatchMemory(backbone)
    images = [part(0), part(1), part(2)]
    left_out = expert.learn(images, per_place=False).score([images[0]], exclude=[0])[0]
    never = expert.learn(images[1:], per_place=False).score([images[0]])[0]
    kept = expert.learn(images, per_place=False).score([images[0]])[0]
    assert left_out.raw_score == pytest.approx(never.raw_score, rel=1e-4)
    assert kept.raw_score < left_out.raw_score


def test_a_memory_of_one_reference_cannot_leave_it_out(backbone: EmbeddedPatches) -> None:
    memory = PatchMemory(backbone).learn([part(0)], per_place=False)
    with pytest.raises(ValueError, match="rows that serve"):
        memory.score([part(1)], exclude=[0])


def test_a_memory_needs_a_reference(backbone: EmbeddedPatches) -> None:
    with pytest.raises(ValueError, match="at least one reference"):
        PatchMemory(backbone).learn([], per_place=False)


def test_exclude_must_match_the_pictures(backbone: EmbeddedPatches) -> None:
    memory = PatchMemory(backbone).learn([part(0), part(1)], per_place=False)
    with pytest.raises(ValueError, match="exclude has 1 entries for 2 images"):
        memory.score([part(0), part(1)], exclude=[0])


def test_a_kept_bank_gives_the_same_answer_and_serves_no_other_references(
    backbone: EmbeddedPatches, tmp_path: Path
) -> None:
    expert = PatchMemory(backbone, cache=tmp_path)
    first = expert.learn([part(0), part(1)], per_place=False).score([part(5)])[0]
    again = expert.learn([part(0), part(1)], per_place=False).score([part(5)])[0]
    assert first.raw_score == again.raw_score
    assert np.array_equal(first.anomaly_map, again.anomaly_map)
    other = expert.learn([part(3), part(4)], per_place=False).score([part(5)])[0]
    assert other.raw_score != first.raw_score
    assert len(list(tmp_path.glob("*.npz"))) == 2


def test_a_large_bank_is_thinned(backbone: EmbeddedPatches, tmp_path: Path) -> None:
    PatchMemory(backbone, max_rows=64, cache=tmp_path).learn([part(0), part(1)], per_place=False)
    with np.load(next(tmp_path.glob("*.npz"))) as bank:
        assert np.bincount(bank["reference_n"]).tolist() == [32, 32]


def test_a_reference_left_out_of_a_thinned_bank_takes_no_other_patches_with_it(
    backbone: EmbeddedPatches,
) -> None:
    images = [part(0), part(1), part(2)]
    left_out = PatchMemory(backbone, max_rows=96).learn(images, per_place=False)
    never = PatchMemory(backbone, max_rows=64).learn(images[1:], per_place=False)
    expected = never.score([images[0]])[0].raw_score
    assert left_out.score([images[0]], exclude=[0])[0].raw_score == pytest.approx(expected)


def test_versions_differ_with_parameters(backbone: EmbeddedPatches) -> None:
    assert PatchMemory(backbone).version != PatchMemory(backbone, max_rows=5).version
    assert PatchMemory(backbone).version == PatchMemory(EmbeddedPatches()).version
    assert PatchMemory(backbone).version == PatchMemory(backbone, even_places=True).version
    assert PatchMemory(backbone).version != PatchMemory(backbone, even_places=False).version


def busy_on_the_left(seed: int) -> UInt8Image:
    """A plate whose left half is rough at random, whose right half is smooth, (128, 128, 3)."""
    rng = np.random.default_rng(seed)
    grey = np.full((128, 128), 120.0)
    grey[:, :64] += rng.normal(0, 40, (32, 16)).repeat(4, axis=0).repeat(4, axis=1)
    grey += rng.normal(0, 2, grey.shape)
    return np.repeat(grey.clip(0, 255).astype(np.uint8)[..., None], 3, axis=2)


def test_places_where_normal_parts_differ_count_less(backbone: EmbeddedPatches) -> None:
    references = [busy_on_the_left(seed) for seed in range(4)]
    normal = busy_on_the_left(9)
    marked = normal.copy()
    marked[60:68, 92:100] = 100
    right_over_left = {}
    for even_places in (False, True):
        expert = PatchMemory(backbone, even_places=even_places)
        found = expert.learn(references, per_place=False).score([marked])[0].anomaly_map
        right_over_left[even_places] = found[:, 76:].max() / found[:, :52].max()
    assert right_over_left[True] > 1.2 * right_over_left[False]


def test_references_of_different_places_have_no_level(backbone: EmbeddedPatches) -> None:
    references = [busy_on_the_left(seed) for seed in range(4)]
    evened, plain = (
        PatchMemory(backbone, even_places=even_places)
        .learn(references, per_place=True)
        .score([busy_on_the_left(9)])[0]
        for even_places in (True, False)
    )
    assert evened.raw_score == plain.raw_score


def test_a_reference_left_out_has_next_to_no_part_in_the_level(backbone: EmbeddedPatches) -> None:
    images = [busy_on_the_left(seed) for seed in range(5)]
    expert = PatchMemory(backbone)
    left_out = expert.learn(images, per_place=False).score([images[0]], exclude=[0])[0]
    never = expert.learn(images[1:], per_place=False).score([images[0]])[0]
    # The levels are measured in units of the spread among all references.
    assert left_out.raw_score == pytest.approx(never.raw_score, rel=0.01)


@pytest.mark.parametrize(
    ("argument", "value"), [("max_rows", 0), ("worst_share", 0.0), ("worst_share", 1.5)]
)
def test_a_parameter_out_of_range_is_refused(
    backbone: EmbeddedPatches, argument: str, value: float
) -> None:
    with pytest.raises(ValueError, match=f"{argument} must be"):
        PatchMemory(backbone, **{argument: value})  # type: ignore[arg-type]


def test_an_even_grid_stays_even_over_the_picture() -> None:
    laid = map_in_frame(torch.full((3, 4), 2.0), 30, 20)
    assert laid.shape == (30, 20)
    assert np.allclose(laid, 2.0)


@pytest.mark.gpu
def test_cpu_and_gpu_agree(backbone: EmbeddedPatches) -> None:
    images = [part(0), part(1)]
    cpu, gpu = (
        PatchMemory(backbone, device=device).learn(images, per_place=False).score([part(2)])[0]
        for device in ("cpu", "cuda")
    )
    assert gpu.raw_score == pytest.approx(cpu.raw_score, rel=1e-3)
    assert np.allclose(cpu.anomaly_map, gpu.anomaly_map, rtol=1e-2, atol=1e-3)
