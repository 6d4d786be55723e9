from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tools.errors import WeightsError
from tools.experts.anomaly_ov.assistant_files import load_assistant


def test_a_folder_of_another_model_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "llava"}')

    with pytest.raises(WeightsError, match=r"layout of llava-hf.*model_type 'llava'"):
        load_assistant(tmp_path)


def test_a_missing_expert_is_one_clear_line(tiny_llava: Path) -> None:
    with pytest.raises(WeightsError, match=r"none\.pth must be a file"):
        load_assistant(tiny_llava, expert=tiny_llava / "none.pth")


def test_an_expert_of_another_tower_is_refused(tiny_llava: Path, tmp_path: Path) -> None:
    from tools.experts.anomaly_ov import AnomalyExpert
    from tools.experts.anomaly_ov.weights import save_expert

    other = tmp_path / "other.safetensors"
    save_expert(AnomalyExpert(24, 9, 8), other, taps=(1, 2, 3, 4), final=5, tower="")

    with pytest.raises(WeightsError, match="24 x 9 tokens"):
        load_assistant(tiny_llava, expert=other)


def test_weights_that_lack_a_tensor_are_refused(tiny_llava: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = tmp_path / "cut"
    shutil.copytree(tiny_llava, folder)
    state = load_file(folder / "model.safetensors")
    lost = next(key for key in state if key.endswith("linear_2.bias"))
    save_file(
        {k: v for k, v in state.items() if k != lost},
        folder / "model.safetensors",
        {"format": "pt"},
    )

    with pytest.raises(WeightsError, match=r"must hold all weights.*linear_2\.bias"):
        load_assistant(folder)
