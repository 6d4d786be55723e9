from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tools.arrays import UInt8Image
from tools.errors import WeightsError
from tools.experts.backbones.siglip_tower import FINAL, TAPS, SiglipTower, load_siglip_tower
from tools.experts.backbones.siglip_weights import SO400M, read_tower_weights

LAYOUTS = ["siglip", "transformers", "llava-hf", "llava-hf-5", "lmms-lab"]
Write = Callable[[str], Path]


def crops(n: int) -> list[UInt8Image]:
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (28, 28, 3), dtype=np.uint8) for _ in range(n)]


def tiny(folder: Path, **more: Any) -> SiglipTower:
    return load_siglip_tower(folder, taps=(1, 2, 3, 4), final=5, **more)


def test_the_released_expert_reads_these_hidden_states() -> None:
    assert (TAPS, FINAL) == ((7, 13, 19, 25), 26)
    assert (SO400M["image_size"] // SO400M["patch_size"]) ** 2 == 729


@pytest.mark.parametrize("layout", LAYOUTS)
def test_features_are_hidden_states_before_any_layer_norm(
    layout: str, tower_folder: Write, tiny_siglip: Any
) -> None:
    shown = crops(3)
    pixels = torch.from_numpy(np.stack(shown)).permute(0, 3, 1, 2).float() / 127.5 - 1
    with torch.no_grad():
        states = tiny_siglip(pixel_values=pixels, output_hidden_states=True).hidden_states

    found = tiny(tower_folder(layout)).features(shown)

    # Six layers make seven states; state 5 is what leaves the fifth layer, the sixth is cut off.
    assert len(states) == 7
    assert torch.allclose(found.final_bnd, states[5], atol=1e-5)
    for tap, number in zip(found.taps, (1, 2, 3, 4), strict=True):
        assert torch.allclose(tap, states[number], atol=1e-5)


def test_more_crops_than_a_batch_holds_give_the_same_features(tower_folder: Write) -> None:
    tower = tiny(tower_folder("siglip"))
    shown = crops(18)

    together = tower.features(shown)

    assert together.final_bnd.shape == (18, 9, 16)
    assert torch.allclose(together.final_bnd[17:], tower.features(shown[17:]).final_bnd, atol=1e-5)


def test_the_digest_is_of_the_tower_and_not_of_its_checkpoint(tower_folder: Write) -> None:
    plain, inside = tiny(tower_folder("siglip")), tiny(tower_folder("lmms-lab"))

    assert plain.digest == inside.digest
    assert (
        load_siglip_tower(tower_folder("llava-hf"), taps=(1, 2, 3), final=5).digest != plain.digest
    )


def test_a_checkpoint_without_sizes_is_taken_for_so400m(tower_folder: Write) -> None:
    folder = tower_folder("lmms-lab")
    (folder / "config.json").write_text('{"model_type": "llava"}', "utf-8")

    assert read_tower_weights(folder, n_layers=5, download=False).config == dict(SO400M)
    with pytest.raises(WeightsError, match="do not fit its sizes"):
        tiny(folder)


def test_a_tower_with_too_few_layers_names_what_is_missing(tower_folder: Write) -> None:
    with pytest.raises(WeightsError, match=r"encoder\.layers\.6"):
        load_siglip_tower(tower_folder("siglip"), taps=(1,), final=8)


def test_a_folder_without_weights_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", "utf-8")

    with pytest.raises(WeightsError, match=r"must hold \.safetensors files"):
        tiny(tmp_path)


def test_a_folder_without_a_tower_is_told_in_one_line(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    (tmp_path / "config.json").write_text("{}", "utf-8")
    save_file({"text.weight": torch.ones(2)}, tmp_path / "model.safetensors")

    with pytest.raises(WeightsError, match=r"must hold one embeddings\.patch_embedding\.weight"):
        tiny(tmp_path)


def test_what_is_neither_folder_nor_hub_name_is_refused() -> None:
    with pytest.raises(WeightsError, match="must be a folder or a name on the hub"):
        tiny(Path("/nowhere/at/all"))


def test_a_hub_name_that_is_not_in_the_cache_is_not_fetched_unasked() -> None:
    with pytest.raises(WeightsError, match="not in the hub's cache"):
        load_siglip_tower("nobody/nothing-of-this-name")


@pytest.mark.gpu
def test_gpu_in_half_precision_agrees_with_the_cpu(tower_folder: Write) -> None:
    folder = tower_folder("siglip")
    shown = crops(3)

    here, there = tiny(folder).features(shown), tiny(folder, device="cuda").features(shown)

    cosine = torch.nn.functional.cosine_similarity(
        here.final_bnd, there.final_bnd.float().cpu(), dim=-1
    )
    assert there.final_bnd.dtype == torch.bfloat16
    assert cosine.min() > 0.99
