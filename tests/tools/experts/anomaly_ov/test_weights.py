from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from tools.errors import WeightsError
from tools.experts.anomaly_ov import AnomalyExpert
from tools.experts.anomaly_ov.weights import load_expert, save_expert
from tools.experts.backbones.siglip_tower import FINAL, TAPS


def full() -> AnomalyExpert:
    torch.manual_seed(0)
    return AnomalyExpert()


def test_a_released_file_is_read_from_its_folder(tmp_path: Path) -> None:
    expert = full()
    torch.save(expert.state_dict(), tmp_path / "pretrained_expert_7b.pth")

    found = load_expert(tmp_path)

    assert (found.taps, found.final, found.tower) == (TAPS, FINAL, "")
    assert all(torch.equal(v, expert.state_dict()[k]) for k, v in found.expert.state_dict().items())
    assert not any(p.requires_grad for p in found.expert.parameters())


def test_safetensors_of_the_same_tensors_are_the_same_expert(tmp_path: Path) -> None:
    state = full().state_dict()
    torch.save(state, tmp_path / "expert.pth")
    save_file(state, tmp_path / "expert.safetensors")

    one, other = load_expert(tmp_path / "expert.pth"), load_expert(tmp_path / "expert.safetensors")

    assert one.digest == other.digest


def test_the_expert_is_found_inside_a_whole_assistant(tmp_path: Path) -> None:
    state = {f"model.anomaly_encoder.{k}": v for k, v in full().state_dict().items()}
    save_file(state | {"lm_head.weight": torch.ones(2)}, tmp_path / "model.safetensors")

    assert load_expert(tmp_path).expert.hidden == 1152


def test_an_expert_of_other_sizes_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    expert = AnomalyExpert(6, 8, 4, tap_widths=(3, 5), grid=(2, 4), ablation="signs")
    file = tmp_path / "mine.safetensors"

    save_expert(expert, file, taps=(1, 2), final=3, tower="abc")
    found = load_expert(file)

    assert (found.taps, found.final, found.tower) == ((1, 2), 3, "abc")
    assert (found.expert.tap_widths, found.expert.grid) == ((3, 5), (2, 4))
    assert found.expert.ablation == "signs"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.safetensors"]
    assert load_file(file).keys() == expert.state_dict().keys()


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ([], "holds none; copy them there, or run `loupe models pull anomaly-ov-7b`"),
        (["a.pth", "b.pt"], "holds a.pth, b.pt; name one with the setting expert_file"),
    ],
)
def test_no_weights_or_several_are_told_in_one_line(
    names: list[str], told: str, tmp_path: Path
) -> None:
    for name in names:
        (tmp_path / name).touch()

    with pytest.raises(WeightsError, match=told) as caught:
        load_expert(tmp_path)

    assert "\n" not in str(caught.value)


def test_keys_that_do_not_fit_are_named_with_the_file(tmp_path: Path) -> None:
    state = dict(full().state_dict())
    del state["negative_embedding"]
    torch.save(state, tmp_path / "expert.pth")

    with pytest.raises(WeightsError, match=r"expert\.pth: .*missing: negative_embedding$"):
        load_expert(tmp_path)


class Hostile:
    def __reduce__(self) -> tuple[object, ...]:
        return (print, ("run",))


@pytest.mark.parametrize("content", [Hostile(), [1, 2], {"a": "text"}])
def test_a_pickle_of_anything_but_tensors_is_refused(content: object, tmp_path: Path) -> None:
    torch.save(content, tmp_path / "expert.pth")

    with pytest.raises(WeightsError, match=r"holds no weights|must hold a plain state dict"):
        load_expert(tmp_path)


def test_a_truncated_file_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "expert.safetensors").write_bytes(b"\x00\x01")

    with pytest.raises(WeightsError, match="holds no weights that can be read"):
        load_expert(tmp_path)
