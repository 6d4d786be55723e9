from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from tools.arrays import UInt8Image
from tools.errors import WeightsError
from tools.experts.anomaly_ov import AnomalyExpert
from tools.experts.anomaly_ov.scorer import AnomalyOV, load_anomaly_ov
from tools.experts.anomaly_ov.weights import load_expert, save_expert
from tools.experts.anyres import (
    crops_of,
    cut_of,
    map_in_picture,
    map_in_square,
    square_crop,
    square_of,
)
from tools.experts.backbones.resnet18_tower import load_resnet18_tower
from tools.experts.backbones.siglip_tower import SiglipTower, load_siglip_tower
from tools.experts.backbones.tower import TowerFeatures
from tools.experts.shared_eyes import SharedEyes, TowerPatches
from tools.experts.zero_shot import ZeroShotMemory, score_views, suspicion_word
from tools.ports import ExpertScore


def picture(seed: int, height: int = 40, width: int = 60) -> UInt8Image:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (height, width, 3), dtype=np.uint8)


class CountingTower(SiglipTower):
    """Counts the crops of each look."""

    looks: list[int]

    def features(self, crops_hwc: Sequence[UInt8Image]) -> TowerFeatures:
        self.looks.append(len(crops_hwc))
        return super().features(crops_hwc)


def eyes_of(folder: Path, *, max_wait_s: float = 0.0) -> SharedEyes:
    tower = load_siglip_tower(folder / "tower", taps=(1, 2, 3, 4), final=5)
    tower.__class__ = CountingTower
    assert isinstance(tower, CountingTower)
    tower.looks = []
    return SharedEyes(tower, max_wait_s=max_wait_s)


def looks_of(eyes: SharedEyes) -> list[int]:
    assert isinstance(eyes.tower, CountingTower)
    return eyes.tower.looks


def test_scores_and_maps_are_those_of_tower_and_expert_put_together(tiny_anomaly_ov: Path) -> None:
    shown = picture(0)
    cut = cut_of(60, 40, side_px=28)
    file = load_expert(tiny_anomaly_ov)
    seen = load_siglip_tower(tiny_anomaly_ov / "tower", taps=(1, 2, 3, 4), final=5).features(
        crops_of(shown, cut)
    )
    with torch.no_grad():
        out = file.expert(seen.final_bnd, seen.taps, split_sizes=[cut.n_crops])

    [found] = load_anomaly_ov(tiny_anomaly_ov).score([shown])

    assert found.raw_score == pytest.approx(float(out.score[0]), abs=1e-5)
    assert found.anomaly_map.shape == (40, 60)
    laid = map_in_picture([m.numpy() for m in out.maps[1:]], cut, patch_px=8)
    assert np.allclose(found.anomaly_map, laid, atol=1e-5)
    assert 0 <= found.anomaly_map.min() <= found.anomaly_map.max() <= 1


def test_pictures_of_one_asset_are_padded_to_squares_and_look_back_on_themselves(
    tiny_anomaly_ov: Path,
) -> None:
    views = [picture(0), picture(1, 50, 30), picture(0)]
    file = load_expert(tiny_anomaly_ov)
    eyes = eyes_of(tiny_anomaly_ov)
    memory = AnomalyOV(file, eyes)

    found = score_views(memory, views)

    # One pass of two crops, for the third picture is the first one again.
    assert looks_of(eyes) == [2]
    assert found[0].raw_score == found[2].raw_score
    for shown, one in zip(views, found, strict=True):
        seen = eyes.tower.features([square_crop(shown, side_px=28)])
        with torch.no_grad():
            out = file.expert(seen.final_bnd, seen.taps, split_sizes=[1])
        assert one.raw_score == pytest.approx(float(out.score[0]), abs=1e-5)
        square = square_of(shown.shape[1], shown.shape[0], side_px=28)
        laid = map_in_square(out.maps[0].numpy(), square, patch_px=8)
        assert one.anomaly_map.shape == shown.shape[:2]
        assert np.allclose(one.anomaly_map, laid, atol=1e-5)


def test_an_asset_of_one_picture_is_cut_by_anyres(tiny_anomaly_ov: Path) -> None:
    memory = load_anomaly_ov(tiny_anomaly_ov)

    [alone] = memory.score([picture(0)])
    [one] = score_views(memory, [picture(0)])

    assert one.raw_score == alone.raw_score


def test_an_expert_that_knows_no_several_pictures_scores_each_alone() -> None:
    class Brightness:
        def score(
            self, images_hwc: Sequence[UInt8Image], *, exclude: Sequence[int | None] = ()
        ) -> list[ExpertScore]:
            maps = [image_hwc.mean(axis=2, dtype=np.float32) for image_hwc in images_hwc]
            return [ExpertScore(float(one.max()), one) for one in maps]

    dark, bright = np.zeros((4, 5, 3), np.uint8), np.full((3, 2, 3), 200, np.uint8)

    assert [one.raw_score for one in score_views(Brightness(), [dark, bright])] == [0, 200]


def test_pictures_of_one_call_share_passes(tiny_anomaly_ov: Path) -> None:
    eyes = eyes_of(tiny_anomaly_ov)
    memory = AnomalyOV(load_expert(tiny_anomaly_ov), eyes, max_pictures=2)

    memory.score([picture(seed) for seed in range(3)])

    # 60 x 40 is 3 x 2 tiles and a base view; two pictures at a time.
    assert looks_of(eyes) == [14, 7]


def test_references_change_nothing(tiny_anomaly_ov: Path) -> None:
    expert = load_anomaly_ov(tiny_anomaly_ov)
    memory = expert.learn([picture(1)], per_place=False)

    [alone] = expert.score([picture(0)])
    [learnt] = memory.score([picture(0)], exclude=[0])

    assert alone.raw_score == learnt.raw_score


def test_one_look_serves_expert_patch_memory_and_embedding(tiny_anomaly_ov: Path) -> None:
    eyes = eyes_of(tiny_anomaly_ov)
    expert = AnomalyOV(load_expert(tiny_anomaly_ov), eyes)
    shown = picture(0)

    expert.score([shown])
    patches = TowerPatches(eyes).features([shown], device="cpu")
    embedding = eyes.embedding(shown)
    whole = expert.encoder().embed(shown)

    assert whole.tolist() == embedding.tolist()
    assert looks_of(eyes) == [1 + 3 * 2]
    assert patches.shape == (1, 3, 3, 32)
    assert embedding.shape == (16,)
    assert float(embedding.norm()) == pytest.approx(1)


def test_a_picture_that_is_asked_for_twice_at_once_is_looked_at_once(tiny_anomaly_ov: Path) -> None:
    eyes = eyes_of(tiny_anomaly_ov, max_wait_s=0.1)

    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(eyes.look, [picture(0)] * 4))

    assert len(looks_of(eyes)) == 1
    assert all(one is seen[0] for one in seen)


def test_concurrent_pictures_share_a_pass_and_keep_their_scores(tiny_anomaly_ov: Path) -> None:
    pictures = [picture(seed, 40 + 9 * seed) for seed in range(4)]
    single = AnomalyOV(load_expert(tiny_anomaly_ov), eyes_of(tiny_anomaly_ov))
    alone = [single.score([one])[0] for one in pictures]
    eyes = eyes_of(tiny_anomaly_ov, max_wait_s=1.0)
    shared = AnomalyOV(load_expert(tiny_anomaly_ov), eyes, max_wait_s=1.0)

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda one: shared.score([one])[0], pictures))

    assert len(looks_of(eyes)) < 4
    for one, other in zip(alone, together, strict=True):
        assert one.raw_score == pytest.approx(other.raw_score, abs=1e-5)
        assert np.allclose(one.anomaly_map, other.anomaly_map, atol=1e-5)


def test_what_is_kept_stays_within_its_bytes(tiny_anomaly_ov: Path) -> None:
    eyes = eyes_of(tiny_anomaly_ov)
    # 7 crops of 9 patches of 16 floats, five times.
    small = SharedEyes(eyes.tower, max_bytes=7 * 9 * 16 * 4 * 5, max_wait_s=0)

    for seed in (0, 0, 1, 0):
        small.look(picture(seed))

    assert len(looks_of(eyes)) == 3


def test_a_window_is_judged_as_a_picture_of_its_own(tiny_anomaly_ov: Path) -> None:
    memory = load_anomaly_ov(tiny_anomaly_ov)
    shown = picture(0)

    found = memory.score_window(shown, [10.2, 5.0, 40.0, 25.5])
    [cut_out] = memory.score([shown[5:26, 10:40].copy()])

    assert isinstance(memory, ZeroShotMemory)
    assert found.anomaly_map.shape == (21, 30)
    assert found.raw_score == cut_out.raw_score
    with pytest.raises(ValueError, match="must lie in the picture"):
        memory.score_window(shown, [70, 0, 80, 10])


@pytest.mark.parametrize(
    ("score", "word"),
    [
        (0.0, "slightly"),
        (0.2999, "slightly"),
        (0.3, "moderately"),
        (0.6999, "moderately"),
        (0.7, "highly"),
        (1.0, "highly"),
    ],
)
def test_words_change_at_0_3_and_0_7(score: float, word: str) -> None:
    assert suspicion_word(score) == word


def test_an_expert_for_another_tower_is_refused(tiny_anomaly_ov: Path, tmp_path: Path) -> None:
    file = load_expert(tiny_anomaly_ov)
    tower = load_siglip_tower(tiny_anomaly_ov / "tower", taps=(1, 2, 3), final=5)

    with pytest.raises(WeightsError, match=r"taps \(16, 16, 16, 16\)"):
        AnomalyOV(file, SharedEyes(tower))
    with pytest.raises(WeightsError, match="was trained with the tower abc"):
        AnomalyOV(file._replace(tower="abc"), eyes_of(tiny_anomaly_ov))


def test_a_folder_without_an_expert_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="anomaly_ov needs its expert's weights"):
        load_anomaly_ov(tmp_path / "absent")


def test_a_folder_without_a_tower_is_told_in_one_line(tiny_anomaly_ov: Path) -> None:
    (tiny_anomaly_ov / "tower").rename(tiny_anomaly_ov / "elsewhere")

    with pytest.raises(WeightsError, match="and no tower to look through"):
        load_anomaly_ov(tiny_anomaly_ov)
    found = load_anomaly_ov(tiny_anomaly_ov, tower=str(tiny_anomaly_ov / "elsewhere"))
    assert found.tower.grid_side == 3


def test_one_of_several_experts_is_chosen_by_name(tiny_anomaly_ov: Path) -> None:
    (tiny_anomaly_ov / "other.pth").write_bytes(b"")

    with pytest.raises(WeightsError, match="name one with the setting expert_file"):
        load_anomaly_ov(tiny_anomaly_ov)
    assert load_anomaly_ov(tiny_anomaly_ov, name="expert.safetensors").name == "anomaly_ov"


def test_an_expert_that_was_trained_behind_a_resnet_is_served_behind_it(
    shared_data: Path, tmp_path: Path
) -> None:
    weights = shared_data / "weights" / "resnet18_to_layer3"
    tower = load_resnet18_tower(weights)
    expert = AnomalyExpert(256, 256, 8, tap_widths=tower.tap_widths)
    file = tmp_path / "expert.safetensors"
    save_expert(expert, file, taps=(), final=0, tower=tower.digest, tiles=False)
    (tmp_path / "tower").symlink_to(weights)

    [found] = load_anomaly_ov(tmp_path).score([picture(0)])

    assert 0 < found.raw_score < 1
    assert found.anomaly_map.shape == (40, 60)


@pytest.mark.gpu
def test_gpu_and_cpu_agree_within_half_precision(tiny_anomaly_ov: Path) -> None:
    [here] = load_anomaly_ov(tiny_anomaly_ov).score([picture(0)])
    [there] = load_anomaly_ov(tiny_anomaly_ov, device="cuda").score([picture(0)])

    assert there.raw_score == pytest.approx(here.raw_score, abs=0.05)
    assert float(np.abs(there.anomaly_map - here.anomaly_map).mean()) < 0.1
